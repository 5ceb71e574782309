/* SPDX-License-Identifier: ISC */
/*
 * Messages as they are named on the command line: an id, a pattern of ids
 * (fnmatch), "from:PATTERN" and "to:PATTERN" (in any case; the null sender is
 * "<>"), "all"; and by -qI, -qR, -qS, -qQ.
 */
#ifndef POSTHORN_PICK_H
#define POSTHORN_PICK_H

#include <stdbool.h>
#include <stddef.h>

#include "queue/select.h"

/* What fits any of the words (none: all do) and all of the selectors. */
struct pick {
	char *const		*words;
	size_t			 words_n;
	const struct selector	*selectors;
	size_t			 selectors_n;
};

bool	pick_fits(const struct pick *p, const struct entry *e);
/* May a message of that id fit, as far as its id tells? */
bool	pick_may(const struct pick *p, const char *id);
/* Does the id alone decide it? */
bool	pick_by_id(const struct pick *p);
/* Is the word an id or a pattern of ids, other than "all"? */
bool	pick_names_ids(const char *word);
/* Does everything fit? */
bool	pick_all(const struct pick *p);

#endif
