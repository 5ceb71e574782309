/* SPDX-License-Identifier: ISC */
/* AUTH (RFC 4954): a SASL exchange spoken over a dialogue. */
#include <gnutls/gnutls.h>

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "smtp/faults.h"
#include "smtp/login.h"

/* The mechanisms that bind to the TLS channel. */
static uint32_t
plus_bits(void)
{
	const struct mechanism *m;
	uint32_t bits = 0;

	for (m = sasl_mechanisms; m->name != NULL; m++)
		if ((m->needs & SASL_NEEDS_BINDING) != 0)
			bits |= sasl_bit(m);
	return bits;
}

/* Is a -PLUS that worked before insisted upon?  Unless the configuration
 * names what it wants, or no longer has what -PLUS takes. */
static bool
login_insists(const struct login *l)
{
	return l->known->plus && l->allowed == NULL && l->sasl.has_secret &&
	    !l->sasl.token && l->sasl.binding != TLS_BINDING_NONE;
}

/* What may not be used here: known not to work, or a fall behind -PLUS. */
static uint32_t
login_excluded(const struct login *l)
{
	uint32_t bits = l->known->broken;

	if (l->without_plus)
		bits |= plus_bits();
	else if (login_insists(l))
		bits |= ~plus_bits();
	return bits;
}

/* No mechanism was found not to work here: either nothing is known to work
 * instead, or the server has changed. */
static void
login_forget(struct login *l)
{
	if (l->known->broken != 0)
		l->known->changed = true;
	l->known->broken = 0;
}

/* The words for an offer without a mechanism we know; the advice of
 * sasl_choose stays. */
static void
login_nothing(const struct capabilities *caps, struct outcome *o)
{
	char advice[LIMIT_ADVICE];

	memcpy(advice, o->advice, sizeof(advice));
	outcome_fail(o, FAULT_LOGIN, STAGE_AUTH, caps->auth_text[0] != '\0' ?
	    "no AUTH mechanism in common; the server offers %s" :
	    "the server offers no AUTH%s", caps->auth_text);
	outcome_advise(o, "%s", advice);
}

static const struct mechanism *
login_choose(struct login *l, const struct capabilities *caps,
    uint32_t excluded, struct outcome *o)
{
	const struct mechanism *m;

	l->sasl.plus_offered = (caps->auth & plus_bits()) != 0;
	m = sasl_choose(caps->auth, excluded, l->allowed, &l->sasl, o);
	if (m == NULL && caps->auth == 0)
		login_nothing(caps, o);
	else if (m == NULL && login_insists(l) && !l->sasl.plus_offered) {
		outcome_fail(o, FAULT_LOGIN, STAGE_AUTH, "the server no longer "
		    "offers channel binding, which worked before; it offers %s",
		    caps->auth_text);
		outcome_advise(o, "someone may be in between; if the server "
		    "really changed, say so: auth = { \"SCRAM-SHA-256\" }");
	}
	return m;
}

/* One line of base64, for a command or a response; b is wiped by the caller.
 * RFC 4954: an empty initial response is "=". */
static int
login_encode(struct buf *b, const struct buf *raw, bool initial,
    struct outcome *o)
{
	gnutls_datum_t in = { (unsigned char *)raw->data,
	    (unsigned)raw->len }, out;
	int r;

	if (raw->len == 0)
		return initial ? buf_putc(b, '=') : 0;
	if (gnutls_base64_encode2(&in, &out) < 0)
		return outcome_fail(o, FAULT_OS, STAGE_AUTH,
		    "base64 encoding failed");
	r = buf_add(b, out.data, out.size);
	gnutls_memset(out.data, 0, out.size);
	gnutls_free(out.data);
	if (r < 0)
		return outcome_fail(o, FAULT_CONFIG, STAGE_AUTH,
		    "the login is too long for AUTH");
	return 0;
}

static int
login_send(struct login *l, struct dialogue *d, struct buf *line,
    struct outcome *o)
{
	char shown[64];

	(void)l;
	snprintf(shown, sizeof(shown), "(%zu octets, not shown)", line->len);
	return dialogue_secret(d, STAGE_AUTH, line->data, line->len, shown, o);
}

/* "AUTH MECH [initial response]"; *sent: the response went with it. */
static int
login_begin(struct login *l, struct sasl *x, struct dialogue *d, bool *sent,
    struct outcome *o)
{
	struct buf raw, line;
	char shown[64];
	int r = -1;

	buf_init(&raw, LIMIT_CHALLENGE);
	buf_init(&line, LIMIT_CHALLENGE);
	d->mask = (struct mask){ l->sasl.secret, l->sasl.secret_len };
	buf_printf(&line, "AUTH %s", l->mech->name);
	snprintf(shown, sizeof(shown), "AUTH %s ***", l->mech->name);
	*sent = (l->mech->needs & SASL_CLIENT_FIRST) != 0;
	if (!*sent)
		shown[strlen(shown) - 4] = '\0';
	else if (sasl_step(x, NULL, 0, &raw, o) < 0 ||
	    buf_putc(&line, ' ') < 0 || login_encode(&line, &raw, true, o) < 0)
		goto out;
	r = dialogue_secret(d, STAGE_AUTH, line.data, line.len, shown, o);
out:
	buf_wipe(&raw);
	buf_wipe(&line);
	return r;
}

/* A 334's challenge, decoded; NULL data when it is no base64. */
static int
login_challenge(const struct reply *r, gnutls_datum_t *out, struct outcome *o)
{
	gnutls_datum_t in = { (unsigned char *)r->text, (unsigned)r->len };

	out->data = NULL;
	out->size = 0;
	if (r->len == 0)
		return 0;
	if (memchr(r->text, '\n', r->len) != NULL ||
	    gnutls_base64_decode2(&in, out) < 0)
		return outcome_fail(o, FAULT_PROTOCOL, STAGE_AUTH,
		    "the server's AUTH challenge is not base64");
	return 0;
}

/* Answers one challenge; a step that fails cancels the exchange. */
static int
login_answer(struct login *l, struct sasl *x, struct dialogue *d,
    struct outcome *o)
{
	struct buf raw, line;
	struct outcome why;
	gnutls_datum_t in;
	int r = -1;

	buf_init(&raw, LIMIT_CHALLENGE);
	buf_init(&line, LIMIT_CHALLENGE);
	if (login_challenge(&d->reply, &in, o) < 0 ||
	    sasl_step(x, (const char *)in.data, in.size, &raw, o) < 0) {
		if (dialogue_command(d, STAGE_AUTH, &why, "*") == 0 &&
		    dialogue_flush(d, STAGE_AUTH, &why) == 0)
			dialogue_reply(d, STAGE_AUTH, d->timeout, &why);
		d->reply.code = 0;	/* it was us who ended it */
		goto out;
	}
	if (login_encode(&line, &raw, false, o) == 0)
		r = login_send(l, d, &line, o);
out:
	gnutls_free(in.data);
	buf_wipe(&raw);
	buf_wipe(&line);
	return r;
}

/* 235, perhaps with a SASL server's last data as its only word. */
static int
login_success(struct sasl *x, const struct reply *r, struct outcome *o)
{
	gnutls_datum_t in = { (unsigned char *)r->text, (unsigned)r->len };
	gnutls_datum_t out = { NULL, 0 };
	int ok;

	if (!x->proven && r->len > 0 &&
	    gnutls_base64_decode2(&in, &out) < 0)
		out.data = NULL, out.size = 0;
	ok = sasl_finish(x, (const char *)out.data, out.size, o);
	gnutls_free(out.data);
	return ok;
}

/* SMTP does not say which channel bindings a server takes: a -PLUS that fails
 * is tried with the certificate's, then without, unless it worked before. */
static void
login_rebind(struct login *l)
{
	if ((l->mech->needs & SASL_NEEDS_BINDING) == 0)
		return;
	if (l->sasl.binding != TLS_BINDING_END_POINT)
		l->again = LOGIN_OTHER_BINDING;
	else if (!l->known->plus)
		l->again = LOGIN_WITHOUT_PLUS;
}

/* said: why a token was refused, or "". */
static void
login_refused(struct login *l, const struct reply *r, const char *said,
    struct outcome *o)
{
	const char *name = l->account != NULL ? l->account : "";
	char what[224];

	snprintf(what, sizeof(what), "login refused (AUTH %s%s%s)",
	    l->mech->name, said[0] != '\0' ? ", " : "", said);
	faults_judge(r, STAGE_AUTH, what, o);
	if (r->code == 535)
		login_rebind(l);
	if (r->code == 535 && strcmp(l->mech->name, "PLAIN") != 0 &&
	    !l->sasl.token && l->sasl.has_secret && l->sasl.secrecy)
		outcome_advise(o, "check user and password of account \"%s\"; "
		    "some servers offer what they cannot do: try "
		    "auth = { \"PLAIN\" }", name);
	else if (r->code >= 500)
		outcome_advise(o, "check user and %s of account \"%s\"",
		    l->sasl.token ? "token-command" : "password", name);
}

/* One mechanism from AUTH to its end: 0, -1; *next: refused as such. */
static int
login_try(struct login *l, struct dialogue *d, bool *next, struct outcome *o)
{
	struct sasl x;
	unsigned turns = 0;
	bool sent;
	int r = -1;

	*next = false;
	sasl_begin(&x, l->mech, &l->sasl);
	if (login_begin(l, &x, d, &sent, o) < 0)
		goto out;
	for (;;) {
		if (dialogue_flush(d, STAGE_AUTH, o) < 0 ||
		    dialogue_reply(d, STAGE_AUTH, d->timeout, o) < 0)
			goto out;
		if (d->reply.code != 334)
			break;
		if (++turns > 8) {
			outcome_fail(o, FAULT_PROTOCOL, STAGE_AUTH,
			    "the server's AUTH dialogue does not end");
			goto out;
		}
		if (login_answer(l, &x, d, o) < 0)
			goto out;
	}
	if (d->reply.code == 235) {
		r = login_success(&x, &d->reply, o);
		goto out;
	}
	*next = faults_mechanism(&d->reply);
	login_refused(l, &d->reply, x.said, o);
out:
	if (x.binding_refused)
		login_rebind(l);
	sasl_end(&x);
	return r;
}

/* What a login that worked teaches. */
static void
login_learn(struct login *l)
{
	struct known *k = l->known;
	uint32_t rides = (l->mech->needs & SASL_ONE_FLIGHT) != 0 ?
	    sasl_bit(l->mech) : 0;

	if (k->rides != rides)
		k->changed = true;
	k->rides = rides;
	if ((l->mech->needs & SASL_NEEDS_BINDING) != 0) {
		if (!k->plus || k->binding != l->sasl.binding)
			k->changed = true;
		k->plus = true;
		k->binding = l->sasl.binding;
	} else if (l->without_plus && (k->broken & plus_bits()) !=
	    plus_bits()) {
		k->broken |= plus_bits();	/* each was tried in vain */
		k->changed = true;
	}
}

int
login_run(struct login *l, struct dialogue *d,
    const struct capabilities *caps, struct outcome *o)
{
	uint32_t excluded = login_excluded(l);
	unsigned tries;
	bool next;

	l->again = LOGIN_NOT_AGAIN;
	for (tries = 0; tries < LIMIT_MECHANISMS; tries++) {
		struct outcome none;

		l->mech = login_choose(l, caps, excluded, &none);
		if (l->mech == NULL && tries == 0 && l->known->broken != 0) {
			login_forget(l);
			excluded = login_excluded(l);
			l->mech = login_choose(l, caps, excluded, &none);
		}
		if (l->mech == NULL) {
			login_forget(l);
			if (tries == 0)
				*o = none;
			return -1;
		}
		if (login_try(l, d, &next, o) == 0) {
			login_learn(l);
			outcome_clear(o);
			return 0;
		}
		if (!next)
			return -1;
		excluded |= sasl_bit(l->mech);
		l->known->broken |= sasl_bit(l->mech);
		l->known->changed = true;
	}
	return -1;
}

bool
login_may_ride(struct login *l, const struct capabilities *caps)
{
	const struct mechanism *m;
	struct outcome none;

	if (!caps->pipelining)
		return false;
	m = login_choose(l, caps, login_excluded(l), &none);
	if (m == NULL || (m->needs & SASL_ONE_FLIGHT) == 0)
		return false;
	if (!l->eager && (l->known->rides & sasl_bit(m)) == 0)
		return false;
	l->mech = m;
	return true;
}

int
login_ride(struct login *l, struct dialogue *d, struct outcome *o)
{
	struct sasl x;
	bool sent;
	int r;

	sasl_begin(&x, l->mech, &l->sasl);
	r = login_begin(l, &x, d, &sent, o);
	sasl_end(&x);
	return r;
}

int
login_ridden(struct login *l, struct dialogue *d, struct outcome *o)
{
	l->again = LOGIN_NOT_AGAIN;
	if (d->reply.code == 235) {
		login_learn(l);
		return 0;
	}
	if (l->known->rides != 0)
		l->known->changed = true;
	l->known->rides = 0;
	if (d->reply.code == 334) {
		l->again = LOGIN_NOT_RIDING;
		return outcome_fail(o, FAULT_PROTOCOL, STAGE_AUTH,
		    "the server asks for more after AUTH %s",
		    l->mech->name);
	}
	login_refused(l, &d->reply, "", o);
	if (faults_mechanism(&d->reply)) {
		l->known->broken |= sasl_bit(l->mech);
		l->known->changed = true;
		l->again = LOGIN_NOT_RIDING;
	}
	return -1;
}
