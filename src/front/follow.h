/* SPDX-License-Identifier: ISC */
/* What follows a delivery: the session that took the message takes along what
 * waits for the same account. */
#ifndef POSTHORN_FOLLOW_H
#define POSTHORN_FOLLOW_H

#include "front/keep.h"
#include "smtp/session.h"

/*
 * left is open and good for more (deliver.h).  A child that outlives the
 * caller carries the messages and closes it; a runner sees to the rest.  true
 * in that child, when it is done; false in the caller, at once.
 */
bool	follow_drain(const struct keep *k, struct session *left);
/* Starts a runner if a message of the caller's waits and nobody runs. */
void	follow_summon(const struct keep *k);

/* The same without a child, where nobody waits for us. */
void	follow_take(const struct keep *k, struct session *left);

#endif
