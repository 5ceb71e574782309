/* SPDX-License-Identifier: ISC */
/* One pass over the queue: which messages, to whom, and what came of them. */
#ifndef POSTHORN_PLAN_H
#define POSTHORN_PLAN_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "base/outcome.h"
#include "base/state.h"
#include "conf/settings.h"
#include "queue/backlog.h"
#include "queue/select.h"
#include "queue/store.h"
#include "queue/watch.h"

struct runner_job {
	struct store		*store;
	const struct settings	*settings;
	const struct state	*state;
	const char		*host;		/* our full name, or NULL */
	const char		*ehlo_name;	/* the same, or NULL */
	const char		*from_address;	/* of notices, by default */
	const char		*credentials;	/* see secret_open; or NULL */
	bool			 all;		/* every uid's messages, */
	uid_t			 uid;		/* or only this one's */
	bool			 force;		/* -qf: due, down or not */
	bool			 held;		/* -qff: those on hold too */
	const struct selector	*selectors;
	size_t			 selectors_n;
	bool			 verbose;	/* the dialogue is shown */
	/* As long as settings->path is this file a pass that lasts goes on
	 * with what becomes due; once it is another it ends.  NULL: a pass
	 * has what was due when it began. */
	const struct watch_file	*config;
};

/* What one pass over the queue found and left. */
struct runner_sum {
	size_t	seen;		/* ours, of this configuration, that fit */
	size_t	tried, delivered, waiting, failed;
	size_t	unreachable;	/* sessions that could not be opened, */
	size_t	reached;	/* and those that could */
	time_t	next;		/* the earliest next try of what waits; 0:
				 * nothing does */
	bool	stopped;	/* a signal ended it early, */
	bool	changed;	/* or another configuration did */
};

/* One pass; b is kept from one to the next.  private_fd: a descriptor that is
 * not for workers, or -1.  As runner_pass, but for the syncs and the tidying
 * at its end. */
int	plan_pass(const struct runner_job *j, struct backlog *b,
	    struct watch *w, int private_fd, struct runner_sum *sum,
	    struct outcome *o);
/* What a pass of that job looks for. */
struct backlog_want	plan_want(const struct runner_job *j);

#endif
