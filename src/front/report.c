/* SPDX-License-Identifier: ISC */
/* What the caller is told: lines on stderr, and the exit status. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/file.h"
#include "front/report.h"

#define LINES	20

/* One write, so that lines of several processes do not mix. */
static void
report_line(const char *line, int n, size_t size)
{
	size_t len = n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;

	(void)file_write(2, line, len);
}

static void
report_words(const struct outcome *o)
{
	char line[LIMIT_WORDS + 128], code[32] = "";
	int n;

	if (o->enhanced[0] != 0)
		snprintf(code, sizeof(code), " (%u.%u.%u)", o->enhanced[0],
		    o->enhanced[1], o->enhanced[2]);
	n = snprintf(line, sizeof(line), "posthorn: %s%s%s\n", o->text,
	    code, o->in_doubt ? " [in doubt]" : "");
	report_line(line, n, sizeof(line));
}

static void
report_advice(const struct outcome *o)
{
	char line[LIMIT_ADVICE + 16];
	int n;

	if (o->advice[0] == '\0')
		return;
	n = snprintf(line, sizeof(line), "posthorn: %s\n", o->advice);
	report_line(line, n, sizeof(line));
}

void
report_outcome(const struct outcome *o)
{
	report_words(o);
	report_advice(o);
}

static bool
same_words(const struct recipient *a, const struct recipient *b)
{
	return a->text != NULL && b->text != NULL &&
	    strcmp(a->text, b->text) == 0;
}

void
report_recipients(const struct envelope *e)
{
	const struct recipient *last = NULL;
	struct outcome o, first;
	unsigned lines = 0;
	char more[96];
	size_t i, rest = 0;
	int n;

	outcome_clear(&first);
	for (i = 0; i < e->n; i++) {
		if (e->rcpt[i].verdict == VERDICT_DELIVERED ||
		    (last != NULL && same_words(last, &e->rcpt[i])))
			continue;
		last = &e->rcpt[i];
		if (lines++ >= LINES) {
			rest++;
			continue;
		}
		envelope_outcome(e, i, &o);
		if (lines == 1)
			first = o;
		report_words(&o);
	}
	if (rest > 0) {
		n = snprintf(more, sizeof(more),
		    "posthorn: ... and %zu more, of %zu recipients in all\n",
		    rest, e->n);
		report_line(more, n, sizeof(more));
	}
	report_advice(&first);
}

void
report_note(const char *fmt, ...)
{
	char words[LIMIT_WORDS], line[LIMIT_WORDS + 16];
	va_list ap;
	int n;

	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	outcome_clean(words, strlen(words));
	n = snprintf(line, sizeof(line), "posthorn: %s\n", words);
	report_line(line, n, sizeof(line));
}

int
report_status(const struct outcome *o)
{
	static const int status[] = {
		[FAULT_NONE] = EX_OK, [FAULT_USAGE] = EX_USAGE,
		[FAULT_DATA] = EX_DATAERR, [FAULT_NOUSER] = EX_NOUSER,
		[FAULT_REFUSED] = EX_UNAVAILABLE,
		[FAULT_UNBUILT] = EX_UNAVAILABLE, [FAULT_BUG] = EX_SOFTWARE,
		[FAULT_OS] = EX_OSERR, [FAULT_INPUT] = EX_IOERR,
		[FAULT_DELAY] = EX_TEMPFAIL, [FAULT_NETWORK] = EX_TEMPFAIL,
		[FAULT_STARTTLS] = EX_TEMPFAIL,
		[FAULT_PROTOCOL] = EX_PROTOCOL, [FAULT_LOGIN] = EX_NOPERM,
		[FAULT_CONFIG] = EX_CONFIG, [FAULT_TRUST] = EX_CONFIG,
	};

	return status[o->fault];
}
