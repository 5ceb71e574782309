/* SPDX-License-Identifier: ISC */
/* -q15m: the queue is run at a pace. */
#ifndef POSTHORN_PACE_H
#define POSTHORN_PACE_H

#include <stdint.h>

#include "front/privilege.h"
#include "queue/runner.h"

/* A pass every `interval` seconds, until a signal ends it.  When the
 * configuration changes, and can be read, the process executes itself anew. */
void	pace_run(const struct runner_job *j, int64_t interval,
	    const struct surroundings *from);

#endif
