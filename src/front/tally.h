/* SPDX-License-Identifier: ISC */
/* The queue in numbers: what waits, where, for which account, how long. */
#ifndef POSTHORN_TALLY_H
#define POSTHORN_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "front/outlook.h"
#include "front/visit.h"

struct tally_folder {
	size_t		 messages;
	uint64_t	 octets;
	size_t		 unreadable;	/* of the messages */
	time_t		 oldest;	/* arrival; 0: there is none */
};

struct tally_account {
	size_t	waiting, held, failed;
	time_t	oldest;		/* arrival of what waits; 0: nothing does */
	time_t	next;		/* the earliest next try; 0: nothing waits */
};

struct tally {
	struct tally_folder	 folder[STORE_TMP];
	struct tally_account	*account;	/* as in the settings; owned */
	struct tally_account	 foreign;	/* of other configurations, or
						 * accounts that are gone */
	size_t			 orphans;	/* ... that wait for a
						 * configuration which is
						 * gone */
	size_t			 others;	/* of other users */
};

/* Nothing waits. */
void	tally_init(struct tally *t, const struct settings *settings);
/* Counts the whole queue, as far as it is the caller's. */
int	tally_read(struct tally *t, struct visit *v,
	    struct outlooks *all, struct outcome *o);
void	tally_free(struct tally *t);

#endif
