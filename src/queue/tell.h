/* SPDX-License-Identifier: ISC */
/* Telling a sender what became of a message: a notice, queued as a message of
 * its own. */
#ifndef POSTHORN_TELL_H
#define POSTHORN_TELL_H

#include <time.h>

#include "base/outcome.h"
#include "base/state.h"
#include "conf/account.h"
#include "queue/entry.h"
#include "queue/notice.h"
#include "queue/store.h"

/* Notices to one address, at most: in an hour, in a day. */
#define TELL_HOURLY	10u
#define TELL_DAILY	100u

struct teller {
	struct store		*store;
	const struct account	*account;	/* the entry's, or NULL */
	const struct state	*state;		/* NULL: nobody counts */
	const char		*host;		/* our name, or NULL */
	const char		*from_name;	/* of notices; NULL: none */
	const char		*from_address;	/* wire form */
	const char		*to;		/* wire form; NULL: to the
						 * sender */
	time_t			 now;
};

enum tell_end {
	TELL_DONE,		/* the notice is queued, and synced */
	TELL_REFUSED,		/* it may not be sent, and never will */
	TELL_TOO_MANY,		/* to that address, lately */
	TELL_FAILED		/* it could not be made, or kept */
};

/*
 * Enters a notice of that kind about e's recipients (see bounce_write; until:
 * as there) with null reverse-path, or the account's address where that is to
 * be used (null-sender), due at once, of e's configuration and account.  It is
 * counted before it is sent, so that a crash that comes again and again sends
 * no flood; one that failed is not.  The whole message goes with a failure
 * where RET says so.  id: its id, when it is done; else *o says why not.
 */
enum tell_end	tell_notice(const struct teller *t, const struct entry *e,
		    enum notice kind, time_t until, char id[ENTRY_ID],
		    struct outcome *o);

#endif
