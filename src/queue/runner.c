/* SPDX-License-Identifier: ISC */
/* Runs the queue: once, or until nothing is left. */
#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crc.h"
#include "base/log.h"
#include "queue/runner.h"

#define LOCK_TRIES	5	/* somebody may just be looking */
#define LOCK_WAIT_US	20000

/* One of each uid and configuration: messages of another one are none of its
 * business. */
static void
lock_path(char path[48], uid_t uid, const char *config)
{
	snprintf(path, 48, "run/%lu-%08" PRIx32, (unsigned long)uid,
	    crc32c(0, config, strlen(config)));
}

/* 1: we are the runner of that uid; 0: there is one. */
static int
lock_take(int fd)
{
	int i;

	for (i = 0; i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 1;
		usleep(LOCK_WAIT_US);
	}
	return 0;
}

static int
lock_open(const struct store *s, uid_t uid, const char *config,
    struct outcome *o)
{
	mode_t mode = s->system ? 0660 : 0600;
	char path[48];
	int fd;

	lock_path(path, uid, config);
	fd = openat(s->dirfd, path, O_RDWR | O_CREAT | O_NOFOLLOW |
	    O_CLOEXEC | O_NOCTTY | O_NONBLOCK, mode);
	if (fd < 0)
		return folder_fail(o, "cannot open", s->path, path);
	/* The umask's part of it; whoever made it has done the same. */
	(void)fchmod(fd, mode);
	return fd;
}

/* Does somebody hold it? */
static bool
lock_held(int dirfd, const char *path)
{
	bool held;
	int fd = openat(dirfd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
	    O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return false;
	held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
	close(fd);
	return held;
}

/* Any one of that uid. */
static bool
lock_any(const struct store *s, uid_t uid)
{
	int fd = openat(s->dirfd, "run", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *e;
	char prefix[32];
	bool held = false;
	int n = snprintf(prefix, sizeof(prefix), "%lu-", (unsigned long)uid);

	if (d == NULL) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (!held && (e = readdir(d)) != NULL)
		held = strncmp(e->d_name, prefix, (size_t)n) == 0 &&
		    lock_held(fd, e->d_name);
	closedir(d);
	return held;
}

bool
runner_lives(const struct store *s, uid_t uid, const char *config)
{
	char path[48];

	if (config == NULL)
		return lock_any(s, uid);
	lock_path(path, uid, config);
	return lock_held(s->dirfd, path);
}

/* ---- One pass ------------------------------------------------------------ */

static int
pass(const struct runner_job *j, struct backlog *b, struct watch *w, int fd,
    struct runner_sum *sum, struct outcome *o)
{
	struct outcome why;

	if (plan_pass(j, b, w, fd, sum, o) < 0)
		return -1;
	if (store_settle(j->store, &why) < 0)
		log_note(LOG_WARNING, "queue: %s", why.text);
	store_tidy(j->store, j->settings->queue.keep_failed, clock_now());
	return 0;
}

int
runner_pass(const struct runner_job *j, struct runner_sum *sum,
    struct outcome *o)
{
	struct backlog b;
	struct watch w;
	int r;

	backlog_init(&b);
	watch_open(&w);
	r = pass(j, &b, &w, -1, sum, o);
	/* One that came while all was cleared up is taken here, or lost. */
	watch_close(&w);
	sum->stopped = w.stopped;
	backlog_free(&b);
	return r;
}

/* ---- Until nothing is left ----------------------------------------------- */

/* Whoever queued something while the lock was ours relies on us: without it,
 * one more look.  true: something is there, and the lock is ours again. */
static bool
linger_more(const struct runner_job *j, struct backlog *b, int fd)
{
	const struct backlog_want want = pass_want(j);
	struct outcome o;
	bool more = false;
	size_t i;

	(void)flock(fd, LOCK_UN);
	if (backlog_read(b, &want, clock_now(), &o) < 0)
		return false;
	for (i = 0; i < b->n && !more; i++)
		more = backlog_counts(&b->rows[i]);
	return more && lock_take(fd) > 0;
}

static int64_t
linger_ms(const struct runner_job *j, const struct runner_sum *sum)
{
	const int64_t most = j->settings->queue.min_retry;
	int64_t s = (int64_t)sum->next - (int64_t)clock_now();

	if (s > most)
		s = most;
	return (s < 1 ? 1 : s) * 1000;
}

static int
linger(const struct runner_job *j, struct watch *w, int fd, bool *changed,
    struct outcome *o)
{
	struct runner_sum sum;
	struct backlog b;
	int r = 0;

	backlog_init(&b);
	for (;;) {
		*changed = basis_changed(j->basis);
		if (*changed)
			break;
		r = pass(j, &b, w, fd, &sum, o);
		if (r < 0 || sum.stopped)
			break;
		if (sum.changed)
			continue;
		if (sum.next != 0) {
			if (watch_sleep(w, linger_ms(j, &sum)))
				break;
		} else if (!linger_more(j, &b, fd))
			break;
	}
	backlog_free(&b);
	return r;
}

int
runner_linger(const struct runner_job *j, int64_t pause, bool *changed,
    struct outcome *o)
{
	struct watch w;
	int fd = lock_open(j->store, j->uid, j->settings->path, o), r = 0;

	*changed = false;
	if (fd < 0)
		return -1;
	if (lock_take(fd) > 0) {
		watch_open(&w);
		if (!watch_sleep(&w, pause * 1000))
			r = linger(j, &w, fd, changed, o);
		watch_close(&w);
		*changed = *changed && !w.stopped;
	}
	close(fd);
	return r;
}
