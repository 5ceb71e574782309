/* SPDX-License-Identifier: ISC */
/* What a notice is about: its facts, and what it says of each recipient. */
#ifndef POSTHORN_NOTICE_H
#define POSTHORN_NOTICE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "mail/envelope.h"

/* Recipients named in one notice; of the rest only the number is said. */
#define NOTICE_LISTED	10000u

/* "5.1.1" and NUL, three digits each. */
#define NOTICE_STATUS	12

/* The two kinds of notice, and whom there is none about. */
enum notice {
	NOTICE_FAILED,
	NOTICE_DELAYED,
	NOTICE_UNWANTED,	/* failed, and not to be told (RFC 3461) */
	NOTICE_WAITING		/* delayed, to be told or not */
};

struct bounce_facts {
	enum notice	 kind;
	const char	*host;		/* our name: Reporting-MTA */
	const char	*smarthost;	/* Remote-MTA, or NULL */
	const char	*from_name;	/* of the From field, or NULL */
	const char	*from_address;	/* wire form */
	const char	*to;		/* wire form; NULL: the sender */
	time_t		 now;
	time_t		 until;		/* delayed: Will-Retry-Until; 0: no
					 * end is known */
	const char	*id;		/* of the notice, for its Message-ID */
	bool		 whole;		/* RET=FULL: the message, not only its
					 * header; failed only */
};

/* The first recipient from i on that is of that kind: settled as never and
 * not told (failed), or neither delivered nor settled as never (delayed);
 * each where NOTIFY does not say that nobody wants to know.  e->n: there is
 * none. */
size_t	notice_next(const struct envelope *e, enum notice kind, size_t i);
/* How many there are in all. */
size_t	notice_count(const struct envelope *e, enum notice kind);
/* Was it given up because time ran out?  Its last fault was a passing one. */
bool	notice_expired(const struct recipient *r);
/* The status of RFC 3463, whose class goes with the kind; a recipient that
 * was given up has 4.4.7. */
void	notice_status(const struct recipient *r, enum notice kind,
	    char status[NOTICE_STATUS]);
/* The server's words, without its codes; NULL if it said nothing, and the
 * words of the outcome are ours. */
const char	*notice_said(const struct recipient *r);

#endif
