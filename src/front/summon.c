/* SPDX-License-Identifier: ISC */
/* Makes sure that somebody runs the queue. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "front/summon.h"
#include "queue/runner.h"

#define VARIABLE	(PATH_MAX + 32)

/* Where our program is now: an upgrade puts another one under its name. */
static int
program(char path[PATH_MAX])
{
	static const char gone[] = " (deleted)";
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
	size_t len = sizeof(gone) - 1;

	if (n <= 0)
		return -1;
	path[n] = '\0';
	if ((size_t)n > len && strcmp(path + n - len, gone) == 0)
		path[(size_t)n - len] = '\0';
	return 0;
}

static size_t
add_variable(char env[][VARIABLE], size_t n, const char *name,
    const char *value)
{
	if (value == NULL)
		return n;
	snprintf(env[n], VARIABLE, "%s=%s", name, value);
	return n + 1;
}

/* Executes ourselves as a runner. */
static void
become(const struct summon *w, int64_t pause)
{
	char path[PATH_MAX], seconds[32];
	char env[5][VARIABLE];
	char name[] = "posthorn", flag[] = "--runner", c[] = "-C", l[] = "-L";
	char *argv[8] = { name, flag, seconds };
	char *envp[6] = { NULL };
	size_t n = 0, i, argc = 3;

	snprintf(seconds, sizeof(seconds), "%llds", (long long)pause);
	if (w->options->config != NULL) {
		argv[argc++] = c;
		argv[argc++] = w->settings->path;
	}
	if (w->options->log_tag != NULL) {
		argv[argc++] = l;
		argv[argc++] = mem_dup(w->options->log_tag);
	}
	argv[argc] = NULL;
	n = add_variable(env, n, "PATH", "/usr/bin:/bin");
	n = add_variable(env, n, "LANG", "C.UTF-8");
	n = add_variable(env, n, "XDG_CONFIG_HOME", w->from->config_home);
	n = add_variable(env, n, "XDG_STATE_HOME", w->from->state_home);
	n = add_variable(env, n, "CREDENTIALS_DIRECTORY",
	    w->from->credentials);
	for (i = 0; i < n; i++)
		envp[i] = env[i];
	if (program(path) == 0)
		execve(path, argv, envp);
	log_note(LOG_ERR, "cannot start a runner for the queue: %s",
	    strerror(errno));
}

void
summon_again(const struct summon *w)
{
	become(w, 0);
}

/* Whose runner takes our messages?  Root's becomes whom the queue belongs
 * to. */
static uid_t
runner_uid(const struct store *s)
{
	uid_t uid;
	gid_t gid;

	return getuid() == 0 && s->system &&
	    privilege_owner(s->dirfd, &uid, &gid) ? uid : getuid();
}

void
summon_runner(const struct summon *w, int64_t pause)
{
	struct outcome o;
	pid_t pid;

	if (!w->place->open || w->settings->queue.external ||
	    runner_lives(&w->place->store,
	    runner_uid(&w->place->store), w->settings->path))
		return;
	pid = fork();
	if (pid == 0) {
		if (privilege_detach(NULL, 0, &o) == 0)
			become(w, pause);
		_exit(1);
	}
	if (pid < 0)
		log_note(LOG_ERR, "cannot start a runner for the queue: %s",
		    strerror(errno));
}

void
summon_if_needed(const struct summon *w)
{
	struct store_name *names;
	struct outcome o;
	bool ours = false;
	size_t n, i;

	if (!w->place->open || w->settings->queue.external ||
	    store_list(&w->place->store, STORE_ACTIVE, &names, &n, &o) < 0)
		return;
	for (i = 0; i < n && !ours; i++)
		ours = names[i].uid == getuid();
	free(names);
	if (ours)
		summon_runner(w, 0);
}
