/* SPDX-License-Identifier: ISC */
/*
 * One line of a queue file's journal: length, type, fields, checksum.  Knows
 * no files and no mail.
 *
 *	"0000002f attempt 3 a%20b  9c1d2e3f\n"
 *
 * The first eight hexadecimal digits are the line's octets, line end
 * included; the last eight the CRC-32C of all that stands before them.
 * Fields are separated by one space each and percent-encoded (blanks, "%",
 * control characters, DEL; an empty field is two separators in a row).
 */
#ifndef POSTHORN_RECORD_H
#define POSTHORN_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Building one: begin, fields, end.  b keeps what it held before.  -1 (b as it
 * was at begin) past its ceiling. */
size_t	record_begin(struct buf *b, const char *type);
int	record_text(struct buf *b, const char *text);	/* NULL is "" */
int	record_number(struct buf *b, int64_t value);
/* at is what record_begin returned. */
int	record_end(struct buf *b, size_t at);

/* A record being read: a cursor over a good line, which must outlive it. */
struct record {
	const char	*type;		/* type_len octets, not terminated */
	size_t		 type_len;
	const char	*pos, *end;	/* the fields not yet taken */
};

/* Is there a good record (length, form, checksum) at p, of n octets?  Its
 * length, and *r set; 0: there is none, and nothing behind it counts. */
size_t	record_read(const char *p, size_t n, struct record *r);
bool	record_is(const struct record *r, const char *type);
/* The next field into text (cleared first, NUL refused), or as a number.
 * false: there is no further field, or it is malformed. */
bool	record_take_text(struct record *r, struct buf *text);
bool	record_take_number(struct record *r, int64_t *value);

#endif
