/* SPDX-License-Identifier: ISC */
/* An account that is like another one: inherit = "other". */
#ifndef POSTHORN_INHERIT_H
#define POSTHORN_INHERIT_H

#include "conf/draft.h"

/* Notes the account, which must stand above this one; see draft.h. */
draft_setter	inherit_from;
/* The draft's account is read, not settled: whatever it does not say itself,
 * but `match`, is as that account says.  One source of a secret of its own is
 * in place of all of the other's, a certificate of its own in place of
 * certificate and key. */
void	inherit_take(struct draft *d);

#endif
