/* SPDX-License-Identifier: ISC */
/* What was done to a header block, told field by field. */
#include <string.h>
#include <strings.h>

#include "front/changes.h"
#include "front/human.h"
#include "mail/header.h"

#define AHEAD	8	/* fields that may be new side by side */
#define WIDTH	1000u

struct changes {
	FILE		*out;
	const struct buf *before, *after;
	size_t		 pos;		/* in after: behind what was told */
	size_t		 same;
};

static void
show(const struct changes *c, const char *mark, const struct buf *h,
    const struct field *f)
{
	struct buf line;
	size_t p;

	buf_init(&line, 4 * WIDTH);
	for (p = f->start; p < f->body_end && line.len < line.max; p++)
		if (h->data[p] != '\r' && h->data[p] != '\n')
			buf_putc(&line, h->data[p] == '\t' ? ' ' : h->data[p]);
	fprintf(c->out, "  %s ", mark);
	human_text(c->out, line.data, WIDTH);
	putc('\n', c->out);
	buf_free(&line);
}

static bool
is_same(const struct changes *c, const struct field *b, const struct field *a)
{
	return b->end - b->start == a->end - a->start &&
	    memcmp(c->before->data + b->start, c->after->data + a->start,
	    a->end - a->start) == 0;
}

static bool
is_named_same(const struct changes *c, const struct field *b,
    const struct field *a)
{
	return b->name_len > 0 && b->name_len == a->name_len &&
	    strncasecmp(c->before->data + b->start, c->after->data + a->start,
	    a->name_len) == 0;
}

/* Does only what is new in front of others stand there? */
static bool
is_new(const struct changes *c, const struct field *a)
{
	static const char *const names[] = { "Received", "Resent-Date",
		"Resent-From", "Resent-Message-ID" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (header_is(c->after, a, names[i]))
			return true;
	return false;
}

/* The field after `skip` others that is what became of b; false: none is. */
static bool
find(const struct changes *c, const struct field *b, bool exact,
    struct field *a, size_t *skip)
{
	size_t pos = c->pos;

	for (*skip = 0; *skip <= AHEAD && header_next(c->after, &pos, a);
	    (*skip)++) {
		if (exact ? is_same(c, b, a) : is_named_same(c, b, a))
			return true;
		if (!exact && !is_new(c, a))
			return false;
	}
	return false;
}

/* Tells of the next n fields, which are new. */
static void
added(struct changes *c, size_t n)
{
	struct field a;

	for (; n > 0 && header_next(c->after, &c->pos, &a); n--)
		show(c, "+", c->after, &a);
}

static void
one(struct changes *c, const struct field *b)
{
	struct field a;
	size_t skip;

	if (find(c, b, true, &a, &skip)) {
		added(c, skip);
		c->same++;
	} else if (find(c, b, false, &a, &skip)) {
		added(c, skip);
		show(c, "~", c->before, b);
		show(c, ">", c->after, &a);
	} else {
		show(c, "-", c->before, b);
		return;
	}
	c->pos = a.end;
}

void
changes_show(FILE *out, const struct buf *before, const struct buf *after)
{
	struct changes c = { .out = out, .before = before, .after = after };
	struct field b;
	size_t pos = 0;

	while (header_next(before, &pos, &b))
		one(&c, &b);
	added(&c, SIZE_MAX);
	fprintf(out, "  %zu field%s as %s\n", c.same, c.same == 1 ? "" : "s",
	    c.same == 1 ? "it was" : "they were");
}
