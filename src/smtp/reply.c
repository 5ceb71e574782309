/* SPDX-License-Identifier: ISC */
/* One SMTP reply (RFC 5321 section 4.2): code, enhanced code, words. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "smtp/reply.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "5.1.1" at p: octets it takes, 0: none there. */
static size_t
enhanced_parse(const char *p, size_t n, uint16_t e[3])
{
	size_t i = 0, digits;
	unsigned part, v;

	for (part = 0; part < 3; part++) {
		v = 0;
		for (digits = 0; i < n && is_digit(p[i]) && digits < 3; i++) {
			v = v * 10 + (unsigned)(p[i] - '0');
			digits++;
		}
		if (digits == 0)
			return 0;
		e[part] = (uint16_t)v;
		if (part < 2 && (i >= n || p[i++] != '.'))
			return 0;
	}
	return i == n || p[i] == ' ' ? i : 0;
}

/* Takes the code off the front of a line: its octets, or 0. */
static size_t
code_parse(const char *line, size_t n, unsigned *code, bool *last)
{
	if (n < 3 || line[0] < '2' || line[0] > '5' || !is_digit(line[1]) ||
	    !is_digit(line[2]))
		return 0;
	*code = (unsigned)(line[0] - '0') * 100 +
	    (unsigned)(line[1] - '0') * 10 + (unsigned)(line[2] - '0');
	*last = n == 3 || line[3] == ' ';
	if (n > 3 && line[3] != ' ' && line[3] != '-')
		return 0;
	return n == 3 ? 3 : 4;
}

static void
reply_keep(struct reply *r, const char *p, size_t n, bool joined)
{
	if (joined && r->len < LIMIT_REPLY)
		r->text[r->len++] = '\n';
	if (n > LIMIT_REPLY - r->len)
		n = LIMIT_REPLY - r->len;
	memcpy(r->text + r->len, p, n);
	r->len += n;
	r->text[r->len] = '\0';
}

static int
reply_garbage(const char *line, size_t n, enum stage stage, struct outcome *o)
{
	return outcome_fail(o, FAULT_PROTOCOL, stage,
	    "not an SMTP reply: \"%.*s\"", n > 80 ? 80 : (int)n, line);
}

/* A challenge is part of a login: its octets are not shown. */
static void
reply_show(const char *line, size_t n, enum stage stage)
{
	if (stage == STAGE_AUTH && n > 4 && memcmp(line, "334", 3) == 0)
		log_said('<', "334 ***", 7);
	else
		log_said('<', line, n);
}

/* Blots out what a line that holds a secret says, but for its codes. */
static size_t
reply_blot(char *line, size_t n, size_t size)
{
	static const char words[] = "(the server repeats the secret)";
	uint16_t e[3];
	size_t k = strspn(line, "0123456789");

	if (k != 3 || n < 4 || (line[3] != ' ' && line[3] != '-'))
		k = 0;
	else
		k = 4 + enhanced_parse(line + 4, n - 4, e);
	if (k > 4)
		line[k++] = ' ';
	if (k + sizeof(words) <= size) {
		memcpy(line + k, words, sizeof(words));
		k += sizeof(words) - 1;
	}
	return k;
}

int
reply_read(struct stream *s, struct reply *r, int64_t deadline,
    enum stage stage, const struct mask *mask, struct outcome *o)
{
	char line[LIMIT_LINE];
	size_t n = 0, all = 0, skip;
	unsigned code, lines = 0;
	bool last = false;

	r->len = 0;
	r->text[0] = '\0';
	memset(r->enhanced, 0, sizeof(r->enhanced));
	while (!last) {
		if (stream_line(s, line, sizeof(line), &n, deadline, stage,
		    o) < 0)
			return -1;
		all += n + 2;
		if (stage == STAGE_AUTH && mask_finds(mask, line, n))
			n = reply_blot(line, n, sizeof(line));
		reply_show(line, n, stage);
		if (all > LIMIT_REPLY_ALL)
			return outcome_fail(o, FAULT_PROTOCOL, stage,
			    "the server's reply does not end");
		skip = code_parse(line, n, &code, &last);
		if (skip == 0 || (lines > 0 && code != r->code))
			return reply_garbage(line, n, stage, o);
		r->code = code;
		reply_keep(r, line + skip, n - skip, lines++ > 0);
	}
	if (enhanced_parse(r->text, strcspn(r->text, "\n"), r->enhanced) == 0 ||
	    r->enhanced[0] != r->code / 100)
		memset(r->enhanced, 0, sizeof(r->enhanced));
	return 0;
}

char *
reply_words(const struct reply *r, char *to, size_t size)
{
	const char *p = r->text, *end = r->text + r->len, *eol;
	uint16_t skip[3];
	size_t at = 0, n;

	while (p < end && at + 1 < size) {
		eol = memchr(p, '\n', (size_t)(end - p));
		if (eol == NULL)
			eol = end;
		p += enhanced_parse(p, (size_t)(eol - p), skip);
		while (p < eol && *p == ' ')
			p++;
		n = (size_t)(eol - p);
		if (n > size - 1 - at)
			n = size - 1 - at;
		memcpy(to + at, p, n);
		at += n;
		if (at + 1 < size && eol < end)
			to[at++] = ' ';
		p = eol + 1;
	}
	to[at] = '\0';
	outcome_clean(to, at);
	return to;
}

unsigned
reply_class(const struct reply *r)
{
	return r->code / 100;
}
