/* SPDX-License-Identifier: ISC */
/*
 * The names that are this machine's own, for mail: aliases(5), read from its
 * file when the first of them is looked up.
 *
 * The file is one that the configuration names (or the default), so the rights
 * to read that are good for it.  The lists of :include:, in folders that may
 * be somebody else's, are read with the caller's rights alone.
 */
#ifndef POSTHORN_BOOK_H
#define POSTHORN_BOOK_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/outcome.h"
#include "conf/settings.h"
#include "front/identity.h"
#include "mail/aliases.h"

struct book {
	const struct identity	*me;
	const char		*path;		/* of the file */
	bool			 must;		/* it is configured */
	bool			 off;		/* -n: nothing is looked up */
	bool			 as_caller;	/* it is not the configuration
						 * that names it (-oA) */
	bool			 loaded;
	unsigned		 round;		/* of the last walk */
	struct aliases		 table;
};

/* The configured file, else SYSCONFDIR/aliases, which need not exist.  Where
 * somebody else does all the rest (settings.relays) it is off. */
void	book_init(struct book *b, const struct settings *set,
	    const struct identity *me, bool off);
/* Reads it, once.  FAULT_CONFIG: it cannot be read (a default file that is not
 * there is empty), is no regular file, could be written by others, or is larger
 * than LIMIT_ALIASES; nothing is loaded then. */
int	book_load(struct book *b, struct outcome *o);
/* The same from n octets of text. */
void	book_text(struct book *b, const char *text, size_t n);
/* Is it a name of this machine: bare, or at one of its names? */
bool	book_is_local(const struct book *b, const struct address *a);
/*
 * The entry for a local part: of that name; of "name+*" or "name" for
 * "name+detail"; else `default` or `*`, unless that is on its way to be
 * expanded.  NULL: there is none.  The book is loaded.
 */
struct alias	*book_find(const struct book *b, const char *local, size_t n);
/* The text of a list of :include: into t, which is initialised here.
 * FAULT_CONFIG as above. */
int	book_include(struct buf *t, const char *path, struct outcome *o);
void	book_free(struct book *b);

#endif
