/* SPDX-License-Identifier: ISC */
/* RFC 3464 notices: what could not be delivered, or is late, as a message. */
#ifndef POSTHORN_BOUNCE_H
#define POSTHORN_BOUNCE_H

#include <stdbool.h>

#include "base/outcome.h"
#include "queue/entry.h"

enum notice {
	NOTICE_FAILED,
	NOTICE_DELAYED
};

struct bounce_facts {
	enum notice	 kind;
	const char	*host;		/* our name: Reporting-MTA */
	const char	*smarthost;	/* Remote-MTA, or NULL */
	const char	*from_name;	/* of the From field */
	const char	*from_address;	/* wire form */
	time_t		 now;
	time_t		 until;		/* delayed: Will-Retry-Until */
	const char	*id;		/* of the notice, for its Message-ID */
	bool		 whole;		/* RET=FULL: the message, not only its
					 * header */
};

/* May e be answered with a notice at all?  No: null reverse-path, or the
 * message itself is an automatic one (Auto-Submitted other than no, a
 * multipart/report, Precedence bulk or list, X-Loop of ours). */
bool	bounce_may(const struct entry *e);
/*
 * Writes the notice about the recipients of e that are settled as never
 * (failed) or are waiting (delayed) into the open, empty spool of m:
 * multipart/report of a text for people, message/delivery-status, and
 * text/rfc822-headers or message/rfc822, with null reverse-path in mind and
 * Auto-Submitted: auto-replied.  m's facts are set as message_header sets
 * them.  Memory does not grow with the message.
 */
int	bounce_write(struct message *m, const struct entry *e,
	    const struct bounce_facts *f, struct outcome *o);

#endif
