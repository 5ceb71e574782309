/* SPDX-License-Identifier: ISC */
/* Commands out, replies in: the one place where SMTP lines are spoken. */
#ifndef POSTHORN_DIALOGUE_H
#define POSTHORN_DIALOGUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/outcome.h"
#include "net/stream.h"
#include "smtp/reply.h"

struct dialogue {
	struct stream	*stream;
	int64_t		 timeout;	/* ms, of a reply or a block */
	struct mask	 mask;		/* the login's secret, once it is out */
	struct reply	 reply;		/* the last one read */
};

/* Queues one command line (CRLF is added; the text holds no line break: that
 * is asserted).  Nothing goes out before dialogue_reply or dialogue_flush. */
int	dialogue_command(struct dialogue *d, enum stage stage,
	    struct outcome *o, const char *fmt, ...)
	    __attribute__((format(printf, 4, 5)));
/* The same for a line with a secret: `shown` is what -v shows. */
int	dialogue_secret(struct dialogue *d, enum stage stage,
	    const char *line, size_t n, const char *shown, struct outcome *o);
/* Sends what is queued.  Before it does, anything the server said without
 * being asked is read: 421 is FAULT_DELAY, the rest FAULT_PROTOCOL. */
int	dialogue_flush(struct dialogue *d, enum stage stage,
	    struct outcome *o);
/* Reads the next reply into d->reply; 421 and what follows from it is for
 * the caller.  A lost line after a write error is reported as such. */
int	dialogue_reply(struct dialogue *d, enum stage stage, int64_t timeout,
	    struct outcome *o);
/* After the failure *o of a write: has the server said why?  If a whole
 * reply can be read, *o becomes what it means; `what` as in faults_judge. */
void	dialogue_last_words(struct dialogue *d, enum stage stage,
	    const char *what, struct outcome *o);

#endif
