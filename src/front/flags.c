/* SPDX-License-Identifier: ISC */
/* The tables of flags and what each does. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "front/flags.h"
#include "front/letters.h"
#include "front/modes.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define TAG_MAX		32	/* octets of -L */
#define HOPS_MAX	1000000	/* far above any limit of hops */

/* What all handlers get. */
#define ARGS	struct options *op, const struct flag *f, const char *value, \
	const char *next, struct outcome *o
#define UNUSED	(void)op, (void)f, (void)value, (void)next, (void)o

static int
act_ignored(ARGS)
{
	UNUSED;
	command_remark(op, "-%c%s is accepted and has no effect", f->letter,
	    value);
	return 0;
}

static int
act_true(ARGS)
{
	UNUSED;
	*(bool *)((char *)op + f->number) = true;
	return 0;
}

static int
act_text(ARGS)
{
	UNUSED;
	*(const char **)((char *)op + f->number) = value;
	return 0;
}

static int
act_mode(ARGS)
{
	UNUSED;
	command_mode(op, (enum mode)f->number);
	return 0;
}

/* Control characters would be lines of their own further on. */
static int
refuse_unprintable(const struct flag *f, const char *value, enum fault fault,
    bool tab_ok, struct outcome *o)
{
	if (!command_unprintable(value, tab_ok))
		return 0;
	return outcome_fail(o, fault, STAGE_OPTIONS,
	    "-%c with a control character in \"%s\"", f->letter, value);
}

static int
act_dots(ARGS)
{
	UNUSED;
	op->dot = false;
	return 0;
}

static int
act_modes(ARGS)
{
	UNUSED;
	return modes_letter(op, value, o);
}

static int
act_queue(ARGS)
{
	UNUSED;
	return modes_queue(op, value, next, o);
}

static int
act_short(ARGS)
{
	UNUSED;
	return letters_short(op, value, next);
}

static int
act_long(ARGS)
{
	UNUSED;
	letters_long(op, value);
	return 0;
}

static int
act_errors(ARGS)
{
	UNUSED;
	letters_errors(op, value);
	return 0;
}

static int
act_sender(ARGS)
{
	UNUSED;
	if (*value == '-')
		command_warn(op, "-%c takes \"%s\" for the sender's address",
		    f->letter, value);
	op->sender = value;
	return refuse_unprintable(f, value, FAULT_DATA, true, o);
}

static int
act_full_name(ARGS)
{
	UNUSED;
	op->full_name = value;
	return refuse_unprintable(f, value, FAULT_USAGE, false, o);
}

static int
act_tag(ARGS)
{
	UNUSED;
	if (strlen(value) > TAG_MAX)
		command_warn(op, "-L ignored: more than %d characters",
		    TAG_MAX);
	else if (*value != '\0')
		op->log_tag = value;
	return refuse_unprintable(f, value, FAULT_USAGE, false, o);
}

static int
act_hops(ARGS)
{
	char *end;
	long n = strtol(value, &end, 10);

	UNUSED;
	if (*value == '\0' || *end != '\0' || n < 0)
		return outcome_fail(o, FAULT_USAGE, STAGE_OPTIONS,
		    "-h with \"%s\", which is no number of hops", value);
	op->hops = (unsigned)(n > HOPS_MAX ? HOPS_MAX : n);
	return 0;
}

static int
act_body(ARGS)
{
	static const char *const kinds[] = {
		[BODY_KIND_7BIT] = "7BIT", [BODY_KIND_8BITMIME] = "8BITMIME",
		[BODY_KIND_BINARYMIME] = "BINARYMIME"
	};
	size_t i;

	UNUSED;
	for (i = BODY_KIND_7BIT; i < COUNT(kinds); i++)
		if (strcasecmp(value, kinds[i]) == 0) {
			op->body = (enum body_kind)i;
			op->body_8bit = i != BODY_KIND_7BIT;
			return 0;
		}
	command_warn(op, "-B with unknown type \"%s\" ignored", value);
	return 0;
}

static int
act_notify(ARGS)
{
	int set = dsn_notify(value);

	UNUSED;
	if (set <= 0 || set == DSN_REPORT)
		command_warn(op, "-N with \"%s\" ignored: never, or some of "
		    "success,failure,delay", value);
	else
		op->notify = (unsigned)set;
	return 0;
}

static int
act_ret(ARGS)
{
	int ret = dsn_ret(strcasecmp(value, "headers") == 0 ? "hdrs" : value);

	UNUSED;
	if (ret <= DSN_RET_UNSAID)
		command_warn(op, "-R with \"%s\" ignored: hdrs or full",
		    value);
	else
		op->ret = (enum dsn_ret)ret;
	return 0;
}

static int
act_envid(ARGS)
{
	UNUSED;
	if (*value == '\0' || strlen(value) > DSN_ENVID || !dsn_is_xtext(value))
		command_warn(op, "-V ignored: not 1 to %d characters of "
		    "xtext (RFC 3461)", DSN_ENVID);
	else
		op->envid = value;
	return refuse_unprintable(f, value, FAULT_USAGE, false, o);
}

/* Postfix's -XV is about something else. */
static int
act_traffic(ARGS)
{
	if (*value == 'V')
		return act_ignored(op, f, value, next, o);
	op->traffic = value;
	return refuse_unprintable(f, value, FAULT_USAGE, false, o);
}

static int
act_debug(ARGS)
{
	UNUSED;
	if (strcmp(value, "ropcr") == 0)	/* Exim's: line ends, always */
		return act_ignored(op, f, value, next, o);
	op->debug = value;
	if (*value != '0')
		op->verbose = true;
	return 0;
}

/* What a submitter starts: seconds before it begins. */
static int
act_runner(ARGS)
{
	UNUSED;
	op->queue.pause = modes_time(value, 1);
	if (op->queue.pause < 0)
		return outcome_fail(o, FAULT_USAGE, STAGE_OPTIONS,
		    "--runner with \"%s\", which is no time", value);
	op->queue.linger = true;
	command_mode(op, MODE_QUEUE_RUN);
	return 0;
}

static int
act_foreign(ARGS)
{
	UNUSED;
	return outcome_fail(o, FAULT_USAGE, STAGE_OPTIONS,
	    "-%c is not something posthorn does", f->letter);
}

#define FIELD(name)	(int)offsetof(struct options, name)

static const struct flag letters[] = {
	{ 'A', NULL, FORM_VALUE, act_ignored, 0 },
	{ 'B', NULL, FORM_VALUE, act_body, 0 },
	{ 'b', NULL, FORM_VALUE, act_modes, 0 },
	{ 'C', NULL, FORM_VALUE, act_text, FIELD(config) },
	{ 'c', NULL, FORM_NONE, act_ignored, 0 },
	{ 'D', NULL, FORM_VALUE, act_ignored, 0 },
	{ 'd', NULL, FORM_ATTACHED, act_debug, 0 },
	{ 'E', NULL, FORM_CLUSTER, act_ignored, 0 },
	{ 'e', NULL, FORM_VALUE, act_errors, 0 },
	{ 'F', NULL, FORM_VALUE, act_full_name, 0 },
	{ 'f', NULL, FORM_VALUE, act_sender, 0 },
	{ 'G', NULL, FORM_NONE, act_true, FIELD(hands_off) },
	{ 'h', NULL, FORM_VALUE, act_hops, 0 },
	{ 'I', NULL, FORM_NONE, act_mode, MODE_ALIASES },
	{ 'i', NULL, FORM_NONE, act_dots, 0 },
	{ 'J', NULL, FORM_CLUSTER, act_ignored, 0 },
	{ 'L', NULL, FORM_VALUE, act_tag, 0 },
	{ 'M', NULL, FORM_VALUE, act_ignored, 0 },
	{ 'm', NULL, FORM_NONE, act_ignored, 0 },
	{ 'N', NULL, FORM_VALUE, act_notify, 0 },
	{ 'n', NULL, FORM_NONE, act_true, FIELD(no_aliases) },
	{ 'O', NULL, FORM_VALUE, act_long, 0 },
	{ 'o', NULL, FORM_VALUE, act_short, 0 },
	{ 'p', NULL, FORM_VALUE, act_ignored, 0 },
	{ 'Q', NULL, FORM_ATTACHED, act_text, FIELD(queue.hold) },
	{ 'q', NULL, FORM_ATTACHED, act_queue, 0 },
	{ 'R', NULL, FORM_VALUE, act_ret, 0 },
	{ 'r', NULL, FORM_VALUE, act_sender, 0 },
	{ 'S', NULL, FORM_NONE, act_ignored, 0 },
	{ 's', NULL, FORM_NONE, act_ignored, 0 },
	{ 'T', NULL, FORM_CLUSTER, act_ignored, 0 },
	{ 't', NULL, FORM_NONE, act_true, FIELD(from_header) },
	{ 'U', NULL, FORM_NONE, act_true, FIELD(utf8) },
	{ 'V', NULL, FORM_VALUE, act_envid, 0 },
	{ 'v', NULL, FORM_NONE, act_true, FIELD(verbose) },
	{ 'X', NULL, FORM_VALUE, act_traffic, 0 },
	{ 'x', NULL, FORM_NONE, act_ignored, 0 },
	{ 'z', NULL, FORM_NONE, act_foreign, 0 },
};

/* Only here does anything of our own live, so that no letter of sendmail's is
 * ever in the way. */
static const struct flag names[] = {
	{ 0, "account", FORM_VALUE, act_text, FIELD(account) },
	{ 0, "check", FORM_NONE, act_mode, MODE_CHECK },
	{ 0, "compose", FORM_NONE, act_mode, MODE_COMPOSE },
	{ 0, "config", FORM_VALUE, act_text, FIELD(config) },
	{ 0, "debug", FORM_NONE, act_debug, 0 },
	{ 0, "explain", FORM_NONE, act_true, FIELD(explain) },
	{ 0, "help", FORM_NONE, act_mode, MODE_HELP },
	{ 0, "import", FORM_NONE, act_mode, MODE_IMPORT },
	{ 0, "json", FORM_NONE, act_true, FIELD(json) },
	{ 0, "oauth-login", FORM_NONE, act_mode, MODE_OAUTH_LOGIN },
	{ 0, "openmetrics", FORM_NONE, act_true, FIELD(openmetrics) },
	{ 0, "queue", FORM_NONE, act_mode, MODE_QUEUE },
	{ 0, "runner", FORM_VALUE, act_runner, 0 },
	{ 0, "setup", FORM_NONE, act_mode, MODE_SETUP },
	{ 0, "status", FORM_NONE, act_mode, MODE_STATUS },
	{ 0, "version", FORM_NONE, act_mode, MODE_VERSION },
};

/* Exim's words that would mean something else, letter by letter. */
static const char *const foreign[] = {
	"-tls-on-connect", "-atrn", "-Mc", "-Mes", "-Mf", "-Mg", "-Mmad",
	"-Mmd", "-Mrm", "-Mset", "-Mt", "-Mvb", "-Mvc", "-Mvh", "-Mvl",
};

const struct flag *
flags_letter(char letter)
{
	size_t i;

	for (i = 0; i < COUNT(letters); i++)
		if (letters[i].letter == letter)
			return &letters[i];
	return NULL;
}

const struct flag *
flags_name(const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < COUNT(names); i++)
		if (strlen(names[i].name) == n &&
		    strncmp(names[i].name, name, n) == 0)
			return &names[i];
	return NULL;
}

bool
flags_cluster(const char *text)
{
	const struct flag *f;

	for (; *text != '\0'; text++) {
		f = flags_letter(*text);
		if (f == NULL)
			return false;
		/* these two do not take just any text */
		if (f->form != FORM_NONE && f->form != FORM_CLUSTER)
			return f->form == FORM_VALUE &&
			    (strchr("bh", *text) == NULL || strlen(text) < 3);
	}
	return true;
}

bool
flags_foreign(const char *word, struct outcome *o)
{
	size_t i;

	for (i = 0; i < COUNT(foreign); i++)
		if (strcmp(foreign[i], word) == 0) {
			outcome_fail(o, FAULT_USAGE, STAGE_OPTIONS,
			    "%s is Exim's, and not something posthorn does",
			    word);
			outcome_advise(o, "mailq shows the queue");
			return true;
		}
	return false;
}
