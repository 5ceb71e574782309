/* SPDX-License-Identifier: ISC */
/* Trust: found by issuer or in the whole bundle, the verdict is the same. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "base/buf.h"
#include "base/clock.h"
#include "net/bundle.h"
#include "net/names.h"
#include "net/pin.h"
#include "net/trust.h"

#include "certs.h"

#define PRIORITY \
	"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%PROFILE_MEDIUM"
#define MAX_ROOTS 200
#ifdef UNIT_ASAN
#define STRIDE	5		/* of what takes long */
#else
#define STRIDE	1
#endif

/* Two sessions in one process, each other's wire. */
struct pair {
	gnutls_session_t client, server;
	gnutls_certificate_credentials_t cred, server_cred;
	struct buf	 up, down;
};

struct end {
	struct buf	*in, *out;
};

static char dir[32], bundle[64];
static struct identity roots[MAX_ROOTS];
static size_t roots_n;

static ssize_t
end_push(gnutls_transport_ptr_t p, const void *data, size_t n)
{
	ck_assert_int_eq(buf_add(((struct end *)p)->out, data, n), 0);
	return (ssize_t)n;
}

static ssize_t
end_pull(gnutls_transport_ptr_t p, void *data, size_t n)
{
	struct buf *b = ((struct end *)p)->in;

	if (b->len == 0) {
		errno = EAGAIN;
		return -1;
	}
	n = n < b->len ? n : b->len;
	memcpy(data, b->data, n);
	buf_drop(b, n);
	return (ssize_t)n;
}

static void
pair_side(gnutls_session_t *s, unsigned flags,
    gnutls_certificate_credentials_t cred, struct end *e)
{
	certs_ok(gnutls_init(s, flags | GNUTLS_NO_TICKETS));
	certs_ok(gnutls_priority_set_direct(*s, PRIORITY, NULL));
	certs_ok(gnutls_credentials_set(*s, GNUTLS_CRD_CERTIFICATE, cred));
	gnutls_transport_set_ptr(*s, e);
	gnutls_transport_set_push_function(*s, end_push);
	gnutls_transport_set_pull_function(*s, end_pull);
}

static void
pair_open(struct pair *p, const struct identity *const *chain, unsigned n)
{
	struct end up = { &p->down, &p->up }, down = { &p->up, &p->down };
	int c, s;

	buf_init(&p->up, 1 << 20);
	buf_init(&p->down, 1 << 20);
	certs_ok(gnutls_certificate_allocate_credentials(&p->cred));
	certs_ok(gnutls_certificate_allocate_credentials(&p->server_cred));
	certs_present(p->server_cred, chain, n);
	pair_side(&p->client, GNUTLS_CLIENT, p->cred, &up);
	pair_side(&p->server, GNUTLS_SERVER, p->server_cred, &down);
	do {
		c = gnutls_handshake(p->client);
		s = gnutls_handshake(p->server);
		ck_assert(c == 0 || c == GNUTLS_E_AGAIN);
		ck_assert(s == 0 || s == GNUTLS_E_AGAIN);
	} while (c != 0 || s != 0);
}

static void
pair_close(struct pair *p)
{
	gnutls_deinit(p->client);
	gnutls_deinit(p->server);
	gnutls_certificate_free_credentials(p->cred);
	gnutls_certificate_free_credentials(p->server_cred);
	buf_free(&p->up);
	buf_free(&p->down);
}

/* Chain, purpose and name by the whole bundle. */
static bool
whole(struct pair *p, const char *ca)
{
	gnutls_typed_vdata_st d = { .type = GNUTLS_DT_KEY_PURPOSE_OID,
	    .data = (void *)GNUTLS_KP_TLS_WWW_SERVER };
	unsigned status = 0;

	certs_ok(gnutls_certificate_set_x509_trust_file(p->cred, ca,
	    GNUTLS_X509_FMT_PEM));
	return gnutls_certificate_verify_peers(p->client, &d, 1,
	    &status) == 0 && status == 0;
}

/* Asserts that both ways agree; returns the verdict. */
static bool
same(const char *ca, const struct identity *const *chain, unsigned n)
{
	struct trust t = { .name = "mx.example.org", .ca_file = ca,
	    .verify = true };
	struct outcome o;
	struct pair p;
	bool want, got;

	pair_open(&p, chain, n);
	want = whole(&p, ca);
	outcome_clear(&o);
	got = trust_check(p.client, p.cred, &t, &o) == 0;
	if (want != got)
		fprintf(stderr, "whole %d, by issuer %d: %s\n", want, got,
		    o.text);
	ck_assert_int_eq(want, got);
	ck_assert(got || o.fault == FAULT_TRUST);
	ck_assert(got || o.text[0] != '\0');
	pair_close(&p);
	return got;
}

static struct outcome
judge(const struct trust *t, const struct identity *const *chain, unsigned n)
{
	struct outcome o;
	struct pair p;
	int rc;

	pair_open(&p, chain, n);
	outcome_clear(&o);
	rc = trust_check(p.client, p.cred, t, &o);
	ck_assert_int_eq(rc == 0, o.fault == FAULT_NONE);
	pair_close(&p);
	return o;
}

static void
add_root(const struct spec *s)
{
	ck_assert_uint_lt(roots_n, MAX_ROOTS);
	roots[roots_n] = certs_make(s);
	certs_append(bundle, roots[roots_n++].crt);
}

/* A bundle of all the awkward kinds. */
static void
make_bundle(void)
{
	static const int tags[] = { 0x0c, 0x13, 0x14, 0x16, 0x0c };
	char dn[64];
	size_t i, base;

	for (i = 0; i < 24; i++) {
		snprintf(dn, sizeof(dn), "CN=Root %zu,O=Test,C=DE", i % 20);
		add_root(&(struct spec){ .dn = dn, .ca = true,
		    .aki = i % 3 == 0 });
	}
	for (i = 0; i < 6; i++)		/* equal names, own keys */
		add_root(&(struct spec){ .dn = "CN=Many,O=Test", .ca = true,
		    .aki = i > 2, .from = i == 1 ? -9 : -1,
		    .until = i == 1 ? -1 : 9 });
	for (i = 0; i < 4; i++) {	/* cross-signed both ways */
		base = roots_n;
		snprintf(dn, sizeof(dn), "CN=Old %zu", i);
		add_root(&(struct spec){ .dn = dn, .ca = true });
		snprintf(dn, sizeof(dn), "CN=New %zu", i);
		add_root(&(struct spec){ .dn = dn, .ca = true });
		add_root(&(struct spec){ .dn = dn, .ca = true,
		    .key = &roots[base + 1], .issuer = &roots[base] });
	}
	for (i = 0; i < 5; i++) {
		snprintf(dn, sizeof(dn), "CN=Expired %zu", i);
		add_root(&(struct spec){ .dn = dn, .ca = true, .from = -9,
		    .until = -1 });
	}
	for (i = 0; i < 4; i++) {
		snprintf(dn, sizeof(dn), "CN=V1 %zu", i);
		add_root(&(struct spec){ .dn = dn, .v1 = true });
	}
	for (i = 0; i < 5; i++)		/* spelt in other string types */
		add_root(&(struct spec){ .dn = "Typed", .cn_tag = tags[i],
		    .ca = true });
	add_root(&(struct spec){ .dn = "CN=typed", .ca = true });
	add_root(&(struct spec){ .dn = "CN=TYPED", .ca = true });
	add_root(&(struct spec){ .dn = "CN=Not Yet", .ca = true, .from = 2,
	    .until = 9 });
	add_root(&(struct spec){ .dn = "CN=No CA" });
	add_root(&(struct spec){ .dn = "CN=Narrow", .ca = true, .path = 1 });
	add_root(&(struct spec){ .dn = "CN=Weak", .ca = true,
	    .rsa1024 = true });
	add_root(&(struct spec){ .dn = "CN=Ed", .ca = true, .ed25519 = true });
	add_root(&(struct spec){ .ca = true });	/* without a name */
}

static void
setup(void)
{
	certs_ok(gnutls_global_init());
	certs_folder(dir);
	snprintf(bundle, sizeof(bundle), "%s/bundle.pem", dir);
}

static void
teardown(void)
{
	char path[400];
	struct dirent *e;
	DIR *d = opendir(dir);

	while (d != NULL && (e = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		unlink(path);
	}
	closedir(d);
	rmdir(dir);
	while (roots_n > 0)
		certs_free(&roots[--roots_n]);
}

/* Every kind of chain that may lead to root, or seem to. */
static unsigned
chains_under(const struct identity *root, const char *ca)
{
	struct identity leaf, mid, under, late, self, liar, below;
	struct spec s = { .issuer = root, .san = { "mx.example.org" },
	    .dn = "CN=mx" };
	unsigned good = 0;

	leaf = certs_make(&s);
	s.from = -9;
	s.until = -1;
	late = certs_make(&s);
	mid = certs_make(&(struct spec){ .issuer = root, .ca = true,
	    .dn = "CN=Mid" });
	s = (struct spec){ .issuer = &mid, .san = { "mx.example.org" },
	    .dn = "CN=mx", .aki = true };
	under = certs_make(&s);
	/* The same name under another key, and what that signs. */
	liar = certs_make(&(struct spec){ .ca = true, .dn = "CN=x" });
	gnutls_x509_crt_deinit(liar.crt);
	gnutls_x509_crt_init(&liar.crt);
	{
		struct identity fake;
		gnutls_x509_dn_t dn;

		certs_ok(gnutls_x509_crt_get_subject(root->crt, &dn));
		fake = certs_make(&(struct spec){ .ca = true, .raw_dn = &dn,
		    .key = &liar });
		gnutls_x509_crt_deinit(liar.crt);
		liar.crt = fake.crt;
		gnutls_x509_privkey_deinit(fake.key);
	}
	s = (struct spec){ .issuer = &liar, .san = { "mx.example.org" },
	    .dn = "CN=mx" };
	below = certs_make(&s);
	s = (struct spec){ .san = { "mx.example.org" }, .dn = "CN=mx" };
	self = certs_make(&s);

#define TRY(...) do { const struct identity *c[] = { __VA_ARGS__ }; \
	good += same(ca, c, sizeof(c) / sizeof(c[0])); } while (0)
	TRY(&leaf);
	TRY(&leaf, root);
	TRY(&leaf, &mid, root);
	TRY(&late, root);
	TRY(&under, &mid);
	TRY(&under, &mid, root);
	TRY(&under, root, &mid);
	TRY(&under);
	TRY(&under, root);
	TRY(&below);
	TRY(&below, &liar);
	TRY(&below, &liar, root);
	TRY(&self);
	TRY(&self, root);
#undef TRY
	certs_free(&leaf);
	certs_free(&mid);
	certs_free(&under);
	certs_free(&late);
	certs_free(&self);
	certs_free(&liar);
	certs_free(&below);
	return good;
}

START_TEST(test_same_verdicts)
{
	struct identity stranger;
	unsigned good = 0, i;

	make_bundle();
	ck_assert_uint_ge(roots_n, 60);
	for (i = 0; i < roots_n; i += STRIDE)
		good += chains_under(&roots[i], bundle);
	ck_assert_uint_gt(good, 5 * 40 / STRIDE);
	for (i = 0; i < 3; i++) {
		stranger = certs_make(&(struct spec){ .ca = true,
		    .dn = "CN=Stranger,O=Test" });
		ck_assert_uint_eq(chains_under(&stranger, bundle), 0);
		certs_free(&stranger);
	}
}
END_TEST

/* A cross-signed root sent along, and its self-signed twin trusted. */
START_TEST(test_cross_signed)
{
	struct identity old, new, cross, leaf, forgotten;
	const char *ca = bundle;

	old = certs_make(&(struct spec){ .dn = "CN=Old", .ca = true,
	    .from = -9, .until = -1 });
	forgotten = certs_make(&(struct spec){ .dn = "CN=Gone", .ca = true });
	new = certs_make(&(struct spec){ .dn = "CN=New", .ca = true });
	cross = certs_make(&(struct spec){ .dn = "CN=New", .ca = true,
	    .key = &new, .issuer = &forgotten });
	leaf = certs_make(&(struct spec){ .issuer = &new,
	    .san = { "mx.example.org" } });
	certs_append(bundle, old.crt);
	certs_append(bundle, new.crt);
	ck_assert(same(ca, (const struct identity *[]){ &leaf, &cross }, 2));
	ck_assert(same(ca, (const struct identity *[]){ &leaf, &cross,
	    &forgotten }, 3));
	ck_assert(same(ca, (const struct identity *[]){ &leaf }, 1));
	certs_free(&old);
	certs_free(&new);
	certs_free(&cross);
	certs_free(&leaf);
	certs_free(&forgotten);
}
END_TEST

/* Under the names of the system's roots, with keys of our own. */
START_TEST(test_system_names)
{
	const char *path = trust_bundle();
	gnutls_x509_crt_t *crt;
	gnutls_x509_dn_t dn;
	struct identity twin, leaf;
	struct outcome o;
	struct buf pem;
	size_t n, i;
	unsigned good = 0;

	if (path == NULL)
		return;
	ck_assert_int_eq(bundle_read(&pem, "bundle", path, &o), 0);
	n = bundle_select(&pem, NULL, 0, &crt);
	buf_free(&pem);
	ck_assert_uint_gt(n, 0);
	for (i = 0; i < n && i < MAX_ROOTS; i++) {
		certs_ok(gnutls_x509_crt_get_subject(crt[i], &dn));
		if (i % 2 == 0)
			add_root(&(struct spec){ .ca = true, .raw_dn = &dn });
	}
	for (i = 0; i < n && i < MAX_ROOTS; i += STRIDE) {
		const struct identity *c[1] = { &leaf };

		certs_ok(gnutls_x509_crt_get_subject(crt[i], &dn));
		if (i % 2 == 0)
			leaf = certs_make(&(struct spec){
			    .issuer = &roots[i / 2],
			    .san = { "mx.example.org" } });
		else {
			twin = certs_make(&(struct spec){ .ca = true,
			    .raw_dn = &dn });
			leaf = certs_make(&(struct spec){ .issuer = &twin,
			    .san = { "mx.example.org" } });
			certs_free(&twin);
		}
		good += same(bundle, c, 1);
		certs_free(&leaf);
	}
	ck_assert_uint_ge(good, (n + 1) / 2 / STRIDE);
	for (i = 0; i < n; i++)
		gnutls_x509_crt_deinit(crt[i]);
	gnutls_free(crt);
}
END_TEST

/* What is selected from the system's bundle is what bears the name. */
START_TEST(test_select_system)
{
	const char *path = trust_bundle();
	gnutls_x509_crt_t *all, *some;
	gnutls_datum_t dn, other;
	struct outcome o;
	struct buf pem;
	size_t n, m, i, j, want;

	if (path == NULL)
		return;
	ck_assert_int_eq(bundle_read(&pem, "bundle", path, &o), 0);
	n = bundle_select(&pem, NULL, 0, &all);
	for (i = 0; i < n; i++) {
		certs_ok(gnutls_x509_crt_get_raw_dn(all[i], &dn));
		for (j = want = 0; j < n; j++) {
			certs_ok(gnutls_x509_crt_get_raw_dn(all[j], &other));
			want += other.size == dn.size && memcmp(other.data,
			    dn.data, dn.size) == 0;
			gnutls_free(other.data);
		}
		m = bundle_select(&pem, &dn, 1, &some);
		ck_assert_uint_eq(m, want);
		for (j = 0; j < m; j++)
			gnutls_x509_crt_deinit(some[j]);
		free(some);
		gnutls_free(dn.data);
	}
	for (i = 0; i < n; i++)
		gnutls_x509_crt_deinit(all[i]);
	free(all);
	buf_free(&pem);
}
END_TEST

static size_t
select_text(const char *text, size_t n, const gnutls_datum_t *dn)
{
	gnutls_x509_crt_t *crt;
	struct buf b;
	size_t found, i;

	buf_init(&b, 1 << 20);
	ck_assert_int_eq(buf_add(&b, text, n), 0);
	found = bundle_select(&b, dn, dn != NULL, &crt);
	for (i = 0; i < found; i++)
		gnutls_x509_crt_deinit(crt[i]);
	free(crt);
	buf_free(&b);
	return found;
}

/* Line ends, blanks, headers, cuts and garbage in a bundle. */
START_TEST(test_bundle_texts)
{
	struct identity id = certs_make(&(struct spec){ .ca = true,
	    .dn = "CN=A" });
	gnutls_datum_t dn, pem;
	char *text, *p;
	size_t n, i;

	certs_ok(gnutls_x509_crt_get_raw_dn(id.crt, &dn));
	certs_ok(gnutls_x509_crt_export2(id.crt, GNUTLS_X509_FMT_PEM, &pem));
	text = malloc(8 * pem.size);
	ck_assert_ptr_nonnull(text);
	ck_assert_uint_eq(select_text("", 0, &dn), 0);
	ck_assert_uint_eq(select_text((char *)pem.data, pem.size, &dn), 1);
	ck_assert_uint_eq(select_text((char *)pem.data, pem.size, NULL), 1);
	for (i = n = 0; i < pem.size; i++) {	/* CRLF, blanks */
		if (pem.data[i] == '\n') {
			text[n++] = ' ';
			text[n++] = '\r';
		}
		text[n++] = (char)pem.data[i];
	}
	ck_assert_uint_eq(select_text(text, n, &dn), 1);
	/* One line, the older label, words around. */
	n = (size_t)sprintf(text, "words\n-----BEGIN X509 CERTIFICATE-----");
	p = memchr(pem.data, '\n', pem.size);
	for (i = (size_t)(p - (char *)pem.data); pem.data[i] != '-'; i++)
		if (pem.data[i] != '\n')
			text[n++] = (char)pem.data[i];
	n += (size_t)sprintf(text + n, "-----END X509 CERTIFICATE-----"
	    "\n-----BEGIN CERTIFICATE REQUEST-----\n-----BEGIN CERTIF");
	ck_assert_uint_eq(select_text(text, n, &dn), 1);
	/* Cut anywhere: nothing bad, and nothing found until the end line. */
	for (i = 0; i < pem.size - 2; i++)
		ck_assert_uint_le(select_text((char *)pem.data, i, &dn), 1);
	/* Every octet changed once. */
	for (i = 0; i < pem.size; i++) {
		pem.data[i] ^= 0x15;
		ck_assert_uint_le(select_text((char *)pem.data, pem.size,
		    &dn), 1);
		pem.data[i] ^= 0x15;
	}
	free(text);
	gnutls_free(pem.data);
	gnutls_free(dn.data);
	certs_free(&id);
}
END_TEST

/* A spoilt certificate in the bundle spoils nothing else. */
START_TEST(test_bundle_spoilt)
{
	struct identity root = certs_make(&(struct spec){ .ca = true,
	    .dn = "CN=A" });
	struct identity leaf = certs_make(&(struct spec){ .issuer = &root,
	    .san = { "mx.example.org" } });
	struct identity other = certs_make(&(struct spec){
	    .san = { "mx.example.org" } });
	struct trust t = { .name = "mx.example.org", .ca_file = bundle,
	    .verify = true };
	const struct identity *c[] = { &leaf }, *d[] = { &other };
	struct outcome o;
	FILE *f = fopen(bundle, "w");

	fputs("-----BEGIN CERTIFICATE-----\nMIIBnonsense\n"
	    "-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\n", f);
	fclose(f);
	certs_append(bundle, root.crt);
	ck_assert_int_eq(judge(&t, c, 1).fault, FAULT_NONE);
	ck_assert_int_eq(judge(&t, d, 1).fault, FAULT_TRUST);
	f = fopen(bundle, "w");		/* nothing in it at all */
	fclose(f);
	o = judge(&t, c, 1);
	ck_assert_int_eq(o.fault, FAULT_CONFIG);
	ck_assert_ptr_nonnull(strstr(o.text, bundle));
	unlink(bundle);
	o = judge(&t, c, 1);
	ck_assert_int_eq(o.fault, FAULT_CONFIG);
	ck_assert_ptr_nonnull(strstr(o.text, "No such file"));
	ck_assert_int_eq(mkfifo(bundle, 0600), 0);	/* not waited for */
	ck_assert_int_eq(judge(&t, c, 1).fault, FAULT_CONFIG);
	unlink(bundle);
	certs_free(&root);
	certs_free(&leaf);
	certs_free(&other);
}
END_TEST

/* What is wrong with a certificate, and the word that must be in the text. */
static const struct {
	struct spec	 leaf, root;
	const char	*word;		/* NULL: it is fine */
	const char	*name;		/* NULL: mx.example.org */
} cases[] = {
	{ { .san = { "mx.example.org" } }, { 0 }, NULL, NULL },
	{ { .san = { "MX.Example.ORG" } }, { 0 }, NULL, NULL },
	{ { .san = { "mx.example.org" } }, { 0 }, NULL, "mx.EXAMPLE.org." },
	{ { .san = { "a.test", "mx.example.org" } }, { 0 }, NULL, NULL },
	{ { .san = { "mx.example.org" }, .from = -9, .until = -2 }, { 0 },
	    "server's certificate (mx) expired on 2", NULL },
	{ { .san = { "mx.example.org" }, .from = 1, .until = 3 }, { 0 },
	    "is not valid before 2", NULL },
	{ { .san = { "mx.example.org" } }, { .from = -9, .until = -1 },
	    "root certificate (Root) expired", NULL },
	{ { .san = { "a.test", "b.test" } }, { 0 },
	    "not for \"mx.example.org\" but for a.test, b.test", NULL },
	{ { .dn = "CN=mx.example.org" }, { 0 }, "but for no name", NULL },
	{ { .dn = "CN=mx.example.org", .san = { "a.test" } }, { 0 },
	    "but for a.test", NULL },
	{ { .san = { "*.example.org" } }, { 0 }, NULL, NULL },
	{ { .san = { "*.example.org" } }, { 0 }, "not for", "example.org" },
	{ { .san = { "*.example.org" } }, { 0 }, "not for",
	    "a.mx.example.org" },
	{ { .san = { "m*.example.org" } }, { 0 }, "not for", NULL },
	{ { .san = { "*x.example.org" } }, { 0 }, "not for", NULL },
	{ { .san = { "mx.*.org" } }, { 0 }, "not for", NULL },
	{ { .san = { "*.org" } }, { 0 }, "not for", "example.org" },
	{ { .san = { "*" } }, { 0 }, "not for", "org" },
	{ { .san = { "*.*.org" } }, { 0 }, "not for", NULL },
	{ { .san = { "xn--mx-xka.example.org" } }, { 0 }, NULL,
	    "m\xc3\xbcx.example.org" },
	{ { .ip = { 192, 0, 2, 1 }, .ip_n = 4 }, { 0 }, NULL, "192.0.2.1" },
	{ { .ip = { 192, 0, 2, 2 }, .ip_n = 4 }, { 0 },
	    "not for \"192.0.2.1\" but for 192.0.2.2", "192.0.2.1" },
	{ { .ip = { 0x20, 1, 0xd, 0xb8, [15] = 1 }, .ip_n = 16 }, { 0 }, NULL,
	    "2001:db8::1" },
	{ { .san = { "192.0.2.1" }, .dn = "CN=192.0.2.1" }, { 0 }, "not for",
	    "192.0.2.1" },
	{ { .san = { "mx.example.org" }, .purpose = GNUTLS_KP_TLS_WWW_CLIENT },
	    { 0 }, "not meant for servers", NULL },
	{ { .san = { "mx.example.org" }, .purpose = GNUTLS_KP_TLS_WWW_SERVER },
	    { 0 }, NULL, NULL },
	{ { .san = { "mx.example.org" }, .must_staple = true }, { 0 },
	    "stapled OCSP", NULL },
	{ { .san = { "mx.example.org" } }, { .rsa1024 = true },
	    "too weak: RSA key of 1024 bits", NULL },
	{ { .san = { "mx.example.org" }, .sha1 = true }, { 0 },
	    "too weak", NULL },
};

START_TEST(test_cases)
{
	struct spec s = cases[_i].root, l = cases[_i].leaf;
	struct trust t = { .ca_file = bundle, .verify = true };
	struct identity root, leaf;
	struct outcome o;

	t.name = cases[_i].name != NULL ? cases[_i].name : "mx.example.org";
	t.name_is_address = names_address(t.name);
	s.ca = true;
	s.dn = "CN=Root,O=Test";
	root = certs_make(&s);
	l.issuer = &root;
	if (l.dn == NULL)
		l.dn = "CN=mx";
	leaf = certs_make(&l);
	certs_append(bundle, root.crt);
	o = judge(&t, (const struct identity *[]){ &leaf }, 1);
	if (cases[_i].word == NULL)
		ck_assert_str_eq(o.text, "");
	else {
		ck_assert_int_eq(o.fault, FAULT_TRUST);
		ck_assert_int_eq(o.scope, SCOPE_HOST);
		ck_assert_int_eq(o.verdict, VERDICT_LATER);
		if (strstr(o.text, cases[_i].word) == NULL)
			ck_abort_msg("case %d: %s", _i, o.text);
		ck_assert_str_ne(o.advice, "");
	}
	certs_free(&root);
	certs_free(&leaf);
}
END_TEST

START_TEST(test_chain_words)
{
	struct trust t = { .name = "mx.example.org", .ca_file = bundle,
	    .verify = true };
	struct identity root, mid, old, leaf, under, self, other;
	struct outcome o;

	root = certs_make(&(struct spec){ .ca = true, .dn = "CN=Root" });
	other = certs_make(&(struct spec){ .ca = true, .dn = "CN=Other" });
	mid = certs_make(&(struct spec){ .ca = true, .dn = "CN=Mid",
	    .issuer = &root });
	old = certs_make(&(struct spec){ .ca = true, .dn = "CN=Old",
	    .issuer = &other, .from = -5, .until = -1 });
	leaf = certs_make(&(struct spec){ .issuer = &mid, .dn = "CN=mx",
	    .san = { "mx.example.org" } });
	under = certs_make(&(struct spec){ .issuer = &old, .dn = "CN=mx",
	    .san = { "mx.example.org" } });
	self = certs_make(&(struct spec){ .dn = "CN=mx",
	    .san = { "mx.example.org" } });
	certs_append(bundle, other.crt);
#define WORDS(word, ...) do { \
	const struct identity *c[] = { __VA_ARGS__ }; \
	o = judge(&t, c, sizeof(c) / sizeof(c[0])); \
	ck_assert_int_eq(o.fault, FAULT_TRUST); \
	if (strstr(o.text, word) == NULL) \
		ck_abort_msg("%s", o.text); } while (0)
	WORDS("the server's certificate (mx) is self-signed and not in", &self);
	ck_assert_ptr_nonnull(strstr(o.advice, "only if you know"));
	ck_assert_ptr_nonnull(strstr(o.advice, "\"spki-sha256:"));
	WORDS("issuer \"Mid\" was not sent", &leaf);
	WORDS("the intermediate certificate (Mid) cannot be traced", &leaf,
	    &mid);
	WORDS("leads to the root \"Root\", which is not in", &leaf, &mid,
	    &root);
	WORDS("the intermediate certificate (Old) expired on", &under, &old);
#undef WORDS
	/* A certificate that is itself in the file is trusted as it is. */
	certs_append(bundle, self.crt);
	o = judge(&t, (const struct identity *[]){ &self }, 1);
	ck_assert_str_eq(o.text, "");
	certs_free(&root);
	certs_free(&other);
	certs_free(&mid);
	certs_free(&old);
	certs_free(&leaf);
	certs_free(&under);
	certs_free(&self);
}
END_TEST

START_TEST(test_crl)
{
	char path[64];
	struct trust t = { .name = "mx.example.org", .ca_file = bundle,
	    .crl_file = path, .verify = true };
	struct identity root, leaf, good;
	struct outcome o;
	FILE *f;

	snprintf(path, sizeof(path), "%s/crl.pem", dir);
	root = certs_make(&(struct spec){ .ca = true, .dn = "CN=Root" });
	leaf = certs_make(&(struct spec){ .issuer = &root, .dn = "CN=mx",
	    .san = { "mx.example.org" } });
	good = certs_make(&(struct spec){ .issuer = &root,
	    .san = { "mx.example.org" } });
	certs_append(bundle, root.crt);
	certs_revoke(path, &root, leaf.crt);
	o = judge(&t, (const struct identity *[]){ &leaf }, 1);
	ck_assert_int_eq(o.fault, FAULT_TRUST);
	ck_assert_ptr_nonnull(strstr(o.text, "(mx) was revoked"));
	ck_assert_ptr_nonnull(strstr(o.text, "tls-crl-file"));
	o = judge(&t, (const struct identity *[]){ &good }, 1);
	ck_assert_str_eq(o.text, "");
	f = fopen(path, "w");
	fputs("not a list\n", f);
	fclose(f);
	o = judge(&t, (const struct identity *[]){ &good }, 1);
	ck_assert_int_eq(o.fault, FAULT_CONFIG);
	ck_assert_ptr_nonnull(strstr(o.text, "tls-crl-file"));
	unlink(path);
	o = judge(&t, (const struct identity *[]){ &good }, 1);
	ck_assert_int_eq(o.fault, FAULT_CONFIG);
	certs_free(&root);
	certs_free(&leaf);
	certs_free(&good);
}
END_TEST

START_TEST(test_pins)
{
	char cert[PIN_SIZE], key[PIN_SIZE];
	char *pins[3] = { NULL, NULL, NULL };
	struct trust t = { .name = "other.test", .ca_file = "/nonexistent",
	    .pins = pins, .verify = true };
	struct identity self = certs_make(&(struct spec){ .dn = "CN=mx",
	    .from = -9, .until = -1 });
	const struct identity *c[] = { &self };
	struct outcome o;
	gnutls_datum_t der;

	certs_ok(gnutls_x509_crt_export2(self.crt, GNUTLS_X509_FMT_DER, &der));
	pin_certificate(&der, cert);
	pin_key(&der, key);
	gnutls_free(der.data);
	ck_assert_uint_eq(strlen(cert), 7 + 64);
	ck_assert_uint_eq(strlen(key), 12 + 64);
	pins[0] = cert;
	ck_assert_str_eq(judge(&t, c, 1).text, "");
	pins[0] = key;
	ck_assert_str_eq(judge(&t, c, 1).text, "");
	pins[0] = (char *)(uintptr_t)"sha256:00";
	pins[1] = key;
	ck_assert_str_eq(judge(&t, c, 1).text, "");
	pins[1] = NULL;
	o = judge(&t, c, 1);
	ck_assert_int_eq(o.fault, FAULT_TRUST);
	ck_assert_ptr_nonnull(strstr(o.text, cert));
	ck_assert_ptr_nonnull(strstr(o.text, key));
	cert[20] = cert[20] == '0' ? '1' : '0';
	pins[0] = cert;
	ck_assert_int_eq(judge(&t, c, 1).fault, FAULT_TRUST);
	t.verify = false;		/* a pin is meant, whatever else is */
	ck_assert_int_eq(judge(&t, c, 1).fault, FAULT_TRUST);
	t.pins = NULL;
	ck_assert_str_eq(judge(&t, c, 1).text, "");
	certs_free(&self);
}
END_TEST

/* The key's fingerprint is the SHA-256 of the SubjectPublicKeyInfo. */
START_TEST(test_pin_key_is_spki)
{
	struct identity self = certs_make(&(struct spec){ .dn = "CN=mx" });
	unsigned char hash[32];
	char key[PIN_SIZE], want[PIN_SIZE] = "spki-sha256:";
	gnutls_datum_t der, spki;
	gnutls_pubkey_t pub;
	int i;

	certs_ok(gnutls_x509_crt_export2(self.crt, GNUTLS_X509_FMT_DER, &der));
	certs_ok(gnutls_pubkey_init(&pub));
	certs_ok(gnutls_pubkey_import_x509(pub, self.crt, 0));
	certs_ok(gnutls_pubkey_export2(pub, GNUTLS_X509_FMT_DER, &spki));
	certs_ok(gnutls_hash_fast(GNUTLS_DIG_SHA256, spki.data, spki.size,
	    hash));
	for (i = 0; i < 32; i++)
		sprintf(want + 12 + 2 * i, "%02x", hash[i]);
	ck_assert_str_eq(pin_key(&der, key), want);
	der.size /= 2;
	ck_assert_str_eq(pin_key(&der, key), "");
	gnutls_free(der.data);
	gnutls_free(spki.data);
	gnutls_pubkey_deinit(pub);
	certs_free(&self);
}
END_TEST

/* The price with a bundle of 150: printed by TRUST_TIME=1, not judged. */
START_TEST(test_price)
{
	struct trust t = { .name = "mx.example.org", .verify = true };
	struct identity root, leaf;
	struct outcome o;
	struct pair p;
	gnutls_x509_crt_t *crt;
	gnutls_datum_t dn[2];
	struct timespec a, b, c;
	struct buf pem;
	double read = 0, find = 0;
	int i, tries = 200;
	size_t n = 0;

	if (getenv("TRUST_TIME") == NULL || trust_bundle() == NULL)
		return;
	root = certs_make(&(struct spec){ .ca = true, .dn = "CN=Root,C=DE" });
	leaf = certs_make(&(struct spec){ .issuer = &root,
	    .san = { "mx.example.org" } });
	pair_open(&p, (const struct identity *[]){ &leaf }, 1);
	certs_ok(gnutls_x509_crt_get_raw_dn(root.crt, &dn[0]));
	certs_ok(gnutls_x509_crt_get_raw_dn(leaf.crt, &dn[1]));
	for (i = 0; i < tries; i++) {
		clock_gettime(CLOCK_MONOTONIC, &a);
		bundle_read(&pem, "x", trust_bundle(), &o);
		clock_gettime(CLOCK_MONOTONIC, &b);
		n += bundle_select(&pem, dn, 2, &crt);
		clock_gettime(CLOCK_MONOTONIC, &c);
		free(crt);
		buf_free(&pem);
		read += 1e3 * (double)(b.tv_sec - a.tv_sec) +
		    1e-6 * (double)(b.tv_nsec - a.tv_nsec);
		find += 1e3 * (double)(c.tv_sec - b.tv_sec) +
		    1e-6 * (double)(c.tv_nsec - b.tv_nsec);
	}
	ck_assert_uint_eq(n, 0);
	printf("reading %.3f ms, finding %.3f ms\n", read / tries,
	    find / tries);
	clock_gettime(CLOCK_MONOTONIC, &a);
	trust_check(p.client, p.cred, &t, &o);
	clock_gettime(CLOCK_MONOTONIC, &b);
	printf("the whole bundle %.3f ms: %s\n", 1e3 *
	    (double)(b.tv_sec - a.tv_sec) + 1e-6 * (double)(b.tv_nsec -
	    a.tv_nsec), o.text);
	gnutls_free(dn[0].data);
	gnutls_free(dn[1].data);
	pair_close(&p);
	certs_free(&root);
	certs_free(&leaf);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("trust");
	TCase *t = tcase_create("trust");

	tcase_set_timeout(t, 300);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_bundle_texts);
	tcase_add_test(t, test_bundle_spoilt);
	tcase_add_test(t, test_select_system);
	tcase_add_loop_test(t, test_cases, 0,
	    (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_test(t, test_chain_words);
	tcase_add_test(t, test_crl);
	tcase_add_test(t, test_pins);
	tcase_add_test(t, test_pin_key_is_spki);
	tcase_add_test(t, test_cross_signed);
	tcase_add_test(t, test_same_verdicts);
	tcase_add_test(t, test_system_names);
	tcase_add_test(t, test_price);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
