/* SPDX-License-Identifier: ISC */
/*
 * The structure of a MIME message in its spool file (RFC 2046 section 5.1):
 * where a part's header ends, where its content does, and by which delimiter.
 * A window of the file is all that is in memory.
 */
#ifndef POSTHORN_PARTS_H
#define POSTHORN_PARTS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/outcome.h"
#include "mail/facts.h"
#include "mail/media.h"
#include "mail/message.h"

#define PARTS_DEEP	64u		/* multiparts inside multiparts */
#define PARTS_HEADER	(1u << 20)	/* a part's header; larger: text */
#define PARTS_LINE	1024u		/* a delimiter and blanks behind it */

/* A multipart we are in. */
struct level {
	char	boundary[MEDIA_BOUNDARY + 1];
	size_t	len;
	bool	digest;		/* its parts are messages, if not typed */
};

struct parts {
	const struct message *m;
	off_t		 end;		/* of the message */
	char		*window;
	off_t		 at;		/* where the window stands */
	size_t		 n;		/* octets in it */
	struct level	 level[PARTS_DEEP];
	size_t		 depth;		/* levels we are in */
};

/* A stretch of lines up to a delimiter or the message's end. */
struct stretch {
	off_t		 from, end;	/* the content; the line end before a
					 * delimiter is the delimiter's */
	off_t		 mark;		/* the delimiter line */
	off_t		 next;		/* behind it */
	int		 level;		/* whose it is, -1: the message ended */
	bool		 close;		/* it is the last one */
	struct facts	 facts;		/* of the content */
	uint64_t	 escapes;	/* encode_escapes */
};

void	parts_open(struct parts *p, const struct message *m);
void	parts_free(struct parts *p);
/* Enters a multipart; false: too deep. */
bool	parts_enter(struct parts *p, const struct media *t);
/*
 * What stands at `at`, at least PARTS_LINE octets if the message has so many
 * left; *n is how many, 0 at its end.  Valid until the next call.  NULL:
 * reading failed, FAULT_OS.
 */
const char	*parts_view(struct parts *p, off_t at, size_t *n,
	    struct outcome *o);
/*
 * Reads the header block at `at` into h, which is empty and whose ceiling
 * counts: *body is where the body stands, *blank whether a blank line is
 * between them.  It also ends before a delimiter, and before a line that is
 * no field.  A block past the ceiling is none: all of it is body.
 */
int	parts_header(struct parts *p, off_t at, struct buf *h, off_t *body,
	    bool *blank, struct outcome *o);
/* Finds the end of the content at `from`: the next delimiter of any level we
 * are in (a line with blanks at most behind it), or the message's end. */
int	parts_scan(struct parts *p, off_t from, struct stretch *s,
	    struct outcome *o);

#endif
