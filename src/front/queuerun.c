/* SPDX-License-Identifier: ISC */
/* -q, runq and --runner: the queue is run. */
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

#include "base/log.h"
#include "front/once.h"
#include "front/pace.h"
#include "front/queuerun.h"
#include "front/summon.h"
#include "queue/runner.h"

struct run {
	const struct options		*op;
	const struct settings		*settings;
	struct place			*place;
	const struct surroundings	*from;
	const struct identity		*me;
	struct runner_job		 job;
};

/* Whose messages?  Root first becomes whom the queue belongs to. */
static int
run_become(struct run *r, struct outcome *o)
{
	const struct store *s = &r->place->store;
	bool root = getuid() == 0, known;
	uid_t uid;
	gid_t gid;

	known = s->system && privilege_owner(s->dirfd, &uid, &gid);
	r->job.all = !s->system || root || (known && uid == getuid());
	if (root && known && privilege_become(uid, gid, o) < 0)
		return -1;
	r->job.uid = getuid();
	return 0;
}

/* One that says what is meant, not only what is not. */
static bool
run_picks(const struct queue_run *q)
{
	size_t i;

	for (i = 0; i < q->selectors_n; i++)
		if (!q->selectors[i].negated && q->selectors[i].kind != 'G')
			return true;
	return false;
}

static int
run_job(struct run *r, struct outcome *o)
{
	const struct queue_run *q = &r->op->queue;
	struct runner_job *j = &r->job;

	j->store = &r->place->store;
	j->settings = r->settings;
	j->state = &r->place->state;
	j->host = r->me->host != NULL ? r->me->host : r->me->domain;
	j->ehlo_name = r->me->host;
	j->from_address = r->me->daemon;
	j->credentials = r->from->credentials;
	j->force = q->force || run_picks(q);
	j->held = q->held;
	j->selectors = q->selectors;
	j->selectors_n = q->selectors_n;
	j->verbose = r->op->verbose;
	return run_become(r, o);
}

/* ---- -Q ------------------------------------------------------------------ */

static void
hold_one(const struct run *r, const char *id)
{
	const struct runner_job *j = &r->job;
	struct entry e;
	struct outcome o;

	if (store_load(j->store, STORE_ACTIVE, id, &e, &o) != STORE_LOADED)
		return;
	if (select_fits(j->selectors, j->selectors_n, &e)) {
		if (store_move(j->store, &e, STORE_ACTIVE, STORE_HOLD,
		    &o) < 0)
			log_note(LOG_ERR, "%s", o.text);
		else
			log_note(LOG_NOTICE, "queue: %s is on hold%s%s", id,
			    r->op->queue.hold[0] != '\0' ? ": " : "",
			    r->op->queue.hold);
	}
	store_release(&e);
}

static int
run_hold(const struct run *r, struct outcome *o)
{
	const struct runner_job *j = &r->job;
	struct store_name *names;
	size_t n, i;

	if (j->selectors_n == 0) {
		outcome_fail(o, FAULT_USAGE, STAGE_OPTIONS,
		    "-Q holds what -qI, -qR or -qS name, and none is given");
		return outcome_advise(o, "give one of them too");
	}
	if (store_list(j->store, STORE_ACTIVE, &names, &n, o) < 0)
		return -1;
	for (i = 0; i < n; i++)
		if ((j->all || names[i].uid == j->uid) &&
		    select_id_fits(j->selectors, j->selectors_n, names[i].id))
			hold_one(r, names[i].id);
	free(names);
	return 0;
}

/* ---- Once, or until nothing is left -------------------------------------- */

static int
run_until(const struct run *r, struct outcome *o)
{
	const struct summon w = { r->op, r->settings, r->from, r->place };

	if (!r->op->queue.linger)
		return once_run(&r->job, &w, o);
	return pace_linger(&r->job, r->op->queue.pause, &w, o);
}

int
queuerun_run(const struct options *op, const struct settings *settings,
    struct place *place, const struct surroundings *from,
    const struct identity *me, struct outcome *o)
{
	struct run r = { .op = op, .settings = settings, .place = place,
		.from = from, .me = me };

	outcome_clear(o);
	if (run_job(&r, o) < 0)
		return -1;
	if (op->queue.hold != NULL)
		return run_hold(&r, o);
	if (op->queue.linger || op->queue.interval == 0)
		return run_until(&r, o);
	pace_run(&r.job, op->queue.interval, from);
	return 0;
}
