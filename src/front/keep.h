/* SPDX-License-Identifier: ISC */
/* A submitted message into the queue. */
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

/* Fills in what the queue has to know of the entry, beside its id, message and
 * envelope: configuration, account, submitter, time; and the pace. */
void	keep_begin(struct keep *k);
/* Into the queue, as it is, if there is room, and locked by us; else
 * FAULT_DELAY, or FAULT_DATA as store_enter. */
int	keep_enter(struct keep *k, struct outcome *o);
/* What became of it, for the log; NULL: nothing of ours. */
const char	*keep_word(enum keep_end end);
/* Starts a runner, if one is needed. */
void	keep_summon(const struct keep *k, int64_t pause);

#endif
