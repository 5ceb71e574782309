/* SPDX-License-Identifier: ISC */
/* A message written from front to back. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/sink.h"

/* Before the header: the queue's first line has room there. */
#define GAP	128

static int
sink_put(struct sink *s, const void *p, size_t n, struct outcome *o)
{
	if (message_write(s->m, p, n, s->at, o) < 0) {
		o->stage = STAGE_MESSAGE;
		return -1;
	}
	s->at += (off_t)n;
	return 0;
}

int
sink_open(struct sink *s, struct message *m, const struct buf *h,
    struct outcome *o)
{
	struct facts f;

	s->m = m;
	s->at = m->start = GAP;
	s->room = mem_alloc(SINK_MOST);
	s->used = 0;
	facts_begin(&s->facts);
	facts_begin(&f);
	facts_note(&f, h->data, h->len);
	m->eightbit_header = f.eightbit;
	m->longest_header = f.longest;
	m->body = m->start + (off_t)h->len + 2;
	if (sink_put(s, h->data, h->len, o) < 0)
		return -1;
	return sink_put(s, "\r\n", 2, o);
}

static int
sink_flush(struct sink *s, struct outcome *o)
{
	size_t n = s->used;

	facts_note(&s->facts, s->room, n);
	s->used = 0;
	return n == 0 ? 0 : sink_put(s, s->room, n, o);
}

char *
sink_room(struct sink *s, size_t n, struct outcome *o)
{
	if (SINK_MOST - s->used < n && sink_flush(s, o) < 0)
		return NULL;
	return s->room + s->used;
}

void
sink_used(struct sink *s, size_t n)
{
	s->used += n;
}

int
sink_write(struct sink *s, const char *p, size_t n, struct outcome *o)
{
	size_t k;
	char *to;

	for (; n > 0; p += k, n -= k) {
		k = n < SINK_MOST / 2 ? n : SINK_MOST / 2;
		to = sink_room(s, k, o);
		if (to == NULL)
			return -1;
		memcpy(to, p, k);
		sink_used(s, k);
	}
	return 0;
}

int
sink_end(struct sink *s, struct outcome *o)
{
	struct message *m = s->m;

	if (sink_flush(s, o) < 0)
		return -1;
	m->body_length = (uint64_t)(s->at - m->body);
	m->length = (uint64_t)(s->at - m->start);
	m->eightbit = s->facts.eightbit;
	m->utf8 = facts_all_utf8(&s->facts);
	m->longest = s->facts.longest;
	return 0;
}

void
sink_free(struct sink *s)
{
	free(s->room);
	s->room = NULL;
}
