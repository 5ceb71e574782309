/* SPDX-License-Identifier: ISC */
/* Text from anywhere made fit for one field or paragraph of a notice. */
#ifndef POSTHORN_FOLD_H
#define POSTHORN_FOLD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Octets of a text that are used; the rest is cut off. */
#define FOLD_MAX	1024u

/*
 * Both append n octets of text behind what stands in the last line of b.
 * Control characters and what is no UTF-8 become '?', line ends blanks; with
 * ascii every character that is not becomes '?'.  A line that would be too
 * long goes on in the next one, behind indent: at a blank, or where there is
 * none for 900 octets, between two characters.  No line is made that holds
 * nothing but blanks.
 */

/* Words: lines of 76 octets where possible, blanks in a row become one. */
void	fold_words(struct buf *b, const char *text, size_t n, bool ascii,
	    const char *indent);
/* An address: as it is, unless it is longer than 900 octets. */
void	fold_address(struct buf *b, const char *text, const char *indent);

#endif
