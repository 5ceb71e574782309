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
	const struct account	*account;	/* found */
};

/*
 * Descriptor 0 is read to its end: s->entry has its id, envelope and message,
 * spooled where the queue would want it, with all edits of the header.  As far
 * as it came, *t tells what there is: no header, no body (message.body is 0),
 * part of one (message.length is 0).
 */
int	intake_run(struct intake *t, struct outcome *o);

#endif
