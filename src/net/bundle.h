/* SPDX-License-Identifier: ISC */
/*
 * Certificates found in a PEM bundle by their subject, without parsing the
 * rest of it.
 */
#ifndef POSTHORN_BUNDLE_H
#define POSTHORN_BUNDLE_H

#include <gnutls/x509.h>

#include <stddef.h>

#include "base/buf.h"
#include "base/outcome.h"

/* Reads a PEM file whole into pem (initialised here, freed by the caller, on
 * failure too).  -1: FAULT_CONFIG at STAGE_TLS, naming what (a setting's
 * name), the path and the reason. */
int	bundle_read(struct buf *pem, const char *what, const char *path,
	    struct outcome *o);
/*
 * Imports the certificates whose subject is one of the n names (DER, as sent;
 * a difference in string types alone is overlooked), in the bundle's order;
 * n == 0: all of them.  A certificate whose subject cannot be made out is
 * taken too, one that cannot be imported is left out.  Sets *list to an array
 * of their number, the result; the caller frees it and them.
 */
size_t	bundle_select(const struct buf *pem, const gnutls_datum_t *names,
	    size_t n, gnutls_x509_crt_t **list);

#endif
