/* SPDX-License-Identifier: ISC */
/* A session that has just proved to work takes along what waits for the same
 * account. */
#ifndef POSTHORN_DRAIN_H
#define POSTHORN_DRAIN_H

#include <sys/types.h>

#include "queue/worker.h"

/* Messages that one drain takes at most; a runner sees to the rest. */
#define DRAIN_MAX	64u

/* Ids of messages in the queue of that uid, configuration and account that
 * are due, or were only held up by a fault of host or account before
 * they had their turn: up to DRAIN_MAX, oldest first.  How many. */
size_t	drain_find(const struct worker_job *j, uid_t uid,
	    char ids[DRAIN_MAX][ENTRY_ID]);
/* Carries them over j->session, which is closed then. */
void	drain_run(const struct worker_job *j,
	    char ids[DRAIN_MAX][ENTRY_ID], size_t n);

#endif
