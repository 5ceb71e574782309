/* SPDX-License-Identifier: ISC */
/* When to try again, and when to give up.  Pure. */
#ifndef POSTHORN_RETRY_H
#define POSTHORN_RETRY_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/outcome.h"

/* A refused login is not tried sooner, so that no account gets locked. */
#define RETRY_LOGIN	(15 * 60)

struct retry_rules {
	int64_t	min_retry, max_retry;	/* seconds */
	int64_t	warn_after;		/* delay notice; 0: none */
	int64_t	expire;			/* of answered time: bounce */
	int64_t	max_hold;		/* of held time: failed/ */
};

/* What is known of one message. */
struct retry_state {
	time_t		arrived;
	time_t		last;		/* last attempt, 0: none */
	unsigned	attempts;
	int64_t		answered;	/* seconds in which the smarthost
					 * answered for this message */
	int64_t		held;		/* seconds it has been here, as
					 * counted at the attempts */
	bool		warned;
};

enum retry_end {
	RETRY_AGAIN,
	RETRY_EXPIRED,		/* bounce: never, 4.4.7 */
	RETRY_HELD_TOO_LONG	/* failed/ */
};

/* Seconds until the next attempt after this many: doubling from min_retry to
 * max_retry, up to a quarter less by jitter (chance: any number); a refused
 * login (FAULT_LOGIN) never sooner than 15 minutes. */
int64_t	retry_delay(const struct retry_rules *rules, unsigned attempts,
	    enum fault fault, uint32_t chance);
/* Seconds until a host or account that is down is probed again, after so many
 * failures in a row: 1, 2, 4 ... 60 minutes; none: 0. */
int64_t	retry_probe(unsigned failures);
/* What an attempt at `now` that ended with o adds to `answered`: the time
 * since the last attempt (or arrival), if the smarthost answered for this
 * message (scope message or recipient, and a reply code: a full disk of ours
 * is no answer); clocks that jump add nothing negative, and at most a day at a
 * time. */
int64_t	retry_answered(const struct retry_state *s, const struct outcome *o,
	    time_t now);
/* What an attempt at `now` adds to `held`: the time since the last attempt (or
 * arrival), never negative, at most half of max_hold, or a day if that is
 * more: a clock set right long after the arrival makes nothing too old, and a
 * machine that runs once in a while still comes to an end. */
int64_t	retry_held(const struct retry_rules *rules,
	    const struct retry_state *s, time_t now);
/* Was it held for max_hold? */
bool	retry_overdue(const struct retry_rules *rules,
	    const struct retry_state *s);
/* Is it time to give up?  An attempt is counted before it is asked. */
enum retry_end	retry_judge(const struct retry_rules *rules,
	    const struct retry_state *s);
/* Is a delay notice due? */
bool	retry_warns(const struct retry_rules *rules,
	    const struct retry_state *s);

#endif
