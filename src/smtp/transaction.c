/* SPDX-License-Identifier: ISC */
/* MAIL, RCPT, DATA or BDAT, the message, its reply: one outcome a recipient. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "smtp/body.h"
#include "smtp/faults.h"
#include "smtp/transaction.h"

bool
transaction_more(const struct session *s)
{
	unsigned max = s->line.caps.mailmax;

	return !s->finished && (max == 0 || s->transactions < max);
}

void
transaction_init(struct transaction *t, struct session *s,
    const struct message *m, struct envelope *e, bool utf8)
{
	exchange_begin(&t->x, s, m, e, utf8);
	t->begun = t->recorded = false;
}

void
transaction_moved(struct transaction *t, const struct message *m,
    struct envelope *e)
{
	t->x.m = m;
	t->x.e = e;
}

void
transaction_end(struct transaction *t)
{
	exchange_end(&t->x);
	memset(t, 0, sizeof(*t));
}

bool
transaction_whole(const struct transaction *t)
{
	return t->x.body_rides;
}

bool
transaction_last(const struct transaction *t)
{
	return envelope_open(t->x.e) ==
	    (t->x.body_rides ? t->x.n : t->x.accepted);
}

/* Settles the recipients that the server accepted; in doubt, those whose
 * answer is missing as well. */
static void
transaction_settle(struct exchange *t, const struct outcome *o)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (t->taken[i] ||
		    (o->in_doubt && exchange_may_have(t, i)))
			envelope_settle(t->e, t->index[i], o);
}

static void
transaction_doubt(struct outcome *o)
{
	o->in_doubt = true;
	outcome_advise(o, "the server may have the message all the same: "
	    "another try can make a duplicate");
}

/* What a broken connection leaves of a message that was under way. */
static int
transaction_cut(struct exchange *t, struct outcome *o, bool in_doubt)
{
	session_name(t->s, o);
	o->in_doubt = false;
	if (in_doubt) {
		transaction_doubt(o);
		transaction_settle(t, o);
	}
	return -1;
}

/* The message's own reply, which decides for all that were accepted. */
static int
transaction_verdict(struct exchange *t, struct outcome *o)
{
	const struct reply *r = &t->s->line.d.reply;
	struct outcome v;
	char words[LIMIT_WORDS];

	if (reply_class(r) == 2) {
		outcome_clear(&v);
		v.stage = STAGE_MESSAGE;
		outcome_codes(&v, r->code, r->enhanced);
		snprintf(v.text, sizeof(v.text), "%u %s", r->code,
		    reply_words(r, words, sizeof(words) - 8));
	} else {
		faults_judge(r, STAGE_MESSAGE, "the message", &v);
		if (t->bdat)
			session_finish(t->s);
	}
	if (r->code == 421) {
		*o = v;
		return -1;
	}
	if (v.fault == FAULT_PROTOCOL) {	/* who knows what it did */
		*o = v;
		return transaction_cut(t, o, true);
	}
	transaction_settle(t, &v);
	return 0;
}

/* A 354 for nobody: a lone dot (RFC 2920 section 3.1), and its reply, a 2yz
 * even, counts for nobody.  What the server thinks of us then is unknown. */
static void
transaction_lone_dot(struct exchange *t)
{
	struct dialogue *d = &t->s->line.d;
	struct outcome ignored;

	session_finish(t->s);
	if (dialogue_command(d, STAGE_DATA, &ignored, ".") == 0 &&
	    dialogue_flush(d, STAGE_DATA, &ignored) == 0)
		dialogue_reply(d, STAGE_DATA, d->timeout, &ignored);
}

/* Nobody was accepted, or MAIL or DATA was refused. */
static int
transaction_abandon(struct exchange *t, struct outcome *o)
{
	size_t i;

	if (t->go && t->accepted == 0 && !t->s->finished)
		transaction_lone_dot(t);
	if (t->bdat && t->body_rides)
		session_finish(t->s);
	t->s->reset = true;
	t->s->one_by_one = true;
	if (t->failed) {
		if (t->why.scope != SCOPE_MESSAGE) {
			*o = t->why;
			return -1;
		}
		for (i = 0; i < t->n; i++)
			if (!t->e->rcpt[t->index[i]].settled)
				envelope_settle(t->e, t->index[i], &t->why);
		return 0;
	}
	return 0;
}

static int
transaction_reset(struct session *s, struct outcome *o)
{
	if (!s->reset)
		return 0;
	if (dialogue_command(&s->line.d, STAGE_MAIL, o, "RSET") < 0 ||
	    dialogue_flush(&s->line.d, STAGE_MAIL, o) < 0 ||
	    dialogue_reply(&s->line.d, STAGE_MAIL, s->line.d.timeout, o) < 0)
		return -1;
	if (reply_class(&s->line.d.reply) != 2)
		return faults_judge(&s->line.d.reply, STAGE_MAIL, "RSET", o);
	s->reset = false;
	return 0;
}

/* After exchange_run, of which r is the result: can the message go (or did it
 * go)?  If not, what follows. */
static int
transaction_heard(struct exchange *x, int r, struct outcome *o)
{
	if (r < 0 && x->failed && o->fault == FAULT_NETWORK) {
		session_finish(x->s);	/* it refused, then hung up on us */
		return transaction_abandon(x, o);
	}
	if (r < 0)
		return transaction_cut(x, o, x->in_doubt && o->code == 0);
	if (!x->failed && x->accepted > 0)
		return TRANSACTION_READY;
	return transaction_abandon(x, o);
}

int
transaction_begin(struct transaction *t, struct outcome *o)
{
	struct exchange *x = &t->x;

	if (!t->begun) {
		if (transaction_reset(x->s, o) < 0) {
			session_name(x->s, o);
			return -1;
		}
		x->s->transactions++;
		t->begun = true;
	}
	if (x->body_rides)
		return TRANSACTION_READY;
	return transaction_heard(x, exchange_run(x, o), o);
}

/* Queues the message, whole or behind its 354, unless it has gone out. */
static int
send_message(struct exchange *x, struct outcome *o)
{
	struct dialogue *d = &x->s->line.d;

	if (x->body_rides && x->sent == x->total)
		return 0;
	if (stream_poke(d->stream))	/* words before the message */
		return dialogue_flush(d, STAGE_MESSAGE, o);
	if (x->body_rides)
		return exchange_say(x, o);
	if (!x->bdat)
		return body_dotted(d, x->m, &x->in_doubt, o);
	return exchange_data(x, o) < 0 ? -1 :
	    body_chunk(d, x->m, &x->in_doubt, o);
}

static bool
may_follow(const struct session *s, const struct transaction *next)
{
	return next != NULL && next->x.n > 0 && session_groups(s) &&
	    !s->reset && !s->riding && transaction_more(s) &&
	    (!next->x.body_rides || next->recorded);
}

/* Queues next's first group, if it may follow.  That its message cannot be
 * read back does not keep t's from going: *spoilt then, as *why says. */
static int
send_next(struct exchange *x, struct transaction *next, bool *spoilt,
    struct outcome *why)
{
	*spoilt = false;
	if (!may_follow(x->s, next))
		return 0;
	x->followed = next->begun = true;
	x->s->transactions++;
	if (exchange_say(&next->x, why) == 0)
		return 0;
	*spoilt = why->fault != FAULT_NETWORK;
	return *spoilt ? 0 : -1;
}

/* The reply to a message that was waited for. */
static int
hear_message(struct exchange *x, int r, struct outcome *o)
{
	struct dialogue *d = &x->s->line.d;

	if (r == 0)
		r = dialogue_reply(d, STAGE_MESSAGE,
		    x->s->params.account->final_timeout, o);
	else if (o->fault == FAULT_NETWORK)
		dialogue_last_words(d, STAGE_MESSAGE, "the message", o);
	if (r == 0)
		return transaction_verdict(x, o);
	if (o->code == 0)
		return transaction_cut(x, o, x->in_doubt);
	transaction_settle(x, o);
	return -1;
}

/* The replies to a message and the commands it rode with. */
static int
hear_whole(struct exchange *x, int r, struct outcome *o)
{
	if (r == 0)
		r = exchange_run(x, o);
	else if (o->fault == FAULT_NETWORK)
		exchange_last_words(x, o);
	r = transaction_heard(x, r, o);
	return r == TRANSACTION_READY ? transaction_verdict(x, o) : r;
}

/* A message that went out whole behind one after which (r, *o) the session is
 * over.  Behind a chunk that was refused, and perhaps not swallowed, a server
 * is believed that it took this one, and nothing else. */
static void
transaction_orphan(struct exchange *x, int r, const struct outcome *o)
{
	struct outcome v;
	size_t i;

	if (!x->in_doubt || (r < 0 && o->code == 421))
		return;
	outcome_clear(&v);
	if (r < 0)
		v = *o;
	if (r == 0 || o->code != 0) {
		if (exchange_run(x, &v) < 0) {
			if (v.code == 421)
				return;
		} else if (!x->failed && x->accepted > 0 &&
		    reply_class(&x->s->line.d.reply) == 2) {
			transaction_verdict(x, &v);
			return;
		} else
			outcome_fail(&v, FAULT_PROTOCOL, STAGE_MESSAGE,
			    "unclear what the server's answers belong to, "
			    "after it refused the message before");
	}
	session_name(x->s, &v);
	transaction_doubt(&v);
	for (i = 0; i < x->n; i++)
		if (!x->e->rcpt[x->index[i]].settled)
			envelope_settle(x->e, x->index[i], &v);
}

int
transaction_send(struct transaction *t, struct transaction *next,
    struct outcome *o)
{
	struct exchange *x = &t->x;
	struct session *s = x->s;
	struct outcome why;
	bool spoilt = false;
	int r = send_message(x, o);

	if (r == 0 && (send_next(x, next, &spoilt, o) < 0 ||
	    stream_flush(s->line.d.stream, clock_deadline(s->line.d.timeout),
	    STAGE_MESSAGE, o) < 0))
		r = -1;
	if (spoilt)
		why = *o;
	r = x->body_rides ? hear_whole(x, r, o) : hear_message(x, r, o);
	if (next != NULL && x->followed &&
	    (r < 0 || s->finished || spoilt)) {
		next->x.cut = x->cut;
		transaction_orphan(&next->x, r, o);
		transaction_end(next);
	}
	if (spoilt && r == 0) {
		*o = why;
		return -1;
	}
	return r;
}

int
transaction_run(struct session *s, const struct message *m,
    struct envelope *e, struct outcome *o)
{
	struct transaction t;
	int r;

	transaction_init(&t, s, m, e, e->utf8 && s->line.caps.utf8);
	r = transaction_begin(&t, o);
	if (r == TRANSACTION_READY)
		r = transaction_send(&t, NULL, o);
	transaction_end(&t);
	return r;
}
