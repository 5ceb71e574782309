/* SPDX-License-Identifier: ISC */
/* One connection, from accept to its record. */
#include <stdlib.h>
#include <string.h>

#include <gnutls/x509.h>

#include "session.h"

/* The longest line that a client may send, AUTH's included. */
#define LONGEST 12300

static void
note_peer(struct session *s)
{
	const gnutls_datum_t *list;
	gnutls_x509_crt_t c;
	unsigned n = 0, status = 0;
	size_t size = sizeof s->peer;

	list = gnutls_certificate_get_peers(s->wire.tls, &n);
	if (list == NULL || n == 0 ||
	    gnutls_certificate_verify_peers2(s->wire.tls, &status) < 0 ||
	    status != 0)
		return;
	if (gnutls_x509_crt_init(&c) < 0)
		return;
	if (gnutls_x509_crt_import(c, &list[0], GNUTLS_X509_FMT_DER) < 0 ||
	    gnutls_x509_crt_get_dn_by_oid(c, GNUTLS_OID_X520_COMMON_NAME, 0,
	    0, s->peer, &size) < 0)
		s->peer[0] = '\0';
	gnutls_x509_crt_deinit(c);
}

static void
note_sni(struct session *s)
{
	char name[256];
	size_t n = sizeof name - 1;
	unsigned type;

	if (gnutls_server_name_get(s->wire.tls, name, &n, &type, 0) < 0)
		return;
	name[n < sizeof name ? n : sizeof name - 1] = '\0';
	free(s->sni);
	s->sni = xstrdup(name);
}

static void
priority(const struct options *o, char *text, size_t size)
{
	const char *versions = "";

	if (o->tls12)
		versions = ":-VERS-ALL:+VERS-TLS1.2";
	else if (o->tls13)
		versions = ":-VERS-ALL:+VERS-TLS1.3";
	snprintf(text, size, "%s%s%s", o->priority != NULL ? o->priority :
	    "NORMAL", versions, o->no_ems ? ":%NO_SESSION_HASH" : "");
}

int
session_tls(struct session *s)
{
	const struct server *v = s->server;
	gnutls_session_t t;
	char text[512];
	int r;

	(void)play_event(s, EVENT_HANDSHAKE);
	if (s->over)
		return -1;
	priority(&v->options, text, sizeof text);
	if (gnutls_init(&t, GNUTLS_SERVER) < 0 ||
	    gnutls_priority_set_direct(t, text, NULL) < 0 ||
	    gnutls_credentials_set(t, GNUTLS_CRD_CERTIFICATE,
	    v->credentials) < 0)
		die("TLS cannot be set up (priority %s)", text);
	if (v->options.tickets)
		(void)gnutls_session_ticket_enable_server(t, &v->ticket_key);
	if (v->options.client_ca != NULL)
		gnutls_certificate_server_set_request(t, GNUTLS_CERT_REQUEST);
	r = wire_handshake(&s->wire, t);
	note_sni(s);
	if (r < 0) {
		record_early(s, "handshake-failed");
		if (getenv("SMARTHOST_DEBUG") != NULL)
			fprintf(stderr, "handshake: %s\n", gnutls_strerror(r));
		(void)gnutls_alert_send_appropriate(t, r);
		return -1;
	}
	note_peer(s);
	return 0;
}

static void
greet(struct session *s)
{
	char text[300];
	int code;

	if (wire_more(&s->wire) > 0)
		record_early(s, "before-greeting");
	snprintf(text, sizeof text, "220 %s ESMTP",
	    s->server->options.hostname);
	code = play_answer(s, EVENT_GREETING, "", 0, text);
	if (code == 421)
		s->over = true;
}

static void
talk(struct session *s)
{
	struct octets line = { 0 };
	const char *p;
	size_t n;

	while (!s->over && s->wire.fd != -1) {
		p = wire_line(&s->wire, &n, LONGEST);
		if (p == NULL)
			break;
		line.n = 0;
		octets_put(&line, p, n);
		octets_drop(&s->wire.in, n);
		command_run(s, line.p, line.n);
	}
	octets_free(&line);
}

void
session_run(const struct server *server, int fd, unsigned number)
{
	struct session *s = xmalloc(sizeof *s);

	s->server = server;
	s->number = number;
	s->used = xmalloc(server->script.rules_n * sizeof *s->used);
	wire_init(&s->wire, fd);
	s->wire.settle = server->options.settle;
	s->wire.timeout = server->options.timeout;
	record_open(s);
	(void)play_event(s, EVENT_CONNECT);
	if (!s->over && (server->options.mode != MODE_IMPLICIT ||
	    session_tls(s) == 0)) {
		greet(s);
		talk(s);
	}
	s->said.n = 0;
	record_command(s, EVENT_END, "", 0);
	wire_close(&s->wire);
	record_write(s);
	wire_free(&s->wire);
	_Exit(0);
}
