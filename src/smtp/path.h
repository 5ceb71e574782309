/* SPDX-License-Identifier: ISC */
/* What of an envelope a server can take, by what it offers; MAIL and RCPT, with
 * their parameters. */
#ifndef POSTHORN_PATH_H
#define POSTHORN_PATH_H

#include <stdbool.h>

#include "mail/envelope.h"
#include "mail/message.h"
#include "smtp/session.h"

/*
 * Does EHLO rule this message out at this host: by its size, or, without
 * SMTPUTF8, by a sender or by recipients that are not ASCII, or as it does not
 * see to REQUIRETLS (RFC 8689), which the sender asked for?  0: no, or not for
 * every recipient that is unsettled; -1: *o says why, as never; another host
 * may take it.
 */
int	path_possible(const struct session *s,
	    const struct message *m, struct envelope *e,
	    struct outcome *o);
/* Can the address go to this server: is it ASCII, or SMTPUTF8 offered? */
bool	path_fits(const struct session *s, const char *address);
/* Is the session one that REQUIRETLS can be said in (RFC 8689 section 4.2.1):
 * offered, the certificate verified? */
bool	path_secures(const struct session *s);
/* Queues MAIL for m, which is fit for the server; with utf8, which the server
 * must offer, as an internationalised message (RFC 6531 section 3.1). */
int	path_mail(struct session *s, const struct message *m,
	    const struct envelope *e, bool utf8, struct outcome *o);
/* Queues RCPT; with NOTIFY and ORCPT, where the sender said anything of
 * notices (a report of ours is no submission). */
int	path_rcpt(struct session *s, const struct recipient *r,
	    struct outcome *o);

#endif
