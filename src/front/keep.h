/* SPDX-License-Identifier: ISC */
/* A submitted message into the queue, and what becomes of it there. */
#ifndef POSTHORN_KEEP_H
#define POSTHORN_KEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/outcome.h"
#include "conf/settings.h"
#include "front/identity.h"
#include "front/options.h"
#include "front/place.h"
#include "front/privilege.h"
#include "queue/entry.h"
#include "queue/retry.h"

enum keep_end {
	KEEP_NOWHERE,		/* not with us: delivered, or the caller's */
	KEEP_QUEUED,		/* in the queue, to be tried again */
	KEEP_BOUNCED,		/* done with, and a bounce is in the queue */
	KEEP_FAILED		/* in failed/ */
};

struct keep {
	const struct options		*options;
	const struct surroundings	*from;
	const struct settings		*settings;
	const struct identity		*me;
	struct place			*place;
	const struct account		*account;
	struct entry			*entry;	/* id, message, envelope */
	struct retry_rules		 pace;	/* of the settings */
	enum keep_end			 end;	/* where the message is now */
	struct outcome			 unkept; /* why it could not be queued;
						  * FAULT_NONE: that was not
						  * tried, or it could */
};

/* Into the queue, as it is, if there is room, and locked by us; else
 * FAULT_DELAY, or FAULT_DATA as store_enter. */
int	keep_enter(struct keep *k, struct outcome *o);
/* After an attempt on a message that is in the queue: the sum is in *sum;
 * counted, finished, synced. */
void	keep_finish(struct keep *k, struct outcome *sum);
/*
 * After an attempt while the caller waits, on a message that is in no queue
 * yet: the sum is in *o.  0: exit status 0 holds, since everybody has it, or it
 * is queued for who can still be tried (and a bounce, for who refused).  -1: it
 * does not: without a queue, or when all refused, the message then being kept
 * in failed/ for callers that do not look at our status.
 */
int	keep_settle(struct keep *k, struct outcome *o);
/* What became of it, for the log; NULL: nothing of ours. */
const char	*keep_word(enum keep_end end);
/* Starts a runner, if one is needed. */
void	keep_summon(const struct keep *k, int64_t pause);

#endif
