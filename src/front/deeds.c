/* SPDX-License-Identifier: ISC */
/* What people do to one queued message. */
#include <string.h>
#include <syslog.h>

#include "base/log.h"
#include "front/deeds.h"
#include "queue/rules.h"

#define RECORD_MAX	(1u << 30)

int
deed_hold(struct deed *d, struct entry *e, struct outcome *o)
{
	return store_move(&d->place->store, e, d->where, STORE_HOLD, o);
}

/* Writes e as it stands behind its journal, due now. */
static int
append_due(struct deed *d, struct entry *e, bool sync, struct outcome *o)
{
	struct buf b;
	int r = -1;

	e->next = d->now;
	buf_init(&b, RECORD_MAX);
	if (entry_record_attempt(e, &b) < 0)
		outcome_fail(o, FAULT_DATA, STAGE_INPUT,
		    "%s has too many recipients", e->id);
	else
		r = store_append(&d->place->store, e, &b, sync, o);
	buf_free(&b);
	return r;
}

/* Those that were refused wait again. */
static void
forgive(struct entry *e)
{
	struct envelope *v = &e->envelope;
	struct outcome x;
	size_t i;

	for (i = 0; i < v->n; i++) {
		if (!v->rcpt[i].settled ||
		    v->rcpt[i].verdict != VERDICT_NEVER)
			continue;
		envelope_outcome(v, i, &x);
		x.verdict = VERDICT_LATER;
		envelope_settle(v, i, &x);
		v->rcpt[i].told = false;
	}
}

/* The clocks are set before the message can be found: whoever takes it must
 * not find it too old. */
int
deed_release(struct deed *d, struct entry *e, struct outcome *o)
{
	if (d->where == STORE_FAILED) {
		forgive(e);
		e->retry.attempts = 0;
		e->retry.answered = e->retry.held = 0;
		e->retry.last = d->now;
		if (append_due(d, e, true, o) < 0)
			return -1;
	}
	return store_move(&d->place->store, e, d->where, STORE_ACTIVE, o);
}

int
deed_delete(struct deed *d, struct entry *e, struct outcome *o)
{
	return store_remove(&d->place->store, e, d->where, o);
}

int
deed_delete_id(struct deed *d, const char *id, struct outcome *o)
{
	struct entry e;
	int r;

	entry_init(&e);
	memcpy(e.id, id, sizeof(e.id));
	r = deed_delete(d, &e, o);
	entry_free(&e);
	return r;
}

int
deed_retry(struct deed *d, struct entry *e, struct outcome *o)
{
	return append_due(d, e, false, o);
}

/* ---- Returning ----------------------------------------------------------- */

static void
bounce_rules(const struct deed *d, const struct entry *e,
    struct finish_rules *r)
{
	const struct settings *s = d->settings;
	const struct account *a = NULL;

	if (s->path != NULL && strcmp(s->path, e->config) == 0)
		a = account_named(s->accounts, s->accounts_n, e->account);
	rules_set(r, s, a, d->me->host != NULL ? d->me->host : d->me->domain,
	    d->me->daemon, &d->place->state);
}

static void
give_up(struct envelope *v)
{
	static const uint16_t expired[3] = { 5, 4, 7 };
	struct outcome before, o;
	size_t i;

	for (i = envelope_next(v, 0); i < v->n; i = envelope_next(v, i + 1)) {
		envelope_outcome(v, i, &before);
		outcome_fail(&o, FAULT_REFUSED, STAGE_NONE,
		    "given up on request, before it could be delivered%s%s",
		    before.text[0] != '\0' ? "; so far: " : "", before.text);
		outcome_codes(&o, 0, expired);
		o.scope = SCOPE_RECIPIENT;
		envelope_settle(v, i, &o);
	}
}

/* What was on hold shall not be delivered for that. */
static int
not_returned(const struct deed *d, struct entry *e)
{
	struct outcome x;

	if (d->where != STORE_ACTIVE && store_move(&d->place->store, e,
	    STORE_ACTIVE, d->where, &x) < 0)
		log_note(LOG_ERR, "queue: %s: not put back: %s", e->id,
		    x.text);
	return -1;
}

int
deed_bounce(struct deed *d, struct entry *e, struct outcome *o)
{
	struct store *s = &d->place->store;
	struct finish_rules rules;

	if (d->where != STORE_ACTIVE &&
	    store_move(s, e, d->where, STORE_ACTIVE, o) < 0)
		return -1;
	bounce_rules(d, e, &rules);
	give_up(&e->envelope);
	finish_count(e, &rules, d->now);
	d->end = finish_run(s, e, &rules, d->now, o);
	return d->end == FINISH_WAITS || d->end == FINISH_ERROR ?
	    not_returned(d, e) : 0;
}
