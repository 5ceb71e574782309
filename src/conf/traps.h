/* SPDX-License-Identifier: ISC */
/*
 * What libconfuse would take without a word, or would blame on another line,
 * is refused here before it sees the text: unknown, unbuilt and repeated keys,
 * sections, comments and quotes that are not closed, characters that it would
 * skip, control characters, escapes, variables that are not set or stand
 * where they should not.
 */
#ifndef POSTHORN_TRAPS_H
#define POSTHORN_TRAPS_H

#include <stdbool.h>

#include "base/buf.h"
#include "conf/draft.h"

/* Checks the text of the draft's file; comments become blanks (libconfuse
 * counts their lines wrongly).  Sets *secret if it holds a literal one.  -1:
 * FAULT_CONFIG. */
int	traps_check(struct draft *d, struct buf *text, bool *secret);

#endif
