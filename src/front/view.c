/* SPDX-License-Identifier: ISC */
/* A queued message as things are with it right now. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "front/show.h"
#include "front/view.h"

void
view_open(struct view *w, const struct settings *settings,
    const struct place *place, time_t now)
{
	memset(w, 0, sizeof(*w));
	w->now = now;
	outlook_read(&w->outlooks, settings, &place->state, now);
	busy_read(&w->busy, place->store.dev);
}

void
view_close(struct view *w)
{
	busy_free(&w->busy);
	outlook_free(&w->outlooks);
}

void
view_entry(struct view *w, const struct entry *e, enum store_folder where,
    struct listed *m)
{
	outlook_fill(&w->outlooks, e, where, m);
	m->busy = busy_has(&w->busy, e->message.fd);
}

int
view_show(struct view *w, const struct entry *e, enum store_folder where,
    const struct options *op, struct outcome *o)
{
	struct listing l;
	struct listed m;

	view_entry(w, e, where, &m);
	if (!op->json)
		return show_entry(stdout, &m, w->now, op->verbose,
		    isatty(STDOUT_FILENO) == 1, o);
	listing_init(&l, stdout, true, true);
	listing_show(&l, &m);
	return 0;
}
