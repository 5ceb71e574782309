/* SPDX-License-Identifier: ISC */
/* The commands of RFC 5321, in a table. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "front/contents.h"
#include "front/mailing.h"
#include "front/verbs.h"

const char *
verbs_host(const struct sitting *s)
{
	const struct identity *me = s->call->me;

	return me->host != NULL ? me->host : me->domain;
}

/* ---- Who speaks ---------------------------------------------------------- */

static bool
verb_named(struct sitting *s, const char *arg)
{
	if (*arg == '\0' || strchr(arg, ' ') != NULL ||
	    strlen(arg) >= SITTING_NAME) {
		sitting_reply(s, 501, "5.5.4", "your name is missing, or is "
		    "none");
		return false;
	}
	sitting_reset(s);
	sitting_name(s, arg);
	s->greeted = true;
	return true;
}

static void
verb_helo(struct sitting *s, char *arg)
{
	if (!verb_named(s, arg))
		return;
	s->extended = false;
	sitting_reply(s, 250, NULL, "%s", verbs_host(s));
}

static void
verb_ehlo(struct sitting *s, char *arg)
{
	static const char *const words[] = { "8BITMIME", "SMTPUTF8", "DSN",
		"CHUNKING", "ENHANCEDSTATUSCODES" };
	const uint64_t max = s->call->settings->max_message_size;
	size_t i;

	if (!verb_named(s, arg))
		return;
	s->extended = true;
	sitting_more(s, 250, "%s", verbs_host(s));
	sitting_more(s, 250, "PIPELINING");
	if (max > 0)
		sitting_more(s, 250, "SIZE %llu", (unsigned long long)max);
	else
		sitting_more(s, 250, "SIZE");
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		sitting_more(s, 250, "%s", words[i]);
	sitting_reply(s, 250, NULL, "HELP");
}

/* ---- Small ones ---------------------------------------------------------- */

static void
verb_rset(struct sitting *s, char *arg)
{
	if (*arg != '\0') {
		sitting_reply(s, 501, "5.5.4", "RSET stands alone");
		return;
	}
	sitting_reset(s);
	sitting_reply(s, 250, "2.0.0", "forgotten");
}

static void
verb_noop(struct sitting *s, char *arg)
{
	(void)arg;
	sitting_reply(s, 250, "2.0.0", "ok");
}

static void
verb_vrfy(struct sitting *s, char *arg)
{
	if (*arg == '\0')
		sitting_reply(s, 501, "5.5.4", "VRFY wants a name");
	else
		sitting_reply(s, 252, "2.1.5", "try and see: mail is taken "
		    "for anybody");
}

static void
verb_help(struct sitting *s, char *arg)
{
	(void)arg;
	sitting_more(s, 214, "2.0.0 EHLO HELO MAIL RCPT DATA BDAT RSET NOOP "
	    "VRFY HELP QUIT");
	sitting_reply(s, 214, "2.0.0", "see posthorn(8)");
}

static void
verb_quit(struct sitting *s, char *arg)
{
	if (*arg != '\0') {
		sitting_reply(s, 501, "5.5.4", "QUIT stands alone");
		return;
	}
	s->over = true;
	sitting_reply(s, 221, "2.0.0", "%s closes", verbs_host(s));
}

static void
verb_unbuilt(struct sitting *s, char *arg)
{
	(void)arg;
	sitting_reply(s, 502, "5.5.1", "not here");
}

/* A browser was made to send its request to this port; what is in there could
 * look like commands. */
static void
verb_http(struct sitting *s, char *arg)
{
	(void)arg;
	if (s->greeted || s->mail || s->batch) {
		sitting_reply(s, 500, "5.5.1", "not a command");
		return;
	}
	s->over = true;
	sitting_reply(s, 421, "4.7.0", "this is SMTP, not HTTP");
}

/* ---- The table ----------------------------------------------------------- */

static const struct verb {
	const char	*name;
	void		(*run)(struct sitting *s, char *arg);
} verbs[] = {
	{ "MAIL", mailing_mail }, { "RCPT", mailing_rcpt },
	{ "DATA", contents_data }, { "BDAT", contents_bdat },
	{ "EHLO", verb_ehlo }, { "HELO", verb_helo },
	{ "RSET", verb_rset }, { "NOOP", verb_noop },
	{ "QUIT", verb_quit }, { "VRFY", verb_vrfy },
	{ "HELP", verb_help }, { "EXPN", verb_unbuilt },
	{ "AUTH", verb_unbuilt }, { "STARTTLS", verb_unbuilt },
	{ "ETRN", verb_unbuilt }, { "TURN", verb_unbuilt },
	{ "SEND", verb_unbuilt }, { "SOML", verb_unbuilt },
	{ "SAML", verb_unbuilt }, { "GET", verb_http },
	{ "POST", verb_http }, { "PUT", verb_http }, { "HEAD", verb_http },
	{ "DELETE", verb_http }, { "PATCH", verb_http },
	{ "CONNECT", verb_http }, { "OPTIONS", verb_http },
};

static const struct verb *
verb_find(const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strlen(verbs[i].name) == n &&
		    strncasecmp(verbs[i].name, name, n) == 0)
			return &verbs[i];
	return NULL;
}

/* Control characters have no place in any command. */
static bool
verbs_clean(const char *line, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (((unsigned char)line[i] < ' ' && line[i] != '\t') ||
		    line[i] == 0x7f)
			return false;
	return true;
}

void
verbs_run(struct sitting *s, char *line, size_t n)
{
	const struct verb *v;
	char *arg;
	size_t k;

	while (n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\t'))
		line[--n] = '\0';
	snprintf(s->command, sizeof(s->command), "%s", line);
	k = strcspn(line, " \t");
	v = verb_find(line, k);
	if (v == NULL || k > n) {
		sitting_reply(s, 500, "5.5.1", "not a command");
		return;
	}
	if (!verbs_clean(line, n)) {
		sitting_reply(s, 501, "5.5.2", "a control character");
		return;
	}
	arg = line + k;
	arg += strspn(arg, " \t");
	v->run(s, arg);
}
