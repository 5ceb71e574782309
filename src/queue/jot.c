/* SPDX-License-Identifier: ISC */
/* One line of a queue file's journal. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/crc.h"
#include "queue/jot.h"

enum {
	DIGITS = 8,			/* of length and sum */
	TAIL = 1 + DIGITS + 1,		/* separator, sum, line end */
	LEAST = DIGITS + 2 + TAIL	/* a type of one octet, no fields */
};

void
jot_begin(struct jot_pen *p, struct buf *b, const char *type)
{
	p->b = b;
	p->at = b->len;
	p->full = buf_printf(b, "%0*d %s", DIGITS, 0, type) < 0;
}

static bool
is_plain(unsigned char c)
{
	return c > 0x20 && c != 0x7f && c != '%';
}

void
jot_text(struct jot_pen *p, const char *text)
{
	const char *s = text != NULL ? text : "";
	size_t n;

	p->full = p->full || buf_putc(p->b, ' ') < 0;
	while (*s != '\0' && !p->full) {
		for (n = 0; is_plain((unsigned char)s[n]); n++)
			;
		p->full = buf_add(p->b, s, n) < 0;
		s += n;
		if (*s != '\0' && !p->full) {
			p->full = buf_printf(p->b, "%%%02x",
			    (unsigned)(unsigned char)*s) < 0;
			s++;
		}
	}
}

void
jot_number(struct jot_pen *p, int64_t value)
{
	p->full = p->full || buf_printf(p->b, " %" PRId64, value) < 0;
}

int
jot_end(struct jot_pen *p)
{
	struct buf *b = p->b;
	char digits[DIGITS + 1];
	uint64_t length;

	p->full = p->full || buf_putc(b, ' ') < 0;
	length = (uint64_t)(b->len - p->at) + DIGITS + 1;
	if (!p->full && length <= UINT32_MAX) {
		snprintf(digits, sizeof(digits), "%08" PRIx32,
		    (uint32_t)length);
		memcpy(b->data + p->at, digits, DIGITS);
		if (buf_printf(b, "%08" PRIx32 "\n", crc32c(0,
		    b->data + p->at, b->len - p->at)) == 0)
			return 0;
	}
	if (b->len > p->at) {
		b->len = p->at;
		b->data[b->len] = '\0';
	}
	return -1;
}

/* Eight digits as they are written here: lower case. */
static bool
read_digits(const char *p, uint32_t *value)
{
	static const char digits[] = "0123456789abcdef";
	const char *d;
	int i;

	for (*value = 0, i = 0; i < DIGITS; i++) {
		d = p[i] != '\0' ? strchr(digits, p[i]) : NULL;
		if (d == NULL)
			return false;
		*value = *value << 4 | (uint32_t)(d - digits);
	}
	return true;
}

size_t
jot_length(const char *p, size_t n)
{
	uint32_t length;

	if (n <= DIGITS || !read_digits(p, &length) || p[DIGITS] != ' ' ||
	    length < LEAST)
		return 0;
	return length;
}

size_t
jot_read(const char *p, size_t n, struct jot *j)
{
	size_t length = jot_length(p, n);
	uint32_t sum;
	const char *blank;

	if (length == 0 || length > n || p[length - 1] != '\n' ||
	    p[length - TAIL] != ' ' ||
	    !read_digits(p + length - DIGITS - 1, &sum) ||
	    crc32c(0, p, length - DIGITS - 1) != sum)
		return 0;
	j->type = p + DIGITS + 1;
	j->end = p + length - TAIL;
	blank = memchr(j->type, ' ', (size_t)(j->end - j->type));
	j->pos = blank != NULL ? blank : j->end;
	j->type_len = (size_t)(j->pos - j->type);
	return j->type_len > 0 ? length : 0;
}

bool
jot_is(const struct jot *j, const char *type)
{
	return strlen(type) == j->type_len &&
	    memcmp(type, j->type, j->type_len) == 0;
}

bool
jot_more(const struct jot *j)
{
	return j->pos < j->end;
}

/* The end of the next field, which begins at j->pos + 1; NULL: none left. */
static const char *
field_end(const struct jot *j)
{
	const char *blank;

	if (!jot_more(j))
		return NULL;
	blank = memchr(j->pos + 1, ' ', (size_t)(j->end - j->pos - 1));
	return blank != NULL ? blank : j->end;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
jot_take_text(struct jot *j, struct buf *text)
{
	const char *end = field_end(j), *p = j->pos + 1;
	size_t n;
	int c;

	buf_clear(text);
	if (end == NULL)
		return false;
	while (p < end) {
		for (n = 0; p + n < end && is_plain((unsigned char)p[n]); n++)
			;
		if (buf_add(text, p, n) < 0)
			return false;
		p += n;
		if (p == end)
			break;
		if (*p != '%' || end - p < 3 || hex_digit(p[1]) < 0 ||
		    hex_digit(p[2]) < 0)
			return false;
		c = hex_digit(p[1]) * 16 + hex_digit(p[2]);
		if (c == 0 || buf_putc(text, (char)c) < 0)
			return false;
		p += 3;
	}
	j->pos = end;
	return true;
}

bool
jot_take_number(struct jot *j, int64_t *value)
{
	const char *end = field_end(j), *p = j->pos + 1;
	bool minus;
	int64_t v = 0;

	if (end == NULL)
		return false;
	minus = p < end && *p == '-';
	p += minus;
	if (p == end)
		return false;
	/* Downwards, where there is one more. */
	for (; p < end; p++)
		if (*p < '0' || *p > '9' ||
		    __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_sub_overflow(v, *p - '0', &v))
			return false;
	if (!minus && v == INT64_MIN)
		return false;
	*value = minus ? v : -v;
	j->pos = end;
	return true;
}
