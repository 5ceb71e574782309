/* SPDX-License-Identifier: ISC */
/* What a server says it can do: the EHLO reply, read. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "smtp/ehlo.h"
#include "smtp/sasl.h"

/* The next word of p..end; its length, 0 at the end. */
static size_t
word_next(const char **p, const char *end)
{
	const char *q = *p;

	while (q < end && (*q == ' ' || *q == '\t'))
		q++;
	*p = q;
	while (q < end && *q != ' ' && *q != '\t')
		q++;
	return (size_t)(q - *p);
}

/* Up to 18 decimal digits, else 0. */
static uint64_t
number(const char *p, size_t n)
{
	uint64_t v = 0;
	size_t i;

	if (n == 0 || n > 18)
		return 0;
	for (i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return 0;
		v = v * 10 + (uint64_t)(p[i] - '0');
	}
	return v;
}

static void
ehlo_size(struct capabilities *c, const char *p, const char *end)
{
	size_t n = word_next(&p, end);

	c->size = true;
	c->size_max = number(p, n);
}

static void
ehlo_auth(struct capabilities *c, const char *p, const char *end)
{
	const struct mechanism *m;
	size_t n, at;

	while ((n = word_next(&p, end)) > 0) {
		m = sasl_find(p, n);
		if (m != NULL)
			c->auth |= sasl_bit(m);
		at = strlen(c->auth_text);
		if (at + n + 2 < sizeof(c->auth_text)) {
			if (at > 0)
				c->auth_text[at++] = ' ';
			memcpy(c->auth_text + at, p, n);
			c->auth_text[at + n] = '\0';
		}
		p += n;
	}
	outcome_clean(c->auth_text, strlen(c->auth_text));
}

static void
ehlo_limits(struct capabilities *c, const char *p, const char *end)
{
	uint64_t v;
	size_t n;

	while ((n = word_next(&p, end)) > 0) {
		v = n > 8 ? number(p + 8, n - 8) : 0;
		if (v > 1000000)
			v = 0;
		if (n > 8 && strncasecmp(p, "RCPTMAX=", 8) == 0)
			c->rcptmax = (unsigned)v;
		else if (n > 8 && strncasecmp(p, "MAILMAX=", 8) == 0)
			c->mailmax = (unsigned)v;
		p += n;
	}
}

#define FLAG(field) offsetof(struct capabilities, field)

/* A keyword sets a flag, or has a parser for what follows it. */
static const struct keyword {
	const char	*name;
	size_t		 flag;
	void		(*parse)(struct capabilities *, const char *,
			    const char *);
} keywords[] = {
	{ "STARTTLS", FLAG(starttls), NULL },
	{ "PIPELINING", FLAG(pipelining), NULL },
	{ "8BITMIME", FLAG(eightbit), NULL },
	{ "SMTPUTF8", FLAG(utf8), NULL },
	{ "CHUNKING", FLAG(chunking), NULL },
	{ "DSN", FLAG(dsn), NULL },
	{ "REQUIRETLS", FLAG(requiretls), NULL },
	{ "SIZE", 0, ehlo_size },
	{ "AUTH", 0, ehlo_auth },
	{ "LIMITS", 0, ehlo_limits },
	{ NULL, 0, NULL },
};

static void
ehlo_line(struct capabilities *c, const char *p, const char *end)
{
	const struct keyword *k;
	size_t n = word_next(&p, end), name = n;

	if (n > 5 && strncasecmp(p, "AUTH=", 5) == 0)
		name = 4;
	for (k = keywords; k->name != NULL; k++) {
		if (strlen(k->name) != name || strncasecmp(p, k->name, name))
			continue;
		if (k->parse != NULL)
			k->parse(c, p + name + (name < n), end);
		else
			*((bool *)((char *)c + k->flag)) = true;
		return;
	}
}

void
ehlo_parse(const struct reply *r, struct capabilities *c)
{
	const char *p = r->text, *end = r->text + r->len, *eol;
	unsigned line = 0;

	memset(c, 0, sizeof(*c));
	while (p < end) {
		eol = memchr(p, '\n', (size_t)(end - p));
		if (eol == NULL)
			eol = end;
		if (line++ > 0)		/* the first is the server's name */
			ehlo_line(c, p, eol);
		p = eol + 1;
	}
}
