/* SPDX-License-Identifier: ISC */
/* What one open session does for one message. */
#include <stdio.h>

#include "base/clock.h"
#include "smtp/path.h"
#include "queue/turn.h"

#define DOUBT_MAX	256u
/* In the record of an attempt, for the words of one outcome. */
#define WORDS_MAX	800u

void
turn_trace_host(struct deliver_trace *r, const struct host *h)
{
	if (h->is_unix)
		snprintf(r->host, sizeof(r->host), "unix:%.255s", h->name);
	else
		snprintf(r->host, sizeof(r->host), "%.255s:%u", h->name,
		    h->port);
}

void
turn_trace(struct deliver_trace *r, const struct session *s)
{
	turn_trace_host(r, s->params.host);
	snprintf(r->peer, sizeof(r->peer), "%s", s->line.peer);
	snprintf(r->tls, sizeof(r->tls), "%s",
	    s->line.tls != NULL ? tls_version(s->line.tls) : "");
	snprintf(r->auth, sizeof(r->auth), "%s",
	    s->authenticated ? s->login.mech->name : "");
}

/* ---- The doubt ----------------------------------------------------------- */

bool
turn_room(const struct turn *t, size_t n, struct outcome *o)
{
	return *t->entry == NULL || store_reserve(*t->store, *t->entry,
	    DOUBT_MAX + ENTRY_BRIEF + WORDS_MAX + ENTRY_BRIEF_EACH * n,
	    o) == 0;
}

/* One record stands for all the transactions of a turn; and what is noted
 * afterwards is noted of all recipients. */
static int
turn_doubt(struct turn *t, struct outcome *o)
{
	struct entry *e = *t->entry;
	struct buf b;
	int r = 0;

	if (!turn_room(t, t->e->n, o))
		return -1;
	if (e == NULL || t->noted == e)
		return 0;
	buf_init(&b, DOUBT_MAX);
	if (entry_record_doubt(e, clock_now(), &b) < 0)
		r = outcome_fail(o, FAULT_BUG, STAGE_DATA,
		    "a record of the journal is too long");
	else
		r = store_append(*t->store, e, &b, false, o);
	buf_free(&b);
	if (r == 0)
		t->noted = e;
	return r;
}

/* Nothing of the message goes out. */
static int
turn_unwritten(struct turn *t)
{
	t->unwritten = true;
	envelope_settle_rest(t->e, &t->why);
	return -1;
}

/* ---- The message, as the host can take it ------------------------------- */

static int
turn_fit(struct turn *t, struct outcome *o)
{
	const char *directory = *t->store != NULL ? (*t->store)->path : NULL;

	if (t->fit.done)
		return 0;
	return fit_message(&t->fit, &t->s->line.caps, t->m, t->e, directory,
	    o);
}

/* Is t ready for a transaction?  false: it is ruled out, or its message could
 * not be made fit for now, and all is settled. */
static bool
turn_ready(struct turn *t)
{
	if (turn_fit(t, &t->why) < 0 && t->why.verdict == VERDICT_LATER) {
		t->unwritten = true;
		envelope_settle_rest(t->e, &t->why);
		return false;
	}
	t->ruled_out = !t->fit.done ||
	    path_possible(t->s, t->fit.m, t->e, &t->why) < 0;
	return !t->ruled_out;
}

static void
turn_init(struct turn *t)
{
	transaction_end(&t->t);
	transaction_init(&t->t, t->s, t->fit.m, t->e, t->fit.utf8);
}

/* ---- Transactions -------------------------------------------------------- */

/* Whether next can be begun behind this one; it stands ready then, and if all
 * of it is to go out its doubt is noted. */
static bool
turn_follow(struct turn *t, struct turn *next)
{
	struct outcome ignored;

	if (next == NULL || next->t.begun || !transaction_last(&t->t) ||
	    !transaction_more(t->s) || envelope_open(next->e) == 0 ||
	    turn_fit(next, &ignored) < 0 ||
	    path_possible(t->s, next->fit.m, next->e, &ignored) < 0)
		return false;
	turn_init(next);
	if (!transaction_whole(&next->t))
		return turn_room(next, next->e->n, &ignored);
	next->t.recorded = turn_doubt(next, &ignored) == 0;
	return next->t.recorded;
}

static int
turn_send(struct turn *t, struct turn *next)
{
	bool follows;
	int r;

	if (!t->t.recorded && turn_doubt(t, &t->why) < 0)
		return turn_unwritten(t);
	follows = turn_follow(t, next);
	if (t->sending != NULL)
		*t->sending = 1;
	r = transaction_send(&t->t, follows ? &next->t : NULL, &t->why);
	if (t->sending != NULL)
		*t->sending = 0;
	return r;
}

/* One transaction, which must get on: 0, -1 when the session is over. */
static int
turn_transaction(struct turn *t, struct turn *next)
{
	size_t before = envelope_open(t->e);
	size_t taken = envelope_count(t->e, VERDICT_DELIVERED);
	int r = transaction_begin(&t->t, &t->why);

	if (r == TRANSACTION_READY)
		r = turn_send(t, next);
	transaction_end(&t->t);
	if (envelope_count(t->e, VERDICT_DELIVERED) > taken)
		reply_words(&t->s->line.d.reply, t->trace->answer,
		    sizeof(t->trace->answer));
	if (r == 0 && envelope_open(t->e) == before)
		return outcome_fail(&t->why, FAULT_PROTOCOL, STAGE_RCPT,
		    "the server takes no recipient and refuses none");
	if (r == 0)
		outcome_clear(&t->why);
	return r;
}

int
turn_run(struct turn *t, struct turn *next)
{
	int r = 0;

	t->ruled_out = t->again = false;
	while (r == 0 && envelope_open(t->e) > 0) {
		if (!t->t.begun) {
			if (!turn_ready(t))
				break;
			t->again = !transaction_more(t->s);
			if (t->again)
				break;
			turn_init(t);
		}
		r = turn_transaction(t, next);
	}
	fit_end(&t->fit);
	return r;
}

void
turn_end(struct turn *t)
{
	transaction_end(&t->t);
	fit_end(&t->fit);
}

void
turn_moved(struct turn *t, const struct message *m, struct envelope *e)
{
	t->m = m;
	t->e = e;
	fit_moved(&t->fit, m);
	transaction_moved(&t->t, t->fit.m, e);
}

/* ---- Judging a host ------------------------------------------------------ */

bool
turn_denied(struct envelope *e, size_t asked, size_t denied,
    bool authenticated, struct outcome *o)
{
	const struct recipient *r;
	bool found = false;
	size_t i;

	if (asked == 0 || denied < asked || authenticated)
		return false;
	for (i = 0; i < e->n; i++) {
		r = &e->rcpt[i];
		if (!r->settled || r->verdict != VERDICT_NEVER || r->told ||
		    r->stage != STAGE_RCPT)
			continue;
		envelope_outcome(e, i, o);
		o->verdict = VERDICT_LATER;
		o->scope = SCOPE_ACCOUNT;
		o->fault = FAULT_DELAY;
		outcome_advise(o, "the server wants a login: set user and "
		    "password in the account");
		envelope_settle(e, i, o);
		found = true;
	}
	return found;
}
