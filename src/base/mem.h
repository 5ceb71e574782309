/* SPDX-License-Identifier: ISC */
/* Memory that is there or the process is not: running out ends here. */
#ifndef POSTHORN_MEM_H
#define POSTHORN_MEM_H

#include <stddef.h>

/* n zeroed octets; never NULL.  Out of memory: one line on stderr, exit 71. */
void	*mem_alloc(size_t n) __attribute__((malloc, returns_nonnull));
/* p grown or made to hold count items of size octets each (overflow is out
 * of memory).  The new part is not zeroed. */
void	*mem_grow(void *p, size_t count, size_t size)
	    __attribute__((returns_nonnull));
/* A copy the caller frees. */
char	*mem_dup(const char *s) __attribute__((malloc, returns_nonnull));
/* A terminated copy of n octets, which may hold NUL; the caller frees. */
char	*mem_ndup(const void *s, size_t n)
	    __attribute__((malloc, returns_nonnull));
/* Overwrites in a way the compiler may not drop, then frees; NULL is fine. */
void	 mem_wipe(void *p, size_t n);

#endif
