/* SPDX-License-Identifier: ISC */
/* MAIL, RCPT, DATA or BDAT, the message, its reply: one outcome a recipient. */
#include <stdio.h>
#include <string.h>

#include "smtp/body.h"
#include "smtp/exchange.h"
#include "smtp/faults.h"
#include "smtp/transaction.h"

/* The address that keeps all that is left from going; NULL: something can. */
static const char *
transaction_odd(const struct session *s, struct envelope *e)
{
	const char *odd = NULL;
	size_t i;

	if (!e->utf8 || s->line.caps.utf8)
		return NULL;
	if (!exchange_fits(s, e->sender))
		return e->sender;
	for (i = envelope_next(e, 0); i < e->n; i = envelope_next(e, i + 1)) {
		if (exchange_fits(s, e->rcpt[i].address))
			return NULL;
		if (odd == NULL)
			odd = e->rcpt[i].address;
	}
	return odd;
}

int
transaction_possible(const struct session *s, const struct message *m,
    struct envelope *e, struct outcome *o)
{
	static const uint16_t too_big[3] = { 5, 3, 4 };
	static const uint16_t no_utf8[3] = { 5, 6, 7 };
	const char *odd;

	if (s->line.caps.size_max > 0 && m->length > s->line.caps.size_max) {
		outcome_fail(o, FAULT_REFUSED, STAGE_MAIL,
		    "the message has %llu octets, %s takes %llu",
		    (unsigned long long)m->length, s->params.host->name,
		    (unsigned long long)s->line.caps.size_max);
		outcome_codes(o, 0, too_big);
		return -1;
	}
	odd = transaction_odd(s, e);
	if (odd != NULL) {
		outcome_fail(o, FAULT_REFUSED, STAGE_MAIL,
		    "%s: not ASCII, and %s does not offer SMTPUTF8", odd,
		    s->params.host->name);
		outcome_codes(o, 0, no_utf8);
		return -1;
	}
	return 0;
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

/* What a broken connection leaves of a message that was under way. */
static int
transaction_cut(struct exchange *t, struct outcome *o, bool in_doubt)
{
	session_name(t->s, o);
	o->in_doubt = in_doubt;
	if (o->in_doubt) {
		outcome_advise(o, "the server may have the message all the "
		    "same: another try can make a duplicate");
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

static int
transaction_body(struct exchange *t, struct outcome *o)
{
	struct dialogue *d = &t->s->line.d;
	int r;

	if (!t->body_rides) {
		if (stream_poke(d->stream))	/* words before the message */
			r = dialogue_flush(d, STAGE_MESSAGE, o);
		else if (!t->bdat)
			r = body_dotted(d, t->m, &t->in_doubt, o);
		else
			r = exchange_data(t, o) < 0 ? -1 :
			    body_chunk(d, t->m, &t->in_doubt, o);
		if (r == 0)
			r = dialogue_reply(d, STAGE_MESSAGE,
			    t->s->params.account->final_timeout, o);
		else if (o->fault == FAULT_NETWORK)
			dialogue_last_words(d, STAGE_MESSAGE, "the message", o);
		if (r < 0 && o->code == 0)
			return transaction_cut(t, o, t->in_doubt);
		if (r < 0) {
			transaction_settle(t, o);
			return -1;
		}
	}
	return transaction_verdict(t, o);
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

int
transaction_run(struct session *s, const struct message *m,
    struct envelope *e, struct outcome *o)
{
	struct exchange t;
	int r;

	if (transaction_reset(s, o) < 0) {
		session_name(s, o);
		return -1;
	}
	s->transactions++;
	exchange_begin(&t, s, m, e);
	r = exchange_run(&t, o);
	if (r < 0 && t.failed && o->fault == FAULT_NETWORK) {
		session_finish(s);	/* it refused, then hung up on us */
		r = transaction_abandon(&t, o);
	} else if (r < 0)
		transaction_cut(&t, o, t.in_doubt && o->code == 0);
	else if (!t.failed && t.accepted > 0)
		r = transaction_body(&t, o);
	else
		r = transaction_abandon(&t, o);
	exchange_end(&t);
	return r;
}
