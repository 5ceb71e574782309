/* SPDX-License-Identifier: ISC */
/*
 * Queued messages as they are shown: a table for people, a line a message for
 * programs, or JSON.  The last two are an interface: posthorn(8) describes
 * them.
 */
#ifndef POSTHORN_LISTING_H
#define POSTHORN_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include "queue/entry.h"
#include "queue/folder.h"

enum listing_form {
	LISTING_TABLE,
	LISTING_LINES,
	LISTING_JSON
};

struct listing {
	FILE			*out;
	enum listing_form	 form;
	bool			 verbose;	/* every recipient */
	time_t			 now;
	size_t			 width;		/* columns of the table */
	bool			 begun;		/* its heading is out */
	enum store_folder	 section;	/* the last heading's */
};

/* One message.  e NULL: it cannot be read, and reason says why. */
struct listed {
	const char		*id;
	uid_t			 uid;
	enum store_folder	 where;
	const struct entry	*e;
	bool			 busy;	/* somebody works on it */
	time_t			 next;	/* the next try, as things are; 0:
					 * there will be none */
	bool			 foreign;	/* another configuration's, */
	bool			 orphan;	/* ... which is gone */
	const char		*reason;	/* or NULL */
};

/* The form that options and a terminal ask for. */
void	listing_init(struct listing *l, FILE *out, bool json, bool verbose);
void	listing_show(struct listing *l, const struct listed *m);
/* The recipient to be named when there is room for one: the first that still
 * waits, else the first that was refused, else the first; NULL: there is
 * none. */
const struct recipient	*listing_first(const struct envelope *v);
/* "active", "hold", "failed". */
const char	*listing_folder(enum store_folder where);

#endif
