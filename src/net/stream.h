/* SPDX-License-Identifier: ISC */
/*
 * A line to a server: buffered bytes and lines over a socket, TLS or memory,
 * every wait under a deadline.  While it writes it reads, so that two sides
 * that both talk cannot block each other.
 */
#ifndef POSTHORN_STREAM_H
#define POSTHORN_STREAM_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/outcome.h"

/*
 * What lies below.  None of these waits: they return -1 with errno EAGAIN
 * where they would have to, and *wait is then POLLIN or POLLOUT (poll.h), as
 * what must come first (TLS may want to read to write).  All but read and
 * write may be NULL.
 */
struct stream_ops {
	/* Octets read, 0 at the end of the connection, -1. */
	ssize_t	(*read)(void *ctx, void *p, size_t n, short *wait);
	/* Octets taken (they may stay in a buffer below until flush), -1. */
	ssize_t	(*write)(void *ctx, const void *p, size_t n, short *wait);
	/* Gets everything taken so far onto the wire: 0, -1. */
	int	(*flush)(void *ctx, short *wait);
	/* After an end: was it a clean one (TLS close_notify)?  NULL: yes. */
	bool	(*clean_end)(void *ctx);
	/* Words for the last failure that errno cannot name, or NULL. */
	const char *(*why)(void *ctx);
	/* Queues what says goodbye below (TLS close_notify); not flushed. */
	void	(*bye)(void *ctx);
	/* Frees ctx; closes nothing but what it opened itself. */
	void	(*close)(void *ctx);
};

struct stream {
	const struct stream_ops *ops;
	void		*ctx;
	int		 fd;		/* to poll; -1: memory, never waits */
	int		 error;		/* errno of the first failure, or 0 */
	bool		 owns;		/* fd is closed with the stream */
	bool		 eof;
	bool		 dead;		/* a write failed: reading is left */
	size_t		 in_pos, in_len;
	char		 in[LIMIT_LINE * 2];
	struct buf	 out;		/* not yet handed down */
};

/* A stream over a connected non-blocking socket, which it then owns, whatever
 * layers come on top. */
struct stream	*stream_socket(int fd);
/* A stream over ops; fd is what to poll (-1: none) and stays the caller's. */
struct stream	*stream_new(const struct stream_ops *ops, void *ctx, int fd);
/* Puts another layer on top (TLS after STARTTLS): the old layer stays below,
 * as ctx's own business, and is closed by ops->close.  The input buffer must
 * be empty: that is asserted, the caller has checked with stream_pending; and
 * so must what was queued. */
void	stream_layer(struct stream *s, const struct stream_ops *ops, void *ctx);
/* Octets received and not used yet, without asking the system. */
size_t	stream_pending(const struct stream *s);
/* Has the other side said anything, or hung up, right now?  Reads what is
 * there without waiting; true if octets are pending or the end came. */
bool	stream_poke(struct stream *s);

/*
 * One line, without its LF or CRLF, terminated by NUL in line (size octets,
 * at least 1); *n its length: a NUL inside is kept.  A line longer than
 * size - 1 is cut there and the rest dropped (*n is then size - 1); one over
 * LIMIT_REPLY_ALL is FAULT_PROTOCOL.  0; or -1: FAULT_NETWORK for an end, an
 * error or the deadline (words: "connection closed by server", "timed out",
 * ...), with the given stage and in_doubt false.  A deadline in the past asks
 * once, without waiting.  What was received is still given after a failed
 * write.
 */
int	stream_line(struct stream *s, char *line, size_t size, size_t *n,
	    int64_t deadline, enum stage stage, struct outcome *o);
/* Queues octets; hands them down only when LIMIT_FLIGHT is passed (or, large
 * ones with nothing queued before them, at once), waiting until the deadline
 * then.  0 or -1 as above. */
int	stream_write(struct stream *s, const void *p, size_t n,
	    int64_t deadline, enum stage stage, struct outcome *o);
/* Gets all that was queued onto the wire. */
int	stream_flush(struct stream *s, int64_t deadline, enum stage stage,
	    struct outcome *o);
/* Hands down what was queued and queues the goodbye of the layer below (see
 * bye) behind it; does nothing if that would have to wait. */
void	stream_bye(struct stream *s);
/* Waits for POLLIN/POLLOUT on the descriptor: 0 ready, -1 the deadline
 * passed (errno ETIMEDOUT) or poll failed. */
int	stream_wait(int fd, short events, int64_t deadline);
/* Frees everything and closes the socket; NULL is fine. */
void	stream_close(struct stream *s);

/* A stream over memory, for tests: reads come from in (n octets), what is
 * written is appended to *out (both outlive the stream; NULL: dropped).
 * chunk > 0: reads return at most that many octets at a time. */
struct stream	*stream_memory(const void *in, size_t n, size_t chunk,
	    struct buf *out);
/* Makes it a bad one: cut, its end is not a clean one; and writes fail with
 * EPIPE after `takes` octets. */
void	stream_memory_spoil(struct stream *s, bool cut, size_t takes);

#endif
