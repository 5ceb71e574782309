/* SPDX-License-Identifier: ISC */
/*
 * Growable bytes, born with a ceiling.  `data` is never NULL and always
 * terminated (the NUL is not counted in `len`).
 */
#ifndef POSTHORN_BUF_H
#define POSTHORN_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char	*data;
	size_t	 len;
	size_t	 cap;	/* octets owned; 0: data is a shared empty string */
	size_t	 max;	/* ceiling of len */
};

/* An empty buffer that will never hold more than max octets. */
void	buf_init(struct buf *b, size_t max);
/* Frees; the buffer is empty and usable again.  An all-zero one is fine. */
void	buf_free(struct buf *b);
/* The same, overwriting first: for secrets. */
void	buf_wipe(struct buf *b);
/* Empties, keeps the memory. */
void	buf_clear(struct buf *b);
/* Room for n more octets; returns where to write them (len unchanged), or
 * NULL if that would pass the ceiling. */
char	*buf_room(struct buf *b, size_t n);
/* Appending.  0, or -1 (nothing added) if it would pass the ceiling. */
int	buf_add(struct buf *b, const void *p, size_t n);
int	buf_puts(struct buf *b, const char *s);
int	buf_putc(struct buf *b, char c);
int	buf_printf(struct buf *b, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* Removes n octets (at most len) from the front. */
void	buf_drop(struct buf *b, size_t n);
/* Replaces n octets at `at` by m octets of p (which may not point into b).
 * 0, or -1 (nothing changed) if that would pass the ceiling. */
int	buf_splice(struct buf *b, size_t at, size_t n, const void *p, size_t m);

#endif
