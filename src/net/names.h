/* SPDX-License-Identifier: ISC */
/* Whose certificate it is: the names it bears against the name we want. */
#ifndef POSTHORN_NAMES_H
#define POSTHORN_NAMES_H

#include <gnutls/x509.h>

#include <stdbool.h>
#include <stddef.h>

/*
 * Does the certificate bear the name (RFC 9525)?  Only subjectAltName counts.
 * A host name (U-labels are mapped to A-labels, a last dot is dropped) fits a
 * dNSName, in any case; a wildcard stands for the whole left-most label and
 * has two labels behind it.  An address (told by is_address, or because the
 * name is one) fits an iPAddress only.
 */
bool	names_fit(gnutls_x509_crt_t crt, const char *name, bool is_address);
/* Is the name an address literal? */
bool	names_address(const char *name);
/* The names a certificate bears, separated by ", ", or "no name"; what does
 * not fit into size octets is left out.  Returns text. */
const char	*names_list(gnutls_x509_crt_t crt, char *text, size_t size);
/* One name for people: the common name, else the organisation; else the names
 * a subject bears, the whole name of an issuer.  Returns text. */
const char	*names_subject(gnutls_x509_crt_t crt, char *text, size_t size);
const char	*names_issuer(gnutls_x509_crt_t crt, char *text, size_t size);

#endif
