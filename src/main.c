/* SPDX-License-Identifier: ISC */
/* Mode by name and option; the order of calls; outcome -> exit status. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "front/deadletter.h"
#include "front/explain.h"
#include "front/hosts.h"
#include "front/mailq.h"
#include "front/metrics.h"
#include "front/modes.h"
#include "front/newaliases.h"
#include "front/options.h"
#include "front/personal.h"
#include "front/place.h"
#include "front/queuerun.h"
#include "front/report.h"
#include "front/server.h"
#include "front/submit.h"
#include "front/summon.h"
#include "front/traffic.h"
#include "front/usage.h"
#include "front/verify.h"
#include "front/wayin.h"

/* What one run needs, in the order it comes to be known. */
struct run {
	struct options		options;
	struct surroundings	from;
	struct identity		me;
	struct settings		settings;
	struct place		place;
	struct outcome		no_queue;	/* why there is none */
};

/* The system's configuration; where it is not ours to read, what takes a
 * message can hand it on. */
static int
run_system(struct run *r, const char *path, struct outcome *o)
{
	static const bool takes[] = { [MODE_DELIVER] = true,
		[MODE_SMTP] = true, [MODE_BATCH] = true,
		[MODE_EXPLAIN] = true, [MODE_HELP] = false };
	int rc = settings_load(&r->settings, path, r->from.set_id, o);

	if (rc == 0 || !takes[r->options.mode] || r->from.set_id ||
	    wayin_settings(&r->settings, path, o) < 0)
		return rc;
	r->options.no_aliases = true;	/* they are looked up there */
	outcome_clear(o);
	return 0;
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
		own = identity_path(&r->me, r->from.config_home, ".config",
		    "posthorn.conf");
		/* access(2) asks as the caller would be answered. */
		if (own != NULL && access(own, F_OK) != 0) {
			free(own);
			own = NULL;
		}
		path = settings_choose(own, SYSCONFDIR "/posthorn.conf",
		    r->me.uid);
	}
	if (strcmp(path, SYSCONFDIR "/posthorn.conf") == 0 &&
	    r->options.config == NULL &&
	    (r->options.debug == NULL || r->options.debug[0] == '0' ||
	    privilege_drop(o) == 0))
		rc = run_system(r, path, o);
	else if (privilege_drop(o) == 0)
		rc = settings_load(&r->settings, path, r->from.set_id, o);
	free(own);
	/* Behind a socket it is not us who sends.  A caller could hand down
	 * one of whomever he likes, so not with more rights than his. */
	if (rc == 0 && !r->from.set_id && (r->options.mode == MODE_SMTP ||
	    r->options.mode == MODE_BATCH))
		identity_peer(&r->me, STDIN_FILENO);
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
	if (r->options.mode != MODE_EXPLAIN)
		traffic_open(r->options.traffic, r->settings.traffic_log,
		    r->from.set_id);
}

/* A caller like cron drops what we say: without a configuration the system's
 * log is told. */
static void
run_complain(enum mode mode, const struct outcome *o)
{
	const char *words = mode == MODE_DELIVER ? "no message taken" :
	    mode == MODE_QUEUE_RUN ? "the queue is not run" : "nothing done";
	const struct log_target t = { .syslog = true, .facility = LOG_MAIL,
		.fd = -1 };

	log_open(&t);
	log_note(LOG_ERR, "%s: %s", words, o->text);
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

/* A message that came without anybody to take it: -oem and the like. */
static void
run_letter(const struct run *r)
{
	const struct deadletter l = { &r->me, NULL, NULL, NULL };

	if (r->options.mode == MODE_DELIVER && !r->from.no_input &&
	    (r->options.errors == ERROR_MAIL ||
	    r->options.errors == ERROR_BERKNET))
		deadletter_save(&l);
}

/* Without its queue a message can still be sent; who waits for it to be kept
 * is told once it cannot be. */
static void
run_place(struct run *r)
{
	outcome_clear(&r->no_queue);
	if (place_open(&r->place, &r->settings, &r->from, &r->me,
	    &r->no_queue) < 0)
		log_note(LOG_WARNING, "no queue: %s", r->no_queue.text);
}

/* What is on standard output now, or is not; rc: of what wrote it. */
static int
run_said(int rc, struct outcome *o)
{
	if (fflush(stdout) == 0 && rc >= 0)
		return 0;
	return outcome_errno(o, FAULT_OS, STAGE_NONE,
	    "cannot write to standard output");
}

/* With directory = "none" there is nothing in it, which is what was asked. */
static int
run_no_queue(const struct run *r, struct outcome *o)
{
	char *const *word = r->options.recipients;

	*o = r->no_queue;
	if (o->fault != FAULT_NONE)
		return -1;
	if (r->options.mode == MODE_COUNT)
		return run_said(puts("0"), o);
	if (r->options.mode == MODE_QUEUE && *word != NULL &&
	    strcmp(*word, "list") != 0)
		return outcome_fail(o, FAULT_DATA, STAGE_OPTIONS,
		    "--queue %s: there is no queue: directory = \"none\" in "
		    "%s", *word, r->settings.path);
	report_note("there is no queue: directory = \"none\" in %s",
	    r->settings.path);
	return 0;
}

/* Who and where we are, and what that makes of the settings. */
static int
run_identity(struct run *r, struct outcome *o)
{
	privilege_environment();
	identity_host(&r->me, r->settings.domain);
	if (personal_senders(&r->settings, &r->me, o) == 0)
		return 0;
	settings_free(&r->settings);
	return -1;
}

/* What all modes need that know a configuration. */
static int
run_open(struct run *r, struct outcome *o)
{
	identity_user(&r->me, r->from.name);
	if (run_settings(r, o) < 0 || run_identity(r, o) < 0) {
		run_complain(r->options.mode, o);
		run_report(r, NULL, o);
		run_letter(r);
		return -1;
	}
	run_log(r);
	run_place(r);
	return 0;
}

/* Where the message is that was not simply delivered. */
static void
run_where(const struct run *r, const struct submission *s,
    const struct outcome *o)
{
	const struct outcome *why = s->unkept.fault != FAULT_NONE ?
	    &s->unkept : &r->no_queue;

	if (s->end == KEEP_QUEUED)
		report_note("it is queued as %s and will be tried again",
		    s->entry.id);
	else if (s->end == KEEP_BOUNCED)
		report_note("the sender gets a bounce, by mail");
	else if (s->end == KEEP_FAILED)
		report_note("it is kept as %s: see mailq", s->entry.id);
	else if (o->verdict == VERDICT_LATER && why->fault != FAULT_NONE &&
	    s->entry.account != NULL)
		report_note("it is not queued: %s", why->text);
}

static int
run_submit(struct run *r, struct outcome *o)
{
	struct submission s = { .options = &r->options, .from = &r->from,
		.settings = &r->settings, .me = &r->me, .place = &r->place };
	int rc;

	entry_init(&s.entry);
	rc = submit_message(&s, o);
	if (s.split)
		_exit(0);
	privilege_settled();
	if (rc < 0 || o->fault != FAULT_NONE)
		run_report(r, &s.entry.envelope, o);
	if (o->fault != FAULT_NONE && !r->options.quiet)
		run_where(r, &s, o);
	entry_free(&s.entry);
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
	int rc = run_said(mode == MODE_HELP ? usage_help(stdout) :
	    usage_version(stdout), o);

	if (rc < 0)
		report_outcome(o);
	return rc;
}

/* Looking at the queue, or working on it; whoever does sees to it that it is
 * run, if that is ours to see to. */
static int
run_queue(struct run *r, struct outcome *o)
{
	const struct summon w = { &r->options, &r->settings, &r->from,
		&r->place };
	int rc;

	if (!r->place.open)
		rc = run_no_queue(r, o);
	else if (r->options.mode == MODE_QUEUE_RUN)
		rc = queuerun_run(&r->options, &r->settings, &r->place,
		    &r->from, &r->me, o);
	else if (r->options.mode == MODE_STATUS)
		rc = metrics_run(&r->options, &r->settings, &r->place, &r->me,
		    o);
	else
		rc = mailq_run(&r->options, &r->settings, &r->place, &r->me,
		    o);
	if (rc < 0 && o->text[0] != '\0')
		run_report(r, NULL, o);
	if (r->options.mode != MODE_QUEUE_RUN)
		summon_if_needed(&w);
	return rc;
}

static int
run_tool(struct run *r, struct outcome *o)
{
	static int (*const tools[])(const struct call *c,
	    struct outcome *o) = {
		[MODE_SMTP] = server_run, [MODE_BATCH] = server_run,
		[MODE_VERIFY] = verify_run, [MODE_TEST] = verify_run,
		[MODE_ALIASES] = newaliases_run, [MODE_EXPLAIN] = explain_run,
		[MODE_HOSTSTAT] = hosts_show, [MODE_PURGESTAT] = hosts_purge,
	};
	const struct call c = { &r->options, &r->from, &r->settings, &r->me,
		&r->place };
	int rc = tools[r->options.mode](&c, o);

	if (rc < 0 && o->text[0] != '\0')
		run_report(r, NULL, o);
	return rc;
}

static int
run_check(const struct run *r, struct outcome *o)
{
	int rc = run_said(printf("%s is good\n", r->settings.path), o);

	if (rc < 0)
		run_report(r, NULL, o);
	return rc;
}

static int
run_with(struct run *r, struct outcome *o)
{
	switch (r->options.mode) {
	case MODE_DELIVER:
		return run_submit(r, o);
	case MODE_MAILQ:
	case MODE_COUNT:
	case MODE_QUEUE:
	case MODE_QUEUE_RUN:
	case MODE_STATUS:
		return run_queue(r, o);
	case MODE_CHECK:
		return run_check(r, o);
	default:
		return run_tool(r, o);
	}
}

/* The modes that work on what is configured. */
static int
run_configured(struct run *r, struct outcome *o)
{
	int rc = -1;

	if (run_open(r, o) == 0) {
		rc = run_with(r, o);
		place_close(&r->place);
		settings_free(&r->settings);
	}
	identity_free(&r->me);
	return rc;
}

static int
run_mode(struct run *r, struct outcome *o)
{
	run_notes(r);
	switch (r->options.mode) {
	case MODE_HELP:
	case MODE_VERSION:
		return run_text(r->options.mode, o);
	default:
		return run_configured(r, o);
	case MODE_SETUP:
	case MODE_IMPORT:
	case MODE_COMPOSE:
	case MODE_OAUTH_LOGIN:
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
