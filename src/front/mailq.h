/* SPDX-License-Identifier: ISC */
/* mailq, -bp, -bP, --queue: the queue as people look at it. */
#ifndef POSTHORN_MAILQ_H
#define POSTHORN_MAILQ_H

#include "base/outcome.h"
#include "conf/settings.h"
#include "front/command.h"
#include "front/identity.h"
#include "front/place.h"

/*
 * Does what the mode asks for: MODE_MAILQ lists (the words are as of pick.h,
 * none: everything), MODE_COUNT prints how many messages wait or are on hold,
 * MODE_QUEUE takes a verb, "list" (none: that) or one of manage.h.  The place
 * is open.
 */
int	mailq_run(const struct options *op, const struct settings *settings,
	    struct place *place, const struct identity *me,
	    struct outcome *o);

#endif
