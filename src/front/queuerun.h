/* SPDX-License-Identifier: ISC */
/* -q, runq and --runner: the queue is run. */
#ifndef POSTHORN_QUEUERUN_H
#define POSTHORN_QUEUERUN_H

#include "front/command.h"
#include "front/identity.h"
#include "front/place.h"
#include "front/privilege.h"

/*
 * Once (-q), at a pace until a signal comes (-q15m), or until nothing is left
 * (--runner); -Q: nothing is sent, what the selectors fit is held.  Selectors
 * that say what is meant make it due now.  On a queue of several users root
 * first becomes its owner, who like root takes everybody's messages; anybody
 * else only his own.  Where the configuration or the program changes meanwhile,
 * and can be used, the process executes itself anew.
 *
 * 0: what is left waits for its time.  -1: what kept the queue, or some of it,
 * from being run (once.h).
 */
int	queuerun_run(const struct options *op,
	    const struct settings *settings, struct place *place,
	    const struct surroundings *from, const struct identity *me,
	    struct outcome *o);

#endif
