/* SPDX-License-Identifier: ISC */
/* Words for people in a header: phrases and RFC 2047 encoded words. */
#include <stdbool.h>
#include <string.h>

#include "mail/words.h"

/* Longer names are encoded whatever they are, so that they can be folded. */
#define PLAIN_MAX	400u

#define WORD_MAX	75u	/* RFC 2047 section 2 */
#define FIRST_MAX	60u	/* leaves room for the field's name */

size_t
words_char(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t want, i;

	if (n == 0 || p[0] < 0x80)
		return n > 0;
	want = p[0] >= 0xc2 && p[0] <= 0xdf ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 :
	    p[0] >= 0xf0 && p[0] <= 0xf4 ? 4 : 0;
	if (want == 0 || want > n)
		return 0;
	for (i = 1; i < want; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	/* too long, surrogates, beyond U+10FFFF */
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return want;
}

bool
words_utf8(const char *s, size_t n)
{
	size_t k;

	for (; n > 0; s += k, n -= k)
		if ((k = words_char(s, n)) == 0)
			return false;
	return true;
}

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z');
}

bool
words_atom(char c)
{
	return is_alnum(c) ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* Atoms with one space between them. */
static bool
is_plain(const char *text, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!words_atom(text[i]) && (text[i] != ' ' || i == 0 ||
		    i + 1 == n || text[i - 1] == ' '))
			return false;
	return true;
}

static bool
has_control(const char *text, size_t n)
{
	for (; n > 0; n--, text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	return false;
}

bool
words_ascii(const char *text, size_t n)
{
	for (; n > 0; n--, text++)
		if ((unsigned char)*text > 0x7f)
			return false;
	return true;
}

int
words_quoted(struct buf *b, const char *text, size_t n)
{
	size_t i;
	int bad = buf_putc(b, '"');

	for (i = 0; i < n; i++) {
		if (text[i] == '"' || text[i] == '\\')
			bad |= buf_putc(b, '\\');
		bad |= buf_putc(b, text[i]);
	}
	return bad | buf_putc(b, '"');
}

/* One octet in the Q encoding for phrases (RFC 2047 section 5 (3)). */
static size_t
encode(char to[4], char c)
{
	static const char hex[] = "0123456789ABCDEF";
	unsigned char u = (unsigned char)c;

	to[0] = c == ' ' ? '_' : c;
	if (c == ' ' || is_alnum(c) || c == '-' || c == '!' || c == '+')
		return 1;
	to[0] = '=';
	to[1] = hex[u >> 4];
	to[2] = hex[u & 15];
	return 3;
}

int
words_encode(struct buf *b, const char *text, size_t n, size_t first)
{
	bool utf8 = words_utf8(text, n);
	const char *head = utf8 ? "=?UTF-8?Q?" : "=?unknown-8bit?Q?";
	size_t used = 0, max = first, k, i, len;
	char one[12];	/* one character */
	int bad = 0;

	for (; n > 0; text += k, n -= k) {
		k = utf8 ? words_char(text, n) : 1;
		for (i = 0, len = 0; i < k; i++)
			len += encode(one + len, text[i]);
		if (used > 0 && used + len + 2 > max) {
			bad |= buf_puts(b, "?=\r\n ");
			used = 0;
			max = WORD_MAX;
		}
		if (used == 0) {
			bad |= buf_puts(b, head);
			used = strlen(head);
		}
		bad |= buf_add(b, one, len);
		used += len;
	}
	return bad | buf_puts(b, "?=");
}

int
words_phrase(struct buf *b, const char *text, size_t n)
{
	size_t mark = b->len;
	int bad;

	if (has_control(text, n))
		return -1;
	if (n == 0)
		return 0;
	if (!words_ascii(text, n) || n > PLAIN_MAX)
		bad = words_encode(b, text, n, FIRST_MAX);
	else if (is_plain(text, n))
		bad = buf_add(b, text, n);
	else
		bad = words_quoted(b, text, n);
	if (bad != 0)
		words_cut(b, mark);
	return bad;
}

void
words_cut(struct buf *b, size_t len)
{
	b->len = len;
	if (b->cap > 0)
		b->data[len] = '\0';
}
