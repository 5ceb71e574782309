/* SPDX-License-Identifier: ISC */
/* What is done with a message that is whole: delivered, queued, or both. */
#include <sys/statvfs.h>

#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "front/handover.h"
#include "front/patience.h"
#include "front/summon.h"
#include "queue/drain.h"
#include "queue/finish.h"
#include "queue/health.h"

/* With -v the answer to QUIT is shown, if it comes soon. */
#define QUIT_MS		1000
/* What a caller waits for a host that was away when it was last tried. */
#define DOWN_MS		1000

/* ---- Into the queue ------------------------------------------------------ */

static uint64_t
handover_floor(const struct handover *h)
{
	const struct queue_settings *q = &h->settings->queue;
	struct statvfs vfs;

	if (q->min_free > 0 || q->min_free_percent == 0 ||
	    fstatvfs(h->place->store.dirfd, &vfs) != 0)
		return q->min_free;
	return (uint64_t)vfs.f_blocks * vfs.f_frsize / 100 *
	    q->min_free_percent;
}

/* The name, once there is room for it. */
static int
handover_enter(struct handover *h, struct outcome *o)
{
	struct store *s = &h->place->store;

	if (store_admits(s, h->entry->message.length,
	    h->settings->queue.max_size, handover_floor(h), o) < 0 ||
	    store_enter(s, h->entry, o) < 0)
		return -1;
	h->queued = true;
	return 0;
}

static void
handover_summon(const struct handover *h, int64_t pause)
{
	const struct summon w = { h->options, h->settings, h->from,
		h->place };

	summon_runner(&w, pause);
}

static void
handover_rules(const struct handover *h, struct finish_rules *r)
{
	const struct queue_settings *q = &h->settings->queue;

	memset(r, 0, sizeof(*r));
	r->retry = h->pace;
	r->bounce_to = q->bounce_to;
	r->host = h->me->host != NULL ? h->me->host : h->me->domain;
	r->from_name = "Mail Delivery System";
	r->from_address = h->account->from_address != NULL ?
	    h->account->from_address : h->me->daemon;
	r->account = h->account;
	r->state = &h->place->state;
}

static int
handover_queue(struct handover *h, struct outcome *o)
{
	if (handover_enter(h, o) < 0)
		return -1;
	handover_summon(h, h->settings->queue.min_retry);
	outcome_clear(o);
	return 0;
}

/* ---- After an attempt ---------------------------------------------------- */

/* The message is in the queue, with us, and nobody waits. */
static void
handover_finish(struct handover *h)
{
	struct finish_rules r;
	struct outcome o;

	handover_rules(h, &r);
	finish_count(h->entry, &r, clock_now());
	if (finish_run(&h->place->store, h->entry, &r, clock_now(), &o) ==
	    FINISH_ERROR)
		log_note(LOG_ERR, "%s: %s", h->entry->id, o.text);
	if (store_settle(&h->place->store, &o) < 0)
		log_note(LOG_ERR, "%s", o.text);
}

/* Some are delivered or refused, some can still be tried. */
static int
handover_keep(struct handover *h, struct outcome *o)
{
	struct finish_rules r;
	struct outcome full;

	handover_rules(h, &r);
	finish_count(h->entry, &r, clock_now());
	if (handover_enter(h, &full) < 0) {
		log_note(LOG_ERR, "%s: not queued: %s", h->entry->id,
		    full.text);
		*o = full;
		return -1;
	}
	if (!finish_waits(h->entry, &r, clock_now()) &&
	    finish_run(&h->place->store, h->entry, &r, clock_now(), &full) ==
	    FINISH_ERROR)
		log_note(LOG_ERR, "%s: %s", h->entry->id, full.text);
	handover_summon(h, 0);
	return 0;
}

/* Everybody refused it, as the exit status will say; some callers do not look
 * at that. */
static int
handover_refused(struct handover *h, struct outcome *o)
{
	struct envelope *e = &h->entry->envelope;
	struct store *s = &h->place->store;
	struct outcome full;
	size_t i;

	if (h->options->errors == ERROR_BERKNET)
		return handover_keep(h, o);
	for (i = 0; i < e->n; i++)
		e->rcpt[i].told = true;
	if (handover_enter(h, &full) < 0 || store_move(s, h->entry,
	    STORE_ACTIVE, STORE_FAILED, &full) < 0)
		log_note(LOG_ERR, "%s: refused, and not kept: %s",
		    h->entry->id, full.text);
	return -1;
}

static int
handover_settle(struct handover *h, struct outcome *o)
{
	const struct envelope *e = &h->entry->envelope;

	deliver_sum(e, o);
	if (o->verdict == VERDICT_DELIVERED)
		return 0;
	if (!h->place->open)
		return -1;
	return envelope_count(e, VERDICT_NEVER) == e->n ?
	    handover_refused(h, o) : handover_keep(h, o);
}

/* ---- The attempt --------------------------------------------------------- */

/* Without its secret an account is held up like by a refused login. */
static void
handover_attempt(struct handover *h, struct deliver_job *p)
{
	struct envelope *e = &h->entry->envelope;
	struct outcome o;

	if (secret_open(&h->secret, h->account, h->from->credentials, NULL,
	    &o) < 0) {
		envelope_settle_rest(e, &o);
		return;
	}
	p->account = h->account;
	p->secret = &h->secret;
	p->state = &h->place->state;
	p->ehlo_name = h->me->host;
	p->message = &h->entry->message;
	p->pace = &h->pace;
	deliver_message(p, e, &h->trace);
}

/* Nobody is to wait for hosts that did not answer a moment ago. */
static int64_t
handover_patience(const struct handover *h)
{
	const int64_t ms = h->settings->queue.patience;
	struct health was;
	size_t i;

	for (i = 0; i < h->account->hosts_n; i++) {
		health_load(&was, &h->place->state, h->account,
		    &h->account->hosts[i]);
		if (!health_down(&was, clock_now()) ||
		    was.fault != FAULT_NETWORK || was.code != 0)
			return ms;
	}
	return ms < DOWN_MS && ms > 0 ? ms : DOWN_MS;
}

/* The session that took the message is good for others too, which a child
 * sees to: its caller does not wait. */
static void
handover_drain(struct handover *h, struct session *left)
{
	const struct worker_job j = { .store = &h->place->store,
		.settings = h->settings, .account = h->account,
		.host = left->params.host, .state = &h->place->state,
		.name = h->me->host, .ehlo_name = h->me->host,
		.from_address = h->me->daemon,
		.credentials = h->from->credentials, .force = true,
		.session = left };
	char ids[DRAIN_MAX][ENTRY_ID];
	const struct summon w = { h->options, h->settings, h->from,
		h->place };
	bool failed;

	if (!patience_split(&failed)) {
		if (failed)
			session_close(left, 0);
		return;
	}
	h->split = true;
	drain_run(&j, ids, drain_find(&j, getuid(), ids));
	summon_if_needed(&w);
}

static int
handover_now(struct handover *h, struct outcome *o)
{
	const struct summon w = { h->options, h->settings, h->from,
		h->place };
	struct deliver_job p = { .settles = true,
		.quit_ms = h->options->verbose ? QUIT_MS : 0 };
	struct patience wait = { .store = &h->place->store,
		.entry = h->entry, .job = &p, .summon = &w,
		.quiet = h->options->quiet };

	struct session left;
	int r;

	if (!h->place->open) {
		handover_attempt(h, &p);
		return handover_settle(h, o);
	}
	left.line.d.stream = NULL;
	wait.ms = handover_patience(h);
	p.left = store_any(wait.store, STORE_ACTIVE) ? &left : NULL;
	patience_begin(&wait);
	handover_attempt(h, &p);
	patience_end(&wait);
	if (!wait.queued) {
		r = handover_settle(h, o);
		if (left.line.d.stream != NULL)
			handover_drain(h, &left);
		return r;
	}
	h->queued = h->split = true;
	deliver_sum(&h->entry->envelope, o);
	handover_finish(h);
	handover_summon(h, 0);
	return 0;
}

/* The caller is told that it is queued; a child delivers. */
static int
handover_background(struct handover *h, struct outcome *o)
{
	struct deliver_job p = { .store = &h->place->store,
		.entry = h->entry };
	bool failed;

	h->entry->next = clock_now() + (time_t)h->settings->queue.min_retry;
	if (handover_enter(h, o) < 0)
		return -1;
	outcome_clear(o);
	if (!patience_split(&failed)) {
		if (failed)
			handover_summon(h, 0);
		return 0;
	}
	h->split = true;
	handover_attempt(h, &p);
	deliver_sum(&h->entry->envelope, o);
	handover_finish(h);
	handover_summon(h, 0);
	return 0;
}

/* ---- Which way ----------------------------------------------------------- */

static enum deliver_how
handover_how(const struct handover *h)
{
	static const enum deliver_how said[] = {
		[DELIVERY_NOW] = DELIVER_NOW,
		[DELIVERY_BACKGROUND] = DELIVER_BACKGROUND,
		[DELIVERY_QUEUED] = DELIVER_QUEUED,
	};

	if (!h->place->open)
		return DELIVER_NOW;
	if (h->options->delivery != DELIVERY_UNSAID)
		return said[h->options->delivery];
	return h->options->verbose ? DELIVER_NOW : h->settings->queue.deliver;
}

int
handover_run(struct handover *h, struct outcome *o)
{
	const struct queue_settings *q = &h->settings->queue;
	struct entry *e = h->entry;

	h->pace = (struct retry_rules){ q->min_retry, q->max_retry,
		q->warn_after, q->expire, q->max_hold };
	e->config = mem_dup(h->settings->path);
	e->account = mem_dup(h->account->name);
	e->uid = getuid();
	e->retry.arrived = e->next = clock_now();
	if (h->place->open)
		patience_hold();
	switch (handover_how(h)) {
	case DELIVER_QUEUED:
		return handover_queue(h, o);
	case DELIVER_BACKGROUND:
		return handover_background(h, o);
	default:
		return handover_now(h, o);
	}
}
