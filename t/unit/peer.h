/* SPDX-License-Identifier: ISC */
/* The other side of a dialogue without a socket: a server that answers flight
 * by flight. */
#ifndef POSTHORN_PEER_H
#define POSTHORN_PEER_H

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "net/stream.h"
#include "unit.h"

#define TURNS	12

/* A server that says turns[i] once the client has flushed i flights. */
struct peer {
	const char	*const *turns;
	size_t		 turn;
	size_t		 pos;
	struct buf	*out;
};

static inline ssize_t
peer_read(void *ctx, void *p, size_t n, short *wait)
{
	struct peer *x = ctx;
	const char *now = x->turns[x->turn];
	size_t left;

	if (now != NULL && strcmp(now, "EOF") == 0)
		return 0;
	left = now != NULL ? strlen(now) - x->pos : 0;
	if (left == 0) {
		*wait = POLLIN;
		errno = EAGAIN;
		return -1;
	}
	n = n < left ? n : left;
	memcpy(p, now + x->pos, n);
	x->pos += n;
	return (ssize_t)n;
}

static inline ssize_t
peer_write(void *ctx, const void *p, size_t n, short *wait)
{
	struct peer *x = ctx;

	(void)wait;
	buf_add(x->out, p, n);
	return (ssize_t)n;
}

static inline int
peer_flush(void *ctx, short *wait)
{
	struct peer *x = ctx;

	(void)wait;
	buf_puts(x->out, "|\n");
	if (x->turns[x->turn] != NULL)
		x->turn++;
	x->pos = 0;
	return 0;
}

static const struct stream_ops peer_ops = {
	.read = peer_read, .write = peer_write, .flush = peer_flush,
};

#endif
