/* SPDX-License-Identifier: ISC */
/* What was done to a header block, told field by field. */
#ifndef POSTHORN_CHANGES_H
#define POSTHORN_CHANGES_H

#include <stdio.h>

#include "base/buf.h"

/*
 * Lines on out: "+ " a field that is new, "- " one that is gone, "~ " and
 * "> " one as it was and as it is, each unfolded, made printable and cut at
 * 1,000 characters; then how many are as they were.  Fields have kept their
 * order; new ones stand at most eight side by side.
 */
void	changes_show(FILE *out, const struct buf *before,
	    const struct buf *after);

#endif
