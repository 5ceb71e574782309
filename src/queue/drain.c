/* SPDX-License-Identifier: ISC */
/* A session that has just proved to work takes along what waits. */
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "queue/drain.h"
#include "queue/slip.h"

/* Is nothing in the way of e but the fault that is over now?  One that came
 * when it was asked for this message may be the message's own: it cuts every
 * line, or is in doubt each time, and each of us would send it once more. */
static bool
drain_ready(const struct worker_job *j, struct entry *e)
{
	const struct envelope *v = &e->envelope;
	size_t i = envelope_next(&e->envelope, 0);

	if (i == v->n || worker_due(j->settings, e->next, clock_now()))
		return true;
	return v->rcpt[i].fault != FAULT_NONE &&
	    v->rcpt[i].stage < STAGE_MAIL &&
	    (v->rcpt[i].scope == SCOPE_HOST ||
	    v->rcpt[i].scope == SCOPE_ACCOUNT);
}

static bool
drain_wants(const struct worker_job *j, const char *id)
{
	struct outcome o;
	struct entry e;
	bool wants;

	if (store_peek(j->store, STORE_ACTIVE, id, &e, &o) != STORE_LOADED)
		return false;
	wants = strcmp(e.config, j->settings->path) == 0 &&
	    strcmp(e.account, j->account->name) == 0 && drain_ready(j, &e);
	store_release(&e);
	return wants;
}

size_t
drain_find(const struct worker_job *j, uid_t uid,
    char ids[DRAIN_MAX][ENTRY_ID])
{
	struct store_name *names;
	struct outcome o;
	size_t all, i, n = 0;

	if (store_list(j->store, STORE_ACTIVE, &names, &all, &o) < 0)
		return 0;
	for (i = 0; i < all && i < 16 * DRAIN_MAX && n < DRAIN_MAX; i++)
		if (names[i].uid == uid && drain_wants(j, names[i].id))
			memcpy(ids[n++], names[i].id, ENTRY_ID);
	free(names);
	return n;
}

/* There is no planner: all ids are in the socket before the worker begins, and
 * nobody reads its reports. */
void
drain_run(const struct worker_job *j, char ids[DRAIN_MAX][ENTRY_ID],
    size_t n)
{
	int pair[2];
	size_t i;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return;
	for (i = 0; i < n && slip_hand(pair[0], ids[i]) == 0; i++)
		;
	shutdown(pair[0], SHUT_RDWR);
	worker_run(j, pair[1]);
	close(pair[0]);
	close(pair[1]);
}
