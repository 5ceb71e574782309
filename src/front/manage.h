/* SPDX-License-Identifier: ISC */
/* --queue VERB WORD...: what people do to queued messages. */
#ifndef POSTHORN_MANAGE_H
#define POSTHORN_MANAGE_H

#include "front/command.h"
#include "front/deeds.h"
#include "front/visit.h"

/*
 * Shows, holds, releases, deletes, makes due or returns the messages that the
 * words behind the verb name (pick.h), as far as they are the caller's and the
 * selectors fit; one line each on standard output, and a sum.  FAULT_USAGE: an
 * unknown verb, or nothing named; FAULT_DATA: an id that is not in the queue,
 * or not of the caller; FAULT_DELAY: some are being delivered just now; else
 * what went wrong first.  Goes on with the others all the same.
 */
int	manage_run(const struct options *op, struct deed *d,
	    struct visit *v, struct outcome *o);

#endif
