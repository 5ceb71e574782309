/* SPDX-License-Identifier: ISC */
/* One message, one account, its recipients: one outcome a recipient. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "queue/deliver.h"
#include "queue/health.h"

/* The hosts' round: one of them. */
struct round {
	const struct deliver_job	*p;
	struct envelope		*e;
	struct session_params	 params;
	struct turn		 turn;
	struct health		 health;	/* the host's, before */
	size_t			 asked, denied;	/* RCPTs, those 5.7.1 */
	bool			 authenticated;
	bool			 stop;		/* no other host either */
};

/* Is it all over, with nobody to be tried again? */
static bool
round_settled(const struct round *w)
{
	return envelope_open(w->e) == 0 &&
	    envelope_count(w->e, VERDICT_LATER) == 0;
}

/* The outcome is known and cannot change any more: a signal that ended us
 * during the goodbye would only make it look as if nothing had been sent.
 * Ignored rather than blocked: waits let blocked signals in. */
static void
round_last_word(const struct round *w)
{
	static const int stopping[] = { SIGHUP, SIGINT, SIGTERM, SIGALRM };
	size_t i;

	if (!w->p->settles || !round_settled(w))
		return;
	for (i = 0; i < sizeof(stopping) / sizeof(stopping[0]); i++)
		signal(stopping[i], SIG_IGN);
}

static void
round_close(const struct round *w, struct session *s)
{
	round_last_word(w);
	if (w->p->left != NULL && round_settled(w) && transaction_more(s) &&
	    envelope_count(w->e, VERDICT_DELIVERED) > 0)
		session_move(w->p->left, s);
	else
		session_close(s, w->p->quit_ms);
}

/* Transactions in one session: 0 with *again when another session is wanted,
 * -1 when this host has no more to say. */
static int
round_session(struct round *w, struct session *s, bool *again)
{
	struct turn *t = &w->turn;
	int r;

	t->s = s;
	r = turn_run(t, NULL);
	w->asked += s->asked;
	w->denied += s->denied;
	w->authenticated = s->authenticated;
	turn_trace(t->trace, s);
	*again = t->again;
	if (r == 0) {
		round_close(w, s);
		return 0;
	}
	*again = s->login.again == LOGIN_NOT_RIDING;
	w->params.never_rides = w->params.never_rides || *again;
	session_drop(s);
	return *again ? 0 : -1;
}

/* How the host did: it took a message, or it (or the login) is the trouble. */
static void
round_health(struct round *w, size_t taken)
{
	const struct deliver_job *p = w->p;
	const struct outcome *why = &w->turn.why;

	if (p->pace == NULL)
		return;
	if (envelope_count(w->e, VERDICT_DELIVERED) > taken)
		health_good(&w->health, p->state, p->account, w->params.host,
		    clock_now());
	else if (why->fault != FAULT_NONE && !w->turn.ruled_out &&
	    (why->scope == SCOPE_HOST || why->scope == SCOPE_ACCOUNT))
		health_bad(&w->health, p->state, p->account, w->params.host,
		    why, p->pace->min_retry, p->pace->max_retry, clock_now());
}

/* Everything that one host will take.  A session after which no recipient is
 * settled is followed by another one once, for a login that cannot ride. */
static void
round_host(struct round *w)
{
	struct session s;
	struct outcome denied;
	bool again = true, idle = false;
	size_t before, taken = envelope_count(w->e, VERDICT_DELIVERED);

	if (w->p->pace != NULL)
		health_load(&w->health, w->p->state, w->p->account,
		    w->params.host);
	while (again) {
		before = envelope_open(w->e);
		if (session_open(&s, &w->params, &w->turn.why) < 0 ||
		    round_session(w, &s, &again) < 0)
			break;
		if (idle && envelope_open(w->e) == before)
			break;
		idle = envelope_open(w->e) == before;
	}
	turn_denied(w->e, w->asked, w->denied, w->authenticated, &denied);
	w->stop = w->turn.why.scope == SCOPE_ACCOUNT || w->turn.unwritten;
	round_health(w, taken);
	/* What may have been taken is settled; the rest was not even asked. */
	if (w->turn.why.in_doubt) {
		w->turn.why.in_doubt = false;
		w->turn.why.advice[0] = '\0';
	}
}

/* Recipients that another host may take after all; what was said of them
 * stays with them. */
static void
deliver_reconsider(struct envelope *e)
{
	const struct recipient *r;
	size_t i;

	for (i = 0; i < e->n; i++) {
		r = &e->rcpt[i];
		if (r->verdict == VERDICT_LATER && !r->in_doubt &&
		    r->scope != SCOPE_ACCOUNT)
			envelope_reopen(e, i);
	}
}

/* What is left behind the last host that was tried.  What that one ruled out
 * is for good only where no other host had anything else to say. */
static void
deliver_rest(struct envelope *e, bool ruled_out, const struct outcome *last)
{
	size_t i;

	for (i = 0; i < e->n && ruled_out; i++)
		if (e->rcpt[i].fault != FAULT_NONE)
			envelope_keep(e, i);
	envelope_settle_rest(e, last);
}

static struct round
round_begin(const struct deliver_job *p, const struct host *h,
    struct envelope *e, struct deliver_trace *trace)
{
	struct round w = { .p = p, .e = e };

	w.params = (struct session_params){ p->account, h, p->secret,
	    p->state, p->ehlo_name, false, NULL };
	w.turn.m = p->message;
	w.turn.e = e;
	w.turn.trace = trace;
	w.turn.store = &p->store;
	w.turn.entry = &p->entry;
	w.turn.sending = p->sending;
	if (trace->peer[0] == '\0')
		turn_trace_host(trace, h);
	outcome_clear(&w.turn.why);
	return w;
}

void
deliver_message(const struct deliver_job *p, struct envelope *e,
    struct deliver_trace *trace)
{
	const struct account *a = p->account;
	bool ruled_out = false, stop = false;
	struct outcome last;
	struct round w;
	size_t i;

	memset(trace, 0, sizeof(*trace));
	if (p->left != NULL)
		p->left->line.d.stream = NULL;
	outcome_fail(&last, FAULT_BUG, STAGE_NONE, "no host was tried");
	for (i = 0; i < a->hosts_n && !stop; i++) {
		deliver_reconsider(e);
		if (envelope_open(e) == 0)
			break;
		w = round_begin(p, &a->hosts[i], e, trace);
		round_host(&w);
		ruled_out = w.turn.ruled_out;
		stop = w.stop;
		if (w.turn.why.fault != FAULT_NONE && (!ruled_out ||
		    last.fault == FAULT_BUG))
			last = w.turn.why;
	}
	deliver_rest(e, ruled_out, &last);
}

void
deliver_sum(const struct envelope *e, struct outcome *o)
{
	enum verdict v;
	size_t i;

	outcome_clear(o);
	for (i = 0; i < e->n; i++)
		if (!e->rcpt[i].settled) {
			outcome_fail(o, FAULT_BUG, STAGE_NONE,
			    "%s was forgotten", e->rcpt[i].address);
			return;
		}
	for (v = VERDICT_LATER; v <= VERDICT_NEVER; v++)
		for (i = 0; i < e->n; i++)
			if (e->rcpt[i].verdict == (uint8_t)v) {
				envelope_outcome(e, i, o);
				return;
			}
}
