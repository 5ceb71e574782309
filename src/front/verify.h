/* SPDX-License-Identifier: ISC */
/* -bv and -bt: where a message would go. */
#ifndef POSTHORN_VERIFY_H
#define POSTHORN_VERIFY_H

#include "front/call.h"

/*
 * -bv: a line on stdout for each address that an operand comes to, behind its
 * aliases: what it is delivered to, by which account's host, as which user;
 * nothing is read or sent.  -bt: the same for the lines of stdin, or of the
 * operands if there are any.  -1: the first that is none, as *o says, after
 * all were looked at.
 */
int	verify_run(const struct call *c, struct outcome *o);

#endif
