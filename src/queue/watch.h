/* SPDX-License-Identifier: ISC */
/* What ends a runner: SIGTERM, SIGINT and SIGHUP, taken when it suits us; and
 * whether the files it lives by are still the ones it began with. */
#ifndef POSTHORN_WATCH_H
#define POSTHORN_WATCH_H

#include <sys/types.h>

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct watch {
	int		fd;		/* readable: somebody wants an end */
	sigset_t	before;		/* the mask to restore */
	bool		stopped;
};

/* From here on the signals wait for watch_stopped. */
void	watch_open(struct watch *w);
/* As it was before. */
void	watch_close(struct watch *w);
/* In a child: the signals end it, at once. */
void	watch_child(struct watch *w);
/* Did one come? */
bool	watch_stopped(struct watch *w);
/* Sleeps so many milliseconds, or until one comes: then true. */
bool	watch_sleep(struct watch *w, int64_t ms);

/* A file as it is now. */
struct watch_file {
	dev_t		dev;
	ino_t		ino;
	off_t		size;
	struct timespec	mtime;
};

void	watch_file(struct watch_file *f, const char *path);
bool	watch_same(const struct watch_file *a, const struct watch_file *b);

#endif
