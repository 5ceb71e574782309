/* SPDX-License-Identifier: ISC */
/* A message made out of another, written to its spool file from front to
 * back; the facts are noted on the way. */
#ifndef POSTHORN_SINK_H
#define POSTHORN_SINK_H

#include "base/buf.h"
#include "base/outcome.h"
#include "mail/facts.h"
#include "mail/message.h"

struct sink {
	struct message	*m;
	off_t		 at;		/* where the room goes */
	char		*room;
	size_t		 used;
	struct facts	 facts;
};

/* Begins m, which is open, with header h and the blank line.  All of these:
 * 0 or -1; a full disk is FAULT_DELAY, any other trouble FAULT_OS. */
int	sink_open(struct sink *s, struct message *m, const struct buf *h,
	    struct outcome *o);
int	sink_write(struct sink *s, const char *p, size_t n,
	    struct outcome *o);
/* Where n octets, at most SINK_MOST, may be put; sink_used says how many
 * were.  NULL on failure. */
char	*sink_room(struct sink *s, size_t n, struct outcome *o);
void	sink_used(struct sink *s, size_t n);
/* Writes what is left; m is complete then. */
int	sink_end(struct sink *s, struct outcome *o);
void	sink_free(struct sink *s);

#define SINK_MOST	65536u

#endif
