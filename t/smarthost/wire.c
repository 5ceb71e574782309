/* SPDX-License-Identifier: ISC */
/* The bytes of one connection, clear or under TLS. */
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "wire.h"

volatile int wire_stop;

void
wire_init(struct wire *w, int fd)
{
	int one = 1;

	memset(w, 0, sizeof *w);
	w->fd = fd;
	w->drip = -1;
	w->budget = -1;
	w->timeout = 30000;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static int
wait_for(struct wire *w, short events, int ms)
{
	struct pollfd p = { .fd = w->fd, .events = events };
	int r;

	if (w->fd == -1 || wire_stop)
		return -1;
	r = poll(&p, 1, ms);
	return r == -1 || wire_stop ? -1 : r;
}

/* One read from the socket: 1, 0 for none within ms, -1 at the end. */
static int
fill_raw(struct wire *w, int ms)
{
	ssize_t n;
	int r;

	if (w->eof)
		return -1;
	r = wait_for(w, POLLIN, ms);
	if (r == 0)
		return 0;
	n = r < 0 ? -1 : recv(w->fd, w->raw, sizeof w->raw, 0);
	if (n <= 0) {
		w->eof = true;
		return -1;
	}
	w->raw_at = 0;
	w->raw_n = (size_t)n;
	if (w->wrote || w->flights == 0)
		w->flights++;
	w->wrote = false;
	return 1;
}

static ssize_t
pull(gnutls_transport_ptr_t ptr, void *data, size_t size)
{
	struct wire *w = ptr;
	int r;

	if (w->raw_at == w->raw_n) {
		r = fill_raw(w, w->wait);
		if (r == 0)
			gnutls_transport_set_errno(w->tls, EAGAIN);
		if (r <= 0)
			return r == 0 ? -1 : 0;
	}
	if (size > w->raw_n - w->raw_at)
		size = w->raw_n - w->raw_at;
	memcpy(data, w->raw + w->raw_at, size);
	w->raw_at += size;
	return (ssize_t)size;
}

static int
pull_timeout(gnutls_transport_ptr_t ptr, unsigned ms)
{
	struct wire *w = ptr;
	int r;

	if (w->raw_at < w->raw_n)
		return 1;
	r = fill_raw(w, (int)ms);
	return r < 0 ? 1 : r;
}

static ssize_t
push(gnutls_transport_ptr_t ptr, const void *data, size_t size)
{
	struct wire *w = ptr;
	const char *p = data;
	size_t done = 0;
	ssize_t n;

	while (done < size) {
		if (wait_for(w, POLLOUT, w->timeout) <= 0)
			return -1;
		n = send(w->fd, p + done, size - done, MSG_NOSIGNAL);
		if (n == -1 && errno != EAGAIN && errno != EINTR)
			return -1;
		if (n > 0)
			done += (size_t)n;
		w->wrote = true;
	}
	return (ssize_t)size;
}

static int
write_all(struct wire *w, const char *p, size_t n)
{
	ssize_t r;

	if (w->tls == NULL)
		return push(w, p, n) < 0 ? -1 : 0;
	while (n > 0) {
		r = gnutls_record_send(w->tls, p, n);
		if (r <= 0)
			return -1;
		p += r;
		n -= (size_t)r;
	}
	return 0;
}

/* Reads once, waiting at most ms: 1, 0 or -1. */
static int
take(struct wire *w, int ms)
{
	char data[16384];
	const char *p = data;
	ssize_t n;
	int r;

	if (w->tls == NULL) {
		r = fill_raw(w, ms);
		if (r <= 0)
			return r;
		n = (ssize_t)w->raw_n;
		p = w->raw;
		w->raw_n = 0;
	} else {
		w->wait = ms;
		n = gnutls_record_recv(w->tls, data, sizeof data);
		if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED)
			return 0;
		if (n <= 0) {
			w->close_notify = n == 0;
			w->eof = true;
			return -1;
		}
	}
	octets_put(&w->in, p, (size_t)n);
	if (w->log != NULL)
		fwrite(p, 1, (size_t)n, w->log);
	if (w->clear != NULL && w->tls == NULL)
		fwrite(p, 1, (size_t)n, w->clear);
	return 1;
}

/* More input, the replies written first unless it is there already. */
static int
wire_read(struct wire *w)
{
	int r;

	if (w->out.n > 0) {
		r = take(w, w->settle);
		if (r != 0)
			return r;
		wire_flush(w);
	}
	r = take(w, w->timeout);
	if (r == 0)
		w->eof = true;
	return r > 0 ? 0 : -1;
}

int
wire_fill(struct wire *w)
{
	while (w->in.n == 0)
		if (wire_read(w) == -1)
			return -1;
	return 0;
}

const char *
wire_line(struct wire *w, size_t *n, size_t most)
{
	const char *lf;
	size_t seen = 0;

	for (;;) {
		lf = w->in.n > seen ?
		    memchr(w->in.p + seen, '\n', w->in.n - seen) : NULL;
		if (lf != NULL) {
			*n = (size_t)(lf - w->in.p) + 1;
			return w->in.p;
		}
		if (w->in.n >= most) {
			*n = w->in.n;
			return w->in.p;
		}
		seen = w->in.n;
		if (wire_read(w) < 0)
			return NULL;
	}
}

size_t
wire_more(struct wire *w)
{
	while (take(w, w->in.n > 0 ? 0 : w->settle) > 0)
		;
	return w->in.n;
}

void
wire_flush(struct wire *w)
{
	struct octets o = w->out;
	size_t i, n = o.n;
	bool last = false;

	memset(&w->out, 0, sizeof w->out);
	if (w->budget >= 0 && (size_t)w->budget <= n) {
		n = (size_t)w->budget;
		last = true;
	}
	if (w->budget >= 0)
		w->budget -= (long)n;
	if (w->fd != -1 && n > 0 && w->drip < 0) {
		(void)write_all(w, o.p, n);
	} else if (w->fd != -1) {
		for (i = 0; i < n && write_all(w, o.p + i, 1) == 0; i++)
			wire_sleep(w, w->drip);
	}
	octets_free(&o);
	if (last)
		wire_cut(w);
}

void
wire_sleep(struct wire *w, long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	if (w->fd != -1 && !wire_stop && ms > 0)
		(void)nanosleep(&t, NULL);
}

void
wire_stall(struct wire *w, long ms)
{
	struct pollfd p = { .fd = w->fd, .events = POLLRDHUP };

	wire_flush(w);
	if (w->fd != -1 && !wire_stop)
		(void)poll(&p, 1, (int)ms);
}

int
wire_handshake(struct wire *w, gnutls_session_t session)
{
	int r;

	wire_flush(w);
	octets_free(&w->in);
	w->raw_at = w->raw_n = 0;
	w->tls = session;
	w->wait = w->timeout;
	gnutls_transport_set_ptr(session, w);
	gnutls_transport_set_pull_function(session, pull);
	gnutls_transport_set_pull_timeout_function(session, pull_timeout);
	gnutls_transport_set_push_function(session, push);
	do
		r = gnutls_handshake(session);
	while (r < 0 && !gnutls_error_is_fatal(r) && !w->eof &&
	    r != GNUTLS_E_AGAIN);
	return r;
}

void
wire_cut(struct wire *w)
{
	if (w->fd != -1)
		close(w->fd);
	w->fd = -1;
	w->eof = true;
}

void
wire_close(struct wire *w)
{
	char data[4096];

	wire_flush(w);
	if (w->fd == -1)
		return;
	if (w->tls != NULL)
		(void)gnutls_bye(w->tls, GNUTLS_SHUT_WR);
	/* Unread octets would turn the close into a reset. */
	(void)shutdown(w->fd, SHUT_WR);
	while (!w->eof && wait_for(w, POLLIN, 500) > 0 &&
	    recv(w->fd, data, sizeof data, 0) > 0)
		;
	wire_cut(w);
}

void
wire_reset(struct wire *w)
{
	struct linger l = { 1, 0 };

	wire_flush(w);
	if (w->fd != -1)
		(void)setsockopt(w->fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
	wire_cut(w);
}

void
wire_free(struct wire *w)
{
	wire_cut(w);
	if (w->tls != NULL)
		gnutls_deinit(w->tls);
	octets_free(&w->in);
	octets_free(&w->out);
	if (w->clear != NULL)
		fclose(w->clear);
	if (w->log != NULL)
		fclose(w->log);
}
