/* SPDX-License-Identifier: ISC */
/* One pass over the queue: which messages, to whom, and what came of them. */
#ifndef POSTHORN_PLAN_H
#define POSTHORN_PLAN_H

#include "base/outcome.h"
#include "queue/backlog.h"
#include "queue/pass.h"
#include "queue/watch.h"

/* One pass; b is kept from one to the next.  private_fd: a descriptor that is
 * not for workers, or -1.  As runner_pass, but for the syncs and the tidying
 * at its end. */
int	plan_pass(const struct runner_job *j, struct backlog *b,
	    struct watch *w, int private_fd, struct runner_sum *sum,
	    struct outcome *o);

#endif
