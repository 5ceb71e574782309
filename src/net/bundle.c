/* SPDX-License-Identifier: ISC */
/* Certificates found in a PEM bundle by their subject. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "net/bundle.h"

/* A subject that ends later than this is not looked at here. */
#define BUNDLE_PREFIX	2048u
/* What file_slurp wants room for. */
#define BUNDLE_SLACK	32768u
#define BUNDLE_DASHES	"-----"
#define BUNDLE_BEGIN	"-----BEGIN "
#define BUNDLE_END	"-----END X509 CERTIFICATE-----"

/* A certificate being decoded only as far as it is asked for. */
struct prefix {
	const unsigned char *p;
	const unsigned char *end;
	size_t		 n;		/* octets decoded */
	unsigned char	 der[BUNDLE_PREFIX + 3];
};

/* Where an element's content starts and where the element ends. */
struct element {
	size_t	from;
	size_t	end;
};

/* Values of the base64 letters, plus one; 0: no letter (RFC 4648). */
static const unsigned char letters[256] = {
	['A'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18,
	19, 20, 21, 22, 23, 24, 25, 26,
	['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42,
	43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
	['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62,
	['+'] = 63, ['/'] = 64,
};

int
bundle_read(struct buf *pem, const char *what, const char *path,
    struct outcome *o)
{
	struct stat st;
	size_t size = 0;
	ssize_t k = 0;
	int fd, rc;

	buf_init(pem, LIMIT_PEM);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1)
		return outcome_errno(o, FAULT_CONFIG, STAGE_TLS, "%s %s", what,
		    path);
	/* Nearly always all of it at once; the rest makes sure. */
	if (fstat(fd, &st) == 0 && st.st_size > 0 && st.st_size < LIMIT_PEM)
		size = (size_t)st.st_size;
	if (buf_room(pem, size + BUNDLE_SLACK) != NULL)
		k = file_read(fd, pem->data, size);
	pem->len = k > 0 ? (size_t)k : 0;
	rc = k == -1 ? -1 : file_slurp(fd, pem);
	if (rc == -1)
		outcome_errno(o, FAULT_CONFIG, STAGE_TLS, "%s %s", what, path);
	close(fd);
	return rc;
}

/* Decodes until there are n octets: false if there are not. */
static bool
prefix_need(struct prefix *x, size_t n)
{
	unsigned char four[4];
	uint32_t v;
	int i;

	if (n > BUNDLE_PREFIX)
		return false;
	while (x->n < n) {
		for (i = 0; i < 4; x->p++) {
			if (x->p == x->end)
				return false;
			four[i] = letters[*x->p];
			if (four[i] != 0)
				i++;
			else if (*x->p != '\n' && *x->p != '\r' &&
			    *x->p != ' ' && *x->p != '\t')
				return false;
		}
		v = (uint32_t)(four[0] - 1) << 18 |
		    (uint32_t)(four[1] - 1) << 12 |
		    (uint32_t)(four[2] - 1) << 6 | (uint32_t)(four[3] - 1);
		x->der[x->n++] = (unsigned char)(v >> 16);
		x->der[x->n++] = (unsigned char)(v >> 8);
		x->der[x->n++] = (unsigned char)v;
	}
	return true;
}

/* The element at `at`, of which only the head needs to be there. */
static bool
prefix_element(struct prefix *x, size_t at, struct element *e)
{
	size_t len, k, i;

	if (!prefix_need(x, at + 2))
		return false;
	len = x->der[at + 1];
	e->from = at + 2;
	if ((len & 0x80) != 0) {
		k = len & 0x7f;
		if (k == 0 || k > 3 || !prefix_need(x, at + 2 + k))
			return false;
		for (i = len = 0; i < k; i++)
			len = len << 8 | x->der[e->from + i];
		e->from += k;
	}
	e->end = e->from + len;
	return true;
}

/* The subject's place (RFC 5280 section 4.1): in tbsCertificate, behind an
 * optional version, the serial number, algorithm, issuer and dates. */
static bool
prefix_subject(struct prefix *x, size_t *at, struct element *e)
{
	size_t i, skip = 4;

	if (!prefix_element(x, 0, e) || !prefix_element(x, e->from, e) ||
	    !prefix_need(x, e->from + 1))
		return false;
	*at = e->from;
	if (x->der[*at] == 0xa0)
		skip++;
	for (i = 0; i < skip; i++) {
		if (!prefix_element(x, *at, e))
			return false;
		*at = e->end;
	}
	return prefix_element(x, *at, e);
}

/* UTF8String, NumericString, PrintableString, TeletexString, IA5String and
 * VisibleString: a name spelt in another of them counts as the same. */
static bool
bundle_is_string(unsigned char tag)
{
	return tag == 0x0c || (tag >= 0x12 && tag <= 0x16) || tag == 0x1a;
}

static bool
bundle_same(const unsigned char *a, const unsigned char *b, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (a[i] != b[i] &&
		    (!bundle_is_string(a[i]) || !bundle_is_string(b[i])))
			return false;
	return true;
}

/* Is it worth importing the certificate whose base64 text this is? */
static bool
bundle_wanted(const char *text, size_t size, const gnutls_datum_t *names,
    size_t n)
{
	struct prefix x;
	struct element e;
	size_t i, at;

	if (n == 0)
		return true;
	x.p = (const unsigned char *)text;
	x.end = x.p + size;
	x.n = 0;
	if (!prefix_subject(&x, &at, &e))
		return true;
	for (i = 0; i < n; i++) {
		if (names[i].size != e.end - at)
			continue;
		if (!prefix_need(&x, e.end) ||
		    bundle_same(names[i].data, x.der + at, names[i].size))
			return true;
	}
	return false;
}

static void
bundle_import(const char *from, size_t size, gnutls_x509_crt_t **list,
    size_t *n)
{
	gnutls_datum_t pem = { (void *)(uintptr_t)from, (unsigned)size };
	gnutls_x509_crt_t crt;

	if (gnutls_x509_crt_init(&crt) < 0)
		return;
	if (gnutls_x509_crt_import(crt, &pem, GNUTLS_X509_FMT_PEM) < 0) {
		gnutls_x509_crt_deinit(crt);
		return;
	}
	*list = mem_grow(*list, *n + 1, sizeof(**list));
	(*list)[(*n)++] = crt;
}

/* Steps over a label's text if it is there. */
static const char *
bundle_step(const char *p, const char *end, const char *label)
{
	size_t n = strlen(label);

	if ((size_t)(end - p) < n || memcmp(p, label, n) != 0)
		return NULL;
	return p + n;
}

size_t
bundle_select(const struct buf *pem, const gnutls_datum_t *names, size_t n,
    gnutls_x509_crt_t **list)
{
	const char *p = pem->data, *end = pem->data + pem->len;
	const char *from, *text, *stop, *x509;
	size_t left, found = 0;

	*list = NULL;
	while ((p = memmem(p, (size_t)(end - p), BUNDLE_BEGIN,
	    sizeof(BUNDLE_BEGIN) - 1)) != NULL) {
		from = p;
		p += sizeof(BUNDLE_BEGIN) - 1;
		x509 = bundle_step(p, end, "X509 ");
		text = bundle_step(x509 != NULL ? x509 : p, end,
		    "CERTIFICATE" BUNDLE_DASHES);
		if (text == NULL)
			continue;
		stop = memchr(text, '-', (size_t)(end - text));
		if (stop == NULL)
			break;
		p = stop;
		if (!bundle_wanted(text, (size_t)(stop - text), names, n))
			continue;
		left = (size_t)(end - stop);
		if (left > sizeof(BUNDLE_END) - 1)
			left = sizeof(BUNDLE_END) - 1;
		bundle_import(from, (size_t)(stop - from) + left, list,
		    &found);
	}
	return found;
}
