/* SPDX-License-Identifier: ISC */
/* What becomes of a submitted message after an attempt to deliver it. */
#ifndef POSTHORN_AFTERMATH_H
#define POSTHORN_AFTERMATH_H

#include "front/keep.h"

/* After an attempt on a message that is in the queue: the sum is in *sum;
 * counted, finished, synced. */
void	aftermath_finish(struct keep *k, struct outcome *sum);
/*
 * After an attempt while the caller waits, on a message that is in no queue
 * yet: the sum is in *o.  0: exit status 0 holds, since everybody has it, or it
 * is queued for who can still be tried (and a bounce, for who refused).  -1: it
 * does not: without a queue, or when all refused, the message then being kept
 * in failed/ for callers that do not look at our status.
 */
int	aftermath_settle(struct keep *k, struct outcome *o);

#endif
