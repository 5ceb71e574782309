/* SPDX-License-Identifier: ISC */
/* Waiting for descriptors: the one place where signals that a process keeps
 * waiting (blocks) come in. */
#ifndef POSTHORN_WAIT_H
#define POSTHORN_WAIT_H

#include <poll.h>

/* poll(2) with every signal let in; a handler runs only here then, when
 * nothing else is half done.  ms < 0: no end. */
int	wait_poll(struct pollfd *p, nfds_t n, int ms);

#endif
