/* SPDX-License-Identifier: ISC */
/* The workers of a planner, seen from its side. */
#ifndef POSTHORN_CREW_H
#define POSTHORN_CREW_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "queue/schedule.h"
#include "queue/slip.h"
#include "queue/watch.h"
#include "queue/worker.h"

#define CREW_MAX	64u	/* workers at a time, of all accounts */

struct hand {
	pid_t		 pid;
	int		 fd;		/* -1: this place is free */
	unsigned	 lane, host;
	uint32_t	 rows[SCHEDULE_AHEAD];	/* given and not reported, */
	unsigned	 n;			/* ... in order */
	int64_t		 since;		/* clock_ms: the first one's turn */
	bool		 opened;	/* its session was established */
	bool		 over;		/* it said so */
	bool		 dismissed;	/* it was told to end */
	bool		 complained;	/* of a file it cannot read */
};

struct crew {
	struct hand	 hands[CREW_MAX];
	struct watch	*watch;
	int		 private_fd;	/* not for workers; or -1 */
};

void	crew_init(struct crew *c, struct watch *w, int private_fd);
/* Forks a worker; NULL: there can be none now (errno). */
struct hand	*crew_hire(struct crew *c, const struct worker_job *j,
	    unsigned lane, unsigned host);
/* Hands it one more row, whose message is id; -1: it cannot be told, errno
 * says why (EPIPE: it is gone). */
int	crew_give(struct hand *h, uint32_t row, const char *id);
/* Finds and forgets the row among those given; ids: false if it was not. */
bool	crew_forget(struct hand *h, uint32_t row);
/* Has anybody got the row? */
bool	crew_has(const struct crew *c, uint32_t row);
/* It shall end after the message it is at. */
void	crew_dismiss(struct hand *h);
void	crew_dismiss_all(struct crew *c);
/* It is gone, or misbehaves (kill): waits for its end; the place is free. */
void	crew_part(struct hand *h, bool kill_it);
/* Is there anybody? */
bool	crew_busy(const struct crew *c);
/* Sessions of a lane that have been at one message for ms. */
unsigned crew_slow(const struct crew *c, unsigned lane, int64_t ms);
/* Waits for a word of anybody, or a signal, at most ms; heard[i]: hands[i] has
 * something to say. */
void	crew_wait(struct crew *c, int ms, bool heard[CREW_MAX]);

#endif
