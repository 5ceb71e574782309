/* SPDX-License-Identifier: ISC */
/* Files of aliases: whatever they hold, each name is looked up and expanded;
 * the same text is read as a list, too. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "front/expand.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int ok)
{
	if (!ok)
		abort();
}

static void
check_outcome(const struct outcome *o)
{
	must(o->text[0] != '\0' && o->verdict != VERDICT_DELIVERED);
	must(o->fault == FAULT_CONFIG || o->fault == FAULT_NOUSER ||
	    o->fault == FAULT_DATA);
	must(o->fault != FAULT_NOUSER || o->enhanced[2] == 6);
}

/* Members of a list: they come to an end, lines go up. */
static void
check_list(const char *text, size_t size)
{
	struct members m;
	struct member one;
	struct outcome o;
	unsigned line = 1;
	int r;

	members_scan(&m, text, size, 1, true);
	while ((r = members_next(&m, &one, &o)) != 0) {
		must(m.line >= line);
		line = m.line;
		must(one.path == NULL);
		must(r > 0 || o.fault == FAULT_CONFIG);
	}
	members_done(&m);
}

static void
check_reached(const struct expansion *x)
{
	size_t i;

	must(x->n > 0);
	for (i = 0; i < x->n; i++) {
		const char *s = x->to[i].address;

		must(strchr(s, '@') != NULL && strpbrk(s, "\r\n<>") == NULL);
		must(x->to[i].owner == NULL ||
		    strchr(x->to[i].owner, '@') != NULL);
	}
}

/* No file is opened: a path in the text would be the fuzzer's choice. */
static int
includes(const char *text, size_t size)
{
	size_t i;

	for (i = 0; i + 7 <= size; i++)
		if (strncasecmp(text + i, "include", 7) == 0)
			return 1;
	return 0;
}

static void
check_name(struct book *b, const struct alias *a)
{
	const struct address who = { .local = a->name,
		.local_len = strlen(a->name), .domain = "", .bare = true };
	struct expansion x;
	struct outcome o;

	expand_init(&x);
	if (expand_address(&x, &who, false, b, &o) < 0)
		check_outcome(&o);
	else
		check_reached(&x);
	expand_free(&x);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char domain[] = "example.org";
	const struct identity me = { .domain = domain, .qualifies = true,
		.local = { "localhost" } };
	struct book b = { .me = &me, .path = "/aliases" };
	char *text = malloc(size + 1);
	size_t i;

	must(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	check_list(text, size);
	book_text(&b, text, size);
	must(b.table.sorted_n <= b.table.n);
	for (i = 0; i < b.table.n; i++)
		must(b.table.entries[i].name != NULL ||
		    b.table.entries[i].fault != NULL);
	for (i = 0; i < b.table.sorted_n; i++)
		must(aliases_find(&b.table, b.table.sorted[i]->name,
		    strlen(b.table.sorted[i]->name)) == b.table.sorted[i]);
	for (i = 0; i < b.table.sorted_n && i < 64 &&
	    !includes(text, size); i++)
		check_name(&b, b.table.sorted[i]);
	book_free(&b);
	free(text);
	return 0;
}
