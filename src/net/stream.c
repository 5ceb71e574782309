/* SPDX-License-Identifier: ISC */
/* A line to a server: buffered bytes and lines; all waiting happens here. */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/wait.h"
#include "net/stream.h"

/* From here on copying costs more than a small write before it. */
#define STREAM_LARGE	16384u
/* Reads a poke may need: TLS records that carry nothing for us. */
#define STREAM_POKES	16

struct stream *
stream_new(const struct stream_ops *ops, void *ctx, int fd)
{
	struct stream *s = mem_alloc(sizeof(*s));

	s->ops = ops;
	s->ctx = ctx;
	s->fd = fd;
	buf_init(&s->out, LIMIT_FLIGHT);
	return s;
}

void
stream_layer(struct stream *s, const struct stream_ops *ops, void *ctx)
{
	assert(stream_pending(s) == 0);
	assert(s->out.len == 0);
	s->ops = ops;
	s->ctx = ctx;
}

void
stream_close(struct stream *s)
{
	if (s == NULL)
		return;
	if (s->ops->close != NULL)
		s->ops->close(s->ctx);
	if (s->owns)
		close(s->fd);
	buf_wipe(&s->out);
	mem_wipe(s, sizeof(*s));
}

size_t
stream_pending(const struct stream *s)
{
	return s->in_len - s->in_pos;
}

/* What of events happened until the deadline; -1 with errno otherwise. */
static int
stream_poll(int fd, short events, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n;

	if (fd == -1) {		/* memory has said all it will ever say */
		errno = ETIMEDOUT;
		return -1;
	}
	do
		n = wait_poll(&p, 1, clock_left(deadline));
	while (n == -1 && errno == EINTR);
	if (n == 0)
		errno = ETIMEDOUT;
	else if (n == 1 && (p.revents & POLLNVAL) != 0)
		errno = EBADF;
	else if (n == 1)
		return p.revents;
	return -1;
}

int
stream_wait(int fd, short events, int64_t deadline)
{
	return stream_poll(fd, events, deadline) == -1 ? -1 : 0;
}

static bool
stream_again(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static bool
stream_has_room(const struct stream *s)
{
	return !s->eof && stream_pending(s) < sizeof(s->in);
}

/* Reads once into the input buffer, which has room: 0 if something came, even
 * the end (then eof is set); -1 with errno EAGAIN and *wait. */
static int
stream_fill(struct stream *s, short *wait)
{
	ssize_t k;

	if (s->in_pos > 0) {
		s->in_len -= s->in_pos;
		memmove(s->in, s->in + s->in_pos, s->in_len);
		s->in_pos = 0;
	}
	*wait = POLLIN;
	k = s->ops->read(s->ctx, s->in + s->in_len,
	    sizeof(s->in) - s->in_len, wait);
	if (k == -1 && stream_again())
		return -1;
	if (k > 0) {
		s->in_len += (size_t)k;
		return 0;
	}
	s->eof = true;
	if (k == -1 && s->error == 0)
		s->error = errno;
	return 0;
}

bool
stream_poke(struct stream *s)
{
	short wait;
	int i;

	for (i = 0; i < STREAM_POKES; i++) {
		if (stream_pending(s) > 0 || s->eof ||
		    stream_fill(s, &wait) == 0)
			return true;
		if (s->fd == -1 || stream_wait(s->fd, POLLIN, 0) == -1)
			break;
	}
	return false;
}

/* The words for the connection's end, of whatever kind. */
static int
stream_broken(const struct stream *s, enum stage stage, struct outcome *o)
{
	const struct stream_ops *ops = s->ops;
	const char *why = ops->why != NULL ? ops->why(s->ctx) : NULL;

	if (s->error == ECONNRESET)
		return outcome_fail(o, FAULT_NETWORK, stage,
		    "connection reset by server");
	if (s->error == EPIPE || (s->error == 0 &&
	    (ops->clean_end == NULL || ops->clean_end(s->ctx))))
		return outcome_fail(o, FAULT_NETWORK, stage,
		    "connection closed by server");
	if (why != NULL)
		return outcome_fail(o, FAULT_NETWORK, stage,
		    "connection broken: %s", why);
	if (s->error == 0)
		return outcome_fail(o, FAULT_NETWORK, stage,
		    "connection cut: closed without a goodbye");
	errno = s->error;
	return outcome_errno(o, FAULT_NETWORK, stage, "connection broken");
}

/* The words for a wait that failed. */
static int
stream_unheard(enum stage stage, struct outcome *o)
{
	if (errno == ETIMEDOUT)
		return outcome_fail(o, FAULT_NETWORK, stage,
		    "timed out waiting for the server");
	return outcome_errno(o, FAULT_NETWORK, stage, "cannot wait");
}

/* More input than there is, waiting for it; there must be room. */
static int
stream_more(struct stream *s, int64_t deadline, enum stage stage,
    struct outcome *o)
{
	size_t have = stream_pending(s);
	bool waited = false;
	short wait;

	while (!s->eof) {
		if (stream_fill(s, &wait) == 0) {
			if (stream_pending(s) > have)
				return 0;
			continue;
		}
		/* What comes may be no octet of ours, without end. */
		if (waited && clock_left(deadline) == 0) {
			errno = ETIMEDOUT;
			return stream_unheard(stage, o);
		}
		if (stream_wait(s->fd, wait, deadline) == -1)
			return stream_unheard(stage, o);
		waited = true;
	}
	return stream_broken(s, stage, o);
}

/* Takes n octets of a line that has `total` already: what fits is kept. */
static size_t
stream_take(struct stream *s, size_t n, char *line, size_t size, size_t total)
{
	size_t room = total < size - 1 ? size - 1 - total : 0;

	memcpy(line + (size - 1 - room), s->in + s->in_pos,
	    n < room ? n : room);
	s->in_pos += n;
	return total + n;
}

int
stream_line(struct stream *s, char *line, size_t size, size_t *n,
    int64_t deadline, enum stage stage, struct outcome *o)
{
	size_t total = 0, seen = 0, have;
	const char *from, *lf;

	assert(size > 0);
	for (;;) {
		from = s->in + s->in_pos;
		have = stream_pending(s);
		lf = memchr(from + seen, '\n', have - seen);
		if (lf != NULL)
			break;
		seen = have;
		if (have < sizeof(s->in)) {
			if (stream_more(s, deadline, stage, o) == -1)
				return -1;
			continue;
		}
		/* A full buffer: all but what may be the CR of a CRLF. */
		total = stream_take(s, have - 1, line, size, total);
		seen = 1;
		if (total > LIMIT_REPLY_ALL)
			return outcome_fail(o, FAULT_PROTOCOL, stage,
			    "the server sends a line without an end");
	}
	have = (size_t)(lf - from);
	total = stream_take(s, have, line, size, total);
	s->in_pos++;
	if (have > 0 && lf[-1] == '\r')
		total--;
	*n = total < size ? total : size - 1;
	line[*n] = '\0';
	return 0;
}

/*
 * After a call below returned -1: waits for what it wants.  While that is
 * room to write, what the server says is taken in, so that it can go on
 * reading; as long as we have room ourselves.
 */
static int
stream_blocked(struct stream *s, short wait, int64_t deadline,
    enum stage stage, struct outcome *o)
{
	bool room = wait == POLLOUT && stream_has_room(s);
	short unused;
	int got;

	if (!stream_again()) {
		s->dead = true;
		if (s->error == 0)
			s->error = errno;
		return stream_broken(s, stage, o);
	}
	if (errno == EINTR)
		return 0;
	got = stream_poll(s->fd, room ? POLLIN | POLLOUT : wait, deadline);
	if (got == -1)
		return stream_unheard(stage, o);
	if (room && (got & POLLIN) != 0)
		(void)stream_fill(s, &unused);
	return 0;
}

/* Hands n octets down; *done counts them, on failure too. */
static int
stream_push(struct stream *s, const char *p, size_t n, size_t *done,
    int64_t deadline, enum stage stage, struct outcome *o)
{
	short wait;
	ssize_t k;

	for (*done = 0; *done < n; ) {
		wait = POLLOUT;
		k = s->ops->write(s->ctx, p + *done, n - *done, &wait);
		assert(k != 0);
		if (k > 0)
			*done += (size_t)k;
		else if (stream_blocked(s, wait, deadline, stage, o) == -1)
			return -1;
	}
	return 0;
}

/* Hands down what is queued. */
static int
stream_drain(struct stream *s, int64_t deadline, enum stage stage,
    struct outcome *o)
{
	size_t done;
	int rc;

	if (s->dead)
		return stream_broken(s, stage, o);
	rc = stream_push(s, s->out.data, s->out.len, &done, deadline, stage, o);
	buf_drop(&s->out, done);
	return rc;
}

int
stream_write(struct stream *s, const void *p, size_t n, int64_t deadline,
    enum stage stage, struct outcome *o)
{
	const char *from = p;
	size_t k;

	if (s->dead)
		return stream_broken(s, stage, o);
	while (n > 0) {
		if (s->out.len == 0 && n >= STREAM_LARGE)
			return stream_push(s, from, n, &k, deadline, stage, o);
		k = LIMIT_FLIGHT - s->out.len;
		k = n < k ? n : k;
		buf_add(&s->out, from, k);
		from += k;
		n -= k;
		if (n > 0 && stream_drain(s, deadline, stage, o) == -1)
			return -1;
	}
	return 0;
}

int
stream_flush(struct stream *s, int64_t deadline, enum stage stage,
    struct outcome *o)
{
	short wait = POLLOUT;

	if (stream_drain(s, deadline, stage, o) == -1)
		return -1;
	while (s->ops->flush != NULL && s->ops->flush(s->ctx, &wait) == -1) {
		if (stream_blocked(s, wait, deadline, stage, o) == -1)
			return -1;
		wait = POLLOUT;
	}
	return 0;
}

void
stream_bye(struct stream *s)
{
	struct outcome unused;

	if (s->ops->bye != NULL &&
	    stream_drain(s, 0, STAGE_NONE, &unused) == 0)
		s->ops->bye(s->ctx);
}
