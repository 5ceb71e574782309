/* SPDX-License-Identifier: ISC */
/* What programs read of a notice: message/delivery-status (RFC 3464). */
#ifndef POSTHORN_STATUS_H
#define POSTHORN_STATUS_H

#include <stdbool.h>

#include "queue/entry.h"
#include "queue/notice.h"
#include "queue/sheet.h"

/* Puts the fields of the message, then those of each recipient listed, with a
 * blank line between.  utf8: words may stay as they are (RFC 6533); addresses
 * always do. */
void	status_write(struct sheet *s, const struct entry *e,
	    const struct bounce_facts *f, bool utf8);

#endif
