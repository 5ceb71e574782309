/* SPDX-License-Identifier: ISC */
/* What people read of a notice. */
#ifndef POSTHORN_PROSE_H
#define POSTHORN_PROSE_H

#include "base/buf.h"
#include "queue/entry.h"
#include "queue/notice.h"
#include "queue/sheet.h"

/* Puts the text, UTF-8: what was sent (header is e's), to whom it could not
 * go, the smarthost's words, what happens next.  whole: the message goes with
 * the notice, not only its header. */
void	prose_write(struct sheet *s, const struct entry *e,
	    const struct bounce_facts *f, const struct buf *header,
	    bool whole);

#endif
