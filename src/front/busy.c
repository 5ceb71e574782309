/* SPDX-License-Identifier: ISC */
/* Which messages somebody works on right now. */
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "front/busy.h"

#define LOCKS_MAX	(1u << 16)	/* more are not looked at */

static int
by_number(const void *a, const void *b)
{
	const ino_t x = *(const ino_t *)a, y = *(const ino_t *)b;

	return x < y ? -1 : x > y;
}

/* "1: FLOCK  ADVISORY  WRITE 4711 08:01:1234 0 EOF" */
static bool
lock_line(const char *line, dev_t dev, ino_t *inode)
{
	unsigned major_n, minor_n;
	unsigned long number;

	if (sscanf(line, "%*u: FLOCK %*s %*s %*d %x:%x:%lu", &major_n,
	    &minor_n, &number) != 3)
		return false;
	*inode = (ino_t)number;
	return makedev(major_n, minor_n) == dev;
}

void
busy_read(struct busy *b, dev_t dev)
{
	FILE *f = fopen("/proc/locks", "re");
	char line[256];
	ino_t inode;

	memset(b, 0, sizeof(*b));
	b->dev = dev;
	if (f == NULL)
		return;
	while (b->n < LOCKS_MAX && fgets(line, sizeof(line), f) != NULL)
		if (lock_line(line, dev, &inode)) {
			b->inodes = mem_grow(b->inodes, b->n + 1,
			    sizeof(inode));
			b->inodes[b->n++] = inode;
		}
	fclose(f);
	if (b->n > 0)
		qsort(b->inodes, b->n, sizeof(*b->inodes), by_number);
}

bool
busy_has(const struct busy *b, int fd)
{
	struct stat st;

	return b->n > 0 && fstat(fd, &st) == 0 && st.st_dev == b->dev &&
	    bsearch(&st.st_ino, b->inodes, b->n, sizeof(*b->inodes),
	    by_number) != NULL;
}

void
busy_free(struct busy *b)
{
	free(b->inodes);
	memset(b, 0, sizeof(*b));
}
