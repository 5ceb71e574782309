/* SPDX-License-Identifier: ISC */
/* From one address, as somebody wrote it, to those that get the mail. */
#ifndef POSTHORN_EXPAND_H
#define POSTHORN_EXPAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/outcome.h"
#include "front/book.h"
#include "mail/address.h"

struct reached {
	char		*address;	/* wire form */
	const char	*owner;		/* from whom it gets the message, wire
					 * form; NULL: from the sender */
};

struct expansion {
	struct reached	*to;
	size_t		 n, cap;
	char		**owners;
	size_t		 owners_n, owners_cap;
};

void	expand_init(struct expansion *x);
/*
 * Adds whom `a` stands for; literal: it is not to be looked up (\user).
 *
 * A name of this machine is what its alias says, and so on; one that its own
 * alias names is meant itself.  What has no alias is completed by our domain,
 * if bare.  Those behind an alias NAME get the message from the one address
 * behind owner-NAME, if there is such an alias, or where that is several, from
 * owner-NAME itself.  Somebody may be added twice.
 *
 * -1: FAULT_DATA, and FAULT_CONFIG for a name that nothing completes (as
 * address_wire, identity_unqualified); FAULT_CONFIG with file and line for a
 * bad one in the aliases or in a list, and as book_load; FAULT_NOUSER, 5.4.6,
 * for aliases that lead back to themselves or are nested deeper than
 * LIMIT_ALIAS_DEPTH.  Some may have been added then.
 */
int	expand_address(struct expansion *x, const struct address *a,
	    bool literal, struct book *b, struct outcome *o);
void	expand_free(struct expansion *x);

#endif
