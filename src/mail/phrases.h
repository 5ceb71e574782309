/* SPDX-License-Identifier: ISC */
/* Fields of addresses and phrases, woven anew. */
#ifndef POSTHORN_PHRASES_H
#define POSTHORN_PHRASES_H

#include <stdbool.h>
#include <stddef.h>

#include "mail/weave.h"

/*
 * The body of an address field: display names, names of groups and comments
 * are phrases, domains become A-labels (what cannot be one stays), local parts
 * stay.  With `bare`, what stands without an address is a phrase too (List-Id,
 * Keywords).  It takes anything; what cannot be read stays.
 */
void	phrases_weave(struct weave *w, bool bare, const char *s, size_t n);

#endif
