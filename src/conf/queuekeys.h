/* SPDX-License-Identifier: ISC */
/* The keys of the queue, and what they say together. */
#ifndef POSTHORN_QUEUEKEYS_H
#define POSTHORN_QUEUEKEYS_H

#include "conf/draft.h"

/* See draft.h.  Durations: `wait` in seconds, at least one; `limit` the same
 * or 0, for none; `patience` in milliseconds, or 0.  directory and free set
 * their own fields. */
draft_setter	queuekeys_directory, queuekeys_patience, queuekeys_wait,
		queuekeys_limit, queuekeys_mailbox, queuekeys_connections,
		queuekeys_free;

/* The section is read: contradictions.  -1: FAULT_CONFIG. */
int	queuekeys_settle(struct draft *d);

#endif
