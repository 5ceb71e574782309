/* SPDX-License-Identifier: ISC */
/* What a notice wants to know of the message it is about. */
#ifndef POSTHORN_ORIGINAL_H
#define POSTHORN_ORIGINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/outcome.h"
#include "queue/entry.h"

#define ORIGINAL_LOOP	"posthorn"	/* X-Loop of every notice */

/* Reads the header block of e's message into h, which is initialised here;
 * what passes LIMIT_HEADER is left out. */
int	original_read(const struct entry *e, struct buf *h,
	    struct outcome *o);
/* Does the header tell an automatic message (RFC 3834 section 2)? */
bool	original_automatic(const struct buf *h);
bool	original_utf8(const struct buf *h);
/* Its Message-ID with the brackets, if there is one that can be referred to:
 * the length and *id, in h; else 0. */
size_t	original_id(const struct buf *h, const char **id);

#endif
