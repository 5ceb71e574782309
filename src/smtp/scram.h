/* SPDX-License-Identifier: ISC */
/* SCRAM-SHA-1, -256, -512 and -PLUS (RFC 5802, RFC 7677), as SASL steps. */
#ifndef POSTHORN_SCRAM_H
#define POSTHORN_SCRAM_H

#include "smtp/sasl.h"

/* Steps: client-first, client-final, the check of the server's signature.
 * The hash comes from the mechanism's name.  Nonce, iterations
 * (LIMIT_ROUNDS_*), salt, extensions ("m=" is refused), server signature and
 * "e=" are checked; user and password go through SASLprep (saslprep.h).
 * The server's last words may come as a challenge (the response is empty) or
 * with its success (sasl_finish). */
int	scram_step(struct sasl *x, const char *challenge, size_t n,
	    struct buf *response, struct outcome *o);
/* Wipes and frees x->scram; NULL is fine. */
void	scram_end(struct sasl *x);
/* Tests: after sasl_begin, the client nonce to use instead of a random one
 * (NULL: random).  0, or -1 when GnuTLS has no random octets. */
int	scram_begin_with(struct sasl *x, const char *nonce);

#endif
