/* SPDX-License-Identifier: ISC */
/* -bi, newaliases: is the file of aliases what it should be? */
#ifndef POSTHORN_NEWALIASES_H
#define POSTHORN_NEWALIASES_H

#include "front/call.h"

/* Reads the file (that of -oA, with the caller's rights, if given) and says of
 * each bad line what is wrong with it, on stderr; FAULT_CONFIG then.  With -v
 * it counts them.  A default file that is not there is fine. */
int	newaliases_run(const struct call *c, struct outcome *o);

#endif
