/* SPDX-License-Identifier: ISC */
/* AUTH verified by GNU SASL (libgsasl). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsasl.h>

#include "auth.h"

struct gnu {
	Gsasl		*context;
	Gsasl_session	*session;
	struct exchange	*x;
	bool		 finished;	/* only its last words are to be said */
};

static int
set_binding(struct session *s, Gsasl_session *g, Gsasl_property p,
    const char *want, int none)
{
	struct octets data = { 0 }, text = { 0 };
	const char *name = auth_binding(s, &data);
	int r = none;

	if (name != NULL && strcmp(name, want) == 0) {
		octets_base64(&text, data.p, data.n);
		r = gsasl_property_set(g, p, text.p);
	}
	octets_free(&data);
	octets_free(&text);
	return r;
}

/* EXTERNAL: the certificate's name, asked for by itself or not at all. */
static int
validate_external(struct session *s, Gsasl_session *g)
{
	const char *z = gsasl_property_fast(g, GSASL_AUTHZID);

	if (s->peer[0] == '\0')
		return GSASL_AUTHENTICATION_ERROR;
	if (z != NULL && *z != '\0' && strcmp(z, s->peer) != 0 &&
	    strcmp(z, s->server->options.user) != 0)
		return GSASL_AUTHENTICATION_ERROR;
	return GSASL_OK;
}

static int
callback(Gsasl *context __attribute__((unused)), Gsasl_session *g,
    Gsasl_property p)
{
	struct gnu *c = gsasl_session_hook_get(g);
	struct session *s = c->x->s;
	const struct options *o = &s->server->options;
	const char *who;

	switch (p) {
	case GSASL_PASSWORD:
		who = gsasl_property_fast(g, GSASL_AUTHID);
		if (who == NULL || strcmp(who, o->user) != 0 ||
		    o->password == NULL)
			return GSASL_NO_PASSWORD;
		return gsasl_property_set(g, p, o->password);
	case GSASL_SCRAM_ITER:
		return o->iterations == NULL ? GSASL_NO_CALLBACK :
		    gsasl_property_set(g, p, o->iterations);
	case GSASL_CB_TLS_UNIQUE:
		return set_binding(s, g, p, "tls-unique",
		    GSASL_NO_CB_TLS_UNIQUE);
	case GSASL_CB_TLS_EXPORTER:
		return set_binding(s, g, p, "tls-exporter",
		    GSASL_NO_CB_TLS_EXPORTER);
	case GSASL_VALIDATE_EXTERNAL:
		return validate_external(s, g);
	default:
		return GSASL_NO_CALLBACK;
	}
}

static enum verdict
gnu_step(struct exchange *x, const char *in, size_t n, struct octets *out)
{
	struct gnu *c = x->state;
	const char *who;
	char *data = NULL;
	size_t size = 0;
	int r;

	if (c->finished)
		return n == 0 ? AUTH_GOOD : AUTH_MALFORMED;
	r = gsasl_step(c->session, in, n, &data, &size);
	if (data != NULL && (r == GSASL_OK || r == GSASL_NEEDS_MORE))
		octets_put(out, data, size);
	gsasl_free(data);
	if (r == GSASL_NEEDS_MORE)
		return AUTH_MORE;
	if (r != GSASL_OK)
		return AUTH_BAD;
	who = gsasl_property_fast(c->session, GSASL_AUTHID);
	if (strcmp(x->mechanism, "EXTERNAL") == 0)
		who = x->s->peer;
	snprintf(x->identity, sizeof x->identity, "%s", who ? who : "");
	c->finished = true;
	return out->n > 0 ? AUTH_MORE : AUTH_GOOD;
}

static enum verdict
gnu_start(struct exchange *x, const char *in, size_t n, struct octets *out)
{
	struct gnu *c = xmalloc(sizeof *c);

	x->state = c;
	c->x = x;
	if (gsasl_init(&c->context) != GSASL_OK)
		die("libgsasl does not start");
	gsasl_callback_set(c->context, callback);
	if (gsasl_server_start(c->context, x->mechanism, &c->session) !=
	    GSASL_OK)
		return AUTH_UNKNOWN;
	gsasl_session_hook_set(c->session, c);
	/* Without an initial response the client is asked for it by an empty
	 * challenge, unless the mechanism lets the server begin. */
	if (in == NULL && strcmp(x->mechanism, "LOGIN") != 0 &&
	    strcmp(x->mechanism, "CRAM-MD5") != 0)
		return AUTH_MORE;
	return gnu_step(x, in, n, out);
}

static void
gnu_end(struct exchange *x)
{
	struct gnu *c = x->state;

	if (c == NULL)
		return;
	if (c->session != NULL)
		gsasl_finish(c->session);
	gsasl_done(c->context);
	free(c);
	x->state = NULL;
}

const struct verifier auth_gsasl = { gnu_start, gnu_step, gnu_end };
