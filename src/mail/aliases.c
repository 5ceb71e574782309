/* SPDX-License-Identifier: ISC */
/* aliases(5): the table of names. */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "mail/address.h"
#include "mail/aliases.h"

/* ---- Lines --------------------------------------------------------------- */

/* A physical line. */
struct line {
	const char	*text;
	size_t		 len;		/* without its end */
	unsigned	 number;
};

static bool
line_next(const struct buf *b, struct line *l)
{
	const char *end = b->data + b->len, *lf;

	l->text = l->number++ == 0 ? b->data : l->text + l->len + 1;
	if (l->text >= end)
		return false;
	lf = memchr(l->text, '\n', (size_t)(end - l->text));
	l->len = (size_t)((lf != NULL ? lf : end) - l->text);
	return true;
}

static bool
line_counts(const struct line *l)
{
	size_t i = 0;

	while (i < l->len && (l->text[i] == ' ' || l->text[i] == '\t' ||
	    l->text[i] == '\r'))
		i++;
	return i < l->len && l->text[i] != '#';
}

/* The offset of the colon behind the name, or len. */
static size_t
line_colon(const struct line *l)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < l->len; i++) {
		if (l->text[i] == '\\' && i + 1 < l->len)
			i++;
		else if (l->text[i] == '"')
			quoted = !quoted;
		else if (l->text[i] == ':' && !quoted)
			break;
	}
	return i < l->len ? i : l->len;
}

/* ---- Names --------------------------------------------------------------- */

static bool
is_local(const char *domain, const char *const *local)
{
	for (; *local != NULL; local++)
		if (strcasecmp(domain, *local) == 0)
			return true;
	return false;
}

static void
lower(char *s)
{
	for (; *s != '\0'; s++)
		*s = (char)tolower((unsigned char)*s);
}

static void
entry_fault(struct alias *a, const char *words)
{
	if (a->fault == NULL)
		a->fault = mem_dup(words);
}

/* The name in n octets of text; where there is no colon, it is the first of
 * the words, so that somebody is told. */
static void
entry_name(struct alias *a, const char *text, size_t n,
    const char *const *local)
{
	struct address_scan scan;
	struct address name, more;
	struct outcome o;
	bool colon = a->fault == NULL;

	while (n > 0 && text[n - 1] == '\r')
		n--;
	address_scan(&scan, text, n);
	if (address_next(&scan, &name, &o) != 1) {
		entry_fault(a, "what stands before the colon is no name");
		address_done(&scan);
		return;
	}
	if (!name.bare && !is_local(name.domain, local))
		entry_fault(a, "only names of this host can have aliases");
	else {
		a->name = mem_ndup(name.local, name.local_len);
		lower(a->name);
	}
	if (colon && address_next(&scan, &more, &o) != 0) {
		entry_fault(a, "the name has blanks: put it in quotes");
		free(a->name);
		a->name = NULL;
	}
	address_done(&scan);
}

static struct alias *
aliases_add(struct aliases *t, unsigned line)
{
	const struct alias a = { .line = line };

	if (t->entries == NULL || t->n == t->cap) {
		t->cap = t->cap == 0 ? 32 : t->cap * 2;
		t->entries = mem_grow(t->entries, t->cap, sizeof(a));
	}
	t->entries[t->n] = a;
	return &t->entries[t->n++];
}

static void
aliases_line(struct aliases *t, const struct line *l,
    const char *const *local)
{
	struct alias *a = aliases_add(t, l->number);
	size_t colon = line_colon(l);

	if (colon == l->len)
		entry_fault(a, "there is no colon behind the name");
	entry_name(a, l->text, colon, local);
	a->text = l->text + colon + (colon < l->len ? 1 : 0);
	a->len = (size_t)(l->text + l->len - a->text);
}

/* A line that goes on where the one before ended. */
static void
aliases_more(struct aliases *t, const struct line *l)
{
	struct alias *a = t->n > 0 ? &t->entries[t->n - 1] : NULL;

	if (a == NULL)
		entry_fault(aliases_add(t, l->number), "the line begins with "
		    "a blank, but there is none to go on with");
	else if (a->text != NULL)
		a->len = (size_t)(l->text + l->len - a->text);
}

/* ---- The table ----------------------------------------------------------- */

static int
compare(const void *x, const void *y)
{
	const struct alias *a = *(const struct alias *const *)x;
	const struct alias *b = *(const struct alias *const *)y;
	int r = strcmp(a->name, b->name);

	if (r == 0)
		r = (a->fault != NULL) - (b->fault != NULL);
	return r != 0 ? r : a->line < b->line ? -1 : 1;
}

static void
aliases_sort(struct aliases *t)
{
	size_t i, n = 0, kept = 0;

	t->sorted = mem_alloc((t->n + 1) * sizeof(struct alias *));
	for (i = 0; i < t->n; i++)
		if (t->entries[i].name != NULL)
			t->sorted[n++] = &t->entries[i];
	qsort(t->sorted, n, sizeof(struct alias *), compare);
	for (i = 0; i < n; i++) {
		if (kept > 0 && strcmp(t->sorted[kept - 1]->name,
		    t->sorted[i]->name) == 0)
			t->sorted[i]->first = t->sorted[kept - 1];
		else
			t->sorted[kept++] = t->sorted[i];
	}
	t->sorted_n = kept;
}

void
aliases_parse(struct aliases *t, const char *text, size_t n,
    const char *const *local)
{
	struct line l = { 0 };

	memset(t, 0, sizeof(*t));
	buf_init(&t->text, n);
	(void)buf_add(&t->text, text, n);
	while (line_next(&t->text, &l)) {
		if (!line_counts(&l))
			continue;
		if (l.text[0] == ' ' || l.text[0] == '\t')
			aliases_more(t, &l);
		else
			aliases_line(t, &l, local);
	}
	aliases_sort(t);
}

/* A name in lower case against n octets in any. */
static int
against(const char *name, const char *text, size_t n)
{
	size_t i;
	int a, b;

	for (i = 0; i < n; i++) {
		a = (unsigned char)name[i];
		b = tolower((unsigned char)text[i]);
		if (a != b)
			return a - b;
		if (a == 0)
			return -1;
	}
	return (unsigned char)name[n];
}

struct alias *
aliases_find(const struct aliases *t, const char *name, size_t n)
{
	size_t low = 0, high = t->sorted_n, middle;
	int r;

	while (low < high) {
		middle = low + (high - low) / 2;
		r = against(t->sorted[middle]->name, name, n);
		if (r == 0)
			return t->sorted[middle];
		if (r < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

void
aliases_members(const struct alias *a, struct members *m)
{
	members_scan(m, a->text, a->len, a->line, false);
}

void
aliases_free(struct aliases *t)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		free(t->entries[i].name);
		free(t->entries[i].fault);
	}
	free(t->entries);
	free(t->sorted);
	buf_free(&t->text);
	memset(t, 0, sizeof(*t));
}
