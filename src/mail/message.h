/* SPDX-License-Identifier: ISC */
/*
 * A message in its spool file: the header block, a blank line and the body,
 * exactly the octets that go to the wire (before dot-stuffing).  The body is
 * written behind a gap while it is read; the header, whose last edit may
 * depend on the body, is then written into the end of the gap.
 */
#ifndef POSTHORN_MESSAGE_H
#define POSTHORN_MESSAGE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/outcome.h"
#include "mail/input.h"

struct message {
	int		 fd;		/* the spool file, -1: none */
	const char	*place;		/* where it lies, for words: the
					 * directory as given to message_open
					 * (must outlive), or a constant */
	off_t		 start;		/* of the header block */
	uint64_t	 length;	/* octets from start on: header, blank
					 * line, body; what SIZE says */
	uint64_t	 body_length;
	off_t		 body;		/* where the body stands */
	bool		 eightbit;	/* octets over 127 in the body */
	bool		 eightbit_header;
	bool		 utf8;		/* the body's are valid UTF-8 (and
					 * true when it has none) */
	size_t		 longest;	/* longest line of the body, without
					 * CRLF */
	size_t		 longest_header; /* ... of the header block */
};

/* An unnamed spool file: in `directory` (NULL: none), else in /var/tmp, else
 * memory; O_CLOEXEC.  FAULT_OS if nothing works. */
int	message_open(struct message *m, const char *directory,
	    struct outcome *o);
/* Reads the body from in to its end into the spool, behind room for a header
 * of header_len octets, 1,024 more and the 128 of the queue's first line;
 * notes the facts.  FAULT_INPUT, FAULT_DATA as input_body; a full disk is
 * FAULT_DELAY, any other trouble with the file FAULT_OS. */
int	message_body(struct message *m, struct input *in, size_t header_len,
	    struct outcome *o);
/* Adds MIME-Version, Content-Type and Content-Transfer-Encoding to h when the
 * body has 8-bit octets and h has no MIME-Version or Content-* field (UTF-8
 * when valid, else unknown-8bit, RFC 1428); then writes h and the blank line
 * before the body and sets start and length.  FAULT_DATA past h's ceiling;
 * FAULT_DELAY and FAULT_OS as above; FAULT_BUG when h outgrew its room. */
int	message_header(struct message *m, struct buf *h, struct outcome *o);
/* Writes n octets into the spool file: FAULT_DELAY and FAULT_OS as above. */
int	message_write(const struct message *m, const void *p, size_t n,
	    off_t at, struct outcome *o);
void	message_close(struct message *m);

#endif
