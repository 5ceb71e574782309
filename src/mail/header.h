/* SPDX-License-Identifier: ISC */
/*
 * A header block: field scanner and editor.  The block is a struct buf of
 * lines that end in CRLF, without the blank line behind it, as input_header
 * leaves it.  Every edit is linear in the block.
 */
#ifndef POSTHORN_HEADER_H
#define POSTHORN_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* A field in place; offsets into the block, valid until the next edit. */
struct field {
	size_t	start, end;	/* whole field, all folded lines and CRLFs */
	size_t	name_len;	/* the name is at start; no blanks counted */
	size_t	body, body_end;	/* behind the colon .. before the last CRLF */
};

/* The next field from *pos on, which moves behind it; false at the end.  A
 * name may be followed by blanks, even folded, before the colon (RFC 5322
 * section 4.5.8).  What is no field (a line without a name and colon, a
 * continuation of nothing) comes as one with name_len 0, body == start. */
bool	header_next(const struct buf *h, size_t *pos, struct field *f);
/* Is this field's name `name` (no colon), in any case? */
bool	header_is(const struct buf *h, const struct field *f, const char *name);
/* The first field of that name; false: there is none. */
bool	header_find(const struct buf *h, const char *name, struct field *f);
size_t	header_count(const struct buf *h, const char *name);
/* The first block of Resent- fields (RFC 5322 section 3.6.6): from its first
 * field to behind its last one; other fields may stand between.  A trace
 * field, or a Resent- field a second time, begins another block.  The block's
 * fields are found by header_next from *start while pos < *end.  false: no
 * Resent- field at all. */
bool	header_resent(const struct buf *h, size_t *start, size_t *end);
/* Is the line (n octets, no line end) the beginning of a field: printable
 * ASCII without colon or blank, then optional blanks, then a colon?  Also
 * true for a name alone followed by blanks only (a fold before the colon). */
bool	header_line_is_field(const char *line, size_t n);
/* Removes all fields whose name is one of the NULL-terminated list; returns
 * how many. */
size_t	header_remove(struct buf *h, const char *const names[]);
/* Puts whole lines (CRLF included) in front or behind; 0, or -1 when the
 * block's ceiling is passed. */
int	header_prepend(struct buf *h, const char *lines);
int	header_append(struct buf *h, const char *lines);

#endif
