/* SPDX-License-Identifier: ISC */
/* Where the queue is, for this configuration and this caller. */
#ifndef POSTHORN_PLACE_H
#define POSTHORN_PLACE_H

#include <stdbool.h>

#include "base/outcome.h"
#include "base/state.h"
#include "conf/settings.h"
#include "front/identity.h"
#include "front/privilege.h"
#include "queue/store.h"

struct place {
	struct store	store;
	bool		open;		/* there is a queue, and it is open */
	struct state	state;		/* state/ of the queue, or of the
					 * user's own directory; see state.h */
};

/*
 * The directory: as configured; else, for the system's configuration,
 * LOCALSTATEDIR/spool/posthorn, if we may use it; else the user's own,
 * XDG_STATE_HOME/posthorn.  A directory with the set-group-id bit, writable by
 * its group, is a system queue.  directory = "none": no queue, which is no
 * failure.  -1: there should be one and cannot be, *o says why; the state is
 * open all the same.
 */
int	place_open(struct place *p, const struct settings *settings,
	    const struct surroundings *from, const struct identity *me,
	    struct outcome *o);
void	place_close(struct place *p);

#endif
