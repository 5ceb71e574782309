/* SPDX-License-Identifier: ISC */
/* What ends a runner: SIGTERM, SIGINT and SIGHUP, taken when it suits us. */
#ifndef POSTHORN_WATCH_H
#define POSTHORN_WATCH_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct watch {
	int		fd;		/* readable: somebody wants an end */
	sigset_t	before;		/* the mask to restore */
	bool		stopped;
	int64_t		since;		/* clock_ms: of the first one */
	bool		again;		/* one more came */
};

/* From here on the signals wait for watch_stopped; where they could not be
 * heard so (no descriptor is left) they do what they did before. */
void	watch_open(struct watch *w);
/* As it was before; what has come by then is taken. */
void	watch_close(struct watch *w);
/* In a child: the signals, which may go to all of us at once, are none of its
 * business; its parent tells it to end. */
void	watch_child(struct watch *w);
/* Did one come? */
bool	watch_stopped(struct watch *w);
/* Is there no time left: did another one come, or is the first one a minute
 * ago?  One within half a second of the first is the same one: timeout(1) and
 * terminals that hang up send two. */
bool	watch_hurry(struct watch *w);
/* Sleeps so many milliseconds, or until one comes: then true. */
bool	watch_sleep(struct watch *w, int64_t ms);

#endif
