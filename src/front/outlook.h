/* SPDX-License-Identifier: ISC */
/*
 * How the hosts of each account have been doing, and so when a message is
 * tried next, and what it waits for that has no trouble of its own.
 */
#ifndef POSTHORN_OUTLOOK_H
#define POSTHORN_OUTLOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/state.h"
#include "conf/settings.h"
#include "front/listing.h"
#include "queue/entry.h"
#include "queue/health.h"

#define OUTLOOK_HOST	280
#define OUTLOOK_WORDS	(4096 + LIMIT_WORDS)

struct outlook {
	const struct account	*account;
	struct health		*hosts;		/* as many as the account's */
	bool			 down;		/* all of them are */
	time_t			 until;		/* ... and so long */
	char			*words;		/* ... what is said of them;
						 * owned, or NULL */
};

/* Whose message it is. */
enum outlook_whose {
	OUTLOOK_OURS,		/* of this configuration */
	OUTLOOK_OTHER,		/* of another one, */
	OUTLOOK_GONE		/* ... whose file is not there: nobody will
				 * deliver it */
};

struct outlooks {
	const struct settings	*settings;
	struct outlook		*list;		/* one an account */
	char			 words[OUTLOOK_WORDS];	/* outlook_fill's */
	char			*other;		/* the last foreign one that
						 * was looked for; owned */
	enum outlook_whose	 other_is;
};

void	outlook_read(struct outlooks *all, const struct settings *settings,
	    const struct state *state, time_t now);
/* That of the message's account; NULL: it is of another configuration, or
 * the account is gone. */
const struct outlook	*outlook_of(const struct outlooks *all,
	    const struct entry *e);
enum outlook_whose	outlook_whose(struct outlooks *all,
	    const struct entry *e);
/* When it is tried next, if it waits: not while all hosts are down; 0: not at
 * all. */
time_t	outlook_next(struct outlooks *all, const struct entry *e);
/* A message in that folder as it is to be shown (busy: no).  Its reason stays
 * until the next one is filled. */
void	outlook_fill(struct outlooks *all, const struct entry *e,
	    enum store_folder where, struct listed *m);
/* "HOST is down: words"; of a login that fails, that. */
void	outlook_trouble(char out[OUTLOOK_WORDS], const struct host *host,
	    const struct health *h);
/* "name:port", "[address]:port" or the socket's path. */
void	outlook_host(char out[OUTLOOK_HOST], const struct host *h);
void	outlook_free(struct outlooks *all);

#endif
