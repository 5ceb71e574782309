/* SPDX-License-Identifier: ISC */
/* Syncs, grouped: what was written and removed is on disk at most a second,
 * or 64 messages, later.  What a power cut undoes in between is mail that
 * comes twice, never mail that is lost. */
#ifndef POSTHORN_BATCH_H
#define POSTHORN_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "queue/entry.h"
#include "queue/store.h"

#define BATCH_MAX	64u

struct batch {
	const struct store	*store;
	char			 kept[BATCH_MAX][ENTRY_ID];
	unsigned		 kept_n;
	unsigned		 n;		/* since the last sync */
	int64_t			 since;		/* clock_ms of the first */
};

void	batch_init(struct batch *b, const struct store *s);
/* Something was recorded in the message (kept), or it was removed. */
void	batch_note(struct batch *b, const char *id, bool kept);
/* Syncs if it is time, or now.  What cannot be synced is logged: nothing that
 * was promised hangs on it. */
void	batch_sync(struct batch *b, bool now);

#endif
