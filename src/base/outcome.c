/* SPDX-License-Identifier: ISC */
/* How it went: the only error type that crosses a module's border. */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/outcome.h"

/* What each kind of fault means; rows in the order of enum fault. */
static const struct {
	enum verdict	verdict;
	enum scope	scope;
} faults[] = {
	[FAULT_NONE]	 = { VERDICT_DELIVERED, SCOPE_MESSAGE },
	[FAULT_USAGE]	 = { VERDICT_NEVER, SCOPE_MESSAGE },
	[FAULT_DATA]	 = { VERDICT_NEVER, SCOPE_MESSAGE },
	[FAULT_NOUSER]	 = { VERDICT_NEVER, SCOPE_RECIPIENT },
	[FAULT_REFUSED]	 = { VERDICT_NEVER, SCOPE_MESSAGE },
	[FAULT_UNBUILT]	 = { VERDICT_NEVER, SCOPE_MESSAGE },
	[FAULT_BUG]	 = { VERDICT_LATER, SCOPE_MESSAGE },
	[FAULT_OS]	 = { VERDICT_LATER, SCOPE_MESSAGE },
	[FAULT_INPUT]	 = { VERDICT_NEVER, SCOPE_MESSAGE },
	[FAULT_DELAY]	 = { VERDICT_LATER, SCOPE_MESSAGE },
	[FAULT_NETWORK]	 = { VERDICT_LATER, SCOPE_HOST },
	[FAULT_STARTTLS] = { VERDICT_LATER, SCOPE_HOST },
	[FAULT_PROTOCOL] = { VERDICT_LATER, SCOPE_HOST },
	[FAULT_LOGIN]	 = { VERDICT_LATER, SCOPE_ACCOUNT },
	[FAULT_CONFIG]	 = { VERDICT_LATER, SCOPE_ACCOUNT },
	[FAULT_TRUST]	 = { VERDICT_LATER, SCOPE_HOST },
};

static const char *const stages[] = {
	[STAGE_NONE] = "none", [STAGE_OPTIONS] = "options",
	[STAGE_INPUT] = "input", [STAGE_CONFIG] = "config",
	[STAGE_SECRET] = "secret", [STAGE_RESOLVE] = "resolve",
	[STAGE_CONNECT] = "connect", [STAGE_GREETING] = "greeting",
	[STAGE_EHLO] = "ehlo", [STAGE_STARTTLS] = "starttls",
	[STAGE_TLS] = "tls", [STAGE_AUTH] = "auth", [STAGE_MAIL] = "mail",
	[STAGE_RCPT] = "rcpt", [STAGE_DATA] = "data",
	[STAGE_MESSAGE] = "message", [STAGE_QUIT] = "quit",
};

void
outcome_clear(struct outcome *o)
{
	o->verdict = VERDICT_DELIVERED;
	o->scope = SCOPE_MESSAGE;
	o->fault = FAULT_NONE;
	o->stage = STAGE_NONE;
	o->in_doubt = false;
	o->code = 0;
	memset(o->enhanced, 0, sizeof(o->enhanced));
	o->text[0] = '\0';
	o->advice[0] = '\0';
}

/* Octets of the well-formed UTF-8 character at p (RFC 3629), 0: malformed. */
static size_t
utf8_length(const unsigned char *p, size_t left)
{
	size_t n, i;

	if (p[0] < 0x80)
		return 1;
	n = p[0] >= 0xc2 && p[0] <= 0xdf ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 :
	    p[0] >= 0xf0 && p[0] <= 0xf4 ? 4 : 0;
	if (n == 0 || n > left)
		return 0;
	for (i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f) ||
	    (p[0] == 0xc2 && p[1] < 0xa0))	/* C1 controls */
		return 0;
	return n;
}

size_t
outcome_clean(char *s, size_t n)
{
	unsigned char *p = (unsigned char *)s;
	size_t i = 0, k;

	while (i < n) {
		if (p[i] == '\t' || p[i] == '\n' || p[i] == '\r') {
			p[i++] = ' ';
			continue;
		}
		k = p[i] < 0x20 || p[i] == 0x7f ? 0 : utf8_length(p + i, n - i);
		if (k == 0) {
			p[i] = '?';
			k = 1;
		}
		i += k;
	}
	while (i > 0 && p[i - 1] == ' ')
		i--;
	p[i] = '\0';
	return i;
}

/* Formats into at most size octets, cut at a character's border, cleaned. */
static void __attribute__((format(printf, 3, 0)))
outcome_words(char *to, size_t size, const char *fmt, va_list ap)
{
	int n = vsnprintf(to, size, fmt, ap);
	size_t len;

	assert(n >= 0);
	len = (size_t)n;
	if (len >= size) {
		len = size - 1;
		while (len > 0 && ((unsigned char)to[len - 1] & 0xc0) == 0x80)
			len--;
		if (len > 0 && ((unsigned char)to[len - 1] & 0x80) != 0)
			len--;
	}
	outcome_clean(to, len);
}

static void
outcome_kind(struct outcome *o, enum fault f, enum stage s)
{
	outcome_clear(o);
	o->fault = f;
	o->stage = s;
	o->verdict = faults[f].verdict;
	o->scope = faults[f].scope;
}

int
outcome_fail(struct outcome *o, enum fault f, enum stage s,
    const char *fmt, ...)
{
	va_list ap;

	outcome_kind(o, f, s);
	va_start(ap, fmt);
	outcome_words(o->text, sizeof(o->text), fmt, ap);
	va_end(ap);
	return -1;
}

int
outcome_errno(struct outcome *o, enum fault f, enum stage s,
    const char *fmt, ...)
{
	const char *why = strerror(errno);
	size_t len;
	va_list ap;

	outcome_kind(o, f, s);
	va_start(ap, fmt);
	outcome_words(o->text, sizeof(o->text), fmt, ap);
	va_end(ap);
	len = strlen(o->text);
	snprintf(o->text + len, sizeof(o->text) - len, ": %s", why);
	return -1;
}

int
outcome_advise(struct outcome *o, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	outcome_words(o->advice, sizeof(o->advice), fmt, ap);
	va_end(ap);
	return -1;
}

void
outcome_codes(struct outcome *o, unsigned code, const uint16_t enhanced[3])
{
	o->code = (uint16_t)code;
	if (enhanced != NULL)
		memcpy(o->enhanced, enhanced, sizeof(o->enhanced));
	else
		memset(o->enhanced, 0, sizeof(o->enhanced));
}

const char *
stage_name(enum stage s)
{
	return stages[s];
}

const char *
verdict_name(enum verdict v)
{
	static const char *const names[] = { "delivered", "later", "never" };

	return names[v];
}
