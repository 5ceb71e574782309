/* SPDX-License-Identifier: ISC */
/* Copies of one message in the queue. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "mail/others.h"
#include "queue/journal.h"
#include "front/duplicates.h"

#define COPY_CHUNK	65536u

void
duplicates_init(struct duplicates *d, const struct keep *k)
{
	memset(d, 0, sizeof(*d));
	d->keep = k;
}

void
duplicates_free(struct duplicates *d)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		entry_free(&d->entries[i]);
	free(d->entries);
	duplicates_init(d, d->keep);
}

struct entry *
duplicates_next(struct duplicates *d)
{
	struct envelope *e = others_take(&d->keep->entry->envelope);
	struct entry *q;

	if (d->n == d->cap) {
		d->cap = d->cap == 0 ? 4 : d->cap * 2;
		d->entries = mem_grow(d->entries, d->cap, sizeof(*q));
	}
	q = &d->entries[d->n++];
	entry_init(q);
	envelope_free(&q->envelope);
	q->envelope = *e;
	free(e);
	entry_id(q->id);
	return q;
}

/* ---- The message --------------------------------------------------------- */

/* The octets from `at` to `end`, read and written; 0, or -1 with errno. */
static int
copy_by_hand(int from, int to, off_t at, off_t end)
{
	char *room = mem_alloc(COPY_CHUNK);
	size_t n;
	int r = 0;

	for (; at < end && r == 0; at += (off_t)n) {
		n = end - at < COPY_CHUNK ? (size_t)(end - at) : COPY_CHUNK;
		r = file_pread(from, room, n, at) < 0 ||
		    file_pwrite(to, room, n, at) < 0 ? -1 : 0;
	}
	free(room);
	return r;
}

/* The same by the system, as far as it goes. */
static int
copy_octets(int from, int to, off_t at, off_t end)
{
	off_t out = at;
	ssize_t n = 1;

	while (at < end && n > 0)
		n = copy_file_range(from, &at, to, &out, (size_t)(end - at),
		    0);
	return at < end ? copy_by_hand(from, to, at, end) : 0;
}

static int
copy_message(const struct message *from, const char *directory,
    struct message *to, struct outcome *o)
{
	struct message m;

	if (message_open(&m, directory, o) < 0)
		return -1;
	*to = *from;
	to->fd = m.fd;
	to->place = m.place;
	if (copy_octets(from->fd, to->fd, from->start,
	    from->start + (off_t)from->length) == 0)
		return 0;
	outcome_errno(o, errno == ENOSPC || errno == EDQUOT ? FAULT_DELAY :
	    FAULT_OS, STAGE_INPUT, "cannot copy the message in %s", m.place);
	message_close(to);
	return -1;
}

/* ---- Into the queue, and out of it --------------------------------------- */

static int
duplicates_enter(struct duplicates *d, struct outcome *o)
{
	struct keep k = *d->keep;
	struct entry *q = duplicates_next(d);

	k.entry = q;
	keep_begin(&k);
	if (copy_message(&d->keep->entry->message, k.place->store.path,
	    &q->message, o) < 0)
		return -1;
	if (keep_enter(&k, o) == 0)
		return 0;
	message_close(&q->message);
	return -1;
}

/* They are ours, locked, until all of them are there. */
int
duplicates_queue(struct duplicates *d, struct outcome *o)
{
	const struct store *s = &d->keep->place->store;
	struct deliver_trace none = { 0 };
	struct outcome ignored;
	struct entry *q;
	int r = 0;

	while (d->keep->entry->envelope.others != NULL && r == 0)
		r = duplicates_enter(d, o);
	for (q = d->entries; q < d->entries + d->n; q++) {
		outcome_clear(&ignored);
		if (r == 0)
			duplicates_log(d, q, &none, keep_word(KEEP_QUEUED),
			    &ignored);
		else if (q->message.fd >= 0)
			(void)store_remove(s, q, STORE_ACTIVE, &ignored);
		message_close(&q->message);
	}
	if (r < 0)
		(void)store_settle(s, &ignored);
	return r;
}

void
duplicates_withdraw(const struct duplicates *d)
{
	const struct store *s = &d->keep->place->store;
	struct outcome ignored;
	struct entry q;
	size_t i;

	for (i = 0; i < d->n; i++) {
		if (store_load(s, STORE_ACTIVE, d->entries[i].id, &q,
		    &ignored) != STORE_LOADED)
			continue;
		if (store_remove(s, &q, STORE_ACTIVE, &ignored) == 0)
			log_note(LOG_NOTICE, "%s: taken back, for %s could "
			    "not be queued", q.id, d->keep->entry->id);
		message_close(&q.message);
		entry_free(&q);
	}
	(void)store_settle(s, &ignored);
}

void
duplicates_log(const struct duplicates *d, const struct entry *q,
    const struct deliver_trace *t, const char *end, const struct outcome *o)
{
	const struct journal_entry j = { q->id, d->keep->account->name,
		&q->envelope, q->message.length, t, 0, end, false };

	journal_message(&j, o);
}
