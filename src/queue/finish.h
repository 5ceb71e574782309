/* SPDX-License-Identifier: ISC */
/* After an attempt: what becomes of the message.  Gone, queued again,
 * answered by a bounce or a delay notice, kept in failed/. */
#ifndef POSTHORN_FINISH_H
#define POSTHORN_FINISH_H

#include <stdbool.h>
#include <time.h>

#include "conf/account.h"
#include "queue/entry.h"
#include "queue/retry.h"
#include "queue/store.h"

struct finish_rules {
	struct retry_rules	 retry;
	const char		*bounce_to;	/* where notices of either
						 * kind go, wire form; NULL:
						 * to the sender */
	const char		*host;		/* our name, for notices, or
						 * NULL */
	const char		*from_name;	/* of notices; NULL: none */
	const char		*from_address;	/* wire form, never NULL */
	const struct account	*account;	/* the entry's; NULL: it is
						 * not configured any more */
	const struct state	*state;		/* to count notices; or NULL:
						 * there is no limit */
};

enum finish_end {
	FINISH_GONE,		/* removed: everything is delivered or told */
	FINISH_WAITS,		/* still queued; e->next says until when; if
				 * only because of who is to be told, *o says
				 * why that could not be */
	FINISH_FAILED,		/* moved to failed/ */
	FINISH_ERROR		/* *o says what; it stays as it was */
};

/*
 * Counts an attempt that ended at `now` and left e's envelope settled, each
 * recipient by the attempt or long before: attempts, the answered clock, the
 * time held, the next try (from the fault that holds it up), doubtful (is
 * anybody in doubt?).  Recipients that are later become never when their time
 * is up (the words stay: notice_expired).  What reached no host waits min_retry
 * each time; a message under way when the line broke backs off, as it would be
 * repeated.
 */
void	finish_count(struct entry *e, const struct finish_rules *r,
	    time_t now);
/* After finish_count, at the same time: is there nothing to do but to keep it
 * (no bounce, no delay notice, not too old, somebody still waits)? */
bool	finish_waits(const struct entry *e, const struct finish_rules *r);
/*
 * After finish_count, on an entry that is queued in the active folder and
 * locked by us.  In this order: who is never, and nobody wants to know (RFC
 * 3461), is told; a bounce for those that are never and have
 * not been told, and a delay notice if one is due, each entered in the queue
 * (synced) as a message of its own with null reverse-path (or the account's
 * address, null-sender), due at once, of the same configuration and account;
 * then the journal's record, or, when nobody waits any more, removal; or, if
 * somebody cannot be told (bounce_may, too many bounces to one address),
 * failed/.  Where that is only a matter of time (a full disk, a fault of the
 * system) it stays, to be tried and judged again after a while.  What was held
 * too long goes to failed/ as well, and bounce_to is told, if it is set.  Each
 * of these is logged in one line.  The record and the removal are written, not
 * synced (store_settle, later).
 *
 * While somebody waits, who could not be told stays later in the journal, and
 * is tried and judged again with the others.  A delay notice that may not be
 * sent, or is not wanted, counts as sent.  Where the disk has no room for the
 * record, one without words is written.  An entry that was settled when it was
 * loaded needs no finish_count: it is removed.
 */
enum finish_end	finish_run(struct store *s, struct entry *e,
	    const struct finish_rules *r, time_t now, struct outcome *o);

#endif
