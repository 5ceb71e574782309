/* SPDX-License-Identifier: ISC */
/* A submission from stdin to its outcomes: the story of one message. */
#ifndef POSTHORN_SUBMIT_H
#define POSTHORN_SUBMIT_H

#include "base/outcome.h"
#include "front/intake.h"

/*
 * Reads the message on descriptor 0, decides account, envelope and header,
 * delivers or queues.  0 when exit status 0 may be said; *o is then what is
 * still worth telling (a delay, somebody who was refused), if anything.  Else
 * -1 with *o the outcome of the whole (deliver_sum), the single ones in the
 * envelope.
 */
int	submit_message(struct submission *s, struct outcome *o);

#endif
