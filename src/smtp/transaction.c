/* SPDX-License-Identifier: ISC */
/* MAIL, RCPT, DATA or BDAT, the message, its reply: one outcome a recipient. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "smtp/body.h"
#include "smtp/faults.h"
#include "smtp/transaction.h"

/* Once a login is refused, how long the rest of its group is waited for. */
#define ECHO_MS	10000

/* The commands of a transaction in their order; RCPT stands for many. */
enum part {
	PART_AUTH,
	PART_MAIL,
	PART_RCPT,
	PART_DATA
};

struct transaction {
	struct session		*s;
	const struct message	*m;
	struct envelope		*e;
	size_t		*index;		/* recipients of this transaction */
	bool		*taken;		/* ... those the server accepted */
	size_t		 n;
	size_t		 accepted;
	size_t		 sent, read;	/* commands so far */
	size_t		 total;
	size_t		 flight;	/* octets queued since the last flush */
	bool		 groups;
	bool		 bdat;		/* the last command is BDAT n LAST */
	bool		 body_rides;	/* ... with the message behind it */
	bool		 mail_ok;
	bool		 go;		/* 354: the message is waited for */
	bool		 failed;	/* first refusal of the group: */
	bool		 denied_all;	/* every RCPT so far was 5.7.1 */
	bool		 in_doubt;
	struct outcome	 why;
};

int
transaction_possible(const struct session *s, const struct message *m,
    const struct envelope *e, struct outcome *o)
{
	static const uint16_t too_big[3] = { 5, 3, 4 };
	static const uint16_t no_utf8[3] = { 5, 6, 7 };

	if (s->caps.size_max > 0 && m->length > s->caps.size_max) {
		outcome_fail(o, FAULT_REFUSED, STAGE_MAIL,
		    "the message has %llu octets, %s takes %llu",
		    (unsigned long long)m->length, s->params.host->name,
		    (unsigned long long)s->caps.size_max);
		outcome_codes(o, 0, too_big);
		return -1;
	}
	if (e->utf8 && !s->caps.utf8) {
		outcome_fail(o, FAULT_REFUSED, STAGE_MAIL,
		    "an address is not ASCII and %s does not offer SMTPUTF8",
		    s->params.host->name);
		outcome_codes(o, 0, no_utf8);
		return -1;
	}
	return 0;
}

static size_t
transaction_limit(const struct session *s)
{
	unsigned mine = s->params.account->max_recipients;
	unsigned theirs = s->caps.rcptmax;

	if (mine == 0)
		return theirs > 0 ? theirs : LIMIT_RCPT_DEFAULT;
	return theirs > 0 && theirs < mine ? theirs : mine;
}

static void
transaction_begin(struct transaction *t, struct session *s,
    const struct message *m, struct envelope *e)
{
	size_t max = transaction_limit(s), i;

	memset(t, 0, sizeof(*t));
	t->s = s;
	t->m = m;
	t->e = e;
	if (max > e->n)
		max = e->n;
	t->index = mem_grow(NULL, max, sizeof(*t->index));
	t->taken = mem_alloc(max * sizeof(*t->taken));
	for (i = 0; i < e->n && t->n < max; i++)
		if (!e->rcpt[i].settled)
			t->index[t->n++] = i;
	t->groups = session_groups(s);
	t->bdat = s->caps.chunking &&
	    s->params.account->pipeline == PIPELINE_FULL;
	/* Never a body behind an AUTH that is not answered. */
	t->body_rides = t->bdat && t->groups && !s->riding &&
	    m->length <= LIMIT_EARLY_BODY;
	t->denied_all = true;
	t->sent = t->read = s->riding ? PART_AUTH : PART_MAIL;
	t->total = PART_RCPT + t->n + 1;
}

static void
transaction_end(struct transaction *t)
{
	free(t->index);
	free(t->taken);
}

/* Which part is command i, and whose recipient? */
static enum part
transaction_part(const struct transaction *t, size_t i)
{
	return i < PART_RCPT ? (enum part)i :
	    i + 1 == t->total ? PART_DATA : PART_RCPT;
}

static const struct recipient *
transaction_rcpt(const struct transaction *t, size_t i)
{
	return &t->e->rcpt[t->index[i - PART_RCPT]];
}

static int
say_mail(struct transaction *t, struct outcome *o)
{
	const struct capabilities *c = &t->s->caps;
	char size[32] = "";

	if (c->size)
		snprintf(size, sizeof(size), " SIZE=%llu",
		    (unsigned long long)t->m->length);
	return dialogue_command(&t->s->d, STAGE_MAIL, o,
	    "MAIL FROM:<%s>%s%s%s", t->e->sender, size,
	    c->eightbit && (t->m->eightbit || t->m->eightbit_header ||
	    t->e->body_8bit || t->e->utf8) ? " BODY=8BITMIME" : "",
	    c->utf8 && t->e->utf8 ? " SMTPUTF8" : "");
}

static int
say_data(struct transaction *t, struct outcome *o)
{
	struct dialogue *d = &t->s->d;

	if (!t->bdat)
		return dialogue_command(d, STAGE_DATA, o, "DATA");
	if (dialogue_command(d, STAGE_DATA, o, "BDAT %llu LAST",
	    (unsigned long long)t->m->length) < 0)
		return -1;
	return t->body_rides ? body_chunk(d, t->m, &t->in_doubt, o) : 0;
}

/* Queues command t->sent. */
static int
transaction_say(struct transaction *t, struct outcome *o)
{
	struct dialogue *d = &t->s->d;
	const char *to;
	int r;

	switch (transaction_part(t, t->sent)) {
	case PART_AUTH:
		r = login_ride(&t->s->login, d, o);
		break;
	case PART_MAIL:
		r = say_mail(t, o);
		t->flight += strlen(t->e->sender);
		break;
	case PART_RCPT:
		to = transaction_rcpt(t, t->sent)->address;
		t->flight += strlen(to);
		r = dialogue_command(d, STAGE_RCPT, o, "RCPT TO:<%s>", to);
		break;
	default:
		r = say_data(t, o);
		break;
	}
	t->flight += 40;
	t->sent++;
	return r;
}

/* May command t->sent go into this flight? */
static bool
transaction_room(const struct transaction *t)
{
	enum part next = transaction_part(t, t->sent);
	bool alone = t->sent == t->read;

	if (t->read > PART_MAIL && !t->mail_ok)
		return false;		/* MAIL was refused: no more */
	if (next == PART_DATA) {
		if (t->bdat && !t->body_rides)
			return false;	/* BDAT takes the body with it */
		if (alone && t->accepted == 0)
			return false;
	}
	return alone || (t->groups && t->flight < LIMIT_GROUP);
}

/* The first refusal is the group's outcome; what follows are echoes. */
static void
transaction_refused(struct transaction *t, enum stage stage, const char *what)
{
	if (t->failed)
		return;
	t->failed = true;
	faults_judge(&t->s->d.reply, stage, what, &t->why);
}

static void
heard_rcpt(struct transaction *t, size_t i)
{
	const struct reply *r = &t->s->d.reply;
	struct recipient *rcpt = &t->e->rcpt[t->index[i]];
	struct outcome o;
	char what[LIMIT_ADDRESS + 8];

	if (!t->mail_ok)
		return;			/* an echo */
	if (reply_class(r) == 2) {
		t->taken[i] = true;
		t->accepted++;
		t->denied_all = false;
		return;
	}
	snprintf(what, sizeof(what), "%s", rcpt->address);
	faults_judge(r, STAGE_RCPT, what, &o);
	if (r->enhanced[1] != 7 || r->enhanced[2] != 1 ||
	    reply_class(r) != 5)
		t->denied_all = false;
	if (faults_too_many(r) && t->accepted > 0)
		return;			/* the rest in another transaction */
	envelope_settle(t->e, t->index[i], &o);
}

static int
heard_data(struct transaction *t, struct outcome *o)
{
	const struct reply *r = &t->s->d.reply;

	if (t->bdat)
		return 0;		/* this is the message's reply */
	if (r->code == 354) {
		t->go = true;
		return 0;
	}
	if (reply_class(r) == 2 || reply_class(r) == 3)
		return outcome_fail(o, FAULT_PROTOCOL, STAGE_DATA,
		    "the server answers DATA with %u", r->code);
	if (t->mail_ok && t->accepted > 0)
		transaction_refused(t, STAGE_DATA, "DATA");
	return 0;
}

/* Judges the reply to command t->read. */
static int
transaction_hear(struct transaction *t, struct outcome *o)
{
	static const enum stage stages[] = {
		[PART_AUTH] = STAGE_AUTH, [PART_MAIL] = STAGE_MAIL,
		[PART_RCPT] = STAGE_RCPT, [PART_DATA] = STAGE_DATA,
	};
	enum part part = transaction_part(t, t->read);
	struct session *s = t->s;
	char what[LIMIT_ADDRESS + 16];

	if (dialogue_reply(&s->d, stages[part], t->bdat && part == PART_DATA ?
	    s->params.account->final_timeout : s->d.timeout, o) < 0)
		return -1;
	t->read++;
	if (s->d.reply.code == 421)
		return faults_judge(&s->d.reply, stages[part],
		    "the server ends the session", o);
	if (part == PART_AUTH)
		return session_ridden(s, o);
	if (part == PART_DATA)
		return heard_data(t, o);
	if (reply_class(&s->d.reply) == 3)
		return outcome_fail(o, FAULT_PROTOCOL, stages[part],
		    "the server answers %s with %u", part == PART_MAIL ?
		    "MAIL" : "RCPT", s->d.reply.code);
	if (part == PART_RCPT) {
		heard_rcpt(t, t->read - 1 - PART_RCPT);
		return 0;
	}
	t->mail_ok = reply_class(&s->d.reply) == 2;
	snprintf(what, sizeof(what), "MAIL FROM:<%s>", t->e->sender);
	if (!t->mail_ok)
		transaction_refused(t, STAGE_MAIL, what);
	return 0;
}

/* The rest of a group whose login was refused: read, not believed; a 354 in
 * it gets nothing. */
static void
transaction_echoes(struct transaction *t)
{
	struct outcome ignored;

	for (; t->read < t->sent; t->read++)
		if (dialogue_reply(&t->s->d, STAGE_AUTH, ECHO_MS,
		    &ignored) < 0)
			return;
}

/* From MAIL to the answer to DATA (or to a BDAT in the group). */
static int
transaction_commands(struct transaction *t, struct outcome *o)
{
	struct dialogue *d = &t->s->d;

	while (t->read < t->total && transaction_room(t)) {
		t->flight = 0;
		do {
			if (transaction_say(t, o) < 0)
				goto cut;
		} while (t->sent < t->total && transaction_room(t));
		if (!(t->body_rides && t->sent == t->total) &&
		    dialogue_flush(d, STAGE_MAIL, o) < 0)
			goto cut;	/* (a body has flushed itself) */
		while (t->read < t->sent)
			if (transaction_hear(t, o) < 0) {
				if (o->stage == STAGE_AUTH)
					transaction_echoes(t);
				return -1;
			}
	}
	return 0;
cut:
	dialogue_last_words(d, o->stage, "the server ends the session", o);
	return -1;
}

/* Settles the recipients that the server accepted. */
static void
transaction_settle(struct transaction *t, const struct outcome *o)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (t->taken[i])
			envelope_settle(t->e, t->index[i], o);
}

/* What a broken connection leaves of a message that was under way. */
static int
transaction_cut(struct transaction *t, struct outcome *o)
{
	o->in_doubt = t->in_doubt && o->code == 0;
	if (o->in_doubt) {
		outcome_advise(o, "the server may have the message all the "
		    "same: another try can make a duplicate");
		transaction_settle(t, o);
	}
	return -1;
}

/* The message's own reply, which decides for all that were accepted. */
static int
transaction_verdict(struct transaction *t, struct outcome *o)
{
	const struct reply *r = &t->s->d.reply;
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
	if (r->code == 421 || v.fault == FAULT_PROTOCOL) {
		*o = v;
		return -1;
	}
	transaction_settle(t, &v);
	return 0;
}

static int
transaction_body(struct transaction *t, struct outcome *o)
{
	struct dialogue *d = &t->s->d;
	int r;

	if (!t->body_rides) {
		if (stream_poke(d->stream))	/* words before the message */
			r = dialogue_flush(d, STAGE_MESSAGE, o);
		else if (!t->bdat)
			r = body_dotted(d, t->m, &t->in_doubt, o);
		else
			r = say_data(t, o) < 0 ? -1 :
			    body_chunk(d, t->m, &t->in_doubt, o);
		if (r == 0)
			r = dialogue_reply(d, STAGE_MESSAGE,
			    t->s->params.account->final_timeout, o);
		else if (o->fault == FAULT_NETWORK)
			dialogue_last_words(d, STAGE_MESSAGE, "the message", o);
		if (r < 0 && o->code == 0)
			return transaction_cut(t, o);
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
transaction_lone_dot(struct transaction *t)
{
	struct dialogue *d = &t->s->d;
	struct outcome ignored;

	session_finish(t->s);
	if (dialogue_command(d, STAGE_DATA, &ignored, ".") == 0 &&
	    dialogue_flush(d, STAGE_DATA, &ignored) == 0)
		dialogue_reply(d, STAGE_DATA, d->timeout, &ignored);
}

/* Nobody was accepted, or MAIL or DATA was refused. */
static int
transaction_abandon(struct transaction *t, struct outcome *o)
{
	size_t i;

	if (t->go && t->accepted == 0)
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
	if (t->denied_all && !t->s->authenticated) {
		envelope_outcome(t->e, t->index[0], o);
		o->verdict = VERDICT_LATER;
		o->scope = SCOPE_ACCOUNT;
		o->fault = FAULT_DELAY;
		outcome_advise(o, "the server wants a login: set user and "
		    "password in the account");
		for (i = 0; i < t->n; i++)
			envelope_settle(t->e, t->index[i], o);
	}
	return 0;
}

static int
transaction_reset(struct session *s, struct outcome *o)
{
	if (!s->reset)
		return 0;
	if (dialogue_command(&s->d, STAGE_MAIL, o, "RSET") < 0 ||
	    dialogue_flush(&s->d, STAGE_MAIL, o) < 0 ||
	    dialogue_reply(&s->d, STAGE_MAIL, s->d.timeout, o) < 0)
		return -1;
	if (reply_class(&s->d.reply) != 2)
		return faults_judge(&s->d.reply, STAGE_MAIL, "RSET", o);
	s->reset = false;
	return 0;
}

int
transaction_run(struct session *s, const struct message *m,
    struct envelope *e, struct outcome *o)
{
	struct transaction t;
	int r;

	if (transaction_reset(s, o) < 0)
		return -1;
	s->transactions++;
	transaction_begin(&t, s, m, e);
	r = transaction_commands(&t, o);
	if (r < 0)
		transaction_cut(&t, o);
	else if (!t.failed && t.accepted > 0)
		r = transaction_body(&t, o);
	else
		r = transaction_abandon(&t, o);
	transaction_end(&t);
	return r;
}
