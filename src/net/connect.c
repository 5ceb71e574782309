/* SPDX-License-Identifier: ISC */
/* A connected socket: addresses tried side by side, or a unix: socket. */
#include <sys/socket.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/wait.h"
#include "net/connect.h"

/* RFC 8305 section 8: Connection Attempt Delay and its minimum. */
#define RACE_DELAY	250	/* ms */
#define RACE_MINIMUM	100	/* ms */
#define UNIX_DELAY	20	/* ms, between knocks at a full backlog */

struct race {
	const char	*name;
	const struct endpoints *ends;
	struct endpoint	 source;	/* len 0: any */
	size_t		 next;		/* the endpoint to try next */
	size_t		 tried;
	int64_t		 next_at;	/* when, unless nothing is under way */
	int64_t		 started;	/* the last attempt */
	/* Attempts under way. */
	size_t		 live;
	struct pollfd	 poll[LIMIT_ADDRESSES];
	int64_t		 deadline[LIMIT_ADDRESSES];
	const struct endpoint *end[LIMIT_ADDRESSES];
	/* The failure to tell of. */
	const struct endpoint *lost;
	int		 error;
	bool		 unbound;	/* it was the source address */
};

static const struct {
	int		 error;
	const char	*advice;
} race_advice[] = {
	{ ECONNREFUSED, "nothing listens there: is the port right, and does "
	    "the server run?" },
	{ ETIMEDOUT, "does a firewall drop it, or is the port wrong?" },
	{ ENETUNREACH, "is the network up?" },
	{ EHOSTUNREACH, "is the network up?" },
	{ EADDRNOTAVAIL, "is the network up, and the address one of ours?" },
	{ EACCES, "is it forbidden here, by a firewall, a sandbox or file "
	    "rights?" },
	{ EPERM, "is it forbidden here, by a firewall or a sandbox?" },
	{ ENOENT, "does the server run, and is this its socket?" },
};

static int
connect_advise(int error, struct outcome *o)
{
	size_t i;

	for (i = 0; i < sizeof(race_advice) / sizeof(race_advice[0]); i++)
		if (race_advice[i].error == error)
			return outcome_advise(o, "%s", race_advice[i].advice);
	return -1;
}

/* Nothing that the other side, or the way to it, said. */
static bool
race_no_route(int error)
{
	return error == ENETUNREACH || error == EHOSTUNREACH ||
	    error == EAFNOSUPPORT || error == EADDRNOTAVAIL;
}

static void
race_lose(struct race *r, const struct endpoint *e, int error, bool unbound)
{
	if (r->lost != NULL && race_no_route(error) &&
	    !race_no_route(r->error))
		return;
	r->lost = e;
	r->error = error;
	r->unbound = unbound;
}

static bool
race_skips(const struct race *r, const struct endpoint *e)
{
	return r->source.len > 0 &&
	    r->source.addr.ss_family != e->addr.ss_family;
}

/* Begins an attempt. */
static void
race_start(struct race *r, const struct endpoint *e)
{
	int fd = socket(e->addr.ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	r->tried++;
	r->started = clock_ms();
	r->next_at = r->started + RACE_DELAY;
	if (fd == -1) {
		race_lose(r, e, errno, false);
		return;
	}
	if (r->source.len > 0 && bind(fd,
	    (const struct sockaddr *)&r->source.addr, r->source.len) == -1) {
		race_lose(r, e, errno, true);
		close(fd);
		return;
	}
	if (connect(fd, (const struct sockaddr *)&e->addr, e->len) == -1 &&
	    errno != EINPROGRESS && errno != EINTR) {
		race_lose(r, e, errno, false);
		close(fd);
		return;
	}
	r->poll[r->live] = (struct pollfd){ .fd = fd, .events = POLLOUT };
	r->end[r->live++] = e;
}

/* Takes an attempt out of the race; its descriptor is returned. */
static int
race_remove(struct race *r, size_t i)
{
	int fd = r->poll[i].fd;

	r->live--;
	r->poll[i] = r->poll[r->live];
	r->deadline[i] = r->deadline[r->live];
	r->end[i] = r->end[r->live];
	return fd;
}

/* An attempt that has an answer: its descriptor, or -1 if it failed. */
static int
race_answer(struct race *r, size_t i, struct endpoint *peer)
{
	const struct endpoint *e = r->end[i];
	int fd = race_remove(r, i), error = 0, on = 1;
	socklen_t len = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	if (error != 0) {
		race_lose(r, e, error, false);
		if (r->next_at > r->started + RACE_MINIMUM)
			r->next_at = r->started + RACE_MINIMUM;
		close(fd);
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	*peer = *e;
	return fd;
}

/* Starts what is due. */
static void
race_begin(struct race *r, int64_t timeout)
{
	const struct endpoint *e;
	size_t live;

	while (r->next < r->ends->n &&
	    (r->live == 0 || clock_ms() >= r->next_at)) {
		e = &r->ends->e[r->next++];
		if (race_skips(r, e))
			continue;
		live = r->live;
		race_start(r, e);
		if (r->live > live)
			r->deadline[live] = r->started + timeout;
	}
}

/* Waits for the next thing to happen. */
static void
race_poll(struct race *r)
{
	int64_t until = r->next < r->ends->n ? r->next_at : INT64_MAX;
	size_t i;

	for (i = 0; i < r->live; i++) {
		r->poll[i].revents = 0;
		if (r->deadline[i] < until)
			until = r->deadline[i];
	}
	if (wait_poll(r->poll, (nfds_t)r->live, clock_left(until)) == -1)
		for (i = 0; i < r->live; i++)
			r->poll[i].revents = 0;
}

/* The winner's descriptor, or -1. */
static int
race_run(struct race *r, int64_t timeout, struct endpoint *peer)
{
	int64_t now;
	size_t i;
	int fd;

	for (race_begin(r, timeout); r->live > 0; race_begin(r, timeout)) {
		race_poll(r);
		now = clock_ms();
		/* Backwards: what is removed is replaced by the last. */
		for (i = r->live; i-- > 0; ) {
			if (r->poll[i].revents != 0) {
				fd = race_answer(r, i, peer);
				if (fd != -1)
					return fd;
			} else if (now >= r->deadline[i]) {
				race_lose(r, r->end[i], ETIMEDOUT, false);
				close(race_remove(r, i));
			}
		}
	}
	return -1;
}

static unsigned
endpoint_port(const struct endpoint *e)
{
	const struct sockaddr_in *four = (const void *)&e->addr;
	const struct sockaddr_in6 *six = (const void *)&e->addr;

	return ntohs(e->addr.ss_family == AF_INET6 ? six->sin6_port :
	    four->sin_port);
}

/* The words for a race that nobody won. */
static int
race_failed(const struct race *r, const char *source, struct outcome *o)
{
	char addr[64], where[80] = "", count[40] = "";

	if (r->lost == NULL)
		return outcome_fail(o, FAULT_NETWORK, STAGE_CONNECT,
		    "cannot connect to %s: it has no address of the family "
		    "of our source address %s", r->name,
		    source != NULL ? source : "(any)");
	resolve_text(r->lost, addr);
	if (strcmp(addr, r->name) != 0)
		snprintf(where, sizeof(where), " [%s]", addr);
	if (r->tried > 1)
		snprintf(count, sizeof(count), " (%zu addresses tried)",
		    r->tried);
	outcome_fail(o, FAULT_NETWORK, STAGE_CONNECT,
	    "cannot connect to %s%s port %u%s%s: %s%s", r->name, where,
	    endpoint_port(r->lost), r->unbound ? " from source address " : "",
	    r->unbound ? source : "", strerror(r->error), count);
	return connect_advise(r->error, o);
}

/* The source address as a socket address. */
static int
connect_source(const char *source, struct endpoint *e, struct outcome *o)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_NUMERICHOST };
	struct addrinfo *list;

	if (getaddrinfo(source, NULL, &hints, &list) != 0)
		return outcome_fail(o, FAULT_CONFIG, STAGE_CONNECT,
		    "the source address %s is no IP address", source);
	memcpy(&e->addr, list->ai_addr, list->ai_addrlen);
	e->len = list->ai_addrlen;
	freeaddrinfo(list);
	return 0;
}

int
connect_tcp(const char *name, const struct endpoints *ends,
    const char *source, int64_t timeout, struct endpoint *peer,
    struct outcome *o)
{
	struct race r = { .name = name, .ends = ends };
	int fd;

	if (source != NULL && connect_source(source, &r.source, o) == -1)
		return -1;
	fd = race_run(&r, timeout, peer);
	while (r.live > 0)
		close(race_remove(&r, r.live - 1));
	if (fd == -1)
		race_failed(&r, source, o);
	return fd;
}

int
connect_unix(const char *path, int64_t timeout, struct outcome *o)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int64_t deadline = clock_deadline(timeout);
	int fd, rc, left;

	if (strlen(path) >= sizeof(sun.sun_path))
		return outcome_fail(o, FAULT_NETWORK, STAGE_CONNECT,
		    "cannot connect to unix:%s: the path is too long", path);
	strcpy(sun.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return outcome_errno(o, FAULT_NETWORK, STAGE_CONNECT,
		    "cannot connect to unix:%s", path);
	while ((rc = connect(fd, (struct sockaddr *)&sun, sizeof(sun))) == -1 &&
	    (errno == EAGAIN || errno == EINTR)) {
		left = clock_left(deadline);
		if (left == 0) {
			errno = ETIMEDOUT;
			break;
		}
		wait_poll(NULL, 0, left < UNIX_DELAY ? left : UNIX_DELAY);
	}
	if (rc == 0)
		return fd;
	rc = errno;
	close(fd);
	errno = rc;
	outcome_errno(o, FAULT_NETWORK, STAGE_CONNECT,
	    "cannot connect to unix:%s", path);
	return connect_advise(rc, o);
}

void
connect_literal(int fd, char text[80])
{
	struct sockaddr_storage ss = { .ss_family = AF_UNSPEC };
	const struct sockaddr_in *four = (const void *)&ss;
	const struct sockaddr_in6 *six = (const void *)&ss;
	socklen_t len = sizeof(ss);
	char addr[INET6_ADDRSTRLEN] = "127.0.0.1";
	const char *tag = "";

	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1)
		ss.ss_family = AF_UNSPEC;
	if (ss.ss_family == AF_INET)
		inet_ntop(AF_INET, &four->sin_addr, addr, sizeof(addr));
	else if (ss.ss_family == AF_INET6 &&
	    IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
		inet_ntop(AF_INET, six->sin6_addr.s6_addr + 12, addr,
		    sizeof(addr));
	else if (ss.ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &six->sin6_addr, addr, sizeof(addr));
		tag = "IPv6:";
	}
	snprintf(text, 80, "[%s%s]", tag, addr);
}
