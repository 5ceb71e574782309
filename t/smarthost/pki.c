/* SPDX-License-Identifier: ISC */
/* A throw-away CA and certificates of several kinds. */
#include <sys/file.h>
#include <sys/stat.h>

#include <arpa/inet.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "octets.h"
#include "pki.h"

#define DAY 86400

struct pair {
	gnutls_x509_crt_t	crt;
	gnutls_x509_privkey_t	key;
};

/* One row a kind of certificate. */
struct kind {
	const char	*name;
	const char	*cn;
	bool		 san;		/* the names of a good one */
	const char	*other;		/* SAN instead */
	const char	*purpose;
	int		 from, to;	/* days from now */
	unsigned	 rsa;		/* bits; 0: ECDSA on P-256 */
	bool		 self;
};

static const struct kind kinds[] = {
	{ "good", "smtp.example.test", true, NULL,
	    GNUTLS_KP_TLS_WWW_SERVER, -1, 30, 0, false },
	{ "wrong-name", "other.example.test", false, "other.example.test",
	    GNUTLS_KP_TLS_WWW_SERVER, -1, 30, 0, false },
	{ "expired", "smtp.example.test", true, NULL,
	    GNUTLS_KP_TLS_WWW_SERVER, -30, -1, 0, false },
	{ "not-yet", "smtp.example.test", true, NULL,
	    GNUTLS_KP_TLS_WWW_SERVER, 2, 30, 0, false },
	{ "client-only", "smtp.example.test", true, NULL,
	    GNUTLS_KP_TLS_WWW_CLIENT, -1, 30, 0, false },
	{ "cn-only", "localhost", false, NULL,
	    GNUTLS_KP_TLS_WWW_SERVER, -1, 30, 0, false },
	{ "self-signed", "smtp.example.test", true, NULL,
	    GNUTLS_KP_TLS_WWW_SERVER, -1, 30, 0, true },
	{ "rsa", "smtp.example.test", true, NULL,
	    GNUTLS_KP_TLS_WWW_SERVER, -1, 30, 2048, false },
	{ "rsa1024", "smtp.example.test", true, NULL,
	    GNUTLS_KP_TLS_WWW_SERVER, -1, 30, 1024, false },
	{ "client", "client", false, NULL,
	    GNUTLS_KP_TLS_WWW_CLIENT, -1, 30, 0, false },
};

static void
must(int r, const char *what)
{
	if (r < 0)
		die("certificate: %s: %s", what, gnutls_strerror(r));
}

static void
add_names(gnutls_x509_crt_t c, const struct kind *k)
{
	static const char *const names[] = { "localhost",
	    "smtp.example.test" };
	struct in_addr v4 = { htonl(INADDR_LOOPBACK) };
	struct in6_addr v6 = IN6ADDR_LOOPBACK_INIT;
	const char *n;
	size_t i;

	for (i = 0; i < (k->san ? 2 : k->other != NULL); i++) {
		n = k->san ? names[i] : k->other;
		must(gnutls_x509_crt_set_subject_alt_name(c, GNUTLS_SAN_DNSNAME,
		    n, (unsigned)strlen(n), GNUTLS_FSAN_APPEND), "name");
	}
	if (!k->san)
		return;
	must(gnutls_x509_crt_set_subject_alt_name(c, GNUTLS_SAN_IPADDRESS,
	    &v4, sizeof v4, GNUTLS_FSAN_APPEND), "address");
	must(gnutls_x509_crt_set_subject_alt_name(c, GNUTLS_SAN_IPADDRESS,
	    &v6, sizeof v6, GNUTLS_FSAN_APPEND), "address");
}

/* Key, subject, serial and dates: what CA and leaf have in common. */
static void
begin(struct pair *p, const char *cn, int from, int to, unsigned rsa)
{
	unsigned char serial[12];
	time_t now = time(NULL);

	must(gnutls_x509_privkey_init(&p->key), "key");
	must(gnutls_x509_privkey_generate(p->key,
	    rsa > 0 ? GNUTLS_PK_RSA : GNUTLS_PK_ECDSA, rsa > 0 ? rsa :
	    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0), "key");
	must(gnutls_x509_crt_init(&p->crt), "new");
	must(gnutls_x509_crt_set_version(p->crt, 3), "version");
	must(gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof serial), "serial");
	serial[0] &= 0x7f;
	must(gnutls_x509_crt_set_serial(p->crt, serial, sizeof serial),
	    "serial");
	must(gnutls_x509_crt_set_dn_by_oid(p->crt, GNUTLS_OID_X520_COMMON_NAME,
	    0, cn, (unsigned)strlen(cn)), "subject");
	must(gnutls_x509_crt_set_activation_time(p->crt, now + from * DAY),
	    "date");
	must(gnutls_x509_crt_set_expiration_time(p->crt, now + to * DAY),
	    "date");
	must(gnutls_x509_crt_set_key(p->crt, p->key), "key");
}

static void
finish(struct pair *p, const struct pair *issuer)
{
	unsigned char id[64];
	size_t n = sizeof id;

	must(gnutls_x509_crt_get_key_id(p->crt, 0, id, &n), "key id");
	must(gnutls_x509_crt_set_subject_key_id(p->crt, id, n), "key id");
	must(gnutls_x509_crt_sign2(p->crt, issuer->crt, issuer->key,
	    GNUTLS_DIG_SHA256, 0), "sign");
}

static void
make_ca(struct pair *p)
{
	begin(p, "posthorn throw-away test CA", -2, 60, 0);
	must(gnutls_x509_crt_set_basic_constraints(p->crt, 1, -1), "CA");
	must(gnutls_x509_crt_set_key_usage(p->crt, GNUTLS_KEY_KEY_CERT_SIGN |
	    GNUTLS_KEY_CRL_SIGN), "usage");
	finish(p, p);
}

static void
make_leaf(struct pair *p, const struct kind *k, const struct pair *ca)
{
	begin(p, k->cn, k->from, k->to, k->rsa);
	add_names(p->crt, k);
	must(gnutls_x509_crt_set_basic_constraints(p->crt, 0, -1), "leaf");
	must(gnutls_x509_crt_set_key_purpose_oid(p->crt, k->purpose, 0),
	    "purpose");
	must(gnutls_x509_crt_set_key_usage(p->crt,
	    GNUTLS_KEY_DIGITAL_SIGNATURE), "usage");
	finish(p, k->self ? p : ca);
}

static void
pair_free(struct pair *p)
{
	gnutls_x509_crt_deinit(p->crt);
	gnutls_x509_privkey_deinit(p->key);
}

/* Certificate and key into one file, which appears whole or not at all. */
static void
save(const struct pair *p, const char *path, bool key)
{
	char temporary[4200];
	gnutls_datum_t crt, pem;
	FILE *f;

	must(gnutls_x509_crt_export2(p->crt, GNUTLS_X509_FMT_PEM, &crt),
	    "PEM");
	must(gnutls_x509_privkey_export2_pkcs8(p->key, GNUTLS_X509_FMT_PEM,
	    NULL, GNUTLS_PKCS_PLAIN, &pem), "PEM");
	snprintf(temporary, sizeof temporary, "%s.%ld", path, (long)getpid());
	f = fopen(temporary, "w");
	if (f == NULL || fchmod(fileno(f), 0600) == -1)
		die("%s: cannot be written", temporary);
	fwrite(crt.data, 1, crt.size, f);
	if (key)
		fwrite(pem.data, 1, pem.size, f);
	if (fclose(f) != 0 || rename(temporary, path) == -1)
		die("%s: cannot be written", path);
	gnutls_free(crt.data);
	gnutls_free(pem.data);
}

static void
load(struct pair *p, const char *path)
{
	gnutls_datum_t d;

	must(gnutls_load_file(path, &d), path);
	must(gnutls_x509_crt_init(&p->crt), "new");
	must(gnutls_x509_privkey_init(&p->key), "key");
	must(gnutls_x509_crt_import(p->crt, &d, GNUTLS_X509_FMT_PEM), path);
	must(gnutls_x509_privkey_import2(p->key, &d, GNUTLS_X509_FMT_PEM,
	    NULL, 0), path);
	gnutls_free(d.data);
}

static void
need_leaf(const char *folder, const char *kind, const struct pair *ca)
{
	char path[4096];
	struct pair p;
	size_t i, n = sizeof kinds / sizeof kinds[0];

	snprintf(path, sizeof path, "%s/%s%s.pem", folder,
	    strcmp(kind, "client") == 0 ? "" : "server-", kind);
	if (access(path, R_OK) == 0)
		return;
	for (i = 0; i < n && strcmp(kinds[i].name, kind) != 0; i++)
		;
	if (i == n)
		die("no such kind of certificate: %s", kind);
	make_leaf(&p, &kinds[i], ca);
	save(&p, path, true);
	pair_free(&p);
}

void
pki_make(const char *folder, const char *kind, char *path, unsigned long size)
{
	char name[4096];
	struct pair ca;
	int fd;

	(void)mkdir(folder, 0700);
	snprintf(name, sizeof name, "%s/lock", folder);
	fd = open(name, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (fd == -1 || flock(fd, LOCK_EX) == -1)
		die("%s: cannot be written", name);
	snprintf(name, sizeof name, "%s/ca-key.pem", folder);
	if (access(name, R_OK) == -1) {
		make_ca(&ca);
		save(&ca, name, true);
		snprintf(name, sizeof name, "%s/ca.pem", folder);
		save(&ca, name, false);
	} else {
		load(&ca, name);
	}
	need_leaf(folder, "client", &ca);
	need_leaf(folder, kind, &ca);
	pair_free(&ca);
	close(fd);
	snprintf(path, size, "%s/server-%s.pem", folder, kind);
}
