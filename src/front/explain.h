/* SPDX-License-Identifier: ISC */
/* --explain: what would be done with this command line and this message. */
#ifndef POSTHORN_EXPLAIN_H
#define POSTHORN_EXPLAIN_H

#include "front/call.h"

/* Reads the message and says, on stdout, which account and why, the envelope,
 * each header field added, changed or removed, the mechanisms in order, and
 * the exit status that would follow.  Sends and keeps nothing.  -1: as the
 * submission would have failed, which is told. */
int	explain_run(const struct call *c, struct outcome *o);

#endif
