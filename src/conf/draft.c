/* SPDX-License-Identifier: ISC */
/* Settings under construction. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "conf/draft.h"

int
draft_fail(struct draft *d, int line, const char *fmt, ...)
{
	char words[LIMIT_WORDS];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	return outcome_fail(d->o, FAULT_CONFIG, STAGE_CONFIG, "%s:%d: %s",
	    d->file, line, words);
}

void
draft_file(struct draft *d, const struct conffile *src)
{
	struct settings *s = d->s;

	d->file = src->path;
	s->files = mem_grow(s->files, s->files_n + 1, sizeof(*s->files));
	s->files[s->files_n++] = (struct settings_file){ mem_dup(src->path),
		src->dev, src->ino, src->size, src->mtime };
}

void
draft_account(struct draft *d, const char *name)
{
	struct settings *s = d->s;
	size_t i;

	s->accounts = mem_grow(s->accounts, s->accounts_n + 1,
	    sizeof(*s->accounts));
	d->a = &s->accounts[s->accounts_n++];
	account_init(d->a, name);
	d->port = 0;
	d->like = NULL;
	for (i = 0; i < KEYS; i++)
		if (keys[i].section == SECTION_ACCOUNT)
			d->lines[i] = 0;
}

void
draft_account_end(struct draft *d)
{
	const size_t n = d->s->accounts_n;
	struct past *p;
	size_t i;

	d->past = mem_grow(d->past, n, sizeof(*d->past));
	p = &d->past[n - 1];
	p->port = d->port;
	for (i = 0; i < KEYS; i++)
		p->given[i] = keys[i].section == SECTION_ACCOUNT &&
		    d->lines[i] != 0;
	d->a = NULL;
}

int
draft_given(const struct draft *d, const char *name)
{
	return d->lines[keys_index(SECTION_ACCOUNT, name)];
}

void
draft_free(struct draft *d)
{
	free(d->fallback);
	d->fallback = NULL;
	free(d->fallback_file);
	d->fallback_file = NULL;
	free(d->past);
	d->past = NULL;
}

const char DRAFT_SAID[] = "";

const char *
draft_copy(char **to, const char *s)
{
	free(*to);
	*to = mem_dup(s);
	return NULL;
}

const char *
draft_list(char ***to, const char *const v[], size_t n)
{
	size_t i;

	for (i = 0; *to != NULL && (*to)[i] != NULL; i++)
		free((*to)[i]);
	*to = mem_grow(*to, n + 1, sizeof(**to));
	for (i = 0; i < n; i++)
		(*to)[i] = mem_dup(v[i]);
	(*to)[n] = NULL;
	return NULL;
}

const char *
draft_unbuilt(struct draft *d, const struct key *k, const char *value)
{
	draft_fail(d, d->line, "%s = \"%.80s\" is not in this version",
	    k->name, value);
	return DRAFT_SAID;
}
