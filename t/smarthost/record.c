/* SPDX-License-Identifier: ISC */
/*
 * What happened, as files: conn-N.json, conn-N.in (every octet read, TLS
 * undone; not with --no-log), conn-N.clear (those read without TLS), msg-N-M.eml and
 * msg-N-M.json.
 *
 * Round trips from connect() to the reply that is meant: the flights counted
 * (see wire.h), and one for the TCP connection.  Where the server speaks
 * first, clear or STARTTLS, its greeting costs another one for which the
 * client sends nothing; with implicit TLS the greeting answers the client's
 * Finished, which is a flight.  So round_trips = flights + 2, or + 1.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session.h"

static FILE *
create(const struct session *s, const char *suffix)
{
	char path[4200];
	FILE *f;

	snprintf(path, sizeof path, "%s/conn-%u.%s", s->server->options.out,
	    s->number, suffix);
	f = fopen(path, "w");
	if (f == NULL)
		die("%s: cannot be written", path);
	return f;
}

void
record_open(struct session *s)
{
	if (!s->server->options.no_log)
		s->wire.log = create(s, "in");
	s->wire.clear = create(s, "clear");
}

static void
add_string(struct octets *o, const char *key, const char *value)
{
	octets_printf(o, "\"%s\": ", key);
	if (value == NULL)
		octets_puts(o, "null");
	else
		octets_json(o, value, strlen(value));
}

void
record_early(struct session *s, const char *what)
{
	if (s->early.n > 0)
		octets_puts(&s->early, ", ");
	octets_json(&s->early, what, strlen(what));
}

void
record_command(struct session *s, enum event e, const char *line, size_t n)
{
	struct octets *o = &s->commands;

	while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
		n--;
	if (o->n > 0)
		octets_puts(o, ",\n    ");
	octets_printf(o, "{\"event\": \"%s\", \"flight\": %u, \"tls\": %s, "
	    "\"line\": ", script_event_name(e), s->wire.flights,
	    s->wire.tls != NULL ? "true" : "false");
	octets_json(o, line, n < 1000 ? n : 1000);
	octets_puts(o, ", \"said\": ");
	octets_json(o, s->said.p, s->said.n < 400 ? s->said.n : 400);
	octets_puts(o, "}");
}

static unsigned
round_trips(const struct session *s)
{
	return s->wire.flights +
	    (s->server->options.mode == MODE_IMPLICIT ? 1 : 2);
}

/* An own file for the message alone. */
static void
write_message(const struct session *s, const struct octets *o)
{
	char suffix[64], path[4200];
	FILE *f;

	snprintf(suffix, sizeof suffix, "msg-%u-%u.json", s->number,
	    s->messages);
	snprintf(path, sizeof path, "%s/%s", s->server->options.out, suffix);
	if ((f = fopen(path, "w")) == NULL)
		die("%s: cannot be written", path);
	fwrite(o->p, 1, o->n, f);
	fputc('\n', f);
	fclose(f);
}

void
record_message(struct session *s, const char *how, int code)
{
	struct octets o = { 0 };

	octets_printf(&o, "{\"file\": \"msg-%u-%u.eml\", \"how\": \"%s\", "
	    "\"octets\": %zu, \"code\": %d, \"accepted\": %s, "
	    "\"flights\": %u, \"round_trips\": %u, \"tls\": %s, ",
	    s->number, s->messages, how, s->octets, code,
	    code / 100 == 2 && s->accepted > 0 ? "true" : "false",
	    s->wire.flights, round_trips(s),
	    s->wire.tls != NULL ? "true" : "false");
	add_string(&o, "mail", s->mail_line);
	octets_puts(&o, ", ");
	add_string(&o, "mechanism", s->mechanism);
	octets_printf(&o, ", \"rcpt\": [%s]}", s->rcpts.n > 0 ? s->rcpts.p :
	    "");
	if (s->done.n > 0)
		octets_puts(&s->done, ",\n    ");
	octets_put(&s->done, o.p, o.n);
	write_message(s, &o);
	octets_free(&o);
}

static void
add_tls(const struct session *s, struct octets *o)
{
	gnutls_session_t t = s->wire.tls;
	char *suite;

	if (t == NULL) {
		octets_puts(o, "  \"tls\": null,\n");
		return;
	}
	suite = gnutls_session_get_desc(t);
	octets_puts(o, "  \"tls\": {");
	add_string(o, "version",
	    gnutls_protocol_get_name(gnutls_protocol_get_version(t)));
	octets_puts(o, ", ");
	add_string(o, "cipher", gnutls_cipher_get_name(gnutls_cipher_get(t)));
	octets_puts(o, ", ");
	add_string(o, "suite", suite);
	octets_puts(o, ", ");
	add_string(o, "sni", s->sni);
	octets_puts(o, ", ");
	add_string(o, "client", s->peer[0] != '\0' ? s->peer : NULL);
	octets_printf(o, ", \"resumed\": %s, \"close_notify\": %s},\n",
	    gnutls_session_is_resumed(t) ? "true" : "false",
	    s->wire.close_notify ? "true" : "false");
	gnutls_free(suite);
}

void
record_write(struct session *s)
{
	struct octets o = { 0 };
	char from[4200], to[4200];
	const char *out = s->server->options.out;
	FILE *f = create(s, "new");

	octets_printf(&o, "{\n  \"connection\": %u,\n  \"flights\": %u,\n"
	    "  \"round_trips\": %u,\n", s->number, s->wire.flights,
	    round_trips(s));
	add_tls(s, &o);
	octets_puts(&o, "  \"auth\": {");
	add_string(&o, "mechanism", s->mechanism);
	octets_puts(&o, ", ");
	add_string(&o, "identity", s->identity);
	octets_puts(&o, ", ");
	add_string(&o, "binding", s->bound[0] != '\0' ? s->bound : NULL);
	octets_printf(&o, "},\n  \"body_octets\": %zu,\n  \"bare_lf\": %s,\n"
	    "  \"bare_cr\": %s,\n  \"early\": [%s],\n", s->body_octets,
	    s->bare_lf ? "true" : "false", s->bare_cr ? "true" : "false",
	    s->early.n > 0 ? s->early.p : "");
	octets_printf(&o, "  \"commands\": [\n    %s\n  ],\n",
	    s->commands.n > 0 ? s->commands.p : "");
	octets_printf(&o, "  \"messages\": [\n    %s\n  ]\n}\n",
	    s->done.n > 0 ? s->done.p : "");
	fwrite(o.p, 1, o.n, f);
	octets_free(&o);
	snprintf(from, sizeof from, "%s/conn-%u.new", out, s->number);
	snprintf(to, sizeof to, "%s/conn-%u.json", out, s->number);
	if (fclose(f) != 0 || rename(from, to) == -1)
		die("%s: cannot be written", to);
}
