/* SPDX-License-Identifier: ISC */
/* Mode by name and option; the order of calls; outcome -> exit status. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "front/modes.h"
#include "front/options.h"
#include "front/report.h"
#include "front/submit.h"
#include "front/usage.h"

/* What one run needs, in the order it comes to be known. */
struct run {
	struct options		options;
	struct surroundings	from;
	struct identity		me;
	struct settings		settings;
	struct state		state;
};

/* A path below a user's directory of some kind: $XDG..., or ~/else; NULL
 * when there is neither. */
static char *
user_path(const char *xdg, const char *home, const char *otherwise,
    const char *name)
{
	char path[4096];
	int n;

	if (xdg != NULL && xdg[0] == '/')
		n = snprintf(path, sizeof(path), "%s/%s", xdg, name);
	else if (home != NULL)
		n = snprintf(path, sizeof(path), "%s/%s/%s", home, otherwise,
		    name);
	else
		return NULL;
	return n > 0 && (size_t)n < sizeof(path) ? mem_dup(path) : NULL;
}

/* Reads the configuration; rights that the caller lacks are gone before a
 * file of the caller's choice is opened. */
static int
run_settings(struct run *r, struct outcome *o)
{
	const char *path = r->options.config;
	char *own = NULL;
	int rc = -1;

	if (path == NULL) {
		own = user_path(r->from.config_home, r->me.home, ".config",
		    "posthorn.conf");
		path = settings_choose(own, SYSCONFDIR "/posthorn.conf",
		    r->me.uid);
	}
	if ((strcmp(path, SYSCONFDIR "/posthorn.conf") == 0 &&
	    r->options.config == NULL && r->options.debug == NULL) ||
	    privilege_drop(o) == 0)
		rc = settings_load(&r->settings, path, r->from.set_id, o);
	free(own);
	return rc;
}

static void
run_log(struct run *r)
{
	const struct log_settings *l = &r->settings.log;
	struct log_target t = { l->syslog, l->facility,
		r->options.log_tag, -1, l->json };

	if (l->file != NULL)
		t.fd = log_file(l->file, r->from.set_id);
	log_open(&t);
	if (l->file != NULL && t.fd < 0)
		log_note(LOG_WARNING, "cannot write the log file %s", l->file);
	if (r->options.traffic != NULL)
		log_note(LOG_NOTICE, "-X %s: ignored", r->options.traffic);
}

/* What one run learns for the next: in the user's own directory, which is not
 * a place to make files in with rights that the user lacks. */
static void
run_state(struct run *r)
{
	bool more = geteuid() != getuid() || getegid() != getgid();
	char *path = more ? NULL : user_path(r->from.state_home, r->me.home,
	    ".local/state", "posthorn");

	state_open(&r->state, path);
	free(path);
}

/* A caller like cron drops what we say: without a configuration the system's
 * log is told. */
static void
run_complain(const struct outcome *o)
{
	const struct log_target t = { .syslog = true, .facility = LOG_MAIL,
		.fd = -1 };

	log_open(&t);
	log_note(LOG_ERR, "no message taken: %s", o->text);
}

/* Says what went wrong, recipient by recipient if it came to that. */
static void
run_report(const struct run *r, const struct envelope *e,
    const struct outcome *o)
{
	if (r->options.quiet)
		return;
	if (e != NULL && envelope_count(e, o->verdict) > 0)
		report_recipients(e);
	else
		report_outcome(o);
}

static int
run_submit(struct run *r, struct outcome *o)
{
	struct submission s = { &r->options, &r->from, &r->settings, &r->me,
		&r->state, { 0 } };
	int rc;

	identity_user(&r->me, r->from.name);
	if (run_settings(r, o) < 0) {
		run_complain(o);
		run_report(r, NULL, o);
		identity_free(&r->me);
		return -1;
	}
	privilege_environment();
	identity_host(&r->me, r->settings.domain);
	run_log(r);
	run_state(r);
	envelope_init(&s.envelope);
	rc = submit_message(&s, o);
	privilege_settled();
	if (rc < 0)
		run_report(r, &s.envelope, o);
	envelope_free(&s.envelope);
	state_close(&r->state);
	settings_free(&r->settings);
	identity_free(&r->me);
	return rc;
}

/* What the command line said that is worth saying back. */
static void
run_notes(const struct run *r)
{
	const struct options *op = &r->options;
	size_t i;

	log_dialogue(op->verbose);
	for (i = 0; i < op->warnings_n && !op->quiet; i++)
		fprintf(stderr, "posthorn: %s\n", op->warnings[i]);
	if (op->debug != NULL && op->debug[0] == '0')
		(void)usage_version(stderr);
	for (i = 0; i < op->remarks_n; i++)
		log_remark("%s", op->remarks[i]);
}

static int
run_text(enum mode mode, struct outcome *o)
{
	int rc = mode == MODE_HELP ? usage_help(stdout) :
	    usage_version(stdout);

	if (rc < 0) {
		outcome_errno(o, FAULT_OS, STAGE_NONE,
		    "cannot write to standard output");
		report_outcome(o);
	}
	return rc;
}

static int
run_mode(struct run *r, struct outcome *o)
{
	run_notes(r);
	switch (r->options.mode) {
	case MODE_DELIVER:
		return run_submit(r, o);
	case MODE_HELP:
	case MODE_VERSION:
		return run_text(r->options.mode, o);
	default:
		outcome_fail(o, FAULT_UNBUILT, STAGE_OPTIONS,
		    "%s is not in this version; nothing was done",
		    modes_words(r->options.mode));
		report_outcome(o);
		return -1;
	}
}

int
main(int argc, char *argv[])
{
	struct run r = { 0 };
	struct outcome o;
	int rc;

	outcome_clear(&o);
	rc = privilege_start(&r.from, &o);
	if (rc == 0)
		rc = options_parse(&r.options, argc, argv, &o);
	if (rc < 0)
		report_outcome(&o);
	else
		rc = run_mode(&r, &o);
	options_free(&r.options);
	privilege_done(&r.from);
	return rc < 0 ? report_status(&o) : 0;
}
