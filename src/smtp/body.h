/* SPDX-License-Identifier: ISC */
/* A message's octets on their way out: dot-stuffed, or as they are. */
#ifndef POSTHORN_BODY_H
#define POSTHORN_BODY_H

#include <stdbool.h>

#include "mail/message.h"
#include "smtp/dialogue.h"

/*
 * Sends the whole message behind a 354: lines that begin with a dot get
 * another one, and a lone dot ends it (RFC 5321 section 4.5.2).  The end of it
 * may still be queued: the caller flushes.  *in_doubt becomes true just before
 * the last octets can go out.
 */
int	body_dotted(struct dialogue *d, const struct message *m,
	    bool *in_doubt, struct outcome *o);
/* Sends the message's octets as they are, behind "BDAT n LAST" (RFC 3030),
 * which the caller has queued; the caller flushes. */
int	body_chunk(struct dialogue *d, const struct message *m,
	    bool *in_doubt, struct outcome *o);

#endif
