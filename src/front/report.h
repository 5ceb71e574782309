/* SPDX-License-Identifier: ISC */
/* What the caller is told: lines on stderr, and the exit status. */
#ifndef POSTHORN_REPORT_H
#define POSTHORN_REPORT_H

#include "base/outcome.h"
#include "mail/envelope.h"

/* "posthorn: what failed, to whom: the words (enhanced code)" and at most one
 * line of advice. */
void	report_outcome(const struct outcome *o);
/* The same for each recipient that was not delivered: one line for many with
 * the same words, at most twenty. */
void	report_recipients(const struct envelope *e);
/* "posthorn: words", where the message is now. */
void	report_note(const char *fmt, ...)
	    __attribute__((format(printf, 1, 2)));
/* The exit status (sysexits.h) of an outcome. */
int	report_status(const struct outcome *o);

#endif
