/* SPDX-License-Identifier: ISC */
/* The commands of one message in groups, and the reply to each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "smtp/body.h"
#include "smtp/exchange.h"
#include "smtp/faults.h"
#include "smtp/path.h"

/* Once a login is refused, how long all the rest of its group is waited for. */
#define ECHO_MS	10000
/* How long a server that does not take what we write is listened to. */
#define LAST_WORDS_MS	2000
/* Octets of a command beside its address, at most about; of one with all that
 * RFC 3461 adds, beside that and its coded copy. */
#define COMMAND_EXTRA	40
#define DSN_EXTRA	160

/* The commands of a transaction in their order; RCPT stands for many. */
enum part {
	PART_AUTH,
	PART_MAIL,
	PART_RCPT,
	PART_DATA
};

static size_t
exchange_limit(const struct session *s)
{
	unsigned mine = s->params.account->max_recipients;
	unsigned theirs = s->line.caps.rcptmax;

	if (mine == 0)
		return theirs > 0 ? theirs : LIMIT_RCPT_DEFAULT;
	return theirs > 0 && theirs < mine ? theirs : mine;
}

bool
exchange_may_have(const struct exchange *t, size_t i)
{
	return t->taken[i] || t->read <= PART_RCPT + i;
}

static const struct recipient *
exchange_rcpt(const struct exchange *t, size_t i)
{
	return &t->e->rcpt[t->index[i]];
}

/* Of RCPT to recipient i, at most about. */
static size_t
rcpt_octets(const struct exchange *t, size_t i)
{
	const struct recipient *r = exchange_rcpt(t, i);
	size_t n = strlen(r->address);

	return n + COMMAND_EXTRA + (r->notify == 0 ? 0 : DSN_EXTRA +
	    (r->orcpt ? strlen(envelope_orcpt_of(r)) : 3 * n));
}

/* May the message ride with its commands: never behind an AUTH that is not
 * answered, and only when it all goes in one flight. */
static bool
exchange_early(const struct exchange *t)
{
	size_t octets = strlen(t->e->sender) + DSN_EXTRA, i;

	if (!t->bdat || !t->groups || t->s->riding ||
	    t->m->length > LIMIT_EARLY_BODY)
		return false;
	for (i = 0; i < t->n; i++)
		octets += rcpt_octets(t, i);
	return octets + 2 * COMMAND_EXTRA < LIMIT_GROUP;
}

void
exchange_begin(struct exchange *t, struct session *s,
    const struct message *m, struct envelope *e, bool utf8)
{
	size_t max = exchange_limit(s), i;

	memset(t, 0, sizeof(*t));
	t->s = s;
	t->m = m;
	t->e = e;
	t->utf8 = utf8;
	if (max > e->n)
		max = e->n;
	t->index = mem_grow(NULL, max, sizeof(*t->index));
	t->taken = mem_alloc(max * sizeof(*t->taken));
	for (i = envelope_next(e, 0); i < e->n && t->n < max;
	    i = envelope_next(e, i + 1))
		if (path_fits(s, e->rcpt[i].address))
			t->index[t->n++] = i;
	t->groups = session_groups(s);
	t->bdat = s->line.caps.chunking &&
	    s->params.account->pipeline == PIPELINE_FULL;
	t->body_rides = exchange_early(t);
	t->sent = t->read = s->riding ? PART_AUTH : PART_MAIL;
	t->total = PART_RCPT + t->n + 1;
}

void
exchange_end(struct exchange *t)
{
	free(t->index);
	free(t->taken);
}

/* Which part is command i, and whose recipient? */
static enum part
exchange_part(const struct exchange *t, size_t i)
{
	return i < PART_RCPT ? (enum part)i :
	    i + 1 == t->total ? PART_DATA : PART_RCPT;
}

/* Is anybody asked to tell of success, by a server that does not? */
static void
note_success(const struct exchange *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if ((exchange_rcpt(t, i)->notify & DSN_SUCCESS) != 0) {
			log_remark("the server does not offer DSN: nobody "
			    "will tell of success");
			return;
		}
}

int
exchange_data(struct exchange *t, struct outcome *o)
{
	struct dialogue *d = &t->s->line.d;

	if (!t->bdat)
		return dialogue_command(d, STAGE_DATA, o, "DATA");
	if (dialogue_command(d, STAGE_DATA, o, "BDAT %llu LAST",
	    (unsigned long long)t->m->length) < 0)
		return -1;
	return t->body_rides ? body_chunk(d, t->m, &t->in_doubt, o) : 0;
}

/* Queues command t->sent. */
static int
say_part(struct exchange *t, struct outcome *o)
{
	struct dialogue *d = &t->s->line.d;
	int r;

	switch (exchange_part(t, t->sent)) {
	case PART_AUTH:
		r = login_ride(&t->s->login, d, o);
		break;
	case PART_MAIL:
		if (!t->s->line.caps.dsn)
			note_success(t);
		r = path_mail(t->s, t->m, t->e, t->utf8, o);
		t->flight += strlen(t->e->sender) + DSN_EXTRA;
		break;
	case PART_RCPT:
		t->flight += rcpt_octets(t, t->sent - PART_RCPT);
		r = path_rcpt(t->s, exchange_rcpt(t, t->sent - PART_RCPT), o);
		break;
	default:
		r = exchange_data(t, o);
		break;
	}
	t->flight += COMMAND_EXTRA;
	t->sent++;
	return r;
}

/* May command t->sent go into this flight? */
static bool
exchange_room(const struct exchange *t)
{
	enum part next = exchange_part(t, t->sent);
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
exchange_refused(struct exchange *t, enum stage stage, const char *what)
{
	if (t->failed)
		return;
	t->failed = true;
	faults_judge(&t->s->line.d.reply, stage, what, &t->why);
}

static void
heard_rcpt(struct exchange *t, size_t i)
{
	const struct reply *r = &t->s->line.d.reply;
	struct recipient *rcpt = &t->e->rcpt[t->index[i]];
	struct outcome o;
	char what[LIMIT_ADDRESS + 8];

	if (!t->mail_ok)
		return;			/* an echo */
	t->s->asked++;
	if (reply_class(r) == 2) {
		t->taken[i] = true;
		t->accepted++;
		return;
	}
	snprintf(what, sizeof(what), "%s", rcpt->address);
	faults_judge(r, STAGE_RCPT, what, &o);
	if (reply_class(r) == 5 && r->enhanced[1] == 7 && r->enhanced[2] == 1)
		t->s->denied++;
	if (faults_too_many(r) && t->accepted > 0) {
		if (!t->followed)
			return;		/* the rest in another transaction */
		o.verdict = VERDICT_LATER;	/* ... another time */
		o.fault = FAULT_DELAY;
	}
	envelope_settle(t->e, t->index[i], &o);
}

static int
heard_data(struct exchange *t, struct outcome *o)
{
	const struct reply *r = &t->s->line.d.reply;

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
		exchange_refused(t, STAGE_DATA, "DATA");
	return 0;
}

/* Judges the reply to command t->read. */
static int
exchange_hear(struct exchange *t, struct outcome *o)
{
	static const enum stage stages[] = {
		[PART_AUTH] = STAGE_AUTH, [PART_MAIL] = STAGE_MAIL,
		[PART_RCPT] = STAGE_RCPT, [PART_DATA] = STAGE_DATA,
	};
	enum part part = exchange_part(t, t->read);
	struct session *s = t->s;
	char what[LIMIT_ADDRESS + 16];

	if (dialogue_reply(&s->line.d, stages[part],
	    t->bdat && part == PART_DATA && !t->cut ?
	    s->params.account->final_timeout : s->line.d.timeout, o) < 0)
		return -1;
	t->read++;
	if (s->line.d.reply.code == 421)
		return faults_judge(&s->line.d.reply, stages[part],
		    "the server ends the session", o);
	if (part == PART_AUTH)
		return session_ridden(s, o);
	if (part == PART_DATA)
		return heard_data(t, o);
	if (reply_class(&s->line.d.reply) == 3)
		return outcome_fail(o, FAULT_PROTOCOL, stages[part],
		    "the server answers %s with %u", part == PART_MAIL ?
		    "MAIL" : "RCPT", s->line.d.reply.code);
	if (part == PART_RCPT) {
		heard_rcpt(t, t->read - 1 - PART_RCPT);
		return 0;
	}
	t->mail_ok = reply_class(&s->line.d.reply) == 2;
	snprintf(what, sizeof(what), "MAIL FROM:<%s>", t->e->sender);
	if (!t->mail_ok)
		exchange_refused(t, STAGE_MAIL, what);
	return 0;
}

/* The rest of a group whose login was refused: read, not believed; a 354 in
 * it gets nothing. */
static void
exchange_echoes(struct exchange *t)
{
	int64_t deadline = clock_deadline(ECHO_MS);
	struct outcome ignored;

	for (; t->read < t->sent; t->read++)
		if (dialogue_reply(&t->s->line.d, STAGE_AUTH,
		    clock_left(deadline), &ignored) < 0)
			return;
}

void
exchange_last_words(struct exchange *t, struct outcome *o)
{
	int64_t deadline = clock_deadline(LAST_WORDS_MS);
	struct outcome heard;

	t->cut = true;
	while (t->read < t->sent) {
		t->s->line.d.timeout = clock_left(deadline);
		if (exchange_hear(t, &heard) < 0) {
			if (heard.code != 0)
				*o = heard;
			return;
		}
	}
}

int
exchange_say(struct exchange *t, struct outcome *o)
{
	t->flight = 0;
	do {
		if (say_part(t, o) < 0)
			return -1;
	} while (t->sent < t->total && exchange_room(t));
	return 0;
}

/* The replies to all that was said. */
static int
exchange_listen(struct exchange *t, struct outcome *o)
{
	while (t->read < t->sent)
		if (exchange_hear(t, o) < 0) {
			if (o->stage == STAGE_AUTH && o->code != 0 &&
			    o->code != 421)
				exchange_echoes(t);
			return -1;
		}
	return 0;
}

int
exchange_run(struct exchange *t, struct outcome *o)
{
	for (;;) {
		if (exchange_listen(t, o) < 0)
			return -1;
		if (t->read == t->total || !exchange_room(t))
			return 0;
		if (exchange_say(t, o) < 0 ||
		    dialogue_flush(&t->s->line.d, STAGE_MAIL, o) < 0) {
			if (o->fault == FAULT_NETWORK)
				exchange_last_words(t, o);
			return -1;
		}
	}
}
