/* SPDX-License-Identifier: ISC */
/* Content-Type and Content-Transfer-Encoding, read as others read them. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mail/header.h"
#include "mail/media.h"

/* Pieces of one parameter, boundary*0, boundary*1 ... (RFC 2231 section 3). */
#define SECTIONS	16

struct text {
	const char	*p, *end;
};

/* A parameter in place. */
struct param {
	struct text	name, value;	/* value: the quotes of it included */
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Behind the comment that begins at p. */
static const char *
comment_end(const char *p, const char *end)
{
	size_t deep = 0;

	for (; p < end; p++) {
		if (*p == '\\' && p + 1 < end)
			p++;
		else if (*p == '(')
			deep++;
		else if (*p == ')' && --deep == 0)
			return p + 1;
	}
	return end;
}

static void
skip_blanks(struct text *t)
{
	while (t->p < t->end && (is_space(*t->p) || *t->p == '('))
		t->p = *t->p == '(' ? comment_end(t->p, t->end) : t->p + 1;
}

/* Up to a blank or one of `stops`. */
static struct text
take(struct text *t, const char *stops)
{
	struct text w = { t->p, t->p };

	while (w.end < t->end && !is_space(*w.end) && (*w.end == '\0' ||
	    strchr(stops, *w.end) == NULL))
		w.end++;
	t->p = w.end;
	return w;
}

/* Lower case, cut where room ends. */
static void
keep(char *to, size_t size, struct text w)
{
	size_t i, n = (size_t)(w.end - w.p);

	for (i = 0; i < n && i + 1 < size; i++)
		to[i] = (char)(w.p[i] >= 'A' && w.p[i] <= 'Z' ? w.p[i] | 32 :
		    w.p[i]);
	to[i] = '\0';
}

static bool
field_text(const struct buf *h, const char *name, struct text *t)
{
	struct field f;

	if (!header_find(h, name, &f))
		return false;
	t->p = h->data + f.body;
	t->end = h->data + f.body_end;
	return true;
}

/* From the opening quote to behind the closing one, or the end. */
static struct text
take_quoted(struct text *t)
{
	struct text w = { t->p, t->end };
	const char *p;

	for (p = t->p + 1; p < t->end; p++) {
		if (*p == '\\' && p + 1 < t->end)
			p++;
		else if (*p == '"') {
			w.end = p + 1;
			break;
		}
	}
	t->p = w.end;
	return w;
}

/* The next parameter behind a ';'; false: none. */
static bool
param_next(struct text *t, struct param *m)
{
	for (;;) {
		while (t->p < t->end && *t->p != ';')
			t->p = *t->p == '"' ? take_quoted(t).end :
			    *t->p == '(' ? comment_end(t->p, t->end) :
			    t->p + 1;
		if (t->p == t->end)
			return false;
		t->p++;
		skip_blanks(t);
		m->name = take(t, "=;(");
		skip_blanks(t);
		if (t->p == t->end || *t->p != '=')
			continue;
		t->p++;
		skip_blanks(t);
		m->value = t->p < t->end && *t->p == '"' ? take_quoted(t) :
		    take(t, ";");
		return true;
	}
}

/* The parameter's section n, -1: all in one; *coded: the value is. */
static bool
param_is(const struct param *m, const char *name, int n, bool *coded)
{
	struct text w = m->name;
	size_t len = strlen(name);
	char *after;

	if ((size_t)(w.end - w.p) < len || strncasecmp(w.p, name, len) != 0)
		return false;
	w.p += len;
	*coded = w.p < w.end && w.end[-1] == '*';
	if (*coded)
		w.end--;
	if (n < 0)
		return w.p == w.end;
	return w.end - w.p >= 2 && *w.p == '*' && w.p[1] >= '0' &&
	    w.p[1] <= '9' && strtol(w.p + 1, &after, 10) == n &&
	    after == w.end;
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
boundary_octet(struct media *t, char c)
{
	if (t->boundary_len == MEDIA_BOUNDARY || c == '\0')
		return false;
	t->boundary[t->boundary_len++] = c;
	return true;
}

/* Behind charset'language'. */
static const char *
behind_language(const char *p, const char *end)
{
	const char *q = memchr(p, '\'', (size_t)(end - p));

	q = q == NULL ? NULL : memchr(q + 1, '\'', (size_t)(end - q - 1));
	return q == NULL ? p : q + 1;
}

static bool
boundary_coded(struct media *t, struct text v, bool first)
{
	const char *p = first ? behind_language(v.p, v.end) : v.p;

	for (; p < v.end; p++) {
		char c = *p;

		if (c == '%' && v.end - p > 2 && hex(p[1]) >= 0 &&
		    hex(p[2]) >= 0) {
			c = (char)(hex(p[1]) << 4 | hex(p[2]));
			p += 2;
		}
		if (!boundary_octet(t, c))
			return false;
	}
	return true;
}

/* Appends a value, unquoted and unfolded. */
static bool
boundary_add(struct media *t, struct text v, bool coded, bool first)
{
	const char *p;
	bool quoted = v.p < v.end && *v.p == '"';

	if (coded && !quoted)
		return boundary_coded(t, v, first);
	if (quoted && v.end - v.p > 1 && v.end[-1] == '"')
		v.end--;
	for (p = quoted ? v.p + 1 : v.p; p < v.end; p++) {
		if (quoted && *p == '\\' && p + 1 < v.end)
			p++;
		if (*p != '\r' && *p != '\n' && !boundary_octet(t, *p))
			return false;
	}
	return true;
}

/* Section n of the parameter, wherever it stands. */
static bool
boundary_section(struct media *t, struct text f, int n, bool *good)
{
	struct param m;
	bool coded;

	while (param_next(&f, &m))
		if (param_is(&m, "boundary", n, &coded)) {
			*good = boundary_add(t, m.value, coded, n <= 0);
			return true;
		}
	return false;
}

static void
read_boundary(struct media *t, struct text f)
{
	bool good = true;
	int n;

	if (!boundary_section(t, f, -1, &good))
		for (n = 0; n < SECTIONS && good; n++)
			if (!boundary_section(t, f, n, &good))
				break;
	while (t->boundary_len > 0 &&
	    is_space(t->boundary[t->boundary_len - 1]))
		t->boundary_len--;
	if (!good)
		t->boundary_len = 0;
	t->boundary[t->boundary_len] = '\0';
}

static void
read_type(struct media *t, const struct buf *h)
{
	struct text f, type, subtype;

	t->typed = field_text(h, "Content-Type", &f);
	if (!t->typed)
		return;
	skip_blanks(&f);
	type = take(&f, "/;(");
	skip_blanks(&f);
	if (type.p == type.end || f.p == f.end || *f.p != '/')
		return;
	f.p++;
	skip_blanks(&f);
	subtype = take(&f, "/;(");
	if (subtype.p == subtype.end)
		return;
	keep(t->type, sizeof(t->type), type);
	keep(t->subtype, sizeof(t->subtype), subtype);
	if (strcmp(t->type, "multipart") == 0)
		read_boundary(t, f);
}

static void
read_encoding(struct media *t, const struct buf *h)
{
	static const struct {
		const char		*name;
		enum media_encoding	 encoding;
		bool			 eight;
	} known[] = {
		{ "", MEDIA_PLAIN, false }, { "7bit", MEDIA_PLAIN, false },
		{ "7-bit", MEDIA_PLAIN, false }, { "8bit", MEDIA_PLAIN, true },
		{ "8-bit", MEDIA_PLAIN, true },
		{ "binary", MEDIA_PLAIN, true },
		{ "base64", MEDIA_BASE64, false },
		{ "quoted-printable", MEDIA_QUOTED, false }
	};
	struct text f;
	size_t i;

	if (!field_text(h, "Content-Transfer-Encoding", &f))
		return;
	skip_blanks(&f);
	keep(t->said, sizeof(t->said), take(&f, ";("));
	t->encoding = MEDIA_STRANGE;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(t->said, known[i].name) == 0) {
			t->encoding = known[i].encoding;
			t->eight = known[i].eight;
		}
}

void
media_read(struct media *t, const struct buf *h)
{
	memset(t, 0, sizeof(*t));
	strcpy(t->type, "text");
	strcpy(t->subtype, "plain");
	read_type(t, h);
	read_encoding(t, h);
}

bool
media_is(const struct media *t, const char *type, const char *subtype)
{
	return strcmp(t->type, type) == 0 && strcmp(t->subtype, subtype) == 0;
}
