/* SPDX-License-Identifier: ISC */
/* Syncs, grouped. */
#include <fcntl.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "queue/batch.h"

#define BATCH_MS	1000

void
batch_init(struct batch *b, const struct store *s)
{
	memset(b, 0, sizeof(*b));
	b->store = s;
}

void
batch_note(struct batch *b, const char *id, bool kept)
{
	if (b->n++ == 0)
		b->since = clock_ms();
	if (kept && b->kept_n < BATCH_MAX)
		memcpy(b->kept[b->kept_n++], id, ENTRY_ID);
}

/* By its name, so that no lock is held for a sync's sake.  One that is gone
 * needs none. */
static void
batch_file(const struct batch *b, const char *id)
{
	int fd = openat(b->store->dirfd, id, O_RDONLY | O_NOFOLLOW |
	    O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return;
	if (file_sync(fd) != 0)
		log_note(LOG_WARNING, "queue: cannot sync %s/%s",
		    b->store->path, id);
	close(fd);
}

void
batch_sync(struct batch *b, bool now)
{
	struct outcome o;
	unsigned i;

	if (b->n == 0 || (!now && b->n < BATCH_MAX &&
	    clock_ms() - b->since < BATCH_MS))
		return;
	for (i = 0; i < b->kept_n; i++)
		batch_file(b, b->kept[i]);
	if (store_settle(b->store, &o) < 0)
		log_note(LOG_WARNING, "queue: %s", o.text);
	b->n = 0;
	b->kept_n = 0;
}
