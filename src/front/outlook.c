/* SPDX-License-Identifier: ISC */
/* How the hosts of each account have been doing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* What holds everything up, if it does: all hosts are down, until the first of
 * them is tried again. */
static void
outlook_judge(struct outlook *k, time_t now)
{
	const struct account *a = k->account;
	const struct health *h, *first = NULL;
	char host[OUTLOOK_HOST], words[OUTLOOK_HOST + LIMIT_WORDS + 16];
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
	outlook_host(host, &a->hosts[first - k->hosts]);
	snprintf(words, sizeof(words), "%s is down%s%s", host,
	    first->text[0] != '\0' ? ": " : "", first->text);
	k->words = mem_dup(words);
}

void
outlook_read(struct outlooks *all, const struct settings *settings,
    const struct state *state, time_t now)
{
	size_t i, n;

	all->settings = settings;
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

bool
outlook_ours(const struct outlooks *all, const struct entry *e)
{
	return all->settings->path != NULL &&
	    strcmp(e->config, all->settings->path) == 0;
}

const struct outlook *
outlook_of(const struct outlooks *all, const struct entry *e)
{
	const struct settings *s = all->settings;
	size_t i;

	if (outlook_ours(all, e))
		for (i = 0; i < s->accounts_n; i++)
			if (strcmp(s->accounts[i].name, e->account) == 0)
				return &all->list[i];
	return NULL;
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
	all->list = NULL;
}
