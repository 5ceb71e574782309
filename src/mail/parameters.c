/* SPDX-License-Identifier: ISC */
/* Content-Type and Content-Disposition, woven anew. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "mail/parameters.h"
#include "mail/source.h"
#include "mail/words.h"

/* More than any field has; beyond, an extended twin is not looked for. */
#define TWINS_MAX	64u
/* A longer name is none: it would be repeated with each piece. */
#define NAME_OCTETS	40u

/* One piece between semicolons; offsets. */
struct parameter {
	size_t	start, end;		/* all of it */
	size_t	name, name_end;		/* equal: it has none */
	size_t	value, value_end;	/* with its quotes */
};

struct parameters {
	struct weave	*w;
	struct source	 in;
	size_t		 n;
	bool		 numbered;	/* a piece name*N= wants encoding */
	bool		 said;		/* the character set of pieces */
};

/* Behind a quoted string, a comment, or an octet. */
static size_t
thing_end(const struct source *in, size_t p)
{
	size_t q = 0;

	if (in->text[p] == '"')
		q = source_quoted(in, p, NULL);
	else if (in->text[p] == '(')
		q = source_comment(in, p);
	else if (in->text[p] == '\\')
		q = source_pair(in, p);
	return q > 0 ? q : p + 1;
}

/* Behind the blanks and comments at p. */
static size_t
gap_end(const struct source *in, size_t p, size_t end)
{
	size_t q;

	for (; p < end; p = q) {
		q = p + weave_blanks(in->text + p, end - p);
		if (q < end && in->text[q] == '(')
			q = thing_end(in, q);
		if (q == p || (in->text[p] == '(' && q == p + 1))
			break;
	}
	return p < end ? p : end;
}

/* A value: a quoted string, or up to a blank or comment. */
static size_t
value_end(const struct source *in, size_t p, size_t end)
{
	if (p < end && in->text[p] == '"')
		return thing_end(in, p);
	while (p < end && in->text[p] != '(' &&
	    weave_blanks(in->text + p, 1) == 0)
		p = thing_end(in, p);
	return p;
}

/* The piece at p, up to ';' or the end; where a value goes on behind blanks,
 * as bad mailers write it, that belongs to it. */
static void
parameter_at(const struct source *in, size_t p, struct parameter *a)
{
	size_t q = p;

	memset(a, 0, sizeof(*a));
	a->start = p;
	while (q < in->len && in->text[q] != ';')
		q = thing_end(in, q);
	a->end = q;
	a->name = q = gap_end(in, p, a->end);
	while (q < a->end && !source_any(in->text[q], "=\"(;") &&
	    weave_blanks(in->text + q, 1) == 0)
		q++;
	a->name_end = q;
	q = gap_end(in, q, a->end);
	if (q == a->end || in->text[q] != '=' || a->name_end == a->name ||
	    a->name_end - a->name > NAME_OCTETS ||
	    !words_ascii(in->text + a->name, a->name_end - a->name)) {
		a->name_end = a->name;
		return;
	}
	a->value = q = gap_end(in, q + 1, a->end);
	do {
		a->value_end = value_end(in, q, a->end);
		q = gap_end(in, a->value_end, a->end);
	} while (q < a->end && q > a->value_end && in->text[a->value] != '"');
	if (q < a->end)
		a->value_end = a->end;
}

/* name*N, not yet name*N*: octets of the name alone, or 0. */
static size_t
numbered(const char *s, size_t n)
{
	size_t i = n;

	while (i > 0 && s[i - 1] >= '0' && s[i - 1] <= '9')
		i--;
	return i < n && i > 1 && s[i - 1] == '*' ? i - 1 : 0;
}

static bool
is_attribute_char(char c)
{
	return c == '.' || (words_atom(c) && strchr("*'%/?=", c) == NULL);
}

/* One character, percent-encoded where it has to be. */
static size_t
percent(char to[12], const char *s, size_t k)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t i, n = 0;

	for (i = 0; i < k; i++) {
		unsigned char u = (unsigned char)s[i];

		if (is_attribute_char(s[i])) {
			to[n++] = s[i];
			continue;
		}
		to[n++] = '%';
		to[n++] = hex[u >> 4];
		to[n++] = hex[u & 15];
	}
	return n;
}

/* Octets that all of it takes, percent-encoded. */
static size_t
percent_length(const char *s, size_t n)
{
	size_t i, all = 0;

	for (i = 0; i < n; i++)
		all += is_attribute_char(s[i]) ? 1 : 3;
	return all;
}

static void
say(struct weave *w, const char *words)
{
	weave_raw(w, words, strlen(words));
}

/* The whole value, each line a piece of it. */
static void
weave_pieces(struct weave *w, const char *name, size_t name_len,
    const struct buf *v)
{
	bool utf8 = words_utf8(v->data, v->len), open = false;
	const char *s = v->data, *end = s + v->len;
	char one[12], number[24];
	unsigned piece = 0;
	size_t k, len;

	for (; s < end; s += k) {
		k = utf8 ? words_char(s, (size_t)(end - s)) : 1;
		len = percent(one, s, k);
		if (open && w->col + len + 1 > WEAVE_FOLD) {
			say(w, ";\r\n ");
			open = false;
		}
		if (!open) {
			snprintf(number, sizeof(number), "*%u*=", piece++);
			weave_raw(w, name, name_len);
			say(w, number);
			if (piece == 1)
				say(w, utf8 ? "utf-8''" : "unknown-8bit''");
			open = true;
		}
		weave_raw(w, one, len);
	}
}

/* The value of what has a number already, or is short. */
static void
weave_whole(struct parameters *x, const char *name, size_t name_len,
    const struct buf *v)
{
	char one[12];
	size_t i;

	weave_raw(x->w, name, name_len);
	say(x->w, "*=");
	if (numbered(name, name_len) == 0 || !x->said)
		say(x->w, words_utf8(v->data, v->len) ? "utf-8''" :
		    "unknown-8bit''");
	x->said = x->said || numbered(name, name_len) > 0;
	for (i = 0; i < v->len; i++)
		weave_raw(x->w, one, percent(one, v->data + i, 1));
}

/* An extended value that holds what it may not. */
static void
weave_mended(struct weave *w, const char *s, size_t n)
{
	char one[12];
	size_t i;

	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] > 0x7f)
			weave_raw(w, one, percent(one, s + i, 1));
		else
			weave_raw(w, s + i, 1);
}

static void
value_text(const struct parameters *x, const struct parameter *a,
    struct buf *v)
{
	const char *s = x->in.text + a->value;
	size_t n = a->value_end - a->value, i;
	bool quoted = n > 0 && s[0] == '"';

	for (i = quoted; i < n && !(quoted && s[i] == '"'); i++) {
		if (quoted && s[i] == '\\' && i + 1 < n)
			i++;
		else if (s[i] == '\r' || s[i] == '\n')
			continue;
		buf_putc(v, s[i]);
	}
}

/* Written anew, behind its ';'. */
static void
weave_extended(struct parameters *x, const struct parameter *a)
{
	const char *name = x->in.text + a->name;
	size_t n = a->name_end - a->name;
	struct buf v;

	say(x->w, ";\r\n ");
	buf_init(&v, a->value_end - a->value);
	if (name[n - 1] == '*') {
		weave_raw(x->w, name, n);
		say(x->w, "=");
		weave_mended(x->w, x->in.text + a->value,
		    a->value_end - a->value);
	} else {
		value_text(x, a, &v);
		if (numbered(name, n) > 0 || n + percent_length(v.data,
		    v.len) + 20 <= WEAVE_FOLD)
			weave_whole(x, name, n, &v);
		else
			weave_pieces(x->w, name, n, &v);
	}
	buf_free(&v);
}

/* Is there an extended form of a's name too? */
static bool
has_twin(const struct parameters *x, const struct parameter *a)
{
	size_t n = a->name_end - a->name, p;
	struct parameter b;

	for (p = 0; x->n <= TWINS_MAX && p < x->in.len; p = b.end + 1) {
		parameter_at(&x->in, p, &b);
		if (b.name_end - b.name > n &&
		    x->in.text[b.name + n] == '*' &&
		    strncasecmp(x->in.text + b.name, x->in.text + a->name,
		    n) == 0)
			return true;
	}
	return false;
}

/* The gaps of what stays, or is no parameter: blanks, comments, tokens. */
static void
weave_left(struct weave *w, const struct source *in, size_t p, size_t end)
{
	size_t from = p, q;

	for (; p < end; p = q) {
		q = thing_end(in, p);
		if (in->text[p] != '(' || q == p + 1)
			continue;
		weave_words(w, WEAVE_LEFT, in->text + from, p - from);
		weave_comment(w, in->text + p, q - p);
		from = q;
	}
	weave_words(w, WEAVE_LEFT, in->text + from, end - from);
}

static void
weave_parameter(struct parameters *x, const struct parameter *a)
{
	const char *s = x->in.text;
	size_t n = a->name_end - a->name;
	bool part = n > 0 && numbered(s + a->name, n) > 0;

	if (n > 0 && a->start > 0 && ((x->numbered && part) || weave_wants(x->w,
	    s + a->value, a->value_end - a->value))) {
		if (part || s[a->name_end - 1] == '*' || !has_twin(x, a))
			weave_extended(x, a);
		return;
	}
	if (a->start > 0)
		weave_special(x->w, ';');
	if (x->w->lines && x->w->col > WEAVE_FOLD && a->start < a->end &&
	    weave_blanks(s + a->start, 1) == 0)
		say(x->w, "\r\n ");
	weave_left(x->w, &x->in, a->start, a->end);
}

void
parameters_weave(struct weave *w, const char *s, size_t n)
{
	struct parameters x = { .w = w, .in = { s, n } };
	struct parameter a;
	size_t p;

	for (p = 0; p < n; p = a.end + 1, x.n++) {
		parameter_at(&x.in, p, &a);
		if (a.name_end > a.name &&
		    numbered(s + a.name, a.name_end - a.name) > 0 &&
		    weave_wants(w, s + a.value, a.value_end - a.value))
			x.numbered = true;
	}
	for (p = 0; p < n; p = a.end + 1) {
		parameter_at(&x.in, p, &a);
		weave_parameter(&x, &a);
		if (a.end + 1 == n)
			weave_special(w, ';');
	}
}
