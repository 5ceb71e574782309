/* SPDX-License-Identifier: ISC */
/* The options behind -o and -O. */
#include <string.h>
#include <strings.h>

#include "front/letters.h"
#include "front/modes.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/* true, false, or what is neither: 1, 0, -1 (readcf.c: the first letter). */
static int
letter_bool(const char *value)
{
	if (*value == '\0' || strchr("tTyY", *value) != NULL)
		return 1;
	return strchr("fFnN", *value) != NULL ? 0 : -1;
}

static void
set_dots(struct options *op, const char *value)
{
	int b = letter_bool(value);

	if (b < 0)
		command_warn(op, "-oi takes true or false, not \"%s\"",
		    value);
	op->dot = b == 0;
}

static void
set_verbose(struct options *op, const char *value)
{
	op->verbose = letter_bool(value) != 0;
}

static void
set_delivery(struct options *op, const char *value)
{
	switch (*value) {
	case 'i':
	case 'f':
		op->delivery = DELIVERY_NOW;
		break;
	case 'b':
		op->delivery = DELIVERY_BACKGROUND;
		break;
	case 'q':
	case 'd':
		op->delivery = DELIVERY_QUEUED;
		break;
	default:
		command_warn(op, "unknown delivery mode \"%s\" ignored",
		    value);
	}
}

void
letters_errors(struct options *op, const char *value)
{
	switch (*value) {
	case 'p':
		op->errors = ERROR_PRINT;
		break;
	case 'm':
	case 'w':
		op->errors = ERROR_MAIL;
		break;
	case 'q':
		op->errors = ERROR_QUIET;
		break;
	case 'e':
		op->errors = ERROR_BERKNET;
		break;
	default:
		command_warn(op, "unknown error mode \"%s\" ignored", value);
	}
	op->quiet = op->errors == ERROR_QUIET;
}

static void
set_no_recipient(struct options *op, const char *value)
{
	op->no_recipient = strcasecmp(value, "add-to") == 0 ?
	    REPAIR_TO_ALL : strcasecmp(value, "add-to-undisclosed") == 0 ?
	    REPAIR_TO_UNDISCLOSED : REPAIR_TO_NONE;
}

static void
set_require_tls(struct options *op, const char *value)
{
	op->require_tls = letter_bool(value) == 1;
}

static void
set_utf8(struct options *op, const char *value)
{
	op->utf8 = letter_bool(value) == 1;
}

/* Any user could name any file: only -bi, which has the caller's rights, is
 * served. */
static void
set_aliases(struct options *op, const char *value)
{
	if (*value != '\0')
		op->alias_file = value;
}

/* What acts; all else is accepted without effect. */
static const struct {
	char		 letter;	/* 0: it has only a name */
	const char	*name;
	void		(*set)(struct options *op, const char *value);
} letters[] = {
	{ 'i', "IgnoreDots", set_dots },
	{ 'v', "Verbose", set_verbose },
	{ 'd', "DeliveryMode", set_delivery },
	{ 'e', "ErrorMode", letters_errors },
	{ 'A', "AliasFile", set_aliases },
	{ '\0', "NoRecipientAction", set_no_recipient },
	{ '\0', "REQUIRETLS", set_require_tls },
	{ '\0', "SMTPUTF8", set_utf8 },
};

enum swallow {
	SWALLOW_WORD,		/* any word that is no flag */
	SWALLOW_TIME,
	SWALLOW_NUMBER,
	SWALLOW_BOOL		/* true, false */
};

/* Exim takes these values as words of their own, and so do callers that were
 * written for it; nothing is attached then. */
static const struct {
	const char	*text;
	enum swallow	 what;
} swallows[] = {
	{ "Ma", SWALLOW_WORD }, { "Maa", SWALLOW_WORD },
	{ "Mai", SWALLOW_WORD }, { "Mas", SWALLOW_WORD },
	{ "Mi", SWALLOW_WORD }, { "Mm", SWALLOW_WORD },
	{ "Mr", SWALLOW_WORD }, { "Ms", SWALLOW_WORD },
	{ "Mt", SWALLOW_WORD }, { "A", SWALLOW_WORD },
	{ "P", SWALLOW_WORD }, { "X", SWALLOW_WORD },
	{ "B", SWALLOW_NUMBER },
	{ "r", SWALLOW_TIME }, { "s", SWALLOW_TIME },
	{ "i", SWALLOW_BOOL },
};

/* Does the next word belong to -o with that text? */
static bool
letter_swallows(const char *text, const char *next)
{
	size_t i;

	if (next == NULL || *next == '-')
		return false;
	for (i = 0; i < COUNT(swallows); i++) {
		if (strcmp(swallows[i].text, text) != 0)
			continue;
		if (swallows[i].what == SWALLOW_TIME)
			return modes_time(next, 0) >= 0;
		if (swallows[i].what == SWALLOW_NUMBER)
			return next[strspn(next, "0123456789")] == '\0';
		return swallows[i].what == SWALLOW_WORD ||
		    strcasecmp(next, "true") == 0 ||
		    strcasecmp(next, "false") == 0;
	}
	return false;
}

int
letters_short(struct options *op, const char *text, const char *next)
{
	bool used = letter_swallows(text, next);
	size_t i;

	for (i = 0; i < COUNT(letters); i++) {
		if (*text == '\0' || letters[i].letter != *text)
			continue;
		letters[i].set(op, used ? next : text + 1);
		return used;
	}
	command_remark(op, "-o%s is accepted and has no effect", text);
	return used;
}

void
letters_long(struct options *op, const char *text)
{
	size_t i, n = strcspn(text, "=");
	const char *value = text + n + (text[n] == '=');

	while (n > 0 && text[n - 1] == ' ')
		n--;
	value += strspn(value, " ");
	for (i = 0; i < COUNT(letters); i++)
		if (strlen(letters[i].name) == n &&
		    strncasecmp(letters[i].name, text, n) == 0) {
			letters[i].set(op, value);
			return;
		}
	command_remark(op, "-O %s is accepted and has no effect", text);
}
