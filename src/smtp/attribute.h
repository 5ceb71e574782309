/* SPDX-License-Identifier: ISC */
/* "x=value,y=value", as SCRAM writes (RFC 5802 section 7), and its base64. */
#ifndef POSTHORN_ATTRIBUTE_H
#define POSTHORN_ATTRIBUTE_H

#include <stdbool.h>
#include <stddef.h>

#include <gnutls/gnutls.h>

#include "base/buf.h"

struct attribute {
	char		 name;
	const char	*value;		/* not terminated, never empty */
	size_t		 len;
};

/* Takes one attribute off the front of the n octets at p, with the comma
 * behind it, which must have another one behind it; false: there is none. */
bool	attribute_take(const char **p, size_t *n, struct attribute *f);
/* Decodes the value, strictly (RFC 4648 section 4); the caller gives
 * out->data to gnutls_free.  false: it is no base64. */
bool	attribute_decode(const struct attribute *f, gnutls_datum_t *out);
/* Appends n octets in base64; -1: no room. */
int	attribute_encode(struct buf *to, const void *p, size_t n);

#endif
