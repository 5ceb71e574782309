/* SPDX-License-Identifier: ISC */
/* The commands of a correct server. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "session.h"

struct command {
	enum event	 event;
	bool		 last;		/* must end a group (RFC 2920) */
	void		 (*run)(struct session *s, const char *line, size_t n);
};

bool
command_offered(const struct session *s, const char *word)
{
	const char *p = s->offered.p;
	size_t n = strlen(word);

	for (; p != NULL && *p != '\0'; p = strchr(p, '\n'), p += p != NULL)
		if (strlen(p) > 4 + n && strncasecmp(p + 4, word, n) == 0 &&
		    strchr(" =\r\n", p[4 + n]) != NULL)
			return true;
	return false;
}

static void
run_ehlo(struct session *s, const char *line, size_t n)
{
	struct octets o = { 0 };
	size_t i;
	int code;

	ehlo_build(s, &o);
	code = play_answer(s, EVENT_EHLO, line, n, o.p);
	octets_free(&o);
	s->offered.n = 0;
	octets_put(&s->offered, s->said.p, s->said.n);
	for (i = 0; i < s->offered.n; i++)
		if (s->offered.p[i] == '\0')
			s->offered.p[i] = '?';
	s->helo = code / 100 == 2;
	body_reset(s);
}

static void
run_helo(struct session *s, const char *line, size_t n)
{
	char text[300];

	snprintf(text, sizeof text, "250 %s", s->server->options.hostname);
	s->offered.n = 0;
	octets_put(&s->offered, "", 0);
	s->helo = play_answer(s, EVENT_HELO, line, n, text) / 100 == 2;
	body_reset(s);
}

static void
run_starttls(struct session *s, const char *line, size_t n)
{
	const char *text = "220 2.0.0 go ahead";

	if (s->wire.tls != NULL)
		text = "503 5.5.1 TLS is on already";
	else if (s->server->options.mode != MODE_STARTTLS)
		text = "502 5.5.1 no such command";
	if (play_answer(s, EVENT_STARTTLS, line, n, text) != 220 || s->over)
		return;
	s->helo = false;
	s->offered.n = 0;
	octets_put(&s->offered, "", 0);
	body_reset(s);
	if (session_tls(s) == -1)
		s->over = true;
}

/* Why a command of a transaction would come at the wrong time, or NULL. */
static const char *
barred(const struct session *s)
{
	const struct options *o = &s->server->options;

	if (!s->helo)
		return "503 5.5.1 EHLO first";
	if (o->mode == MODE_STARTTLS && s->wire.tls == NULL)
		return "530 5.7.0 STARTTLS first";
	if (o->user != NULL && !o->no_require_auth && !s->authenticated)
		return "530 5.7.0 AUTH first";
	return NULL;
}

/* The parameters behind a path: which extension each needs. */
static const char *
judge_parameters(const struct session *s, const char *p, const char *end)
{
	static const char *const needs[][2] = { { "SIZE=", "SIZE" },
	    { "BODY=", "8BITMIME" }, { "SMTPUTF8", "SMTPUTF8" },
	    { "AUTH=", "AUTH" }, { "RET=", "DSN" }, { "ENVID=", "DSN" },
	    { "NOTIFY=", "DSN" }, { "ORCPT=", "DSN" },
	    { "REQUIRETLS", "REQUIRETLS" }, { "BY=", "DELIVERBY" },
	    { "MT-PRIORITY=", "MT-PRIORITY" } };
	size_t i, k = sizeof needs / sizeof needs[0];

	while (p < end) {
		if (*p++ != ' ')
			return "501 5.5.4 syntax";
		for (i = 0; i < k && strncasecmp(p, needs[i][0],
		    strlen(needs[i][0])) != 0; i++)
			;
		if (i == k || !command_offered(s, needs[i][1]))
			return "555 5.5.4 unknown parameter";
		while (p < end && *p != ' ')
			p++;
	}
	return NULL;
}

/* "VERB FROM:<...> PARAMETERS", strictly. */
static const char *
judge_path(const struct session *s, const char *line, size_t n,
    const char *word)
{
	const char *p, *end = line + n, *q;
	bool quoted = false, wide = false;

	while (end > line && (end[-1] == '\n' || end[-1] == '\r'))
		end--;
	p = line + 5;
	if ((size_t)(end - line) < 5 + strlen(word) ||
	    strncasecmp(p, word, strlen(word)) != 0)
		return "501 5.5.4 syntax";
	q = p += strlen(word);
	while (q < end && (*q != '>' || quoted)) {
		if (*q == '\\' && quoted)
			q++;
		else if (*q == '"')
			quoted = !quoted;
		if ((*q == ' ' && !quoted) || (unsigned char)*q < 0x20)
			return "501 5.5.2 unclean path";
		wide = wide || (unsigned char)*q >= 0x80;
		q++;
	}
	if (q >= end)
		return "501 5.5.2 no closing bracket";
	if (wide && !command_offered(s, "SMTPUTF8"))
		return "553 5.6.7 not without SMTPUTF8";
	return judge_parameters(s, q + 1, end);
}

static void
run_mail(struct session *s, const char *line, size_t n)
{
	const char *text = barred(s), *size;
	unsigned most = s->server->options.size;

	if (text == NULL && s->mail)
		text = "503 5.5.1 one at a time";
	if (text == NULL)
		text = judge_path(s, line, n, "FROM:<");
	size = memmem(line, n, " SIZE=", 6);
	if (text == NULL && size != NULL && most > 0 &&
	    strtoul(size + 6, NULL, 10) > most)
		text = "552 5.3.4 too big";
	if (text == NULL)
		text = "250 2.1.0 sender fine";
	if (play_answer(s, EVENT_MAIL, line, n, text) / 100 != 2)
		return;
	body_reset(s);
	s->mail = true;
	s->mail_line = strndup(line, strcspn(line, "\r\n"));
}

static void
run_rcpt(struct session *s, const char *line, size_t n)
{
	const char *text = barred(s);
	size_t k = n;

	if (text == NULL && !s->mail)
		text = "503 5.5.1 MAIL first";
	if (text == NULL)
		text = judge_path(s, line, n, "TO:<");
	if (text == NULL)
		text = "250 2.1.5 recipient fine";
	if (play_answer(s, EVENT_RCPT, line, n, text) / 100 != 2)
		return;
	while (k > 0 && (line[k - 1] == '\n' || line[k - 1] == '\r'))
		k--;
	if (s->rcpts.n > 0)
		octets_puts(&s->rcpts, ", ");
	octets_json(&s->rcpts, line, k);
	if (s->accepted++ == 0)
		s->rcpt_flight = s->wire.flights;
}

static void
run_data(struct session *s, const char *line, size_t n)
{
	const char *text = "354 go ahead";

	if (!s->mail)
		text = "503 5.5.1 MAIL first";
	else if (s->accepted == 0)
		text = "554 5.5.1 no valid recipients";
	if (play_answer(s, EVENT_DATA, line, n, text) == 354 && !s->over)
		body_data(s);
}

static void
run_rset(struct session *s, const char *line, size_t n)
{
	if (play_answer(s, EVENT_RSET, line, n, "250 2.0.0 reset") / 100 == 2)
		body_reset(s);
}

static void
run_noop(struct session *s, const char *line, size_t n)
{
	(void)play_answer(s, EVENT_NOOP, line, n, "250 2.0.0 fine");
}

static void
run_vrfy(struct session *s, const char *line, size_t n)
{
	(void)play_answer(s, EVENT_VRFY, line, n, "252 2.0.0 who knows");
}

static void
run_quit(struct session *s, const char *line, size_t n)
{
	if (play_answer(s, EVENT_QUIT, line, n, "221 2.0.0 bye") == 221) {
		wire_close(&s->wire);
		s->over = true;
	}
}

static void
run_other(struct session *s, const char *line, size_t n)
{
	(void)play_answer(s, EVENT_OTHER, line, n, "500 5.5.2 what is that?");
}

static const struct command commands[] = {
	{ EVENT_EHLO, true, run_ehlo },
	{ EVENT_HELO, true, run_helo },
	{ EVENT_STARTTLS, true, run_starttls },
	{ EVENT_AUTH, false, auth_run },
	{ EVENT_MAIL, false, run_mail },
	{ EVENT_RCPT, false, run_rcpt },
	{ EVENT_DATA, true, run_data },
	{ EVENT_BDAT, false, body_bdat },
	{ EVENT_RSET, false, run_rset },
	{ EVENT_NOOP, true, run_noop },
	{ EVENT_VRFY, true, run_vrfy },
	{ EVENT_QUIT, true, run_quit },
	{ EVENT_OTHER, true, run_other },
};

static void
check_line(struct session *s, const char *line, size_t n)
{
	const char *cr = memchr(line, '\r', n);

	if (n < 2 || line[n - 2] != '\r')
		s->bare_lf = true;
	if (cr != NULL && (size_t)(cr - line) + 2 != n)
		s->bare_cr = true;
	if (memchr(line, '\0', n) != NULL)
		record_early(s, "NUL");
	if (n > 512 && strncasecmp(line, "AUTH ", 5) != 0 &&
	    strncasecmp(line, "RCPT ", 5) != 0 &&
	    strncasecmp(line, "MAIL ", 5) != 0)
		record_early(s, "long-line");
}

void
command_run(struct session *s, const char *line, size_t n)
{
	enum event e = script_event(line, strcspn(line, " \r\n"));
	const struct command *c = commands;
	char what[64];

	while (c->event != e && c->event != EVENT_OTHER)
		c++;
	check_line(s, line, n);
	if (c->last && wire_more(&s->wire) > 0) {
		snprintf(what, sizeof what, "behind-%s",
		    script_event_name(c->event));
		record_early(s, what);
	} else if (s->wire.in.n > 0 && c->event != EVENT_BDAT &&
	    !command_offered(s, "PIPELINING")) {
		record_early(s, "no-PIPELINING");
	}
	c->run(s, line, n);
}
