/* SPDX-License-Identifier: ISC */
/* An account that is like another one. */
#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "conf/inherit.h"
#include "conf/suggest.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

const char *
inherit_from(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	const struct settings *s = d->s;
	const size_t above = s->accounts_n - 1;	/* the last one is this */
	const struct account *a = account_named(s->accounts, above, v[0]);
	struct suggest near;
	size_t i;

	(void)k, (void)to, (void)n;
	if (a != NULL) {
		d->like = &d->past[a - s->accounts];
		return NULL;
	}
	suggest_init(&near, v[0], strlen(v[0]));
	for (i = 0; i < above; i++)
		suggest_offer(&near, s->accounts[i].name);
	draft_fail(d, d->line, "inherit = \"%.80s\": there is no such "
	    "account above this one", v[0]);
	if (near.best != NULL)
		outcome_advise(d->o, "did you mean \"%s\"?", near.best);
	return DRAFT_SAID;
}

/* What one kind of key has in its place. */
enum shape {
	SHAPE_NONE,		/* nothing there, or see inherit_special */
	SHAPE_TEXT,
	SHAPE_LIST,
	SHAPE_INT,
	SHAPE_BOOL,
	SHAPE_TIME
};

static enum shape
inherit_shape(enum kind kind)
{
	static const enum shape shapes[KINDS] = {
		[KIND_TEXT] = SHAPE_TEXT, [KIND_SECRET] = SHAPE_TEXT,
		[KIND_PATH] = SHAPE_TEXT, [KIND_URI] = SHAPE_TEXT,
		[KIND_DOMAIN] = SHAPE_TEXT, [KIND_NAME] = SHAPE_TEXT,
		[KIND_ADDRESS] = SHAPE_TEXT, [KIND_CREDENTIAL] = SHAPE_TEXT,
		[KIND_LIST] = SHAPE_LIST, [KIND_COMMAND] = SHAPE_LIST,
		[KIND_AUTH] = SHAPE_LIST, [KIND_PINS] = SHAPE_LIST,
		[KIND_WORD] = SHAPE_INT, [KIND_RECIPIENTS] = SHAPE_INT,
		[KIND_BOOL] = SHAPE_BOOL, [KIND_FLAG] = SHAPE_BOOL,
		[KIND_DURATION] = SHAPE_TIME,
	};

	return shapes[kind];
}

static void
inherit_list(char ***to, char *const *from)
{
	size_t n = 0;

	while (from != NULL && from[n] != NULL)
		n++;
	if (n > 0)
		draft_list(to, (const char *const *)from, n);
}

/* One key's value from where it stands in one account to the other. */
static void
inherit_value(const struct key *k, struct account *to,
    const struct account *from)
{
	void *there = (char *)to + k->at;
	const void *here = (const char *)from + k->at;
	char *const *text = here;

	_Static_assert(sizeof(unsigned) == sizeof(int), "SHAPE_INT");
	switch (inherit_shape(k->kind)) {
	case SHAPE_TEXT:
		draft_copy(there, *text);
		break;
	case SHAPE_LIST:
		inherit_list(there, *(char **const *)here);
		break;
	case SHAPE_INT:
		memcpy(there, here, sizeof(int));
		break;
	case SHAPE_BOOL:
		memcpy(there, here, sizeof(bool));
		break;
	case SHAPE_TIME:
		memcpy(there, here, sizeof(int64_t));
		break;
	case SHAPE_NONE:
		break;
	}
}

static void
inherit_hosts(struct account *to, const struct account *from)
{
	size_t i;

	to->hosts = mem_grow(NULL, from->hosts_n, sizeof(*to->hosts));
	to->hosts_n = from->hosts_n;
	for (i = 0; i < from->hosts_n; i++) {
		to->hosts[i] = from->hosts[i];
		to->hosts[i].name = mem_dup(from->hosts[i].name);
		if (!from->hosts[i].own_port)
			to->hosts[i].port = 0;
	}
}

/* The keys whose value is not in one place. */
static void
inherit_special(struct draft *d, const struct key *k,
    const struct account *from)
{
	struct account *to = d->a;

	switch (k->kind) {
	case KIND_HOSTS:
		inherit_hosts(to, from);
		break;
	case KIND_PORT:
		d->port = d->like->port;
		break;
	case KIND_AUTH:
		to->auth_off = from->auth_off;
		break;
	case KIND_FROM:
		draft_copy(&to->from_address, from->from_address);
		if (from->from_name != NULL)
			draft_copy(&to->from_name, from->from_name);
		if (from->from_template != NULL)
			draft_copy(&to->from_template, from->from_template);
		break;
	default:
		break;
	}
}

/* Keys of which one replaces them all. */
static const struct {
	const char	*own, *instead;
} groups[] = {
	{ "password", "secret" }, { "password-file", "secret" },
	{ "password-command", "secret" }, { "credential", "secret" },
	{ "token-command", "secret" }, { "tls-certificate", "certificate" },
	{ "tls-key", "certificate" },
};

static const char *
inherit_group(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT(groups); i++)
		if (strcmp(groups[i].own, name) == 0)
			return groups[i].instead;
	return NULL;
}

/* Does the account say this itself, in these words or others? */
static bool
inherit_own(const int own[KEYS], const struct key *k)
{
	const char *group = inherit_group(k->name), *other;
	size_t i;

	for (i = 0; i < KEYS; i++) {
		if (own[i] == 0 || keys[i].section != SECTION_ACCOUNT)
			continue;
		other = inherit_group(keys[i].name);
		if (&keys[i] == k || (group != NULL && other != NULL &&
		    strcmp(group, other) == 0))
			return true;
	}
	return false;
}

void
inherit_take(struct draft *d)
{
	const struct account *from;
	int own[KEYS];
	size_t i;

	if (d->like == NULL)
		return;
	from = &d->s->accounts[d->like - d->past];
	memcpy(own, d->lines, sizeof(own));
	for (i = 0; i < KEYS; i++) {
		if (keys[i].section != SECTION_ACCOUNT || !d->like->given[i] ||
		    inherit_own(own, &keys[i]) ||
		    keys[i].kind == KIND_INHERIT ||
		    strcmp(keys[i].name, "match") == 0)
			continue;
		if (keys[i].at != NOWHERE)
			inherit_value(&keys[i], d->a, from);
		inherit_special(d, &keys[i], from);
		d->lines[i] = draft_given(d, "inherit");
	}
}
