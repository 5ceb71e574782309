/* SPDX-License-Identifier: ISC */
/* Every key of the configuration file, in one table. */
#include <sys/socket.h>

#include <assert.h>
#include <string.h>
#include <syslog.h>

#include "conf/account.h"
#include "conf/keys.h"
#include "conf/settings.h"
#include "conf/suggest.h"

static const struct word received_words[] = {
	{ "full", RECEIVED_FULL }, { "minimal", RECEIVED_MINIMAL },
	{ "none", RECEIVED_NONE }, { NULL, 0 }
};
static const struct word tls_words[] = {
	{ "starttls", TLS_STARTTLS }, { "implicit", TLS_IMPLICIT },
	{ "off", TLS_OFF }, { NULL, 0 }
};
static const struct word protocol_words[] = {
	{ "smtp", 0 }, { "lmtp", -1 }, { NULL, 0 }
};
static const struct word ip_words[] = {
	{ "any", AF_UNSPEC }, { "4", AF_INET }, { "6", AF_INET6 }, { NULL, 0 }
};
static const struct word pipeline_words[] = {
	{ "safe", PIPELINE_SAFE }, { "full", PIPELINE_FULL },
	{ "off", PIPELINE_OFF }, { NULL, 0 }
};
static const struct word rewrite_words[] = {
	{ "never", REWRITE_NEVER }, { "local", REWRITE_LOCAL },
	{ "always", REWRITE_ALWAYS }, { NULL, 0 }
};
static const struct word sender_words[] = {
	{ "keep", false }, { "account", true }, { NULL, 0 }
};
static const struct word trust_words[] = {
	{ "ca", 0 }, { "first-use", -1 }, { NULL, 0 }
};
static const struct word format_words[] = {
	{ "text", false }, { "json", true }, { NULL, 0 }
};
static const struct word facility_words[] = {
	{ "mail", LOG_MAIL }, { "user", LOG_USER }, { "daemon", LOG_DAEMON },
	{ "local0", LOG_LOCAL0 }, { "local1", LOG_LOCAL1 },
	{ "local2", LOG_LOCAL2 }, { "local3", LOG_LOCAL3 },
	{ "local4", LOG_LOCAL4 }, { "local5", LOG_LOCAL5 },
	{ "local6", LOG_LOCAL6 }, { "local7", LOG_LOCAL7 }, { NULL, 0 }
};
static const struct word deliver_words[] = {
	{ "now", DELIVER_NOW }, { "background", DELIVER_BACKGROUND },
	{ "queued", DELIVER_QUEUED }, { NULL, 0 }
};
static const struct word runner_words[] = {
	{ "auto", false }, { "external", true }, { NULL, 0 }
};

#define TOP(name, kind, at, words) \
	{ SECTION_TOP, name, kind, at, words, false, SECTION_TOP }
#define OPENS(name, section) \
	{ SECTION_TOP, name, KIND_SECTION, NOWHERE, NULL, false, section }
#define SET(field) offsetof(struct settings, field)
#define LOG(name, kind, at, words) \
	{ SECTION_LOG, name, kind, at, words, false, SECTION_TOP }
#define QUEUE(name, kind, at, words) \
	{ SECTION_QUEUE, name, kind, at, words, false, SECTION_TOP }
#define ONE(name, kind, at, words) \
	{ SECTION_ACCOUNT, name, kind, at, words, false, SECTION_TOP }
#define MANY(name, kind, at) \
	{ SECTION_ACCOUNT, name, kind, at, NULL, true, SECTION_TOP }
#define ACC(field) offsetof(struct account, field)

const struct key keys[KEYS] = {
	OPENS("account", SECTION_ACCOUNT),
	OPENS("log", SECTION_LOG),
	OPENS("queue", SECTION_QUEUE),
	TOP("include", KIND_INCLUDE, NOWHERE, NULL),
	TOP("default-account", KIND_FALLBACK, NOWHERE, NULL),
	TOP("domain", KIND_DOMAIN, SET(domain), NULL),
	TOP("max-message-size", KIND_SIZE, SET(max_message_size), NULL),
	TOP("received", KIND_WORD, SET(received), received_words),
	TOP("aliases", KIND_PATH, SET(aliases), NULL),
	TOP("traffic-log", KIND_BOOL, SET(traffic_log), NULL),
	TOP("allow", KIND_UNBUILT, NOWHERE, NULL),

	LOG("syslog", KIND_BOOL, SET(log.syslog), NULL),
	LOG("facility", KIND_WORD, SET(log.facility), facility_words),
	LOG("file", KIND_PATH, SET(log.file), NULL),
	LOG("format", KIND_FLAG, SET(log.json), format_words),

	QUEUE("directory", KIND_DIRECTORY, NOWHERE, NULL),
	QUEUE("deliver", KIND_WORD, SET(queue.deliver), deliver_words),
	QUEUE("patience", KIND_PATIENCE, SET(queue.patience), NULL),
	QUEUE("runner", KIND_FLAG, SET(queue.external), runner_words),
	QUEUE("min-retry", KIND_WAIT, SET(queue.min_retry), NULL),
	QUEUE("max-retry", KIND_WAIT, SET(queue.max_retry), NULL),
	QUEUE("warn-after", KIND_LIMIT, SET(queue.warn_after), NULL),
	QUEUE("expire", KIND_LIMIT, SET(queue.expire), NULL),
	QUEUE("max-hold", KIND_LIMIT, SET(queue.max_hold), NULL),
	QUEUE("keep-failed", KIND_LIMIT, SET(queue.keep_failed), NULL),
	QUEUE("bounce-to", KIND_MAILBOX, SET(queue.bounce_to), NULL),
	QUEUE("connections", KIND_CONNECTIONS, SET(queue.connections), NULL),
	QUEUE("max-size", KIND_SIZE, SET(queue.max_size), NULL),
	QUEUE("min-free", KIND_FREE, NOWHERE, NULL),
	QUEUE("flood", KIND_UNBUILT, NOWHERE, NULL),

	ONE("inherit", KIND_INHERIT, NOWHERE, NULL),
	MANY("host", KIND_HOSTS, ACC(hosts)),
	ONE("port", KIND_PORT, NOWHERE, NULL),
	ONE("tls", KIND_WORD, ACC(tls), tls_words),
	ONE("protocol", KIND_WORD, NOWHERE, protocol_words),
	ONE("ip", KIND_WORD, ACC(family), ip_words),
	ONE("pipeline", KIND_WORD, ACC(pipeline), pipeline_words),
	ONE("max-recipients", KIND_RECIPIENTS, ACC(max_recipients), NULL),
	ONE("user", KIND_TEXT, ACC(user), NULL),
	ONE("password", KIND_SECRET, ACC(secret.password), NULL),
	ONE("password-file", KIND_PATH, ACC(secret.password_file), NULL),
	MANY("password-command", KIND_COMMAND, ACC(secret.password_command)),
	ONE("credential", KIND_CREDENTIAL, ACC(secret.credential), NULL),
	MANY("token-command", KIND_COMMAND, ACC(secret.token_command)),
	MANY("auth", KIND_AUTH, ACC(auth)),
	ONE("from", KIND_FROM, NOWHERE, NULL),
	ONE("rewrite-from", KIND_WORD, ACC(rewrite), rewrite_words),
	ONE("null-sender", KIND_FLAG, ACC(null_sender_account), sender_words),
	MANY("match", KIND_LIST, ACC(match)),
	ONE("tls-ca-file", KIND_PATH, ACC(tls_ca_file), NULL),
	ONE("tls-crl-file", KIND_PATH, ACC(tls_crl_file), NULL),
	ONE("tls-trust", KIND_WORD, NOWHERE, trust_words),
	MANY("tls-fingerprint", KIND_PINS, ACC(tls_fingerprints)),
	ONE("tls-certificate", KIND_URI, ACC(tls_certificate), NULL),
	ONE("tls-key", KIND_URI, ACC(tls_key), NULL),
	ONE("tls-name", KIND_NAME, ACC(tls_name), NULL),
	ONE("tls-priority", KIND_TEXT, ACC(tls_priority), NULL),
	ONE("tls-verify", KIND_BOOL, ACC(tls_verify), NULL),
	ONE("tls-resume", KIND_FALSE, NOWHERE, NULL),
	ONE("dane", KIND_FALSE, NOWHERE, NULL),
	ONE("ehlo-name", KIND_DOMAIN, ACC(ehlo_name), NULL),
	ONE("source-address", KIND_ADDRESS, ACC(source_address), NULL),
	ONE("connect-timeout", KIND_DURATION, ACC(connect_timeout), NULL),
	ONE("timeout", KIND_DURATION, ACC(timeout), NULL),
	ONE("final-timeout", KIND_DURATION, ACC(final_timeout), NULL),
	ONE("rate", KIND_UNBUILT, NOWHERE, NULL),
	ONE("proxy", KIND_UNBUILT, NOWHERE, NULL),
};

_Static_assert(sizeof(keys) / sizeof(keys[0]) == KEYS, "KEYS");

const struct key *
keys_find(enum section section, const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < KEYS; i++)
		if (keys[i].section == section && strlen(keys[i].name) == n &&
		    memcmp(keys[i].name, name, n) == 0)
			return &keys[i];
	return NULL;
}

size_t
keys_index(enum section section, const char *name)
{
	const struct key *k = keys_find(section, name, strlen(name));

	assert(k != NULL);
	return (size_t)(k - keys);
}

const struct key *
keys_anywhere(const char *name, size_t n)
{
	const struct key *k = NULL;
	int section;

	for (section = 0; section < SECTIONS && k == NULL; section++)
		k = keys_find((enum section)section, name, n);
	return k;
}

const char *
keys_nearest(enum section section, const char *name, size_t n)
{
	struct suggest s;
	size_t i;

	suggest_init(&s, name, n);
	for (i = 0; i < KEYS; i++)
		if (keys[i].section == section)
			suggest_offer(&s, keys[i].name);
	return s.best;
}

const char *
keys_section(enum section section)
{
	static const char *const names[SECTIONS] = {
		"", "account", "log", "queue"
	};

	return names[section];
}
