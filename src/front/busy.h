/* SPDX-License-Identifier: ISC */
/*
 * Which messages somebody works on right now, as far as the system tells
 * without our touching a lock: a lock taken only to see would be in the way
 * of a runner.
 */
#ifndef POSTHORN_BUSY_H
#define POSTHORN_BUSY_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

struct busy {
	dev_t	 dev;
	ino_t	*inodes;	/* sorted; owned */
	size_t	 n;
};

/* Reads /proc/locks for what is locked by flock(2) on that device; where that
 * cannot be, nothing is. */
void	busy_read(struct busy *b, dev_t dev);
/* Is the open file one of them?  Asks the system only if there are any. */
bool	busy_has(const struct busy *b, int fd);
void	busy_free(struct busy *b);

#endif
