/* SPDX-License-Identifier: ISC */
/* One connection to a smarthost: greeting, EHLO, STARTTLS, EHLO, AUTH, QUIT. */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "smtp/session.h"

/* Fresh connections for one login: another binding, no -PLUS, not riding. */
#define ATTEMPTS	3
/* How long a goodbye may take to be handed to the system. */
#define BYE_MS		100

/* Under the login's name, or nobody's. */
static const char *
session_user(const struct session_params *p)
{
	return p->account->user != NULL ? p->account->user : "";
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
	if (s->line.tls == NULL)
		return;
	v13 = strcmp(tls_version(s->line.tls), "TLS1.3") == 0;
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (wanted != TLS_BINDING_NONE && order[i] != wanted)
			continue;
		if (wanted == TLS_BINDING_NONE && !v13 &&
		    order[i] == TLS_BINDING_EXPORTER)
			continue;
		l->binding_len = tls_channel_binding(s->line.tls, order[i],
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
	const struct tls *tls = s->line.tls;
	struct login *l = &s->login;

	l->sasl.user = session_user(&s->params);
	l->sasl.secret = secret->data != NULL ? secret->data : "";
	l->sasl.secret_len = secret->len;
	l->sasl.has_secret = secret->len > 0;
	l->sasl.token = secret->token;
	l->sasl.certificate = tls != NULL && tls_has_certificate(tls);
	l->sasl.secrecy = a->tls == TLS_OFF || s->params.host->is_unix ||
	    (tls != NULL && (tls_verified(tls) || !a->tls_verify));
	l->sasl.host = s->params.host->name;
	l->sasl.port = s->params.host->port;
	l->account = a->name;
	l->allowed = a->auth;
	l->eager = a->pipeline == PIPELINE_FULL;
	l->known = &s->known;
}

/* Without `user` a client certificate alone may be the login; AUTH is for
 * servers that offer to take it so. */
static bool
session_external(const struct session *s)
{
	return s->login.sasl.certificate && (s->line.caps.auth &
	    sasl_bit(sasl_find("EXTERNAL", strlen("EXTERNAL")))) != 0;
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
	if (a->user == NULL && !session_external(s))
		return 0;
	if (!s->params.never_rides && session_groups(s) &&
	    login_may_ride(&s->login, &s->line.caps)) {
		s->riding = true;
		return 0;
	}
	if (login_run(&s->login, &s->line.d, &s->line.caps, o) < 0)
		return -1;
	s->authenticated = true;
	return 0;
}

static void
session_begin(struct session *s, const struct session_params *p)
{
	s->params = *p;
	memset(&s->login, 0, sizeof(s->login));
	s->riding = s->authenticated = s->reset = s->finished = false;
	s->transactions = 0;
	s->asked = s->denied = 0;
	s->one_by_one = p->account->pipeline == PIPELINE_OFF;
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
		if (opening_run(&s->line, p->account, p->host, p->ehlo_name,
		    i == 0 ? p->connected : NULL, o) == 0 &&
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
	session_name(s, o);
	return -1;
}

bool
session_groups(const struct session *s)
{
	return s->line.caps.pipelining && !s->one_by_one;
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
	if (login_ridden(&s->login, &s->line.d, o) < 0)
		return -1;
	s->authenticated = true;
	return 0;
}

void
session_close(struct session *s, int64_t wait_ms)
{
	struct outcome ignored;
	struct dialogue *d = &s->line.d;

	if (d->stream == NULL)
		return;
	d->timeout = wait_ms > 0 ? wait_ms : BYE_MS;
	if (dialogue_command(d, STAGE_QUIT, &ignored, "QUIT") == 0) {
		if (wait_ms == 0)
			stream_bye(d->stream);
		if (stream_flush(d->stream, clock_deadline(d->timeout),
		    STAGE_QUIT, &ignored) == 0 && wait_ms > 0) {
			dialogue_reply(d, STAGE_QUIT, wait_ms, &ignored);
			stream_bye(d->stream);
			stream_flush(d->stream, clock_deadline(BYE_MS),
			    STAGE_QUIT, &ignored);
		}
	}
	session_drop(s);
}

void
session_name(const struct session *s, struct outcome *o)
{
	const struct host *h = s->params.host;
	struct outcome named;

	if ((o->fault != FAULT_NETWORK && o->fault != FAULT_PROTOCOL) ||
	    o->stage < STAGE_GREETING || o->code != 0 || h == NULL ||
	    strstr(o->text, h->name) != NULL)
		return;
	outcome_fail(&named, o->fault, o->stage, "%s: %s (stage %s)",
	    h->name, o->text, stage_name(o->stage));
	memcpy(o->text, named.text, sizeof(o->text));
}

void
session_move(struct session *to, struct session *from)
{
	*to = *from;
	if (to->login.known == &from->known)
		to->login.known = &to->known;
	from->line.d.stream = NULL;
	from->line.tls = NULL;
}

void
session_drop(struct session *s)
{
	known_save(&s->known, s->params.state, s->params.host->name,
	    s->params.host->port, session_user(&s->params));
	opening_drop(&s->line);
}
