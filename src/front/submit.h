/* SPDX-License-Identifier: ISC */
/* A submission from stdin to its outcomes: the story of one message. */
#ifndef POSTHORN_SUBMIT_H
#define POSTHORN_SUBMIT_H

#include <stdbool.h>

#include "base/outcome.h"
#include "conf/settings.h"
#include "front/identity.h"
#include "front/keep.h"
#include "front/options.h"
#include "front/place.h"
#include "front/privilege.h"
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
	bool				 split;	/* see handover.h */
};

/*
 * Reads the message on descriptor 0, decides account, envelope and header,
 * delivers or queues.  0 when exit status 0 may be said; *o is then what is
 * still worth telling (a delay, somebody who was refused), if anything.  Else
 * -1 with *o the outcome of the whole (deliver_sum), the single ones in the
 * envelope.
 */
int	submit_message(struct submission *s, struct outcome *o);

#endif
