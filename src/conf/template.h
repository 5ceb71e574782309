/* SPDX-License-Identifier: ISC */
/* A sender that is somebody else's for each caller: from = "%U@%H". */
#ifndef POSTHORN_TEMPLATE_H
#define POSTHORN_TEMPLATE_H

#include <stdbool.h>

#include "base/buf.h"

struct template_facts {
	const char	*user;		/* %U: the caller's login name */
	const char	*host;		/* %H: this host's full name */
	const char	*domain;	/* %M: the mail domain */
};

/* Is there a '%' in it? */
bool	template_is(const char *text);
/* Appends the text with all that replaced, and %% by a '%'.  A login name
 * that is no atom (RFC 5322 section 3.2.3) comes in quotes.  NULL, or what
 * would be allowed, as in value.h. */
const char	*template_expand(struct buf *b, const char *text,
		    const struct template_facts *facts);

#endif
