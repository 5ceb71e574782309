/* SPDX-License-Identifier: ISC */
/* The correct answer to EHLO. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "session.h"

/* Is the line withdrawn by the command line or the script? */
static bool
withdrawn(const struct session *s, const char *line)
{
	const struct options *o = &s->server->options;
	const struct script *sc = &s->server->script;
	enum phase now = s->wire.tls != NULL ? PHASE_TLS : PHASE_CLEAR;
	size_t i, n = strcspn(line, " =");

	for (i = 0; o->withdrawn[i] != NULL; i++)
		if (strlen(o->withdrawn[i]) == n &&
		    strncasecmp(o->withdrawn[i], line, n) == 0)
			return true;
	for (i = 0; i < sc->withdrawn_n; i++)
		if ((sc->withdrawn[i].phase == PHASE_ANY ||
		    sc->withdrawn[i].phase == now) &&
		    strlen(sc->withdrawn[i].line) == n &&
		    strncasecmp(sc->withdrawn[i].line, line, n) == 0)
			return true;
	return false;
}

static void
add(const struct session *s, struct octets *o, const char *line)
{
	if (!withdrawn(s, line))
		octets_printf(o, "250-%s\r\n", line);
}

static void
add_auth(const struct session *s, struct octets *o)
{
	const struct options *opt = &s->server->options;
	struct octets line = { 0 };

	if (opt->user == NULL ||
	    (opt->mode != MODE_PLAIN && s->wire.tls == NULL))
		return;
	octets_printf(&line, "AUTH %s", opt->auth != NULL ? opt->auth :
	    "SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN");
	add(s, o, line.p);
	octets_free(&line);
}

void
ehlo_build(const struct session *s, struct octets *o)
{
	static const char *const lines[] = { "PIPELINING", "8BITMIME", "SMTPUTF8", "CHUNKING", "ENHANCEDSTATUSCODES", "DSN" };
	const struct options *opt = &s->server->options;
	const struct script *sc = &s->server->script;
	enum phase now = s->wire.tls != NULL ? PHASE_TLS : PHASE_CLEAR;
	char size[32];
	size_t i;
	char *p;

	octets_printf(o, "250-%s\r\n", opt->hostname);
	for (i = 0; i < sizeof lines / sizeof lines[0]; i++)
		add(s, o, lines[i]);
	snprintf(size, sizeof size, "SIZE %u", opt->size);
	add(s, o, size);
	if (opt->mode == MODE_STARTTLS && s->wire.tls == NULL)
		add(s, o, "STARTTLS");
	add_auth(s, o);
	for (i = 0; opt->offers[i] != NULL; i++)
		octets_printf(o, "250-%s\r\n", opt->offers[i]);
	for (i = 0; i < sc->offers_n; i++)
		if (sc->offers[i].phase == PHASE_ANY ||
		    sc->offers[i].phase == now)
			octets_printf(o, "250-%s\r\n", sc->offers[i].line);
	/* The last line has a space; its CRLF comes with the answer. */
	o->n -= 2;
	o->p[o->n] = '\0';
	p = memrchr(o->p, '\n', o->n);
	p = p == NULL ? o->p : p + 1;
	p[3] = ' ';
}
