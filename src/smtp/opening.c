/* SPDX-License-Identifier: ISC */
/* A line to a smarthost, opened: connection, greeting, EHLO, STARTTLS, EHLO. */
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/connect.h"
#include "net/resolve.h"
#include "smtp/faults.h"
#include "smtp/opening.h"

/* What every step needs. */
struct opening {
	struct line		*l;
	const struct account	*a;
	const struct host	*h;
};

static int
opening_connect(struct opening *x, struct outcome *o)
{
	const struct account *a = x->a;
	const struct host *h = x->h;
	struct endpoints ends;
	struct endpoint peer;
	int fd;

	if (h->is_unix) {
		fd = connect_unix(h->name, a->connect_timeout, o);
		snprintf(x->l->peer, sizeof(x->l->peer), "%s", h->name);
	} else {
		if (resolve_host(h->name, h->port, a->family,
		    clock_deadline(a->connect_timeout), &ends, o) < 0)
			return -1;
		fd = connect_tcp(h->name, &ends, a->source_address,
		    a->connect_timeout, &peer, o);
		if (fd >= 0)
			resolve_text(&peer, x->l->peer);
	}
	if (fd < 0)
		return -1;
	log_remark("connected to %s (%s)", h->name, x->l->peer);
	if (x->l->ehlo[0] == '\0')
		connect_literal(fd, x->l->ehlo);
	x->l->d.stream = stream_socket(fd);
	return 0;
}

static int
opening_greeting(struct opening *x, struct outcome *o)
{
	if (dialogue_reply(&x->l->d, STAGE_GREETING, x->l->d.timeout, o) < 0)
		return -1;
	if (x->l->d.reply.code != 220)
		return faults_judge(&x->l->d.reply, STAGE_GREETING,
		    "the server does not greet", o);
	return 0;
}

/* EHLO; a server that does not know it gets HELO, but only where neither TLS
 * nor a login is asked for. */
static int
opening_ehlo(struct opening *x, struct outcome *o)
{
	const struct account *a = x->a;
	struct dialogue *d = &x->l->d;

	memset(&x->l->caps, 0, sizeof(x->l->caps));
	if (dialogue_command(d, STAGE_EHLO, o, "EHLO %s", x->l->ehlo) < 0 ||
	    dialogue_flush(d, STAGE_EHLO, o) < 0 ||
	    dialogue_reply(d, STAGE_EHLO, d->timeout, o) < 0)
		return -1;
	if (d->reply.code == 250) {
		ehlo_parse(&d->reply, &x->l->caps);
		return 0;
	}
	if (d->reply.code < 500 || a->tls != TLS_OFF ||
	    a->user != NULL)
		return faults_judge(&d->reply, STAGE_EHLO, "EHLO refused", o);
	if (dialogue_command(d, STAGE_EHLO, o, "HELO %s", x->l->ehlo) < 0 ||
	    dialogue_flush(d, STAGE_EHLO, o) < 0 ||
	    dialogue_reply(d, STAGE_EHLO, d->timeout, o) < 0)
		return -1;
	if (d->reply.code != 250)
		return faults_judge(&d->reply, STAGE_EHLO, "HELO refused", o);
	return 0;
}

/* RFC 3207: what the server said before is forgotten, and what it says in
 * clear behind its 220 was put there by somebody else. */
static int
opening_starttls(struct opening *x, struct outcome *o)
{
	struct dialogue *d = &x->l->d;

	if (!x->l->caps.starttls) {
		outcome_fail(o, FAULT_STARTTLS, STAGE_STARTTLS,
		    "%s does not offer STARTTLS", x->h->name);
		return outcome_advise(o, "nothing was sent; if the server "
		    "wants TLS from the start: tls = \"implicit\", port = 465");
	}
	if (dialogue_command(d, STAGE_STARTTLS, o, "STARTTLS") < 0 ||
	    dialogue_flush(d, STAGE_STARTTLS, o) < 0 ||
	    dialogue_reply(d, STAGE_STARTTLS, d->timeout, o) < 0)
		return -1;
	if (d->reply.code != 220)
		return faults_judge(&d->reply, STAGE_STARTTLS,
		    "STARTTLS refused", o);
	if (stream_poke(d->stream))
		return stream_pending(d->stream) == 0 ?
		    outcome_fail(o, FAULT_NETWORK, STAGE_STARTTLS,
		    "connection closed by server") :
		    outcome_fail(o, FAULT_PROTOCOL, STAGE_STARTTLS,
		    "the server, or someone in between, sent plain text "
		    "behind STARTTLS");
	memset(&x->l->caps, 0, sizeof(x->l->caps));
	return 0;
}

static struct tls *
opening_tls_prepare(const struct opening *x, struct outcome *o)
{
	const struct account *a = x->a;
	const struct host *h = x->h;
	struct tls_params p = { 0 };

	p.trust.name = a->tls_name != NULL ? a->tls_name :
	    h->is_unix ? "localhost" : h->name;
	p.trust.name_is_address = a->tls_name == NULL && h->is_address;
	p.trust.ca_file = a->tls_ca_file;
	p.trust.crl_file = a->tls_crl_file;
	p.trust.pins = a->tls_fingerprints;
	p.trust.verify = a->tls_verify;
	p.sni = a->tls_name != NULL || (!h->is_address && !h->is_unix) ?
	    p.trust.name : NULL;
	p.certificate = a->tls_certificate;
	p.key = a->tls_key;
	p.priority = a->tls_priority != NULL ? a->tls_priority :
	    ACCOUNT_PRIORITY;
	p.server_first = a->tls == TLS_IMPLICIT;
	return tls_prepare(&p, o);
}

static int
opening_tls(struct opening *x, struct tls *tls, struct outcome *o)
{
	if (tls_start(tls, x->l->d.stream, clock_deadline(x->l->d.timeout),
	    o) < 0)
		return -1;
	x->l->tls = tls;
	log_remark("%s, %s, %s", tls_version(tls), tls_cipher(tls),
	    tls_verified(tls) ? "certificate verified" : "NOT VERIFIED");
	if (!tls_verified(tls))
		log_note(LOG_WARNING, "%s: tls-verify is off: the server's "
		    "certificate was not verified", x->h->name);
	return 0;
}

/* The talk up to where a login can follow, in the order of RFC 5321 and 3207
 * or RFC 8314. */
static int
opening_talk(struct opening *x, struct outcome *o)
{
	enum tls_mode mode = x->a->tls;
	struct tls *tls = NULL;

	if (x->l->d.stream == NULL && opening_connect(x, o) < 0)
		return -1;
	if (mode != TLS_OFF && (tls = opening_tls_prepare(x, o)) == NULL)
		return -1;
	if (mode == TLS_IMPLICIT)
		return opening_tls(x, tls, o) < 0 ||
		    opening_greeting(x, o) < 0 ||
		    opening_ehlo(x, o) < 0 ? -1 : 0;
	if (opening_greeting(x, o) < 0 || opening_ehlo(x, o) < 0)
		goto fail;
	if (mode == TLS_OFF)
		return 0;
	if (opening_starttls(x, o) < 0)
		goto fail;
	return opening_tls(x, tls, o) < 0 || opening_ehlo(x, o) < 0 ? -1 : 0;
fail:
	tls_free(tls);
	return -1;
}

int
opening_run(struct line *l, const struct account *a, const struct host *h,
    const char *ehlo_name, struct stream *connected, struct outcome *o)
{
	const char *name = a->ehlo_name != NULL ? a->ehlo_name : ehlo_name;
	struct opening x = { l, a, h };

	memset(l, 0, sizeof(*l));
	l->d.timeout = a->timeout;
	l->d.stream = connected;
	snprintf(l->ehlo, sizeof(l->ehlo), "%s", name != NULL ? name : "");
	if (connected != NULL && name == NULL)
		connect_literal(connected->fd, l->ehlo);
	return opening_talk(&x, o);
}

void
opening_drop(struct line *l)
{
	stream_close(l->d.stream);
	l->d.stream = NULL;
	l->tls = NULL;
}
