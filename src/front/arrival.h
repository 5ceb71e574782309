/* SPDX-License-Identifier: ISC */
/* A message that came by SMTP and is whole: taken, or why not. */
#ifndef POSTHORN_ARRIVAL_H
#define POSTHORN_ARRIVAL_H

#include "base/outcome.h"
#include "front/call.h"
#include "mail/envelope.h"
#include "mail/input.h"

struct arrival {
	const struct call	*call;
	struct input		*in;		/* to work with */
	const char		*sender;	/* of MAIL, without < > */
	const char		*came;		/* see struct intake */
	const char		*with;
	int			 fd;		/* where it stands */
	struct envelope		*envelope;	/* emptied here */
};

/*
 * Taken in as one on standard input would be.  With a queue it is in there,
 * synced, and a runner is summoned; without one it is delivered.  0: somebody
 * durable has it for every recipient, and o->text is what to say of that; -1:
 * *o has the words and, made fit for a reply, the codes.
 */
int	arrival_take(const struct arrival *a, struct outcome *o);
/* Sets the codes of an outcome that a client is told: those of the server
 * that it comes from, else what the fault is in RFC 5321 and 3463; 4yz and
 * 4.y.z where it can be tried again, 5yz and 5.y.z where it cannot.  Never
 * 421, for the session goes on. */
void	arrival_codes(struct outcome *o);

#endif
