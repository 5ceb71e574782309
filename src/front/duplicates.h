/* SPDX-License-Identifier: ISC */
/* A submitted message once more for each envelope behind its own: messages of
 * their own, with an id each. */
#ifndef POSTHORN_DUPLICATES_H
#define POSTHORN_DUPLICATES_H

#include <stddef.h>

#include "base/outcome.h"
#include "front/keep.h"
#include "queue/deliver.h"

struct duplicates {
	const struct keep	*keep;	/* of the message itself */
	struct entry		*entries;
	size_t			 n, cap;
};

void	duplicates_init(struct duplicates *d, const struct keep *k);
/* A new entry for the first envelope behind, which is no longer there then; it
 * has no message yet.  Valid until the next one. */
struct entry	*duplicates_next(struct duplicates *d);
/* All of them into the queue, each with a copy of the message, synced; left
 * unlocked, for whoever comes.  -1: none is there, as keep_enter says. */
int	duplicates_queue(struct duplicates *d, struct outcome *o);
/* The caller is told to come again with all of it: out of the queue with those
 * that nobody has taken. */
void	duplicates_withdraw(const struct duplicates *d);
/* One line in the log: what became of it (end as in journal.h). */
void	duplicates_log(const struct duplicates *d, const struct entry *q,
	    const struct deliver_trace *t, const char *end,
	    const struct outcome *o);
void	duplicates_free(struct duplicates *d);

#endif
