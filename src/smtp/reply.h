/* SPDX-License-Identifier: ISC */
/* One SMTP reply (RFC 5321 section 4.2): code, enhanced code, words. */
#ifndef POSTHORN_REPLY_H
#define POSTHORN_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/outcome.h"
#include "net/stream.h"
#include "smtp/mask.h"

struct reply {
	unsigned	 code;		/* 200 to 599 */
	uint16_t	 enhanced[3];	/* RFC 2034; [0] == 0: none */
	size_t		 len;		/* of text */
	char		 text[LIMIT_REPLY + 1]; /* what stands behind the code,
					 * lines joined by '\n' */
};

/*
 * Reads one reply, all of it before the deadline.  Three digits, then a blank
 * or '-' or the end of the line; the same code on each line; a bare LF will
 * do.  Text beyond LIMIT_REPLY is dropped, beyond LIMIT_REPLY_ALL octets or
 * in any other form it is FAULT_PROTOCOL, quoting what came.  The enhanced
 * code is taken from the first line if its class fits the code.  At STAGE_AUTH
 * the words of a line that holds what mask (or NULL) hides are neither kept
 * nor shown.
 */
int	reply_read(struct stream *s, struct reply *r, int64_t deadline,
	    enum stage stage, const struct mask *mask, struct outcome *o);
/* The words of a reply as one printable line without enhanced codes, cut at
 * size - 1; returns to. */
char	*reply_words(const struct reply *r, char *to, size_t size);
/* The code's class: 2 to 5. */
unsigned	reply_class(const struct reply *r);

#endif
