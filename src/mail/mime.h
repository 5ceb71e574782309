/* SPDX-License-Identifier: ISC */
/*
 * A message made fit for a server that takes less than it holds: leaf parts
 * re-encoded, header fields folded and encoded.  Decoded, it says the same,
 * octet for octet.
 */
#ifndef POSTHORN_MIME_H
#define POSTHORN_MIME_H

#include "base/outcome.h"
#include "mail/message.h"

enum mime_fit {
	MIME_BODY7 = 1,		/* no octet over 127 in any body */
	MIME_LINES = 2,		/* no line over 998 octets, CRLF not counted
				 * (RFC 5322 section 2.1.1) */
	MIME_HEADER7 = 4	/* none over 127 in any header */
};

/*
 * Writes m, as `what` (or'ed) wants it, into a spool file of its own in
 * directory (as message_open); out is complete, with its facts, and the
 * caller's to close.  Parts that need nothing stay as they are, and so do
 * multipart/signed, multipart/encrypted and what is inside of them.  Fails
 * FAULT_REFUSED, 5.6.3, where such a part would have to be changed, as the
 * words say; FAULT_DELAY and FAULT_OS as message_body.  On failure there is
 * nothing to close.
 *
 * Text becomes quoted-printable, other content base64; what is encoded
 * already is broken into shorter lines.  Bodies of attached messages are
 * parts of this one.  With MIME_BODY7 what says 8bit or binary says 7bit
 * then, and part headers are ASCII too: one that cannot be is 5.6.3.
 * The text before the first and behind the last part of a multipart, which
 * nobody is shown, is not content: octets over 127 become '?', long lines are
 * broken.  A multipart without parts (no boundary, or one that never comes)
 * becomes text/plain, if it has to be encoded, its type kept as
 * X-Original-Content-Type.
 */
int	mime_convert(const struct message *m, unsigned what,
	    const char *directory, struct message *out, struct outcome *o);

#endif
