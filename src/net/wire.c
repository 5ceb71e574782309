/* SPDX-License-Identifier: ISC */
/* The octets between a TLS session and its socket. */
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <errno.h>
#include <string.h>

#include "net/wire.h"

/* WIRE_HIGH, a record above it, and whatever a handshake may add. */
#define WIRE_MAX	(8u * WIRE_HIGH)

static ssize_t
wire_push(gnutls_transport_ptr_t ptr, const giovec_t *iov, int n)
{
	struct wire *w = ptr;
	ssize_t total = 0;
	int i;

	for (i = 0; i < n; i++) {
		if (buf_add(&w->out, iov[i].iov_base, iov[i].iov_len) == -1) {
			errno = ENOBUFS;
			return -1;
		}
		total += (ssize_t)iov[i].iov_len;
	}
	return total;
}

/* Receives once, noting how it went. */
static ssize_t
wire_receive(struct wire *w)
{
	ssize_t k;

	do
		k = recv(w->fd, w->in, sizeof(w->in), 0);
	while (k == -1 && errno == EINTR);
	if (k == -1 && errno != EAGAIN && errno != EWOULDBLOCK)
		w->read_error = errno;
	w->ended = k == 0;
	w->in_pos = 0;
	w->in_len = k > 0 ? (size_t)k : 0;
	if (k > 0 && w->heard == 0)
		memcpy(w->first, w->in, k > 4 ? 4 : (size_t)k);
	w->heard += w->in_len;
	return k;
}

static ssize_t
wire_pull(gnutls_transport_ptr_t ptr, void *p, size_t n)
{
	struct wire *w = ptr;
	ssize_t k;

	if (w->in_pos == w->in_len && (k = wire_receive(w)) <= 0)
		return k;
	if (n > w->in_len - w->in_pos)
		n = w->in_len - w->in_pos;
	memcpy(p, w->in + w->in_pos, n);
	w->in_pos += n;
	return (ssize_t)n;
}

void
wire_attach(struct wire *w, gnutls_session_t session, int fd)
{
	w->fd = fd;
	buf_init(&w->out, WIRE_MAX);
	gnutls_transport_set_ptr(session, w);
	gnutls_transport_set_vec_push_function(session, wire_push);
	gnutls_transport_set_pull_function(session, wire_pull);
}

size_t
wire_pending(const struct wire *w)
{
	return w->out.len;
}

size_t
wire_unread(const struct wire *w)
{
	return w->in_len - w->in_pos;
}

int
wire_flush(struct wire *w)
{
	size_t done = 0;
	ssize_t k;

	while (done < w->out.len && w->write_error == 0) {
		k = send(w->fd, w->out.data + done, w->out.len - done,
		    MSG_NOSIGNAL);
		if (k >= 0)
			done += (size_t)k;
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			break;
		else if (errno != EINTR)
			w->write_error = errno;
	}
	if (w->write_error != 0) {
		buf_clear(&w->out);
		errno = w->write_error;
		return -1;
	}
	buf_drop(&w->out, done);	/* leaves errno alone */
	return w->out.len == 0 ? 0 : -1;
}

void
wire_free(struct wire *w)
{
	buf_free(&w->out);
}
