/* SPDX-License-Identifier: ISC */
/* hoststat and purgestat: what is remembered of the smarthosts. */
#include <stdint.h>
#include <stdio.h>

#include "base/clock.h"
#include "front/hosts.h"
#include "front/human.h"
#include "front/outlook.h"
#include "front/visit.h"

/* ---- hoststat ------------------------------------------------------------ */

static void
hosts_time(const char *word, time_t when, time_t now)
{
	char text[HUMAN_MAX];

	if (when == 0)
		return;
	human_ago(text, when, now);
	printf("%s %s", word, text);
}

static void
hosts_line(const struct account *a, const struct host *host,
    const struct health *h, time_t now)
{
	char name[OUTLOOK_HOST], text[HUMAN_MAX];

	outlook_host(name, host);
	printf("%s %s: ", a->name, name);
	if (h->good == 0 && h->bad == 0) {
		puts("nothing is known");
		return;
	}
	hosts_time("last message taken", h->good, now);
	hosts_time(h->good != 0 ? ", last fault" : "last fault", h->bad, now);
	if (health_down(h, now)) {
		human_until(text, h->until, now);
		printf(", next try %s", text);
	}
	if (h->text[0] != '\0') {
		fputs(": ", stdout);
		human_text(stdout, h->text, SIZE_MAX);
	}
	putchar('\n');
}

static int
hosts_told(struct outcome *o)
{
	return fflush(stdout) == 0 ? 0 : outcome_errno(o, FAULT_OS,
	    STAGE_NONE, "cannot write to standard output");
}

int
hosts_show(const struct call *c, struct outcome *o)
{
	const struct settings *s = c->settings;
	const time_t now = clock_now();
	struct health h;
	size_t i, n;

	for (i = 0; i < s->accounts_n; i++)
		for (n = 0; n < s->accounts[i].hosts_n; n++) {
			health_load(&h, &c->place->state, &s->accounts[i],
			    &s->accounts[i].hosts[n]);
			hosts_line(&s->accounts[i], &s->accounts[i].hosts[n],
			    &h, now);
		}
	return hosts_told(o);
}

/* ---- purgestat ----------------------------------------------------------- */

/* What is known in a queue that users share is not each one's to forget. */
static bool
hosts_may(const struct call *c)
{
	struct visit v;
	bool all;

	if (!c->place->open)
		return true;
	visit_init(&v, &c->place->store, c->me);
	all = v.all;
	visit_end(&v);
	return all;
}

int
hosts_purge(const struct call *c, struct outcome *o)
{
	const struct settings *s = c->settings;
	size_t i, n;

	if (!hosts_may(c)) {
		outcome_fail(o, FAULT_USAGE, STAGE_OPTIONS,
		    "what is known of the hosts is all users': root may "
		    "forget it");
		return outcome_advise(o, "posthorn -qf tries your own messages "
		    "now, whatever is known");
	}
	for (i = 0; i < s->accounts_n; i++)
		for (n = 0; n < s->accounts[i].hosts_n; n++)
			health_forget(&c->place->state, &s->accounts[i],
			    &s->accounts[i].hosts[n]);
	return 0;
}
