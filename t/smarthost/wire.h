/* SPDX-License-Identifier: ISC */
/*
 * The bytes of one connection, clear or under TLS.  Replies gather until the
 * server has to wait for input, then go out in one write.  Counts flights: a
 * flight begins with the first octets (TLS handshake included) that arrive
 * after the server has written something, or that are the first at all.
 */
#ifndef SMARTHOST_WIRE_H
#define SMARTHOST_WIRE_H

#include <stdbool.h>
#include <stdio.h>

#include <gnutls/gnutls.h>

#include "octets.h"

struct wire {
	int		 fd;
	gnutls_session_t tls;		/* NULL: clear */
	struct octets	 in;		/* read and not yet used */
	struct octets	 out;		/* replies not yet written */
	char		 raw[65536];	/* as they came from the socket */
	size_t		 raw_at;
	size_t		 raw_n;
	unsigned	 flights;
	bool		 wrote;		/* since the last octets came */
	bool		 eof;		/* nothing more to be had */
	bool		 close_notify;	/* ended as TLS ends */
	int		 wait;		/* milliseconds; used by pull() */
	int		 timeout;	/* one wait for the client */
	int		 settle;	/* before answering, what else comes? */
	int		 drip;		/* ms between octets; -1: no drip */
	long		 budget;	/* octets until the cut; -1: none */
	FILE		*clear;		/* everything read without TLS */
	FILE		*log;		/* everything read */
};

/* Set by SIGTERM and SIGALRM: every wait ends. */
extern volatile int wire_stop;

void	wire_init(struct wire *w, int fd);
/* Under TLS from now on (handshake included), as session says. */
int	wire_handshake(struct wire *w, gnutls_session_t session);
/* A line with its LF, or NULL at the end; *n octets.  Valid until the next
 * call that reads.  Lines of more than `most` octets come in pieces. */
const char *wire_line(struct wire *w, size_t *n, size_t most);
/* At least one octet in w->in, or -1 at the end. */
int	wire_fill(struct wire *w);
/* Octets that are there already, the settling time included. */
size_t	wire_more(struct wire *w);
void	wire_flush(struct wire *w);
void	wire_sleep(struct wire *w, long ms);
/* Reads nothing for ms, or until the client is gone. */
void	wire_stall(struct wire *w, long ms);
/* Ends: with close_notify; at once; by RST. */
void	wire_close(struct wire *w);
void	wire_cut(struct wire *w);
void	wire_reset(struct wire *w);
void	wire_free(struct wire *w);

#endif
