/* SPDX-License-Identifier: ISC */
/* Settings under construction: what is being read, and where we are. */
#ifndef POSTHORN_DRAFT_H
#define POSTHORN_DRAFT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/outcome.h"
#include "conf/conffile.h"
#include "conf/keys.h"
#include "conf/settings.h"

/* An account that is complete: what it said, for those that are like it. */
struct past {
	bool		 given[KEYS];
	unsigned	 port;
};

struct draft {
	struct settings	*s;
	struct account	*a;		/* the one being read, or NULL */
	bool		 set_id;
	const char	*file;		/* being read, as people know it */
	int		 line;		/* of the last thing read */
	char		*fallback;	/* default-account */
	char		*fallback_file;	/* where that stands */
	int		 fallback_line;
	unsigned	 port;		/* of the account; 0: not given */
	int		 lines[KEYS];	/* where keys stand, an account's
					 * only of this one; 0: not given */
	struct past	*past;		/* one for each complete account */
	const struct past *like;	/* of the one that is inherited, or
					 * NULL */
	bool		 seen[KEYS];	/* top level's keys, in all files */
	struct outcome	*o;
};

/* Fails FAULT_CONFIG with FILE:LINE in front. */
int	draft_fail(struct draft *d, int line, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
/* Notes that the file is being read. */
void	draft_file(struct draft *d, const struct conffile *src);
/* Begins an account, with the defaults. */
void	draft_account(struct draft *d, const char *name);
/* The account is complete. */
void	draft_account_end(struct draft *d);
/* Where the account's key stands, or 0. */
int	draft_given(const struct draft *d, const char *name);
void	draft_free(struct draft *d);

/* What sets one key: n values v to the place `to` (NULL: it knows itself).
 * A list is set anew with each value more.  Returns NULL, or what would be
 * allowed, or DRAFT_SAID when the outcome has the words. */
typedef const char *(draft_setter)(struct draft *d, const struct key *k,
	    void *to, const char *const v[], size_t n);
extern const char DRAFT_SAID[];

/* Parts of setters.  A copy in place of what was there; a list in place of
 * what was there; "not in this version". */
const char	*draft_copy(char **to, const char *s);
const char	*draft_list(char ***to, const char *const v[], size_t n);
const char	*draft_unbuilt(struct draft *d, const struct key *k,
		    const char *value);

#endif
