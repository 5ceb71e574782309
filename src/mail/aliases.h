/* SPDX-License-Identifier: ISC */
/*
 * aliases(5): what local names stand for.  Pure: text in, a table out.
 *
 *	name: member, member ...
 *
 * A line that begins with a blank goes on where the one before ended; those of
 * blanks alone and those whose first octet behind blanks is '#' do not count.
 * A name is a local part, in quotes where it must be, or one at a domain of
 * this host.  Case does not count; of two with the same name the first one
 * that is no bad line stands.  What is behind the colon is looked at when it
 * is needed (members.h): a bad line spoils its own name and no other.
 */
#ifndef POSTHORN_ALIASES_H
#define POSTHORN_ALIASES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "mail/members.h"

struct alias {
	char		*name;		/* in lower case, unquoted; NULL: the
					 * line has none to speak of */
	const char	*text;		/* behind the colon */
	size_t		 len;
	unsigned	 line;
	char		*fault;		/* what is wrong with the line, or
					 * NULL */
	const struct alias *first;	/* that has the same name; or NULL */
	unsigned	 round;		/* for who walks the table: when it */
	bool		 open;		/* was last met, and not yet left */
};

struct aliases {
	struct buf	 text;
	struct alias	*entries;	/* as in the text */
	size_t		 n, cap;
	struct alias	**sorted;	/* those with a name that count */
	size_t		 sorted_n;
};

/* Reads n octets of text; local: the domains of this host, NULL-terminated.
 * Never fails: what is wrong is noted with its line. */
void	aliases_parse(struct aliases *t, const char *text, size_t n,
	    const char *const *local);
/* The entry of that name (of n octets, in any case), or NULL. */
struct alias	*aliases_find(const struct aliases *t, const char *name,
	    size_t n);
/* The members of an entry that has no fault. */
void	aliases_members(const struct alias *a, struct members *m);
/* Frees; an all-zero one is fine. */
void	aliases_free(struct aliases *t);

#endif
