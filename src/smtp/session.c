/* SPDX-License-Identifier: ISC */
/* One connection to a smarthost: greeting, EHLO, STARTTLS, EHLO, AUTH, QUIT. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/connect.h"
#include "net/resolve.h"
#include "smtp/faults.h"
#include "smtp/session.h"

/* Fresh connections for one login: another binding, no -PLUS, not riding. */
#define ATTEMPTS	3

/* Under the login's name, or nobody's. */
static const char *
session_user(const struct session_params *p)
{
	return p->account->user != NULL ? p->account->user : "";
}

static int
session_connect(struct session *s, struct outcome *o)
{
	const struct account *a = s->params.account;
	const struct host *h = s->params.host;
	struct endpoints ends;
	struct endpoint peer;
	int fd;

	if (h->is_unix) {
		fd = connect_unix(h->name, a->connect_timeout, o);
		snprintf(s->peer, sizeof(s->peer), "%s", h->name);
	} else {
		if (resolve_host(h->name, h->port, a->family,
		    clock_deadline(a->connect_timeout), &ends, o) < 0)
			return -1;
		fd = connect_tcp(h->name, &ends, a->source_address,
		    a->connect_timeout, &peer, o);
		if (fd >= 0)
			resolve_text(&peer, s->peer);
	}
	if (fd < 0)
		return -1;
	log_remark("connected to %s (%s)", h->name, s->peer);
	if (s->ehlo[0] == '\0')
		connect_literal(fd, s->ehlo);
	s->d.stream = stream_socket(fd);
	return 0;
}

static int
session_greeting(struct session *s, struct outcome *o)
{
	if (dialogue_reply(&s->d, STAGE_GREETING, s->d.timeout, o) < 0)
		return -1;
	if (s->d.reply.code != 220)
		return faults_judge(&s->d.reply, STAGE_GREETING,
		    "the server does not greet", o);
	return 0;
}

/* EHLO; a server that does not know it gets HELO, but only where neither TLS
 * nor a login is asked for. */
static int
session_ehlo(struct session *s, struct outcome *o)
{
	const struct account *a = s->params.account;
	struct dialogue *d = &s->d;

	memset(&s->caps, 0, sizeof(s->caps));
	if (dialogue_command(d, STAGE_EHLO, o, "EHLO %s", s->ehlo) < 0 ||
	    dialogue_flush(d, STAGE_EHLO, o) < 0 ||
	    dialogue_reply(d, STAGE_EHLO, d->timeout, o) < 0)
		return -1;
	if (d->reply.code == 250) {
		ehlo_parse(&d->reply, &s->caps);
		return 0;
	}
	if (reply_class(&d->reply) != 5 || a->tls != TLS_OFF ||
	    a->user != NULL)
		return faults_judge(&d->reply, STAGE_EHLO, "EHLO refused", o);
	if (dialogue_command(d, STAGE_EHLO, o, "HELO %s", s->ehlo) < 0 ||
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
session_starttls(struct session *s, struct outcome *o)
{
	struct dialogue *d = &s->d;

	if (!s->caps.starttls) {
		outcome_fail(o, FAULT_STARTTLS, STAGE_STARTTLS,
		    "%s does not offer STARTTLS", s->params.host->name);
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
		return outcome_fail(o, FAULT_PROTOCOL, STAGE_STARTTLS,
		    "the server, or someone in between, sent plain text "
		    "behind STARTTLS");
	memset(&s->caps, 0, sizeof(s->caps));
	return 0;
}

static struct tls *
session_tls_prepare(const struct session *s, struct outcome *o)
{
	const struct account *a = s->params.account;
	const struct host *h = s->params.host;
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
session_tls(struct session *s, struct tls *tls, struct outcome *o)
{
	if (tls_start(tls, s->d.stream, clock_deadline(s->d.timeout), o) < 0)
		return -1;
	s->tls = tls;
	log_remark("%s, %s, %s", tls_version(tls), tls_cipher(tls),
	    tls_verified(tls) ? "certificate verified" : "NOT VERIFIED");
	if (!tls_verified(tls))
		log_note(LOG_WARNING, "%s: tls-verify is off: the server's certificate "
		    "was not verified", s->params.host->name);
	return 0;
}

/* The talk up to where a login can follow, in the order of RFC 5321 and 3207
 * or RFC 8314. */
static int
session_hello(struct session *s, struct outcome *o)
{
	enum tls_mode mode = s->params.account->tls;
	struct tls *tls = NULL;

	if (session_connect(s, o) < 0)
		return -1;
	if (mode != TLS_OFF && (tls = session_tls_prepare(s, o)) == NULL)
		return -1;
	if (mode == TLS_IMPLICIT)
		return session_tls(s, tls, o) < 0 ||
		    session_greeting(s, o) < 0 ||
		    session_ehlo(s, o) < 0 ? -1 : 0;
	if (session_greeting(s, o) < 0 || session_ehlo(s, o) < 0)
		goto fail;
	if (mode == TLS_OFF)
		return 0;
	if (session_starttls(s, o) < 0)
		goto fail;
	return session_tls(s, tls, o) < 0 || session_ehlo(s, o) < 0 ? -1 : 0;
fail:
	tls_free(tls);
	return -1;
}

/* The binding to use: what worked before, else the one this version of TLS
 * prefers, else the certificate's. */
static void
session_binding(struct session *s, enum tls_binding wanted)
{
	static const enum tls_binding order[] = {
		TLS_BINDING_EXPORTER, TLS_BINDING_UNIQUE, TLS_BINDING_END_POINT
	};
	struct sasl_login *l = &s->login.sasl;
	bool v13;
	size_t i;

	l->binding = TLS_BINDING_NONE;
	if (s->tls == NULL)
		return;
	v13 = strcmp(tls_version(s->tls), "TLS1.3") == 0;
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (wanted != TLS_BINDING_NONE && order[i] != wanted)
			continue;
		if (wanted == TLS_BINDING_NONE && !v13 &&
		    order[i] == TLS_BINDING_EXPORTER)
			continue;
		l->binding_len = tls_channel_binding(s->tls, order[i],
		    l->binding_data, sizeof(l->binding_data));
		if (l->binding_len > 0) {
			l->binding = order[i];
			return;
		}
	}
	if (wanted != TLS_BINDING_NONE)
		session_binding(s, TLS_BINDING_NONE);
}

static void
session_login_fill(struct session *s)
{
	const struct account *a = s->params.account;
	const struct secret *secret = s->params.secret;
	struct login *l = &s->login;

	l->sasl.user = session_user(&s->params);
	l->sasl.secret = secret->data != NULL ? secret->data : "";
	l->sasl.secret_len = secret->len;
	l->sasl.has_secret = secret->len > 0;
	l->sasl.token = secret->token;
	l->sasl.certificate = s->tls != NULL && tls_has_certificate(s->tls);
	l->sasl.secrecy = a->tls == TLS_OFF || s->params.host->is_unix ||
	    (s->tls != NULL && (tls_verified(s->tls) || !a->tls_verify));
	l->sasl.host = s->params.host->name;
	l->sasl.port = s->params.host->port;
	l->allowed = a->auth;
	l->eager = a->pipeline == PIPELINE_FULL;
	l->known = &s->known;
}

/* AUTH now, or soon: in front of MAIL where that is known to work. */
static int
session_login(struct session *s, enum tls_binding binding, struct outcome *o)
{
	const struct account *a = s->params.account;

	if (a->auth_off || (a->user == NULL && a->tls_certificate == NULL))
		return 0;
	session_login_fill(s);
	session_binding(s, binding != TLS_BINDING_NONE ? binding :
	    s->known.binding);
	if (a->user == NULL && s->caps.auth == 0)
		return 0;	/* the certificate alone is the login */
	if (session_groups(s) && login_may_ride(&s->login, &s->caps)) {
		s->riding = true;
		return 0;
	}
	if (login_run(&s->login, &s->d, &s->caps, o) < 0)
		return -1;
	s->authenticated = true;
	return 0;
}

static void
session_begin(struct session *s, const struct session_params *p)
{
	const char *name = p->account->ehlo_name != NULL ?
	    p->account->ehlo_name : p->ehlo_name;

	memset(s, 0, offsetof(struct session, known));
	s->params = *p;
	s->d.timeout = p->account->timeout;
	memset(&s->login, 0, sizeof(s->login));
	s->riding = s->authenticated = s->reset = s->finished = false;
	s->transactions = 0;
	s->one_by_one = p->account->pipeline == PIPELINE_OFF;
	snprintf(s->ehlo, sizeof(s->ehlo), "%s", name != NULL ? name : "");
}

int
session_open(struct session *s, const struct session_params *p,
    struct outcome *o)
{
	enum tls_binding binding = TLS_BINDING_NONE;
	bool without_plus = false;
	unsigned i;

	known_load(&s->known, p->state, p->host->name, p->host->port,
	    session_user(p));
	for (i = 0; i < ATTEMPTS; i++) {
		session_begin(s, p);
		s->login.without_plus = without_plus;
		if (session_hello(s, o) == 0 &&
		    session_login(s, binding, o) == 0)
			return 0;
		session_drop(s);
		if (s->login.again == LOGIN_OTHER_BINDING)
			binding = TLS_BINDING_END_POINT;
		else if (s->login.again == LOGIN_WITHOUT_PLUS)
			without_plus = true;
		else
			break;
		log_remark("trying once more: %s", without_plus ?
		    "without channel binding" : "with tls-server-end-point");
	}
	return -1;
}

bool
session_groups(const struct session *s)
{
	return s->caps.pipelining && !s->one_by_one;
}

void
session_finish(struct session *s)
{
	s->finished = true;
}

int
session_ridden(struct session *s, struct outcome *o)
{
	s->riding = false;
	if (login_ridden(&s->login, &s->d, o) < 0)
		return -1;
	s->authenticated = true;
	return 0;
}

void
session_close(struct session *s, int64_t wait_ms)
{
	struct outcome ignored;
	struct dialogue *d = &s->d;

	if (d->stream == NULL)
		return;
	d->timeout = wait_ms > 0 ? wait_ms : 100;
	if (dialogue_command(d, STAGE_QUIT, &ignored, "QUIT") == 0) {
		if (wait_ms == 0)
			stream_bye(d->stream);
		if (stream_flush(d->stream, clock_deadline(d->timeout),
		    STAGE_QUIT, &ignored) == 0 && wait_ms > 0)
			dialogue_reply(d, STAGE_QUIT, wait_ms, &ignored);
	}
	session_drop(s);
}

void
session_drop(struct session *s)
{
	known_save(&s->known, s->params.state, s->params.host->name,
	    s->params.host->port, session_user(&s->params));
	stream_close(s->d.stream);
	s->d.stream = NULL;
	s->tls = NULL;
}
