/* SPDX-License-Identifier: ISC */
/*
 * A throw-away CA in a folder: ca.pem and ca-key.pem, server certificates
 * server-KIND.pem (key inside), client.pem (key inside, for EXTERNAL).
 *
 * Kinds: good (SAN localhost, smtp.example.test, 127.0.0.1, ::1, purpose
 * serverAuth, ECDSA); wrong-name; expired; not-yet; client-only (purpose
 * clientAuth); cn-only (no SAN); self-signed; rsa; rsa1024.
 */
#ifndef SMARTHOST_PKI_H
#define SMARTHOST_PKI_H

/* What the folder lacks of CA, client certificate and the server's of that
 * kind is made; safe when several do it at once.  The path of the
 * server's file goes to path. */
void	pki_make(const char *folder, const char *kind, char *path,
	    unsigned long size);

#endif
