/* SPDX-License-Identifier: ISC */
/* TLS records as the operations of a stream, after the handshake. */
#ifndef POSTHORN_RECORD_H
#define POSTHORN_RECORD_H

#include <sys/types.h>

#include <gnutls/gnutls.h>

#include <stdbool.h>
#include <stddef.h>

#include "net/wire.h"

struct record {
	gnutls_session_t session;
	struct wire	 wire;
	bool		 clean;		/* the server said goodbye */
	unsigned	 odd;		/* alerts and such, each harmless */
	unsigned	 asides;	/* tickets and the like */
	char		 why[160];	/* the last failure, or "" */
};

/* More warnings and requests to renegotiate than this are an attack. */
#define RECORD_ODD	16u
/* A server has a few tickets to give, and changes its key after gigabytes. */
#define RECORD_ASIDES	256u

/* As struct stream_ops says; ctx is a struct record. */
ssize_t	record_read(void *ctx, void *p, size_t n, short *wait);
ssize_t	record_write(void *ctx, const void *p, size_t n, short *wait);
int	record_flush(void *ctx, short *wait);
bool	record_clean_end(void *ctx);
const char	*record_why(void *ctx);
void	record_bye(void *ctx);

#endif
