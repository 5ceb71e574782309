/* SPDX-License-Identifier: ISC */
/*
 * What people do to one queued message.  Each takes it loaded and locked, in
 * the folder it is in; 0, or -1 with *o, and then it stays what it was or, cut
 * short by a fault, in one of the two folders, whole.
 */
#ifndef POSTHORN_DEEDS_H
#define POSTHORN_DEEDS_H

#include <time.h>

#include "conf/settings.h"
#include "front/identity.h"
#include "front/place.h"
#include "queue/finish.h"

struct deed {
	struct place		*place;
	const struct settings	*settings;
	const struct identity	*me;
	time_t			 now;
	enum store_folder	 where;		/* the message is in */
	enum finish_end		 end;		/* of a bounce */
};

/* Keeps it back until it is released. */
int	deed_hold(struct deed *d, struct entry *e, struct outcome *o);
/* Back among those to be delivered.  One that failed is due at once, all its
 * recipients that have not got it are tried again, and the time in which the
 * server answered for it and that for which it was held count from now. */
int	deed_release(struct deed *d, struct entry *e, struct outcome *o);
int	deed_delete(struct deed *d, struct entry *e, struct outcome *o);
/* The same for one that cannot be read, by its id. */
int	deed_delete_id(struct deed *d, const char *id, struct outcome *o);
/* Due now, whenever it was to be tried. */
int	deed_retry(struct deed *d, struct entry *e, struct outcome *o);
/* Gives up on who still waits, and tells the sender (finish_run; d->end).  -1
 * as well when the notice cannot be made or kept now: nobody is given up. */
int	deed_bounce(struct deed *d, struct entry *e, struct outcome *o);

#endif
