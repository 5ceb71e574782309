/* SPDX-License-Identifier: ISC */
/* What the command line asks for: defaults, notes, the end. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/outcome.h"
#include "front/command.h"

enum {
	LINES_MAX = 32
};

void
command_init(struct options *op, int argc)
{
	memset(op, 0, sizeof(*op));
	op->dot = true;
	op->recipients = mem_alloc(((size_t)argc + 1) * sizeof(char *));
}

static void
lines_free(char **lines, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(lines[i]);
	free(lines);
}

void
command_free(struct options *op)
{
	lines_free(op->warnings, op->warnings_n);
	lines_free(op->remarks, op->remarks_n);
	free(op->queue.selectors);
	free(op->recipients);
	memset(op, 0, sizeof(*op));
}

static void __attribute__((format(printf, 3, 0)))
lines_add(char ***lines, size_t *n, const char *fmt, va_list ap)
{
	char line[LIMIT_WORDS];
	int len;

	if (*n == LINES_MAX)
		return;
	len = vsnprintf(line, sizeof(line), fmt, ap);
	if (len < 0)
		return;
	if ((size_t)len >= sizeof(line))
		len = (int)sizeof(line) - 1;
	outcome_clean(line, (size_t)len);
	*lines = mem_grow(*lines, *n + 1, sizeof(char *));
	(*lines)[(*n)++] = mem_dup(line);
}

void
command_warn(struct options *op, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	lines_add(&op->warnings, &op->warnings_n, fmt, ap);
	va_end(ap);
}

void
command_remark(struct options *op, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	lines_add(&op->remarks, &op->remarks_n, fmt, ap);
	va_end(ap);
}

void
command_mode(struct options *op, enum mode mode)
{
	op->mode = mode;
	op->mode_given = true;
}

bool
command_unprintable(const char *text, bool tab_ok)
{
	const unsigned char *p = (const unsigned char *)text;

	for (; *p != '\0'; p++)
		if ((*p < 0x20 && !(tab_ok && *p == '\t')) || *p == 0x7f)
			return true;
	return false;
}
