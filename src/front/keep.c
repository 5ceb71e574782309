/* SPDX-License-Identifier: ISC */
/* A submitted message into the queue. */
#include <sys/statvfs.h>

#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "front/keep.h"
#include "front/summon.h"
#include "queue/rules.h"

void
keep_begin(struct keep *k)
{
	struct entry *e = k->entry;

	k->pace = rules_pace(k->settings);
	e->config = mem_dup(k->settings->path);
	e->account = mem_dup(k->account->name);
	e->uid = getuid();
	e->retry.arrived = e->next = clock_now();
}

static uint64_t
keep_floor(const struct keep *k)
{
	const struct queue_settings *q = &k->settings->queue;
	struct statvfs vfs;

	if (q->min_free > 0 || q->min_free_percent == 0 ||
	    fstatvfs(k->place->store.dirfd, &vfs) != 0)
		return q->min_free;
	return (uint64_t)vfs.f_blocks * vfs.f_frsize / 100 *
	    q->min_free_percent;
}

int
keep_enter(struct keep *k, struct outcome *o)
{
	struct store *s = &k->place->store;

	if (store_admits(s, k->entry->message.length,
	    k->settings->queue.max_size, keep_floor(k), o) < 0 ||
	    store_enter(s, k->entry, o) < 0) {
		/* The caller still has it, and may try again. */
		if (o->fault == FAULT_OS)
			o->fault = FAULT_DELAY;
		k->unkept = *o;
		return -1;
	}
	k->end = KEEP_QUEUED;
	return 0;
}

void
keep_summon(const struct keep *k, int64_t pause)
{
	const struct summon w = { k->options, k->settings, k->from,
		k->place };

	summon_runner(&w, pause);
}

const char *
keep_word(enum keep_end end)
{
	static const char *const words[] = {
		[KEEP_NOWHERE] = NULL, [KEEP_QUEUED] = "queued",
		[KEEP_BOUNCED] = "bounced", [KEEP_FAILED] = "failed",
	};

	return words[end];
}
