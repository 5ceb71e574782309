/* SPDX-License-Identifier: ISC */
/* The commands of one message in groups, and the reply to each. */
#ifndef POSTHORN_EXCHANGE_H
#define POSTHORN_EXCHANGE_H

#include "mail/envelope.h"
#include "mail/message.h"
#include "smtp/session.h"

struct exchange {
	struct session		*s;
	const struct message	*m;
	struct envelope		*e;
	size_t		*index;		/* recipients of this transaction */
	bool		*taken;		/* ... those the server accepted */
	size_t		 n;
	size_t		 accepted;
	size_t		 sent, read;	/* commands so far */
	size_t		 total;
	size_t		 flight;	/* octets queued since the last flush */
	bool		 groups;
	bool		 bdat;		/* the last command is BDAT n LAST */
	bool		 body_rides;	/* ... with the message behind it, all
					 * in one flight */
	bool		 utf8;		/* MAIL says SMTPUTF8 */
	bool		 followed;	/* another exchange's first group went
					 * out behind the message */
	bool		 mail_ok;
	bool		 go;		/* 354: the message is waited for */
	bool		 failed;	/* first refusal of the group: */
	bool		 cut;		/* a write failed */
	bool		 in_doubt;
	struct outcome	 why;
};

/* An exchange for recipients of e that are not settled and that the server
 * can take (path_fits), as many as it and the account allow.  With
 * utf8, which the server must offer, it is an internationalised message (RFC
 * 6531 section 3.1). */
void	exchange_begin(struct exchange *t, struct session *s,
	    const struct message *m, struct envelope *e, bool utf8);
/* Queues the first group, without a flush: all that may go in one flight. */
int	exchange_say(struct exchange *t, struct outcome *o);
/*
 * From a login that rides and MAIL to the answer to DATA, or to a BDAT whose
 * chunk rode along: says and hears, in groups where they are allowed; after
 * exchange_say, and a flush, it begins by hearing.
 * Recipients that are refused are settled; the rest is in the fields above.
 * -1: the connection, a login or the protocol failed, as *o says.
 */
int	exchange_run(struct exchange *t, struct outcome *o);
/* After a write that failed as *o says: what has the server answered to the
 * commands that did go out? */
void	exchange_last_words(struct exchange *t, struct outcome *o);
/* Queues DATA, or BDAT for the whole message (and the message, if it rides). */
int	exchange_data(struct exchange *t, struct outcome *o);
void	exchange_end(struct exchange *t);
/* May the server have accepted recipient i of this exchange?  It did, or its
 * answer was never read. */
bool	exchange_may_have(const struct exchange *t, size_t i);

#endif
