/* SPDX-License-Identifier: ISC */
/* What ends a runner. */
#include <sys/signalfd.h>

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/clock.h"
#include "queue/watch.h"

static const int ends[] = { SIGHUP, SIGINT, SIGTERM };

#define ENDS	(sizeof(ends) / sizeof(ends[0]))
#define SAME_MS		500	/* two in this time are one */
#define PATIENCE_MS	60000
#define TROUBLE_US	100000	/* poll cannot wait for us */

void
watch_open(struct watch *w)
{
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < ENDS; i++)
		sigaddset(&set, ends[i]);
	w->stopped = w->again = false;
	sigprocmask(SIG_BLOCK, &set, &w->before);
	w->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (w->fd < 0)
		sigprocmask(SIG_SETMASK, &w->before, NULL);
}

void
watch_close(struct watch *w)
{
	(void)watch_stopped(w);
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
	sigprocmask(SIG_SETMASK, &w->before, NULL);
}

void
watch_child(struct watch *w)
{
	struct sigaction sa = { .sa_handler = SIG_IGN };
	sigset_t none;
	size_t i;

	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
	sigemptyset(&sa.sa_mask);
	for (i = 0; i < ENDS; i++)
		sigaction(ends[i], &sa, NULL);
	sa.sa_handler = SIG_DFL;
	sigaction(SIGALRM, &sa, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

bool
watch_stopped(struct watch *w)
{
	struct signalfd_siginfo info;

	while (w->fd >= 0 && read(w->fd, &info, sizeof(info)) > 0) {
		if (!w->stopped)
			w->since = clock_ms();
		else if (clock_ms() - w->since >= SAME_MS)
			w->again = true;
		w->stopped = true;
	}
	return w->stopped;
}

bool
watch_hurry(struct watch *w)
{
	return watch_stopped(w) &&
	    (w->again || clock_ms() - w->since >= PATIENCE_MS);
}

bool
watch_sleep(struct watch *w, int64_t ms)
{
	int64_t deadline = clock_deadline(ms);
	struct pollfd p = { .fd = w->fd, .events = POLLIN };
	int left;

	while (!watch_stopped(w) && (left = clock_left(deadline)) > 0)
		if (poll(&p, 1, left) < 0 && errno != EINTR)
			usleep(TROUBLE_US);
	return w->stopped;
}
