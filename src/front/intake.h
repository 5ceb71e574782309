/* SPDX-License-Identifier: ISC */
/* A message taken in: read, addressed, repaired, spooled. */
#ifndef POSTHORN_INTAKE_H
#define POSTHORN_INTAKE_H

#include "base/buf.h"
#include "base/outcome.h"
#include "conf/settings.h"
#include "front/identity.h"
#include "front/keep.h"
#include "front/options.h"
#include "front/place.h"
#include "front/privilege.h"
#include "mail/input.h"
#include "queue/entry.h"

struct submission {
	const struct options		*options;
	const struct surroundings	*from;
	const struct settings		*settings;
	const struct identity		*me;
	struct place			*place;
	struct entry			 entry;	/* its envelope is settled
						 * afterwards, if it got so
						 * far; entry_init first */
	enum keep_end			 end;	/* see keep.h */
	struct outcome			 unkept; /* see keep.h */
	bool				 split;	/* see handover.h */
};

struct intake {
	struct submission	*s;
	struct input		*in;		/* to be read */
	struct buf		 header;	/* of ceiling LIMIT_HEADER and
						 * what is added to it */
	struct buf		*before;	/* gets the block as it was
						 * read; NULL: not needed */
	int			 fd;		/* where it comes from */
	bool			 dot;		/* a lone dot ends it there */
	/* The envelope has its recipients (and what -N, -R and the like say)
	 * already, and this is the sender, as written ("" is <>; the user's
	 * own bare name, as of who has to say something in MAIL, is none).
	 * NULL: the options and the header say all that. */
	const char		*sender;
	const char		*came;		/* for Received, who handed it
						 * in: "from ..." (RFC 5321
						 * section 4.4), or NULL: our
						 * caller */
	const char		*with;		/* the protocol: see struct
						 * repair */
	const struct account	*account;	/* found */
};

/*
 * t->fd is read to its end: s->entry has its id, envelope and message,
 * spooled where the queue would want it, with all edits of the header.  As far
 * as it came, *t tells what there is: no header, no body (message.body is 0),
 * part of one (message.length is 0).
 */
int	intake_run(struct intake *t, struct outcome *o);

#endif
