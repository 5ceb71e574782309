/* SPDX-License-Identifier: ISC */
/* Where each recipient comes from: told for --explain. */
#ifndef POSTHORN_ORIGINS_H
#define POSTHORN_ORIGINS_H

#include <stdio.h>

#include "base/buf.h"
#include "front/call.h"

/*
 * A line on out for each recipient: its address, and the argument or, with -t,
 * the field of the header block (as it was read) that names it first; whether
 * it is there by an alias, and from whom, if that has an owner-.
 */
void	origins_show(FILE *out, const struct call *c,
	    const struct buf *header);

#endif
