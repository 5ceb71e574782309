/* SPDX-License-Identifier: ISC */
/* One queued message: what its journal says, read. */
#include <sys/random.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "queue/entry.h"

#define FIELD_MAX	(1u << 16)	/* the longest field that is read */

void
entry_init(struct entry *e)
{
	memset(e, 0, sizeof(*e));
	envelope_init(&e->envelope);
	e->message.fd = -1;
}

void
entry_free(struct entry *e)
{
	free(e->config);
	free(e->account);
	envelope_free(&e->envelope);
	e->config = e->account = NULL;
}

void
entry_id(char id[ENTRY_ID])
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	uint64_t word[2], v;
	size_t i;

	/* Before the system has any randomness: unique will do, a name that
	 * is taken is never replaced. */
	if (getrandom(word, sizeof(word), GRND_NONBLOCK) !=
	    (ssize_t)sizeof(word)) {
		word[0] = (uint64_t)clock_ms() * 0x9e3779b97f4a7c15u;
		word[1] = (uint64_t)getpid() * 0xbf58476d1ce4e5b9u;
	}
	/* Of 64 bits 8 digits use 42: the skew is beyond notice. */
	for (i = 0, v = word[0]; i < ENTRY_ID - 1; i++, v /= 36) {
		if (i == 8)
			v = word[1];
		id[i] = digits[v % 36];
	}
	id[i] = '\0';
}

size_t
entry_waiting(const struct entry *e)
{
	return envelope_open(&e->envelope);
}

/* A record whose fields are taken one by one; once bad, always bad. */
struct reading {
	struct jot	*j;
	struct buf	 text;
	bool		 bad;
};

static int64_t
take(struct reading *in, int64_t min, int64_t max)
{
	int64_t v = min;

	if (in->bad || !jot_take_number(in->j, &v) || v < min || v > max) {
		in->bad = true;
		return min;
	}
	return v;
}

static const char *
take_text(struct reading *in)
{
	if (in->bad || !jot_take_text(in->j, &in->text)) {
		in->bad = true;
		return "";
	}
	return in->text.data;
}

static time_t
take_time(struct reading *in)
{
	return (time_t)take(in, INT64_MIN, INT64_MAX);
}

static bool
take_flag(struct reading *in)
{
	return take(in, 0, 1) != 0;
}

static void
read_dsn(struct reading *in, struct envelope *v)
{
	int ret = dsn_ret(take_text(in));
	const char *envid = take_text(in);

	if (ret < 0 || strlen(envid) > DSN_ENVID || !dsn_is_xtext(envid))
		in->bad = true;
	else
		envelope_dsn(v, (enum dsn_ret)ret,
		    *envid != '\0' ? envid : NULL);
}

/* NOTIFY and ORCPT of the last recipient. */
static void
read_wishes(struct reading *in, struct envelope *v)
{
	int notify = dsn_notify(take_text(in));
	const char *orcpt = take_text(in);

	/* one that is not ASCII is derived */
	if (notify < 0 || strlen(orcpt) > DSN_ORCPT || !dsn_is_xtext(orcpt))
		in->bad = true;
	if (in->bad)
		return;
	v->rcpt[v->n - 1].notify = (uint8_t)notify;
	if (*orcpt != '\0')
		envelope_orcpt(v, v->n - 1, orcpt);
}

/* What entries of older versions have not. */
static void
read_later(struct reading *in, struct entry *e)
{
	if (in->bad || !jot_more(in->j))
		return;
	e->envelope.utf8_asked = take_flag(in);
	e->envelope.require_tls = take_flag(in);
	e->message.longest_header = (size_t)take(in, 0, INT64_MAX);
}

static void
read_envelope(struct reading *in, struct entry *e)
{
	struct outcome o;
	int64_t n;

	e->retry.arrived = take_time(in);
	e->uid = (uid_t)take(in, 0, UINT32_MAX);
	e->next = take_time(in);
	e->config = mem_dup(take_text(in));
	e->account = mem_dup(take_text(in));
	envelope_sender(&e->envelope, take_text(in));
	read_dsn(in, &e->envelope);
	e->envelope.body_8bit = take_flag(in);
	e->message.body_length = (uint64_t)take(in, 0, INT64_MAX);
	e->message.eightbit = take_flag(in);
	e->message.eightbit_header = take_flag(in);
	e->message.utf8 = take_flag(in);
	e->message.longest = (size_t)take(in, 0, INT64_MAX);
	for (n = take(in, 0, LIMIT_RECIPIENTS); n > 0 && !in->bad; n--) {
		size_t before = e->envelope.n;

		/* One that is there twice would shift those behind. */
		if (envelope_add(&e->envelope, take_text(in), &o) < 0 ||
		    e->envelope.n == before)
			in->bad = true;
		read_wishes(in, &e->envelope);
	}
	read_later(in, e);
}

static void
apply_envelope(struct entry *e, struct reading *in)
{
	const struct message *place = &e->message;
	struct entry fresh;

	if (e->config != NULL) {
		in->bad = true;
		return;
	}
	entry_init(&fresh);
	memcpy(fresh.id, e->id, sizeof(fresh.id));
	fresh.message.fd = place->fd;
	fresh.message.place = place->place;
	fresh.message.start = place->start;
	fresh.message.length = place->length;
	fresh.journal_end = e->journal_end;
	read_envelope(in, &fresh);
	if (fresh.message.body_length > place->length)
		in->bad = true;
	if (in->bad) {
		entry_free(&fresh);
		return;
	}
	fresh.message.body = place->start +
	    (off_t)(place->length - fresh.message.body_length);
	entry_free(e);
	*e = fresh;
}

/* One stretch; written into v only where it is not NULL. */
static void
read_stretch(struct reading *in, struct envelope *v, size_t n)
{
	struct outcome o = { .verdict = VERDICT_DELIVERED };
	int64_t first, count, i;

	first = take(in, 0, (int64_t)n - 1);
	count = take(in, 1, (int64_t)n - first);
	o.verdict = (enum verdict)take(in, 0, VERDICT_NEVER);
	o.scope = (enum scope)take(in, 0, SCOPE_HOST);
	o.fault = (enum fault)take(in, 0, FAULT_TRUST);
	o.stage = (enum stage)take(in, 0, STAGE_QUIT);
	o.in_doubt = take_flag(in);
	o.code = (uint16_t)take(in, 0, UINT16_MAX);
	for (i = 0; i < 3; i++)
		o.enhanced[i] = (uint16_t)take(in, 0, UINT16_MAX);
	strncpy(o.text, take_text(in), sizeof(o.text) - 1);
	strncpy(o.advice, take_text(in), sizeof(o.advice) - 1);
	if (in->bad || v == NULL)
		return;
	for (i = first; i < first + count; i++) {
		envelope_settle(v, (size_t)i, &o);
		v->rcpt[i].told = o.verdict == VERDICT_NEVER;
		if (o.verdict == VERDICT_LATER)
			envelope_reopen(v, (size_t)i);
	}
}

static void
apply_attempt(struct entry *e, struct reading *in)
{
	struct retry_state s = e->retry;
	struct envelope *v = &e->envelope;
	time_t next;
	bool doubtful;
	struct jot behind;

	s.last = take_time(in);
	s.attempts = (unsigned)take(in, 0, UINT32_MAX);
	s.answered = take(in, 0, INT64_MAX);
	s.held = take(in, 0, INT64_MAX);
	s.warned = take_flag(in);
	next = take_time(in);
	doubtful = take_flag(in);
	/* Once to see that all is well, once to believe it. */
	behind = *in->j;
	while (!in->bad && jot_more(in->j))
		read_stretch(in, NULL, v->n);
	if (in->bad)
		return;
	for (*in->j = behind; jot_more(in->j);)
		read_stretch(in, v, v->n);
	e->retry = s;
	e->next = next;
	e->doubtful = doubtful;
}

static void
apply_doubt(struct entry *e, struct reading *in)
{
	take_time(in);
	e->doubtful = e->doubtful || !in->bad;
}

static void
apply_notice(struct entry *e, struct reading *in)
{
	take_time(in);
	e->retry.warned = e->retry.warned || !in->bad;
}

int
entry_apply(struct entry *e, struct jot *j)
{
	static const struct {
		const char *type;
		void (*apply)(struct entry *, struct reading *);
	} types[] = {
		{ "envelope", apply_envelope }, { "doubt", apply_doubt },
		{ "attempt", apply_attempt }, { "notice", apply_notice },
	};
	struct reading in = { .j = j, .bad = false };
	size_t i;

	/* Nothing comes before the envelope. */
	if (e->config == NULL && !jot_is(j, types[0].type))
		return -1;
	buf_init(&in.text, FIELD_MAX);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (jot_is(j, types[i].type))
			types[i].apply(e, &in);
	buf_free(&in.text);
	return in.bad ? -1 : 0;
}
