/* SPDX-License-Identifier: ISC */
/* -q15m: the queue is run at a pace. */
#include <fcntl.h>
#include <limits.h>
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

/* Begins anew, by what the configuration says now; if it says nothing that
 * can be read, by what it said. */
static void
pace_again(const struct runner_job *j, const struct surroundings *from,
    const char *program)
{
	struct settings now;
	struct outcome o;
	struct buf b;
	char **argv;

	if (settings_load(&now, j->settings->path, from->set_id, &o) < 0) {
		log_note(LOG_ERR, "the configuration changed and is not used: "
		    "%s", o.text);
		return;
	}
	settings_free(&now);
	set_again("XDG_CONFIG_HOME", from->config_home);
	set_again("XDG_STATE_HOME", from->state_home);
	set_again("CREDENTIALS_DIRECTORY", from->credentials);
	buf_init(&b, ARGV_MAX);
	argv = own_argv(&b);
	if (argv != NULL)
		execv(program, argv);
	log_note(LOG_ERR, "the configuration changed, and %s cannot be "
	    "started anew", program);
	free(argv);
	buf_free(&b);
}

void
pace_run(const struct runner_job *j, int64_t interval,
    const struct surroundings *from)
{
	char program[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
	struct runner_job job = *j;
	struct watch_file before, now;
	struct runner_sum sum;
	struct outcome o;
	struct watch w;
	int r;

	program[n > 0 ? n : 0] = '\0';
	watch_file(&before, j->settings->path);
	job.config = &before;
	watch_open(&w);
	do {
		watch_file(&now, j->settings->path);
		if (!watch_same(&before, &now)) {
			watch_close(&w);
			pace_again(j, from, program);
			watch_open(&w);
			before = now;
		}
		r = runner_pass(&job, &sum, &o);
		if (r < 0)
			log_note(LOG_ERR, "queue: %s", o.text);
	} while ((r == 0 && sum.changed) || ((r < 0 || !sum.stopped) &&
	    !watch_sleep(&w, interval * 1000)));
	watch_close(&w);
}
