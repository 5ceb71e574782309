/* SPDX-License-Identifier: ISC */
/* Telling a sender what became of a message. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "queue/bounce.h"
#include "queue/tell.h"

#define HOUR	(60 * 60)
#define DAY	(24 * HOUR)

/* ---- How many to one address ------------------------------------------- */

/* When the notices of the last day were sent, as one record holds them. */
struct tally {
	int64_t	at[TELL_DAILY];
	size_t	n;
};

static void
tally_key(struct buf *key, const struct teller *t, const char *to)
{
	buf_init(key, LIMIT_STATE);
	if (t->state == NULL || buf_printf(key, "notices %s", to) < 0)
		buf_clear(key);
}

/* Those of another time (an hour to come is a clock set right) and what is
 * no time at all are left out. */
static void
tally_read(struct tally *y, const char *p, int64_t now)
{
	int64_t at;
	char *end;

	y->n = 0;
	for (; y->n < TELL_DAILY; p = end) {
		at = strtoll(p, &end, 10);
		if (end == p)
			return;
		if (at > now - DAY && at < now + HOUR)
			y->at[y->n++] = at;
	}
}

static bool
tally_is_full(const struct tally *y, int64_t now)
{
	size_t i, hour = 0;

	for (i = 0; i < y->n; i++)
		hour += y->at[i] > now - HOUR;
	return y->n >= TELL_DAILY || hour >= TELL_HOURLY;
}

static void
tally_write(const struct tally *y, const struct teller *t, const char *key)
{
	struct buf value;
	size_t i;

	buf_init(&value, LIMIT_STATE);
	for (i = 0; i < y->n; i++)
		buf_printf(&value, "%" PRId64 " ", y->at[i]);
	buf_printf(&value, "%" PRId64, (int64_t)t->now);
	state_put(t->state, key, value.data);
	buf_free(&value);
}

/* Counts one more, if it may be sent. */
static bool
may_tell(const struct teller *t, const char *to)
{
	struct buf key, value;
	struct tally y = { .n = 0 };
	bool may;

	tally_key(&key, t, to);
	buf_init(&value, LIMIT_STATE);
	if (key.len > 0 && state_get(t->state, key.data, &value))
		tally_read(&y, value.data, t->now);
	may = !tally_is_full(&y, t->now);
	if (may && key.len > 0)
		tally_write(&y, t, key.data);
	buf_free(&key);
	buf_free(&value);
	return may;
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
	};

	if (!bounce_may(e))
		return refused(e, o);
	if (!may_tell(t, f.to))
		return too_many(f.to, o);
	entry_id(id);
	return make(t, e, &f, o) == 0 ? TELL_DONE : TELL_FAILED;
}
