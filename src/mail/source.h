/* SPDX-License-Identifier: ISC */
/*
 * The smallest pieces of an RFC 5322 field body: blanks and folds, comments,
 * quoted strings, domain literals, encoded words.  Offsets into a text.
 */
#ifndef POSTHORN_SOURCE_H
#define POSTHORN_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct source {
	const char	*text;
	size_t		 len;
};

/* The octet at p; NUL behind the end. */
char	source_octet(const struct source *s, size_t p);
/* Is c one of the set?  Never for NUL. */
bool	source_any(char c, const char *set);
bool	source_control(char c);
/* RFC 5322 atext, and every octet over 127. */
bool	source_atom(char c);
/* Length of the blank or fold at p, or 0. */
size_t	source_blank(const struct source *s, size_t p);

/* These pass over one thing that begins at p: the offset behind it, or 0 when
 * it is broken (a control character, nested deeper than LIMIT_NESTING) or
 * does not end.  The content, unfolded and unquoted, is appended to `into`,
 * if that is given; beyond its ceiling: 0. */
size_t	source_comment(const struct source *s, size_t p);
size_t	source_quoted(const struct source *s, size_t p, struct buf *into);
/* A backslash and what it keeps from beginning a quoted string or a comment:
 * where one does not end, no search begins anew in it. */
size_t	source_pair(const struct source *s, size_t p);
size_t	source_literal(const struct source *s, size_t p, struct buf *into);
/* =?charset?encoding?text?= with anything printable in the text, commas and
 * specials too; 0: there is no encoded word here. */
size_t	source_encoded(const struct source *s, size_t p);

#endif
