/* SPDX-License-Identifier: ISC */
/* Telling a sender what became of a message. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc.h"
#include "base/mem.h"
#include "queue/bounce.h"
#include "queue/tell.h"

#define HOUR	(60 * 60)
#define DAY	(24 * HOUR)

/* ---- How many to one address ------------------------------------------- */

/* Addresses share a few records, so that these do not grow in number; a full
 * one forgets the oldest.  One address can fill no more than half of it. */
#define TALLIES		256u
#define TALLY_MAX	(LIMIT_STATE / 20)

/* The notices of the last day, oldest first, as one record holds them: "who"
 * is a sum of the address. */
struct tally {
	char		 key[16];
	uint32_t	 who;		/* it is about */
	size_t		 n;
	struct {
		uint32_t who;
		int64_t	 at;
	} sent[TALLY_MAX];
};

/* Those of another time (an hour to come is a clock set right) and what is
 * no time at all are left out. */
static void
tally_parse(struct tally *y, const char *p, int64_t now)
{
	unsigned long who;
	int64_t at;
	char *end;

	for (y->n = 0; y->n < TALLY_MAX; p = end) {
		who = strtoul(p, &end, 16);
		if (end == p || *end != ':')
			return;
		p = end + 1;
		at = strtoll(p, &end, 10);
		if (end == p)
			return;
		if (at <= now - DAY || at >= now + HOUR)
			continue;
		y->sent[y->n].who = (uint32_t)who;
		y->sent[y->n++].at = at;
	}
}

static void
tally_read(struct tally *y, const struct teller *t, const char *to)
{
	struct buf value;

	y->who = crc32c(0, to, strlen(to));
	snprintf(y->key, sizeof(y->key), "notices %02x", y->who % TALLIES);
	y->n = 0;
	buf_init(&value, LIMIT_STATE);
	if (t->state != NULL && state_get(t->state, y->key, &value))
		tally_parse(y, value.data, t->now);
	buf_free(&value);
}

static void
tally_write(const struct tally *y, const struct teller *t)
{
	struct buf value;
	size_t i;

	if (t->state == NULL)
		return;
	buf_init(&value, LIMIT_STATE);
	for (i = 0; i < y->n; i++)
		buf_printf(&value, "%08" PRIx32 ":%" PRId64 " ",
		    y->sent[i].who, y->sent[i].at);
	state_put(t->state, y->key, y->n > 0 ? value.data : NULL);
	buf_free(&value);
}

static bool
tally_is_full(const struct tally *y, int64_t now)
{
	size_t i, hour = 0, day = 0;

	for (i = 0; i < y->n; i++) {
		if (y->sent[i].who != y->who)
			continue;
		day++;
		hour += y->sent[i].at > now - HOUR;
	}
	return day >= TELL_DAILY || hour >= TELL_HOURLY;
}

static void
tally_drop(struct tally *y, size_t i)
{
	y->n--;
	memmove(&y->sent[i], &y->sent[i + 1],
	    (y->n - i) * sizeof(y->sent[0]));
}

/* Counts one more, if it may be sent. */
static bool
may_tell(const struct teller *t, const char *to)
{
	struct tally y;

	tally_read(&y, t, to);
	if (tally_is_full(&y, t->now))
		return false;
	if (y.n == TALLY_MAX)
		tally_drop(&y, 0);
	y.sent[y.n].who = y.who;
	y.sent[y.n++].at = t->now;
	tally_write(&y, t);
	return true;
}

/* It was not sent after all. */
static void
take_back(const struct teller *t, const char *to)
{
	struct tally y;
	size_t i;

	tally_read(&y, t, to);
	for (i = y.n; i > 0; i--)
		if (y.sent[i - 1].who == y.who && y.sent[i - 1].at == t->now)
			break;
	if (i == 0)
		return;
	tally_drop(&y, i - 1);
	tally_write(&y, t);
}

/* ---- The notice ---------------------------------------------------------- */

/* Which of several hosts it was is not known. */
static const char *
smarthost(const struct account *a)
{
	return a != NULL && a->hosts_n == 1 && !a->hosts[0].is_unix ?
	    a->hosts[0].name : NULL;
}

static const char *
reverse_path(const struct account *a)
{
	return a != NULL && a->null_sender_account &&
	    a->from_address != NULL ? a->from_address : "";
}

/* The rest of n, whose message is written already. */
static int
enter(const struct teller *t, struct entry *n, const struct entry *e,
    const char *to, struct outcome *o)
{
	n->config = mem_dup(e->config);
	n->account = mem_dup(e->account);
	n->retry.arrived = n->next = t->now;
	envelope_sender(&n->envelope, reverse_path(t->account));
	if (envelope_add(&n->envelope, to, o) < 0)
		return -1;
	envelope_notify(&n->envelope, 0, DSN_REPORT);
	return store_enter(t->store, n, o);
}

static int
make(const struct teller *t, const struct entry *e,
    const struct bounce_facts *f, struct outcome *o)
{
	struct entry n;
	int r = -1;

	entry_init(&n);
	memcpy(n.id, f->id, ENTRY_ID);
	if (message_open(&n.message, t->store->path, o) == 0 &&
	    bounce_write(&n.message, e, f, o) == 0)
		r = enter(t, &n, e, f->to, o);
	store_release(&n);
	return r;
}

static enum tell_end
refused(const struct entry *e, struct outcome *o)
{
	outcome_fail(o, FAULT_REFUSED, STAGE_INPUT, *e->envelope.sender ==
	    '\0' ? "it has no sender" : "it is an automatic message");
	return TELL_REFUSED;
}

static enum tell_end
too_many(const char *to, struct outcome *o)
{
	outcome_fail(o, FAULT_DELAY, STAGE_INPUT, "%s has had %u notices in "
	    "an hour, or %u in a day", to, TELL_HOURLY, TELL_DAILY);
	return TELL_TOO_MANY;
}

enum tell_end
tell_notice(const struct teller *t, const struct entry *e, enum notice kind,
    time_t until, char id[ENTRY_ID], struct outcome *o)
{
	struct bounce_facts f = {
		.kind = kind, .smarthost = smarthost(t->account),
		.host = t->host != NULL ? t->host : "localhost",
		.from_name = t->from_name, .from_address = t->from_address,
		.to = t->to != NULL ? t->to : e->envelope.sender,
		.now = t->now, .until = until, .id = id,
		.whole = e->envelope.ret == DSN_RET_FULL,
	};

	if (!bounce_may(e))
		return refused(e, o);
	if (!may_tell(t, f.to))
		return too_many(f.to, o);
	entry_id(id);
	if (make(t, e, &f, o) == 0)
		return TELL_DONE;
	take_back(t, f.to);
	return TELL_FAILED;
}
