/* SPDX-License-Identifier: ISC */
/* What we are asked to be. */
#include <string.h>

#include "base/mem.h"
#include "front/modes.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define TIME_MAX	(int64_t)(366 * 86400)
#define SELECTORS_MAX	100
#define HINT_DAEMON	"that is a daemon on a port; let systemd listen and " \
	"start posthorn with -bs"

enum verdict_of_word {
	TAKEN,			/* a mode of ours */
	REFUSED			/* another program's */
};

/* Whole words first (the second letter matters), then first letters. */
static const struct {
	const char		*word;
	enum verdict_of_word	 verdict;
	enum mode		 mode;
	const char		*hint;		/* when refused */
} words[] = {
	{ "pc", TAKEN, MODE_COUNT, NULL },
	{ "malware", REFUSED, 0, "that is a test of Exim's" },
	{ "m", TAKEN, MODE_DELIVER, NULL },
	{ "a", TAKEN, MODE_DELIVER, NULL },
	{ "s", TAKEN, MODE_SMTP, NULL },
	{ "S", TAKEN, MODE_BATCH, NULL },
	{ "p", TAKEN, MODE_MAILQ, NULL },
	{ "P", TAKEN, MODE_COUNT, NULL },
	{ "i", TAKEN, MODE_ALIASES, NULL },
	{ "v", TAKEN, MODE_VERIFY, NULL },
	{ "t", TAKEN, MODE_TEST, NULL },
	{ "h", TAKEN, MODE_HOSTSTAT, NULL },
	{ "H", TAKEN, MODE_PURGESTAT, NULL },
	{ "C", TAKEN, MODE_CHECK, NULL },
	{ "V", TAKEN, MODE_VERSION, NULL },
	{ "d", REFUSED, 0, HINT_DAEMON },
	{ "D", REFUSED, 0, HINT_DAEMON },
	{ "l", REFUSED, 0, HINT_DAEMON },
	{ "w", REFUSED, 0, HINT_DAEMON },
	{ "z", REFUSED, 0, "there is no frozen configuration; --check tries "
	    "the one there is" },
	{ "r", REFUSED, 0, "that is a test of Exim's" },
	{ "f", REFUSED, 0, "that is a test of Exim's filters" },
	{ "F", REFUSED, 0, "that is a test of Exim's filters" },
	{ "e", REFUSED, 0, "that is a test of Exim's" },
	{ "n", REFUSED, 0, "that is a mode of Exim's" },
	{ "I", REFUSED, 0, "that is a mode of Exim's" },
};

static const struct {
	const char	*name;
	enum mode	 mode;
	enum fault	 fault;		/* FAULT_NONE: the mode is taken */
	const char	*hint;
} names[] = {
	{ "sendmail", MODE_DELIVER, FAULT_NONE, NULL },
	{ "send-mail", MODE_DELIVER, FAULT_NONE, NULL },
	{ "posthorn", MODE_DELIVER, FAULT_NONE, NULL },
	{ "msmtp", MODE_DELIVER, FAULT_NONE, NULL },
	{ "mailq", MODE_MAILQ, FAULT_NONE, NULL },
	{ "newaliases", MODE_ALIASES, FAULT_NONE, NULL },
	{ "runq", MODE_QUEUE_RUN, FAULT_NONE, NULL },
	{ "hoststat", MODE_HOSTSTAT, FAULT_NONE, NULL },
	{ "purgestat", MODE_PURGESTAT, FAULT_NONE, NULL },
	{ "rsmtp", MODE_BATCH, FAULT_NONE, NULL },
	{ "rmail", 0, FAULT_UNBUILT, "it is not in this version; sendmail -i "
	    "takes the message" },
	{ "smtpd", 0, FAULT_USAGE, HINT_DAEMON },
	{ "sendmail-mta", 0, FAULT_USAGE, "that is a daemon; call us sendmail "
	    "to send mail" },
};

static const char *const mode_words[] = {
	[MODE_DELIVER] = "-bm (taking a message)",
	[MODE_SMTP] = "-bs (SMTP on standard input)",
	[MODE_BATCH] = "-bS (batched SMTP on standard input)",
	[MODE_MAILQ] = "-bp, mailq (showing the queue)",
	[MODE_COUNT] = "-bP (counting the queue)",
	[MODE_ALIASES] = "-bi, newaliases (checking the aliases)",
	[MODE_VERIFY] = "-bv (verifying addresses)",
	[MODE_TEST] = "-bt (testing addresses)",
	[MODE_HOSTSTAT] = "-bh, hoststat (what is known of hosts)",
	[MODE_PURGESTAT] = "-bH, purgestat (forgetting hosts)",
	[MODE_QUEUE_RUN] = "-q, runq (running the queue)",
	[MODE_CHECK] = "-bC, --check (trying the configuration)",
	[MODE_SETUP] = "--setup (writing a configuration)",
	[MODE_IMPORT] = "--import (reading another program's configuration)",
	[MODE_EXPLAIN] = "--explain (showing what would be done)",
	[MODE_COMPOSE] = "--compose (making a message)",
	[MODE_QUEUE] = "--queue (working on the queue)",
	[MODE_STATUS] = "--status (how the accounts do)",
	[MODE_OAUTH_LOGIN] = "--oauth-login (getting a token)",
	[MODE_VERSION] = "--version",
	[MODE_HELP] = "--help",
};

const char *
modes_words(enum mode mode)
{
	return mode_words[mode];
}

int
modes_letter(struct options *op, const char *word, struct outcome *o)
{
	size_t i;

	for (i = 0; i < COUNT(words); i++) {
		if (strcmp(words[i].word, word) != 0 &&
		    (words[i].word[1] != '\0' || words[i].word[0] != *word))
			continue;
		if (words[i].verdict == TAKEN) {
			command_mode(op, words[i].mode);
			return 0;
		}
		outcome_fail(o, FAULT_USAGE, STAGE_OPTIONS,
		    "-b%s is not something posthorn does", word);
		return outcome_advise(o, "%s", words[i].hint);
	}
	return outcome_fail(o, FAULT_USAGE, STAGE_OPTIONS,
	    "-b%s is not known", word);
}

static const char *
name_base(const char *name)
{
	const char *slash;

	if (name == NULL)
		return "";
	slash = strrchr(name, '/');
	return slash != NULL ? slash + 1 : name;
}

/* "name", "name.anything", or either behind "prefix-". */
static bool
name_is(const char *base, const char *name)
{
	size_t n = strcspn(base, "."), k = strlen(name);

	if (n < k || strncmp(base + n - k, name, k) != 0)
		return false;
	return n == k || base[n - k - 1] == '-';
}

bool
modes_name_msmtp(const char *name)
{
	return name_is(name_base(name), "msmtp");
}

int
modes_name(struct options *op, const char *name, struct outcome *o)
{
	const char *base = name_base(name);
	size_t i;

	for (i = 0; i < COUNT(names); i++) {
		if (!name_is(base, names[i].name))
			continue;
		op->mode = names[i].mode;
		if (names[i].fault == FAULT_NONE)
			return 0;
		outcome_fail(o, names[i].fault, STAGE_OPTIONS,
		    "called as %s, which is not something posthorn does",
		    names[i].name);
		return outcome_advise(o, "%s", names[i].hint);
	}
	return 0;
}

static int64_t
time_unit(char c)
{
	static const struct {
		char	letter;
		int64_t	seconds;
	} units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 },
		{ 'w', 7 * 86400 }
	};
	size_t i;

	for (i = 0; i < COUNT(units); i++)
		if (units[i].letter == c)
			return units[i].seconds;
	return 0;
}

int64_t
modes_time(const char *text, int64_t unit)
{
	int64_t all = 0, n;

	if (*text == '\0')
		return -1;
	while (*text != '\0') {
		if (*text < '0' || *text > '9')
			return -1;
		for (n = 0; *text >= '0' && *text <= '9'; text++)
			n = n < TIME_MAX ? n * 10 + (*text - '0') : n;
		if (*text != '\0') {
			n *= time_unit(*text);
			if (time_unit(*text++) == 0)
				return -1;
		} else if (unit == 0)
			return -1;
		else
			n *= unit;
		all = n > TIME_MAX - all ? TIME_MAX : all + n;
	}
	return all;
}

/* Behind -q: [!] and a letter that says of what, then the text; Postfix and
 * Exim also know the text as a word of its own. */
static int
queue_selector(struct options *op, const char *text, const char *next,
    struct outcome *o)
{
	struct queue_run *q = &op->queue;
	struct selector s = { 0 };
	bool detached;

	s.negated = *text == '!';
	text += s.negated;
	s.kind = *text++;
	detached = *text == '\0';
	s.text = detached ? next : text;
	if (s.text == NULL || (detached && *next == '-'))
		return outcome_fail(o, FAULT_USAGE, STAGE_OPTIONS,
		    "-q%c needs the text to look for", s.kind);
	if (q->selectors_n == SELECTORS_MAX)
		return outcome_fail(o, FAULT_USAGE, STAGE_OPTIONS,
		    "more than %d times -q with a text", SELECTORS_MAX);
	q->selectors = mem_grow(q->selectors, q->selectors_n + 1,
	    sizeof(s));
	q->selectors[q->selectors_n++] = s;
	return detached;
}

/* The letters that may stand in front of a time. */
static const char *
queue_letters(struct queue_run *q, const char *text)
{
	unsigned f = 0;

	for (; *text != '\0' && strchr("fqilp", *text) != NULL; text++)
		f += *text == 'f';
	q->force = q->force || f > 0;
	q->held = q->held || f > 1;
	return text;
}

int
modes_queue(struct options *op, const char *text, const char *next,
    struct outcome *o)
{
	const char *what = *text == '!' ? text + 1 : text;

	if (!op->mode_given || (op->mode != MODE_MAILQ &&
	    op->mode != MODE_COUNT && op->mode != MODE_QUEUE))
		command_mode(op, MODE_QUEUE_RUN);
	if (*what != '\0' && strchr("IRSQG", *what) != NULL)
		return queue_selector(op, text, next, o);
	if (strcmp(text, "L") == 0) {
		op->queue.lost = true;
		return 0;
	}
	text = queue_letters(&op->queue, text);
	if (*text == '\0')
		return 0;
	op->queue.interval = modes_time(text, 60);
	if (op->queue.interval >= 0)
		return 0;
	outcome_fail(o, FAULT_USAGE, STAGE_OPTIONS,
	    "-q with \"%s\", which is neither a time nor a choice", text);
	return outcome_advise(o,
	    "-q runs the queue once, -q15m every quarter of an hour");
}
