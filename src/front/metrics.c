/* SPDX-License-Identifier: ISC */
/* --status: how the accounts and the queue do. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#include "base/clock.h"
#include "front/human.h"
#include "front/json.h"
#include "front/metrics.h"
#include "front/openmetrics.h"
#include "front/remarks.h"

struct report {
	const struct settings	*settings;
	const struct place	*place;
	struct outlooks		 outlooks;
	struct tally		 tally;
	struct visit		 visit;
	bool			 runner;	/* one lives */
	time_t			 now;
};

/* ---- Text -------------------------------------------------------------- */

static const char *
state_of(const struct health *h, bool down)
{
	if (down)
		return h->fault == FAULT_LOGIN ? "login fails" : "down";
	return h->failures > 0 ? "failed the last time" :
	    h->good != 0 ? "up" : "no message taken yet";
}

static void
text_host(const struct report *r, const struct host *host,
    const struct health *h)
{
	char name[OUTLOOK_HOST], when[HUMAN_MAX];
	bool down = health_down(h, r->now);

	outlook_host(name, host);
	printf("  %s: %s", name, state_of(h, down));
	if (down) {
		human_until(when, h->until, r->now);
		printf(", next try %s", when);
	}
	if (h->good != 0) {
		human_ago(when, h->good, r->now);
		printf("; last message taken %s", when);
	}
	if (h->bad != 0) {
		human_ago(when, h->bad, r->now);
		printf("; last fault %s", when);
		if (h->failures > 1)
			printf(", %u in a row", h->failures);
	}
	putchar('\n');
	if (h->bad != 0 && h->text[0] != '\0') {
		fputs("    ", stdout);
		human_text(stdout, h->text, SIZE_MAX);
		putchar('\n');
	}
}

static void
text_waiting(const struct report *r, const struct tally_account *a)
{
	char age[HUMAN_MAX], next[HUMAN_MAX];

	printf("  %zu waiting", a->waiting);
	if (a->held > 0)
		printf(", %zu on hold", a->held);
	if (a->failed > 0)
		printf(", %zu failed", a->failed);
	if (a->waiting > 0) {
		human_span(age, human_since(a->oldest, r->now));
		human_until(next, a->next, r->now);
		printf("; the oldest for %s, next try %s", age, next);
	}
	putchar('\n');
}

static size_t
readable(const struct tally_folder *f)
{
	return f->messages - f->unreadable;
}

/* What of the queue is in no account's numbers. */
static void
text_odd(const struct tally *t)
{
	size_t unreadable = t->folder[STORE_ACTIVE].unreadable +
	    t->folder[STORE_HOLD].unreadable +
	    t->folder[STORE_FAILED].unreadable;
	size_t other = t->foreign.waiting - t->orphans;

	if (unreadable > 0)
		printf("  and %zu that cannot be read\n", unreadable);
	if (other > 0)
		printf("  %zu of those waiting %s to other configurations or "
		    "accounts\n", other, other == 1 ? "belongs" : "belong");
	if (t->orphans > 0)
		printf("  %zu of those waiting %s to a configuration that "
		    "is gone: put its file back, or delete %s\n", t->orphans,
		    t->orphans == 1 ? "belongs" : "belong",
		    t->orphans == 1 ? "the message" : "them");
	if (t->others > 0)
		printf("  and %zu of other users\n", t->others);
}

static void
text_queue(const struct report *r)
{
	const struct tally_folder *f = r->tally.folder;
	char size[HUMAN_MAX];

	if (!r->place->open) {
		printf("no queue\n");
		return;
	}
	human_size(size, f[STORE_ACTIVE].octets);
	printf("queue %s\n  %zu waiting (%s), %zu on hold, %zu failed\n",
	    r->place->store.path, readable(&f[STORE_ACTIVE]), size,
	    readable(&f[STORE_HOLD]), readable(&f[STORE_FAILED]));
	text_odd(&r->tally);
	printf("  %s\n", r->runner ? "a runner lives" :
	    r->settings->queue.external ?
	    "no runner lives: the timer or posthorn -q runs the queue" :
	    "no runner lives: any call starts one once mail is due");
}

static void
write_text(const struct report *r)
{
	const struct settings *s = r->settings;
	size_t i, n;

	for (i = 0; i < s->accounts_n; i++) {
		const struct account *a = &s->accounts[i];

		printf("account %s%s\n", a->name,
		    a == s->fallback ? " (default)" : "");
		for (n = 0; n < a->hosts_n; n++)
			text_host(r, &a->hosts[n],
			    &r->outlooks.list[i].hosts[n]);
		if (r->place->open)
			text_waiting(r, &r->tally.account[i]);
	}
	text_queue(r);
}

/* ---- JSON -------------------------------------------------------------- */

static void
json_host(struct json *j, const struct report *r, const struct host *host,
    const struct health *h)
{
	char name[OUTLOOK_HOST];
	bool down = health_down(h, r->now);

	outlook_host(name, host);
	json_open(j, NULL);
	json_string(j, "host", name);
	json_flag(j, "down", down);
	json_time(j, "last_success", h->good);
	json_time(j, "last_failure", h->bad);
	json_number(j, "failures", h->failures);
	json_time(j, "next_try", down ? h->until : 0);
	json_string(j, "words", h->text[0] != '\0' ? h->text : NULL);
	json_close(j);
}

static void
json_account(struct json *j, const struct report *r, size_t i)
{
	const struct account *a = &r->settings->accounts[i];
	const struct tally_account *t = &r->tally.account[i];
	size_t n;

	json_open(j, NULL);
	json_string(j, "account", a->name);
	json_flag(j, "default", a == r->settings->fallback);
	json_list(j, "hosts");
	for (n = 0; n < a->hosts_n; n++)
		json_host(j, r, &a->hosts[n], &r->outlooks.list[i].hosts[n]);
	json_list_end(j);
	json_number(j, "waiting", (int64_t)t->waiting);
	json_number(j, "held", (int64_t)t->held);
	json_number(j, "failed", (int64_t)t->failed);
	json_time(j, "oldest", t->oldest);
	json_time(j, "next_try", t->next);
	json_close(j);
}

static void
json_folder(struct json *j, const char *key, const struct tally_folder *f)
{
	json_open(j, key);
	json_number(j, "messages", (int64_t)f->messages);
	json_number(j, "octets", (int64_t)f->octets);
	json_number(j, "unreadable", (int64_t)f->unreadable);
	json_time(j, "oldest", f->oldest);
	json_close(j);
}

static void
write_json(const struct report *r)
{
	struct json j = { stdout, false };
	const struct tally *t = &r->tally;
	size_t i;

	json_open(&j, NULL);
	json_list(&j, "accounts");
	for (i = 0; i < r->settings->accounts_n; i++)
		json_account(&j, r, i);
	json_list_end(&j);
	json_string(&j, "queue", r->place->open ? r->place->store.path :
	    NULL);
	json_folder(&j, "active", &t->folder[STORE_ACTIVE]);
	json_folder(&j, "hold", &t->folder[STORE_HOLD]);
	json_folder(&j, "failed_folder", &t->folder[STORE_FAILED]);
	json_number(&j, "foreign", (int64_t)t->foreign.waiting);
	json_number(&j, "orphaned", (int64_t)t->orphans);
	json_number(&j, "other_users", (int64_t)t->others);
	json_flag(&j, "runner", r->runner);
	json_time(&j, "time", r->now);
	json_close(&j);
	putchar('\n');
}

/* ---- The verdict ------------------------------------------------------- */

static int
judge_hosts(const struct account *a, const struct health *hosts, time_t now,
    struct outcome *o)
{
	char words[OUTLOOK_WORDS];
	size_t i;

	for (i = 0; i < a->hosts_n; i++) {
		if (!health_down(&hosts[i], now))
			continue;
		outlook_trouble(words, &a->hosts[i], &hosts[i]);
		return outcome_fail(o, FAULT_DELAY, STAGE_NONE,
		    "account %s: %s", a->name, words);
	}
	return 0;
}

/* What an admin should be told; the first such thing. */
static int
judge(const struct report *r, struct outcome *o)
{
	const struct tally_folder *f = &r->tally.folder[STORE_ACTIVE];
	const int64_t warn = r->settings->queue.warn_after;
	char age[HUMAN_MAX];
	size_t i;

	for (i = 0; i < r->settings->accounts_n; i++)
		if (judge_hosts(&r->settings->accounts[i],
		    r->outlooks.list[i].hosts, r->now, o) < 0)
			return -1;
	if (warn > 0 && f->oldest != 0 &&
	    human_since(f->oldest, r->now) > warn) {
		human_span(age, human_since(f->oldest, r->now));
		return outcome_fail(o, FAULT_DELAY, STAGE_NONE,
		    "mail has been waiting for %s", age);
	}
	return 0;
}

static int
write_report(const struct report *r, const struct options *op,
    struct outcome *o)
{
	if (op->openmetrics)
		openmetrics_write(stdout, &r->outlooks,
		    r->place->open ? &r->tally : NULL, r->runner, r->now);
	else if (op->json)
		write_json(r);
	else
		write_text(r);
	if (fflush(stdout) != 0)
		return outcome_errno(o, FAULT_OS, STAGE_NONE,
		    "cannot write to standard output");
	return op->openmetrics ? 0 : judge(r, o);
}

int
metrics_run(const struct options *op, const struct settings *settings,
    struct place *place, const struct identity *me, struct outcome *o)
{
	struct report r = { .settings = settings, .place = place,
		.now = clock_now() };
	int rc = 0;

	outlook_read(&r.outlooks, settings, &place->state, r.now);
	tally_init(&r.tally, settings);
	if (place->open) {
		visit_init(&r.visit, &place->store, me);
		rc = tally_read(&r.tally, &r.visit, &r.outlooks, o);
		r.runner = remarks_runner(&r.visit, me->uid, settings);
		visit_end(&r.visit);
	}
	if (rc == 0)
		rc = write_report(&r, op, o);
	tally_free(&r.tally);
	outlook_free(&r.outlooks);
	return rc;
}
