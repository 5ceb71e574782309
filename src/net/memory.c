/* SPDX-License-Identifier: ISC */
/* A stream over memory: tests and fuzzers need no socket. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "net/stream.h"

struct memory {
	const char	*in;
	size_t		 left;
	size_t		 chunk;		/* 0: any */
	size_t		 takes;		/* octets until writes fail */
	bool		 cut;
	struct buf	*out;
};

static ssize_t
memory_read(void *ctx, void *p, size_t n, short *wait)
{
	struct memory *m = ctx;

	(void)wait;
	if (n > m->left)
		n = m->left;
	if (m->chunk > 0 && n > m->chunk)
		n = m->chunk;
	if (n > 0)
		memcpy(p, m->in, n);
	m->in += n;
	m->left -= n;
	return (ssize_t)n;
}

static ssize_t
memory_write(void *ctx, const void *p, size_t n, short *wait)
{
	struct memory *m = ctx;

	(void)wait;
	if (m->takes == 0) {
		errno = EPIPE;
		return -1;
	}
	if (n > m->takes)
		n = m->takes;
	if (m->out != NULL && buf_add(m->out, p, n) == -1) {
		errno = ENOSPC;
		return -1;
	}
	m->takes -= n;
	return (ssize_t)n;
}

static bool
memory_clean_end(void *ctx)
{
	const struct memory *m = ctx;

	return !m->cut;
}

static const struct stream_ops memory_ops = {
	.read = memory_read,
	.write = memory_write,
	.clean_end = memory_clean_end,
	.close = free,
};

struct stream *
stream_memory(const void *in, size_t n, size_t chunk, struct buf *out)
{
	struct memory *m = mem_alloc(sizeof(*m));

	m->in = n > 0 ? in : "";
	m->left = n;
	m->chunk = chunk;
	m->takes = SIZE_MAX;
	m->out = out;
	return stream_new(&memory_ops, m, -1);
}

void
stream_memory_spoil(struct stream *s, bool cut, size_t takes)
{
	struct memory *m = s->ctx;

	m->cut = cut;
	m->takes = takes;
}
