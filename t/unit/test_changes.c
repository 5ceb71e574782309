/* SPDX-License-Identifier: ISC */
/* What is told of two header blocks. */
#include <stdio.h>
#include <string.h>

#include "front/changes.h"
#include "someone.h"

/* Blocks with "\n" for CRLF, and what is to be told. */
static const struct row {
	const char	*before, *after, *told;
} rows[] = {
	{ "", "", "  0 fields as they were\n" },
	{ "A: 1\n", "A: 1\n", "  1 field as it was\n" },
	{ "A: 1\nB: 2\n", "A: 1\nB: 2\n", "  2 fields as they were\n" },
	{ "", "A: 1\nB: 2\n", "  + A: 1\n  + B: 2\n"
	    "  0 fields as they were\n" },
	{ "A: 1\nB: 2\n", "", "  - A: 1\n  - B: 2\n"
	    "  0 fields as they were\n" },
	{ "From: root\nX: y\n", "From: root@b\nX: y\n",
	    "  ~ From: root\n  > From: root@b\n  1 field as it was\n" },
	{ "FROM: root\n", "From: root@b\n",
	    "  ~ FROM: root\n  > From: root@b\n  0 fields as they were\n" },
	/* One more of a name in front of those that were there. */
	{ "Received: old\nX: y\n", "Received: new\nReceived: old\nX: y\n",
	    "  + Received: new\n  2 fields as they were\n" },
	{ "From: a\nX: y\n", "Received: new\nFrom: a@b\nX: y\n",
	    "  + Received: new\n  ~ From: a\n  > From: a@b\n"
	    "  1 field as it was\n" },
	/* A block put in front of a field that is changed, too. */
	{ "X: y\nResent-To: a\n",
	    "X: y\nResent-Date: d\nResent-From: f\nResent-Message-ID: m\n"
	    "Resent-To: a@b\n",
	    "  + Resent-Date: d\n  + Resent-From: f\n"
	    "  + Resent-Message-ID: m\n  ~ Resent-To: a\n"
	    "  > Resent-To: a@b\n  1 field as it was\n" },
	/* One without a body goes, and comes at the end. */
	{ "Date:\nX: y\n", "X: y\nDate: now\n",
	    "  - Date:\n  + Date: now\n  1 field as it was\n" },
	{ "Bcc: a\nTo: b\nBcc: c\n", "To: b\n",
	    "  - Bcc: a\n  - Bcc: c\n  1 field as it was\n" },
	/* The same field more than once. */
	{ "To: a\nX: 1\nTo: a\n", "To: a@b\nX: 1\nTo: a@b\n",
	    "  ~ To: a\n  > To: a@b\n  ~ To: a\n  > To: a@b\n"
	    "  1 field as it was\n" },
	/* Told on one line. */
	{ "To: a,\n b\n\t c\n", "", "  - To: a, b  c\n"
	    "  0 fields as they were\n" },
	{ "X: \033[2J\n", "", "  - X: ?[2J\n  0 fields as they were\n" },
};

static void
block(struct buf *b, const char *text)
{
	buf_init(b, 1 << 24);
	for (; *text != '\0'; text++)
		ck_assert_int_eq(*text == '\n' ? buf_puts(b, "\r\n") :
		    buf_putc(b, *text), 0);
}

static char *
told(const struct buf *before, const struct buf *after)
{
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	ck_assert_ptr_nonnull(f);
	changes_show(f, before, after);
	fclose(f);
	return text;
}

START_TEST(table)
{
	const struct row *r = &rows[_i];
	struct buf before, after;
	char *text;

	block(&before, r->before);
	block(&after, r->after);
	text = told(&before, &after);
	ck_assert_str_eq(text, r->told);
	free(text);
	buf_free(&before);
	buf_free(&after);
}
END_TEST

/* A field without an end to it is cut, not left out. */
START_TEST(cut)
{
	struct buf before, after;
	char *text;
	size_t i;

	block(&before, "X: ");
	block(&after, "");
	for (i = 0; i < 100000; i++)
		buf_putc(&before, 'x');
	buf_puts(&before, "\r\n");
	text = told(&before, &after);
	ck_assert_uint_lt(strlen(text), 1100);
	ck_assert_uint_gt(strlen(text), 900);
	ck_assert_ptr_nonnull(strstr(text, "xxx...\n"));
	free(text);
	buf_free(&before);
	buf_free(&after);
}
END_TEST

/* Many fields, none of which is there any more: in linear time. */
START_TEST(many)
{
	struct buf before, after;
	char *text;
	size_t i;

	block(&before, "");
	block(&after, "");
	for (i = 0; i < 200000; i++) {
		buf_printf(&before, "A%zu: b\r\n", i);
		buf_printf(&after, "Received: %zu\r\n", i);
	}
	text = told(&before, &after);
	ck_assert_ptr_nonnull(strstr(text, "  - A199999: b\n"));
	ck_assert_ptr_nonnull(strstr(text, "  + Received: 199999\n"));
	free(text);
	buf_free(&before);
	buf_free(&after);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("changes");
	TCase *t = tcase_create("changes");

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, table, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(t, cut);
	tcase_add_test(t, many);
	return unit_main(s);
}
