/* SPDX-License-Identifier: ISC */
/* Runs of the queue that go on: -q15m and --runner.  When their basis
 * (queue/basis.h) changes they execute themselves anew; where that fails they
 * go on as they are, and try again later. */
#ifndef POSTHORN_PACE_H
#define POSTHORN_PACE_H

#include <stdint.h>

#include "front/privilege.h"
#include "front/summon.h"
#include "queue/runner.h"

/* A pass every `interval` seconds, until a signal ends it. */
void	pace_run(const struct runner_job *j, int64_t interval,
	    const struct surroundings *from);
/* runner_linger, after `pause` seconds. */
int	pace_linger(const struct runner_job *j, int64_t pause,
	    const struct summon *w, struct outcome *o);

#endif
