/* SPDX-License-Identifier: ISC */
/* Fingerprints of a certificate or of its public key. */
#ifndef POSTHORN_PIN_H
#define POSTHORN_PIN_H

#include <gnutls/gnutls.h>

#include <stdbool.h>

#define PIN_SIZE	80	/* the longest pin as text, terminated */

/* "sha256:HEX" of a certificate (DER), "spki-sha256:HEX" of its public key;
 * "" if it cannot be read.  Return text. */
const char	*pin_certificate(const gnutls_datum_t *der,
	    char text[PIN_SIZE]);
const char	*pin_key(const gnutls_datum_t *der, char text[PIN_SIZE]);
/* Is one of the pins (of struct account's form, NULL-terminated) one of
 * these? */
bool	pin_fits(const gnutls_datum_t *der, char *const *pins);

#endif
