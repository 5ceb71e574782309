/* SPDX-License-Identifier: ISC */
/*
 * Who goes next, by which host, in how many sessions: one lane an account.
 * Pure: no files, no processes, no clock.
 *
 * A host whose last word was a fault is on probation: one session, one message
 * at a time, until a message was judged in it.  A lane begins with one session
 * in any case, and widens when that one is established and more wait than it
 * should carry alone, or when every session is stuck at a slow message.
 */
#ifndef POSTHORN_SCHEDULE_H
#define POSTHORN_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/outcome.h"
#include "queue/health.h"

#define SCHEDULE_AHEAD	3u	/* ids a session has at hand */

struct lane_host {
	bool	 out;		/* not (any more) in this pass */
	bool	 probation;
	time_t	 until;		/* of the wait, if it is out */
};

struct lane {
	const struct account	*account;	/* NULL: those without one */
	struct lane_host	 hosts[LIMIT_HOSTS];
	unsigned		 hosts_n;	/* 1 without an account */
	uint32_t		*rows;		/* what waits: [first, n) */
	size_t			 first, n, cap;
	unsigned		 limit;		/* of sessions */
	unsigned		 sessions;	/* all that live, */
	unsigned		 opening;	/* not yet established */
	unsigned		 strikes;	/* sessions in a row that broke
						 * at their message */
	unsigned		 deaths;	/* of workers */
	bool			 judged;	/* a message was */
	bool			 stopped;	/* nothing more in this pass */
};

enum schedule_end {
	SCHEDULE_ON,		/* the lane goes on as it is */
	SCHEDULE_HOST,		/* its host is out of order */
	SCHEDULE_ACCOUNT	/* the account is */
};

void	schedule_init(struct lane *l, const struct account *a,
	    unsigned limit);
void	schedule_free(struct lane *l);
/* What is known of host i; unless forced, one that is down is out. */
void	schedule_health(struct lane *l, unsigned i, const struct health *h,
	    bool down);

/* One more message (a row of the backlog) waits; one to be tried again in
 * this pass goes to the front. */
void	schedule_add(struct lane *l, uint32_t row);
void	schedule_return(struct lane *l, uint32_t row);
/* Forgets what waits. */
void	schedule_clear(struct lane *l);
/* The next one: false if there is none. */
bool	schedule_take(struct lane *l, uint32_t *row);
size_t	schedule_waiting(const struct lane *l);

/* The host for a further session, or -1. */
int	schedule_host(const struct lane *l);
/* Is a further session wanted, if `slow` of those that live are stuck? */
bool	schedule_wants(const struct lane *l, unsigned slow);
/* Is the session to be opened now the only hope of the message in it? */
bool	schedule_last(const struct lane *l);
/* How many ids a session to host i has at hand. */
unsigned schedule_ahead(const struct lane *l, unsigned i);

/* A session was begun, is established, judged a message, is over (it had been
 * established, or not). */
void	schedule_begun(struct lane *l);
void	schedule_opened(struct lane *l);
void	schedule_judged(struct lane *l, unsigned host);
void	schedule_closed(struct lane *l, bool opened);
/* Why it was over, to be told after schedule_closed: what follows. */
enum schedule_end	schedule_trouble(struct lane *l, unsigned host,
	    bool opened, const struct outcome *why);
/* A worker died without a word. */
void	schedule_died(struct lane *l);
/* Nothing more in this pass. */
void	schedule_stop(struct lane *l);
/* When the first host can be tried again; 0: now. */
time_t	schedule_until(const struct lane *l);

#endif
