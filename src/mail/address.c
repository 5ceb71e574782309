/* SPDX-License-Identifier: ISC */
/* RFC 5322 address lists: the scanner, which knows no wire form. */
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "mail/source.h"
#include "mail/address.h"

/* One element of a list, roughly: up to what ends it.  All are offsets. */
struct piece {
	size_t	first, last;	/* the first word .. behind the last */
	size_t	words;		/* words and '@' */
	size_t	comment, comment_end;	/* inside of the last comment */
	size_t	stop;		/* at `end` */
	char	end;		/* , ; : < > or a blank; 0: the text's end */
	bool	at;		/* an '@' among the words */
};

static char
octet(const struct address_scan *s, size_t p)
{
	return source_octet(&s->in, p);
}

/* A word of a phrase or an address: people write dots, brackets and
 * backslashes there. */
static size_t
word_at(const struct address_scan *s, size_t p)
{
	size_t q;

	if (octet(s, p) == '"')
		return source_quoted(&s->in, p, NULL);
	q = source_encoded(&s->in, p);
	if (q > 0)
		return q;
	for (q = p; q < s->in.len; q++) {
		if (s->in.text[q] == '\\' && q + 1 < s->in.len &&
		    !source_control(s->in.text[q + 1]) &&
		    s->in.text[q + 1] != ' ')
			q++;
		else if (source_control(s->in.text[q]) ||
		    source_any(s->in.text[q], " ()<>,;:@\""))
			break;
	}
	return q > p ? q : 0;
}

static size_t
part_at(const struct address_scan *s, struct piece *e, size_t p)
{
	size_t q;

	if (octet(s, p) == '@') {
		q = p + 1;
		e->at = true;
	} else if (octet(s, p) == '[' && e->words > 0 &&
	    octet(s, e->last - 1) == '@')
		q = source_literal(&s->in, p, NULL);
	else
		q = word_at(s, p);
	if (e->words++ == 0)
		e->first = p;
	e->last = q;
	return q;
}

/* Old style: does the word at p begin another address? */
static bool
apart(const struct address_scan *s, const struct piece *e, size_t p)
{
	return s->blanks && e->words > 0 && p > e->last &&
	    !source_any(octet(s, e->last - 1), ".@") &&
	    !source_any(octet(s, p), ".@,;");
}

/* Finds out how far the element at the scanner's place reaches. */
static int
piece_at(const struct address_scan *s, struct piece *e)
{
	size_t p = s->pos, q;

	memset(e, 0, sizeof(*e));
	for (;; p = q) {
		while ((q = source_blank(&s->in, p)) > 0)
			p += q;
		e->stop = p;
		e->end = octet(s, p);
		if (p >= s->in.len || source_any(e->end, ",;:<>"))
			return 0;
		if (apart(s, e, p)) {
			e->end = ' ';
			return 0;
		}
		if (e->end == '(') {
			q = source_comment(&s->in, p);
			e->comment = p + 1;
			e->comment_end = q - 1;
		} else
			q = part_at(s, e, p);
		if (q == 0)
			return -1;
	}
}

/* Passes over blanks and comments; a broken comment stays for the caller to
 * stumble over.  The last comment is noted in e, if that is given. */
static size_t
skip_blanks(const struct address_scan *s, size_t p, struct piece *e)
{
	size_t n;

	for (;;) {
		n = source_blank(&s->in, p);
		if (n > 0) {
			p += n;
			continue;
		}
		n = octet(s, p) == '(' ? source_comment(&s->in, p) : 0;
		if (n == 0)
			return p;
		if (e != NULL) {
			e->comment = p + 1;
			e->comment_end = n - 1;
		}
		p = n;
	}
}

/* Words with dots between them, and blanks and comments around the dots:
 * their content into b; quotes where they are allowed. */
static size_t
dotted_at(const struct address_scan *s, size_t p, struct buf *b, bool quotes)
{
	size_t last = 0, q;
	bool word = false;

	for (;; p = skip_blanks(s, last, NULL)) {
		if (octet(s, p) == '.') {
			word = false;
			q = p + 1;
		} else if (word)
			return last;
		else {
			word = true;
			q = p;
			while (q < s->in.len && source_atom(s->in.text[q]))
				q++;
		}
		if (q > p && buf_add(b, s->in.text + p, q - p) < 0)
			return 0;
		if (q == p && quotes && octet(s, p) == '"')
			q = source_quoted(&s->in, p, b);
		if (q == p)
			return last;
		if (q == 0)
			return 0;
		last = q;
	}
}

static size_t
domain_at(struct address_scan *s, size_t p)
{
	buf_clear(&s->domain);
	p = skip_blanks(s, p, NULL);
	if (octet(s, p) == '[')
		return source_literal(&s->in, p, &s->domain);
	return dotted_at(s, p, &s->domain, false);
}

static size_t
spec_at(struct address_scan *s, size_t p, struct address *a)
{
	size_t q;

	buf_clear(&s->local);
	buf_clear(&s->domain);
	a->start = p;
	if (octet(s, p) == '\\' && source_atom(octet(s, p + 1)))
		p++;		/* sendmail's \user */
	p = dotted_at(s, p, &s->local, true);
	if (p == 0)
		return 0;
	q = skip_blanks(s, p, NULL);
	a->bare = octet(s, q) != '@';
	if (!a->bare)
		p = domain_at(s, q + 1);
	a->end = p;
	return p;
}

/* Passes over a source route, if there is one. */
static size_t
route_at(struct address_scan *s, size_t p)
{
	if (!source_any(octet(s, p), "@,"))
		return p;
	for (;;) {
		p = skip_blanks(s, p, NULL);
		if (octet(s, p) == ':')
			return skip_blanks(s, p + 1, NULL);
		if (octet(s, p) == ',')
			p++;
		else if (octet(s, p) != '@' ||
		    (p = domain_at(s, p + 1)) == 0)
			return 0;
	}
}

/* What stands behind '<'; a missing '>' is forgiven where the list goes on or
 * ends. */
static size_t
angle_at(struct address_scan *s, size_t p, struct address *a,
    struct piece *e)
{
	p = route_at(s, skip_blanks(s, p, NULL));
	if (p == 0 || (p = spec_at(s, p, a)) == 0)
		return 0;
	p = skip_blanks(s, p, NULL);
	if (octet(s, p) == '>')
		p = skip_blanks(s, p + 1, e);
	return p >= s->in.len || source_any(octet(s, p), ",;") ? p : 0;
}

/* The display name: words unquoted, comments left out, blanks made one.  What
 * does not fit into the limit is cut off. */
static void
fill_phrase(struct address_scan *s, size_t from, size_t to, bool comment)
{
	struct buf *b = &s->phrase;
	bool quoted = comment;
	size_t n;

	for (buf_clear(b); from < to; from++) {
		n = source_blank(&s->in, from);
		if (n == 0 && !quoted && octet(s, from) == '(')
			n = source_comment(&s->in, from) - from;
		if (n > 0 && n <= to - from) {
			if (b->len > 0 && b->data[b->len - 1] != ' ')
				buf_putc(b, ' ');
			from += n - 1;
			continue;
		}
		if (octet(s, from) == '"' && !comment) {
			quoted = !quoted;
			continue;
		}
		if (octet(s, from) == '\\' && from + 1 < to &&
		    (quoted || !source_atom(octet(s, from + 1)))) {
			if (source_blank(&s->in, from + 1) > 0)
				continue;
			from++;
		}
		if (buf_putc(b, octet(s, from)) < 0)
			break;
	}
	while (b->len > 0 && b->data[b->len - 1] == ' ')
		b->data[--b->len] = '\0';
}

/* Complains about the element at the scanner's place; nothing is found any
 * more after that. */
static int
refuse(struct address_scan *s, struct outcome *o, const char *why)
{
	size_t from = skip_blanks(s, s->pos, NULL), to;

	if (from >= s->in.len)
		from = s->pos;
	for (to = from; to < s->in.len && to - from < 200 &&
	    !source_any(s->in.text[to], ",;"); to++)
		;
	outcome_fail(o, FAULT_DATA, STAGE_INPUT,
	    "\"%.*s\" cannot be an address%s", (int)(to - from),
	    s->in.text + from, why);
	s->pos = s->in.len;
	return -1;
}

static const char *
forbidden(const struct address_scan *s, const struct address *a)
{
	const char *local = s->local.data;

	if (*local == '|' || (a->bare && *local == '/') ||
	    strncasecmp(local, ":include:", 9) == 0)
		return ": programs and files are not delivered to";
	if (a->bare && s->local.len == 0)
		return ": it is empty";
	if (a->bare && source_encoded(&s->in, a->start) == a->end)
		return ": it is an encoded word";
	return NULL;
}

static int
finish(struct address_scan *s, struct address *a, const struct piece *e,
    size_t p, struct outcome *o)
{
	const char *why = forbidden(s, a);

	if (why != NULL)
		return refuse(s, o, why);
	if (e->end == '<' && e->words > 0) {
		a->phrase_start = e->first;
		a->phrase_end = e->last;
		fill_phrase(s, e->first, e->last, false);
	} else
		fill_phrase(s, e->comment, e->comment_end, true);
	a->local = s->local.data;
	a->local_len = s->local.len;
	a->domain = s->domain.data;
	a->phrase = s->phrase.data;
	if (octet(s, p) == ';')
		s->group = false;
	s->pos = p + (source_any(octet(s, p), ",;") ? 1 : 0);
	return 1;
}

void
address_scan(struct address_scan *s, const char *text, size_t len)
{
	const char *c;

	s->in.text = text;
	s->in.len = len;
	s->pos = 0;
	s->group = false;
	s->blanks = true;
	for (c = ",<\":("; *c != '\0'; c++)
		if (memchr(text, *c, len) != NULL)
			s->blanks = false;
	buf_init(&s->local, LIMIT_ADDRESS);
	buf_init(&s->domain, LIMIT_DOMAIN);
	buf_init(&s->phrase, LIMIT_PHRASE);
}

/* An element without an address: a group begins, or the member is empty. */
static bool
passed(struct address_scan *s, const struct piece *e)
{
	if (e->end == ':' && !s->group && !e->at && e->words > 0)
		s->group = true;
	else if (e->words == 0 && source_any(e->end, ",;"))
		s->group = s->group && e->end == ',';
	else
		return false;
	s->pos = e->stop + 1;
	return true;
}

int
address_next(struct address_scan *s, struct address *a, struct outcome *o)
{
	struct piece e;
	size_t p;

	memset(a, 0, sizeof(*a));
	do {
		if (piece_at(s, &e) < 0)
			return refuse(s, o, "");
		if (e.words == 0 && e.stop >= s->in.len)
			return 0;
	} while (passed(s, &e));
	if (e.end == '<')
		p = angle_at(s, e.stop + 1, a, &e);
	else if (e.words > 0 && !source_any(e.end, ":>") &&
	    spec_at(s, e.first, a) == e.last)
		p = e.stop;
	else
		p = 0;
	if (p == 0)
		return refuse(s, o, "");
	return finish(s, a, &e, p, o);
}

void
address_done(struct address_scan *s)
{
	buf_free(&s->local);
	buf_free(&s->domain);
	buf_free(&s->phrase);
}
