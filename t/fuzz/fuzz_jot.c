/* SPDX-License-Identifier: ISC */
/* Journals of any octets, and good records of any fields: what is taken is
 * taken whole, written again it reads the same, what is refused changes
 * nothing. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "queue/entry.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX	(1u << 22)

static void
must(int ok)
{
	if (!ok)
		abort();
}

/* All that e says, as records. */
static void
say(const struct entry *e, struct buf *b)
{
	buf_clear(b);
	must(entry_record_envelope(e, b) == 0);
	must(entry_record_attempt(e, b) == 0);
}

static void
prepare(struct entry *e)
{
	entry_init(e);
	e->message.start = 1000;
	e->message.length = 100000;
}

/* Applies one record, which must change everything or nothing. */
static int
apply(struct entry *e, struct jot *j)
{
	struct buf before, after;
	int r;

	buf_init(&before, MAX);
	buf_init(&after, MAX);
	say(e, &before);
	r = entry_apply(e, j);
	say(e, &after);
	if (r < 0)
		must(before.len == after.len &&
		    memcmp(before.data, after.data, after.len) == 0);
	must(entry_waiting(e) <= e->envelope.n);
	buf_free(&before);
	buf_free(&after);
	return r;
}

static void
replay(struct entry *e, const char *p, size_t n)
{
	struct jot j;
	size_t k;

	while ((k = jot_read(p, n, &j)) > 0 && apply(e, &j) == 0) {
		must(k <= n && k == jot_length(p, n));
		p += k;
		n -= k;
	}
}

/* Written again and read again it says the same. */
static void
again(const struct entry *e)
{
	struct buf first, second;
	struct entry f;

	if (e->config == NULL)
		return;
	buf_init(&first, MAX);
	buf_init(&second, MAX);
	say(e, &first);
	prepare(&f);
	replay(&f, first.data, first.len);
	must(f.config != NULL && f.envelope.n == e->envelope.n);
	say(&f, &second);
	must(first.len == second.len &&
	    memcmp(first.data, second.data, first.len) == 0);
	entry_free(&f);
	buf_free(&first);
	buf_free(&second);
}

/* Lines of the input become records with good sums: the type, then a field
 * between any two tabs. */
static void
forge(struct buf *b, const char *text)
{
	struct jot_pen p;
	char *copy = strdup(text), *rest = copy, *line, *field;

	while ((line = strsep(&rest, "\n")) != NULL) {
		field = strsep(&line, "\t");
		if (*field == '\0' || strchr(field, ' ') != NULL)
			continue;
		jot_begin(&p, b, field);
		while ((field = strsep(&line, "\t")) != NULL)
			jot_text(&p, field);
		must(jot_end(&p) == 0);
	}
	free(copy);
}

/* A text comes back as it was. */
static void
check_text(const char *text)
{
	struct jot_pen p;
	struct jot j;
	struct buf b, back;

	buf_init(&b, MAX);
	buf_init(&back, MAX);
	jot_begin(&p, &b, "text");
	jot_text(&p, text);
	must(jot_end(&p) == 0);
	must(memchr(b.data, '\n', b.len) == b.data + b.len - 1);
	must(jot_read(b.data, b.len, &j) == b.len);
	must(jot_take_text(&j, &back) && strcmp(back.data, text) == 0);
	must(!jot_more(&j));
	buf_free(&b);
	buf_free(&back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct entry e;
	struct buf b, text;

	if (size > 1u << 16)
		return 0;
	prepare(&e);
	replay(&e, (const char *)data, size);
	again(&e);
	entry_free(&e);

	buf_init(&text, MAX);
	buf_init(&b, MAX);
	must(buf_add(&text, data, size) == 0);
	check_text(text.data);
	forge(&b, text.data);
	prepare(&e);
	replay(&e, b.data, b.len);
	again(&e);
	entry_free(&e);
	buf_free(&b);
	buf_free(&text);
	return 0;
}
