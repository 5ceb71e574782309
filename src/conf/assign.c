/* SPDX-License-Identifier: ISC */
/* One key's value goes to its place in the settings. */
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "conf/accountkeys.h"
#include "conf/assign.h"
#include "conf/inherit.h"
#include "conf/queuekeys.h"
#include "conf/suggest.h"
#include "conf/value.h"
#include "mail/address.h"

static const char *
set_text(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	(void)d, (void)k, (void)n;
	return draft_copy(to, v[0]);
}

static const char *
set_path(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	const char *expected = value_path(v[0]);

	(void)d, (void)k, (void)n;
	return expected != NULL ? expected : draft_copy(to, v[0]);
}

static const char *
set_uri(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	if (strncmp(v[0], "pkcs11:", 7) == 0)
		return draft_copy(to, v[0]);
	if (set_path(d, k, to, v, n) != NULL)
		return "an absolute path or a pkcs11: URI";
	return NULL;
}

static const char *
set_list(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	(void)d, (void)k;
	return draft_list(to, v, n);
}

static const char *
set_command(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	(void)d, (void)k;
	if (n == 1 && strchr(v[0], ' ') != NULL)
		return "a list, such as { \"cat\", \"/etc/secret\" }: no shell "
		    "takes it apart";
	if (*v[0] != '/' && strchr(v[0], '/') != NULL)
		return "a program in /usr/bin or /bin, or its absolute path";
	return draft_list(to, v, n);
}

static const char *
set_bool(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	(void)d, (void)k, (void)n;
	return value_bool(v[0], to);
}

static const char *
set_duration(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	(void)d, (void)k, (void)n;
	return value_duration(v[0], to);
}

static const char *
set_size(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	(void)d, (void)k, (void)n;
	return value_size(v[0], to);
}

static const char *
set_recipients(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	unsigned long number;
	unsigned *count = to;

	(void)d, (void)k, (void)n;
	if (value_number(v[0], 1, LIMIT_RECIPIENTS, &number) != NULL)
		return "a number from 1 to 1000000";
	*count = (unsigned)number;
	return NULL;
}

/* Says which words there are, and which one was meant. */
static const char *
assign_no_word(struct draft *d, const struct key *k, const char *value)
{
	const struct word *w;
	struct suggest s;
	char all[160] = "";
	size_t len = 0;

	suggest_init(&s, value, strlen(value));
	for (w = k->words; w->word != NULL; w++) {
		size_t m = strlen(w->word);

		suggest_offer(&s, w->word);
		if (w->value < 0 || len + m + 3 > sizeof(all))
			continue;
		memcpy(all + len, len > 0 ? ", " : "", len > 0 ? 3 : 1);
		len += len > 0 ? 2 : 0;
		memcpy(all + len, w->word, m + 1);
		len += m;
	}
	draft_fail(d, d->line, "%s = \"%.80s\": expected one of %s", k->name,
	    value, all);
	if (s.best != NULL)
		outcome_advise(d->o, "did you mean \"%s\"?", s.best);
	return DRAFT_SAID;
}

/* The row of the key's words, or NULL with all said. */
static const struct word *
assign_word(struct draft *d, const struct key *k, const char *value)
{
	const struct word *w;

	for (w = k->words; w->word != NULL; w++)
		if (strcmp(w->word, value) == 0)
			break;
	if (w->value < 0) {
		draft_unbuilt(d, k, value);
		return NULL;
	}
	if (w->word == NULL) {
		assign_no_word(d, k, value);
		return NULL;
	}
	return w;
}

static const char *
set_word(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	const struct word *w = assign_word(d, k, v[0]);

	(void)n;
	if (w == NULL)
		return DRAFT_SAID;
	if (to != NULL)
		memcpy(to, &w->value, sizeof(w->value));
	return NULL;
}

static const char *
set_flag(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	const struct word *w = assign_word(d, k, v[0]);
	bool *flag = to;

	(void)n;
	if (w == NULL)
		return DRAFT_SAID;
	*flag = w->value != 0;
	return NULL;
}

static const char *
set_false(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	bool on;
	const char *expected = value_bool(v[0], &on);

	(void)to, (void)n;
	if (expected != NULL)
		return expected;
	return on ? draft_unbuilt(d, k, v[0]) : NULL;
}

static const char *
set_fallback(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	(void)k, (void)to, (void)n;
	draft_copy(&d->fallback_file, d->file);
	d->fallback_line = d->line;
	return draft_copy(&d->fallback, v[0]);
}

static const char *
set_domain(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	struct outcome why;
	struct buf b;
	const char *expected = NULL;

	(void)d, (void)k, (void)n;
	buf_init(&b, LIMIT_DOMAIN + 1);
	if (address_domain(&b, v[0], &why) != 0)
		expected = "a domain name";
	else
		draft_copy(to, b.data);
	buf_free(&b);
	return expected;
}

static const char *
set_name(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	bool address;
	const char *expected = value_host_name(v[0], &address);

	(void)d, (void)k, (void)n;
	return expected != NULL ? expected : draft_copy(to, v[0]);
}

static const char *
set_address(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	bool address;

	(void)d, (void)k, (void)n;
	if (value_host_name(v[0], &address) != NULL || !address)
		return "an IPv4 or IPv6 address";
	return draft_copy(to, v[0]);
}

static draft_setter *const setters[KINDS] = {
	[KIND_TEXT] = set_text, [KIND_SECRET] = set_text,
	[KIND_PATH] = set_path, [KIND_URI] = set_uri,
	[KIND_LIST] = set_list, [KIND_COMMAND] = set_command,
	[KIND_BOOL] = set_bool, [KIND_DURATION] = set_duration,
	[KIND_PATIENCE] = queuekeys_patience,
	[KIND_WAIT] = queuekeys_wait, [KIND_LIMIT] = queuekeys_limit,
	[KIND_SIZE] = set_size, [KIND_RECIPIENTS] = set_recipients,
	[KIND_WORD] = set_word, [KIND_FLAG] = set_flag,
	[KIND_FALSE] = set_false, [KIND_FALLBACK] = set_fallback,
	[KIND_DOMAIN] = set_domain, [KIND_NAME] = set_name,
	[KIND_ADDRESS] = set_address, [KIND_HOSTS] = accountkeys_hosts,
	[KIND_PORT] = accountkeys_port, [KIND_AUTH] = accountkeys_auth,
	[KIND_FROM] = accountkeys_from, [KIND_PINS] = accountkeys_pins,
	[KIND_INHERIT] = inherit_from,
	[KIND_CREDENTIAL] = accountkeys_credential,
	[KIND_DIRECTORY] = queuekeys_directory,
	[KIND_MAILBOX] = queuekeys_mailbox,
	[KIND_CONNECTIONS] = queuekeys_connections,
	[KIND_FREE] = queuekeys_free,
};

/* Where the value goes; NULL: the setter knows, or nowhere. */
static void *
assign_place(struct draft *d, const struct key *k)
{
	if (k->at == NOWHERE)
		return NULL;
	if (k->section == SECTION_ACCOUNT)
		return (char *)d->a + k->at;
	return (char *)d->s + k->at;
}

int
assign(struct draft *d, const struct key *k, const char *const v[], size_t n)
{
	const char *expected = NULL, *last = v[n - 1];

	if (value_has_control(last))
		return draft_fail(d, d->line, "%s has a control character in "
		    "it (a variable's value?)", k->name);
	if (*last == '\0')
		expected = "something; leave the key out for its default";
	else if (setters[k->kind] != NULL)
		expected = setters[k->kind](d, k, assign_place(d, k), v, n);
	d->lines[k - keys] = d->line;
	if (expected == NULL)
		return 0;
	if (expected == DRAFT_SAID)
		return -1;
	if (k->kind == KIND_SECRET)
		return draft_fail(d, d->line, "%s: expected %s", k->name,
		    expected);
	return draft_fail(d, d->line, "%s = \"%.80s\": expected %s", k->name,
	    last, expected);
}
