/* SPDX-License-Identifier: ISC */
/* -bs and -bS: a server of RFC 5321 on standard input and output. */
#ifndef POSTHORN_SERVER_H
#define POSTHORN_SERVER_H

#include "front/call.h"

/*
 * Speaks until QUIT, the end of input, or five minutes of silence.  Each
 * message is taken as one on standard input would be; 250 is said once it is
 * in the queue, synced, or, without a queue, once it is delivered.  With -bS
 * nothing is said.  -1: input ended or failed inside of a message, or, with
 * -bS, before one that was announced, or something was refused: *o is the
 * first such fault (of what standard error was told already it has no words).
 */
int	server_run(const struct call *c, struct outcome *o);
/* The same on these descriptors, for tests; stop as in talk.h. */
int	server_speak(const struct call *c, int in, int out, int stop,
	    struct outcome *o);

#endif
