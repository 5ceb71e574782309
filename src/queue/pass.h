/* SPDX-License-Identifier: ISC */
/* What a pass over the queue is asked for, and its picture of what is to be
 * done: a lane for each account, and in it what is due. */
#ifndef POSTHORN_PASS_H
#define POSTHORN_PASS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "base/outcome.h"
#include "base/state.h"
#include "conf/settings.h"
#include "queue/backlog.h"
#include "queue/basis.h"
#include "queue/crew.h"
#include "queue/schedule.h"
#include "queue/select.h"
#include "queue/store.h"

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
	bool			 force;		/* -qf: what is there at the
						 * first look, due or not,
						 * down or not, once */
	bool			 held;		/* -qff: those on hold too */
	const struct selector	*selectors;
	size_t			 selectors_n;
	bool			 verbose;	/* the dialogue is shown */
	/* As long as this is what it was a pass that lasts goes on with what
	 * becomes due; once it is another it ends.  NULL: a pass has what was
	 * due when it began. */
	struct basis		*basis;
};

/* What one pass over the queue found and left. */
struct runner_sum {
	size_t	seen;		/* ours, of this configuration, that fit */
	size_t	tried, delivered, waiting, failed;
	size_t	passed;		/* busy with somebody else, or not due after
				 * all */
	size_t	unread;		/* files that could not be read, and not for
				 * what is in them: why[] of the last one */
	char	why[LIMIT_WORDS];
	size_t	unreachable;	/* sessions that could not be opened, */
	size_t	reached;	/* and those that could */
	time_t	next;		/* the earliest next try of what waits; 0:
				 * nothing does */
	bool	alone;		/* not even one worker could be had */
	bool	stopped;	/* a signal ended it early, */
	bool	changed;	/* or another basis did */
};

struct pass {
	const struct runner_job	*j;
	struct backlog		*b;
	struct backlog_want	 want;		/* forced: at the first look */
	struct lane		*lanes;		/* accounts_n, and one for those
						 * whose account is gone */
	size_t			 lanes_n;
	struct crew		 crew;
	struct runner_sum	*sum;
	int64_t			 read_at;	/* clock_ms */
};

/* What a pass of that job looks for. */
struct backlog_want	pass_want(const struct runner_job *j);
/* The lanes of what was read into p->b. */
void	pass_begin(struct pass *p);
/* The pass lasts: reads anew, for what came meanwhile is not to wait for it.
 * Rows of hands are put right. */
void	pass_refresh(struct pass *p);
/* A next time that can be; whoever says others is not believed. */
time_t	pass_next(const struct pass *p, time_t next);
/* When something busy with somebody else is looked at again. */
time_t	pass_pause(const struct pass *p);
/* Sums up what is left, and frees the lanes. */
void	pass_end(struct pass *p);

#endif
