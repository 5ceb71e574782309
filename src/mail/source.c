/* SPDX-License-Identifier: ISC */
/* The smallest pieces of an RFC 5322 field body. */
#include <string.h>

#include "base/limits.h"
#include "mail/source.h"

bool
source_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

bool
source_any(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

bool
source_atom(char c)
{
	return !source_control(c) && !source_any(c, " ()<>[]:;@\\,.\"");
}

char
source_octet(const struct source *s, size_t p)
{
	return p < s->len ? s->text[p] : '\0';
}

size_t
source_blank(const struct source *s, size_t p)
{
	size_t q = p;

	if (source_any(source_octet(s, p), " \t"))
		return 1;
	if (source_octet(s, q) == '\r')
		q++;
	if (source_octet(s, q) == '\n' &&
	    source_any(source_octet(s, q + 1), " \t"))
		return q + 2 - p;
	return 0;
}

/* A quoted pair, a fold or one octet inside comments and quotes. */
static size_t
inner_at(const struct source *s, size_t p)
{
	size_t n = source_blank(s, p);

	if (n > 0)
		return p + n;
	if (source_octet(s, p) == '\\')
		p++;
	if (p >= s->len ||
	    (source_control(s->text[p]) && s->text[p] != '\t'))
		return 0;
	return p + 1;
}

size_t
source_comment(const struct source *s, size_t p)
{
	size_t depth = 0;

	do {
		if (source_octet(s, p) == '(' && ++depth > LIMIT_NESTING)
			return 0;
		if (source_octet(s, p) == ')')
			depth--;
		p = inner_at(s, p);
	} while (p > 0 && depth > 0);
	return p;
}

size_t
source_quoted(const struct source *s, size_t p, struct buf *into)
{
	size_t q, from;

	for (p++; source_octet(s, p) != '"'; p = q) {
		q = inner_at(s, p);
		if (q == 0)
			return 0;
		/* of a fold only the blank counts, of a pair the second */
		from = source_any(source_octet(s, p), "\\\r\n") ? q - 1 : p;
		if (into != NULL && buf_add(into, s->text + from,
		    q - from) < 0)
			return 0;
	}
	return p + 1;
}

size_t
source_pair(const struct source *s, size_t p)
{
	return source_octet(s, p) == '\\' &&
	    source_any(source_octet(s, p + 1), "\"(") ? p + 2 : 0;
}

size_t
source_literal(const struct source *s, size_t p, struct buf *into)
{
	size_t n;

	for (;;) {
		n = source_blank(s, p);
		if (n > 0) {
			p += n;
			continue;
		}
		if (p >= s->len || source_control(s->text[p]) ||
		    source_any(s->text[p], "\\<>\"()"))
			return 0;
		if (into != NULL && buf_putc(into, s->text[p]) < 0)
			return 0;
		if (s->text[p++] == ']')
			return p;
	}
}

size_t
source_encoded(const struct source *s, size_t p)
{
	unsigned marks = 0;

	if (source_octet(s, p) != '=' || source_octet(s, p + 1) != '?')
		return 0;
	for (p += 2; source_octet(s, p) > ' ' && source_octet(s, p) < 0x7f; p++)
		if (source_octet(s, p) == '?' && ++marks == 3)
			return source_octet(s, p + 1) == '=' ? p + 2 : 0;
	return 0;
}
