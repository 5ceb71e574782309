/* SPDX-License-Identifier: ISC */
/* What is known of a text in wire form (lines that end in CRLF), gathered a
 * stretch at a time: the result does not depend on where it is cut. */
#ifndef POSTHORN_FACTS_H
#define POSTHORN_FACTS_H

#include <stdbool.h>
#include <stddef.h>

struct facts {
	bool		eightbit;	/* octets over 127 */
	bool		utf8;		/* no malformed UTF-8 so far */
	unsigned	need;		/* octets a character still lacks */
	unsigned char	low, high;	/* bounds of the next of them */
	size_t		line, longest;	/* without CRLF */
};

void	facts_begin(struct facts *f);
void	facts_note(struct facts *f, const char *p, size_t n);
/* Was all of it UTF-8 (RFC 3629)?  True of ASCII and of nothing. */
bool	facts_all_utf8(const struct facts *f);
/* Has any of the n octets its highest bit set? */
bool	facts_eightbit(const char *p, size_t n);

#endif
