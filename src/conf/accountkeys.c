/* SPDX-License-Identifier: ISC */
/* The keys of an account whose values have a form of their own. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/mem.h"
#include "conf/accountkeys.h"
#include "conf/suggest.h"
#include "conf/template.h"
#include "conf/value.h"

/* What a mechanism proves itself with. */
enum proof {
	PROOF_PASSWORD,
	PROOF_TOKEN,
	PROOF_CERTIFICATE
};

static const struct {
	const char	*name;
	enum proof	 proof;
} mechanisms[] = {
	{ "EXTERNAL", PROOF_CERTIFICATE },
	{ "SCRAM-SHA-512-PLUS", PROOF_PASSWORD },
	{ "SCRAM-SHA-256-PLUS", PROOF_PASSWORD },
	{ "SCRAM-SHA-1-PLUS", PROOF_PASSWORD },
	{ "SCRAM-SHA-512", PROOF_PASSWORD },
	{ "SCRAM-SHA-256", PROOF_PASSWORD },
	{ "SCRAM-SHA-1", PROOF_PASSWORD },
	{ "OAUTHBEARER", PROOF_TOKEN },
	{ "XOAUTH2", PROOF_TOKEN },
	{ "CRAM-MD5", PROOF_PASSWORD },
	{ "PLAIN", PROOF_PASSWORD },
	{ "LOGIN", PROOF_PASSWORD },
};
#define MECHANISMS (sizeof(mechanisms) / sizeof(mechanisms[0]))

const char *
accountkeys_hosts(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	struct account *a = d->a;
	struct host h;
	const char *expected;

	(void)to;
	/* Called once for each value: only the last one is new. */
	if (strncmp(v[n - 1], "srv:", 4) == 0)
		return draft_unbuilt(d, k, v[n - 1]);
	if (n > LIMIT_HOSTS)
		return "at most 16 hosts";
	expected = value_host(v[n - 1], &h);
	if (expected != NULL)
		return expected;
	a->hosts = mem_grow(a->hosts, n, sizeof(*a->hosts));
	a->hosts[n - 1] = h;
	a->hosts_n = n;
	return NULL;
}

const char *
accountkeys_port(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	unsigned long port;

	(void)k, (void)to, (void)n;
	if (value_number(v[0], 1, 65535, &port) != NULL)
		return "a number from 1 to 65535";
	d->port = (unsigned)port;
	return NULL;
}

static size_t
mechanism_row(const char *name)
{
	size_t i;

	for (i = 0; i < MECHANISMS; i++)
		if (strcasecmp(mechanisms[i].name, name) == 0)
			break;
	return i;
}

static const char *
mechanism_unknown(struct draft *d, const struct key *k, const char *name)
{
	struct suggest s;
	size_t i;

	if (strcasecmp(name, "GSSAPI") == 0)
		return draft_unbuilt(d, k, name);
	suggest_init(&s, name, strlen(name));
	for (i = 0; i < MECHANISMS; i++)
		suggest_offer(&s, mechanisms[i].name);
	draft_fail(d, d->line, "auth = \"%.80s\": there is no such mechanism",
	    name);
	if (s.best != NULL)
		outcome_advise(d->o, "did you mean \"%s\"?", s.best);
	else
		outcome_advise(d->o, "auto, off, or a list of: EXTERNAL, "
		    "SCRAM-SHA-512, SCRAM-SHA-256, SCRAM-SHA-1 (all three "
		    "also with -PLUS), OAUTHBEARER, XOAUTH2, CRAM-MD5, "
		    "PLAIN, LOGIN");
	return DRAFT_SAID;
}

const char *
accountkeys_auth(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	struct account *a = d->a;
	size_t i;

	if (strcasecmp(v[0], "auto") == 0 || strcasecmp(v[0], "off") == 0) {
		a->auth_off = strcasecmp(v[0], "off") == 0;
		return n == 1 ? NULL : "auto or off to stand alone";
	}
	if (mechanism_row(v[n - 1]) == MECHANISMS)
		return mechanism_unknown(d, k, v[n - 1]);
	draft_list(to, v, n);
	for (i = 0; i < n; i++)
		draft_copy(&a->auth[i], mechanisms[mechanism_row(v[i])].name);
	return NULL;
}

bool
accountkeys_auth_fits(const struct account *a)
{
	bool token = a->secret.token_command != NULL;
	bool password = !token && (a->secret.password != NULL ||
	    a->secret.password_file != NULL || a->secret.credential != NULL ||
	    a->secret.password_command != NULL);
	size_t i;

	for (i = 0; a->auth[i] != NULL; i++)
		switch (mechanisms[mechanism_row(a->auth[i])].proof) {
		case PROOF_PASSWORD:
			if (password)
				return true;
			break;
		case PROOF_TOKEN:
			if (token)
				return true;
			break;
		case PROOF_CERTIFICATE:
			if (!password && !token && a->tls_certificate != NULL)
				return true;
			break;
		}
	return false;
}

const char *
accountkeys_from(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	static const struct template_facts sample = { "user",
		"host.example.org", "example.org" };
	struct account *a = d->a;
	struct buf b;
	const char *expected;

	(void)k, (void)to, (void)n;
	if (!template_is(v[0]))
		return value_mailbox(v[0], &a->from_name, &a->from_address);
	buf_init(&b, LIMIT_CONFIG);
	expected = template_expand(&b, v[0], &sample);
	if (expected == NULL)
		expected = value_mailbox(b.data, &a->from_name,
		    &a->from_address);
	buf_free(&b);
	return expected != NULL ? expected :
	    draft_copy(&a->from_template, v[0]);
}

const char *
accountkeys_pins(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	char ***pins = to;
	char *pin;
	const char *expected = value_pin(v[n - 1], &pin);

	(void)d, (void)k;
	if (expected != NULL)
		return expected;
	*pins = mem_grow(*pins, n + 1, sizeof(**pins));
	(*pins)[n - 1] = pin;
	(*pins)[n] = NULL;
	return NULL;
}

const char *
accountkeys_credential(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	(void)n;
	if (d->set_id) {
		draft_fail(d, d->line, "%s cannot be used by a set-id "
		    "posthorn", k->name);
		outcome_advise(d->o, "a caller could set "
		    "CREDENTIALS_DIRECTORY; use password-file");
		return DRAFT_SAID;
	}
	if (strchr(v[0], '/') != NULL || *v[0] == '.' || strlen(v[0]) > 255)
		return "a credential's name";
	return draft_copy(to, v[0]);
}
