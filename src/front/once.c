/* SPDX-License-Identifier: ISC */
/* -q: one pass over the queue, and what is said of it. */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "front/once.h"
#include "front/report.h"

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
once_idle(const struct runner_job *j, const struct runner_sum *sum)
{
	const char *many = sum->waiting == 1 ? " waits, and is not" :
	    "s wait, none is";
	char when[32];

	if (sum->tried > 0 || sum->passed > 0 || sum->waiting == 0 ||
	    sum->stopped || j->force ||
	    !(j->verbose || isatty(STDERR_FILENO)))
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

int
once_run(const struct runner_job *j, const struct summon *w, struct outcome *o)
{
	struct runner_sum sum;

	if (runner_pass(j, &sum, o) < 0)
		return -1;
	if (!sum.stopped)
		summon_if_needed(w);
	if (once_trouble(&sum, o) < 0)
		return -1;
	once_idle(j, &sum);
	return 0;
}
