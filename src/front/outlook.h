/* SPDX-License-Identifier: ISC */
/* How the hosts of each account have been doing, and so what mail waits for
 * that has no trouble of its own. */
#ifndef POSTHORN_OUTLOOK_H
#define POSTHORN_OUTLOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/state.h"
#include "conf/settings.h"
#include "queue/entry.h"
#include "queue/health.h"

#define OUTLOOK_HOST	280

struct outlook {
	const struct account	*account;
	struct health		*hosts;		/* as many as the account's */
	bool			 down;		/* all of them are */
	time_t			 until;		/* ... and so long */
	char			*words;		/* ... what is said of them;
						 * owned, or NULL */
};

struct outlooks {
	const struct settings	*settings;
	struct outlook		*list;		/* one an account */
};

void	outlook_read(struct outlooks *all, const struct settings *settings,
	    const struct state *state, time_t now);
/* That of the message's account; NULL: it is of another configuration, or
 * the account is gone. */
const struct outlook	*outlook_of(const struct outlooks *all,
	    const struct entry *e);
/* Does the message belong to this configuration? */
bool	outlook_ours(const struct outlooks *all, const struct entry *e);
/* "name:port", "[address]:port" or the socket's path. */
void	outlook_host(char out[OUTLOOK_HOST], const struct host *h);
void	outlook_free(struct outlooks *all);

#endif
