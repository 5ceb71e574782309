/* SPDX-License-Identifier: ISC */
/* Files: whole reads and writes, syncing, atomic replacement, locks. */
#ifndef POSTHORN_FILE_H
#define POSTHORN_FILE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* All of these return 0, or -1 with errno set; EINTR is handled inside, and
 * EAGAIN (a non-blocking descriptor) means waiting by poll(2). */

/* Reads up to n octets once; the count, 0 at the end, or -1. */
ssize_t	file_read(int fd, void *p, size_t n);
/* Writes all n octets; a short write is continued. */
int	file_write(int fd, const void *p, size_t n);
/* The same at an offset; the descriptor's own offset is not used. */
int	file_pwrite(int fd, const void *p, size_t n, off_t at);
/* Reads exactly n octets at an offset; -1 with errno 0 if the file is
 * shorter. */
int	file_pread(int fd, void *p, size_t n, off_t at);
/* Reads all that is left of fd behind what b holds; -1 with errno EFBIG when
 * b's ceiling is passed. */
int	file_slurp(int fd, struct buf *b);
int	file_sync(int fd);
/* fsync of a directory descriptor. */
int	file_sync_dir(int dirfd);
/* flock(LOCK_EX), waiting (or not: then -1, EWOULDBLOCK). */
int	file_lock(int fd, bool wait);
/* Replaces dirfd/name by n octets, mode 0600: a temporary file in the same
 * directory, then rename.  Not synced: for what may be forgotten. */
int	file_replace(int dirfd, const char *name, const void *p, size_t n);

#endif
