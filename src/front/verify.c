/* SPDX-License-Identifier: ISC */
/* Where mail for an address would go, said in sendmail's words. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mail/address.h"
#include "front/expand.h"
#include "front/sender.h"
#include "front/verify.h"

#define LINE	4096

struct verify {
	struct book		 book;
	const struct account	*account;
	struct outcome		*first;		/* fault, if any */
	size_t			 faults;
};

static void
verify_fault(struct verify *v, const char *what, size_t n,
    const struct outcome *o)
{
	char text[LIMIT_ADDRESS];

	if (n >= sizeof(text))
		n = sizeof(text) - 1;
	memcpy(text, what, n);
	text[n] = '\0';
	n = outcome_clean(text, n);
	printf("%.*s... %s: %s\n", (int)n, text, o->fault == FAULT_NOUSER ?
	    "User unknown" : "not deliverable", o->text);
	if (v->faults++ == 0)
		*v->first = *o;
}

static void
verify_address(struct verify *v, const struct address *a, const char *text,
    size_t n)
{
	struct expansion x;
	struct outcome o;
	size_t i;

	expand_init(&x);
	if (expand_address(&x, a, members_literal(text, n, a->start),
	    &v->book, &o) < 0)
		verify_fault(v, text + a->start, a->end - a->start, &o);
	else
		for (i = 0; i < x.n; i++)
			printf("%.*s... deliverable: mailer relay, host %s, "
			    "user %s\n", (int)(a->end - a->start),
			    text + a->start, v->account->hosts[0].name,
			    x.to[i].address);
	expand_free(&x);
}

static void
verify_text(struct verify *v, const char *text, size_t n)
{
	struct address_scan scan;
	struct address a;
	struct outcome o;
	size_t found = 0;
	int r;

	address_scan(&scan, text, n);
	for (; (r = address_next(&scan, &a, &o)) > 0; found++)
		verify_address(v, &a, text, n);
	address_done(&scan);
	if (r == 0 && found == 0)
		r = outcome_fail(&o, FAULT_DATA, STAGE_OPTIONS,
		    "no address in \"%.200s\"", text);
	if (r < 0)
		verify_fault(v, text, n, &o);
}

/* ---- -bt ----------------------------------------------------------------- */

/* The address in a line of sendmail's test mode: behind the rulesets, or the
 * words /try MAILER and /parse; nothing if the line is about something else. */
static char *
verify_operand(char *line)
{
	char *s = line + strspn(line, " \t"), *word = s;

	if (strchr("#.=$?-", *s) != NULL)
		return NULL;
	if (strncmp(s, "/parse", 6) == 0)
		return s + 6 + strspn(s + 6, " \t");
	if (*s == '/')
		return NULL;
	s += strspn(s, "0123456789,");
	return s > word && (*s == ' ' || *s == '\t') ? s + strspn(s, " \t") :
	    word;
}

static void
verify_line(struct verify *v, char *line)
{
	char *text = verify_operand(line);

	if (text == NULL)
		puts("only addresses are looked at here");
	else if (*text != '\0')
		verify_text(v, text, strlen(text));
	fflush(stdout);
}

static void
verify_prompt(bool person)
{
	if (!person)
		return;
	fputs("> ", stdout);
	fflush(stdout);
}

/* A line that is too long is looked at as far as it goes. */
static void
verify_input(struct verify *v)
{
	const bool person = isatty(0) && isatty(1);
	char line[LINE];
	size_t n;
	int c;

	verify_prompt(person);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		n = strcspn(line, "\n");
		for (c = (unsigned char)line[n]; c != '\n' && c != EOF; )
			c = getchar();
		line[n] = '\0';
		if (n > 0 && line[n - 1] == '\r')
			line[n - 1] = '\0';
		if (strcmp(line, "/quit") == 0)
			break;
		if (line[0] != '\0')
			verify_line(v, line);
		verify_prompt(person);
	}
}

/* ---- Both ---------------------------------------------------------------- */

static void
verify_operands(struct verify *v, const struct options *op)
{
	const char *word;
	size_t i;

	for (i = 0; i < op->recipients_n; i++) {
		word = op->recipients[i];
		/* "-bt 3,0 address" */
		if (op->mode == MODE_TEST && *word != '\0' &&
		    word[strspn(word, "0123456789,")] == '\0' &&
		    i + 1 < op->recipients_n)
			continue;
		verify_text(v, word, strlen(word));
	}
}

int
verify_run(const struct call *c, struct outcome *o)
{
	const struct options *op = c->options;
	const struct sender_wish wish = { .given = op->sender,
		.account = op->account };
	struct verify v = { .first = o };
	struct buf header;

	if (op->recipients_n == 0 && op->mode == MODE_VERIFY)
		return outcome_fail(o, FAULT_USAGE, STAGE_OPTIONS,
		    "-bv needs addresses");
	buf_init(&header, 0);
	v.account = sender_account(c->settings, &wish, c->me, &header, o);
	if (v.account == NULL)
		return -1;
	book_init(&v.book, c->settings, c->me, op->no_aliases);
	if (op->recipients_n > 0)
		verify_operands(&v, op);
	else
		verify_input(&v);
	book_free(&v.book);
	if (v.faults > 0)
		return -1;
	if (fflush(stdout) != 0)
		return outcome_errno(o, FAULT_OS, STAGE_NONE,
		    "cannot write to standard output");
	return 0;
}
