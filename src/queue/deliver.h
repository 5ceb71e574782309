/* SPDX-License-Identifier: ISC */
/*
 * One message, one account, its recipients: one outcome a recipient.  All
 * policy of delivery is here: which host, what is tried again, when to stop.
 */
#ifndef POSTHORN_DELIVER_H
#define POSTHORN_DELIVER_H

#include "base/state.h"
#include "conf/account.h"
#include "conf/secret.h"
#include "mail/envelope.h"
#include "mail/message.h"

struct deliver_job {
	const struct account	*account;
	const struct secret	*secret;
	const struct state	*state;
	const char		*ehlo_name;	/* our full name, or NULL */
	const struct message	*message;
	int64_t			 quit_ms;	/* wait for QUIT's answer */
};

/* How the last host that was talked to was reached; for the log. */
struct deliver_trace {
	char	host[280];	/* "name:port" */
	char	peer[64];
	char	tls[16];	/* "TLS1.3", or "" */
	char	auth[24];	/* mechanism, or "" */
	char	answer[120];	/* the server's words to the last message it
				 * took, or "" */
};

/*
 * Tries the hosts of the account in order until every recipient of e is
 * settled.  The next host gets what the one before did not take for a reason
 * of its own (connection, TLS, 4yz); never what is in doubt, and never after
 * a login was refused.  What EHLO rules out is never only where no host had
 * anything else to say.  Where a server denies every RCPT of a session without
 * a login (5.7.1), that is the account's fault.  Afterwards every recipient is
 * settled; when none of them is later, SIGHUP, SIGINT, SIGTERM and SIGALRM are
 * blocked from before the goodbye on, so that what is done does not look
 * undone.
 */
void	deliver_message(const struct deliver_job *p, struct envelope *e,
	    struct deliver_trace *trace);
/* The outcome of the whole: delivered if all were; else the first that is
 * later, else the first that is never.  A recipient that is not settled is
 * FAULT_BUG. */
void	deliver_sum(const struct envelope *e, struct outcome *o);

#endif
