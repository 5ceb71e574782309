/* SPDX-License-Identifier: ISC */
/* How the hosts of each account have been doing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "front/outlook.h"

void
outlook_host(char out[OUTLOOK_HOST], const struct host *h)
{
	const char *bracket = h->is_address && strchr(h->name, ':') != NULL ?
	    "[" : "";

	if (h->is_unix)
		snprintf(out, OUTLOOK_HOST, "%.270s", h->name);
	else
		snprintf(out, OUTLOOK_HOST, "%s%.260s%s:%u", bracket, h->name,
		    *bracket != '\0' ? "]" : "", h->port);
}

/* Words that name the host need it no second time. */
void
outlook_trouble(char out[OUTLOOK_WORDS], const struct host *host,
    const struct health *h)
{
	char name[OUTLOOK_HOST];

	outlook_host(name, host);
	if (h->fault == FAULT_LOGIN)
		snprintf(out, OUTLOOK_WORDS, "no login at %s: %s", name,
		    h->text);
	else if (strstr(h->text, host->name) != NULL)
		snprintf(out, OUTLOOK_WORDS, "server down: %s", h->text);
	else
		snprintf(out, OUTLOOK_WORDS, "%s is down%s%s", name,
		    h->text[0] != '\0' ? ": " : "", h->text);
}

/* What holds everything up, if it does: all hosts are down, until the first of
 * them is tried again. */
static void
outlook_judge(struct outlook *k, time_t now)
{
	const struct account *a = k->account;
	const struct health *h, *first = NULL;
	char words[OUTLOOK_WORDS];
	size_t i;

	for (i = 0; i < a->hosts_n; i++) {
		h = &k->hosts[i];
		if (!health_down(h, now))
			return;
		if (first == NULL || h->until < first->until)
			first = h;
	}
	if (first == NULL)
		return;
	k->down = true;
	k->until = first->until;
	outlook_trouble(words, &a->hosts[first - k->hosts], first);
	k->words = mem_dup(words);
}

void
outlook_read(struct outlooks *all, const struct settings *settings,
    const struct state *state, time_t now)
{
	size_t i, n;

	all->settings = settings;
	all->other = NULL;
	all->list = mem_alloc((settings->accounts_n + 1) *
	    sizeof(*all->list));
	for (i = 0; i < settings->accounts_n; i++) {
		const struct account *a = &settings->accounts[i];
		struct outlook *k = &all->list[i];

		k->account = a;
		k->hosts = mem_alloc((a->hosts_n + 1) * sizeof(*k->hosts));
		for (n = 0; n < a->hosts_n; n++)
			health_load(&k->hosts[n], state, a, &a->hosts[n]);
		outlook_judge(k, now);
	}
}

enum outlook_whose
outlook_whose(struct outlooks *all, const struct entry *e)
{
	const char *ours = all->settings->path;

	if (ours != NULL && strcmp(e->config, ours) == 0)
		return OUTLOOK_OURS;
	if (all->other != NULL && strcmp(e->config, all->other) == 0)
		return all->other_is;
	free(all->other);
	all->other = mem_dup(e->config);
	all->other_is = access(e->config, F_OK) != 0 &&
	    (errno == ENOENT || errno == ENOTDIR) ? OUTLOOK_GONE :
	    OUTLOOK_OTHER;
	return all->other_is;
}

const struct outlook *
outlook_of(const struct outlooks *all, const struct entry *e)
{
	const struct settings *s = all->settings;
	size_t i;

	if (s->path != NULL && strcmp(e->config, s->path) == 0)
		for (i = 0; i < s->accounts_n; i++)
			if (strcmp(s->accounts[i].name, e->account) == 0)
				return &all->list[i];
	return NULL;
}

time_t
outlook_next(struct outlooks *all, const struct entry *e)
{
	const struct outlook *k = outlook_of(all, e);

	if (k == NULL && outlook_whose(all, e) == OUTLOOK_GONE)
		return 0;
	if (k != NULL && k->down && k->until > e->next)
		return k->until;
	return e->next > 0 ? e->next : e->retry.arrived;
}

/* Mail of others is named as such, before what was said of it. */
static const char *
reason_foreign(struct outlooks *all, const struct entry *e,
    enum outlook_whose whose, const char *said)
{
	if (whose == OUTLOOK_GONE)
		snprintf(all->words, sizeof(all->words), "belongs to %s, "
		    "which is gone", e->config);
	else
		snprintf(all->words, sizeof(all->words), "belongs to %s%s%s",
		    e->config, said != NULL ? ": " : "",
		    said != NULL ? said : "");
	return all->words;
}

void
outlook_fill(struct outlooks *all, const struct entry *e,
    enum store_folder where, struct listed *m)
{
	const struct recipient *r = listing_first(&e->envelope);
	const struct outlook *k = outlook_of(all, e);
	enum outlook_whose whose = outlook_whose(all, e);

	*m = (struct listed){ .id = e->id, .uid = e->uid, .where = where,
		.e = e };
	if (r != NULL && r->text != NULL && r->text[0] != '\0')
		m->reason = r->text;
	if (where != STORE_ACTIVE)
		return;
	m->next = outlook_next(all, e);
	m->foreign = whose != OUTLOOK_OURS;
	m->orphan = whose == OUTLOOK_GONE;
	if (m->foreign)
		m->reason = reason_foreign(all, e, whose, m->reason);
	else if (m->reason == NULL && k != NULL && k->down)
		m->reason = k->words;
}

void
outlook_free(struct outlooks *all)
{
	size_t i;

	for (i = 0; i < all->settings->accounts_n; i++) {
		free(all->list[i].hosts);
		free(all->list[i].words);
	}
	free(all->list);
	free(all->other);
	all->list = NULL;
	all->other = NULL;
}
