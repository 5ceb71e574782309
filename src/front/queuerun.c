/* SPDX-License-Identifier: ISC */
/* -q, runq and --runner: the queue is run. */
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "front/pace.h"
#include "front/queuerun.h"
#include "front/report.h"
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

/* "05:45", with seconds or the day where that would say little. */
static void
once_time(char out[32], time_t when, time_t now)
{
	struct tm tm;

	if (localtime_r(&when, &tm) == NULL || strftime(out, 32,
	    when - now < 120 ? "%H:%M:%S" :
	    when - now < 12 * 3600 ? "%H:%M" : "%Y-%m-%d %H:%M", &tm) == 0)
		strcpy(out, "later");
}

/* Nothing was done, and it may be somebody who thinks that it was. */
static void
once_idle(const struct run *r, const struct runner_sum *sum)
{
	const char *many = sum->waiting == 1 ? " waits, and is not" :
	    "s wait, none is";
	char when[32];

	if (sum->tried > 0 || sum->passed > 0 || sum->waiting == 0 ||
	    sum->stopped || r->job.force ||
	    !(r->op->verbose || isatty(STDERR_FILENO)))
		return;
	once_time(when, sum->next, clock_now());
	report_note("%zu message%s due before %s (posthorn -qf tries %s now)",
	    sum->waiting, many, when, sum->waiting == 1 ? "it" : "them");
}

/* What kept it from being run as it should be. */
static int
once_trouble(const struct runner_sum *sum, struct outcome *o)
{
	if (sum->unread > 0) {
		outcome_fail(o, FAULT_DELAY, STAGE_NONE,
		    "%zu message%s could not be read: %s", sum->unread,
		    sum->unread == 1 ? "" : "s", sum->why);
		return outcome_advise(o, "see the log; they stay where they "
		    "are, and are tried again");
	}
	if (sum->alone) {
		outcome_fail(o, FAULT_DELAY, STAGE_NONE,
		    "cannot start a worker; %zu messages wait", sum->waiting);
		return outcome_advise(o, "see the log, and the limits on "
		    "processes and open files");
	}
	if (sum->unreachable == 0 || sum->reached > 0)
		return 0;
	outcome_fail(o, FAULT_NETWORK, STAGE_CONNECT,
	    "no session with a smarthost could be opened; %zu messages wait",
	    sum->waiting);
	return outcome_advise(o, "mailq tells what they wait for");
}

static int
run_once(const struct run *r, struct outcome *o)
{
	const struct summon w = { r->op, r->settings, r->from, r->place };
	struct runner_sum sum;

	if (runner_pass(&r->job, &sum, o) < 0)
		return -1;
	if (!sum.stopped)
		summon_if_needed(&w);
	if (once_trouble(&sum, o) < 0)
		return -1;
	once_idle(r, &sum);
	return 0;
}

static int
run_linger(const struct run *r, struct outcome *o)
{
	const struct summon w = { r->op, r->settings, r->from, r->place };

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
	if (settings->queue.none)
		return 0;
	/* Again, for the words. */
	if (!place->open && place_open(place, settings, from, me, o) < 0)
		return -1;
	if (run_job(&r, o) < 0)
		return -1;
	if (op->queue.hold != NULL)
		return run_hold(&r, o);
	if (op->queue.linger)
		return run_linger(&r, o);
	if (op->queue.interval == 0)
		return run_once(&r, o);
	pace_run(&r.job, op->queue.interval, from);
	return 0;
}
