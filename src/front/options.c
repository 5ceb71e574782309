/* SPDX-License-Identifier: ISC */
/* The command line, word by word. */
#include <string.h>

#include "front/flags.h"
#include "front/modes.h"
#include "front/options.h"

/* How far argv is read. */
struct reading {
	char *const	*argv;
	int		 argc, at;
	bool		 over;		/* "--" was seen */
	bool		 msmtp;		/* our name has an -a */
};

static const char *
next_word(const struct reading *r)
{
	return r->at < r->argc ? r->argv[r->at] : NULL;
}

static int
unknown(const char *words, const char *what, struct outcome *o)
{
	outcome_fail(o, FAULT_USAGE, STAGE_OPTIONS, "%s: %s", words, what);
	return outcome_advise(o, "see posthorn --help");
}

/* One flag; attached is what stands behind it in its word, or NULL. */
static int
read_flag(struct reading *r, struct options *op, const struct flag *f,
    const char *attached, const char *word, struct outcome *o)
{
	const char *value = attached;
	int used;

	if (f->form == FORM_VALUE && value == NULL) {
		value = next_word(r);
		if (value == NULL)
			return unknown("a flag without its value", word, o);
		r->at++;
	}
	used = f->act(op, f, value != NULL ? value : "", next_word(r), o);
	if (used < 0)
		return -1;
	r->at += used;
	return 0;
}

/* --name, --name=value, --name value. */
static int
read_long(struct reading *r, struct options *op, const char *word,
    struct outcome *o)
{
	size_t n = strcspn(word + 2, "=");
	const struct flag *f = flags_name(word + 2, n);
	const char *value = word[2 + n] == '=' ? word + 3 + n : NULL;

	if (f == NULL)
		return unknown("an unknown option", word, o);
	if (value != NULL && f->form == FORM_NONE)
		return unknown("an option that takes no value", word, o);
	return read_flag(r, op, f, value, word, o);
}

/* -x, -xVALUE, -xyz. */
static int
read_cluster(struct reading *r, struct options *op, const char *word,
    struct outcome *o)
{
	const struct flag *f;
	const char *p;

	for (p = word + 1; *p != '\0'; p++) {
		f = *p == 'a' && r->msmtp ? flags_name("account", 7) :
		    flags_letter(*p);
		if (f == NULL)
			return unknown("an unknown flag", word, o);
		if (f->form == FORM_VALUE)
			return read_flag(r, op, f, p[1] != '\0' ? p + 1 :
			    NULL, word, o);
		if (f->form == FORM_ATTACHED ||
		    (f->form == FORM_CLUSTER && !flags_cluster(p + 1)))
			return read_flag(r, op, f, p + 1, word, o);
		if (read_flag(r, op, f, NULL, word, o) < 0)
			return -1;
	}
	return 0;
}

static int
read_word(struct reading *r, struct options *op, struct outcome *o)
{
	char *word = r->argv[r->at++];

	if (r->over || *word != '-') {
		op->recipients[op->recipients_n++] = word;
		return 0;
	}
	if (word[1] == '\0')
		return unknown("a dash alone", "neither a flag nor an address",
		    o);
	if (strcmp(word, "--") == 0) {
		r->over = true;
		return 0;
	}
	if (word[1] == '-')
		return read_long(r, op, word, o);
	if (flags_foreign(word, o))
		return -1;
	return read_cluster(r, op, word, o);
}

static int
check_recipients(const struct options *op, struct outcome *o)
{
	size_t i;

	for (i = 0; i < op->recipients_n; i++)
		if (command_unprintable(op->recipients[i], true))
			return outcome_fail(o, FAULT_DATA, STAGE_OPTIONS,
			    "a control character in the address \"%s\"",
			    op->recipients[i]);
	if ((op->mode == MODE_DELIVER || op->mode == MODE_EXPLAIN) &&
	    !op->from_header && op->recipients_n == 0) {
		outcome_fail(o, FAULT_USAGE, STAGE_OPTIONS,
		    "no recipient is given");
		return outcome_advise(o, "name recipients, or use -t to take "
		    "them from the message");
	}
	return 0;
}

/* What goes together, now that all is known. */
static int
check_modes(const struct options *op, struct outcome *o)
{
	if ((op->mode == MODE_SMTP || op->mode == MODE_BATCH) &&
	    op->from_header)
		return outcome_fail(o, FAULT_USAGE, STAGE_OPTIONS,
		    "-t together with %s, which brings its own recipients",
		    modes_words(op->mode));
	if (op->mode == MODE_QUEUE_RUN && op->recipients_n > 0) {
		outcome_fail(o, FAULT_USAGE, STAGE_OPTIONS,
		    "running the queue takes no addresses: \"%s\"",
		    op->recipients[0]);
		return outcome_advise(o, "the value of -q stands next to it, "
		    "as in -q15m");
	}
	if (op->queue.hold != NULL && op->mode != MODE_QUEUE_RUN)
		return outcome_fail(o, FAULT_USAGE, STAGE_OPTIONS,
		    "-Q without -qI, -qR or -qS to say what to hold");
	return 0;
}

/* Whatever else was said, nothing of it may be done in earnest. */
static int
explain_mode(struct options *op, struct outcome *o)
{
	if (!op->explain || op->mode == MODE_HELP || op->mode == MODE_VERSION)
		return 0;
	if (op->mode_given && op->mode != MODE_DELIVER) {
		outcome_fail(o, FAULT_USAGE, STAGE_OPTIONS,
		    "--explain together with %s", modes_words(op->mode));
		return outcome_advise(o, "it tells of calls that take a "
		    "message, such as --explain -t");
	}
	op->mode = MODE_EXPLAIN;
	return 0;
}

int
options_parse(struct options *op, int argc, char *const argv[],
    struct outcome *o)
{
	const char *name = argc > 0 ? argv[0] : NULL;
	struct reading r = { argv, argc, 1, false, modes_name_msmtp(name) };
	int rc;

	command_init(op, argc);
	rc = modes_name(op, name, o);
	while (rc == 0 && r.at < r.argc)
		rc = read_word(&r, op, o);
	if (rc == 0)
		rc = explain_mode(op, o);
	if (rc == 0 && op->mode != MODE_HELP && op->mode != MODE_VERSION)
		rc = check_modes(op, o) < 0 ? -1 : check_recipients(op, o);
	if (rc < 0) {
		options_free(op);
		return -1;
	}
	/* Who wants to see it waits for it, unless told otherwise. */
	if (op->verbose && op->mode == MODE_DELIVER &&
	    op->delivery == DELIVERY_UNSAID)
		op->delivery = DELIVERY_NOW;
	return 0;
}

void
options_free(struct options *op)
{
	command_free(op);
}
