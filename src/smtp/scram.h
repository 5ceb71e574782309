/* SPDX-License-Identifier: ISC */
/* SCRAM-SHA-1, -256, -512 and -PLUS (RFC 5802, RFC 7677), as SASL steps. */
#ifndef POSTHORN_SCRAM_H
#define POSTHORN_SCRAM_H

#include "smtp/sasl.h"

/* Steps: client-first, client-final, the check of the server's signature.
 * The hash comes from the mechanism's name.  Nonce, iterations
 * (LIMIT_ROUNDS_*), salt, extensions ("m=" is refused), server signature and
 * "e=" are checked; user and password go through SASLprep (RFC 4013). */
int	scram_step(struct sasl *x, const char *challenge, size_t n,
	    struct buf *response, struct outcome *o);
/* Wipes and frees; NULL is fine. */
void	scram_free(struct scram *s);
/* Tests: the client nonce to use instead of a random one (NULL: random). */
int	scram_begin_with(struct sasl *x, const char *nonce);

#endif
