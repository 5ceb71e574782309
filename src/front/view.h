/* SPDX-License-Identifier: ISC */
/* A queued message as things are with it right now: when it is tried, why it
 * waits, and whether somebody works on it. */
#ifndef POSTHORN_VIEW_H
#define POSTHORN_VIEW_H

#include <stdbool.h>
#include <time.h>

#include "base/outcome.h"
#include "conf/settings.h"
#include "front/busy.h"
#include "front/command.h"
#include "front/listing.h"
#include "front/outlook.h"
#include "front/place.h"

struct view {
	struct outlooks	 outlooks;
	struct busy	 busy;
	time_t		 now;
};

void	view_open(struct view *w, const struct settings *settings,
	    const struct place *place, time_t now);
void	view_close(struct view *w);
/* One message; its reason stays until the next one is asked for. */
void	view_entry(struct view *w, const struct entry *e,
	    enum store_folder where, struct listed *m);
/* All of one message on standard output, as the options want it (show.h). */
int	view_show(struct view *w, const struct entry *e,
	    enum store_folder where, const struct options *op,
	    struct outcome *o);

#endif
