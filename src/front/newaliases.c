/* SPDX-License-Identifier: ISC */
/* The file of aliases, looked through from end to end. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "mail/address.h"
#include "front/book.h"
#include "front/newaliases.h"
#include "front/report.h"

struct review {
	struct book	 book;
	size_t		 bad;		/* lines */
	size_t		 longest, octets;
};

static void
review_line(struct review *v, unsigned line, const char *name,
    const char *words)
{
	v->bad++;
	report_note("%s:%u: %s%s%s", v->book.path, line,
	    name != NULL ? name : "", name != NULL ? ": " : "", words);
}

/* Could it go into an envelope? */
static int
review_member(const struct review *v, const struct member *m,
    struct outcome *o)
{
	struct buf wire;
	int r = 0;

	if (m->path != NULL)
		return 0;
	buf_init(&wire, LIMIT_ADDRESS * 2);
	r = address_wire(&wire, &m->address, v->book.me->domain, o);
	buf_free(&wire);
	return r;
}

static void
review_entry(struct review *v, const struct alias *a)
{
	struct members m;
	struct member member;
	struct outcome o;
	size_t n;
	int r;

	aliases_members(a, &m);
	for (n = 0; (r = members_next(&m, &member, &o)) != 0; n++)
		if (r < 0 || review_member(v, &member, &o) < 0)
			review_line(v, m.line, a->name, o.text);
	if (n == 0)
		review_line(v, a->line, a->name,
		    "no address behind the colon");
	members_done(&m);
}

/* As sendmail counts: what stands behind the blanks behind the colon. */
static void
review_count(struct review *v, const struct alias *a)
{
	size_t n = a->len, i = 0;

	while (i < n && isspace((unsigned char)a->text[i]))
		i++;
	while (n > i && isspace((unsigned char)a->text[n - 1]))
		n--;
	v->octets += n - i + (a->name != NULL ? strlen(a->name) : 0);
	if (n - i > v->longest)
		v->longest = n - i;
}

static void
review_all(struct review *v)
{
	const struct alias *a = v->book.table.entries;
	size_t left = v->book.table.n;

	for (; left-- > 0; a++) {
		review_count(v, a);
		if (a->fault != NULL)
			review_line(v, a->line, a->name, a->fault);
		else
			review_entry(v, a);
		if (a->first != NULL)
			report_note("%s:%u: warning: %s has an alias in line "
			    "%u already, which counts", v->book.path, a->line,
			    a->name, a->first->line);
	}
}

static int
review_run(struct review *v, bool verbose, struct outcome *o)
{
	if (book_load(&v->book, o) < 0)
		return -1;
	review_all(v);
	if (verbose && (printf("%s: %zu aliases, longest %zu bytes, %zu bytes "
	    "total\n", v->book.path, v->book.table.sorted_n, v->longest,
	    v->octets) < 0 || fflush(stdout) != 0))
		return outcome_errno(o, FAULT_OS, STAGE_NONE,
		    "cannot write to standard output");
	if (v->bad == 0)
		return 0;
	outcome_fail(o, FAULT_CONFIG, STAGE_CONFIG,
	    "%s: %zu %s no good", v->book.path, v->bad,
	    v->bad == 1 ? "line is" : "lines are");
	return outcome_advise(o, "mail for such names is not taken until "
	    "that is corrected; the others work");
}

int
newaliases_run(const struct call *c, struct outcome *o)
{
	struct review v = { 0 };
	int r;

	book_init(&v.book, c->settings, c->me, false);
	if (c->options->alias_file != NULL) {
		v.book.path = c->options->alias_file;
		v.book.must = v.book.as_caller = true;
	}
	r = review_run(&v, c->options->verbose, o);
	book_free(&v.book);
	return r;
}
