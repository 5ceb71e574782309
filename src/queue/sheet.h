/* SPDX-License-Identifier: ISC */
/* The body of a notice on its way into a spool file, and its facts. */
#ifndef POSTHORN_SHEET_H
#define POSTHORN_SHEET_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/outcome.h"
#include "mail/message.h"

/* After the first fault nothing more is done; sheet_end tells. */
struct sheet {
	const struct message *m;	/* NULL: only the facts are noted */
	off_t		 at;		/* where the next octet goes */
	uint64_t	 length;	/* octets so far */
	bool		 quoted;	/* what is put is lines, and becomes
					 * quoted-printable (RFC 2045) */
	bool		 eightbit;	/* what was put: octets over 127 */
	bool		 bare;		/* a NUL, a CR or LF by itself */
	size_t		 longest;	/* longest line, without its end */
	size_t		 line;		/* octets in the open one */
	char		 last;		/* octet put */
	struct buf	 piece;		/* for who composes one, then
					 * commits it */
	struct buf	 out;		/* not yet in the file */
	bool		 failed;
	struct outcome	*o;		/* filled when failed */
};

/* Into m's file, from offset at on. */
void	sheet_begin(struct sheet *s, const struct message *m, off_t at,
	    struct outcome *o);
void	sheet_put(struct sheet *s, const char *p, size_t n);
void	sheet_puts(struct sheet *s, const char *text);
/* Puts s->piece, and empties it. */
void	sheet_commit(struct sheet *s);
/* The message in `from`, octet for octet, a window at a time; its facts are
 * not noted but known. */
void	sheet_copy(struct sheet *s, const struct message *from);
/* Writes what is left.  0, or -1 (FAULT_DELAY: no room, FAULT_OS). */
int	sheet_end(struct sheet *s);

#endif
