/* SPDX-License-Identifier: ISC */
/* A submitted message into the queue, and what becomes of it there. */
#include <sys/statvfs.h>

#include <string.h>
#include <syslog.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "front/keep.h"
#include "front/summon.h"
#include "mail/dsn.h"
#include "queue/deliver.h"
#include "queue/finish.h"

/* ---- Into the queue ------------------------------------------------------ */

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

static void
keep_rules(const struct keep *k, struct finish_rules *r)
{
	memset(r, 0, sizeof(*r));
	r->retry = k->pace;
	r->bounce_to = k->settings->queue.bounce_to;
	r->host = k->me->host != NULL ? k->me->host : k->me->domain;
	r->from_name = "Mail Delivery System";
	r->from_address = k->account->from_address != NULL ?
	    k->account->from_address : k->me->daemon;
	r->account = k->account;
	r->state = &k->place->state;
}


/* ---- After an attempt ---------------------------------------------------- */

/* Finishes what was counted and is in the queue. */
static void
keep_run(struct keep *k, const struct finish_rules *r)
{
	static const enum keep_end ends[] = {
		[FINISH_GONE] = KEEP_NOWHERE, [FINISH_WAITS] = KEEP_QUEUED,
		[FINISH_FAILED] = KEEP_FAILED, [FINISH_ERROR] = KEEP_QUEUED,
	};
	const struct envelope *v = &k->entry->envelope;
	size_t i;
	struct outcome o;
	enum finish_end end = finish_run(&k->place->store, k->entry, r,
	    clock_now(), &o);

	if (end == FINISH_ERROR)
		log_note(LOG_ERR, "%s: %s", k->entry->id, o.text);
	k->end = ends[end];
	for (i = 0; i < v->n && end == FINISH_GONE; i++)
		if (v->rcpt[i].verdict == VERDICT_NEVER &&
		    dsn_wants_failure(v->rcpt[i].notify))
			k->end = KEEP_BOUNCED;
	if (k->end == KEEP_QUEUED)
		(void)file_sync(k->entry->message.fd);
}

/* The message is in the queue, with us, and nobody waits. */
void
keep_finish(struct keep *k, struct outcome *sum)
{
	struct finish_rules r;
	struct outcome o;

	deliver_sum(&k->entry->envelope, sum);
	keep_rules(k, &r);
	finish_count(k->entry, &r, clock_now());
	keep_run(k, &r);
	if (store_settle(&k->place->store, &o) < 0)
		log_note(LOG_ERR, "%s", o.text);
}

/* Some are delivered or refused, some can still be tried. */
static int
keep_rest(struct keep *k)
{
	struct finish_rules r;
	struct outcome full;

	keep_rules(k, &r);
	finish_count(k->entry, &r, clock_now());
	if (keep_enter(k, &full) < 0) {
		log_note(LOG_ERR, "%s: not queued: %s", k->entry->id,
		    full.text);
		return -1;
	}
	if (!finish_waits(k->entry, &r))
		keep_run(k, &r);
	keep_summon(k, 0);
	return 0;
}

/* Everybody refused it, as the exit status will say; some callers do not look
 * at that. */
static int
keep_refused(struct keep *k)
{
	struct envelope *e = &k->entry->envelope;
	struct store *s = &k->place->store;
	struct outcome full;
	size_t i;

	if (k->options->errors == ERROR_BERKNET)
		return keep_rest(k);
	for (i = 0; i < e->n; i++)
		e->rcpt[i].told = true;
	if (keep_enter(k, &full) < 0 || store_move(s, k->entry,
	    STORE_ACTIVE, STORE_FAILED, &full) < 0)
		log_note(LOG_ERR, "%s: refused, and not kept: %s",
		    k->entry->id, full.text);
	else
		k->end = KEEP_FAILED;
	return -1;
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

int
keep_settle(struct keep *k, struct outcome *o)
{
	const struct envelope *e = &k->entry->envelope;

	deliver_sum(e, o);
	if (o->verdict == VERDICT_DELIVERED)
		return 0;
	if (!k->place->open)
		return -1;
	return envelope_count(e, VERDICT_NEVER) == e->n ?
	    keep_refused(k) : keep_rest(k);
}
