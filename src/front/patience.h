/* SPDX-License-Identifier: ISC */
/*
 * While a message is being delivered and its caller waits: when that takes too
 * long, or somebody wants the caller's process to end, the message is queued
 * and the caller goes; the delivery itself can go on without it.
 *
 * All of it happens in a signal handler, and signals come in only while we
 * wait for descriptors (base/wait.h), so the handler interrupts nothing.
 */
#ifndef POSTHORN_PATIENCE_H
#define POSTHORN_PATIENCE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "front/keep.h"
#include "queue/deliver.h"

struct patience {
	struct keep		*keep;		/* its entry is complete but
						 * for its outcomes */
	struct deliver_job	*job;		/* is told once it is queued */
	int64_t			 ms;		/* 0: no end */
	volatile sig_atomic_t	 sending;	/* of job->sending */
	bool			 queued;	/* and we are a child that
						 * outlives its caller */
};

/* What a caller is to wait: the setting; less where every host of the account
 * did not answer a moment ago. */
int64_t	patience_ms(const struct keep *k);
/* The four signals that end a process wait from here on. */
void	patience_hold(void);
/* From here on the four signals that end a process, and time, are taken care
 * of: SIGALRM after `ms` queues the message and lets the caller go with exit
 * status 0 while a child (for which this returns as if nothing had happened,
 * but for `queued`) goes on.  SIGHUP, SIGINT and SIGTERM do the same once the
 * message is on its way, so that its answer is not missed; before that a
 * runner is as good.  What cannot be queued is not: time then does nothing, a
 * signal ends the process with 75. */
void	patience_begin(struct patience *p);
/* The delivery is over: time does nothing any more, and signals wait. */
void	patience_end(struct patience *p);
/* For a process that has nothing to lose but time: a message is in the queue,
 * locked, and a signal just ends us.  */
void	patience_none(void);
/* Splits off a child that outlives the caller, with the locks and connections
 * we have: true in the child; false in the parent, or where there can be no
 * child (*failed). */
bool	patience_split(bool *failed);

#endif
