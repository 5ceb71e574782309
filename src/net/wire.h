/* SPDX-License-Identifier: ISC */
/*
 * The octets between a TLS session and its socket.  What the session sends is
 * kept until it is flushed, so that a flight is one write; what arrives is
 * read in large pieces.  Never waits, never raises SIGPIPE.
 */
#ifndef POSTHORN_WIRE_H
#define POSTHORN_WIRE_H

#include <gnutls/gnutls.h>

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define WIRE_HIGH	65536u	/* above this, flush before adding more */

struct wire {
	int		 fd;
	int		 read_error;	/* errno of a failed receive, or 0 */
	int		 write_error;	/* and of a failed send */
	bool		 ended;		/* the other side has hung up */
	size_t		 heard;		/* octets received so far */
	unsigned char	 first[4];	/* the first of them */
	struct buf	 out;
	size_t		 in_pos, in_len;
	unsigned char	 in[16384];
};

/* Makes w what the session sends and receives by; fd is not owned. */
void	wire_attach(struct wire *w, gnutls_session_t session, int fd);
/* Octets that wait to be flushed. */
size_t	wire_pending(const struct wire *w);
/* Octets received that the session has not asked for yet: it may stop in
 * front of them, and polling the socket does not tell of them. */
size_t	wire_unread(const struct wire *w);
/* Writes what waits: 0 when all is written, else -1 with errno (EAGAIN: the
 * socket is full; anything else stays so, and what waits is dropped). */
int	wire_flush(struct wire *w);
/* Frees what w holds. */
void	wire_free(struct wire *w);

#endif
