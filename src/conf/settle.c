/* SPDX-License-Identifier: ISC */
/* What keys say together: defaults that depend on others, contradictions. */
#include <sys/socket.h>

#include <string.h>

#include "conf/accountkeys.h"
#include "conf/inherit.h"
#include "conf/settle.h"
#include "conf/suggest.h"

/* Two keys that contradict each other, the place is that of the first. */
static int
settle_clash(struct draft *d, const char *key, const char *words)
{
	return draft_fail(d, draft_given(d, key), "account \"%.80s\": %s %s",
	    d->a->name, key, words);
}

/* Which hosts the account has, by what `tls` may depend on. */
struct kinds {
	size_t	unix_n, smtps, other;
};

static struct kinds
settle_kinds(const struct draft *d)
{
	struct kinds k = { 0 };
	size_t i;

	for (i = 0; i < d->a->hosts_n; i++) {
		const struct host *h = &d->a->hosts[i];

		if (h->is_unix)
			k.unix_n++;
		else if (h->port == 465 || (h->port == 0 && d->port == 465))
			k.smtps++;
		else
			k.other++;
	}
	return k;
}

static int
settle_tls_mode(struct draft *d)
{
	struct kinds k = settle_kinds(d);

	if (draft_given(d, "tls") != 0)
		return 0;
	if ((k.unix_n > 0) + (k.smtps > 0) + (k.other > 0) > 1)
		return settle_clash(d, "host", "mixes port 465, other ports "
		    "or sockets: say which `tls` they want, or make an "
		    "account of each");
	if (k.smtps > 0)
		d->a->tls = TLS_IMPLICIT;
	else if (k.unix_n > 0)
		d->a->tls = TLS_OFF;
	return 0;
}

static int
settle_hosts(struct draft *d)
{
	struct account *a = d->a;
	unsigned port = d->port;
	size_t i;

	if (a->hosts_n == 0)
		return draft_fail(d, d->line, "account \"%.80s\" has no host",
		    a->name);
	if (settle_tls_mode(d) != 0)
		return -1;
	if (port == 0)
		port = a->tls == TLS_IMPLICIT ? 465 : 587;
	for (i = 0; i < a->hosts_n; i++) {
		struct host *h = &a->hosts[i];

		if (!h->is_unix && h->port == 0)
			h->port = (uint16_t)port;
		if (h->is_unix && a->tls != TLS_OFF && a->tls_verify &&
		    a->tls_name == NULL && a->tls_fingerprints == NULL)
			return settle_clash(d, "host", "is a socket, which "
			    "has no name to verify: set tls-name");
	}
	return 0;
}

static int
settle_secret(struct draft *d)
{
	static const char *const sources[] = {
		"password", "password-file", "password-command", "credential",
		"token-command"
	};
	const char *first = NULL;
	size_t i;

	for (i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		if (draft_given(d, sources[i]) == 0)
			continue;
		if (first != NULL)
			return draft_fail(d, draft_given(d, sources[i]),
			    "account \"%.80s\": %s and %s: one source of the "
			    "secret is enough", d->a->name, first, sources[i]);
		first = sources[i];
	}
	if (first != NULL && d->a->user == NULL)
		return settle_clash(d, first, "without user");
	if (first == NULL && d->a->user != NULL && !d->a->auth_off &&
	    d->a->tls_certificate == NULL)
		return settle_clash(d, "user", "without password, "
		    "password-file, password-command, credential or "
		    "token-command");
	return 0;
}

static int
settle_auth(struct draft *d)
{
	const struct account *a = d->a;

	if (a->auth == NULL)
		return 0;
	if (a->user == NULL)
		return settle_clash(d, "auth", "without user");
	if (!accountkeys_auth_fits(a))
		return settle_clash(d, "auth", "names no mechanism that works "
		    "with what there is (password, token-command or "
		    "tls-certificate)");
	return 0;
}

static int
settle_tls(struct draft *d)
{
	const struct account *a = d->a;

	if (a->tls == TLS_OFF && a->tls_fingerprints != NULL)
		return settle_clash(d, "tls-fingerprint",
		    "means nothing without TLS");
	if (a->tls == TLS_OFF && a->tls_certificate != NULL)
		return settle_clash(d, "tls-certificate",
		    "means nothing without TLS");
	if (a->tls_key != NULL && a->tls_certificate == NULL)
		return settle_clash(d, "tls-key", "without tls-certificate");
	if (!a->tls_verify && a->tls_fingerprints != NULL)
		return settle_clash(d, "tls-fingerprint",
		    "and tls-verify = false contradict each other");
	return 0;
}

static int
settle_sender(struct draft *d)
{
	const struct account *a = d->a;

	if (a->rewrite == REWRITE_ALWAYS && a->from_address == NULL)
		return settle_clash(d, "rewrite-from",
		    "= \"always\" without from");
	if (a->null_sender_account && a->from_address == NULL &&
	    (a->user == NULL || strchr(a->user, '@') == NULL))
		return settle_clash(d, "null-sender",
		    "= \"account\" without from");
	if (a->source_address != NULL && a->family != AF_UNSPEC &&
	    (strchr(a->source_address, ':') != NULL) !=
	    (a->family == AF_INET6))
		return settle_clash(d, "source-address",
		    "is not of the family that ip allows");
	return 0;
}

int
settle_account(struct draft *d)
{
	inherit_take(d);
	if (settle_hosts(d) != 0 || settle_secret(d) != 0 ||
	    settle_tls(d) != 0 || settle_auth(d) != 0 ||
	    settle_sender(d) != 0)
		return -1;
	draft_account_end(d);
	return 0;
}

static int
settle_no_account(struct draft *d)
{
	const struct settings *s = d->s;
	struct suggest near;
	size_t i;

	suggest_init(&near, d->fallback, strlen(d->fallback));
	for (i = 0; i < s->accounts_n; i++)
		suggest_offer(&near, s->accounts[i].name);
	d->file = d->fallback_file;
	draft_fail(d, d->fallback_line,
	    "default-account = \"%.80s\": there is no such account",
	    d->fallback);
	return outcome_advise(d->o, "did you mean \"%s\"?",
	    near.best != NULL ? near.best : s->accounts[0].name);
}

int
settle_settings(struct draft *d)
{
	struct settings *s = d->s;

	if (s->accounts_n == 0) {
		outcome_fail(d->o, FAULT_CONFIG, STAGE_CONFIG,
		    "%s: there is no account in it", d->file);
		return outcome_advise(d->o, "account \"NAME\" { host = "
		    "\"smtp.example.org\" ... }: see posthorn.conf(5)");
	}
	s->fallback = &s->accounts[0];
	if (d->fallback == NULL)
		return 0;
	s->fallback = account_named(s->accounts, s->accounts_n, d->fallback);
	return s->fallback != NULL ? 0 : settle_no_account(d);
}
