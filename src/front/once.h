/* SPDX-License-Identifier: ISC */
/* -q: one pass over the queue, and what is said of it. */
#ifndef POSTHORN_ONCE_H
#define POSTHORN_ONCE_H

#include "base/outcome.h"
#include "front/summon.h"
#include "queue/runner.h"

/*
 * runner_pass, and a runner for what is left.  0: what is left waits for its
 * time; where somebody looks on (stderr is a terminal, -v) and nothing was due,
 * that is said.  -1: FAULT_NETWORK, no session could be opened and there was
 * mail to send; FAULT_DELAY, messages could not be read, or no worker could be
 * started; else what kept the queue from being read.
 */
int	once_run(const struct runner_job *j, const struct summon *w,
	    struct outcome *o);

#endif
