/* SPDX-License-Identifier: ISC */
/*
 * Runs the queue: due messages by account and host, oldest first, in several
 * sessions side by side.  This process only plans: it reads the queue and the
 * configuration, and forks workers (worker.h), one a session, which alone
 * speak with the network.
 */
#ifndef POSTHORN_RUNNER_H
#define POSTHORN_RUNNER_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "base/outcome.h"
#include "queue/plan.h"
#include "queue/store.h"

/*
 * One pass: everything that is due when it begins (or, with j->basis, while
 * it lasts).  Messages that others have locked, of other configurations or
 * uids, are passed over.  Before it ends all that was written is synced, and
 * store_tidy has been done.  SIGTERM, SIGINT and SIGHUP end it early: no new
 * message is begun, sessions end after the one they are at, and a minute later
 * or with one more signal at once.  0; -1 when the
 * queue cannot be read: *o.
 */
int	runner_pass(const struct runner_job *j, struct runner_sum *sum,
	    struct outcome *o);
/*
 * The detached runner of uid and configuration (a lock in run/): passes, with
 * sleeps of at most min-retry between them, until none of its messages is left,
 * or j->basis (not NULL) changed (*changed is then true, and the caller
 * re-executes itself), or a signal says so.  Returns at once if there is one
 * already.  pause: seconds before the first pass.
 */
int	runner_linger(const struct runner_job *j, int64_t pause, bool *changed,
	    struct outcome *o);
/* Does a runner of that uid and configuration file (NULL: any) live right
 * now? */
bool	runner_lives(const struct store *s, uid_t uid, const char *config);

#endif
