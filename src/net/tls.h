/* SPDX-License-Identifier: ISC */
/* A GnuTLS session as a layer of a stream.  Speaks no SMTP. */
#ifndef POSTHORN_TLS_H
#define POSTHORN_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "net/binding.h"
#include "net/stream.h"
#include "net/trust.h"

struct tls;

struct tls_params {
	struct trust	 trust;
	const char	*sni;		/* NULL: none (addresses, unix:) */
	const char	*certificate;	/* file or pkcs11: URI, or NULL */
	const char	*key;		/* NULL: in the certificate's file */
	const char	*priority;
	bool		 server_first;	/* implicit TLS: the Finished must go
					 * out at once; otherwise it waits for
					 * the first write, to ride with it */
};

/* Everything that needs no server: libraries, credentials, client
 * certificate.  To be done while the server's first words are on their way.
 * What p points to must live until tls_start has returned.  The first call
 * initialises GnuTLS, which reads the environment then, not before main.
 * NULL: FAULT_CONFIG (or FAULT_OS) with the reason. */
struct tls	*tls_prepare(const struct tls_params *p, struct outcome *o);
/* Shakes hands over the stream's descriptor, judges the certificate before
 * anything of ours is sent under it, and becomes the stream's top layer,
 * which then owns t.  A failed handshake is FAULT_NETWORK (cut, time),
 * FAULT_TRUST (certificate) or FAULT_STARTTLS (anything TLS said, with both
 * sides' words); the stream is then only good for closing, and t freed. */
int	tls_start(struct tls *t, struct stream *s, int64_t deadline,
	    struct outcome *o);
/* Frees a prepared one that was not started; NULL is fine. */
void	tls_free(struct tls *t);

/* The rest is for sessions that tls_start has made; they are valid until the
 * stream is closed. */
/* "TLS1.3", "TLS1.2"; the cipher suite's name. */
const char	*tls_version(const struct tls *t);
const char	*tls_cipher(const struct tls *t);
bool	tls_verified(const struct tls *t);	/* by CA or pin */
bool	tls_has_certificate(const struct tls *t); /* ours was asked and sent */
/*
 * Channel binding data of that type, into data (at most size octets): its
 * length, or 0 when this session cannot give it (tls-unique on 1.3 or without
 * extended master secret; tls-exporter on 1.2 without it).
 * tls-server-end-point uses the hash of the certificate's signature, SHA-256
 * where that is MD5, SHA-1 or none of its own.
 */
size_t	tls_channel_binding(const struct tls *t, enum tls_binding type,
	    unsigned char *data, size_t size);
/* "tls-exporter" and so on, as GS2 headers name it. */
const char	*tls_binding_name(enum tls_binding type);

#endif
