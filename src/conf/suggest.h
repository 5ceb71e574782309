/* SPDX-License-Identifier: ISC */
/* "Did you mean": the nearest of some words. */
#ifndef POSTHORN_SUGGEST_H
#define POSTHORN_SUGGEST_H

#include <stddef.h>

struct suggest {
	const char	*word;		/* that was mistyped; n octets */
	size_t		 n;
	const char	*best;		/* the nearest so far, or NULL */
	size_t		 distance;
};

/* Starts; word must outlive the search. */
void	suggest_init(struct suggest *s, const char *word, size_t n);
/* Offers a candidate, taken if it is near enough and nearer than the best:
 * letters exchanged, missing, added or swapped; in any case. */
void	suggest_offer(struct suggest *s, const char *candidate);

#endif
