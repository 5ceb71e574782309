/* SPDX-License-Identifier: ISC */
/* Fields of addresses and phrases, woven anew. */
#include <string.h>

#include "base/limits.h"
#include "mail/address.h"
#include "mail/phrases.h"
#include "mail/source.h"
#include "mail/words.h"

#define SPECIALS	"<>,;:@"
#define LITERAL_MAX	64u	/* [IPv6:...] has 47 at most */

struct phrases {
	struct weave	*w;
	struct source	 in;
	bool		 bare;
	bool		 angle;		/* inside < > */
	bool		 domain;	/* behind '@' */
};

/* Behind one thing that holds no special: a comment, a quoted string, an
 * encoded word, a literal, or just an octet. */
static size_t
thing_end(const struct source *in, size_t p)
{
	/* An open bracket is not worth a search through all that follows. */
	const struct source near = { in->text, in->len - p < LITERAL_MAX ?
		in->len : p + LITERAL_MAX };
	size_t q = 0;

	switch (in->text[p]) {
	case '(':
		q = source_comment(in, p);
		break;
	case '"':
		q = source_quoted(in, p, NULL);
		break;
	case '[':
		q = source_literal(&near, p, NULL);
		break;
	case '=':
		q = source_encoded(in, p);
		break;
	case '\\':
		q = source_pair(in, p);
		break;
	default:
		break;
	}
	return q > 0 ? q : p + 1;
}

/* The special at p or behind, or the end. */
static size_t
special_at(const struct source *in, size_t p)
{
	while (p < in->len && !source_any(in->text[p], SPECIALS))
		p = thing_end(in, p);
	return p < in->len ? p : in->len;
}

static void
weave_domain(struct weave *w, const char *s, size_t n)
{
	char text[4 * LIMIT_DOMAIN];
	struct outcome ignored;
	struct buf b;

	if (!w->ascii || words_ascii(s, n) || n >= sizeof(text) ||
	    memchr(s, '\0', n) != NULL) {
		weave_raw(w, s, n);
		return;
	}
	memcpy(text, s, n);
	text[n] = '\0';
	buf_init(&b, sizeof(text));
	if (address_domain(&b, text, &ignored) == 0)
		weave_raw(w, b.data, b.len);
	else
		weave_raw(w, s, n);
	buf_free(&b);
}

/* Behind '@', without comments: a domain, and what should not be there. */
static void
weave_domains(struct weave *w, const char *s, size_t n)
{
	size_t p, b, q;

	for (p = 0; p < n; p = q) {
		b = weave_blanks(s + p, n - p);
		for (q = p + b; q < n && weave_blanks(s + q, 1) == 0; q++)
			;
		weave_blank(w, s + p, b, q - p - b);
		weave_domain(w, s + p + b, q - p - b);
	}
}

/* Up to a special: what is it, before that one? */
static void
weave_run(const struct phrases *x, const char *s, size_t n, char special)
{
	bool phrase = !x->angle && (special == '<' || special == ':' ||
	    (x->bare && special != '@'));

	if (x->domain)
		weave_domains(x->w, s, n);
	else
		weave_words(x->w, phrase ? WEAVE_PHRASE : WEAVE_LEFT, s, n);
}

/* Octets of < ... > at p, or of a comment's first word, as far as they
 * matter. */
static size_t
piece_length(const struct source *in, size_t p)
{
	size_t q = p;

	while (q < in->len && q - p < WEAVE_FOLD && in->text[q] != '>' &&
	    weave_blanks(in->text + q, 1) == 0)
		q++;
	return q + 1 - p;
}

/* [p, end), before that special: comments, and what is between them. */
static void
weave_element(const struct phrases *x, size_t p, size_t end, char special)
{
	const char *s = x->in.text;
	size_t from = p, q;

	x->w->ahead = 0;
	for (; p < end; p = q) {
		q = thing_end(&x->in, p);
		if (s[p] != '(' || q == p + 1)
			continue;
		x->w->ahead = piece_length(&x->in, p);
		weave_run(x, s + from, p - from, special);
		x->w->ahead = 0;
		weave_comment(x->w, s + p, q - p);
		from = q;
	}
	if (special == '<')
		x->w->ahead = piece_length(&x->in, end);
	weave_run(x, s + from, end - from, special);
}

void
phrases_weave(struct weave *w, bool bare, const char *s, size_t n)
{
	struct phrases x = { .w = w, .in = { s, n }, .bare = bare };
	size_t p, end;
	char c;

	for (p = 0; p < n; p = end + 1) {
		end = special_at(&x.in, p);
		c = source_octet(&x.in, end);
		weave_element(&x, p, end, c);
		if (end >= n)
			return;
		weave_special(w, c);
		x.domain = c == '@';
		x.angle = (x.angle && c != '>') || c == '<';
		if (w->lines && c == ',' && end + 1 < n &&
		    w->col > WEAVE_FOLD && weave_blanks(s + end + 1, 1) == 0)
			weave_raw(w, "\r\n ", 3);
	}
}
