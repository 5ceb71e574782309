/* SPDX-License-Identifier: ISC */
/* Reads reply scripts. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "octets.h"
#include "script.h"

enum argument {
	ARGUMENT_NONE,
	ARGUMENT_NUMBER,
	ARGUMENT_REST,
	ARGUMENT_QUOTED,
	ARGUMENT_NUMBER_QUOTED
};

struct word {
	const char	*name;
	enum act	 act;
	enum argument	 argument;
};

static const struct word words[] = {
	{ "reply", ACT_REPLY, ARGUMENT_REST },
	{ "raw", ACT_RAW, ARGUMENT_QUOTED },
	{ "default", ACT_DEFAULT, ARGUMENT_NONE },
	{ "as", ACT_AS, ARGUMENT_NUMBER },
	{ "delay", ACT_DELAY, ARGUMENT_NUMBER },
	{ "flush", ACT_FLUSH, ARGUMENT_NONE },
	{ "drip", ACT_DRIP, ARGUMENT_NUMBER },
	{ "cut", ACT_CUT, ARGUMENT_NONE },
	{ "close", ACT_CLOSE, ARGUMENT_NONE },
	{ "cut-after", ACT_CUT_AFTER, ARGUMENT_NUMBER },
	{ "reset", ACT_RESET, ARGUMENT_NONE },
	{ "ignore", ACT_IGNORE, ARGUMENT_NONE },
	{ "stall", ACT_STALL, ARGUMENT_NUMBER },
	{ "flood", ACT_FLOOD, ARGUMENT_NUMBER_QUOTED },
	{ "starttls-then", ACT_STARTTLS_THEN, ARGUMENT_QUOTED },
	{ "swallow-message", ACT_SWALLOW, ARGUMENT_NONE },
};

static const char *const event_names[EVENTS] = {
	"NONE", "CONNECT", "GREETING", "EHLO", "HELO", "STARTTLS",
	"HANDSHAKE", "AUTH", "CHALLENGE", "RESPONSE", "AUTH-END", "MAIL",
	"RCPT", "DATA", "BDAT", "OCTETS", "MESSAGE", "RSET", "NOOP", "VRFY",
	"QUIT", "OTHER", "END"
};

/* One line being read. */
struct reader {
	const char	*path;
	unsigned	 number;
	char		*p;
};

static void
wrong(const struct reader *r, const char *what)
{
	die("%s:%u: %s: %s", r->path, r->number, what, r->p);
}

const char *
script_event_name(enum event e)
{
	return event_names[e];
}

enum event
script_event(const char *name, size_t n)
{
	int i;

	for (i = 1; i < EVENTS; i++)
		if (strlen(event_names[i]) == n &&
		    strncasecmp(event_names[i], name, n) == 0)
			return (enum event)i;
	return EVENT_OTHER;
}

/* The next word, NUL-terminated, or NULL at the line's end. */
static char *
next_word(struct reader *r)
{
	char *w;

	r->p += strspn(r->p, " \t");
	if (*r->p == '\0')
		return NULL;
	w = r->p;
	r->p += strcspn(r->p, " \t");
	if (*r->p != '\0')
		*r->p++ = '\0';
	return w;
}

static long
next_number(struct reader *r)
{
	char *end, *w = next_word(r);
	long n;

	if (w == NULL)
		wrong(r, "a number is missing");
	n = strtol(w, &end, 10);
	if (*end != '\0' || n < 0)
		wrong(r, "not a number");
	return n;
}

static char
escape(struct reader *r)
{
	static const char from[] = "rnt0\\\"", to[] = "\r\n\t\0\\\"";
	const char *at;
	char hex[3] = "";

	at = *r->p != '\0' ? strchr(from, *r->p) : NULL;
	if (at != NULL) {
		r->p++;
		return to[at - from];
	}
	if (*r->p != 'x' || !isxdigit((unsigned char)r->p[1]) ||
	    !isxdigit((unsigned char)r->p[2]))
		wrong(r, "unknown escape");
	memcpy(hex, r->p + 1, 2);
	r->p += 3;
	return (char)strtol(hex, NULL, 16);
}

static void
next_quoted(struct reader *r, struct octets *o)
{
	char c;

	r->p += strspn(r->p, " \t");
	if (*r->p++ != '"')
		wrong(r, "a quoted text is missing");
	octets_put(o, "", 0);
	while (*r->p != '"') {
		if (*r->p == '\0')
			wrong(r, "no closing quote");
		c = *r->p++;
		if (c == '\\')
			c = escape(r);
		octets_put(o, &c, 1);
	}
	r->p++;
}

/* The rest of the line, up to " ; ". */
static void
next_rest(struct reader *r, struct octets *o)
{
	char *end;

	r->p += strspn(r->p, " \t");
	end = strstr(r->p, " ; ");
	if (end == NULL)
		end = r->p + strlen(r->p);
	octets_put(o, r->p, (size_t)(end - r->p));
	r->p = end;
}

static void
read_action(struct reader *r, struct rule *rule, const char *name)
{
	const struct word *w = words;
	const struct word *end = words + sizeof words / sizeof words[0];
	struct octets o = { 0 };
	struct action *a;

	while (w < end && strcmp(w->name, name) != 0)
		w++;
	if (w == end || rule == NULL)
		die("%s:%u: what is \"%s\"?", r->path, r->number, name);
	rule->actions = xrealloc(rule->actions,
	    (rule->actions_n + 1) * sizeof *a);
	a = memset(&rule->actions[rule->actions_n++], 0, sizeof *a);
	a->act = w->act;
	if (w->argument == ARGUMENT_NUMBER ||
	    w->argument == ARGUMENT_NUMBER_QUOTED)
		a->number = next_number(r);
	if (w->argument == ARGUMENT_REST)
		next_rest(r, &o);
	else if (w->argument == ARGUMENT_QUOTED ||
	    w->argument == ARGUMENT_NUMBER_QUOTED)
		next_quoted(r, &o);
	a->text = o.p;
	a->n = o.n;
}

static void
read_actions(struct reader *r, struct rule *rule, const char *first)
{
	char *w;

	read_action(r, rule, first);
	while ((w = next_word(r)) != NULL) {
		if (strcmp(w, ";") != 0)
			die("%s:%u: \"%s\" is too much", r->path, r->number,
			    w);
		if ((w = next_word(r)) != NULL)
			read_action(r, rule, w);
	}
}

/* Is w a condition?  Then it is noted. */
static bool
condition(struct reader *r, struct rule *rule, const char *w)
{
	struct octets o = { 0 };
	char *end;

	if (isdigit((unsigned char)*w)) {
		rule->from = strtoul(w, &end, 10);
		rule->to = *end == '+' ? (unsigned long)-1 : rule->from;
	} else if (strcmp(w, "clear") == 0) {
		rule->phase = PHASE_CLEAR;
	} else if (strcmp(w, "tls") == 0) {
		rule->phase = PHASE_TLS;
	} else if (strcmp(w, "conn") == 0) {
		rule->conn = (unsigned)next_number(r);
	} else if (strcmp(w, "match") == 0) {
		next_quoted(r, &o);
		rule->match = o.p;
	} else if (strcmp(w, "after") == 0) {
		w = next_word(r);
		rule->after = w == NULL ? EVENT_NONE :
		    script_event(w, strlen(w));
	} else {
		return false;
	}
	return true;
}

static struct rule *
read_rule(struct script *s, struct reader *r, bool once)
{
	struct rule *rule;
	char *w = next_word(r);

	if (w == NULL)
		wrong(r, "an event is missing");
	s->rules = xrealloc(s->rules, (s->rules_n + 1) * sizeof *rule);
	rule = memset(&s->rules[s->rules_n++], 0, sizeof *rule);
	rule->once = once;
	rule->event = script_event(w, strlen(w));
	if (rule->event == EVENT_OTHER && strcmp(w, "OTHER") != 0)
		die("%s:%u: no event \"%s\"", r->path, r->number, w);
	while ((w = next_word(r)) != NULL)
		if (!condition(r, rule, w)) {
			read_actions(r, rule, w);
			break;
		}
	return rule;
}

static void
read_offer(struct reader *r, struct offer **list, size_t *n)
{
	struct offer *o;

	*list = xrealloc(*list, (*n + 1) * sizeof *o);
	o = &(*list)[(*n)++];
	o->phase = PHASE_ANY;
	r->p += strspn(r->p, " \t");
	if (strncmp(r->p, "clear ", 6) == 0)
		o->phase = PHASE_CLEAR;
	else if (strncmp(r->p, "tls ", 4) == 0)
		o->phase = PHASE_TLS;
	if (o->phase != PHASE_ANY)
		(void)next_word(r);
	o->line = xstrdup(r->p);
}

static void
read_line(struct script *s, struct reader *r)
{
	struct rule *last = s->rules_n > 0 ? &s->rules[s->rules_n - 1] : NULL;
	char *w;

	r->p += strspn(r->p, " \t");
	if (*r->p == '#' || (w = next_word(r)) == NULL)
		return;
	if (strcmp(w, "on") == 0 || strcmp(w, "expect") == 0)
		(void)read_rule(s, r, *w == 'e');
	else if (strcmp(w, "offer") == 0)
		read_offer(r, &s->offers, &s->offers_n);
	else if (strcmp(w, "withdraw") == 0)
		read_offer(r, &s->withdrawn, &s->withdrawn_n);
	else if (strcmp(w, "bdat-as-commands") == 0)
		s->bdat_as_commands = true;
	else
		read_actions(r, last, w);
}

void
script_load(struct script *s, const char *path)
{
	struct reader r = { .path = path };
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	FILE *f;

	memset(s, 0, sizeof *s);
	if (path == NULL)
		return;
	if ((f = fopen(path, "r")) == NULL)
		die("%s: cannot be read", path);
	while ((n = getline(&line, &size, f)) > 0) {
		r.number++;
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		r.p = line;
		read_line(s, &r);
	}
	free(line);
	fclose(f);
}
