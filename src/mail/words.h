/* SPDX-License-Identifier: ISC */
/* Words for people in a header: phrases and RFC 2047 encoded words. */
#ifndef POSTHORN_WORDS_H
#define POSTHORN_WORDS_H

#include <stddef.h>

#include "base/buf.h"

/*
 * Appends a display name (RFC 5322 phrase) for any text: as it is when it is
 * atoms and spaces, quoted when ASCII, encoded words (UTF-8, or unknown-8bit
 * when it is not valid UTF-8; each at most 75 octets, split between
 * characters, folded with CRLF SPACE) otherwise.  Control characters
 * (including CR, LF, NUL) are refused: -1, nothing added.  0 otherwise.
 */
int	words_phrase(struct buf *b, const char *text, size_t n);

#endif
