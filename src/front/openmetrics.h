/* SPDX-License-Identifier: ISC */
/* The state of queue and hosts as OpenMetrics text (version 1.0). */
#ifndef POSTHORN_OPENMETRICS_H
#define POSTHORN_OPENMETRICS_H

#include <stdio.h>
#include <time.h>

#include "front/outlook.h"
#include "front/tally.h"

/* t NULL: there is no queue.  runner: one lives. */
void	openmetrics_write(FILE *out, const struct outlooks *all,
	    const struct tally *t, bool runner, time_t now);

#endif
