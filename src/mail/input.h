/* SPDX-License-Identifier: ISC */
/*
 * What a caller writes on standard input, made into lines: any mix of CRLF,
 * LF and bare CR, with or without a lone dot, NUL dropped.  Reads; keeps
 * nothing.
 */
#ifndef POSTHORN_INPUT_H
#define POSTHORN_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/outcome.h"
#include "mail/lines.h"

struct input {
	int		 fd;
	bool		 dot;		/* a lone dot ends the message, and a
					 * leading ".." loses a dot */
	bool		 ended;		/* end of file or the dot was seen */
	bool		 after_dot;	/* something followed the dot */
	bool		 from_dropped;	/* an mbox "From " line was dropped */
	uint64_t	 taken;		/* octets of message seen so far, as
					 * the caller wrote them */
	uint64_t	 max;		/* ceiling of these, 0: none */
	uint64_t	 nul;		/* NULs dropped */
	size_t		 pos, len;	/* of data: not yet used */
	bool		 eof;		/* nothing more can be read */
	struct lines	 lines;		/* how far the body is */
	char		 data[LIMIT_INPUT];
};

/* Prepares; fd may be a pipe, file, socket, terminal, blocking or not. */
void	input_open(struct input *in, int fd, bool dot, uint64_t max);
/*
 * Reads the header block into h (ceiling LIMIT_HEADER): lines ended by CRLF,
 * without the blank line.  A run of CRs before an LF is one line end with it;
 * a bare CR elsewhere in the block becomes a space.  The block ends at a
 * blank line (dropped), at the end, or before the first line that is neither
 * a field nor a continuation (which is then the first line of the body); a
 * line whose first LIMIT_INPUT octets have no colon is no field.  A
 * leading mbox "From " line is dropped.  Fails: FAULT_INPUT on a read error,
 * FAULT_DATA beyond a ceiling.
 */
int	input_header(struct input *in, struct buf *h, struct outcome *o);
/*
 * The next stretch of the body in wire form (CRLF everywhere: a bare CR is a
 * line end here) into out, which has room for size octets (size must be at
 * least 2 * LIMIT_INPUT + 4); *n is 0 at the end.  A last line without an end
 * gets one.  The lone dot must be a line by LFs: a CR alone neither begins
 * nor ends it.  Fails as above; a read error never looks like an end.
 */
int	input_body(struct input *in, char *out, size_t size, size_t *n,
	    struct outcome *o);
/* After the end by a dot: reads and drops what follows, noting after_dot, so
 * that a caller which goes on writing is not hit by SIGPIPE; stops after
 * 1 MiB, at a terminal, and when nothing comes for 100 ms (a caller may hold
 * the pipe open until we are done). */
void	input_drain(struct input *in);

#endif
