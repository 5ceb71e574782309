/* SPDX-License-Identifier: ISC */
/*
 * The two ends of an SMTP dialogue as its server has them: lines and octets
 * that come in, replies that go out, no wait without an end.
 */
#ifndef POSTHORN_TALK_H
#define POSTHORN_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/outcome.h"

#define TALK_LINE	4096u	/* octets of a command line we take */
#define TALK_REPLY	512u	/* and of a reply, CRLF included */

/* Why nothing more comes. */
enum talk_end {
	TALK_GOES_ON,
	TALK_OVER,		/* the end of input */
	TALK_IDLE,		/* nothing came for too long */
	TALK_STOPPED,		/* a signal said so */
	TALK_BROKEN,		/* input failed: see error */
	TALK_DEAF		/* replies cannot be written: see error */
};

struct talk {
	int		 in, out;	/* descriptors; out -1: replies are
					 * dropped */
	int		 stop;		/* readable once we are to end, or -1 */
	int64_t		 ms;		/* what a wait may take */
	enum talk_end	 end;
	int		 error;		/* errno of the end */
	unsigned long	 lines;		/* taken */
	size_t		 pos, len;	/* of data: not yet used */
	struct buf	 replies;	/* not yet written */
	char		 data[65536];
};

/* How a line came. */
enum talk_line {
	TALK_CRLF,
	TALK_LF,		/* ended by a bare LF */
	TALK_LONG,		/* too long, and dropped */
	TALK_NONE		/* none came: see end */
};

void	talk_open(struct talk *t, int in, int out, int stop);
/* A command line without its end (NUL-terminated; NULs inside are kept), *n
 * octets.  It must be whole after ms. */
enum talk_line	talk_line(struct talk *t, char line[TALK_LINE + 1],
	    size_t *n);
/* What has come and is not used, at least an octet, waiting for it if need
 * be; 0: nothing more comes.  talk_used drops that many of them. */
size_t	talk_some(struct talk *t, const char **p);
void	talk_used(struct talk *t, size_t n);
/* Queues one line of a reply, which is cleaned and cut; it is written when we
 * would wait for input (RFC 2920 section 3.2). */
void	talk_say(struct talk *t, const char *line);
void	talk_flush(struct talk *t);
/* Reads and drops what follows, so that who goes on writing is not hurt:
 * until nothing comes for 100 ms, and 1 MiB at most. */
void	talk_drain(struct talk *t);
/* The words for the end. */
void	talk_why(const struct talk *t, struct outcome *o);
void	talk_close(struct talk *t);

#endif
