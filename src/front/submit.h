/* SPDX-License-Identifier: ISC */
/* A submission from stdin to its outcomes: the story of one message. */
#ifndef POSTHORN_SUBMIT_H
#define POSTHORN_SUBMIT_H

#include <stdbool.h>

#include "base/outcome.h"
#include "base/state.h"
#include "conf/settings.h"
#include "front/identity.h"
#include "front/options.h"
#include "front/privilege.h"
#include "mail/envelope.h"

struct submission {
	const struct options		*options;
	const struct surroundings	*from;
	const struct settings		*settings;
	const struct identity		*me;
	const struct state		*state;
	struct envelope			 envelope;	/* settled afterwards,
							 * if it got so far */
};

/*
 * Reads the message on descriptor 0, decides account, envelope and header,
 * delivers.  0 when all recipients were delivered; else -1 with *o the
 * outcome of the whole (deliver_sum), the single ones in the envelope.
 */
int	submit_message(struct submission *s, struct outcome *o);

#endif
