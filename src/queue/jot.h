/* SPDX-License-Identifier: ISC */
/*
 * A jot: one line of a queue file's journal, that is length, type, fields,
 * checksum.  Knows no files and no mail.
 *
 *	"00000023 attempt 3 a%20b  65acfca4\n"
 *
 * The first eight hexadecimal digits are the line's octets, line end
 * included; the last eight the CRC-32C of all that stands before them.
 * Fields are separated by one space each and percent-encoded (blanks, "%",
 * control characters, DEL; an empty field is two separators in a row).
 */
#ifndef POSTHORN_JOT_H
#define POSTHORN_JOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* One being written behind what b holds. */
struct jot_pen {
	struct buf	*b;
	size_t		 at;	/* where it began */
	bool		 full;	/* b's ceiling was passed */
};

/* Begin, fields, end; only the end can fail: -1, and b is as it was at the
 * beginning, past b's ceiling or 4 GiB. */
void	jot_begin(struct jot_pen *p, struct buf *b, const char *type);
void	jot_text(struct jot_pen *p, const char *text);	/* NULL is "" */
void	jot_number(struct jot_pen *p, int64_t value);
int	jot_end(struct jot_pen *p);

/* One being read: a cursor over a good line, which must outlive it. */
struct jot {
	const char	*type;		/* type_len octets, not terminated */
	size_t		 type_len;
	const char	*pos, *end;	/* the fields not yet taken */
};

/* Is there a good line (length, form, checksum) at p, of n octets?  Its
 * length, and *j set; 0: there is none, and nothing behind it counts. */
size_t	jot_read(const char *p, size_t n, struct jot *j);
/* Octets the line at p says it has, 0: it is no line or the first 9 octets
 * are not all there. */
size_t	jot_length(const char *p, size_t n);
bool	jot_is(const struct jot *j, const char *type);
/* Are there fields left? */
bool	jot_more(const struct jot *j);
/* The next field into text (cleared first, NUL refused), or as a number.
 * false: there is no further field, or it is malformed. */
bool	jot_take_text(struct jot *j, struct buf *text);
bool	jot_take_number(struct jot *j, int64_t *value);

#endif
