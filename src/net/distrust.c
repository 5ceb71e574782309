/* SPDX-License-Identifier: ISC */
/* Why a server's certificate was not accepted, in words for an admin. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <gnutls/crypto.h>

#include "base/clock.h"
#include "net/names.h"
#include "net/pin.h"
#include "net/distrust.h"

/* The way from the server's certificate up, as far as it can be followed. */
struct path {
	gnutls_x509_crt_t crt[LIMIT_CHAIN + 1];
	unsigned	 n;
	bool		 anchored;	/* the last one is trusted */
};

#define DISTRUST_ADVICE \
	"only if you know that this is the right server: tls-fingerprint = " \
	"\"%s\""

/* Faults that need no more words than these. */
static const struct {
	unsigned	 flag;
	const char	*words;
} plain[] = {
	{ GNUTLS_CERT_SIGNATURE_FAILURE,
	    "bears a broken signature, or one of it above does" },
	{ GNUTLS_CERT_SIGNER_NOT_CA,
	    "was issued by a certificate that may not issue any" },
	{ GNUTLS_CERT_PURPOSE_MISMATCH,
	    "is not meant for servers (extended key usage)" },
	{ GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE,
	    "is outside what its issuer may issue (constraints)" },
	{ GNUTLS_CERT_UNKNOWN_CRIT_EXTENSIONS,
	    "has critical extensions that are not understood here" },
	{ GNUTLS_CERT_MISSING_OCSP_STATUS,
	    "demands a stapled OCSP answer, which the server did not send" },
	{ GNUTLS_CERT_INVALID_OCSP_STATUS,
	    "came with an OCSP answer that is not valid" },
	{ GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED,
	    "came with an OCSP answer that is too old" },
	{ GNUTLS_CERT_REVOCATION_DATA_ISSUED_IN_FUTURE,
	    "came with revocation data from the future" },
};

/* "the server's certificate (NAME)", an intermediate's, the root's. */
static const char *
distrust_who(const struct path *p, unsigned i, char *text, size_t size)
{
	char name[128];

	snprintf(text, size, "%s (%.80s)", i == 0 ? "the server's certificate" :
	    i + 1 == p->n && p->anchored ? "the root certificate" :
	    "the intermediate certificate",
	    names_subject(p->crt[i], name, sizeof(name)));
	return text;
}

static const char *
distrust_day(time_t t, char text[32])
{
	struct tm tm;

	if (t == (time_t)-1 || gmtime_r(&t, &tm) == NULL ||
	    strftime(text, 32, "%Y-%m-%d %H:%M UTC", &tm) == 0)
		snprintf(text, 32, "an unknown day");
	return text;
}

static void
distrust_path(const struct distrust *c, struct path *p)
{
	gnutls_x509_crt_t at = c->chain->crt[0], up;
	unsigned i;

	p->n = 0;
	p->anchored = false;
	for (;;) {
		p->crt[p->n++] = at;
		if (gnutls_x509_trust_list_get_issuer(c->trusted, at, &up,
		    0) == 0) {
			p->anchored = true;
			if (gnutls_x509_crt_equals(at, up) == 0)
				p->crt[p->n++] = up;
			return;
		}
		for (i = 1; i < c->chain->n; i++)
			if (gnutls_x509_crt_check_issuer(at,
			    c->chain->crt[i]) != 0)
				break;
		if (i >= c->chain->n || p->n == LIMIT_CHAIN ||
		    gnutls_x509_crt_equals(at, c->chain->crt[i]) != 0)
			return;
		at = c->chain->crt[i];
	}
}

static int
distrust_unknown(const struct distrust *c, const struct path *p,
    struct outcome *o)
{
	gnutls_x509_crt_t top = p->crt[p->n - 1];
	bool self = gnutls_x509_crt_check_issuer(top, top) != 0;
	char who[160], issuer[128];

	names_issuer(top, issuer, sizeof(issuer));
	distrust_who(p, 0, who, sizeof(who));
	if (self && p->n == 1)
		return outcome_fail(o, FAULT_TRUST, STAGE_TLS,
		    "%s is self-signed and not in %s", who, c->where);
	if (self)
		return outcome_fail(o, FAULT_TRUST, STAGE_TLS,
		    "%s leads to the root \"%.80s\", which is not in %s", who,
		    issuer, c->where);
	return outcome_fail(o, FAULT_TRUST, STAGE_TLS,
	    "%s cannot be traced to a trusted root: its issuer \"%.80s\" "
	    "was not sent by the server and is not in %s",
	    p->n == 1 ? who : distrust_who(p, p->n - 1, who, sizeof(who)),
	    issuer, c->where);
}

/* Names the first certificate whose time is not now. */
static int
distrust_dates(const struct path *p, struct outcome *o)
{
	time_t now = clock_now(), from, until;
	char who[160], day[32];
	unsigned i;

	for (i = 0; i < p->n; i++) {
		distrust_who(p, i, who, sizeof(who));
		from = gnutls_x509_crt_get_activation_time(p->crt[i]);
		until = gnutls_x509_crt_get_expiration_time(p->crt[i]);
		if (now > until)
			return outcome_fail(o, FAULT_TRUST, STAGE_TLS,
			    "%s expired on %s", who, distrust_day(until, day));
		if (now < from)
			return outcome_fail(o, FAULT_TRUST, STAGE_TLS,
			    "%s is not valid before %s (is this machine's "
			    "clock right?)", who, distrust_day(from, day));
	}
	return outcome_fail(o, FAULT_TRUST, STAGE_TLS,
	    "%s leads to one that is expired or not valid yet",
	    distrust_who(p, 0, who, sizeof(who)));
}

static int
distrust_revoked(const struct distrust *c, const struct path *p,
    struct outcome *o)
{
	char who[160];
	unsigned i;

	for (i = 0; i < p->n; i++)
		if (c->crls_n > 0 && gnutls_x509_crt_check_revocation(
		    p->crt[i], c->crls, c->crls_n) == 1)
			return outcome_fail(o, FAULT_TRUST, STAGE_TLS,
			    "%s was revoked by its issuer (tls-crl-file)",
			    distrust_who(p, i, who, sizeof(who)));
	return outcome_fail(o, FAULT_TRUST, STAGE_TLS,
	    "%s was revoked by its issuer (stapled OCSP answer)",
	    distrust_who(p, 0, who, sizeof(who)));
}

/* Is the key short, or the signature a broken one (not asked of roots)? */
static bool
distrust_is_weak(gnutls_x509_crt_t crt, bool root, char *text, size_t size)
{
	unsigned bits = 0;
	int pk = gnutls_x509_crt_get_pk_algorithm(crt, &bits);
	int sign = gnutls_x509_crt_get_signature_algorithm(crt);
	const char *name = gnutls_sign_get_name((gnutls_sign_algorithm_t)sign);

	if (pk > 0)
		snprintf(text, size, "%s key of %u bits, signed with %s",
		    gnutls_pk_get_name((gnutls_pk_algorithm_t)pk), bits,
		    name != NULL ? name : "an unknown algorithm");
	else
		snprintf(text, size, "unknown kind of key");
	return pk <= 0 || gnutls_pk_bits_to_sec_param(
	    (gnutls_pk_algorithm_t)pk, bits) < GNUTLS_SEC_PARAM_MEDIUM ||
	    (!root && (sign <= 0 || gnutls_sign_is_secure2(
	    (gnutls_sign_algorithm_t)sign,
	    GNUTLS_SIGN_FLAG_SECURE_FOR_CERTS) == 0));
}

static int
distrust_weak(const struct path *p, struct outcome *o)
{
	char who[160], what[128];
	unsigned i;

	for (i = 0; i < p->n; i++)
		if (distrust_is_weak(p->crt[i], i > 0 && i + 1 == p->n, what,
		    sizeof(what)))
			return outcome_fail(o, FAULT_TRUST, STAGE_TLS,
			    "%s is too weak: %s",
			    distrust_who(p, i, who, sizeof(who)), what);
	return outcome_fail(o, FAULT_TRUST, STAGE_TLS,
	    "%s, or one above it, has a key or a signature weaker than "
	    "tls-priority allows", distrust_who(p, 0, who, sizeof(who)));
}

static int
distrust_plain(const struct path *p, unsigned status, struct outcome *o)
{
	const char *words = "could not be verified";
	char who[160];
	size_t i;

	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if ((status & plain[i].flag) != 0) {
			words = plain[i].words;
			break;
		}
	return outcome_fail(o, FAULT_TRUST, STAGE_TLS, "%s %s",
	    distrust_who(p, 0, who, sizeof(who)), words);
}

/* The pin goes into the advice: whoever has no CA to name will need it. */
static int
distrust_advise(gnutls_x509_crt_t crt, const char *first, struct outcome *o)
{
	gnutls_datum_t der;
	char pin[PIN_SIZE];

	if (gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &der) < 0)
		return -1;
	if (pin_key(&der, pin)[0] != '\0')
		outcome_advise(o, "%s" DISTRUST_ADVICE, first, pin);
	gnutls_free(der.data);
	return -1;
}

int
distrust_chain(const struct distrust *c, unsigned status,
    struct outcome *o)
{
	const char *first = "";
	struct path p;

	distrust_path(c, &p);
	if ((status & GNUTLS_CERT_REVOKED) != 0)
		return distrust_revoked(c, &p, o);
	if ((status & GNUTLS_CERT_SIGNER_NOT_FOUND) != 0) {
		distrust_unknown(c, &p, o);
		first = p.n == 1 && gnutls_x509_crt_check_issuer(p.crt[0],
		    p.crt[0]) != 0 ? "name a copy of it in tls-ca-file; or, " :
		    "name its CA's certificate in tls-ca-file; or, ";
	} else if ((status &
	    (GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED)) != 0)
		distrust_dates(&p, o);
	else if ((status & GNUTLS_CERT_INSECURE_ALGORITHM) != 0)
		distrust_weak(&p, o);
	else
		distrust_plain(&p, status, o);
	return distrust_advise(p.crt[0], first, o);
}

int
distrust_name(gnutls_x509_crt_t crt, const char *name, struct outcome *o)
{
	char list[256], subject[128];

	outcome_fail(o, FAULT_TRUST, STAGE_TLS,
	    "the server's certificate (%.80s) is not for \"%.255s\" but for %s",
	    names_subject(crt, subject, sizeof(subject)), name,
	    names_list(crt, list, sizeof(list)));
	return outcome_advise(o, "connect by a name that it bears, or, if you "
	    "know that this is the right server, give that name in tls-name");
}

int
distrust_pins(const gnutls_datum_t *der, char *const *pins, struct outcome *o)
{
	char key[PIN_SIZE], certificate[PIN_SIZE];
	bool one = pins[0] != NULL && pins[1] == NULL;

	outcome_fail(o, FAULT_TRUST, STAGE_TLS,
	    "the server's certificate does not fit tls-fingerprint%s%s: it is "
	    "%s, %s", one ? " " : "", one ? pins[0] : "",
	    pin_certificate(der, certificate), pin_key(der, key));
	return outcome_advise(o, "somebody may be in between; put the new "
	    "fingerprint there only if the server's operator confirms it");
}
