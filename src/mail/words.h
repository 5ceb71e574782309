/* SPDX-License-Identifier: ISC */
/* Words for people in a header: phrases and RFC 2047 encoded words. */
#ifndef POSTHORN_WORDS_H
#define POSTHORN_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * Appends a display name (RFC 5322 phrase) for any text: as it is when it is
 * atoms and spaces, quoted when ASCII, encoded words (UTF-8, or unknown-8bit
 * when it is not valid UTF-8; each at most 75 octets, split between
 * characters, folded with CRLF SPACE) otherwise, and when it is longer than
 * 400 octets.  Control characters (including CR, LF, NUL) are refused: -1,
 * nothing added.  0 otherwise; an empty text adds nothing.
 */
int	words_phrase(struct buf *b, const char *text, size_t n);
/* Appends n octets (not none) as encoded words fit for text, phrases and
 * comments: as above, the first at most `first` octets long, if that is at
 * least 36.  -1 beyond the ceiling (some may be added then). */
int	words_encode(struct buf *b, const char *text, size_t n, size_t first);
/* Appends n octets between double quotes, '"' and '\' escaped; -1 beyond the
 * ceiling (some may be added then). */
int	words_quoted(struct buf *b, const char *text, size_t n);
/* RFC 5322 atext, ASCII only. */
bool	words_atom(char c);
/* Octets of the UTF-8 character (RFC 3629) at s, of which n octets are
 * there; 0: malformed or none. */
size_t	words_char(const char *s, size_t n);
bool	words_utf8(const char *s, size_t n);
bool	words_ascii(const char *s, size_t n);
/* Cuts b back to len, at most what it has. */
void	words_cut(struct buf *b, size_t len);

#endif
