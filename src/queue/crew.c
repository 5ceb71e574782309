/* SPDX-License-Identifier: ISC */
/* The workers of a planner, seen from its side. */
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "queue/crew.h"

#define TROUBLE_US	100000	/* poll cannot wait for us */

void
crew_init(struct crew *c, struct watch *w, int private_fd)
{
	unsigned i;

	memset(c, 0, sizeof(*c));
	c->watch = w;
	c->private_fd = private_fd;
	for (i = 0; i < CREW_MAX; i++)
		c->hands[i].fd = -1;
}

/* In the child: nothing of the planner's is kept, so that its death shows. */
static _Noreturn void
crew_child(struct crew *c, const struct worker_job *j, int fd)
{
	unsigned i;

	watch_child(c->watch);
	if (c->private_fd >= 0)
		close(c->private_fd);
	for (i = 0; i < CREW_MAX; i++)
		if (c->hands[i].fd >= 0)
			close(c->hands[i].fd);
	worker_run(j, fd);
	_exit(0);
}

static struct hand *
crew_place(struct crew *c)
{
	unsigned i;

	for (i = 0; i < CREW_MAX; i++)
		if (c->hands[i].fd < 0)
			return &c->hands[i];
	return NULL;
}

struct hand *
crew_hire(struct crew *c, const struct worker_job *j, unsigned lane,
    unsigned host)
{
	struct hand *h = crew_place(c);
	int pair[2], saved;
	pid_t pid;

	if (h == NULL ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return NULL;
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		crew_child(c, j, pair[1]);
	}
	saved = errno;
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		errno = saved;
		return NULL;
	}
	memset(h, 0, sizeof(*h));
	h->pid = pid;
	h->fd = pair[0];
	h->lane = lane;
	h->host = host;
	h->since = clock_ms();
	return h;
}

int
crew_give(struct hand *h, uint32_t row, const char *id)
{
	if (h->n == SCHEDULE_AHEAD || slip_hand(h->fd, id) < 0)
		return -1;
	if (h->n == 0)
		h->since = clock_ms();
	h->rows[h->n++] = row;
	return 0;
}

bool
crew_forget(struct hand *h, uint32_t row)
{
	unsigned i;

	for (i = 0; i < h->n && h->rows[i] != row; i++)
		;
	if (i == h->n)
		return false;
	if (i == 0)
		h->since = clock_ms();
	h->n--;
	memmove(h->rows + i, h->rows + i + 1,
	    (h->n - i) * sizeof(h->rows[0]));
	return true;
}

bool
crew_has(const struct crew *c, uint32_t row)
{
	unsigned i, k;

	for (i = 0; i < CREW_MAX; i++)
		for (k = 0; c->hands[i].fd >= 0 && k < c->hands[i].n; k++)
			if (c->hands[i].rows[k] == row)
				return true;
	return false;
}

void
crew_dismiss(struct hand *h)
{
	if (!h->dismissed)
		(void)shutdown(h->fd, SHUT_WR);
	h->dismissed = true;
}

void
crew_dismiss_all(struct crew *c)
{
	unsigned i;

	for (i = 0; i < CREW_MAX; i++)
		if (c->hands[i].fd >= 0)
			crew_dismiss(&c->hands[i]);
}

void
crew_part(struct hand *h, bool kill_it)
{
	if (kill_it)
		(void)kill(h->pid, SIGKILL);
	close(h->fd);
	h->fd = -1;
	while (waitpid(h->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

bool
crew_busy(const struct crew *c)
{
	unsigned i;

	for (i = 0; i < CREW_MAX; i++)
		if (c->hands[i].fd >= 0)
			return true;
	return false;
}

unsigned
crew_slow(const struct crew *c, unsigned lane, int64_t ms)
{
	const int64_t now = clock_ms();
	unsigned i, n = 0;

	for (i = 0; i < CREW_MAX; i++) {
		const struct hand *h = &c->hands[i];

		n += h->fd >= 0 && h->lane == lane && h->opened &&
		    h->n > 0 && now - h->since > ms;
	}
	return n;
}

void
crew_wait(struct crew *c, int ms, bool heard[CREW_MAX])
{
	struct pollfd p[CREW_MAX + 1];
	unsigned whose[CREW_MAX], i, n = 0;
	int r;

	/* No more than there are: there may not be more than may be open. */
	for (i = 0; i < CREW_MAX; i++)
		if (c->hands[i].fd >= 0) {
			p[n] = (struct pollfd){ .fd = c->hands[i].fd,
				.events = POLLIN };
			whose[n++] = i;
		}
	p[n] = (struct pollfd){ .fd = c->watch->fd, .events = POLLIN };
	memset(heard, 0, CREW_MAX * sizeof(heard[0]));
	while ((r = poll(p, n + (p[n].fd >= 0), ms)) < 0 && errno == EINTR)
		;
	if (r < 0)
		usleep(TROUBLE_US);
	for (i = 0; i < n && r > 0; i++)
		heard[whose[i]] = p[i].revents != 0;
}
