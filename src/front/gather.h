/* SPDX-License-Identifier: ISC */
/*
 * The octets of a message on their way from DATA or BDAT into a file without
 * a name: in memory while they are few, then on disk.  The same file serves
 * one message after the other.
 */
#ifndef POSTHORN_GATHER_H
#define POSTHORN_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "front/talk.h"
#include "mail/message.h"

struct gather {
	const char	*directory;	/* for what is large; NULL: none */
	uint64_t	 max;		/* octets of a message, 0: no limit */
	uint64_t	 n;		/* octets of this one */
	int		 fd;		/* where they are */
	int		 small;		/* in memory, or -1 */
	struct message	 large;		/* on disk; fd may be -1 */
	bool		 dropping;	/* nothing is kept */
	struct outcome	 fault;		/* why not */
	char		*room;
};

void	gather_open(struct gather *g, const char *directory, uint64_t max);
void	gather_close(struct gather *g);
/* For the next message: empty, and all well. */
void	gather_reset(struct gather *g);
/* What comes until the end of this message is dropped, without a fault. */
void	gather_drop(struct gather *g);
/*
 * Octets up to CRLF.CRLF, which is not kept; leading dots behind a CRLF are
 * undone (RFC 5321 section 4.5.2), and so are two of them behind a bare LF, as
 * some clients write them.  No other sequence ends the message, but lf: LF.LF
 * does as well, for a client whose commands end in a bare LF.  0: the end was
 * read, whether or not all of it could be kept (fault: too large is FAULT_DATA
 * with 5.3.4, a full disk FAULT_DELAY, else FAULT_OS); -1: it never came.
 */
int	gather_data(struct gather *g, struct talk *t, bool lf);
/* The next n octets as they are, likewise. */
int	gather_chunk(struct gather *g, struct talk *t, uint64_t n);
/* Ready to be read from its begin: the descriptor, or -1 with fault. */
int	gather_done(struct gather *g);

/* The state of undoing; exposed for tests. */
enum gather_where {
	GATHER_BEGIN,		/* of a line */
	GATHER_DOT,		/* behind a dot there */
	GATHER_DOT_CR,
	GATHER_INSIDE,
	GATHER_CR,
	GATHER_LF,		/* behind a bare one */
	GATHER_LF_DOT
};

struct gather_dots {
	enum gather_where where;
	bool		 lf;
	bool		 crlf;		/* the line before ended so */
	bool		 ended;
};

/* n octets through it, into out (n + 2); the count there.  *used: how many
 * were looked at, all unless it ended. */
size_t	gather_undot(struct gather_dots *d, const char *p, size_t n,
	    char *out, size_t *used);

#endif
