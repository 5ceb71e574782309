/* SPDX-License-Identifier: ISC */
/* AUTH (RFC 4954): a SASL exchange spoken over a dialogue. */
#ifndef POSTHORN_LOGIN_H
#define POSTHORN_LOGIN_H

#include <stdbool.h>
#include <stdint.h>

#include "smtp/dialogue.h"
#include "smtp/ehlo.h"
#include "smtp/known.h"
#include "smtp/sasl.h"

/* What a refused login leaves to try, in a fresh session. */
enum login_again {
	LOGIN_NOT_AGAIN,
	LOGIN_OTHER_BINDING,	/* with tls-server-end-point */
	LOGIN_WITHOUT_PLUS,
	LOGIN_NOT_RIDING	/* the fact that it may ride was wrong */
};

struct login {
	struct sasl_login sasl;
	const char	*account;	/* its name, for advice */
	char *const	*allowed;	/* `auth`, or NULL */
	bool		 without_plus;	/* no -PLUS in this session */
	bool		 eager;		/* may ride at first contact */
	struct known	*known;
	const struct mechanism *mech;	/* the one used, or riding */
	enum login_again again;		/* after a failure */
};

/*
 * Chooses and speaks: mechanism after mechanism while they are refused as
 * such, until one succeeds.  What was learned goes into l->known; where all
 * were refused, nothing was.  On failure the session is good for nothing but
 * closing.
 */
int	login_run(struct login *l, struct dialogue *d,
	    const struct capabilities *caps, struct outcome *o);
/* May the login ride in front of MAIL in this session?  Then l->mech is set
 * and login_ride queues "AUTH PLAIN ..." without sending it, and
 * login_ridden judges its reply (in d->reply). */
bool	login_may_ride(struct login *l, const struct capabilities *caps);
int	login_ride(struct login *l, struct dialogue *d, struct outcome *o);
int	login_ridden(struct login *l, struct dialogue *d, struct outcome *o);

#endif
