/* SPDX-License-Identifier: ISC */
/* One attempt of a queued message over a line to one host. */
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "base/clock.h"
#include "base/log.h"
#include "queue/attempt.h"
#include "queue/journal.h"


/* What one attempt finds and changes. */
struct try {
	struct line_to		*l;
	struct load		*m;
	struct entry		*e;		/* of m */
	bool			 ruled_out;
	struct deliver_trace	 trace;
	int64_t			 began;		/* clock_ms */
	struct outcome		*why;
};

int
attempt_open(struct line_to *l, struct outcome *why)
{
	l->useful = false;
	health_load(&l->health, l->params.state, l->params.account,
	    l->params.host);
	l->open = carry_open(&l->carrier, l->store, &l->params, why) == 0;
	return l->open ? 0 : -1;
}

void
attempt_adopt(struct line_to *l, struct session *s)
{
	l->params = s->params;
	l->params.connected = NULL;
	health_load(&l->health, l->params.state, l->params.account,
	    l->params.host);
	carry_adopt(&l->carrier, l->store, s);
	l->open = l->useful = true;
}

void
attempt_close(struct line_to *l, int64_t wait_ms)
{
	if (l->open)
		carry_close(&l->carrier, wait_ms);
	l->open = false;
}

void
attempt_loaded(struct load *m)
{
	m->waiting = entry_waiting(&m->e);
	m->taken = envelope_count(&m->e.envelope, VERDICT_DELIVERED);
	m->doubtful = m->e.doubtful;
	m->full = true;
}

bool
attempt_touched(const struct load *m)
{
	return entry_waiting(&m->e) != m->waiting;
}

/* ---- Over the line ------------------------------------------------------- */

/* May a session that ended for *why be followed by another one at once? */
static bool
try_again(const struct try *t)
{
	const struct line_to *l = t->l;

	return l->useful && !t->why->in_doubt && !slip_stop(l->planner) &&
	    (t->why->fault == FAULT_NONE || t->why->scope == SCOPE_HOST);
}

/* A server that has enough before it took anything would have enough in every
 * session. */
static void
try_endless(const struct try *t)
{
	if (t->why->fault == FAULT_NONE && !t->l->useful &&
	    !slip_stop(t->l->planner))
		outcome_fail(t->why, FAULT_PROTOCOL, STAGE_MAIL,
		    "the server ends sessions before it takes a message");
}

/* 0: judged, the session goes on; -1: it is over, and e may be unsettled. */
static int
try_carry(struct try *t, struct load *next)
{
	struct line_to *l = t->l;
	int r = -1;

	while (r < 0 && entry_waiting(t->e) > 0) {
		size_t before = entry_waiting(t->e);

		if (!l->open && attempt_open(l, t->why) < 0)
			return -1;
		r = carry_message(&l->carrier, t->e,
		    next != NULL ? &next->e : NULL, &t->ruled_out, t->why);
		t->trace = l->carrier.trace;
		if (r == 0 || entry_waiting(t->e) < before)
			l->useful = true;
		if (r < 0) {
			attempt_close(l, 0);
			if (try_again(t))
				continue;
			try_endless(t);
			return -1;
		}
	}
	return 0;
}

/* ---- Over all hosts ------------------------------------------------------ */

/* Is there somebody whom another host could take? */
static bool
try_left(const struct try *t)
{
	const struct envelope *v = &t->e->envelope;
	size_t i;

	for (i = 0; i < v->n; i++) {
		const struct recipient *r = &v->rcpt[i];

		if (!r->settled || (r->verdict == VERDICT_LATER &&
		    !r->in_doubt && r->scope != SCOPE_ACCOUNT &&
		    r->fault != FAULT_OS))
			return true;
	}
	return false;
}

/* What this host did not take, and does not forbid the others to. */
static void
try_hosts(struct try *t)
{
	const struct session_params *p = &t->l->params;
	const struct deliver_job job = {
		.account = p->account, .secret = p->secret,
		.state = p->state, .ehlo_name = p->ehlo_name,
		.message = &t->e->message, .store = t->l->store,
		.entry = t->e,
	};

	if (p->account->hosts_n < 2 || !try_left(t) ||
	    (t->why->fault != FAULT_NONE && t->why->scope == SCOPE_ACCOUNT))
		return;
	/* There may be servers that take one session at a time. */
	attempt_close(t->l, 0);
	deliver_message(&job, &t->e->envelope, &t->trace);
}

/* ---- What becomes of it -------------------------------------------------- */

static void
try_good(struct try *t)
{
	struct line_to *l = t->l;

	if (envelope_count(&t->e->envelope, VERDICT_DELIVERED) >
	    t->m->taken)
		health_good(&l->health, l->params.state, l->params.account,
		    l->params.host, clock_now());
}

static void
try_log(const struct try *t, const struct outcome *sum)
{
	const struct journal_entry j = { .id = t->e->id,
		.account = t->e->account, .envelope = &t->e->envelope,
		.size = t->e->message.length, .trace = &t->trace,
		.ms = clock_ms() - t->began, .doubtful = t->m->doubtful };

	journal_message(&j, sum);
}

static void
try_finish(struct try *t, struct slip *s)
{
	struct line_to *l = t->l;
	struct entry *e = t->e;
	time_t now = clock_now();
	struct outcome o;

	if (t->m->waiting > 0) {
		finish_count(e, &l->rules, now);
		deliver_sum(&e->envelope, &s->why);
		try_log(t, &s->why);
	} else
		deliver_sum(&e->envelope, &s->why);
	s->kind = SLIP_DONE;
	s->delivered = s->why.verdict == VERDICT_DELIVERED;
	s->end = finish_run(l->store, e, &l->rules, now, &o);
	s->next = e->next > 0 ? e->next : now;
	if (s->end == FINISH_ERROR)
		log_note(LOG_ERR, "queue: %s: %s", e->id, o.text);
}

static struct try
try_begin(struct line_to *l, struct load *m, struct slip *s,
    struct outcome *why)
{
	const struct try t = { .l = l, .m = m, .e = &m->e, .why = why,
		.began = clock_ms() };

	memset(s, 0, sizeof(*s));
	memcpy(s->id, m->e.id, sizeof(s->id));
	return t;
}

/* Nothing of it was tried, and it is not known to be what ended the session,
 * or others are to find out. */
static bool
try_hand_back(const struct try *t)
{
	return !attempt_touched(t->m) && (t->why->fault == FAULT_NONE ||
	    t->l->useful || (!t->l->last && t->why->stage < STAGE_MAIL &&
	    t->why->scope == SCOPE_HOST));
}

static void
try_settle(struct try *t)
{
	struct outcome o = *t->why;

	if (o.fault == FAULT_NONE || o.in_doubt)
		outcome_fail(&o, FAULT_DELAY, STAGE_NONE,
		    "the run ended before it was tried");
	envelope_settle_rest(&t->e->envelope, &o);
}

int
attempt_message(struct line_to *l, struct load *m, struct load *next,
    struct slip *s, struct outcome *why)
{
	struct try t = try_begin(l, m, s, why);
	int r = 0;

	outcome_clear(why);
	if (m->waiting > 0 && l->params.account != NULL) {
		r = try_carry(&t, next);
		if (r < 0 && try_hand_back(&t)) {
			s->kind = SLIP_UNTRIED;
			return -1;
		}
		try_good(&t);
		if (r == 0 || why->stage >= STAGE_MAIL)
			try_hosts(&t);
	} else if (m->waiting > 0) {
		outcome_fail(why, FAULT_CONFIG, STAGE_CONFIG,
		    "the account %s is not in %s any more", m->e.account,
		    m->e.config);
		outcome_advise(why, "put it back there, or delete the "
		    "message");
	}
	try_settle(&t);
	try_finish(&t, s);
	return r;
}

void
attempt_without(struct line_to *l, struct load *m,
    const struct outcome *why, struct slip *s)
{
	struct outcome copy = *why;
	struct try t = try_begin(l, m, s, &copy);

	if (try_hand_back(&t)) {
		s->kind = SLIP_UNTRIED;
		return;
	}
	t.trace = l->carrier.trace;
	try_settle(&t);
	try_finish(&t, s);
}
