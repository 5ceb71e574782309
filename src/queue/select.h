/* SPDX-License-Identifier: ISC */
/* Which queued messages are meant: by id, recipient, sender, reason. */
#ifndef POSTHORN_SELECT_H
#define POSTHORN_SELECT_H

#include <stdbool.h>
#include <stddef.h>

#include "queue/entry.h"

/* -qI, -qR, -qS, -qQ, -qG: entries whose ... contain text (in any case). */
struct selector {
	char		 kind;		/* 'I' id, 'R' recipient, 'S' sender,
					 * 'Q' reason, 'G' group */
	bool		 negated;	/* -q!I...: that do not */
	const char	*text;
};

/* Do all n selectors fit the entry?  'R' looks at the recipients that still
 * wait, 'Q' at their words (negated: none of them has it); 'G' fits
 * everything, negated or not: there are no groups. */
bool	select_fits(const struct selector *s, size_t n, const struct entry *e);
/* The same as far as the id alone can tell: false when an 'I' rules it out
 * already; true: the entry has to be asked. */
bool	select_id_fits(const struct selector *s, size_t n, const char *id);

#endif
