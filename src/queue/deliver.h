/* SPDX-License-Identifier: ISC */
/*
 * One message, one account, its recipients: one outcome a recipient.  All
 * policy of delivery is here: which host, what is tried again, when to stop.
 */
#ifndef POSTHORN_DELIVER_H
#define POSTHORN_DELIVER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/state.h"
#include "conf/account.h"
#include "conf/secret.h"
#include "mail/envelope.h"
#include "mail/message.h"
#include "queue/entry.h"
#include "queue/retry.h"
#include "queue/store.h"
#include "queue/turn.h"
#include "smtp/session.h"

struct deliver_job {
	const struct account	*account;
	const struct secret	*secret;
	const struct state	*state;
	const char		*ehlo_name;	/* our full name, or NULL */
	const struct message	*message;
	int64_t			 quit_ms;	/* wait for QUIT's answer */
	/* Where the message is queued, locked by us: its journal has a doubt
	 * record before any last octets go out.  NULL: it is not; a signal's
	 * handler may set both while we wait. */
	struct store		*store;
	struct entry		*entry;
	/* 1 while the message is on its way and nobody knows its end, so that
	 * who queues it then can say so; or NULL. */
	volatile sig_atomic_t	*sending;
	bool			 settles;	/* nothing comes behind this
						 * message in this process */
	/* How fast a host that is down is tried again; with it each host's
	 * health is noted.  NULL: it is not. */
	const struct retry_rules *pace;
	/* NULL: sessions are closed.  Else: where all is settled, somebody has
	 * it and nobody is later, a session that can take another message is
	 * handed over open instead (left->line.d.stream tells: not NULL); the
	 * account, secret and state must outlive it. */
	struct session		*left;
};

/*
 * Tries the hosts of the account in order until every recipient of e is
 * settled.  The next host gets what the one before did not take for a reason
 * of its own (connection, TLS, 4yz); never what is in doubt, and never after
 * a login was refused.  What EHLO rules out is never only where no host had
 * anything else to say.  Where a server denies every RCPT of a session without
 * a login (5.7.1), that is the account's fault.  Where the doubt cannot be
 * written down nothing is sent: later, with what the disk says.  Afterwards
 * every recipient is settled; when none of them is later and the message
 * settles all, SIGHUP, SIGINT, SIGTERM and SIGALRM are ignored from before the
 * goodbye on, so that what is done does not look undone.
 */
void	deliver_message(const struct deliver_job *p, struct envelope *e,
	    struct deliver_trace *trace);
/* The outcome of the whole: delivered if all were; else the first that is
 * later, else the first that is never.  A recipient that is not settled is
 * FAULT_BUG. */
void	deliver_sum(const struct envelope *e, struct outcome *o);

#endif
