/* SPDX-License-Identifier: ISC */
/* Channel binding: what ties a login to the TLS session it is made in. */
#ifndef POSTHORN_BINDING_H
#define POSTHORN_BINDING_H

#include <gnutls/gnutls.h>

#include <stddef.h>

enum tls_binding {
	TLS_BINDING_NONE,
	TLS_BINDING_EXPORTER,		/* RFC 9266 */
	TLS_BINDING_UNIQUE,		/* RFC 5929 section 3 */
	TLS_BINDING_END_POINT		/* RFC 5929 section 4 */
};

/* The data of that type into data (at most size octets): the length, or 0
 * when the session cannot give it (see tls_channel_binding). */
size_t	binding_data(gnutls_session_t session, enum tls_binding type,
	    unsigned char *data, size_t size);

#endif
