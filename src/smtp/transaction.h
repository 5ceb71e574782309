/* SPDX-License-Identifier: ISC */
/* MAIL, RCPT, DATA or BDAT, the message, its reply: one outcome a recipient. */
#ifndef POSTHORN_TRANSACTION_H
#define POSTHORN_TRANSACTION_H

#include "mail/envelope.h"
#include "mail/message.h"
#include "smtp/session.h"

/*
 * Does EHLO rule this message out at this host: by its size, or, without
 * SMTPUTF8, by a sender or by recipients that are not ASCII?  0: no, or not for
 * every recipient that is unsettled; -1: *o says why, as never; another host
 * may take it.
 */
int	transaction_possible(const struct session *s,
	    const struct message *m, struct envelope *e,
	    struct outcome *o);
/*
 * One transaction for recipients of e that are not settled and not ruled out,
 * as many as the server and the account allow.  Settles those it learns the
 * outcome of; what the server calls too many stays unsettled, for another
 * transaction.
 * Returns 0 when the session went on by the rules (look at s->finished before
 * the next one), or -1 when it broke or the fault is not this message's:
 * then *o (with in_doubt) is the outcome of the recipients that are still
 * unsettled, and the session is good for session_drop only.  In doubt,
 * recipients that the server has accepted, or may have, are settled with it.
 */
int	transaction_run(struct session *s, const struct message *m,
	    struct envelope *e, struct outcome *o);

#endif
