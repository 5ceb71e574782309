/* SPDX-License-Identifier: ISC */
/* What stands under a list of queued messages: the sum, and whether anybody
 * works on them. */
#ifndef POSTHORN_REMARKS_H
#define POSTHORN_REMARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "conf/settings.h"
#include "front/listing.h"
#include "front/visit.h"

struct remarks {
	size_t		 count[STORE_TMP];	/* messages, by folder */
	size_t		 unreadable;	/* in none of these */
	size_t		 ours;		/* of this configuration, waiting */
	size_t		 foreign;	/* of others, waiting, */
	size_t		 orphans;	/* ... those of one that is gone */
	uint64_t	 octets;
	bool		 part;		/* not everything was asked for */
	uid_t		 uid;		/* of ours that is due first, */
	time_t		 due;		/* and when it is to be tried */
};

/* Counts a message. */
void	remarks_count(struct remarks *r, const struct listed *m);
/* Says it: under a table on the same output; else, where programs read that,
 * on stderr. */
void	remarks_say(const struct remarks *r, const struct visit *v,
	    const struct settings *settings, const struct listing *l);
/* Does a runner live that would take the messages of uid? */
bool	remarks_runner(const struct visit *v, uid_t uid,
	    const struct settings *settings);

#endif
