/* SPDX-License-Identifier: ISC */
/* Growable bytes, born with a ceiling. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

/* Never written: a buffer without memory of its own is not changed. */
static const char buf_empty[1];

void
buf_init(struct buf *b, size_t max)
{
	b->data = (char *)(uintptr_t)buf_empty;
	b->len = 0;
	b->cap = 0;
	b->max = max;
}

void
buf_free(struct buf *b)
{
	if (b->cap > 0)
		free(b->data);
	buf_init(b, b->max);
}

void
buf_wipe(struct buf *b)
{
	if (b->cap > 0)
		explicit_bzero(b->data, b->cap);
	buf_free(b);
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->cap > 0)
		b->data[0] = '\0';
}

/* Growing copies by hand, so that a secret's old place is overwritten. */
static void
buf_grow(struct buf *b, size_t need)
{
	size_t cap = b->cap > 0 ? b->cap : 64;
	char *p;

	while (cap < need)
		cap = cap > need / 2 ? need : cap * 2;
	p = mem_alloc(cap);
	memcpy(p, b->data, b->len);
	if (b->cap > 0)
		mem_wipe(b->data, b->cap);
	b->data = p;
	b->cap = cap;
}

char *
buf_room(struct buf *b, size_t n)
{
	assert(b->data != NULL);
	if (n > b->max - b->len)
		return NULL;
	if (b->len + n + 1 > b->cap) {
		size_t need = b->len + n + 1;
		size_t twice = b->cap <= b->max / 2 ? b->cap * 2 : b->max + 1;

		buf_grow(b, need > twice ? need : twice);
	}
	return b->data + b->len;
}

int
buf_add(struct buf *b, const void *p, size_t n)
{
	char *to = buf_room(b, n);

	if (to == NULL)
		return -1;
	memcpy(to, p, n);
	b->len += n;
	b->data[b->len] = '\0';
	return 0;
}

int
buf_puts(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int
buf_putc(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

int
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	char *to;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	assert(n >= 0);
	to = buf_room(b, (size_t)n);
	if (to == NULL)
		return -1;
	va_start(ap, fmt);
	vsnprintf(to, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return 0;
}

void
buf_drop(struct buf *b, size_t n)
{
	if (n >= b->len) {
		buf_clear(b);
		return;
	}
	memmove(b->data, b->data + n, b->len - n + 1);
	b->len -= n;
}

int
buf_splice(struct buf *b, size_t at, size_t n, const void *p, size_t m)
{
	assert(at <= b->len && n <= b->len - at);
	if (m > n && buf_room(b, m - n) == NULL)
		return -1;
	if (b->cap == 0)
		return 0;	/* empty, and stays so */
	memmove(b->data + at + m, b->data + at + n, b->len - at - n + 1);
	memcpy(b->data + at, p, m);
	b->len = b->len - n + m;
	return 0;
}
