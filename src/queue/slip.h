/* SPDX-License-Identifier: ISC */
/*
 * The slips of paper that pass between the planner and a worker: ids go one
 * way, what became of them comes back.  One slip is one packet of fixed size;
 * the worker has talked to strangers, so nothing of its slips is believed
 * before it was looked at.
 */
#ifndef POSTHORN_SLIP_H
#define POSTHORN_SLIP_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/outcome.h"
#include "queue/entry.h"
#include "queue/finish.h"
#include "queue/folder.h"

enum slip_kind {
	SLIP_OPEN,		/* the session is there, and logged in */
	SLIP_DONE,		/* id was tried: end, next, delivered, why */
	SLIP_PASSED,		/* id is somebody else's, or not due */
	SLIP_GONE,		/* id is no longer in the queue */
	SLIP_UNTRIED,		/* id: another session may have it */
	SLIP_UNREAD,		/* id cannot be read: why, next */
	SLIP_OVER		/* the session is over: why (FAULT_NONE: it
				 * had enough, or was told to end) */
};

struct slip {
	enum slip_kind	 kind;
	char		 id[ENTRY_ID];	/* "" with OPEN and OVER */
	enum finish_end	 end;		/* DONE */
	bool		 delivered;	/* DONE: every recipient has it */
	time_t		 next;		/* DONE, PASSED, UNREAD: its next try */
	struct outcome	 why;		/* DONE, UNREAD and OVER */
};

/* Writes one slip; -1 when it cannot be: errno (EPIPE: the other side is
 * gone). */
int	slip_send(int fd, const struct slip *s);
/* Reads one and checks every field; text becomes printable.  1, 0 at the end,
 * -1 when it is none or cannot be read. */
int	slip_receive(int fd, struct slip *s);
/* An id for the worker; 0, or -1, as slip_send. */
int	slip_hand(int fd, const char *id);
/* The worker takes one, waiting for it or not: 1; 0 when there is none yet;
 * -1 never again. */
int	slip_take(int fd, bool wait, char id[ENTRY_ID]);
/* Does the planner want no further message begun, or is it gone?  fd -1:
 * there is none. */
bool	slip_stop(int fd);

#endif
