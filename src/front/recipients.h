/* SPDX-License-Identifier: ISC */
/* Whom a message goes to: argv, and with -t the header. */
#ifndef POSTHORN_RECIPIENTS_H
#define POSTHORN_RECIPIENTS_H

#include "base/buf.h"
#include "base/outcome.h"
#include "front/book.h"
#include "mail/envelope.h"

/*
 * Adds the addresses of one argument, which may hold a list.  An argument
 * without any is FAULT_DATA.  Here as below, bare names and names at this host
 * become what their aliases say (expand.h, also for how that fails); those of
 * an alias that has an owner- go into an envelope behind e (mail/others.h).
 */
int	recipients_argument(struct envelope *e, const char *text,
	    struct book *b, struct outcome *o);
/* The same for exactly one address, of n octets: of RCPT TO, without < >.  Of
 * one that fails nobody is added. */
int	recipients_mailbox(struct envelope *e, const char *text, size_t n,
	    struct book *b, struct outcome *o);
/*
 * Adds those of the header block h: To, Cc, Bcc; where there is any Resent-
 * field, Resent-To, -Cc and -Bcc of the first block instead (RFC 5322 section
 * 3.6.6: the newest stands on top).  What cannot be an address is FAULT_DATA.
 */
int	recipients_header(struct envelope *e, const struct buf *h,
	    struct book *b, struct outcome *o);
/* The wire form of the one address in the first field of that name, into b;
 * b stays empty if there is no such field, or none, or several in it. */
void	recipients_author(struct buf *b, const struct buf *h,
	    const char *field);

#endif
