/* SPDX-License-Identifier: ISC */
/*
 * How each host has been doing, for every process: one record by host, port
 * and login, through base/state.  While a host is down it is tried by one
 * probe at a time, not by each message.
 */
#ifndef POSTHORN_HEALTH_H
#define POSTHORN_HEALTH_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/outcome.h"
#include "base/state.h"
#include "conf/account.h"

struct health {
	time_t		good;		/* last message taken; 0: none yet */
	time_t		bad;		/* last fault of host or account */
	unsigned	failures;	/* in a row, since `good` */
	time_t		until;		/* down: no try before; 0: it is up */
	enum fault	fault;		/* of the last failure */
	uint16_t	code;
	char		text[LIMIT_WORDS];	/* its words; "" none */
};

/* Reads the record of the host with that account's login; all zero where
 * there is none, or it is damaged. */
void	health_load(struct health *h, const struct state *state,
	    const struct account *a, const struct host *host);
/* A message was taken at `now`.  Written only if something was wrong before,
 * or the record is a minute old: it is on the way of every message. */
void	health_good(struct health *h, const struct state *state,
	    const struct account *a, const struct host *host, time_t now);
/* A fault whose scope is host or account.  The next try: where nothing
 * answered (FAULT_NETWORK without a reply code) after min_retry seconds each
 * time, since asking costs nothing; else after retry_probe(failures), but at
 * least min_retry and at most max_retry; a refused login not before 15
 * minutes. */
void	health_bad(struct health *h, const struct state *state,
	    const struct account *a, const struct host *host,
	    const struct outcome *o, int64_t min_retry, int64_t max_retry,
	    time_t now);
/* Is it to be left alone at `now`?  A clock that was set back by more than an
 * hour ends the wait. */
bool	health_down(const struct health *h, time_t now);
/* Removes the record. */
void	health_forget(const struct state *state, const struct account *a,
	    const struct host *host);

#endif
