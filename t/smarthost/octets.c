/* SPDX-License-Identifier: ISC */
/* Growable bytes of the test server. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/gnutls.h>

#include "octets.h"

void
die(const char *fmt, ...)
{
	va_list ap;

	fputs("smarthost: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

void *
xrealloc(void *p, size_t n)
{
	p = realloc(p, n ? n : 1);
	if (p == NULL)
		die("out of memory");
	return p;
}

void *
xmalloc(size_t n)
{
	return memset(xrealloc(NULL, n), 0, n);
}

char *
xstrdup(const char *s)
{
	size_t n = strlen(s) + 1;

	return memcpy(xmalloc(n), s, n);
}

void
octets_put(struct octets *o, const void *data, size_t n)
{
	if (o->n + n + 1 > o->size) {
		o->size = (o->n + n + 1) * 2;
		o->p = xrealloc(o->p, o->size);
	}
	if (n > 0)
		memcpy(o->p + o->n, data, n);
	o->n += n;
	o->p[o->n] = '\0';
}

void
octets_puts(struct octets *o, const char *s)
{
	octets_put(o, s, strlen(s));
}

void
octets_printf(struct octets *o, const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		die("out of memory");
	octets_put(o, s, (size_t)n);
	free(s);
}

void
octets_drop(struct octets *o, size_t n)
{
	if (n >= o->n) {
		o->n = 0;
		return;
	}
	memmove(o->p, o->p + n, o->n - n);
	o->n -= n;
	o->p[o->n] = '\0';
}

void
octets_free(struct octets *o)
{
	free(o->p);
	memset(o, 0, sizeof *o);
}

void
octets_json(struct octets *o, const char *s, size_t n)
{
	size_t i;
	unsigned char c;

	octets_puts(o, "\"");
	for (i = 0; i < n; i++) {
		c = (unsigned char)s[i];
		if (c < 0x20 || c > 0x7e || c == '"' || c == '\\')
			octets_printf(o, "\\u%04x", c);
		else
			octets_put(o, s + i, 1);
	}
	octets_puts(o, "\"");
}

void
octets_base64(struct octets *o, const void *data, size_t n)
{
	gnutls_datum_t in, out;

	in.data = (void *)(size_t)data;
	in.size = (unsigned)n;
	if (n == 0)
		return;
	if (gnutls_base64_encode2(&in, &out) < 0)
		die("base64 failed");
	octets_put(o, out.data, out.size);
	gnutls_free(out.data);
}

int
octets_unbase64(struct octets *o, const char *s, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/=";
	gnutls_datum_t in, out;

	octets_put(o, "", 0);
	if (n == 0)
		return 0;
	/* GnuTLS lets line breaks pass; SASL profiles do not. */
	if (n % 4 != 0 || strspn(s, digits) < n)
		return -1;
	in.data = (void *)(size_t)s;
	in.size = (unsigned)n;
	if (gnutls_base64_decode2(&in, &out) < 0)
		return -1;
	octets_put(o, out.data, out.size);
	gnutls_free(out.data);
	return 0;
}
