/* SPDX-License-Identifier: ISC */
/* A message that is whole, to all of its envelopes (mail/others.h). */
#ifndef POSTHORN_COPIES_H
#define POSTHORN_COPIES_H

#include "base/outcome.h"
#include "conf/account.h"
#include "front/intake.h"
#include "queue/deliver.h"

/*
 * After intake_run: hands the message over (handover_run) for everybody: its
 * own recipients, and those of each envelope behind s->entry.envelope, whose
 * owners become reverse-paths as rewrite-from says.  With a queue those become
 * messages of their own there, the same octets under another id, all or none,
 * before anything else is done (and are taken back if the main one cannot be
 * kept, so that the caller may try again); without one they are sent behind
 * the main one, and their recipients with their outcomes join its envelope.
 *
 * Returns as handover_run; s->end, s->unkept and s->split, and *trace, are
 * what it says of the main message.  What is queued apart is in the log.
 */
int	copies_handover(struct submission *s, const struct account *a,
	    struct deliver_trace *trace, struct outcome *o);

#endif
