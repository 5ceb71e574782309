/* SPDX-License-Identifier: ISC */
/* Text from anywhere made fit for one field or paragraph of a notice. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/outcome.h"
#include "queue/fold.h"

#define WIDTH	76u
#define HARD	900u	/* with what stands before it under 998 */

static bool
is_continued(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* One '?' for each character. */
static size_t
make_ascii(char *s, size_t n)
{
	size_t i, to = 0;

	for (i = 0; i < n; i++)
		if (!is_continued(s[i]))
			s[to++] = (unsigned char)s[i] > 0x7f ? '?' : s[i];
	s[to] = '\0';
	return to;
}

/* One blank for each run of them, none at the ends. */
static size_t
squeeze(char *s, size_t n)
{
	size_t i, to = 0;

	for (i = 0; i < n; i++)
		if (s[i] != ' ' || (to > 0 && s[to - 1] != ' '))
			s[to++] = s[i];
	if (to > 0 && s[to - 1] == ' ')
		to--;
	s[to] = '\0';
	return to;
}

static char *
clean(const char *text, size_t *n, bool ascii)
{
	char *s;

	if (*n > FOLD_MAX)
		for (*n = FOLD_MAX; *n > 0 && is_continued(text[*n]);)
			--*n;
	s = mem_ndup(text, *n);
	*n = outcome_clean(s, *n);
	if (ascii)
		*n = make_ascii(s, *n);
	return s;
}

static size_t
column(const struct buf *b)
{
	const char *lf = memrchr(b->data, '\n', b->len);

	return lf == NULL ? b->len : b->len - (size_t)(lf + 1 - b->data);
}

/* How many of n octets stay in a line that has room for so many: up to the
 * last blank there, the first one behind, or a character's border. */
static size_t
cut(const char *s, size_t n, size_t room, size_t hard)
{
	size_t i = room < n ? room : n;

	while (i > 0 && s[i] != ' ')
		i--;
	if (i > 0)
		return i;
	for (i = room; i < n && i < hard && s[i] != ' ';)
		i++;
	while (i < n && is_continued(s[i]))
		i++;
	return i;
}

static void
fold(struct buf *b, const char *s, size_t n, const char *indent, size_t width)
{
	size_t at = column(b), i;

	while (at + n > width) {
		i = cut(s, n, at < width ? width - at : 1,
		    at < HARD ? HARD - at : 1);
		buf_add(b, s, i);
		s += i;
		n -= i;
		if (n == 0)
			return;
		if (*s == ' ') {
			s++;
			n--;
		}
		buf_puts(b, "\r\n");
		buf_puts(b, indent);
		at = strlen(indent);
	}
	buf_add(b, s, n);
}

void
fold_words(struct buf *b, const char *text, size_t n, bool ascii,
    const char *indent)
{
	char *s = clean(text, &n, ascii);

	n = squeeze(s, n);
	fold(b, s, n, indent, WIDTH);
	free(s);
}

void
fold_address(struct buf *b, const char *text, const char *indent)
{
	size_t n = strlen(text);
	char *s = clean(text, &n, false);

	if (column(b) + n > HARD)
		n = squeeze(s, n);
	fold(b, s, n, indent, HARD);
	free(s);
}
