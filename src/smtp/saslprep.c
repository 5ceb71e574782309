/* SPDX-License-Identifier: ISC */
/* Names and passwords in the one spelling both sides hash. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <gnutls/gnutls.h>

#include "base/limits.h"
#include "smtp/saslprep.h"

/* NULL forbids, "" removes, anything else replaces. */
static const struct {
	uint32_t	 first;
	uint32_t	 last;
	const char	*to;
} saslprep_rows[] = {
	/* RFC 3454 table B.1. */
	{ 0xad, 0xad, "" }, { 0x34f, 0x34f, "" }, { 0x1806, 0x1806, "" },
	{ 0x180b, 0x180d, "" }, { 0x200c, 0x200d, "" },
	{ 0x2060, 0x2060, "" }, { 0xfe00, 0xfe0f, "" },
	{ 0xfeff, 0xfeff, "" },
	/* Table C.1.2. */
	{ 0xa0, 0xa0, " " }, { 0x1680, 0x1680, " " },
	{ 0x2000, 0x200b, " " }, { 0x202f, 0x202f, " " },
	{ 0x205f, 0x205f, " " }, { 0x3000, 0x3000, " " },
	/* Tables C.2.2 to C.9; surrogates are no UTF-8 anyway. */
	{ 0x80, 0x9f, NULL }, { 0x340, 0x341, NULL }, { 0x6dd, 0x6dd, NULL },
	{ 0x70f, 0x70f, NULL }, { 0x180e, 0x180e, NULL },
	{ 0x200e, 0x200f, NULL }, { 0x2028, 0x202e, NULL },
	{ 0x2061, 0x2063, NULL }, { 0x206a, 0x206f, NULL },
	{ 0x2ff0, 0x2ffb, NULL }, { 0xe000, 0xf8ff, NULL },
	{ 0xfdd0, 0xfdef, NULL }, { 0xfff9, 0xffff, NULL },
	{ 0x1d173, 0x1d17a, NULL }, { 0xe0001, 0xe0001, NULL },
	{ 0xe0020, 0xe007f, NULL }, { 0xf0000, 0x10ffff, NULL },
	/* Compatibility mappings within Latin-1. */
	{ 0xa8, 0xa8, " \xcc\x88" }, { 0xaa, 0xaa, "a" },
	{ 0xaf, 0xaf, " \xcc\x84" }, { 0xb2, 0xb2, "2" },
	{ 0xb3, 0xb3, "3" }, { 0xb4, 0xb4, " \xcc\x81" },
	{ 0xb5, 0xb5, "\xce\xbc" }, { 0xb8, 0xb8, " \xcc\xa7" },
	{ 0xb9, 0xb9, "1" }, { 0xba, 0xba, "o" },
	{ 0xbc, 0xbc, "1\xe2\x81\x84" "4" },
	{ 0xbd, 0xbd, "1\xe2\x81\x84" "2" },
	{ 0xbe, 0xbe, "3\xe2\x81\x84" "4" },
	/* And the others worth having. */
	{ 0x2025, 0x2025, ".." }, { 0x2026, 0x2026, "..." },
	{ 0x203c, 0x203c, "!!" }, { 0x2070, 0x2070, "0" },
	{ 0x207f, 0x207f, "n" }, { 0x2103, 0x2103, "\xc2\xb0" "C" },
	{ 0x2109, 0x2109, "\xc2\xb0" "F" }, { 0x2116, 0x2116, "No" },
	{ 0x2120, 0x2120, "SM" }, { 0x2121, 0x2121, "TEL" },
	{ 0x2122, 0x2122, "TM" },
	{ 0x2160, 0x2160, "I" }, { 0x2161, 0x2161, "II" },
	{ 0x2162, 0x2162, "III" }, { 0x2163, 0x2163, "IV" },
	{ 0x2164, 0x2164, "V" }, { 0x2165, 0x2165, "VI" },
	{ 0x2166, 0x2166, "VII" }, { 0x2167, 0x2167, "VIII" },
	{ 0x2168, 0x2168, "IX" }, { 0x2169, 0x2169, "X" },
	{ 0x216a, 0x216a, "XI" }, { 0x216b, 0x216b, "XII" },
	{ 0xfb00, 0xfb00, "ff" }, { 0xfb01, 0xfb01, "fi" },
	{ 0xfb02, 0xfb02, "fl" }, { 0xfb03, 0xfb03, "ffi" },
	{ 0xfb04, 0xfb04, "ffl" }, { 0xfb05, 0xfb06, "st" },
};

/* Characters that stand in the order of their ASCII counterparts. */
static const struct {
	uint32_t	first;
	uint32_t	last;
	char		to;
} saslprep_series[] = {
	{ 0x2074, 0x2079, '4' }, { 0x2080, 0x2089, '0' },
	{ 0x2460, 0x2468, '1' }, { 0xff01, 0xff5e, '!' },
};

static const char saslprep_forbids[] =
    "holds a character that SASLprep (RFC 4013) forbids";

/* The character at p and its octets in *n; false: malformed (RFC 3629). */
static bool
saslprep_decode(const unsigned char *p, size_t left, uint32_t *c, size_t *n)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t i;

	*n = p[0] < 0x80 ? 1 : (p[0] & 0xe0) == 0xc0 ? 2 :
	    (p[0] & 0xf0) == 0xe0 ? 3 : (p[0] & 0xf8) == 0xf0 ? 4 : 0;
	if (*n == 0 || *n > left)
		return false;
	*c = *n == 1 ? p[0] : p[0] & (0xffu >> (*n + 1));
	for (i = 1; i < *n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return false;
		*c = *c << 6 | (p[i] & 0x3fu);
	}
	return *c >= least[*n] && *c <= 0x10ffff &&
	    (*c < 0xd800 || *c > 0xdfff);
}

/* Appends what becomes of c, which is the n octets at p; 0, or -1: it is
 * forbidden. */
static int
saslprep_one(struct buf *to, uint32_t c, const char *p, size_t n)
{
	const size_t rows = sizeof(saslprep_rows) / sizeof(saslprep_rows[0]);
	const size_t series =
	    sizeof(saslprep_series) / sizeof(saslprep_series[0]);
	size_t i;

	if (c < 0x80)
		return c < 0x20 || c == 0x7f ? -1 : buf_putc(to, (char)c);
	for (i = 0; i < rows; i++)
		if (c >= saslprep_rows[i].first && c <= saslprep_rows[i].last)
			return saslprep_rows[i].to == NULL ? -1 :
			    buf_puts(to, saslprep_rows[i].to);
	for (i = 0; i < series; i++)
		if (c >= saslprep_series[i].first &&
		    c <= saslprep_series[i].last)
			return buf_putc(to, (char)(saslprep_series[i].to +
			    (char)(c - saslprep_series[i].first)));
	return (c & 0xfffe) == 0xfffe ? -1 : buf_add(to, p, n);
}

/* Canonical composition.  GnuTLS does that for its own profile (RFC 8265),
 * which is stricter: told to go on, it then leaves the string as it is. */
static const char *
saslprep_compose(struct buf *to, const struct buf *mapped)
{
	gnutls_datum_t out = { NULL, 0 };
	const char *wrong = NULL;

	if (gnutls_utf8_password_normalize(
	    (const unsigned char *)mapped->data, (unsigned)mapped->len, &out,
	    GNUTLS_UTF8_IGNORE_ERRS) < 0)
		return "cannot be normalised by GnuTLS";
	if (buf_add(to, out.data, out.size) < 0)
		wrong = "is too long";
	explicit_bzero(out.data, out.size);
	gnutls_free(out.data);
	return wrong;
}

const char *
saslprep_add(struct buf *to, const char *s, size_t n)
{
	const char *wrong = NULL;
	struct buf mapped;
	bool ascii = true;
	size_t i, k;
	uint32_t c;

	if (n > LIMIT_SECRET)
		return "is too long";
	/* The longest mapping makes two octets five. */
	buf_init(&mapped, (size_t)LIMIT_SECRET * 3);
	for (i = 0; i < n && wrong == NULL; i += k) {
		if (!saslprep_decode((const unsigned char *)s + i, n - i, &c,
		    &k))
			wrong = "is not UTF-8";
		else if (saslprep_one(&mapped, c, s + i, k) < 0)
			wrong = c < 0x80 ? "holds a control character" :
			    saslprep_forbids;
		else
			ascii = ascii && c < 0x80;
	}
	if (wrong == NULL && mapped.len == 0)
		wrong = "is empty";
	if (wrong == NULL && ascii)
		wrong = buf_add(to, mapped.data, mapped.len) < 0 ?
		    "is too long" : NULL;
	else if (wrong == NULL)
		wrong = saslprep_compose(to, &mapped);
	buf_wipe(&mapped);
	return wrong;
}
