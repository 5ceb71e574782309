/* SPDX-License-Identifier: ISC */
/* One message, one account, its recipients: one outcome a recipient. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "queue/deliver.h"
#include "smtp/transaction.h"

/* One host's turn. */
struct turn {
	const struct deliver_job	*p;
	struct envelope		*e;
	struct deliver_trace	*trace;
	struct session_params	 params;
	size_t			 asked, denied;	/* RCPTs, those 5.7.1 */
	bool			 authenticated;
	bool			 ruled_out;	/* by what EHLO said */
	bool			 stop;		/* no other host either */
	struct outcome		 why;		/* of those left unsettled;
						 * FAULT_NONE: nothing is */
};

static void
trace_host(struct deliver_trace *r, const struct host *h)
{
	if (h->is_unix)
		snprintf(r->host, sizeof(r->host), "unix:%.255s", h->name);
	else
		snprintf(r->host, sizeof(r->host), "%.255s:%u", h->name,
		    h->port);
}

static void
turn_trace(const struct turn *t, const struct session *s)
{
	struct deliver_trace *r = t->trace;

	trace_host(r, t->params.host);
	snprintf(r->peer, sizeof(r->peer), "%s", s->line.peer);
	snprintf(r->tls, sizeof(r->tls), "%s",
	    s->line.tls != NULL ? tls_version(s->line.tls) : "");
	snprintf(r->auth, sizeof(r->auth), "%s",
	    s->authenticated ? s->login.mech->name : "");
}

/* Must this session end before the next transaction? */
static bool
turn_over(const struct session *s)
{
	unsigned max = s->line.caps.mailmax;

	return s->finished || (max > 0 && s->transactions >= max);
}

/* The outcome is known and cannot change any more: a signal that ended us
 * during the goodbye would only make it look as if nothing had been sent. */
static void
turn_settled(const struct turn *t)
{
	sigset_t stopping;

	if (envelope_open(t->e) > 0 || envelope_count(t->e, VERDICT_LATER) > 0)
		return;
	sigemptyset(&stopping);
	sigaddset(&stopping, SIGHUP);
	sigaddset(&stopping, SIGINT);
	sigaddset(&stopping, SIGTERM);
	sigaddset(&stopping, SIGALRM);
	sigprocmask(SIG_BLOCK, &stopping, NULL);
}

/* One transaction, which must get on: 0, -1 when the session is over. */
static int
turn_transaction(struct turn *t, struct session *s)
{
	size_t before = envelope_open(t->e);
	size_t taken = envelope_count(t->e, VERDICT_DELIVERED);
	int r = transaction_run(s, t->p->message, t->e, &t->why);

	if (envelope_count(t->e, VERDICT_DELIVERED) > taken)
		reply_words(&s->line.d.reply, t->trace->answer,
		    sizeof(t->trace->answer));
	if (r == 0 && envelope_open(t->e) == before)
		return outcome_fail(&t->why, FAULT_PROTOCOL, STAGE_RCPT,
		    "the server takes no recipient and refuses none");
	if (r == 0)
		outcome_clear(&t->why);
	return r;
}

/* Transactions in one session: 0 with *again when another session is wanted,
 * -1 when this host has no more to say. */
static int
turn_session(struct turn *t, struct session *s, bool *again)
{
	int r = 0;

	*again = false;
	while (r == 0 && !*again && envelope_open(t->e) > 0) {
		t->ruled_out = transaction_possible(s, t->p->message, t->e,
		    &t->why) < 0;
		if (t->ruled_out)
			break;
		if (turn_over(s))
			*again = true;
		else
			r = turn_transaction(t, s);
	}
	t->asked += s->asked;
	t->denied += s->denied;
	t->authenticated = s->authenticated;
	turn_trace(t, s);
	if (r == 0) {
		turn_settled(t);
		session_close(s, t->p->quit_ms);
		return 0;
	}
	*again = s->login.again == LOGIN_NOT_RIDING;
	t->params.never_rides = t->params.never_rides || *again;
	session_drop(s);
	return *again ? 0 : -1;
}

/* A server that denies every recipient of a session without a login (5.7.1)
 * wants one: that is the account's fault, not the recipients'. */
static void
turn_denied(const struct turn *t)
{
	const struct recipient *r;
	struct outcome o;
	size_t i;

	if (t->asked == 0 || t->denied < t->asked || t->authenticated)
		return;
	for (i = 0; i < t->e->n; i++) {
		r = &t->e->rcpt[i];
		if (!r->settled || r->verdict != VERDICT_NEVER ||
		    r->stage != STAGE_RCPT)
			continue;
		envelope_outcome(t->e, i, &o);
		o.verdict = VERDICT_LATER;
		o.scope = SCOPE_ACCOUNT;
		o.fault = FAULT_DELAY;
		outcome_advise(&o, "the server wants a login: set user and "
		    "password in the account");
		envelope_settle(t->e, i, &o);
	}
}

/* Everything that one host will take.  A session after which no recipient is
 * settled is followed by another one once, for a login that cannot ride. */
static void
turn_host(struct turn *t)
{
	struct session s;
	bool again = true, idle = false;
	size_t before;

	while (again) {
		before = envelope_open(t->e);
		if (session_open(&s, &t->params, &t->why) < 0 ||
		    turn_session(t, &s, &again) < 0)
			break;
		if (idle && envelope_open(t->e) == before)
			break;
		idle = envelope_open(t->e) == before;
	}
	turn_denied(t);
	t->stop = t->why.scope == SCOPE_ACCOUNT;
	/* What may have been taken is settled; the rest was not even asked. */
	if (t->why.in_doubt) {
		t->why.in_doubt = false;
		t->why.advice[0] = '\0';
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

void
deliver_message(const struct deliver_job *p, struct envelope *e,
    struct deliver_trace *trace)
{
	const struct account *a = p->account;
	bool ruled_out = false, stop = false;
	struct outcome last;
	size_t i;

	memset(trace, 0, sizeof(*trace));
	outcome_fail(&last, FAULT_BUG, STAGE_NONE, "no host was tried");
	for (i = 0; i < a->hosts_n && !stop; i++) {
		struct turn t = { .p = p, .e = e, .trace = trace };

		deliver_reconsider(e);
		if (envelope_open(e) == 0)
			break;
		t.params = (struct session_params){ a, &a->hosts[i],
		    p->secret, p->state, p->ehlo_name, false, NULL };
		if (trace->peer[0] == '\0')
			trace_host(trace, &a->hosts[i]);
		outcome_clear(&t.why);
		turn_host(&t);
		ruled_out = t.ruled_out;
		stop = t.stop;
		if (t.why.fault != FAULT_NONE && (!t.ruled_out ||
		    last.fault == FAULT_BUG))
			last = t.why;
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
