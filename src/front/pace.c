/* SPDX-License-Identifier: ISC */
/* Runs of the queue that go on. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "front/pace.h"
#include "queue/watch.h"

#define ARGV_MAX	(1u << 20)

/* The words of our own command line, as the system has them. */
static char **
own_argv(struct buf *b)
{
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	char **argv = NULL;
	size_t n = 0, at;

	if (fd < 0)
		return NULL;
	if (file_slurp(fd, b) == 0)
		for (at = 0; at < b->len; at += strlen(b->data + at) + 1) {
			argv = mem_grow(argv, n + 2, sizeof(*argv));
			argv[n++] = b->data + at;
			argv[n] = NULL;
		}
	close(fd);
	return argv;
}

static void
set_again(const char *name, const char *value)
{
	if (value != NULL)
		setenv(name, value, 1);
}

/* Begins anew, by what the configuration says now. */
static void
pace_again(const struct surroundings *from, const char *program)
{
	struct buf b;
	char **argv;

	set_again("XDG_CONFIG_HOME", from->config_home);
	set_again("XDG_STATE_HOME", from->state_home);
	set_again("CREDENTIALS_DIRECTORY", from->credentials);
	buf_init(&b, ARGV_MAX);
	argv = own_argv(&b);
	if (argv != NULL)
		execv(program, argv);
	log_note(LOG_ERR, "%s cannot be started anew: %s", program,
	    strerror(errno));
	free(argv);
	buf_free(&b);
}

/* true: a signal came. */
static bool
pace_look(struct watch *w, struct basis *basis, int64_t interval,
    const struct surroundings *from)
{
	bool stopped;

	if (!basis_changed(basis))
		return watch_stopped(w);
	watch_close(w);
	stopped = w->stopped;
	if (!stopped)
		pace_again(from, basis->program);
	basis_defer(basis, interval);
	watch_open(w);
	return stopped;
}

void
pace_run(const struct runner_job *j, int64_t interval,
    const struct surroundings *from)
{
	struct runner_job job = *j;
	struct runner_sum sum;
	struct basis basis;
	struct outcome o;
	struct watch w;
	int r;

	basis_begin(&basis, j->settings, from->set_id);
	job.basis = &basis;
	watch_open(&w);
	while (!pace_look(&w, &basis, interval, from)) {
		r = runner_pass(&job, &sum, &o);
		if (r < 0)
			log_note(LOG_ERR, "queue: %s", o.text);
		else if (sum.changed && !sum.stopped)
			continue;
		if (sum.stopped || watch_sleep(&w, interval * 1000))
			break;
	}
	watch_close(&w);
}

int
pace_linger(const struct runner_job *j, int64_t pause,
    const struct summon *w, struct outcome *o)
{
	struct runner_job job = *j;
	struct basis basis;
	bool changed;

	basis_begin(&basis, j->settings, w->from->set_id);
	job.basis = &basis;
	do {
		if (runner_linger(&job, pause, &changed, o) < 0) {
			log_note(LOG_ERR, "the queue's runner ended: %s",
			    o->text);
			return -1;
		}
		pause = 0;
		if (!changed)
			continue;
		/* If it returns we are still better than no runner. */
		summon_again(w);
		basis_defer(&basis, j->settings->queue.min_retry);
	} while (changed);
	return 0;
}
