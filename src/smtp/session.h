/* SPDX-License-Identifier: ISC */
/*
 * One connection to a smarthost: greeting, EHLO, STARTTLS, EHLO, AUTH, QUIT.
 * It outlives a message.
 */
#ifndef POSTHORN_SESSION_H
#define POSTHORN_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/outcome.h"
#include "base/state.h"
#include "conf/account.h"
#include "conf/secret.h"
#include "smtp/known.h"
#include "smtp/login.h"
#include "smtp/opening.h"

struct session_params {
	const struct account	*account;
	const struct host	*host;
	const struct secret	*secret;
	const struct state	*state;
	const char		*ehlo_name;	/* our full name, or NULL */
	bool			 never_rides;	/* the login goes alone */
	struct stream		*connected;	/* to the host already; owned by
						 * session_open; or NULL */
};

struct session {
	struct session_params	 params;
	struct line		 line;
	struct known		 known;
	struct login		 login;
	bool			 riding;	/* AUTH waits to go with MAIL */
	bool			 authenticated;
	bool			 one_by_one;	/* no groups (any more) */
	bool			 reset;		/* RSET before the next MAIL */
	bool			 finished;	/* good for QUIT only */
	unsigned		 transactions;
	size_t			 asked;		/* RCPTs so far, and those */
	size_t			 denied;	/* ... refused 5.7.1 */
};

/*
 * Opens a session, from the name to the login; within it, what only a fresh
 * connection can answer (another channel binding, a login that may not ride)
 * is tried again, boundedly.  On failure everything is closed, and o says
 * how far it came.
 */
int	session_open(struct session *s, const struct session_params *p,
	    struct outcome *o);
/* May commands be sent in groups here? */
bool	session_groups(const struct session *s);
/* Seals a session that may no longer carry messages. */
void	session_finish(struct session *s);
/* The riding login was answered (line.d.reply): judges, remembers. */
int	session_ridden(struct session *s, struct outcome *o);
/* QUIT and close_notify in one write, waiting up to wait_ms for the answer
 * (0: not at all), then closes; what was learned is written down. */
void	session_close(struct session *s, int64_t wait_ms);
/* Words that come from below SMTP do not say where and when: puts the host in
 * front and the stage behind them. */
void	session_name(const struct session *s, struct outcome *o);
/* Puts an open session elsewhere; `from` is then no session any more. */
void	session_move(struct session *to, struct session *from);
/* Closes without a word. */
void	session_drop(struct session *s);

#endif
