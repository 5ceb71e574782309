/* SPDX-License-Identifier: ISC */
/*
 * What stands behind MAIL and RCPT: a path and parameters (RFC 5321 section
 * 4.1.2, RFC 1870, 3461, 6152, 6531), read with the tolerance that clients
 * need.
 */
#ifndef POSTHORN_PARAMS_H
#define POSTHORN_PARAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/outcome.h"
#include "mail/dsn.h"

struct params {
	const char	*path;		/* without < > and route; "" is <> */
	bool		 body_8bit;	/* BODY=8BITMIME */
	bool		 utf8;		/* SMTPUTF8 */
	uint64_t	 size;		/* SIZE; 0: unsaid */
	enum dsn_ret	 ret;		/* RET */
	const char	*envid;		/* ENVID, or NULL */
	unsigned	 notify;	/* NOTIFY, enum dsn_notify or'ed */
	const char	*orcpt;		/* ORCPT, or NULL */
	unsigned	 seen;		/* which there were */
};

enum params_of {
	PARAMS_MAIL = 1,
	PARAMS_RCPT = 2
};

/*
 * Reads "FROM:<path> words" or "TO:<path> words" in place: strings are arg's.
 * Blanks around the colon, a path without < >, a source route (dropped) are
 * fine.  utf8: the transaction has SMTPUTF8 (of MAIL it is read here).  -1:
 * *o has the reply's words and codes: 501 for the syntax and what comes twice,
 * 555 for a parameter that is not known, 553 5.6.7 for what needs SMTPUTF8.
 * Whether the path is an address is not looked at.
 */
int	params_read(struct params *p, char *arg, enum params_of what,
	    bool utf8, struct outcome *o);

#endif
