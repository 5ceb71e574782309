/* SPDX-License-Identifier: ISC */
/*
 * Names and passwords in the one spelling both sides hash: SASLprep (RFC
 * 4013), as far as GnuTLS and a short table carry it.
 *
 * Done: non-ASCII spaces become a space, characters "commonly mapped to
 * nothing" vanish, canonical composition (NFC, GnuTLS), everything that
 * section 2.3 forbids is refused.  Of the compatibility mappings (NFKC) only
 * those that keyboards and pasted text bring: Latin-1, superscripts,
 * subscripts, circled digits, ligatures, Roman numerals, the trade mark and
 * its kin, full-width ASCII; others stay as they are.  Not done: the
 * bidirectional rule of section 2.3 and unassigned code points (the server
 * judges both).
 */
#ifndef POSTHORN_SASLPREP_H
#define POSTHORN_SASLPREP_H

#include <stddef.h>

#include "base/buf.h"

/* Appends the prepared form of the n octets at s.  NULL, or what is wrong
 * with them, to follow "the password": "is empty", "is not UTF-8". */
const char	*saslprep_add(struct buf *to, const char *s, size_t n);

#endif
