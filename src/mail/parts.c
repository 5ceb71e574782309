/* SPDX-License-Identifier: ISC */
/* Multiparts, taken apart by their delimiters. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "mail/encode.h"
#include "mail/header.h"
#include "mail/parts.h"

#define WINDOW	65536u

void
parts_open(struct parts *p, const struct message *m)
{
	memset(p, 0, sizeof(*p));
	p->m = m;
	p->end = m->start + (off_t)m->length;
	p->at = m->start;
	p->window = mem_alloc(WINDOW);
}

void
parts_free(struct parts *p)
{
	free(p->window);
	p->window = NULL;
}

bool
parts_enter(struct parts *p, const struct media *t)
{
	struct level *l = &p->level[p->depth];

	if (p->depth == PARTS_DEEP)
		return false;
	memcpy(l->boundary, t->boundary, sizeof(l->boundary));
	l->len = t->boundary_len;
	l->digest = media_is(t, "multipart", "digest");
	p->depth++;
	return true;
}

const char *
parts_view(struct parts *p, off_t at, size_t *n, struct outcome *o)
{
	off_t here = p->at + (off_t)p->n;

	if (at < p->at || at > here || (here < p->end &&
	    here - at < (off_t)PARTS_LINE)) {
		p->at = at;
		p->n = p->end - at < (off_t)WINDOW ? (size_t)(p->end - at) :
		    WINDOW;
		if (p->n > 0 && file_pread(p->m->fd, p->window, p->n,
		    at) < 0) {
			outcome_errno(o, FAULT_OS, STAGE_MESSAGE,
			    "cannot read the message back");
			return NULL;
		}
	}
	*n = p->n - (size_t)(at - p->at);
	return p->window + (at - p->at);
}

/* Length with its line end if the n octets at s begin with a delimiter line
 * of l; 0: no. */
static size_t
level_match(const struct level *l, const char *s, size_t n, bool *close)
{
	size_t k = 2 + l->len;

	if (n < k || memcmp(s + 2, l->boundary, l->len) != 0)
		return 0;
	*close = n - k >= 2 && memcmp(s + k, "--", 2) == 0;
	if (*close)
		k += 2;
	while (k < n && (s[k] == ' ' || s[k] == '\t'))
		k++;
	return n - k >= 2 && s[k] == '\r' && s[k + 1] == '\n' ? k + 2 : 0;
}

/* The innermost level whose delimiter stands there; -1: none. */
static int
delimiter(const struct parts *p, const char *s, size_t n, size_t *len,
    bool *close)
{
	size_t i = p->depth;

	if (n > PARTS_LINE)
		n = PARTS_LINE;
	if (n < 2 || s[0] != '-' || s[1] != '-')
		return -1;
	while (i-- > 0) {
		*len = level_match(&p->level[i], s, n, close);
		if (*len > 0)
			return (int)i;
	}
	return -1;
}

/* Does a line of a header begin there?  ("From " and ">From " are left by
 * mailbox files.) */
static bool
is_header_line(const char *s, size_t n, bool first)
{
	const char *lf = memchr(s, '\n', n);

	if (lf != NULL)
		n = (size_t)(lf - s);
	if (n > 0 && (*s == ' ' || *s == '\t'))
		return true;
	if (first && ((n > 5 && memcmp(s, "From ", 5) == 0) ||
	    (n > 6 && memcmp(s, ">From ", 6) == 0)))
		return true;
	return memchr(s, ':', n) != NULL && header_line_is_field(s, n);
}

/* Appends the line at *at, of any length; *fits: below the ceiling. */
static int
take_line(struct parts *p, off_t *at, struct buf *h, bool *fits,
    struct outcome *o)
{
	const char *s, *lf;
	size_t n, k;

	do {
		s = parts_view(p, *at, &n, o);
		if (s == NULL)
			return -1;
		lf = memchr(s, '\n', n);
		k = lf == NULL ? n : (size_t)(lf - s) + 1;
		*fits = buf_add(h, s, k) == 0;
		*at += (off_t)k;
	} while (lf == NULL && n > 0 && *fits);
	return 0;
}

int
parts_header(struct parts *p, off_t at, struct buf *h, off_t *body,
    bool *blank, struct outcome *o)
{
	const off_t start = at;
	const char *s;
	bool close, fits = true;
	size_t n, len;

	*blank = false;
	while (fits) {
		s = parts_view(p, at, &n, o);
		if (s == NULL)
			return -1;
		*body = at;
		if (n >= 2 && s[0] == '\r' && s[1] == '\n') {
			*body = at + 2;
			*blank = true;
			return 0;
		}
		if (n == 0 || delimiter(p, s, n, &len, &close) >= 0 ||
		    !is_header_line(s, n, at == start))
			return 0;
		if (take_line(p, &at, h, &fits, o) < 0)
			return -1;
	}
	buf_clear(h);
	*body = start;
	return 0;
}

/* How many of n octets are passed before a delimiter, or before what may be
 * one once more octets are seen; *s is filled if one is there. */
static size_t
scan_window(const struct parts *p, const char *w, size_t n, bool last,
    bool *line, struct stretch *s, size_t *len)
{
	size_t i = 0;
	const char *lf;

	while (i < n) {
		if (*line && w[i] == '-') {
			if (n - i < PARTS_LINE && !last)
				return i;
			s->level = delimiter(p, w + i, n - i, len, &s->close);
			if (s->level >= 0)
				return i;
		}
		lf = memchr(w + i, '\n', n - i);
		*line = lf != NULL;
		i = lf == NULL ? n : (size_t)(lf - w) + 1;
	}
	return n;
}

int
parts_scan(struct parts *p, off_t from, struct stretch *s, struct outcome *o)
{
	size_t n, k, len = 0;
	const char *w;
	bool line = true;
	off_t at = from;

	memset(s, 0, sizeof(*s));
	facts_begin(&s->facts);
	s->from = from;
	s->level = -1;
	while (s->level < 0 && at < p->end) {
		w = parts_view(p, at, &n, o);
		if (w == NULL)
			return -1;
		k = scan_window(p, w, n, at + (off_t)n == p->end, &line, s,
		    &len);
		facts_note(&s->facts, w, k);
		s->escapes += encode_escapes(w, k);
		at += (off_t)k;
	}
	s->mark = s->end = at;
	if (s->level >= 0 && at > from)
		s->end -= 2;
	s->next = at + (off_t)len;
	return 0;
}
