/* SPDX-License-Identifier: ISC */
/* Field bodies written anew, word by word. */
#include <string.h>

#include "mail/source.h"
#include "mail/weave.h"
#include "mail/words.h"

#define WORD_MAX	75u	/* RFC 2047 section 2 */
#define WORD_MIN	36u	/* an encoded word of one character */
/* In a field that has to be folded, more than this in one piece may not fit
 * into a line. */
#define PIECE		900u

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

size_t
weave_blanks(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && is_blank(s[i]))
		i++;
	return i;
}

bool
weave_wants(const struct weave *w, const char *s, size_t n)
{
	return (w->lines && n > PIECE) || (w->ascii && !words_ascii(s, n));
}

void
weave_raw(struct weave *w, const char *s, size_t n)
{
	const char *lf = memrchr(s, '\n', n);

	if (buf_add(w->out, s, n) < 0)
		w->full = true;
	if (lf == NULL)
		w->col += n;
	else {
		w->col = (size_t)(s + n - lf) - 1;
		w->coded = false;
	}
	if (weave_blanks(s, n) < n)
		w->begun = true;
	if (n > 0)
		w->touching = false;
}

/* Before something that has to end within `limit`. */
static void
blank_within(struct weave *w, const char *s, size_t n, size_t next,
    size_t limit)
{
	bool folded = memchr(s, '\n', n) != NULL;

	if (w->lines && n > PIECE) {
		if (next > 0)
			weave_raw(w, "\r\n ", 3);
		return;
	}
	if (n > 0 && next > 0 && !folded && w->col + n + next > limit &&
	    (w->begun || (w->lines && w->col + n + next > WEAVE_LINE &&
	    n + next <= WEAVE_LINE)))
		weave_raw(w, "\r\n", 2);
	weave_raw(w, s, n);
}

void
weave_blank(struct weave *w, const char *s, size_t n, size_t next)
{
	blank_within(w, s, n, next, w->coded ? WEAVE_CODED :
	    w->lines ? WEAVE_FOLD : (size_t)-1);
}

void
weave_special(struct weave *w, char c)
{
	if (w->touching)
		weave_blank(w, " ", 1, w->ahead);
	weave_raw(w, &c, 1);
}

/* Behind the word at p. */
static size_t
word_end(enum weave_kind kind, const char *s, size_t n, size_t p)
{
	const struct source in = { s, n };
	size_t q;

	while (p < n && !is_blank(s[p])) {
		q = 0;
		if (kind == WEAVE_PHRASE && s[p] == '"')
			q = source_quoted(&in, p, NULL);
		else if (kind == WEAVE_PHRASE && s[p] == '\\')
			q = source_pair(&in, p);
		else if (kind == WEAVE_COMMENT && s[p] == '\\' && p + 1 < n &&
		    !is_blank(s[p + 1]))
			q = p + 2;
		p = q > 0 ? q : p + 1;
	}
	return p;
}

static bool
is_encoded(const char *s, size_t n, size_t p, size_t end)
{
	const struct source in = { s, n };

	return end > p && source_encoded(&in, p) == end;
}

/* A stretch of words and blanks as it is meant: without folds, quotes and
 * backslashes that quote. */
static int
plain(struct buf *b, enum weave_kind kind, const char *s, size_t n)
{
	bool quoted = kind == WEAVE_COMMENT;
	size_t i;
	int bad = 0;

	for (i = 0; i < n; i++) {
		if (s[i] == '\r' || s[i] == '\n')
			continue;
		if (kind == WEAVE_PHRASE && s[i] == '"') {
			quoted = !quoted;
			continue;
		}
		if (quoted && s[i] == '\\' && i + 1 < n &&
		    !is_blank(s[i + 1]))
			i++;
		bad |= buf_putc(b, s[i]);
	}
	return bad;
}

/* Encoded words that were appended. */
static void
coded(struct weave *w, const char *s, size_t n)
{
	const char *lf = memrchr(s, '\n', n);

	w->col = lf == NULL ? w->col + n : (size_t)(s + n - lf) - 1;
	w->begun = w->coded = w->touching = true;
}

/* Words to be encoded: [p, end) of s, and the blanks around them. */
struct stretch {
	const char	*s;
	size_t		 p, end;
	size_t		 before, behind;
	bool		 follows;	/* an encoded word that was there */
	bool		 leads;		/* to one */
};

static void
stretch_text(const struct stretch *t, enum weave_kind kind, struct buf *text)
{
	if (t->follows)
		plain(text, WEAVE_TEXT, t->s + t->p - t->before, t->before);
	plain(text, kind, t->s + t->p, t->end - t->p);
	if (t->leads)
		plain(text, WEAVE_TEXT, t->s + t->end, t->behind);
}

/* Blanks between two encoded words are none: where there is one already next
 * to the stretch, the blanks become part of the text. */
static void
encode(struct weave *w, enum weave_kind kind, const struct stretch *t)
{
	struct buf text;
	size_t room, mark;

	if (t->before == 0 && kind != WEAVE_COMMENT)
		weave_raw(w, " ", 1);
	blank_within(w, t->s + t->p - t->before, t->before, WORD_MIN,
	    WEAVE_CODED);
	room = w->col + WORD_MIN < WEAVE_CODED ? WEAVE_CODED - w->col :
	    WORD_MIN;
	buf_init(&text, t->before + (t->end - t->p) + t->behind);
	stretch_text(t, kind, &text);
	mark = w->out->len;
	if (text.len == 0)
		weave_raw(w, t->s + t->p, t->end - t->p);
	else if (words_encode(w->out, text.data, text.len,
	    room < WORD_MAX ? room : WORD_MAX) < 0)
		w->full = true;
	else
		coded(w, w->out->data + mark, w->out->len - mark);
	buf_free(&text);
}

/* How far the stretch to encode goes that the word [.., end) begins: words
 * that want it, one behind the other. */
static size_t
stretch_end(const struct weave *w, enum weave_kind kind, const char *s,
    size_t n, size_t end)
{
	size_t b, e;

	for (;; end = e) {
		b = weave_blanks(s + end, n - end);
		e = word_end(kind, s, n, end + b);
		if (e == end + b || !(weave_wants(w, s + end + b,
		    e - end - b) || (w->lines && b > PIECE)))
			return end;
	}
}

/* A token that stays; one that is too long is folded where a list goes on. */
static void
leave(struct weave *w, const char *s, size_t n)
{
	bool angle = false, quoted = false;
	size_t i, from;

	for (i = from = 0; w->lines && n > PIECE && i + 1 < n; i++) {
		if (s[i] == '"')
			quoted = !quoted;
		else if (!quoted && (s[i] == '<' || s[i] == '>'))
			angle = s[i] == '<';
		if (quoted || angle || w->col + i - from < WEAVE_FOLD ||
		    !(s[i] == ',' || s[i] == ';' ||
		    (s[i] == '>' && s[i + 1] == '<')))
			continue;
		weave_raw(w, s + from, i + 1 - from);
		weave_raw(w, "\r\n ", 3);
		from = i + 1;
	}
	weave_raw(w, s + from, n - from);
}

/* Does the word of the stretch ask for encoding, or the blanks behind it? */
static bool
wanted(const struct weave *w, const struct stretch *t, size_t n)
{
	return weave_wants(w, t->s + t->p, t->end - t->p) || (w->lines &&
	    t->behind > PIECE && t->end + t->behind < n);
}

void
weave_words(struct weave *w, enum weave_kind kind, const char *s, size_t n)
{
	struct stretch t = { .s = s };

	while (t.end < n) {
		t.before = weave_blanks(s + t.end, n - t.end);
		t.p = t.end + t.before;
		t.end = word_end(kind, s, n, t.p);
		if (t.p == n) {
			weave_blank(w, s + n - t.before, t.before, w->ahead);
			return;
		}
		t.behind = weave_blanks(s + t.end, n - t.end);
		if (kind == WEAVE_LEFT || !wanted(w, &t, n)) {
			weave_blank(w, s + t.p - t.before, t.before,
			    t.end - t.p);
			leave(w, s + t.p, t.end - t.p);
			t.follows = is_encoded(s, n, t.p, t.end);
			continue;
		}
		t.end = stretch_end(w, kind, s, n, t.end);
		t.behind = weave_blanks(s + t.end, n - t.end);
		t.leads = is_encoded(s, n, t.end + t.behind,
		    word_end(kind, s, n, t.end + t.behind));
		encode(w, kind, &t);
		t.follows = false;
	}
}

void
weave_comment(struct weave *w, const char *s, size_t n)
{
	size_t p, q;

	for (p = 0; p < n; p = q) {
		for (q = p; q < n && s[q] != '(' && s[q] != ')'; q++)
			if (s[q] == '\\' && q + 1 < n)
				q++;
		if (q > n)
			q = n;
		weave_words(w, WEAVE_COMMENT, s + p, q - p);
		if (q < n && s[q] == '(')
			weave_special(w, s[q++]);
		else if (q < n)
			weave_raw(w, s + q++, 1);
	}
}
