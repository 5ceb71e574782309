/* SPDX-License-Identifier: ISC */
/* Queued messages, one after another over one open session; what can be said
 * of the next rides behind the last octets of the one before. */
#ifndef POSTHORN_CARRY_H
#define POSTHORN_CARRY_H

#include <stdbool.h>

#include "queue/deliver.h"
#include "queue/entry.h"
#include "queue/store.h"
#include "queue/turn.h"

struct carrier {
	struct store		*store;
	struct session		 session;
	struct deliver_trace	 trace;		/* of the session, and of the
						 * last message */
	struct turn		 pair[2];	/* this message's, the next's */
	unsigned		 at;		/* which is this one's */
	struct entry		*entry[2];	/* of pair */
	char			 begun[ENTRY_ID];	/* whose first group is
							 * out, or "" */
	bool			 open;
};

/* Opens a session to p->host.  -1: it could not be, *o says why; nothing to
 * close.  The carrier must stay where it is while it is open. */
int	carry_open(struct carrier *c, struct store *store,
	    const struct session_params *p, struct outcome *o);
/* Takes over a session that is open already (of deliver_message); s is none
 * any more. */
void	carry_adopt(struct carrier *c, struct store *store,
	    struct session *s);
/*
 * Delivers e (loaded and locked, recipients waiting) over the session in as
 * many transactions as it takes; next (loaded and locked too, or NULL: none is
 * known) is begun behind it where that is allowed, and then has to be the e of
 * the next call (by its id: it may have been moved in memory), or carry_close
 * comes.  Before any message's last octets can go out its journal has a doubt
 * record, and room for what follows; where that cannot be written nothing is
 * sent, and the message is later (FAULT_OS, FAULT_DELAY).
 *
 * Returns 0: every recipient of e is settled, and the session can take
 * another message.  -1: the session is over, *why tells: FAULT_NONE: it has
 * just had enough (MAILMAX, what a refusal left behind), another may be
 * opened; else the fault of host or account.  Recipients of e that are then
 * not settled were not tried for a reason of their own, and another session
 * may try them.  What EHLO rules out is settled as never, for want of another
 * host: for an account with several, *ruled_out is set and it is left
 * unsettled (0 all the same, and *why has the words).  A login that turns out
 * not to go with MAIL is tried in another connection, here.  (A server that
 * denies every recipient of a session without login is judged as in
 * deliver.h.)
 *
 * After -1 next is as it was, with one exception: in `pipeline = "full"` all
 * of it may have gone out behind e.  What the server said to it is settled
 * then; where it said nothing next->doubtful is set, as its journal has it.
 */
int	carry_message(struct carrier *c, struct entry *e, struct entry *next,
	    bool *ruled_out, struct outcome *why);
/* May the session take another message (one that is begun, or by MAILMAX and
 * what happened)? */
bool	carry_more(const struct carrier *c);
/* QUIT, waiting for the answer up to wait_ms; or, if broken or with a message
 * begun, just an end. */
void	carry_close(struct carrier *c, int64_t wait_ms);

#endif
