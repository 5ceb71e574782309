/* SPDX-License-Identifier: ISC */
/* By which account a message goes, from whom, and why: told for --explain. */
#ifndef POSTHORN_REASONS_H
#define POSTHORN_REASONS_H

#include <stdio.h>

#include "base/buf.h"
#include "front/call.h"

/* Lines on out about configuration, account, servers, login and envelope
 * sender, by the command line and the header block as it was read.  What there
 * is not, since it would be refused, is not told. */
void	reasons_show(FILE *out, const struct call *c,
	    const struct buf *header);

#endif
