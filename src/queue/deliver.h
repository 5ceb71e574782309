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
};

/*
 * Tries the hosts of the account in order until every recipient of e is
 * settled.  The next host gets what the one before did not take for a reason
 * of its own (connection, TLS, 4yz); never what is in doubt, and never after
 * a login was refused.  Afterwards every recipient is settled.
 */
void	deliver_message(const struct deliver_job *p, struct envelope *e,
	    struct deliver_trace *trace);
/* The outcome of the whole: delivered if all were; else the first that is
 * later, else the first that is never. */
void	deliver_sum(const struct envelope *e, struct outcome *o);

#endif
