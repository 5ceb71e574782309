/* SPDX-License-Identifier: ISC */
/*
 * Any words as a command line: each ends in options or in a refusal with
 * words, all notes are printable, and nothing with a control character gets
 * where it would become a line of its own.  The words are divided by NULs.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "front/modes.h"
#include "front/options.h"

#define WORDS	64

static void
check_line(const char *s)
{
	if (command_unprintable(s, false))
		abort();
}

static void
check_options(const struct options *op, int argc)
{
	size_t i;

	if (modes_words(op->mode) == NULL ||
	    op->recipients_n >= (size_t)argc + 1 ||
	    op->recipients[op->recipients_n] != NULL ||
	    op->queue.interval < 0)
		abort();
	for (i = 0; i < op->warnings_n; i++)
		check_line(op->warnings[i]);
	for (i = 0; i < op->remarks_n; i++)
		check_line(op->remarks[i]);
	check_line(op->full_name != NULL ? op->full_name : "");
	check_line(op->log_tag != NULL ? op->log_tag : "");
	check_line(op->envid != NULL ? op->envid : "");
	check_line(op->traffic != NULL ? op->traffic : "");
	if (op->envid != NULL && !dsn_is_xtext(op->envid))
		abort();
	if ((op->notify & DSN_NEVER) != 0 && op->notify != DSN_NEVER)
		abort();
	if (op->sender != NULL && command_unprintable(op->sender, true))
		abort();
	if (op->mode == MODE_HELP || op->mode == MODE_VERSION)
		return;
	for (i = 0; i < op->recipients_n; i++)
		if (command_unprintable(op->recipients[i], true))
			abort();
	if (op->mode == MODE_DELIVER && !op->from_header &&
	    op->recipients_n == 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char *text = malloc(n + 1), *argv[WORDS + 1], *w;
	struct options op;
	struct outcome o;
	int argc = 0;

	if (text == NULL)
		abort();
	memcpy(text, p, n);
	text[n] = '\0';
	for (w = text; w < text + n && argc < WORDS; w += strlen(w) + 1)
		argv[argc++] = w;
	argv[argc] = NULL;
	outcome_clear(&o);
	if (options_parse(&op, argc, argv, &o) == 0) {
		check_options(&op, argc);
		options_free(&op);
	} else {
		if (o.fault == FAULT_NONE || o.text[0] == '\0')
			abort();
		check_line(o.text);
		check_line(o.advice);
	}
	free(text);
	return 0;
}
