/* SPDX-License-Identifier: ISC */
/* The body of a notice on its way into a spool file, and its facts. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "queue/sheet.h"

#define WINDOW	65536u
#define QP_LINE	75u	/* and '=' or the last octet: RFC 2045 6.7 (5) */

void
sheet_begin(struct sheet *s, const struct message *m, off_t at,
    struct outcome *o)
{
	memset(s, 0, sizeof(*s));
	s->m = m;
	s->at = at;
	s->o = o;
	buf_init(&s->piece, WINDOW);
	buf_init(&s->out, 2 * WINDOW);
}

static void
write_out(struct sheet *s, const char *p, size_t n)
{
	bool full;

	if (s->failed || s->m == NULL || n == 0)
		return;
	if (file_pwrite(s->m->fd, p, n, s->at) == 0) {
		s->at += (off_t)n;
		return;
	}
	s->failed = true;
	full = errno == ENOSPC || errno == EDQUOT;
	outcome_errno(s->o, full ? FAULT_DELAY : FAULT_OS, STAGE_INPUT,
	    "cannot write a notice into %s", s->m->place);
	if (full)
		outcome_advise(s->o, "make room in %s", s->m->place);
}

static void
flush(struct sheet *s)
{
	write_out(s, s->out.data, s->out.len);
	buf_clear(&s->out);
}

/* What goes to the file, as it is. */
static void
add(struct sheet *s, const char *p, size_t n)
{
	size_t k;

	s->length += n;
	for (; n > 0; p += k, n -= k) {
		k = n < WINDOW ? n : WINDOW;
		if (s->out.len + k > s->out.max)
			flush(s);
		buf_add(&s->out, p, k);
	}
}

static void
note(struct sheet *s, char c)
{
	s->eightbit |= (unsigned char)c > 0x7f;
	s->bare |= c == '\0' || (c == '\n') != (s->last == '\r');
	s->line++;
	if (c == '\n') {
		size_t end = s->last == '\r' ? 2 : 1;

		if (s->line - end > s->longest)
			s->longest = s->line - end;
		s->line = 0;
	}
	s->last = c;
}

static void
add_noted(struct sheet *s, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		note(s, p[i]);
	add(s, p, n);
}

/* One octet; blanks are `last` before the end of a line. */
static size_t
encode(char to[3], char c, bool last)
{
	static const char hex[] = "0123456789ABCDEF";
	unsigned char u = (unsigned char)c;

	to[0] = c;
	if ((u > ' ' && u < 0x7f && u != '=') ||
	    ((u == ' ' || u == '\t') && !last))
		return 1;
	to[0] = '=';
	to[1] = hex[u >> 4];
	to[2] = hex[u & 15];
	return 3;
}

/* A line without its end. */
static void
quote_line(struct sheet *s, const char *p, size_t n)
{
	size_t used = 0, i, k;
	char to[3];

	for (i = 0; i < n; i++) {
		k = encode(to, p[i], i + 1 == n);
		if (used + k > QP_LINE + (i + 1 == n)) {
			add_noted(s, "=\r\n", 3);
			used = 0;
		}
		add_noted(s, to, k);
		used += k;
	}
	add_noted(s, "\r\n", 2);
}

static void
quote(struct sheet *s, const char *p, size_t n)
{
	const char *end;

	for (; n > 0; n -= (size_t)(end + 2 - p), p = end + 2) {
		end = memmem(p, n, "\r\n", 2);
		if (end == NULL) {
			quote_line(s, p, n);
			return;
		}
		quote_line(s, p, (size_t)(end - p));
	}
}

void
sheet_put(struct sheet *s, const char *p, size_t n)
{
	if (s->failed)
		return;
	if (s->quoted)
		quote(s, p, n);
	else
		add_noted(s, p, n);
}

void
sheet_puts(struct sheet *s, const char *text)
{
	sheet_put(s, text, strlen(text));
}

void
sheet_commit(struct sheet *s)
{
	sheet_put(s, s->piece.data, s->piece.len);
	buf_clear(&s->piece);
}

void
sheet_copy(struct sheet *s, const struct message *from)
{
	char *window = mem_alloc(WINDOW);
	uint64_t left = from->length;
	off_t at = from->start;
	size_t n;

	for (; left > 0 && !s->failed; left -= n, at += (off_t)n) {
		n = left < WINDOW ? (size_t)left : WINDOW;
		if (file_pread(from->fd, window, n, at) < 0) {
			s->failed = true;
			outcome_errno(s->o, FAULT_OS, STAGE_INPUT,
			    "cannot read the message back from %s",
			    from->place != NULL ? from->place : "the queue");
			break;
		}
		add(s, window, n);
	}
	free(window);
}

int
sheet_end(struct sheet *s)
{
	flush(s);
	if (s->line > s->longest)
		s->longest = s->line;
	s->bare |= s->last == '\r';
	buf_free(&s->piece);
	buf_free(&s->out);
	return s->failed ? -1 : 0;
}
