/* SPDX-License-Identifier: ISC */
/* What a message needs of a host, and what of it has to change for one that
 * does not offer that. */
#ifndef POSTHORN_FIT_H
#define POSTHORN_FIT_H

#include <stdbool.h>

#include "base/outcome.h"
#include "mail/envelope.h"
#include "mail/message.h"
#include "smtp/ehlo.h"

/* All zero: none yet. */
struct fit {
	bool			 done;
	bool			 utf8;		/* MAIL says SMTPUTF8 */
	const struct message	*m;		/* what to send */
	bool			 converted;	/* that is `made` */
	struct message		 made;
};

/*
 * Fits m, for recipients of e that are not settled, to a host that offers c.
 * Lines over 998 octets are folded or encoded always, 8-bit bodies without
 * 8BITMIME.  SMTPUTF8 is used, where it is offered, only when an address of
 * the envelope wants it, e->utf8_asked, or the header is not ASCII and either
 * signed (DKIM-Signature) or not to be said otherwise; else such a header is
 * encoded (mail/downgrade.h), for the host may have to pass the message on to
 * one that lacks SMTPUTF8, and would bounce it then (RFC 6531 section 3.6).
 * A signed part (mime.h) with long lines goes as it is.
 *
 * Where nothing has to change f->m is m, and nothing was done.  The file of a
 * changed one is made in directory (message_open).  The struct fit must stay
 * where it is while it is used.  -1, as mime_convert: FAULT_REFUSED: not to
 * this host; else it is for another time.
 */
int	fit_message(struct fit *f, const struct capabilities *c,
	    const struct message *m, struct envelope *e,
	    const char *directory, struct outcome *o);
/* The same message, now elsewhere in memory. */
void	fit_moved(struct fit *f, const struct message *m);
/* Closes what was made; f is then all zero. */
void	fit_end(struct fit *f);

#endif
