/* SPDX-License-Identifier: ISC */
/* Growable bytes of the test server; out of memory ends it. */
#ifndef SMARTHOST_OCTETS_H
#define SMARTHOST_OCTETS_H

#include <stddef.h>

/* p is NULL or NUL-terminated at p[n]; all zero is an empty one. */
struct octets {
	char	*p;
	size_t	 n;
	size_t	 size;
};

void	octets_put(struct octets *o, const void *data, size_t n);
void	octets_puts(struct octets *o, const char *s);
void	octets_printf(struct octets *o, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* Drops the first n. */
void	octets_drop(struct octets *o, size_t n);
void	octets_free(struct octets *o);
/* Appends s (n octets) as a JSON string with its quotes; octets that are not
 * printable ASCII become \u00XX. */
void	octets_json(struct octets *o, const char *s, size_t n);
/* Base64: appends; decode returns -1 for what is not base64. */
void	octets_base64(struct octets *o, const void *data, size_t n);
int	octets_unbase64(struct octets *o, const char *s, size_t n);

void	*xmalloc(size_t n);
void	*xrealloc(void *p, size_t n);
char	*xstrdup(const char *s);
/* Prints "smarthost: ..." and ends with 1. */
void	die(const char *fmt, ...)
	    __attribute__((format(printf, 1, 2), noreturn));

#endif
