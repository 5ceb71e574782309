/* SPDX-License-Identifier: ISC */
/* "x=value,y=value", as SCRAM writes, and its base64. */
#include <string.h>

#include "smtp/attribute.h"

bool
attribute_take(const char **p, size_t *n, struct attribute *f)
{
	const char *comma;
	size_t len;

	if (*n < 3 || !((**p >= 'a' && **p <= 'z') ||
	    (**p >= 'A' && **p <= 'Z')) || (*p)[1] != '=')
		return false;
	comma = memchr(*p, ',', *n);
	len = comma != NULL ? (size_t)(comma - *p) : *n;
	f->name = **p;
	f->value = *p + 2;
	f->len = len - 2;
	if (len < 3 || memchr(f->value, '\0', f->len) != NULL)
		return false;
	if (comma != NULL && ++len == *n)
		return false;
	*p += len;
	*n -= len;
	return true;
}

int
attribute_encode(struct buf *to, const void *p, size_t n)
{
	const gnutls_datum_t in = { (unsigned char *)p, (unsigned)n };
	gnutls_datum_t out;
	int r;

	if (gnutls_base64_encode2(&in, &out) < 0)
		return -1;
	r = buf_add(to, out.data, out.size);
	gnutls_free(out.data);
	return r;
}

bool
attribute_decode(const struct attribute *f, gnutls_datum_t *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const gnutls_datum_t in = { (unsigned char *)f->value,
		(unsigned)f->len };
	size_t i;

	/* GnuTLS alone would put up with line breaks. */
	for (i = f->len; i > 0 && f->len - i < 2 && f->value[i - 1] == '='; i--)
		;
	while (i > 0 && memchr(digits, f->value[i - 1], 64) != NULL)
		i--;
	return i == 0 && gnutls_base64_decode2(&in, out) >= 0;
}
