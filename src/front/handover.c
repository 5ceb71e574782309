/* SPDX-License-Identifier: ISC */
/* What is done with a message that is whole: delivered, queued, or both. */
#include "base/clock.h"
#include "front/aftermath.h"
#include "front/follow.h"
#include "front/handover.h"
#include "front/patience.h"

/* With -v the answer to QUIT is shown, if it comes soon. */
#define QUIT_MS		1000

/* ---- The attempt --------------------------------------------------------- */

/* Without its secret an account is held up like by a refused login. */
static void
handover_attempt(struct handover *h, struct deliver_job *p)
{
	const struct keep *k = &h->keep;
	struct outcome o;

	if (secret_open(&h->secret, k->account, k->from->credentials, NULL,
	    &o) < 0) {
		envelope_settle_rest(&k->entry->envelope, &o);
		return;
	}
	p->account = k->account;
	p->secret = &h->secret;
	p->state = &k->place->state;
	p->ehlo_name = k->me->host;
	p->message = &k->entry->message;
	p->pace = &k->pace;
	deliver_message(p, &k->entry->envelope, &h->trace);
}

/* The caller waits; patience_begin says what happens when it does not any
 * more, and then there are two of us. */
static int
handover_now(struct handover *h, struct outcome *o)
{
	struct keep *k = &h->keep;
	struct deliver_job p = { .settles = true,
		.quit_ms = k->options->verbose ? QUIT_MS : 0 };
	struct patience wait = { .keep = k, .job = &p,
		.ms = patience_ms(k) };
	struct session left;
	int r;

	left.line.d.stream = NULL;
	p.left = store_any(&k->place->store, STORE_ACTIVE) ? &left : NULL;
	patience_begin(&wait);
	handover_attempt(h, &p);
	patience_end(&wait);
	if (wait.queued) {
		h->split = true;
		aftermath_finish(k, o);
		if (left.line.d.stream != NULL)
			follow_take(k, &left);
		else
			follow_summon(k);
		return 0;
	}
	r = aftermath_settle(k, o);
	if (left.line.d.stream != NULL && follow_drain(k, &left)) {
		h->split = true;		/* the caller has told it all */
		k->end = KEEP_NOWHERE;
		return 0;
	}
	if (left.line.d.stream == NULL && p.left != NULL &&
	    k->end == KEEP_NOWHERE)
		follow_summon(k);
	return r;
}

/* The caller is told that it is queued; a child delivers. */
static int
handover_background(struct handover *h, struct outcome *o)
{
	struct keep *k = &h->keep;
	struct deliver_job p = { .store = &k->place->store,
		.entry = k->entry };
	bool failed;

	k->entry->next += (time_t)k->pace.min_retry;
	if (keep_enter(k, o) < 0)
		return -1;
	outcome_clear(o);
	h->split = patience_split(&failed);
	if (h->split) {
		handover_attempt(h, &p);
		aftermath_finish(k, o);
	}
	if (h->split || failed)
		follow_summon(k);
	return 0;
}

static int
handover_queue(struct handover *h, struct outcome *o)
{
	if (keep_enter(&h->keep, o) < 0)
		return -1;
	keep_summon(&h->keep, h->keep.pace.min_retry);
	outcome_clear(o);
	return 0;
}

/* No queue: all that can be done is done now. */
static int
handover_only(struct handover *h, struct outcome *o)
{
	struct deliver_job p = { .settles = true,
		.quit_ms = h->keep.options->verbose ? QUIT_MS : 0 };

	handover_attempt(h, &p);
	return aftermath_settle(&h->keep, o);
}

/* ---- Which way ----------------------------------------------------------- */

static enum deliver_how
handover_how(const struct keep *k)
{
	static const enum deliver_how said[] = {
		[DELIVERY_NOW] = DELIVER_NOW,
		[DELIVERY_BACKGROUND] = DELIVER_BACKGROUND,
		[DELIVERY_QUEUED] = DELIVER_QUEUED,
	};

	if (k->options->delivery != DELIVERY_UNSAID)
		return said[k->options->delivery];
	return k->options->verbose ? DELIVER_NOW : k->settings->queue.deliver;
}

static int
handover_choose(struct handover *h, struct outcome *o)
{
	if (!h->keep.place->open)
		return handover_only(h, o);
	patience_hold();
	switch (handover_how(&h->keep)) {
	case DELIVER_QUEUED:
		return handover_queue(h, o);
	case DELIVER_BACKGROUND:
		return handover_background(h, o);
	default:
		return handover_now(h, o);
	}
}

int
handover_run(struct handover *h, struct outcome *o)
{
	struct keep *k = &h->keep;
	int r;

	keep_begin(k);
	r = handover_choose(h, o);
	secret_close(&h->secret);
	return r;
}
