/* SPDX-License-Identifier: ISC */
/* A configuration file, opened once, judged by its descriptor, read whole. */
#ifndef POSTHORN_CONFFILE_H
#define POSTHORN_CONFFILE_H

#include <sys/types.h>

#include <time.h>

#include "base/buf.h"
#include "base/outcome.h"

struct conffile {
	char		*path;		/* absolute */
	struct buf	 text;
	mode_t		 mode;		/* 0: from memory, rights not asked */
	gid_t		 gid;
	dev_t		 dev;		/* which file, and which state of it */
	ino_t		 ino;
	off_t		 size;
	struct timespec	 mtime;
};

/* Reads the file; it must be regular, of root or of us, writable by nobody
 * else (the groups root and posthorn may), at most LIMIT_CONFIG.  -1:
 * FAULT_CONFIG with advice. */
int	conffile_open(struct conffile *s, const char *path, struct outcome *o);
/* The same from memory. */
void	conffile_memory(struct conffile *s, const char *name, const char *text,
	    size_t n);
/* May it hold a secret?  Not if others than its owner and the group posthorn
 * can read it: then FAULT_CONFIG with the chmod to run. */
int	conffile_secret(const struct conffile *s, struct outcome *o);
/* The path of a file named in s: as it is, or relative to s's directory; the
 * caller frees. */
char	*conffile_relative(const struct conffile *s, const char *name);
/* Overwrites and frees. */
void	conffile_close(struct conffile *s);

#endif
