/* SPDX-License-Identifier: ISC */
/* One session of the server: its state, and what is replied. */
#ifndef POSTHORN_SITTING_H
#define POSTHORN_SITTING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/outcome.h"
#include "front/book.h"
#include "front/call.h"
#include "front/gather.h"
#include "front/peer.h"
#include "front/talk.h"
#include "mail/envelope.h"
#include "mail/input.h"

#define SITTING_NAME	256u	/* octets of HELO's name we keep, with NUL */

struct sitting {
	const struct call *call;
	bool		 batch;		/* -bS: nothing is said */
	bool		 over;		/* after QUIT, or too many errors */
	bool		 greeted;	/* by HELO or EHLO */
	bool		 extended;	/* ... the latter */
	bool		 lf;		/* the command ended in a bare LF */
	unsigned	 errors;	/* since a message was taken */
	char		 command[64];	/* its begin, for words */
	char		 peer[PEER_WORDS];
	char		 came[SITTING_NAME + PEER_WORDS + 16];
	struct outcome	 first;		/* the first refusal or failure */

	/* The transaction. */
	bool		 mail;		/* MAIL was taken */
	bool		 chunks;	/* BDAT was said */
	bool		 utf8;		/* SMTPUTF8 */
	bool		 refused;	/* a recipient was */
	char		*sender;	/* owned */
	struct envelope	 envelope;
	struct book	 book;
	struct gather	 data;

	struct input	 in;		/* for messages that are whole */
	struct talk	 talk;
};

/* Replies go to `out`, unless batch; stop as in talk.h. */
void	sitting_open(struct sitting *s, const struct call *c, int in, int out,
	    int stop, bool batch);
void	sitting_close(struct sitting *s);
/* Begins a transaction, and forgets one. */
void	sitting_begin(struct sitting *s, const char *sender);
void	sitting_reset(struct sitting *s);
/* Who the client says it is: for Received. */
void	sitting_name(struct sitting *s, const char *name);
/* A reply of one line: code, enhanced code (or NULL), words.  With -bS nothing
 * is said, but of what is refused there is a line on standard error. */
void	sitting_reply(struct sitting *s, unsigned code, const char *status,
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* The same of an outcome with its codes. */
void	sitting_refuse(struct sitting *s, const struct outcome *o);
/* The next line of a longer reply that this is not the last of. */
void	sitting_more(struct sitting *s, unsigned code, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
/* What was refused or went wrong, as the session's own outcome. */
void	sitting_failed(struct sitting *s, const struct outcome *o);

#endif
