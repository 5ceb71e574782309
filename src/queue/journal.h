/* SPDX-License-Identifier: ISC */
/* The one line in the log that tells the admin of a message. */
#ifndef POSTHORN_JOURNAL_H
#define POSTHORN_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/outcome.h"
#include "mail/envelope.h"
#include "queue/deliver.h"

struct journal_entry {
	const char			*id;
	const char			*account;	/* NULL: none yet */
	const struct envelope		*envelope;
	uint64_t			 size;		/* 0: not read */
	const struct deliver_trace	*trace;
	int64_t				 ms;	/* from start to outcome */
	const char			*end;	/* what "outcome" says instead
						 * of the sum's verdict, or
						 * NULL */
	bool				 doubtful; /* an earlier attempt may
						    * have delivered it */
};

/* Logs id, account, from, to (as many as fit), size, host, tls, auth,
 * seconds, outcome, status and words; what is not known is left out. */
void	journal_message(const struct journal_entry *j,
	    const struct outcome *o);

#endif
