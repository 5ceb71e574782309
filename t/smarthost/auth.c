/* SPDX-License-Identifier: ISC */
/* The AUTH command and its exchange (RFC 4954). */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth.h"

/* The longest line of an exchange (RFC 4954 section 4). */
#define LONGEST 12288

struct binding {
	const char	*option;
	const char	*name;
	gnutls_channel_binding_t type;
};

static const struct binding bindings[] = {
	{ "exporter", "tls-exporter", GNUTLS_CB_TLS_EXPORTER },
	{ "unique", "tls-unique", GNUTLS_CB_TLS_UNIQUE },
	{ "end-point", "tls-server-end-point",
	    GNUTLS_CB_TLS_SERVER_END_POINT },
};

const char *
auth_binding(struct session *s, struct octets *data)
{
	const char *want = s->server->options.binding;
	gnutls_datum_t d = { 0 };
	size_t i;

	/* A server that does not offer -PLUS binds nothing: it would have to
	 * refuse a client that says "y". */
	if (s->wire.tls == NULL || s->server->options.auth == NULL ||
	    strstr(s->server->options.auth, "-PLUS") == NULL)
		return NULL;
	if (strcmp(want, "auto") == 0)
		want = gnutls_protocol_get_version(s->wire.tls) ==
		    GNUTLS_TLS1_3 ? "exporter" : "unique";
	for (i = 0; i < sizeof bindings / sizeof bindings[0]; i++) {
		if (strcmp(bindings[i].option, want) != 0)
			continue;
		if (gnutls_session_channel_binding(s->wire.tls,
		    bindings[i].type, &d) < 0 || d.size == 0)
			return NULL;
		octets_put(data, d.data, d.size);
		gnutls_free(d.data);
		return bindings[i].name;
	}
	return NULL;
}

/* A line of the exchange without its end, base64 undone; NULL: cancelled,
 * malformed or gone. */
static const char *
unwrap(const char *line, size_t n, struct octets *o)
{
	while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
		n--;
	o->n = 0;
	if (n == 1 && line[0] == '=') {
		octets_put(o, "", 0);
		return o->p;
	}
	return octets_unbase64(o, line, n) == -1 ? NULL : o->p;
}

/* The client's next line, decoded. */
static const char *
read_response(struct session *s, struct octets *o)
{
	const char *line, *p;
	size_t n;

	line = wire_line(&s->wire, &n, LONGEST);
	if (line == NULL) {
		s->over = true;
		return NULL;
	}
	s->said.n = 0;
	record_command(s, EVENT_RESPONSE, line, n);
	p = unwrap(line, n, o);
	octets_drop(&s->wire.in, n);
	return p;
}

/* The script drives: every response it answers itself. */
static void
scripted(struct session *s, int code)
{
	struct octets o = { 0 };
	const char *line;
	size_t n;

	while (code == 334 && !s->over) {
		line = wire_line(&s->wire, &n, LONGEST);
		if (line == NULL) {
			s->over = true;
			break;
		}
		o.n = 0;
		octets_put(&o, line, n);
		octets_drop(&s->wire.in, n);
		code = play_answer(s, EVENT_RESPONSE, o.p, o.n,
		    "535 5.7.8 refused");
	}
	s->authenticated = code == 235;
	octets_free(&o);
}

/* Challenges and responses until there is a verdict.  The script may put
 * another answer in a challenge's place: its code then decides. */
static enum verdict
exchange(struct exchange *x, const struct verifier *l, enum verdict v,
    struct octets *out, int *code)
{
	struct octets in = { 0 }, text = { 0 };

	*code = 0;
	while (v == AUTH_MORE && !x->s->over) {
		text.n = 0;
		octets_puts(&text, "334 ");
		octets_base64(&text, out->p, out->n);
		out->n = 0;
		*code = play_answer(x->s, EVENT_CHALLENGE, "", 0, text.p);
		if (*code != 334)
			break;
		*code = 0;
		if (read_response(x->s, &in) == NULL)
			v = AUTH_MALFORMED;
		else
			v = l->step(x, in.p, in.n, out);
	}
	octets_free(&in);
	octets_free(&text);
	return v;
}

static void
verdict(struct exchange *x, enum verdict v)
{
	static const char *const texts[] = {
		[AUTH_MORE] = "451 4.7.0 unfinished",
		[AUTH_GOOD] = "235 2.7.0 welcome",
		[AUTH_BAD] = "535 5.7.8 credentials invalid",
		[AUTH_MALFORMED] = "501 5.5.2 malformed or cancelled",
		[AUTH_UNKNOWN] = "504 5.5.4 no such mechanism",
	};
	struct session *s = x->s;
	struct octets data = { 0 };
	const char *name;
	size_t n = strlen(x->mechanism);

	if (s->over || play_answer(s, EVENT_AUTH_END, "", 0, texts[v]) != 235)
		return;
	s->authenticated = true;
	free(s->mechanism);
	s->mechanism = xstrdup(x->mechanism);
	free(s->identity);
	s->identity = xstrdup(x->identity);
	if (n > 5 && strcmp(x->mechanism + n - 5, "-PLUS") == 0 &&
	    (name = auth_binding(s, &data)) != NULL)
		snprintf(s->bound, sizeof s->bound, "%s", name);
	octets_free(&data);
}

static const struct verifier *
library_for(const struct session *s, const char *mechanism)
{
	if (strcmp(mechanism, "OAUTHBEARER") == 0 ||
	    strcmp(mechanism, "XOAUTH2") == 0)
		return &auth_bearer;
	return s->server->options.library == LIBRARY_GSASL ? &auth_gsasl :
	    &auth_cyrus;
}

/* Is the mechanism among those offered? */
static bool
named(const struct session *s, const char *mechanism)
{
	const char *list = s->server->options.auth, *p;
	size_t n = strlen(mechanism);

	for (p = list; p != NULL; p = strchr(p, ' ')) {
		p += strspn(p, " ");
		if (strncmp(p, mechanism, n) == 0 &&
		    (p[n] == ' ' || p[n] == '\0'))
			return true;
	}
	return list == NULL;
}

static void
real(struct session *s, const char *mechanism, const char *initial, size_t n)
{
	struct exchange x = { .s = s, .mechanism = mechanism };
	const struct verifier *l = library_for(s, mechanism);
	struct octets in = { 0 }, out = { 0 };
	enum verdict v;
	int code = 0;

	octets_put(&out, "", 0);
	if (!named(s, mechanism))
		v = AUTH_UNKNOWN;
	else if (initial != NULL && unwrap(initial, n, &in) == NULL)
		v = AUTH_MALFORMED;
	else
		v = l->start(&x, initial != NULL ? in.p : NULL, in.n, &out);
	v = exchange(&x, l, v, &out, &code);
	if (code == 0)
		verdict(&x, v);
	else
		s->authenticated = code == 235;
	l->end(&x);
	octets_free(&in);
	octets_free(&out);
}

/* Only these may have commands behind them (RFC 4954 section 4), and only
 * with their initial response. */
static void
note_early(struct session *s, const char *mechanism, bool initial)
{
	bool may = initial && (strcmp(mechanism, "PLAIN") == 0 ||
	    strcmp(mechanism, "EXTERNAL") == 0);

	s->auth_flight = s->wire.flights;
	if (!may && wire_more(&s->wire) > 0)
		record_early(s, "behind-AUTH");
}

void
auth_run(struct session *s, const char *line, size_t n)
{
	const struct options *o = &s->server->options;
	char mechanism[64];
	const char *p = line + 4, *text = NULL;
	size_t i = 0;
	int code;

	p += strspn(p, " ");
	while (i < sizeof mechanism - 1 && strchr(" \r\n", *p) == NULL)
		mechanism[i++] = (char)toupper((unsigned char)*p++);
	mechanism[i] = '\0';
	if (*p == ' ')
		p++;
	note_early(s, mechanism, *p != '\r');
	if (o->user == NULL)
		text = "502 5.5.1 no such command";
	else if (!s->helo || s->mail || s->authenticated)
		text = "503 5.5.1 not now";
	else if (o->mode != MODE_PLAIN && s->wire.tls == NULL)
		text = "538 5.7.11 STARTTLS first";
	code = play_answer(s, EVENT_AUTH, line, n, text);
	if (s->over)
		return;
	if (code == PLAY_DEFAULT)
		real(s, mechanism, *p == '\r' || *p == '\n' ? NULL : p,
		    (size_t)(line + n - p));
	else
		scripted(s, code);
}
