/* SPDX-License-Identifier: ISC */
/* The form of one queue file; what store.h says of one file is done here. */
#ifndef POSTHORN_QFILE_H
#define POSTHORN_QFILE_H

#include "queue/store.h"

/* The first line of e's file, STORE_HEAD octets. */
void	qfile_head(char head[STORE_HEAD + 1], const struct entry *e);
/* Writes n octets in one piece; anything less is a failure, and then the file
 * is cut back to `at`.  0, or -1 with errno. */
int	qfile_put(int fd, const void *p, size_t n, uint64_t at);

#endif
