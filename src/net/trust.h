/* SPDX-License-Identifier: ISC */
/*
 * Which certificates may vouch for a server.  The bundle is not loaded: the
 * certificates whose subject is named in the chain are found in it, and only
 * when these do not suffice is everything loaded.  Same verdicts as the whole
 * bundle, always.
 */
#ifndef POSTHORN_TRUST_H
#define POSTHORN_TRUST_H

#include <gnutls/gnutls.h>

#include <stdbool.h>
#include <stdint.h>

#include "base/outcome.h"

struct trust {
	const char	*name;		/* that the certificate must bear */
	bool		 name_is_address;
	const char	*ca_file;	/* NULL: the system's */
	const char	*crl_file;	/* or NULL */
	char *const	*pins;		/* as struct account says, or NULL */
	bool		 verify;	/* false: anything goes, but for pins */
};

/*
 * Judges the chain the peer of session presented (after or during the
 * handshake): pins if there are any (one must fit the leaf; the CA question,
 * dates and name are then not asked), else chain, purpose serverAuth, name
 * from subjectAltName only (RFC 9525), key strength (session's profile), CRL.
 * Fails FAULT_TRUST at STAGE_TLS, saying which certificate (its subject, and
 * its place: the server's own, an intermediate, the root) and why, with
 * advice; unreadable files are FAULT_CONFIG.
 */
int	trust_check(gnutls_session_t session,
	    gnutls_certificate_credentials_t cred, const struct trust *t,
	    struct outcome *o);
/* The bundle used when no ca_file is given: what configure found, else the
 * first of a known list that exists, else NULL. */
const char	*trust_bundle(void);

#endif
