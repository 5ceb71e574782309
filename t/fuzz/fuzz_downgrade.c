/* SPDX-License-Identifier: ISC */
/* Header blocks of any octets, made ASCII and short: the same fields, lines
 * that stay lines, what needs nothing untouched, and nothing left to do. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mail/downgrade.h"
#include "mail/header.h"
#include "mail/words.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX	(1u << 16)

static void
must(int ok)
{
	if (!ok)
		abort();
}

/* Lines as they are when they come from standard input. */
static void
make_lines(struct buf *h, const uint8_t *data, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (data[i] == '\n')
			must(buf_puts(h, "\r\n") == 0);
		else if (data[i] != '\0')
			must(buf_putc(h, data[i] == '\r' ? ' ' :
			    (char)data[i]) == 0);
	if (h->len > 0 && h->data[h->len - 1] != '\n')
		must(buf_puts(h, "\r\n") == 0);
}

/* CR and LF only together, at the end too. */
static void
check_lines(const struct buf *h)
{
	size_t i;

	for (i = 0; i < h->len; i++) {
		must(h->data[i] != '\0');
		must(h->data[i] != '\r' || h->data[i + 1] == '\n');
		must(h->data[i] != '\n' || (i > 0 && h->data[i - 1] == '\r'));
	}
	must(h->len == 0 || h->data[h->len - 1] == '\n');
}

static size_t
longest(const char *s, size_t n)
{
	size_t i, line = 0, max = 0;

	for (i = 0; i < n; i++) {
		line = s[i] == '\n' ? 0 : line + 1;
		if (line > max)
			max = line;
	}
	return max;
}

/* Field by field: the same names, and the same octets where nothing was to
 * do. */
static void
check_fields(const struct buf *h, const struct buf *out, int ascii, int lines)
{
	size_t at = 0, pos = 0, n;
	struct field a, b;

	while (header_next(h, &at, &a)) {
		must(header_next(out, &pos, &b));
		must(a.name_len == b.name_len);
		must(memcmp(h->data + a.start, out->data + b.start,
		    a.name_len) == 0);
		n = a.end - a.start;
		if (a.name_len == 0 || ((!ascii ||
		    words_ascii(h->data + a.start, n)) && (!lines ||
		    longest(h->data + a.start, n) <= 999)))
			must(n == b.end - b.start && memcmp(h->data + a.start,
			    out->data + b.start, n) == 0);
		else if (ascii && (header_is(h, &a, "Subject") ||
		    header_is(h, &a, "X")))
			must(words_ascii(out->data + b.start,
			    b.end - b.start));
	}
	must(!header_next(out, &pos, &b));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf h, out, again;
	int ascii, lines;

	if (size < 1 || size > 8192)
		return 0;
	ascii = (data[0] & 1) != 0;
	lines = (data[0] & 2) != 0;
	buf_init(&h, MAX);
	buf_init(&out, 8 * MAX);
	buf_init(&again, 8 * MAX);
	make_lines(&h, data + 1, size - 1);
	must(downgrade_header(&out, &h, ascii, lines) == 0);
	check_lines(&out);
	check_fields(&h, &out, ascii, lines);
	must(downgrade_header(&again, &out, false, false) == 0);
	must(again.len == out.len && memcmp(again.data, out.data,
	    out.len) == 0);
	buf_free(&h);
	buf_free(&out);
	buf_free(&again);
	return 0;
}
