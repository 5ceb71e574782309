/* SPDX-License-Identifier: ISC */
/* One message, one account, its recipients: one outcome a recipient. */
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
	bool			 ruled_out;	/* by what EHLO said */
	bool			 stop;		/* no other host either */
	struct outcome		 why;		/* of those left unsettled */
};

static size_t
unsettled(const struct envelope *e)
{
	size_t i, n = 0;

	for (i = 0; i < e->n; i++)
		n += !e->rcpt[i].settled;
	return n;
}

static void
turn_trace(const struct turn *t, const struct session *s)
{
	struct deliver_trace *r = t->trace;

	snprintf(r->peer, sizeof(r->peer), "%s", s->line.peer);
	snprintf(r->tls, sizeof(r->tls), "%s",
	    s->line.tls != NULL ? tls_version(s->line.tls) : "");
	snprintf(r->auth, sizeof(r->auth), "%s",
	    s->login.mech != NULL ? s->login.mech->name : "");
}

/* Must this session end before the next transaction? */
static bool
turn_over(const struct session *s)
{
	unsigned max = s->line.caps.mailmax;

	return s->finished || (max > 0 && s->transactions >= max);
}

/* Transactions in one session: 0 with *again when another session is wanted,
 * -1 when this host has no more to say. */
static int
turn_session(struct turn *t, struct session *s, bool *again)
{
	size_t before;

	*again = false;
	while (unsettled(t->e) > 0) {
		if (turn_over(s)) {
			*again = true;
			break;
		}
		before = unsettled(t->e);
		if (transaction_run(s, t->p->message, t->e, &t->why) < 0) {
			*again = s->login.again == LOGIN_NOT_RIDING;
			turn_trace(t, s);
			session_drop(s);
			return *again ? 0 : -1;
		}
		if (unsettled(t->e) == before) {
			outcome_fail(&t->why, FAULT_PROTOCOL, STAGE_RCPT,
			    "the server takes no recipient and refuses none");
			session_drop(s);
			return -1;
		}
	}
	turn_trace(t, s);
	session_close(s, t->p->quit_ms);
	return 0;
}

/* Everything that one host will take. */
static void
turn_host(struct turn *t)
{
	struct session s;
	bool again = true, refused = false;
	size_t left = t->e->n + 1;

	while (again && !refused) {
		/* A new session is worth opening only after progress, or once
		 * because the login could not ride. */
		refused = unsettled(t->e) == left;
		left = unsettled(t->e);
		if (session_open(&s, &t->params, &t->why) < 0) {
			t->stop = t->why.scope == SCOPE_ACCOUNT;
			return;
		}
		if (transaction_possible(&s, t->p->message, t->e,
		    &t->why) < 0) {
			t->ruled_out = true;
			turn_trace(t, &s);
			session_close(&s, t->p->quit_ms);
			return;
		}
		if (turn_session(t, &s, &again) < 0)
			break;
	}
	t->stop = t->why.scope == SCOPE_ACCOUNT && unsettled(t->e) > 0;
	if (t->why.in_doubt)
		envelope_settle_rest(t->e, &t->why);
}

/* Recipients that another host may take after all. */
static void
deliver_reconsider(struct envelope *e)
{
	struct recipient *r;

	for (r = e->rcpt; r < e->rcpt + e->n; r++)
		if (r->settled && r->verdict == VERDICT_LATER &&
		    !r->in_doubt && r->scope != SCOPE_ACCOUNT)
			r->settled = false;
}

void
deliver_message(const struct deliver_job *p, struct envelope *e,
    struct deliver_trace *trace)
{
	const struct account *a = p->account;
	struct outcome last;
	struct turn t;
	size_t i;

	memset(trace, 0, sizeof(*trace));
	outcome_fail(&last, FAULT_BUG, STAGE_NONE, "nothing was tried");
	for (i = 0; i < a->hosts_n; i++) {
		if (i > 0)
			deliver_reconsider(e);
		if (unsettled(e) == 0)
			break;
		memset(&t, 0, sizeof(t));
		t.p = p;
		t.e = e;
		t.trace = trace;
		t.params = (struct session_params){ a, &a->hosts[i],
		    p->secret, p->state, p->ehlo_name };
		snprintf(trace->host, sizeof(trace->host), "%.255s:%u",
		    a->hosts[i].name, a->hosts[i].port);
		turn_host(&t);
		/* What one host rules out is for good only if all do. */
		if (i == 0 || !t.ruled_out)
			last = t.why;
		if (t.stop)
			break;
	}
	envelope_settle_rest(e, &last);
}

void
deliver_sum(const struct envelope *e, struct outcome *o)
{
	enum verdict v;
	size_t i;

	outcome_clear(o);
	for (v = VERDICT_LATER; v <= VERDICT_NEVER; v++)
		for (i = 0; i < e->n; i++)
			if (e->rcpt[i].verdict == (uint8_t)v) {
				envelope_outcome(e, i, o);
				return;
			}
}
