/* SPDX-License-Identifier: ISC */
/* The state of queue and hosts as OpenMetrics text. */
#include <inttypes.h>
#include <string.h>

#include "base/outcome.h"
#include "front/human.h"
#include "front/listing.h"
#include "front/openmetrics.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define LABEL_MAX	1024u

static const enum store_folder folders[] = {
	STORE_ACTIVE, STORE_HOLD, STORE_FAILED,
};

/* The lines in front of a family; unit is how its name ends, or NULL. */
static void
put_family(FILE *out, const char *name, const char *unit, const char *help)
{
	fprintf(out, "# TYPE posthorn_%s gauge\n", name);
	if (unit != NULL)
		fprintf(out, "# UNIT posthorn_%s %s\n", name, unit);
	fprintf(out, "# HELP posthorn_%s %s\n", name, help);
}

static void
put_label(FILE *out, char before, const char *name, const char *value)
{
	char text[LABEL_MAX];
	size_t n = strnlen(value, sizeof(text) - 1), i;

	memcpy(text, value, n);
	n = outcome_clean(text, n);
	fprintf(out, "%c%s=\"", before, name);
	for (i = 0; i < n; i++) {
		if (text[i] == '"' || text[i] == '\\')
			putc('\\', out);
		putc(text[i], out);
	}
	putc('"', out);
}

static int64_t
age(time_t then, time_t now)
{
	return then != 0 ? human_since(then, now) : 0;
}

/* ---- The queue --------------------------------------------------------- */

static void
put_folders(FILE *out, const struct tally *t, const char *name,
    const char *unit, const char *help,
    int64_t (*value)(const struct tally_folder *f, time_t now), time_t now)
{
	size_t i;

	put_family(out, name, unit, help);
	for (i = 0; i < COUNT(folders); i++) {
		fprintf(out, "posthorn_%s", name);
		put_label(out, '{', "folder", listing_folder(folders[i]));
		fprintf(out, "} %" PRId64 "\n",
		    value(&t->folder[folders[i]], now));
	}
}

static int64_t
folder_messages(const struct tally_folder *f, time_t now)
{
	(void)now;
	return (int64_t)f->messages;
}

static int64_t
folder_octets(const struct tally_folder *f, time_t now)
{
	(void)now;
	return (int64_t)f->octets;
}

static int64_t
folder_age(const struct tally_folder *f, time_t now)
{
	return age(f->oldest, now);
}

static void
put_queue(FILE *out, const struct tally *t, bool runner, time_t now)
{
	put_folders(out, t, "queue_messages", NULL,
	    "Messages in each folder of the queue.", folder_messages, now);
	put_folders(out, t, "queue_size_bytes", "bytes",
	    "Octets of these messages.", folder_octets, now);
	put_folders(out, t, "queue_oldest_seconds", "seconds",
	    "Time since the oldest of them arrived.", folder_age, now);
	put_family(out, "runner_alive", NULL,
	    "Whether a runner works on the queue now.");
	fprintf(out, "posthorn_runner_alive %d\n", runner);
}

/* ---- Accounts ---------------------------------------------------------- */

static void
put_account(FILE *out, const char *name, const struct account *a,
    int64_t value)
{
	fprintf(out, "posthorn_%s", name);
	put_label(out, '{', "account", a->name);
	fprintf(out, "} %" PRId64 "\n", value);
}

static void
put_accounts(FILE *out, const struct outlooks *all, const struct tally *t,
    time_t now)
{
	const struct settings *s = all->settings;
	size_t i;

	put_family(out, "account_messages", NULL,
	    "Messages that wait for the account.");
	for (i = 0; i < s->accounts_n; i++)
		put_account(out, "account_messages", &s->accounts[i],
		    (int64_t)t->account[i].waiting);
	put_family(out, "account_oldest_seconds", "seconds",
	    "Time since the oldest of them arrived.");
	for (i = 0; i < s->accounts_n; i++)
		put_account(out, "account_oldest_seconds", &s->accounts[i],
		    age(t->account[i].oldest, now));
}

/* ---- Hosts ------------------------------------------------------------- */

static int64_t
host_good(const struct health *h, time_t now)
{
	(void)now;
	return h->good;
}

static int64_t
host_bad(const struct health *h, time_t now)
{
	(void)now;
	return h->bad;
}

static int64_t
host_failures(const struct health *h, time_t now)
{
	(void)now;
	return h->failures;
}

static int64_t
host_down(const struct health *h, time_t now)
{
	return health_down(h, now);
}

static int64_t
host_until(const struct health *h, time_t now)
{
	return health_down(h, now) ? h->until : 0;
}

static const struct family {
	const char	*name, *unit, *help;
	int64_t		(*value)(const struct health *h, time_t now);
} families[] = {
	{ "host_last_success_timestamp_seconds", "seconds",
	    "When the host last took a message; 0: not yet.", host_good },
	{ "host_last_failure_timestamp_seconds", "seconds",
	    "When the host or its login last failed; 0: never.", host_bad },
	{ "host_failures", NULL,
	    "Failures in a row since the last success.", host_failures },
	{ "host_down", NULL,
	    "Whether the host is left alone for a while.", host_down },
	{ "host_next_try_timestamp_seconds", "seconds",
	    "When a host that is down is tried again; 0: it is up.",
	    host_until },
};

static void
put_hosts(FILE *out, const struct outlooks *all, const struct family *f,
    time_t now)
{
	const struct settings *s = all->settings;
	char host[OUTLOOK_HOST];
	size_t i, n;

	put_family(out, f->name, f->unit, f->help);
	for (i = 0; i < s->accounts_n; i++)
		for (n = 0; n < s->accounts[i].hosts_n; n++) {
			outlook_host(host, &s->accounts[i].hosts[n]);
			fprintf(out, "posthorn_%s", f->name);
			put_label(out, '{', "account", s->accounts[i].name);
			put_label(out, ',', "host", host);
			fprintf(out, "} %" PRId64 "\n",
			    f->value(&all->list[i].hosts[n], now));
		}
}

void
openmetrics_write(FILE *out, const struct outlooks *all,
    const struct tally *t, bool runner, time_t now)
{
	size_t i;

	if (t != NULL) {
		put_queue(out, t, runner, now);
		put_accounts(out, all, t, now);
	}
	for (i = 0; i < COUNT(families); i++)
		put_hosts(out, all, &families[i], now);
	fputs("# EOF\n", out);
}
