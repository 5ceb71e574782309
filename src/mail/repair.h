/* SPDX-License-Identifier: ISC */
/*
 * What a submission agent owes a header (RFC 6409 section 8): fields that are
 * missing, fields that must not leave, names without a domain.  One policy,
 * pure: all facts about the caller and the account come in as values.
 */
#ifndef POSTHORN_REPAIR_H
#define POSTHORN_REPAIR_H

#include <stdbool.h>
#include <time.h>

#include "base/buf.h"
#include "base/outcome.h"
#include "mail/envelope.h"
#include "mail/header.h"

enum rewrite {
	REWRITE_NEVER,
	REWRITE_LOCAL,		/* senders that are bare or at this host */
	REWRITE_ALWAYS
};

enum received {
	RECEIVED_FULL,
	RECEIVED_MINIMAL,
	RECEIVED_NONE
};

/* What is done where no field names any recipient. */
enum repair_to {
	REPAIR_TO_UNDISCLOSED,	/* To: undisclosed-recipients:; */
	REPAIR_TO_NONE,
	REPAIR_TO_ALL		/* To, with all of the envelope, if they are
				 * few and none of them was in a Bcc */
};

struct repair {
	bool		 hands_off;	/* -G: only Received and the removals */
	enum rewrite	 rewrite;
	const char	*from_name;	/* of the account's `from`, or NULL */
	const char	*from_address;	/* wire form, or NULL: no masquerade */
	const char	*sender;	/* reverse-path for a From we add; wire
					 * form, or "" */
	const char	*given_name;	/* -F: for a From we add, or that is
					 * masqueraded and has no name; NULL:
					 * none is given, "": it has none */
	const char	*full_name;	/* the user's own, where neither that
					 * nor the account names one; or
					 * NULL */
	const char	*domain;	/* qualifies bare names in From,
					 * Sender, Reply-To, To, Cc, Resent-*;
					 * NULL: they stay */
	const char *const *local_names;	/* domains that are this host, NULL
					 * terminated */
	enum repair_to	 to;
	const struct envelope *envelope; /* for REPAIR_TO_ALL, or NULL */
	const char	*id_domain;	/* right side of a Message-ID */
	const char	*id;		/* this message's id: [A-Za-z0-9.]+ */
	time_t		 now;
	enum received	 received;
	const char	*came;		/* "from ...": who handed it in, for
					 * Received; NULL: the user below */
	const char	*with;		/* ... and the protocol; NULL: ESMTP */
	const char	*user;		/* who submitted, for Received */
	unsigned	 uid;
	const char	*by;		/* our name, for Received */
	unsigned	 hops;		/* -h: added to the Received counted */
};

/*
 * Edits the header block h in place, all in one go:
 * - Bcc, Resent-Bcc, Return-Path out;
 * - more than LIMIT_RECEIVED trace fields (with hops): FAULT_REFUSED, 5.4.6;
 * - bare names in address fields get @domain (fields that cannot be parsed
 *   are left as they are); U-label domains are left as written;
 * - From: a single address that is bare or at a local name (or any, by
 *   `rewrite`) becomes from_address, with the first there is of its display
 *   name or comment, given_name, from_name, full_name if it was the user's
 *   own address, the address that was there; the same for Sender and for
 *   Resent-From/Resent-Sender;
 * - without any To, Cc, Resent-To or Resent-Cc a To by r->to;
 * - missing Date, Message-ID, From added at the end, never doubled (one
 *   without a body counts as missing and goes); with Resent- fields, missing
 *   Resent-Date, Resent-From and Resent-Message-ID of the first block
 *   (header_resent) in front of that block;
 * - lines that belong to no field out (input_header lets none through);
 * - a Received field in front.
 * Fails only for a loop, or FAULT_DATA past the ceiling.
 */
int	repair_header(struct buf *h, const struct repair *r,
	    struct outcome *o);
/* "Sun, 22 Nov 2026 01:22:04 +0000" in local time (RFC 5322 section 3.3). */
void	repair_date(char out[40], time_t t);

/* Parts of repair_header that stand in rooms of their own; all append whole
 * lines to out: 0, or -1 when its ceiling is passed. */

enum repair_kind {
	REPAIR_SENDER,		/* From, Sender: qualify, masquerade */
	REPAIR_RECIPIENTS,	/* To, Cc: qualify, commas for old style */
	REPAIR_OTHER		/* Reply-To: qualify */
};

/* Field f of h with its addresses rewritten, or as it is. */
int	repair_addresses(struct buf *out, const struct buf *h,
	    const struct field *f, enum repair_kind kind,
	    const struct repair *r);
/* A From field (or Resent-From) of our own for r->sender. */
int	repair_from(struct buf *out, const char *field,
	    const struct repair *r);
/* Received by RFC 5321 section 4.4; without r->came there is no `from` part,
 * for nobody connected. */
int	repair_received(struct buf *out, const struct repair *r);

#endif
