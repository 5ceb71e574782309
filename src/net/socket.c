/* SPDX-License-Identifier: ISC */
/* The lowest layer of a stream: a socket as it is. */
#include <sys/socket.h>

#include <poll.h>

#include "net/stream.h"

static ssize_t
socket_read(void *ctx, void *p, size_t n, short *wait)
{
	const int *fd = ctx;

	*wait = POLLIN;
	return recv(*fd, p, n, 0);
}

static ssize_t
socket_write(void *ctx, const void *p, size_t n, short *wait)
{
	const int *fd = ctx;

	*wait = POLLOUT;
	return send(*fd, p, n, MSG_NOSIGNAL);
}

/* Whoever layers something on top may call it: the descriptor is the
 * stream's. */
static void
socket_close(void *ctx)
{
	(void)ctx;
}

static const struct stream_ops socket_ops = {
	.read = socket_read,
	.write = socket_write,
	.close = socket_close,
};

struct stream *
stream_socket(int fd)
{
	struct stream *s = stream_new(&socket_ops, NULL, fd);

	s->ctx = &s->fd;
	s->owns = true;
	return s;
}
