/* SPDX-License-Identifier: ISC */
/* Octets into lines of wire form, a stretch at a time. */
#include <string.h>

#include "mail/lines.h"

/* Where a stretch comes from and goes to; lf and cr are the next ones, or
 * end; once p has passed them they are looked for again. */
struct stretch {
	const char	*p, *end, *lf, *cr;
	char		*to, *limit;
};

void
lines_begin(struct lines *l, bool dot)
{
	memset(l, 0, sizeof(*l));
	l->dot = dot;
	l->line_start = true;
}

static const char *
stretch_find(const struct stretch *s, char c)
{
	const char *p = memchr(s->p, c, (size_t)(s->end - s->p));

	return p != NULL ? p : s->end;
}

static void
stretch_crlf(struct stretch *s)
{
	s->to[0] = '\r';
	s->to[1] = '\n';
	s->to += 2;
}

/* Puts out the CRs that turned out to be line ends of their own; false: not
 * all fit, or nothing more would. */
static bool
stretch_bare(struct lines *l, struct stretch *s)
{
	if (l->dot_held)
		*s->to++ = '.';
	l->dot_held = l->line_start = false;
	for (; l->cr > 0 && s->limit - s->to >= 2; l->cr--)
		stretch_crlf(s);
	l->bare = l->cr > 0;
	return !l->bare && s->limit - s->to >= 2 * (s->end - s->p) + 4;
}

/* The octet behind a CR or a held dot; false: the end of the stretch. */
static bool
stretch_resolve(struct lines *l, struct stretch *s)
{
	if (*s->p == '\r') {
		l->cr++;
		s->p++;
		return true;
	}
	if (*s->p == '\n') {
		s->p++;
		l->cr = 0;
		l->ended = l->dot_held;
		if (l->ended)
			return false;
		stretch_crlf(s);
		l->line_start = true;
		return true;
	}
	if (l->cr > 0)
		return stretch_bare(l, s);
	if (*s->p != '.')	/* of two dots, one goes */
		*s->to++ = '.';
	l->dot_held = l->line_start = false;
	return true;
}

/* Text up to the next CR or LF, and an LF behind it. */
static void
stretch_text(struct lines *l, struct stretch *s)
{
	const char *next;
	size_t n;

	if (s->lf < s->p)
		s->lf = stretch_find(s, '\n');
	if (s->cr < s->p)
		s->cr = stretch_find(s, '\r');
	next = s->lf < s->cr ? s->lf : s->cr;
	n = (size_t)(next - s->p);
	memcpy(s->to, s->p, n);
	s->to += n;
	s->p = next;
	l->line_start = false;
	if (next == s->end)
		return;
	s->p++;
	if (next == s->lf) {
		stretch_crlf(s);
		l->line_start = true;
	} else
		l->cr = 1;
}

static void
stretch_run(struct lines *l, struct stretch *s)
{
	while (s->p < s->end) {
		if (l->cr > 0 || l->dot_held) {
			if (!stretch_resolve(l, s))
				return;
		} else if (l->line_start && l->dot && *s->p == '.') {
			l->dot_held = true;
			s->p++;
		} else
			stretch_text(l, s);
	}
}

/* Nothing more comes: what is still held, and a line end if one lacks. */
static void
stretch_end(struct lines *l, struct stretch *s, bool open)
{
	l->ended = true;
	if (l->dot_held)	/* the dot is the last line, without an end */
		return;
	if (l->cr > 0) {
		l->bare = true;
		l->ended = false;
	} else if (open)
		stretch_crlf(s);
}

size_t
lines_run(struct lines *l, const char *p, size_t n, size_t *used, char *out,
    size_t size)
{
	struct stretch s = { p, p + n, NULL, NULL, out, out + size };
	bool go = !l->bare || stretch_bare(l, &s);

	if (go && n == 0)
		stretch_end(l, &s, s.to > out ? s.to[-1] != '\n' : l->open);
	else if (go) {
		s.lf = stretch_find(&s, '\n');
		s.cr = stretch_find(&s, '\r');
		stretch_run(l, &s);
	}
	if (s.to > out)
		l->open = s.to[-1] != '\n';
	*used = (size_t)(s.p - p);
	return (size_t)(s.to - out);
}
