/* SPDX-License-Identifier: ISC */
/*
 * MAIL, RCPT, DATA or BDAT, the message, its reply: one outcome a recipient.
 * In two phases, so that a caller can note that a message is in doubt before
 * its octets go out, and so that the next message's commands can go out
 * behind them (RFC 2920 section 3.1: MAIL may follow the end of a message in
 * the same group).
 */
#ifndef POSTHORN_TRANSACTION_H
#define POSTHORN_TRANSACTION_H

#include "mail/envelope.h"
#include "mail/message.h"
#include "smtp/exchange.h"
#include "smtp/session.h"

struct transaction {
	struct exchange	 x;
	bool		 begun;		/* something was said, or counted */
	bool		 recorded;	/* by the caller: the doubt is noted,
					 * the message itself may ride */
};

/* What transaction_begin comes to. */
enum {
	TRANSACTION_OVER,	/* all that can be learned is settled */
	TRANSACTION_READY	/* transaction_send is next */
};

/* May the session take another transaction, by its own limits (MAILMAX) and
 * by what happened in it? */
bool	transaction_more(const struct session *s);
/* A transaction for recipients of e that are not settled and not ruled out, as
 * many as the server and the account allow.  Nothing is said yet; what s, m
 * and e point to must stay until transaction_end.  m is fit for the server as
 * it is; utf8: with SMTPUTF8 (exchange_begin). */
void	transaction_init(struct transaction *t, struct session *s,
	    const struct message *m, struct envelope *e, bool utf8);
/* The same message and envelope, now elsewhere in memory. */
void	transaction_moved(struct transaction *t, const struct message *m,
	    struct envelope *e);
/* Would the message ride with its commands, all in one flight? */
bool	transaction_whole(const struct transaction *t);
/* When this one is taken, is every recipient of its envelope settled?  Known
 * after transaction_begin, or, of a whole one, hoped. */
bool	transaction_last(const struct transaction *t);
/*
 * Says and hears everything in front of the message itself (where that rides
 * with its commands: nothing).  Settles the recipients it learns the outcome
 * of; what the server calls too many stays unsettled, for another transaction.
 * TRANSACTION_OVER: it went on by the rules (transaction_more before the
 * next).  -1: the session broke or the fault is not this message's: then *o is
 * the outcome of the recipients that are still unsettled, and the session is
 * good for session_drop only.
 */
int	transaction_begin(struct transaction *t, struct outcome *o);
/*
 * Behind TRANSACTION_READY: sends the message and hears its reply.  Returns 0
 * or -1 as above; *o (with in_doubt) then.  In doubt, recipients that the
 * server has accepted, or may have, are settled with it.
 *
 * next (or NULL), initialised and not begun: where groups are allowed and the
 * session may go on, its first group goes out behind the message, and the
 * session's next transaction_begin has to be its own; next->begun says so.  A
 * whole one goes out with all its octets, but only if it is recorded.  When
 * the session is over after this reply (-1, or no transaction_more), next is as
 * if it had not begun, save that recipients of one that went out whole may be
 * settled: taken, or in doubt.
 */
int	transaction_send(struct transaction *t, struct transaction *next,
	    struct outcome *o);
/* Frees, and forgets; of one that is all zero, or ended already, too. */
void	transaction_end(struct transaction *t);
/* All of it in one, for a message that nobody has to note anything of; with
 * SMTPUTF8 where an address wants it. */
int	transaction_run(struct session *s, const struct message *m,
	    struct envelope *e, struct outcome *o);

#endif
