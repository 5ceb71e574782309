/* SPDX-License-Identifier: ISC */
/* Fingerprints of a certificate or of its public key. */
#include <gnutls/crypto.h>
#include <gnutls/x509.h>

#include <stdio.h>
#include <string.h>

#include "net/pin.h"

static const char *
pin_text(const char *kind, const unsigned char *hash, size_t n,
    char text[PIN_SIZE])
{
	size_t at = (size_t)snprintf(text, PIN_SIZE, "%s:", kind);
	size_t i;

	for (i = 0; i < n; i++)
		at += (size_t)snprintf(text + at, PIN_SIZE - at, "%02x",
		    hash[i]);
	return text;
}

const char *
pin_certificate(const gnutls_datum_t *der, char text[PIN_SIZE])
{
	unsigned char hash[32];

	text[0] = '\0';
	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, der->data, der->size, hash) < 0)
		return text;
	return pin_text("sha256", hash, sizeof(hash), text);
}

const char *
pin_key(const gnutls_datum_t *der, char text[PIN_SIZE])
{
	unsigned char hash[32];
	size_t n = sizeof(hash);
	gnutls_x509_crt_t crt;

	text[0] = '\0';
	if (gnutls_x509_crt_init(&crt) < 0)
		return text;
	if (gnutls_x509_crt_import(crt, der, GNUTLS_X509_FMT_DER) == 0 &&
	    gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA256, hash,
	    &n) == 0)
		pin_text("spki-sha256", hash, n, text);
	gnutls_x509_crt_deinit(crt);
	return text;
}

bool
pin_fits(const gnutls_datum_t *der, char *const *pins)
{
	char certificate[PIN_SIZE], key[PIN_SIZE];

	pin_certificate(der, certificate);
	pin_key(der, key);
	for (; *pins != NULL; pins++)
		if (**pins != '\0' && (strcmp(*pins, certificate) == 0 ||
		    strcmp(*pins, key) == 0))
			return true;
	return false;
}
