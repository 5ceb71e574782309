/* SPDX-License-Identifier: ISC */
/* A worker: a process of its own that carries messages to one host of one
 * account, as the planner hands it their ids. */
#ifndef POSTHORN_WORKER_H
#define POSTHORN_WORKER_H

#include <stdbool.h>

#include "base/state.h"
#include "conf/settings.h"
#include "queue/store.h"
#include "smtp/session.h"

struct worker_job {
	struct store		*store;
	const struct settings	*settings;
	const struct account	*account;	/* NULL: whichever it is, it
						 * is gone from settings */
	const struct host	*host;
	const struct state	*state;
	const char		*name;		/* our full name, for notices */
	const char		*ehlo_name;
	const char		*from_address;
	const char		*credentials;
	bool			 force;		/* due or not */
	bool			 last;		/* see attempt.h */
	struct session		*session;	/* open already, and its
						 * account and secret outlive
						 * it: then there is no
						 * planner, and all ids are in
						 * the socket; or NULL */
};

/*
 * In a process just forked, as watch_child leaves it: takes ids from fd until
 * the planner shuts its side, reports on fd what became of each (slip.h), and
 * says SLIP_OVER last; once it cannot say something it ends, after the message
 * it is at.  It connects only once there is a message that fits,
 * says SLIP_OPEN, and begins the message unless the planner has shut its side
 * by then.  It ends after the first trouble that is the host's or the
 * account's.  What it wrote is synced when it returns.
 */
void	worker_run(const struct worker_job *j, int fd);
/* Seconds until what somebody else is busy with is looked at again: never
 * longer than what is delayed waits. */
int64_t	worker_pause(const struct settings *s);
/* Is a message with that next time due at `now`?  One too far in the future
 * was written before the clock was set back. */
bool	worker_due(const struct settings *s, time_t next, time_t now);

#endif
