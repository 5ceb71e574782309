/* SPDX-License-Identifier: ISC */
/* For tests: certificates made on the spot, and what to do with them. */
#ifndef POSTHORN_CERTS_H
#define POSTHORN_CERTS_H

#include <sys/stat.h>

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <gnutls/x509-ext.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "unit.h"

#define DAY 86400

struct identity {
	gnutls_x509_crt_t crt;
	gnutls_x509_privkey_t key;
};

/* What to make; all zero is a server's certificate without a name. */
struct spec {
	const struct identity *issuer;	/* NULL: self-signed */
	const struct identity *key;	/* NULL: a new one */
	const char	*dn;		/* "CN=x,O=y" */
	const gnutls_x509_dn_t *raw_dn;	/* or this one's copy */
	int		 cn_tag;	/* or CN dn, as this ASN.1 string type */
	const char	*san[6];
	unsigned char	 ip[16];
	size_t		 ip_n;
	bool		 ca, v1, aki, rsa1024, ed25519, must_staple, sha1;
	int		 path;		/* path length + 1, 0: none */
	int		 from, until;	/* days from now, 0 0: around now */
	const char	*purpose;	/* an OID */
};

static inline void
certs_ok(int rc)
{
	if (rc < 0)
		fprintf(stderr, "gnutls: %s\n", gnutls_strerror(rc));
	ck_assert_int_ge(rc, 0);
}

/* One attribute, its value being of the given ASN.1 string type. */
static inline void
certs_attribute(gnutls_x509_crt_t crt, const char *oid, int tag,
    const void *value, size_t n)
{
	unsigned char der[1024];

	ck_assert_uint_lt(n, 256);
	der[0] = (unsigned char)tag;
	der[1] = (unsigned char)n;
	if (n > 127) {
		der[1] = 0x81;
		der[2] = (unsigned char)n;
	}
	memcpy(der + 2 + (n > 127), value, n);
	certs_ok(gnutls_x509_crt_set_dn_by_oid(crt, oid, 1, der,
	    (unsigned)(n + 2 + (n > 127))));
}

static inline void
certs_copy_dn(gnutls_x509_crt_t crt, gnutls_x509_dn_t dn)
{
	gnutls_x509_ava_st ava;
	char oid[64];
	int i;

	for (i = 0; gnutls_x509_dn_get_rdn_ava(dn, i, 0, &ava) == 0; i++) {
		snprintf(oid, sizeof(oid), "%.*s", (int)ava.oid.size,
		    (char *)ava.oid.data);
		certs_attribute(crt, oid, (int)ava.value_tag, ava.value.data,
		    ava.value.size);
	}
}

static inline gnutls_x509_privkey_t
certs_key(const struct spec *s)
{
	gnutls_x509_privkey_t key;

	certs_ok(gnutls_x509_privkey_init(&key));
	if (s->key != NULL)
		certs_ok(gnutls_x509_privkey_cpy(key, s->key->key));
	else if (s->rsa1024)
		certs_ok(gnutls_x509_privkey_generate(key, GNUTLS_PK_RSA,
		    1024, 0));
	else if (s->ed25519)
		certs_ok(gnutls_x509_privkey_generate(key,
		    GNUTLS_PK_EDDSA_ED25519, 256, 0));
	else
		certs_ok(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
		    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
	return key;
}

static inline void
certs_extend(gnutls_x509_crt_t crt, const struct spec *s)
{
	gnutls_x509_tlsfeatures_t f;
	unsigned char id[20];
	size_t i, n = sizeof(id);

	certs_ok(gnutls_x509_crt_set_basic_constraints(crt, s->ca,
	    s->path - 1));
	certs_ok(gnutls_x509_crt_set_key_usage(crt, s->ca ?
	    GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN :
	    GNUTLS_KEY_DIGITAL_SIGNATURE));
	for (i = 0; i < 6 && s->san[i] != NULL; i++)
		certs_ok(gnutls_x509_crt_set_subject_alt_name(crt,
		    GNUTLS_SAN_DNSNAME, s->san[i], (unsigned)strlen(s->san[i]),
		    GNUTLS_FSAN_APPEND));
	if (s->ip_n > 0)
		certs_ok(gnutls_x509_crt_set_subject_alt_name(crt,
		    GNUTLS_SAN_IPADDRESS, s->ip, (unsigned)s->ip_n,
		    GNUTLS_FSAN_APPEND));
	if (s->purpose != NULL)
		certs_ok(gnutls_x509_crt_set_key_purpose_oid(crt, s->purpose,
		    0));
	if (s->aki) {
		certs_ok(gnutls_x509_crt_get_key_id(crt, 0, id, &n));
		certs_ok(gnutls_x509_crt_set_subject_key_id(crt, id, n));
		n = sizeof(id);
		if (s->issuer != NULL) {
			certs_ok(gnutls_x509_crt_get_key_id(s->issuer->crt, 0,
			    id, &n));
			certs_ok(gnutls_x509_crt_set_authority_key_id(crt, id,
			    n));
		}
	}
	if (s->must_staple) {
		certs_ok(gnutls_x509_tlsfeatures_init(&f));
		certs_ok(gnutls_x509_tlsfeatures_add(f, 5));
		certs_ok(gnutls_x509_crt_set_tlsfeatures(crt, f));
		gnutls_x509_tlsfeatures_deinit(f);
	}
}

static inline struct identity
certs_make(const struct spec *s)
{
	struct identity id;
	const struct identity *by = s->issuer;
	unsigned char serial[8];
	gnutls_datum_t der;
	time_t now = time(NULL);

	certs_ok(gnutls_x509_crt_init(&id.crt));
	id.key = certs_key(s);
	certs_ok(gnutls_x509_crt_set_version(id.crt, s->v1 ? 1 : 3));
	certs_ok(gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial)));
	serial[0] &= 0x7f;
	certs_ok(gnutls_x509_crt_set_serial(id.crt, serial, sizeof(serial)));
	certs_ok(gnutls_x509_crt_set_activation_time(id.crt, now +
	    (s->from == 0 && s->until == 0 ? -DAY : s->from * DAY)));
	certs_ok(gnutls_x509_crt_set_expiration_time(id.crt, now +
	    (s->from == 0 && s->until == 0 ? 30 * DAY : s->until * DAY)));
	if (s->raw_dn != NULL)
		certs_copy_dn(id.crt, *s->raw_dn);
	else if (s->cn_tag != 0)
		certs_attribute(id.crt, GNUTLS_OID_X520_COMMON_NAME,
		    s->cn_tag, s->dn, strlen(s->dn));
	else if (s->dn != NULL)
		certs_ok(gnutls_x509_crt_set_dn(id.crt, s->dn, NULL));
	certs_ok(gnutls_x509_crt_set_key(id.crt, id.key));
	if (!s->v1)
		certs_extend(id.crt, s);
	by = by != NULL ? by : &id;
	certs_ok(gnutls_x509_crt_sign2(id.crt, by->crt, by->key,
	    gnutls_x509_privkey_get_pk_algorithm(by->key) ==
	    GNUTLS_PK_EDDSA_ED25519 ? GNUTLS_DIG_SHA512 :
	    s->sha1 ? GNUTLS_DIG_SHA1 : GNUTLS_DIG_SHA256, 0));
	/* Only what is read back from DER compares as a real one. */
	certs_ok(gnutls_x509_crt_export2(id.crt, GNUTLS_X509_FMT_DER, &der));
	gnutls_x509_crt_deinit(id.crt);
	certs_ok(gnutls_x509_crt_init(&id.crt));
	certs_ok(gnutls_x509_crt_import(id.crt, &der, GNUTLS_X509_FMT_DER));
	gnutls_free(der.data);
	return id;
}

static inline void
certs_free(struct identity *id)
{
	gnutls_x509_crt_deinit(id->crt);
	gnutls_x509_privkey_deinit(id->key);
}

/* Appends a certificate to a PEM file. */
static inline void
certs_append(const char *path, gnutls_x509_crt_t crt)
{
	gnutls_datum_t pem;
	FILE *f = fopen(path, "a");

	ck_assert_ptr_nonnull(f);
	certs_ok(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem));
	ck_assert_uint_eq(fwrite(pem.data, 1, pem.size, f), pem.size);
	ck_assert_int_eq(fclose(f), 0);
	gnutls_free(pem.data);
}

/* The same with its key. */
static inline void
certs_append_key(const char *path, gnutls_x509_privkey_t key)
{
	gnutls_datum_t pem;
	FILE *f = fopen(path, "a");

	ck_assert_ptr_nonnull(f);
	certs_ok(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &pem));
	ck_assert_uint_eq(fwrite(pem.data, 1, pem.size, f), pem.size);
	ck_assert_int_eq(fclose(f), 0);
	gnutls_free(pem.data);
}

/* A revocation list of one certificate. */
static inline void
certs_revoke(const char *path, const struct identity *issuer,
    gnutls_x509_crt_t crt)
{
	unsigned char serial[32];
	size_t n = sizeof(serial);
	gnutls_x509_crl_t crl;
	gnutls_datum_t pem;
	time_t now = time(NULL);
	FILE *f = fopen(path, "a");

	ck_assert_ptr_nonnull(f);
	certs_ok(gnutls_x509_crl_init(&crl));
	certs_ok(gnutls_x509_crl_set_version(crl, 2));
	certs_ok(gnutls_x509_crl_set_this_update(crl, now - DAY));
	certs_ok(gnutls_x509_crl_set_next_update(crl, now + DAY));
	certs_ok(gnutls_x509_crt_get_serial(crt, serial, &n));
	certs_ok(gnutls_x509_crl_set_crt_serial(crl, serial, n, now - DAY));
	certs_ok(gnutls_x509_crl_sign2(crl, issuer->crt, issuer->key,
	    GNUTLS_DIG_SHA256, 0));
	certs_ok(gnutls_x509_crl_export2(crl, GNUTLS_X509_FMT_PEM, &pem));
	ck_assert_uint_eq(fwrite(pem.data, 1, pem.size, f), pem.size);
	ck_assert_int_eq(fclose(f), 0);
	gnutls_free(pem.data);
	gnutls_x509_crl_deinit(crl);
}

/* Gives credentials this chain (chain[0] with its key). */
static inline void
certs_present(gnutls_certificate_credentials_t cred,
    const struct identity *const *chain, unsigned n)
{
	gnutls_x509_crt_t crt[16];
	unsigned i;

	for (i = 0; i < n; i++)
		crt[i] = chain[i]->crt;
	certs_ok(gnutls_certificate_set_x509_key(cred, crt, (int)n,
	    chain[0]->key));
}

/* Makes a folder for the test's files, and removes it. */
static inline char *
certs_folder(char path[32])
{
	strcpy(path, "/tmp/certs.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(path));
	return path;
}

#endif
