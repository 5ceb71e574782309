/* SPDX-License-Identifier: ISC */
/* What a refusal means: is it for good, and whose fault is it? */
#ifndef POSTHORN_FAULTS_H
#define POSTHORN_FAULTS_H

#include <stdbool.h>

#include "base/outcome.h"
#include "smtp/reply.h"

/*
 * Turns a reply that is not the one hoped for into an outcome: codes, words
 * ("what: 550 the server's words"), verdict, scope and fault by the table in
 * faults.c.  stage is what the reply answered; what names it and to whom
 * ("RCPT TO:<u@example.org>").  Returns -1.
 */
int	faults_judge(const struct reply *r, enum stage stage, const char *what,
	    struct outcome *o);
/* Does this reply to RCPT mean "the rest in another transaction", given that
 * a recipient of this one was accepted (RFC 5321 section 4.5.3.1.10)? */
bool	faults_too_many(const struct reply *r);
/* Is it a refusal of the mechanism as such (try another), not of the login? */
bool	faults_mechanism(const struct reply *r);

#endif
