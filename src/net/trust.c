/* SPDX-License-Identifier: ISC */
/* Which certificates may vouch for a server. */
#include <gnutls/x509.h>

#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "net/names.h"
#include "net/pin.h"
#include "net/bundle.h"
#include "net/distrust.h"
#include "net/trust.h"

/* The files, read once; the lists made of them belong to the credentials. */
struct store {
	const char	*path;		/* of the bundle; NULL: the library's */
	const char	*what;		/* a setting's name, for words */
	struct buf	 pem;
	const char	*crl_path;
	struct buf	 crl_pem;
	gnutls_x509_trust_list_t list;	/* the last one made */
};

static const char *const bundles[] = {
#ifdef CA_BUNDLE
	CA_BUNDLE,
#endif
	"/etc/ssl/certs/ca-certificates.crt",	/* Debian, Arch, Alpine */
	"/etc/pki/tls/certs/ca-bundle.crt",	/* Fedora */
	"/etc/ssl/ca-bundle.pem",		/* SUSE */
	"/etc/ssl/cert.pem",			/* OpenBSD, Alpine */
	"/usr/local/share/certs/ca-root-nss.crt", /* FreeBSD */
};

const char *
trust_bundle(void)
{
	size_t i;

	for (i = 0; i < sizeof(bundles) / sizeof(bundles[0]); i++)
		if (access(bundles[i], R_OK) == 0)
			return bundles[i];
	return NULL;
}

static int
trust_broken(int code, const char *what, struct outcome *o)
{
	return outcome_fail(o, FAULT_OS, STAGE_TLS, "%s: %s", what,
	    gnutls_strerror(code));
}

/* The chain the server sent, imported. */
static int
chain_get(gnutls_session_t session, struct chain *c, struct outcome *o)
{
	const gnutls_datum_t *der;
	unsigned n = 0, i;
	int rc = 0;

	c->n = 0;
	der = gnutls_certificate_get_peers(session, &n);
	if (der == NULL || n == 0)
		return outcome_fail(o, FAULT_TRUST, STAGE_TLS,
		    "the server presented no certificate");
	if (n > LIMIT_CHAIN)
		return outcome_fail(o, FAULT_TRUST, STAGE_TLS,
		    "the server sent %u certificates, %u are the most taken",
		    n, LIMIT_CHAIN);
	for (i = 0; i < n; i++) {
		rc = gnutls_x509_crt_init(&c->crt[i]);
		if (rc < 0)
			break;
		c->n++;
		rc = gnutls_x509_crt_import(c->crt[i], &der[i],
		    GNUTLS_X509_FMT_DER);
		if (rc < 0)
			break;
	}
	if (rc < 0)
		return outcome_fail(o, FAULT_TRUST, STAGE_TLS,
		    "certificate %u of the server's chain cannot be read: %s",
		    i + 1, gnutls_strerror(rc));
	return 0;
}

static void
chain_free(struct chain *c)
{
	while (c->n > 0)
		gnutls_x509_crt_deinit(c->crt[--c->n]);
}

/* Every name in the chain, 2 of each certificate: the number. */
static size_t
chain_names(const struct chain *c, gnutls_datum_t names[2 * LIMIT_CHAIN])
{
	size_t n = 0;
	unsigned i;

	for (i = 0; i < c->n; i++) {
		if (gnutls_x509_crt_get_raw_dn(c->crt[i], &names[n]) == 0)
			n++;
		if (gnutls_x509_crt_get_raw_issuer_dn(c->crt[i],
		    &names[n]) == 0)
			n++;
	}
	return n;
}

static void
chain_names_free(gnutls_datum_t *names, size_t n)
{
	while (n > 0)
		gnutls_free(names[--n].data);
}

static int
store_open(struct store *s, const struct trust *t, struct outcome *o)
{
	memset(s, 0, sizeof(*s));
	s->what = t->ca_file != NULL ? "tls-ca-file" : "CA bundle";
	s->path = t->ca_file != NULL ? t->ca_file : trust_bundle();
	s->crl_path = t->crl_file;
	if (s->path != NULL &&
	    bundle_read(&s->pem, s->what, s->path, o) == -1)
		return -1;
	if (s->crl_path != NULL &&
	    bundle_read(&s->crl_pem, "tls-crl-file", s->crl_path, o) == -1)
		return -1;
	return 0;
}

static void
store_close(struct store *s)
{
	buf_free(&s->pem);
	buf_free(&s->crl_pem);
}

/* Adds what the bundle has under these names; n == 0: everything, of which
 * there must be something. */
static int
store_roots(const struct store *s, const gnutls_datum_t *names, size_t n,
    struct outcome *o)
{
	gnutls_x509_crt_t *crt;
	size_t found;
	int rc;

	if (s->path == NULL) {
		rc = gnutls_x509_trust_list_add_system_trust(s->list, 0, 0);
		return rc >= 0 ? 0 : outcome_fail(o, FAULT_CONFIG, STAGE_TLS,
		    "no CA bundle found: set tls-ca-file");
	}
	found = bundle_select(&s->pem, names, n, &crt);
	rc = found == 0 ? 0 : gnutls_x509_trust_list_add_cas(s->list, crt,
	    (unsigned)found, GNUTLS_TL_NO_DUPLICATES);
	free(crt);
	if (rc < 0)
		return trust_broken(rc, "cannot keep certificates", o);
	if (found == 0 && n == 0)
		return outcome_fail(o, FAULT_CONFIG, STAGE_TLS,
		    "%s %s: no certificate (PEM) in it", s->what, s->path);
	return 0;
}

/* An old list is used: what it says is true, what it lacks is logged. */
static void
store_note_age(const struct store *s, gnutls_x509_crl_t crl)
{
	time_t next = gnutls_x509_crl_get_next_update(crl);

	if (next != (time_t)-1 && next < clock_now())
		log_note(LOG_WARNING, "tls-crl-file %s is out of date: a newer "
		    "list was to come %lld days ago", s->crl_path,
		    (long long)(clock_now() - next) / 86400);
}

/* Imports the revocation lists, to be freed one by one and as an array. */
static int
store_crls(const struct store *s, gnutls_x509_crl_t **crls, unsigned *n,
    struct outcome *o)
{
	gnutls_datum_t pem = { (unsigned char *)s->crl_pem.data,
	    (unsigned)s->crl_pem.len };
	int rc;

	*crls = NULL;
	*n = 0;
	if (s->crl_path == NULL)
		return 0;
	rc = gnutls_x509_crl_list_import2(crls, n, &pem, GNUTLS_X509_FMT_PEM,
	    0);
	if (rc >= 0)
		return 0;
	*crls = NULL;
	*n = 0;
	return outcome_fail(o, FAULT_CONFIG, STAGE_TLS,
	    "tls-crl-file %s: no revocation list (PEM) in it: %s",
	    s->crl_path, gnutls_strerror(rc));
}

static int
store_revoked(const struct store *s, struct outcome *o)
{
	gnutls_x509_crl_t *crls;
	unsigned n, i;
	int rc;

	if (store_crls(s, &crls, &n, o) == -1)
		return -1;
	for (i = 0; i < n; i++)
		store_note_age(s, crls[i]);
	rc = gnutls_x509_trust_list_add_crls(s->list, crls, n,
	    GNUTLS_TL_NO_DUPLICATES, 0);
	gnutls_free(crls);
	return rc >= 0 ? 0 : trust_broken(rc, "cannot keep revocations", o);
}

/* Makes the list for these names (n == 0: of everything) what cred trusts. */
static int
store_use(struct store *s, gnutls_certificate_credentials_t cred,
    const gnutls_datum_t *names, size_t n, struct outcome *o)
{
	int rc = gnutls_x509_trust_list_init(&s->list, 0);

	if (rc < 0)
		return trust_broken(rc, "cannot keep certificates", o);
	if (store_roots(s, names, n, o) == -1 || store_revoked(s, o) == -1) {
		gnutls_x509_trust_list_deinit(s->list, 1);
		return -1;
	}
	gnutls_certificate_set_trust_list(cred, s->list, 0);
	return 0;
}

static int
trust_verify(gnutls_session_t session, unsigned *status, struct outcome *o)
{
	char purpose[] = GNUTLS_KP_TLS_WWW_SERVER;
	gnutls_typed_vdata_st data = {
		.type = GNUTLS_DT_KEY_PURPOSE_OID,
		.data = (unsigned char *)purpose,
	};
	int rc = gnutls_certificate_verify_peers(session, &data, 1, status);

	if (rc >= 0)
		return 0;
	return outcome_fail(o, FAULT_TRUST, STAGE_TLS,
	    "the server's certificate cannot be verified: %s",
	    gnutls_strerror(rc));
}

/* Could another root make this good?  Not if only the server's own
 * certificate is out of its time. */
static bool
trust_final(const struct chain *c, unsigned status)
{
	time_t now = clock_now();
	const unsigned dates = GNUTLS_CERT_INVALID | GNUTLS_CERT_EXPIRED |
	    GNUTLS_CERT_NOT_ACTIVATED;

	return (status & ~dates) == 0 &&
	    (now > gnutls_x509_crt_get_expiration_time(c->crt[0]) ||
	    now < gnutls_x509_crt_get_activation_time(c->crt[0]));
}

static int
trust_words(const struct store *s, const struct chain *c, unsigned status,
    struct outcome *o)
{
	struct distrust k = { .chain = c, .trusted = s->list };
	gnutls_x509_crl_t *crls;
	unsigned i;

	k.where = s->path != NULL ? s->path : "the system's trust";
	if (store_crls(s, &crls, &k.crls_n, o) == -1)
		return -1;
	k.crls = crls;
	distrust_chain(&k, status, o);
	for (i = 0; i < k.crls_n; i++)
		gnutls_x509_crl_deinit(crls[i]);
	gnutls_free(crls);
	return -1;
}

static int
trust_chain(gnutls_session_t session, gnutls_certificate_credentials_t cred,
    struct store *s, const struct chain *c, struct outcome *o)
{
	gnutls_datum_t names[2 * LIMIT_CHAIN];
	size_t n = chain_names(c, names);
	unsigned status;
	int rc = store_use(s, cred, names, n, o);

	chain_names_free(names, n);
	if (rc == -1 || trust_verify(session, &status, o) == -1)
		return -1;
	if (status != 0 && s->path != NULL && !trust_final(c, status) &&
	    (store_use(s, cred, NULL, 0, o) == -1 ||
	    trust_verify(session, &status, o) == -1))
		return -1;
	return status == 0 ? 0 : trust_words(s, c, status, o);
}

/* By the pins alone. */
static int
trust_pins(gnutls_session_t session, char *const *pins, struct outcome *o)
{
	unsigned n = 0;
	const gnutls_datum_t *der = gnutls_certificate_get_peers(session, &n);

	if (der == NULL || n == 0)
		return outcome_fail(o, FAULT_TRUST, STAGE_TLS,
		    "the server presented no certificate");
	return pin_fits(der, pins) ? 0 : distrust_pins(der, pins, o);
}

int
trust_check(gnutls_session_t session, gnutls_certificate_credentials_t cred,
    const struct trust *t, struct outcome *o)
{
	struct chain c = { .n = 0 };
	struct store s;
	int rc;

	if (t->pins != NULL && t->pins[0] != NULL)
		return trust_pins(session, t->pins, o);
	if (!t->verify)
		return 0;
	rc = store_open(&s, t, o);
	if (rc == 0)
		rc = chain_get(session, &c, o);
	if (rc == 0)
		rc = trust_chain(session, cred, &s, &c, o);
	if (rc == 0 && !names_fit(c.crt[0], t->name, t->name_is_address))
		rc = distrust_name(c.crt[0], t->name, o);
	chain_free(&c);
	store_close(&s);
	return rc;
}
