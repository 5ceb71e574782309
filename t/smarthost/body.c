/* SPDX-License-Identifier: ISC */
/* Message bodies: DATA's after 354, BDAT's chunks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "session.h"

void
body_reset(struct session *s)
{
	s->mail = false;
	free(s->mail_line);
	s->mail_line = NULL;
	s->rcpts.n = 0;
	s->accepted = 0;
	s->octets = 0;
	s->refused = false;
	if (s->body != NULL)
		fclose(s->body);
	s->body = NULL;
}

static void
open_body(struct session *s)
{
	char path[4200];

	if (s->body != NULL)
		return;
	s->messages++;
	snprintf(path, sizeof path, "%s/msg-%u-%u.eml",
	    s->server->options.out, s->number, s->messages);
	s->body = fopen(path, "w");
	if (s->body == NULL)
		die("%s: cannot be written", path);
}

/* Octets of a body as they arrive, and what the script makes of it. */
static void
arrived(struct session *s, const char *p, size_t n)
{
	int code;

	s->octets += n;
	s->body_octets += n;
	if (s->body != NULL)
		fwrite(p, 1, n, s->body);
	code = play_event(s, EVENT_OCTETS);
	if (code != 0)
		s->refused = true;
	if (s->over)
		s->refused = true;
}

static void
finish(struct session *s, const char *how, const char *line, size_t n)
{
	const char *text = "250 2.0.0 message accepted";
	int code;

	if (s->accepted == 0)
		text = "554 5.5.1 no valid recipients";
	code = play_answer(s, EVENT_MESSAGE, line, n, text);
	if (s->body != NULL)
		fflush(s->body);
	record_message(s, how, code);
	body_reset(s);
}

/* Looks for bare line ends in one piece of a body. */
static void
look(struct session *s, const char *p, size_t n, bool *cr)
{
	const char *q;

	if (p[n - 1] == '\n' && (n > 1 ? p[n - 2] != '\r' : !*cr))
		s->bare_lf = true;
	if (*cr && p[0] != '\n')
		s->bare_cr = true;
	*cr = p[n - 1] == '\r';
	q = memchr(p, '\r', n);
	if (q != NULL && (size_t)(q - p) + 1 < n && q[1] != '\n')
		s->bare_cr = true;
}

/* What is known between two pieces of DATA's body. */
struct data {
	bool	start;		/* of a line */
	bool	cr;		/* the last octet was CR */
	bool	end;		/* the lone dot has come */
};

/* One line, or as much of it as the buffer holds. */
static void
piece(struct session *s, struct data *d, const char *p, size_t n)
{
	bool before = d->cr, dot;

	look(s, p, n, &d->cr);
	d->end = d->start && n == 3 && memcmp(p, ".\r\n", 3) == 0;
	dot = d->start && !d->end && p[0] == '.';
	d->start = p[n - 1] == '\n' && (n == 1 ? before : p[n - 2] == '\r');
	if (!d->end)
		arrived(s, p + dot, n - dot);
}

void
body_data(struct session *s)
{
	struct data d = { .start = true };
	const char *p, *lf;
	size_t n, used;

	open_body(s);
	while (!d.end && !s->over) {
		p = wire_line(&s->wire, &n, 65536);
		if (p == NULL) {
			s->over = true;
			return;
		}
		/* All lines that are there, then one drop. */
		for (used = 0; n > 0 && !d.end && !s->over;) {
			piece(s, &d, s->wire.in.p + used, n);
			used += n;
			p = s->wire.in.p + used;
			lf = memchr(p, '\n', s->wire.in.n - used);
			n = lf == NULL ? 0 : (size_t)(lf - p) + 1;
		}
		octets_drop(&s->wire.in, used);
	}
	if (s->over)
		return;
	if (s->refused)
		body_reset(s);
	else
		finish(s, "DATA", ".", 1);
}

/* Reads the chunk; false when the client went away in it. */
static bool
chunk(struct session *s, unsigned long size, bool keep)
{
	size_t n;

	if (keep)
		open_body(s);
	while (size > 0 && !s->over) {
		if (wire_fill(&s->wire) == -1) {
			s->over = true;
			return false;
		}
		n = s->wire.in.n < size ? s->wire.in.n : size;
		if (n > 65536)
			n = 65536;
		if (keep)
			arrived(s, s->wire.in.p, n);
		else
			s->body_octets += n;
		octets_drop(&s->wire.in, n);
		size -= n;
	}
	return !s->over;
}

static void
note_early(struct session *s, unsigned long size)
{
	if (size == 0)
		return;
	if (s->accepted == 0 || s->rcpt_flight == s->wire.flights)
		record_early(s, "body-before-RCPT");
	if (s->auth_flight != 0 && s->auth_flight == s->wire.flights)
		record_early(s, "body-behind-AUTH");
	if (s->refused)
		record_early(s, "body-after-refusal");
}

/* A chunk of a good transaction that the script may still refuse. */
static void
take_chunk(struct session *s, const char *line, size_t n, unsigned long size,
    bool last)
{
	int code;

	if (!chunk(s, size, true))
		return;
	if (last && !s->refused) {
		finish(s, "BDAT", line, n);
		return;
	}
	code = play_answer(s, EVENT_BDAT, line, n, s->refused ?
	    "503 5.5.1 a chunk was refused" : "250 2.0.0 chunk taken");
	if (code / 100 != 2)
		s->refused = true;
}

/* Has the script an answer to this BDAT that is not about the message? */
static bool
scripted(const struct session *s)
{
	const struct script *sc = &s->server->script;
	size_t i;

	for (i = 0; i < sc->rules_n; i++)
		if (sc->rules[i].event == EVENT_BDAT)
			return true;
	return false;
}

void
body_bdat(struct session *s, const char *line, size_t n)
{
	const struct script *sc = &s->server->script;
	const char *text = NULL, *p = line + 4;
	char *end;
	unsigned long size = strtoul(p, &end, 10);
	bool last = strncasecmp(end, " LAST", 5) == 0;
	int code;

	note_early(s, size);
	if (!command_offered(s, "CHUNKING"))
		text = "502 5.5.1 no such command";
	else if (!s->mail || s->accepted == 0)
		text = "503 5.5.1 no valid recipients";
	if (text == NULL && !scripted(s)) {
		take_chunk(s, line, n, size, last);
		return;
	}
	/* Refused, or to be judged by the script: a correct server swallows
	 * the chunk first, others never do. */
	if (!sc->bdat_as_commands && !chunk(s, size, text == NULL))
		return;
	code = play_answer(s, EVENT_BDAT, line, n, text != NULL ? text :
	    "250 2.0.0 chunk taken");
	if (code / 100 != 2) {
		s->refused = true;
	} else if (text == NULL) {
		if (sc->bdat_as_commands && !chunk(s, size, true))
			return;
		if (last) {
			record_message(s, "BDAT", code);
			body_reset(s);
		}
	}
}
