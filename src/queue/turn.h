/* SPDX-License-Identifier: ISC */
/* What one open session does for one message: all its transactions, each with
 * its doubt on disk before the last octets go out. */
#ifndef POSTHORN_TURN_H
#define POSTHORN_TURN_H

#include <signal.h>
#include <stdbool.h>

#include "mail/envelope.h"
#include "mail/message.h"
#include "queue/entry.h"
#include "queue/fit.h"
#include "queue/store.h"
#include "smtp/transaction.h"

/* How the last host that was talked to was reached; for the log. */
struct deliver_trace {
	char	host[280];	/* "name:port" */
	char	peer[64];
	char	tls[16];	/* "TLS1.3", or "" */
	char	auth[24];	/* mechanism, or "" */
	char	answer[120];	/* the server's words to the last message it
				 * took, or "" */
};

struct turn {
	struct session		*s;
	const struct message	*m;
	struct envelope		*e;
	struct deliver_trace	*trace;
	/* Where to note a doubt; looked at anew each time, for they may come
	 * to be set while we wait.  NULL in *entry: nowhere. */
	struct store *const	*store;
	struct entry *const	*entry;
	volatile sig_atomic_t	*sending;	/* 1 while in doubt; or NULL */
	/* What is found. */
	struct fit		 fit;		/* m, as the host can take it */
	struct transaction	 t;		/* the one under way */
	const struct entry	*noted;		/* its journal has the doubt */
	bool			 ruled_out;	/* by what EHLO said, and what
						 * the message is */
	bool			 again;		/* the session had enough: the
						 * rest in another one */
	bool			 unwritten;	/* the doubt could not be, or
						 * the message as the host
						 * wants it */
	struct outcome		 why;		/* of those left unsettled;
						 * FAULT_NONE: nothing is */
};

/*
 * Transactions until every recipient is settled.  next (or NULL: there is
 * none), which shares s and has not begun, is begun behind the last octets of
 * the last one, where that is allowed (transaction_send).
 * 0: all is settled, or `again`, or `ruled_out` (as `why` says); -1: the
 * session is over, good for session_drop only.  Where the doubt cannot be
 * written nothing is sent, who is left is settled with that, and -1; or 0,
 * where it is the message, fit for this host, that cannot be.  A turn stays
 * where it is in memory from turn_run, or from being `next`, to its turn_end.
 */
int	turn_run(struct turn *t, struct turn *next);
/* Frees what is under way. */
void	turn_end(struct turn *t);
/* The same message and envelope, now elsewhere in memory. */
void	turn_moved(struct turn *t, const struct message *m,
	    struct envelope *e);
/* Is there room for what an attempt will have to note of n recipients, in
 * brief (entry_record_brief)?  It is kept free.  true too where there is no
 * entry. */
bool	turn_room(const struct turn *t, size_t n, struct outcome *o);
/* The host's name alone, and all of a session. */
void	turn_trace_host(struct deliver_trace *r, const struct host *h);
void	turn_trace(struct deliver_trace *r, const struct session *s);
/* A server that denies (5.7.1) every recipient that was asked for without a
 * login wants one: that is the account's fault, not the recipients'.  Where
 * that is so, they are later, *o is what became of the last, and true. */
bool	turn_denied(struct envelope *e, size_t asked, size_t denied,
	    bool authenticated, struct outcome *o);

#endif
