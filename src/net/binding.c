/* SPDX-License-Identifier: ISC */
/* Channel binding: what ties a login to the TLS session it is made in. */
#include <gnutls/crypto.h>
#include <gnutls/x509.h>

#include <string.h>

#include "net/binding.h"

static size_t
binding_of(gnutls_session_t session, gnutls_channel_binding_t type,
    unsigned char *data, size_t size)
{
	gnutls_datum_t cb = { NULL, 0 };
	size_t n = 0;

	if (gnutls_session_channel_binding(session, type, &cb) == 0 &&
	    cb.size <= size) {
		memcpy(data, cb.data, cb.size);
		n = cb.size;
	}
	gnutls_free(cb.data);
	return n;
}

/* The hash of a certificate's signature, or SHA-256 in its stead. */
static gnutls_digest_algorithm_t
binding_hash(const gnutls_datum_t *der)
{
	gnutls_digest_algorithm_t hash = GNUTLS_DIG_SHA256;
	gnutls_x509_crt_t crt;
	int sign;

	if (gnutls_x509_crt_init(&crt) < 0)
		return hash;
	if (gnutls_x509_crt_import(crt, der, GNUTLS_X509_FMT_DER) == 0) {
		sign = gnutls_x509_crt_get_signature_algorithm(crt);
		/* GnuTLS names the hash that Ed25519 uses inside. */
		if (sign > 0 && sign != GNUTLS_SIGN_EDDSA_ED25519 &&
		    sign != GNUTLS_SIGN_EDDSA_ED448)
			hash = gnutls_sign_get_hash_algorithm(
			    (gnutls_sign_algorithm_t)sign);
	}
	gnutls_x509_crt_deinit(crt);
	if (hash == GNUTLS_DIG_MD5_SHA1 ||
	    gnutls_hash_get_len(hash) <= gnutls_hash_get_len(GNUTLS_DIG_SHA1))
		return GNUTLS_DIG_SHA256;
	return hash;
}

/* GnuTLS's own refuses certificates whose signature has no hash. */
static size_t
binding_end_point(gnutls_session_t session, unsigned char *data, size_t size)
{
	const gnutls_datum_t *der;
	gnutls_digest_algorithm_t hash;
	unsigned n = 0;
	size_t len;

	der = gnutls_certificate_get_peers(session, &n);
	if (der == NULL || n == 0)
		return 0;
	hash = binding_hash(der);
	len = gnutls_hash_get_len(hash);
	if (len > size ||
	    gnutls_hash_fast(hash, der->data, der->size, data) < 0)
		return 0;
	return len;
}

size_t
binding_data(gnutls_session_t session, enum tls_binding type,
    unsigned char *data, size_t size)
{
	switch (type) {
	case TLS_BINDING_EXPORTER:
		return binding_of(session, GNUTLS_CB_TLS_EXPORTER, data, size);
	case TLS_BINDING_UNIQUE:
		if (gnutls_session_ext_master_secret_status(session) == 0)
			return 0;
		return binding_of(session, GNUTLS_CB_TLS_UNIQUE, data, size);
	case TLS_BINDING_END_POINT:
		return binding_end_point(session, data, size);
	case TLS_BINDING_NONE:
		break;
	}
	return 0;
}
