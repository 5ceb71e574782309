/* SPDX-License-Identifier: ISC */
/* One account's settings; the choice among them. */
#include <sys/socket.h>

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "conf/account.h"

void
account_init(struct account *a, const char *name)
{
	memset(a, 0, sizeof(*a));
	a->name = mem_dup(name);
	a->tls = TLS_STARTTLS;
	a->family = AF_UNSPEC;
	a->pipeline = PIPELINE_SAFE;
	a->rewrite = REWRITE_LOCAL;
	a->tls_verify = true;
	a->connect_timeout = 30 * 1000;
	a->timeout = 5 * 60 * 1000;
	a->final_timeout = 10 * 60 * 1000;
}

static void
account_free_list(char **list)
{
	size_t i;

	for (i = 0; list != NULL && list[i] != NULL; i++)
		free(list[i]);
	free(list);
}

static void
account_free_secret(struct secret_source *s)
{
	if (s->password != NULL)
		mem_wipe(s->password, strlen(s->password));
	free(s->password_file);
	account_free_list(s->password_command);
	free(s->credential);
	account_free_list(s->token_command);
}

void
account_free(struct account *a)
{
	size_t i;

	free(a->name);
	for (i = 0; i < a->hosts_n; i++)
		free(a->hosts[i].name);
	free(a->hosts);
	free(a->user);
	account_free_secret(&a->secret);
	account_free_list(a->auth);
	free(a->from_name);
	free(a->from_address);
	free(a->from_template);
	account_free_list(a->match);
	free(a->tls_ca_file);
	free(a->tls_crl_file);
	account_free_list(a->tls_fingerprints);
	free(a->tls_certificate);
	free(a->tls_key);
	free(a->tls_name);
	free(a->tls_priority);
	free(a->ehlo_name);
	free(a->source_address);
	memset(a, 0, sizeof(*a));
}

static bool
account_fits(const struct account *a, const char *sender)
{
	size_t i;

	for (i = 0; a->match != NULL && a->match[i] != NULL; i++)
		if (fnmatch(a->match[i], sender, FNM_CASEFOLD) == 0)
			return true;
	return false;
}

const struct account *
account_match(const struct account *accounts, size_t n, const char *sender)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (account_fits(&accounts[i], sender))
			return &accounts[i];
	return NULL;
}

const struct account *
account_named(const struct account *accounts, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(accounts[i].name, name) == 0)
			return &accounts[i];
	return NULL;
}
