/* SPDX-License-Identifier: ISC */
/* The caller's time is up, but not the message's. */
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "front/patience.h"
#include "front/report.h"
#include "queue/health.h"

/* What a caller waits for a host that was away when it was last tried. */
#define DOWN_MS		1000

static const int stopping[] = { SIGHUP, SIGINT, SIGTERM, SIGALRM };
#define STOPPING	(sizeof(stopping) / sizeof(stopping[0]))

/* The one that is being delivered: a handler has no other way to know. */
static struct patience *waiting;

int64_t
patience_ms(const struct keep *k)
{
	const int64_t ms = k->settings->queue.patience;
	const struct account *a = k->account;
	struct health was;
	size_t i;

	for (i = 0; i < a->hosts_n; i++) {
		health_load(&was, &k->place->state, a, &a->hosts[i]);
		if (!health_down(&was, clock_now()) ||
		    was.fault != FAULT_NETWORK || was.code != 0)
			return ms;
	}
	return ms < DOWN_MS && ms > 0 ? ms : DOWN_MS;
}

void
patience_hold(void)
{
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < STOPPING; i++)
		sigaddset(&set, stopping[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void
patience_handle(void (*handler)(int))
{
	struct sigaction act = { .sa_handler = handler };
	size_t i;

	sigfillset(&act.sa_mask);
	for (i = 0; i < STOPPING; i++)
		sigaction(stopping[i], &act, NULL);
}

static void
patience_timer(int64_t ms)
{
	const struct itimerval t = { { 0, 0 },
		{ (time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000) } };

	setitimer(ITIMER_REAL, &t, NULL);
}

static _Noreturn void
patience_leave(int sig)
{
	(void)sig;
	_exit(EX_OK);
}

void
patience_none(void)
{
	patience_timer(0);
	patience_hold();
	patience_handle(patience_leave);
}

/* Nothing of the caller's is held: no terminal, pipe or directory. */
static void
patience_let_go(int null)
{
	int fd;

	(void)setsid();
	(void)!chdir("/");
	for (fd = 0; fd <= 2; fd++)
		(void)dup2(null, fd);
	log_dialogue(false);
}

bool
patience_split(bool *failed)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	pid_t pid = null >= 0 ? fork() : -1;

	*failed = pid < 0;
	if (pid < 0)
		log_note(LOG_ERR, "cannot split off a process: %s",
		    strerror(errno));
	else if (pid == 0)
		patience_let_go(null);
	if (null >= 0)
		close(null);
	if (pid != 0)
		return false;
	patience_none();
	return true;
}

/* Queues the message as it stands; what it says is no secret any more. */
static int
patience_queue(struct patience *p, struct outcome *o)
{
	struct entry *e = p->keep->entry;

	e->doubtful = e->doubtful || p->sending != 0;
	return keep_enter(p->keep, o);
}

static void
patience_say(const struct patience *p, const char *why)
{
	const char *id = p->keep->entry->id;

	log_note(LOG_NOTICE, "%s: queued: %s", id, why);
	if (p->keep->options->quiet)
		return;
	report_note("%s", why);
	report_note("the message is queued as %s", id);
}

/* The caller goes, the message stays; so does a child, with the connection,
 * which is best where the server may have the message already.  Returns only
 * in the child, or when nothing could be done (not queued). */
static void
patience_part(struct patience *p, bool stay, const char *why)
{
	bool failed = false;

	if (stay) {
		p->queued = true;
		p->job->store = &p->keep->place->store;
		p->job->entry = p->keep->entry;
		if (patience_split(&failed))
			return;
	}
	patience_say(p, why);
	if (!stay || failed) {
		/* Whoever comes finds it unlocked. */
		message_close(&p->keep->entry->message);
		keep_summon(p->keep, 0);
	}
	_exit(EX_OK);
}

/* SIGHUP, SIGINT, SIGTERM. */
static void
patience_stop(struct patience *p)
{
	bool stay = p->sending != 0;
	struct outcome o;

	if (patience_queue(p, &o) < 0) {
		report_outcome(&o);
		_exit(EX_TEMPFAIL);
	}
	patience_part(p, stay,
	    "stopped by a signal while it was being delivered");
}

/* SIGALRM. */
static void
patience_over(struct patience *p)
{
	struct outcome o;

	if (patience_queue(p, &o) < 0)
		log_note(LOG_WARNING, "%s: the caller goes on waiting: %s",
		    p->keep->entry->id, o.text);
	else
		patience_part(p, true, "the server takes its time");
}

static void
patience_ring(int sig)
{
	int saved = errno;

	if (waiting != NULL && sig == SIGALRM)
		patience_over(waiting);
	else if (waiting != NULL)
		patience_stop(waiting);
	errno = saved;
}

void
patience_begin(struct patience *p)
{
	patience_hold();
	waiting = p;
	patience_handle(patience_ring);
	p->job->sending = &p->sending;
	patience_timer(p->ms);
}

void
patience_end(struct patience *p)
{
	patience_timer(0);
	waiting = NULL;
	if (!p->queued)
		patience_handle(SIG_IGN);
}
