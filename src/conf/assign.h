/* SPDX-License-Identifier: ISC */
/* One key's value goes to its place in the settings, checked by itself. */
#ifndef POSTHORN_ASSIGN_H
#define POSTHORN_ASSIGN_H

#include <stddef.h>

#include "conf/draft.h"

#define ASSIGN_VALUES 256	/* values one key can have */

/* Sets key k of the draft (its account for a key of an account) to n values
 * (a list may be set again, longer).  -1: FAULT_CONFIG naming file, line, key,
 * what was found (never a secret) and what is allowed. */
int	assign(struct draft *d, const struct key *k, const char *const v[],
	    size_t n);

#endif
