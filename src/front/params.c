/* SPDX-License-Identifier: ISC */
/* The path and the parameters of MAIL and RCPT. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "front/params.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static const uint16_t bad_command[3] = { 5, 5, 2 };
static const uint16_t bad_argument[3] = { 5, 5, 4 };
static const uint16_t needs_utf8[3] = { 5, 6, 7 };

/* Words are set; the codes that go with them. */
static int
params_codes(struct outcome *o, unsigned code, const uint16_t status[3])
{
	outcome_codes(o, code, status);
	return -1;
}

static int
params_value(struct outcome *o, const char *name, const char *wants)
{
	outcome_fail(o, FAULT_DATA, STAGE_INPUT, "%s wants %s", name, wants);
	return params_codes(o, 501, bad_argument);
}

/* ---- Each parameter ------------------------------------------------------ */

static int
set_body(struct params *p, const char *value, struct outcome *o)
{
	p->body_8bit = strcasecmp(value, "8BITMIME") == 0;
	if (p->body_8bit || strcasecmp(value, "7BIT") == 0)
		return 0;
	return params_value(o, "BODY", "7BIT or 8BITMIME");
}

static int
set_size(struct params *p, const char *value, struct outcome *o)
{
	size_t n = strspn(value, "0123456789");

	if (n == 0 || n > 20 || value[n] != '\0')
		return params_value(o, "SIZE", "a number of at most 20 "
		    "digits");
	p->size = strtoull(value, NULL, 10);
	return 0;
}

static int
set_utf8(struct params *p, const char *value, struct outcome *o)
{
	(void)value;
	(void)o;
	p->utf8 = true;
	return 0;
}

static int
set_ret(struct params *p, const char *value, struct outcome *o)
{
	int ret = dsn_ret(value);

	if (ret != DSN_RET_FULL && ret != DSN_RET_HDRS)
		return params_value(o, "RET", "FULL or HDRS");
	p->ret = (enum dsn_ret)ret;
	return 0;
}

static int
set_envid(struct params *p, const char *value, struct outcome *o)
{
	if (strlen(value) > DSN_ENVID || !dsn_is_xtext(value))
		return params_value(o, "ENVID", "xtext of at most 100 octets");
	p->envid = value;
	return 0;
}

/* Who vouches for it is nothing to us (RFC 4954 section 5). */
static int
set_auth(struct params *p, const char *value, struct outcome *o)
{
	(void)p;
	if (strcmp(value, "<>") != 0 && !dsn_is_xtext(value))
		return params_value(o, "AUTH", "xtext or <>");
	return 0;
}

static int
set_notify(struct params *p, const char *value, struct outcome *o)
{
	int set = dsn_notify(value);

	if (set <= 0 || (set & DSN_REPORT) != 0)
		return params_value(o, "NOTIFY", "NEVER, or any of SUCCESS, "
		    "FAILURE and DELAY");
	p->notify = (unsigned)set;
	return 0;
}

/* RFC 6533 section 3: of this type it may be UTF-8 itself. */
static bool
orcpt_is_utf8(const char *type, const char *address)
{
	if (strncasecmp(type, "utf-8;", 6) != 0)
		return false;
	for (; *address != '\0'; address++)
		if ((unsigned char)*address <= ' ' || *address == 0x7f ||
		    *address == '=')
			return false;
	return true;
}

static int
set_orcpt(struct params *p, const char *value, struct outcome *o)
{
	const char *semicolon = strchr(value, ';'), *c;

	for (c = value; semicolon != NULL && c < semicolon; c++)
		if (!isalnum((unsigned char)*c) && *c != '-' && *c != '.')
			semicolon = NULL;
	if (strlen(value) > DSN_ORCPT || semicolon == NULL ||
	    semicolon == value || semicolon[1] == '\0' ||
	    (!dsn_is_xtext(semicolon + 1) &&
	    !orcpt_is_utf8(value, semicolon + 1)))
		return params_value(o, "ORCPT", "a type, ';' and xtext, of at "
		    "most 500 octets");
	p->orcpt = value;
	return 0;
}

static const struct parameter {
	const char	*name;
	enum params_of	 of;
	bool		 valued;
	int		(*set)(struct params *p, const char *value,
			    struct outcome *o);
} parameters[] = {
	{ "SIZE", PARAMS_MAIL, true, set_size },
	{ "BODY", PARAMS_MAIL, true, set_body },
	{ "SMTPUTF8", PARAMS_MAIL, false, set_utf8 },
	{ "RET", PARAMS_MAIL, true, set_ret },
	{ "ENVID", PARAMS_MAIL, true, set_envid },
	{ "AUTH", PARAMS_MAIL, true, set_auth },
	{ "NOTIFY", PARAMS_RCPT, true, set_notify },
	{ "ORCPT", PARAMS_RCPT, true, set_orcpt },
};

/* ---- The words ----------------------------------------------------------- */

static const struct parameter *
params_known(const char *name, enum params_of what)
{
	size_t i;

	for (i = 0; i < COUNT(parameters); i++)
		if (parameters[i].of == what &&
		    strcasecmp(parameters[i].name, name) == 0)
			return &parameters[i];
	return NULL;
}

static bool
params_keyword(const char *name)
{
	if (!isalnum((unsigned char)*name))
		return false;
	while (isalnum((unsigned char)*name) || *name == '-')
		name++;
	return *name == '\0';
}

static int
params_word(struct params *p, char *word, enum params_of what,
    struct outcome *o)
{
	char *value = strchr(word, '=');
	const struct parameter *k;
	unsigned bit;

	if (value != NULL)
		*value++ = '\0';
	if (!params_keyword(word)) {
		outcome_fail(o, FAULT_DATA, STAGE_INPUT,
		    "\"%.40s\" is no parameter", word);
		return params_codes(o, 501, bad_argument);
	}
	k = params_known(word, what);
	if (k == NULL) {
		outcome_fail(o, FAULT_DATA, STAGE_INPUT,
		    "the parameter %.40s is not known here", word);
		return params_codes(o, 555, bad_argument);
	}
	bit = 1u << (k - parameters);
	if ((p->seen & bit) != 0)
		return params_value(o, k->name, "to be said once");
	p->seen |= bit;
	if (k->valued != (value != NULL && *value != '\0') ||
	    (value != NULL && *value == '\0'))
		return params_value(o, k->name, k->valued ? "a value" :
		    "no value");
	return k->set(p, value, o);
}

static int
params_words(struct params *p, char *at, enum params_of what,
    struct outcome *o)
{
	char *word;

	while ((word = strtok_r(NULL, " \t", &at)) != NULL)
		if (params_word(p, word, what, o) < 0)
			return -1;
	return 0;
}

/* ---- The path ------------------------------------------------------------ */

/* Where the path ends: at '>', or at a blank or the end of the line; behind
 * quotes.  NULL: nowhere. */
static char *
path_end(char *s, bool angle)
{
	bool quoted = false;

	for (; *s != '\0'; s++) {
		if (*s == '\\' && s[1] != '\0')
			s++;
		else if (*s == '"')
			quoted = !quoted;
		else if (!quoted && (angle ? *s == '>' :
		    *s == ' ' || *s == '\t'))
			return s;
	}
	return angle || quoted ? NULL : s;
}

static int
path_bad(const char *what, struct outcome *o)
{
	outcome_fail(o, FAULT_DATA, STAGE_INPUT, "the syntax is %s:<address>",
	    what);
	return params_codes(o, 501, bad_command);
}

/* The path at s, in place; *rest: what stands behind it. */
static int
path_read(struct params *p, char *s, const char *what, char **rest,
    struct outcome *o)
{
	const bool angle = *s == '<';
	char *end = path_end(angle ? ++s : s, angle);

	if (end == NULL || (!angle && end == s) ||
	    (angle && end[1] != '\0' && end[1] != ' ' && end[1] != '\t'))
		return path_bad(what, o);
	*rest = *end == '\0' ? end : end + 1;
	*end = '\0';
	if (*s == '@') {
		s = strchr(s, ':');
		if (s == NULL)
			return path_bad(what, o);
		s++;
		if (*s == '\0')
			return path_bad(what, o);
	}
	p->path = s;
	return 0;
}

static bool
is_ascii(const char *s)
{
	while (*s != '\0' && (unsigned char)*s < 0x80)
		s++;
	return *s == '\0';
}

static int
params_utf8(const struct params *p, bool utf8, struct outcome *o)
{
	if (utf8 || (is_ascii(p->path) &&
	    (p->orcpt == NULL || is_ascii(p->orcpt))))
		return 0;
	outcome_fail(o, FAULT_DATA, STAGE_INPUT,
	    "an address that is not ASCII needs SMTPUTF8");
	return params_codes(o, 553, needs_utf8);
}

int
params_read(struct params *p, char *arg, enum params_of what, bool utf8,
    struct outcome *o)
{
	const char *name = what == PARAMS_MAIL ? "FROM" : "TO";
	const char *syntax = what == PARAMS_MAIL ? "MAIL FROM" : "RCPT TO";
	size_t n = strlen(name);
	char *rest;

	memset(p, 0, sizeof(*p));
	if (strncasecmp(arg, name, n) != 0)
		return path_bad(syntax, o);
	arg += n;
	arg += strspn(arg, " \t");
	if (*arg != ':')
		return path_bad(syntax, o);
	arg++;
	arg += strspn(arg, " \t");
	if (path_read(p, arg, syntax, &rest, o) < 0 ||
	    params_words(p, rest, what, o) < 0)
		return -1;
	return params_utf8(p, what == PARAMS_MAIL ? p->utf8 : utf8, o);
}
