/* SPDX-License-Identifier: ISC */
/* What ends a runner. */
#include <sys/signalfd.h>
#include <sys/stat.h>

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "queue/watch.h"

static const int ends[] = { SIGHUP, SIGINT, SIGTERM };

#define ENDS	(sizeof(ends) / sizeof(ends[0]))

void
watch_open(struct watch *w)
{
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < ENDS; i++)
		sigaddset(&set, ends[i]);
	w->stopped = false;
	sigprocmask(SIG_BLOCK, &set, &w->before);
	w->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void
watch_close(struct watch *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
	sigprocmask(SIG_SETMASK, &w->before, NULL);
}

void
watch_child(struct watch *w)
{
	struct sigaction sa = { .sa_handler = SIG_DFL };
	sigset_t none;
	size_t i;

	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
	sigemptyset(&sa.sa_mask);
	for (i = 0; i < ENDS; i++)
		sigaction(ends[i], &sa, NULL);
	sigaction(SIGALRM, &sa, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

bool
watch_stopped(struct watch *w)
{
	struct signalfd_siginfo info;

	if (w->fd >= 0 && read(w->fd, &info, sizeof(info)) > 0)
		w->stopped = true;
	return w->stopped;
}

bool
watch_sleep(struct watch *w, int64_t ms)
{
	int64_t deadline = clock_deadline(ms);
	struct pollfd p = { .fd = w->fd, .events = POLLIN };
	int left;

	while (!watch_stopped(w) && (left = clock_left(deadline)) > 0)
		(void)poll(&p, 1, left);
	return w->stopped;
}

void
watch_file(struct watch_file *f, const char *path)
{
	struct stat st;

	memset(f, 0, sizeof(*f));
	if (path == NULL || stat(path, &st) != 0)
		return;
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	f->size = st.st_size;
	f->mtime = st.st_mtim;
}

bool
watch_same(const struct watch_file *a, const struct watch_file *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	    a->mtime.tv_sec == b->mtime.tv_sec &&
	    a->mtime.tv_nsec == b->mtime.tv_nsec;
}
