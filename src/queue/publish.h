/* SPDX-License-Identifier: ISC */
/* The ways by which a message gets its name; store_enter begins with the
 * first. */
#ifndef POSTHORN_PUBLISH_H
#define POSTHORN_PUBLISH_H

#include "queue/store.h"

enum publish_way {
	PUBLISH_PROC,		/* linkat through /proc/self/fd */
	PUBLISH_EMPTY,		/* linkat with AT_EMPTY_PATH */
	PUBLISH_RENAME		/* a copy in tmp/, renamed */
};

/* store_enter with the ways before `first` left out. */
int	publish_entry(struct store *s, struct entry *e, enum publish_way first,
	    struct outcome *o);

#endif
