/* SPDX-License-Identifier: ISC */
/* What is done with a message that is whole: delivered, queued, or both. */
#ifndef POSTHORN_HANDOVER_H
#define POSTHORN_HANDOVER_H

#include <stdbool.h>

#include "base/outcome.h"
#include "conf/secret.h"
#include "front/keep.h"
#include "queue/deliver.h"

struct handover {
	struct keep		 keep;	/* all but pace and queued */
	struct secret		 secret;
	struct deliver_trace	 trace;	/* of an attempt, if any */
	bool			 split;	/* we are the child that no caller
					 * waits for: the end is _exit */
};

/*
 * By the delivery mode (-od, else the setting; -v and no queue: now).  0: exit
 * status 0 holds (somebody durable has it for every recipient), and *o says
 * what is still worth telling; -1: it does not, and *o is why.  Without any
 * queue that is what deliver_sum says.
 */
int	handover_run(struct handover *h, struct outcome *o);

#endif
