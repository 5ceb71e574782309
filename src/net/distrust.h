/* SPDX-License-Identifier: ISC */
/* Why a server's certificate was not accepted, in words for an admin. */
#ifndef POSTHORN_DISTRUST_H
#define POSTHORN_DISTRUST_H

#include <gnutls/x509.h>

#include "base/limits.h"
#include "base/outcome.h"

/* What the server sent, its own certificate first. */
struct chain {
	gnutls_x509_crt_t crt[LIMIT_CHAIN];
	unsigned	 n;
};

/* What the words are about. */
struct distrust {
	const struct chain *chain;
	gnutls_x509_trust_list_t trusted;	/* it was judged by */
	const gnutls_x509_crl_t *crls;
	unsigned	 crls_n;
	const char	*where;		/* the trusted ones come from */
};

/* Words and advice for a chain whose verification gave status (GNUTLS_CERT_*
 * of gnutls_certificate_status_t).  Returns -1: FAULT_TRUST. */
int	distrust_chain(const struct distrust *c, unsigned status,
	    struct outcome *o);
/* The same for a name the certificate does not bear. */
int	distrust_name(gnutls_x509_crt_t crt, const char *name,
	    struct outcome *o);
/* The same for pins of which none fits. */
int	distrust_pins(const gnutls_datum_t *der, char *const *pins,
	    struct outcome *o);

#endif
