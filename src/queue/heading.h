/* SPDX-License-Identifier: ISC */
/* The header of a notice. */
#ifndef POSTHORN_HEADING_H
#define POSTHORN_HEADING_H

#include "base/buf.h"
#include "queue/notice.h"

/* Appends the notice's fields to h, but for what depends on its body; `to` is
 * a wire form, original the header block it is about. */
void	heading_write(struct buf *h, const struct bounce_facts *f,
	    const char *to, const struct buf *original, const char *boundary);

#endif
