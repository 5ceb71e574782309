/* SPDX-License-Identifier: ISC */
/* Header fields made fit for servers that take ASCII and short lines only. */
#ifndef POSTHORN_DOWNGRADE_H
#define POSTHORN_DOWNGRADE_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * Appends the fields of the header block h (of a message or of a MIME part)
 * to out: with `ascii`, octets over 127 as RFC 2047 encoded words where text
 * may stand (unstructured fields, display names, comments), RFC 2231 in
 * parameters of Content- fields, A-labels in domains; what is left then (a
 * local part, a Message-ID) stays.  With `lines`, lines over 998 octets are
 * folded where white space allows, else between tokens or, of text, as
 * encoded words.  Fields that need nothing stay octet for octet.  0, or -1
 * past out's ceiling.
 */
int	downgrade_header(struct buf *out, const struct buf *h, bool ascii,
	    bool lines);

#endif
