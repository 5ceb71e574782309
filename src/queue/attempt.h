/* SPDX-License-Identifier: ISC */
/* One attempt of a queued message over a line to one host, opened anew as
 * often as the server ends a session that did well; and what comes of it. */
#ifndef POSTHORN_ATTEMPT_H
#define POSTHORN_ATTEMPT_H

#include <stdbool.h>

#include "queue/carry.h"
#include "queue/finish.h"
#include "queue/health.h"
#include "queue/slip.h"

struct line_to {
	struct store		*store;
	struct session_params	 params;	/* account NULL: it is gone */
	struct finish_rules	 rules;
	bool			 last;		/* there is nobody else, host
						 * or session, to try it: what
						 * ends the session counts as
						 * the message's attempt */
	int			 planner;	/* its socket: whether to go
						 * on */
	struct carrier		 carrier;
	bool			 open;
	bool			 useful;	/* this session judged a
						 * message */
	struct health		 health;	/* of the host */
};

/* A message that was loaded, and stays where it is. */
struct load {
	struct entry	e;
	bool		 doubtful;	/* it was, when it was loaded */
	size_t		waiting;	/* recipients when it was loaded, */
	size_t		taken;		/* and those delivered by then */
	bool		full;
};

/* Notes how it stands, just loaded. */
void	attempt_loaded(struct load *m);
/* Has something become of a recipient since? */
bool	attempt_touched(const struct load *m);
/* Opens the session.  -1: *why. */
int	attempt_open(struct line_to *l, struct outcome *why);
/* Goes on with a session that has taken a message already. */
void	attempt_adopt(struct line_to *l, struct session *s);
/*
 * Tries m with next (or NULL) begun behind it, and finishes it.  s becomes
 * SLIP_DONE, or SLIP_UNTRIED: nothing was recorded, and others may try it.
 * 0: the line takes another message, which has to be next, if that was given;
 * -1: it is over, *why tells (FAULT_NONE: the planner wants an end).
 */
int	attempt_message(struct line_to *l, struct load *m, struct load *next,
	    struct slip *s, struct outcome *why);
/* It cannot be tried (any further), for *why (FAULT_NONE: the run ends):
 * UNTRIED, or DONE, if something of it is settled already or nobody else is to
 * try it. */
void	attempt_without(struct line_to *l, struct load *m,
	    const struct outcome *why, struct slip *s);
void	attempt_close(struct line_to *l, int64_t wait_ms);

#endif
