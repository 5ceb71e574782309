/* SPDX-License-Identifier: ISC */
/* Runs a program for its first line: passwords and tokens by command. */
#ifndef POSTHORN_CHILD_H
#define POSTHORN_CHILD_H

#include <stdint.h>

#include "base/buf.h"
#include "base/outcome.h"

/*
 * Runs argv[0] (searched in PATH) with exactly the environment env (NULL:
 * PATH=/usr/bin:/bin and LANG=C.UTF-8), in /, 0 on /dev/null, 1 on a pipe, 2
 * on a pipe whose last line goes into the error text, default signals, an
 * empty mask, no other descriptor, its own process group (killed as a whole
 * when time is up), real = effective = saved ids.  Puts the first line of its
 * output, without the line end, into line (cleared first; the child's whole
 * output is read and dropped beyond it).  Fails (FAULT_CONFIG, STAGE_SECRET)
 * when it cannot be started, exits non-zero, is killed, prints nothing, a
 * line over the ceiling of `line` or a NUL, or is not done in timeout_ms.
 * The command's output is never part of the error text.
 */
int	child_first_line(const char *const argv[], const char *const env[],
	    struct buf *line, int64_t timeout_ms, struct outcome *o);

#endif
