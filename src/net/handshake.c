/* SPDX-License-Identifier: ISC */
/* A handshake carried through, or said in words why it was not. */
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include "base/clock.h"
#include "net/handshake.h"
#include "net/stream.h"

/* What to do about the alerts a server sends. */
static const struct {
	gnutls_alert_description_t alert;
	const char	*advice;
} alerts[] = {
	{ GNUTLS_A_PROTOCOL_VERSION,
	    "the server speaks no TLS version that tls-priority allows" },
	{ GNUTLS_A_HANDSHAKE_FAILURE,
	    "the server may want other algorithms (tls-priority) or a client "
	    "certificate (tls-certificate)" },
	{ GNUTLS_A_INSUFFICIENT_SECURITY,
	    "the server wants other algorithms: see tls-priority" },
	{ GNUTLS_A_UNRECOGNIZED_NAME,
	    "the server does not know the name we asked for: see host and "
	    "tls-name" },
	{ GNUTLS_A_CERTIFICATE_REQUIRED,
	    "the server wants a client certificate: set tls-certificate" },
	{ GNUTLS_A_UNKNOWN_CA,
	    "the server does not accept our tls-certificate" },
	{ GNUTLS_A_BAD_CERTIFICATE,
	    "the server does not accept our tls-certificate" },
	{ GNUTLS_A_UNSUPPORTED_CERTIFICATE,
	    "the server does not accept our tls-certificate" },
	{ GNUTLS_A_CERTIFICATE_EXPIRED,
	    "the server says that our tls-certificate has expired" },
	{ GNUTLS_A_CERTIFICATE_REVOKED,
	    "the server says that our tls-certificate was revoked" },
};

/* The same for what GnuTLS says. */
static const struct {
	int		 code;
	const char	*advice;
} codes[] = {
	{ GNUTLS_E_UNSUPPORTED_VERSION_PACKET,
	    "the server speaks no TLS version that tls-priority allows" },
	{ GNUTLS_E_DH_PRIME_UNACCEPTABLE,
	    "the server's Diffie-Hellman group is too short: its operator "
	    "should disable it; tls-priority can leave it out (-DHE-RSA)" },
	{ GNUTLS_E_UNKNOWN_CIPHER_SUITE,
	    "the server chose algorithms that tls-priority does not allow" },
	{ GNUTLS_E_NO_CIPHER_SUITES,
	    "tls-priority leaves nothing to offer" },
	{ GNUTLS_E_NO_PRIORITIES_WERE_SET,
	    "tls-priority leaves nothing to offer" },
};

static int
handshake_late(const struct record *r, struct outcome *o)
{
	return outcome_fail(o, FAULT_NETWORK, STAGE_TLS, r->wire.heard == 0 ?
	    "timed out: the server does not answer the TLS handshake" :
	    "timed out in the TLS handshake");
}

/* One wait, for what the server says or for room to say something. */
static int
handshake_wait(const struct record *r, short events, int64_t deadline,
    struct outcome *o)
{
	if (stream_wait(r->wire.fd, events, deadline) == 0)
		return 0;
	if (errno != ETIMEDOUT)
		return outcome_errno(o, FAULT_NETWORK, STAGE_TLS,
		    "cannot wait for the TLS handshake");
	return handshake_late(r, o);
}

/* More of what the server says, which may have been received already: a
 * session can stop in the middle of that. */
static int
handshake_more(const struct record *r, int64_t deadline, struct outcome *o)
{
	if (wire_unread(&r->wire) == 0)
		return handshake_wait(r, POLLIN, deadline, o);
	return clock_left(deadline) > 0 ? 0 : handshake_late(r, o);
}

int
handshake_flush(struct record *r, int64_t deadline, struct outcome *o)
{
	while (wire_flush(&r->wire) == -1 &&
	    (errno == EAGAIN || errno == EWOULDBLOCK))
		if (handshake_wait(r, POLLOUT, deadline, o) == -1)
			return -1;
	return 0;
}

/* The connection ended where TLS wanted more. */
static int
handshake_cut(const struct record *r, struct outcome *o)
{
	if (r->wire.read_error != 0) {
		errno = r->wire.read_error;
		return outcome_errno(o, FAULT_NETWORK, STAGE_TLS,
		    "connection broken in the TLS handshake");
	}
	return outcome_fail(o, FAULT_NETWORK, STAGE_TLS, r->wire.heard == 0 ?
	    "the server closed the connection instead of answering the TLS "
	    "handshake" : "the server closed the connection in the middle of "
	    "the TLS handshake");
}

static int
handshake_refused(const struct record *r, struct outcome *o)
{
	gnutls_alert_description_t alert = gnutls_alert_get(r->session);
	const char *name = gnutls_alert_get_name(alert);
	size_t i;

	outcome_fail(o, FAULT_STARTTLS, STAGE_TLS,
	    "the server refused the TLS handshake: its alert %d (%s)",
	    (int)alert, name != NULL ? name : "unknown");
	for (i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++)
		if (alerts[i].alert == alert)
			outcome_advise(o, "%s", alerts[i].advice);
	return -1;
}

/* Did plain text come where TLS should have? */
static bool
handshake_is_text(const struct record *r)
{
	size_t i;

	for (i = 0; i < sizeof(r->wire.first); i++)
		if (i >= r->wire.heard || (!isprint(r->wire.first[i]) &&
		    !isspace(r->wire.first[i])))
			return false;
	return true;
}

/* We do not go on: what we say, and what we tell the server. */
static int
handshake_broken(const struct record *r, int code, struct outcome *o)
{
	const char *name = NULL;
	int level, alert = gnutls_error_to_alert(code, &level);
	size_t i;

	if (handshake_is_text(r)) {
		outcome_fail(o, FAULT_STARTTLS, STAGE_TLS,
		    "the server answers the TLS handshake with plain text");
		return outcome_advise(o, "a port that begins without TLS "
		    "(usually 587 or 25) needs tls = \"starttls\"");
	}
	if (alert >= 0)
		name = gnutls_alert_get_name((gnutls_alert_description_t)alert);
	outcome_fail(o, FAULT_STARTTLS, STAGE_TLS,
	    "TLS handshake failed: %s; our alert: %d (%s)",
	    gnutls_strerror(code), alert, name != NULL ? name : "none");
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == code)
			outcome_advise(o, "%s", codes[i].advice);
	return -1;
}

static int
handshake_fail(struct record *r, const struct outcome *judged, int code,
    struct outcome *o)
{
	if (code == GNUTLS_E_FATAL_ALERT_RECEIVED)
		return handshake_refused(r, o);
	if (judged->fault == FAULT_NONE &&
	    (r->wire.ended || r->wire.read_error != 0))
		return handshake_cut(r, o);
	(void)gnutls_alert_send_appropriate(r->session, code);
	(void)wire_flush(&r->wire);
	if (judged->fault == FAULT_NONE)
		return handshake_broken(r, code, o);
	*o = *judged;
	return -1;
}

int
handshake_run(struct record *r, const struct outcome *judged,
    int64_t deadline, struct outcome *o)
{
	unsigned odd = 0;
	int rc;

	while ((rc = gnutls_handshake(r->session)) != 0) {
		if (gnutls_error_is_fatal(rc) != 0)
			return handshake_fail(r, judged, rc, o);
		if (rc != GNUTLS_E_AGAIN) {
			if (++odd > RECORD_ODD)
				return handshake_fail(r, judged, rc, o);
			continue;
		}
		if (handshake_flush(r, deadline, o) == -1 ||
		    handshake_more(r, deadline, o) == -1)
			return -1;
	}
	return 0;
}
