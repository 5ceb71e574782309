/* SPDX-License-Identifier: ISC */
/* Times and sizes as people read them. */
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/outcome.h"
#include "front/human.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define TEXT_MAX	4096u

void
human_span(char out[HUMAN_MAX], int64_t seconds)
{
	static const struct {
		int64_t		 below, unit;
		const char	*name;
	} units[] = {
		{ 120, 1, "s" }, { 7200, 60, "min" }, { 172800, 3600, "h" },
		{ INT64_MAX, 86400, "days" },
	};
	size_t i = 0;

	if (seconds < 0)
		seconds = 0;
	while (i < COUNT(units) - 1 && seconds >= units[i].below)
		i++;
	snprintf(out, HUMAN_MAX, "%" PRId64 " %s", seconds / units[i].unit,
	    units[i].name);
}

int64_t
human_since(time_t then, time_t now)
{
	int64_t d;

	if (now <= then)
		return 0;
	return __builtin_sub_overflow((int64_t)now, (int64_t)then, &d) ?
	    INT64_MAX : d;
}

void
human_ago(char out[HUMAN_MAX], time_t then, time_t now)
{
	char span[HUMAN_MAX];
	int64_t d = human_since(then, now);

	human_span(span, d);
	snprintf(out, HUMAN_MAX, d > 0 ? "%.26s ago" : "just now", span);
}

void
human_until(char out[HUMAN_MAX], time_t then, time_t now)
{
	char span[HUMAN_MAX];
	int64_t d = human_since(now, then);

	human_span(span, d);
	snprintf(out, HUMAN_MAX, d > 0 ? "in %.26s" : "now", span);
}

void
human_size(char out[HUMAN_MAX], uint64_t octets)
{
	static const char *const units[] = {
		"B", "kB", "MB", "GB", "TB", "PB", "EB"
	};
	uint64_t tenths = octets;
	size_t i = 0;

	if (octets < 1000) {
		snprintf(out, HUMAN_MAX, "%" PRIu64 " B", octets);
		return;
	}
	for (; tenths >= 10000 || i == 0; i++)
		tenths = i == 0 ? tenths / 100 : tenths / 1000;
	if (tenths < 100)
		snprintf(out, HUMAN_MAX, "%" PRIu64 ".%" PRIu64 " %s",
		    tenths / 10, tenths % 10, units[i]);
	else
		snprintf(out, HUMAN_MAX, "%" PRIu64 " %s", tenths / 10,
		    units[i]);
}

/* Is it the first octet of a character? */
static bool
begins(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

size_t
human_width(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += begins(*text);
	return n;
}

/* Octets of text that need no cleaning. */
static size_t
plain(const char *text)
{
	size_t n = 0;

	while (n < TEXT_MAX && text[n] >= ' ' && text[n] <= '~')
		n++;
	return n;
}

void
human_text(FILE *out, const char *text, size_t width)
{
	char clean[TEXT_MAX];
	size_t n = plain(text), i = 0, seen = 0;

	if (n <= width && text[n] == '\0' && (n == 0 || text[n - 1] != ' ')) {
		fwrite(text, 1, n, out);
		return;
	}
	n = strnlen(text, sizeof(clean) - 1);
	memcpy(clean, text, n);
	n = outcome_clean(clean, n);
	clean[n] = '\0';
	if (n <= width || human_width(clean) <= width) {
		fwrite(clean, 1, n, out);
		return;
	}
	/* Room for the three dots. */
	width = width > 3 ? width - 3 : 0;
	while (i < n && (seen < width || !begins(clean[i])))
		seen += begins(clean[i++]);
	fwrite(clean, 1, i, out);
	fputs("...", out);
}
