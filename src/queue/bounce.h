/* SPDX-License-Identifier: ISC */
/* RFC 3464 notices: what could not be delivered, or is late, as a message. */
#ifndef POSTHORN_BOUNCE_H
#define POSTHORN_BOUNCE_H

#include <stdbool.h>

#include "base/outcome.h"
#include "mail/message.h"
#include "queue/entry.h"
#include "queue/notice.h"

/* May e be answered with a notice at all?  No: null reverse-path, or the
 * message itself is an automatic one (Auto-Submitted other than no, a
 * multipart/report, Precedence bulk, list or junk, X-Loop of ours).  A header
 * that cannot be read says nothing against it: bounce_write will fail. */
bool	bounce_may(const struct entry *e);
/*
 * Writes the notice about the recipients of e that are settled as never and
 * not told (failed) or are waiting (delayed) into the open, empty spool of m:
 * multipart/report of a text for people, message/delivery-status, and
 * text/rfc822-headers or message/rfc822, with null reverse-path in mind and
 * Auto-Submitted: auto-replied.  m's facts are set as message_header sets
 * them.  Memory does not grow with the message.
 *
 * Addresses that are not ASCII make it a message/global-delivery-status (RFC
 * 6533); all else is 7-bit, by quoted-printable where it must be, but for a
 * whole message that is not.  A message with lines over 998 octets, or one
 * that was too large (status 5.3.4) or could not be converted (5.6.3), goes
 * with its header only, one that asked for REQUIRETLS with its Date and
 * Message-ID only (RFC 8689 section 5).  FAULT_BUG: nobody to write to, or
 * about; FAULT_OS, FAULT_DELAY: the files.
 */
int	bounce_write(struct message *m, const struct entry *e,
	    const struct bounce_facts *f, struct outcome *o);

#endif
