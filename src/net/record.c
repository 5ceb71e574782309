/* SPDX-License-Identifier: ISC */
/* TLS records as the operations of a stream, after the handshake. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include "net/record.h"

/* RFC 8446 section 5.1: the most one record carries. */
#define RECORD_SIZE	16384u

/* The session is broken: what errno says and what why will. */
static int
record_fail(struct record *r, int code)
{
	gnutls_alert_description_t alert;

	errno = EPROTO;
	if (code == GNUTLS_E_FATAL_ALERT_RECEIVED) {
		alert = gnutls_alert_get(r->session);
		snprintf(r->why, sizeof(r->why),
		    "the server sent the TLS alert %d (%s)", (int)alert,
		    gnutls_alert_get_name(alert));
	} else if (r->wire.read_error != 0)
		errno = r->wire.read_error;
	else
		snprintf(r->why, sizeof(r->why), "TLS: %s",
		    gnutls_strerror(code));
	return -1;
}

/* A warning, or a wish to renegotiate, which is declined (RFC 5246 section
 * 7.2.2): reading goes on, unless there is no end of them. */
static int
record_odd(struct record *r, int code)
{
	if (++r->odd > RECORD_ODD)
		return record_fail(r, code);
	if (code == GNUTLS_E_REHANDSHAKE)
		gnutls_alert_send(r->session, GNUTLS_AL_WARNING,
		    GNUTLS_A_NO_RENEGOTIATION);
	return 0;
}

/* Nothing to read now.  What the session has to say (the Finished, an answer
 * to a key update) must not wait for a write that may never come. */
static ssize_t
record_wait(struct record *r, short *wait)
{
	*wait = POLLIN;
	if (wire_pending(&r->wire) > 0 && wire_flush(&r->wire) == -1 &&
	    (errno == EAGAIN || errno == EWOULDBLOCK))
		*wait = POLLIN | POLLOUT;
	errno = EAGAIN;
	return -1;
}

ssize_t
record_read(void *ctx, void *p, size_t n, short *wait)
{
	struct record *r = ctx;
	ssize_t k;

	for (;;) {
		k = gnutls_record_recv(r->session, p, n);
		if (k > 0)
			return k;
		switch (k) {
		case 0:
			r->clean = true;
			return 0;
		case GNUTLS_E_PREMATURE_TERMINATION:
			return 0;
		case GNUTLS_E_INTERRUPTED:
			continue;
		case GNUTLS_E_AGAIN:
			/* A ticket ends the call, too: there may be more. */
			if (wire_unread(&r->wire) == 0)
				return record_wait(r, wait);
			if (++r->asides > RECORD_ASIDES)
				return record_fail(r,
				    GNUTLS_E_TOO_MANY_HANDSHAKE_PACKETS);
			continue;
		case GNUTLS_E_WARNING_ALERT_RECEIVED:
		case GNUTLS_E_REHANDSHAKE:
			if (record_odd(r, (int)k) == -1)
				return -1;
			continue;
		default:
			if (r->wire.ended)
				return 0;	/* cut inside a record */
			return record_fail(r, (int)k);
		}
	}
}

ssize_t
record_write(void *ctx, const void *p, size_t n, short *wait)
{
	struct record *r = ctx;
	const char *from = p;
	size_t done = 0, piece;
	ssize_t k;

	while (done < n) {
		if (wire_pending(&r->wire) >= WIRE_HIGH &&
		    record_flush(r, wait) == -1)
			break;
		piece = n - done < RECORD_SIZE ? n - done : RECORD_SIZE;
		k = gnutls_record_send(r->session, from + done, piece);
		if (k < 0 && gnutls_error_is_fatal((int)k) != 0) {
			record_fail(r, (int)k);
			break;
		}
		done += k > 0 ? (size_t)k : 0;
	}
	return done > 0 ? (ssize_t)done : -1;
}

int
record_flush(void *ctx, short *wait)
{
	struct record *r = ctx;

	*wait = POLLOUT;
	return wire_flush(&r->wire);
}

bool
record_clean_end(void *ctx)
{
	const struct record *r = ctx;

	return r->clean;
}

const char *
record_why(void *ctx)
{
	const struct record *r = ctx;

	return r->why[0] != '\0' ? r->why : NULL;
}

void
record_bye(void *ctx)
{
	struct record *r = ctx;

	(void)gnutls_bye(r->session, GNUTLS_SHUT_WR);
}
