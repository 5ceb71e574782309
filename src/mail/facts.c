/* SPDX-License-Identifier: ISC */
/* What is known of a text in wire form. */
#include <stdint.h>
#include <string.h>

#include "mail/facts.h"

void
facts_begin(struct facts *f)
{
	memset(f, 0, sizeof(*f));
	f->utf8 = true;
}

bool
facts_eightbit(const char *p, size_t n)
{
	const uint64_t high = 0x8080808080808080u;
	uint64_t w[4], any = 0;
	size_t i;

	for (i = 0; i + sizeof(w) <= n; i += sizeof(w)) {
		memcpy(w, p + i, sizeof(w));
		any |= w[0] | w[1] | w[2] | w[3];
	}
	for (; i < n; i++)
		any |= (uint64_t)(unsigned char)p[i];
	return (any & high) != 0;
}

/* The first octet of a character that is not ASCII (RFC 3629 section 4). */
static void
facts_lead(struct facts *f, unsigned char c)
{
	f->low = 0x80;
	f->high = 0xbf;
	if (c >= 0xc2 && c <= 0xdf)
		f->need = 1;
	else if (c >= 0xe0 && c <= 0xef)
		f->need = 2;
	else if (c >= 0xf0 && c <= 0xf4)
		f->need = 3;
	else
		f->utf8 = false;
	if (c == 0xe0)
		f->low = 0xa0;
	else if (c == 0xed)
		f->high = 0x9f;
	else if (c == 0xf0)
		f->low = 0x90;
	else if (c == 0xf4)
		f->high = 0x8f;
}

/* Characters may be cut anywhere between two calls. */
static void
facts_characters(struct facts *f, const char *text, size_t n)
{
	const unsigned char *p = (const unsigned char *)text, *end = p + n;

	for (; p < end && f->utf8; p++) {
		if (f->need == 0) {
			if (*p >= 0x80)
				facts_lead(f, *p);
		} else if (*p < f->low || *p > f->high)
			f->utf8 = false;
		else {
			f->need--;
			f->low = 0x80;
			f->high = 0xbf;
		}
	}
}

/* Every LF ends a line here and has its CR in front. */
static void
facts_lines(struct facts *f, const char *p, size_t n)
{
	const char *end = p + n, *lf;

	while ((lf = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		f->line += (size_t)(lf - p);
		if (f->line - 1 > f->longest)
			f->longest = f->line - 1;
		f->line = 0;
		p = lf + 1;
	}
	f->line += (size_t)(end - p);
}

void
facts_note(struct facts *f, const char *p, size_t n)
{
	bool high = facts_eightbit(p, n);

	f->eightbit |= high;
	if (high || f->need > 0)
		facts_characters(f, p, n);
	facts_lines(f, p, n);
}

bool
facts_all_utf8(const struct facts *f)
{
	return f->utf8 && f->need == 0;
}
