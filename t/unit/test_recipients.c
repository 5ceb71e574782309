/* SPDX-License-Identifier: ISC */
/* Whom a message goes to: argv, the header, both together. */
#include "front/addressing.h"
#include "front/recipients.h"
#include "someone.h"

/* The recipients, blanks between; owned by the buffer. */
static const char *
list(struct buf *b, const struct envelope *e)
{
	size_t i;

	buf_init(b, 65536);
	for (i = 0; i < e->n; i++)
		buf_printf(b, "%s%s", i > 0 ? " " : "", e->rcpt[i].address);
	return b->data;
}

/* A book without any alias, which needs no file. */
static struct book
someones_book(const struct identity *me)
{
	struct book b = { .me = me, .path = "/x" };

	book_text(&b, "", 0);
	return b;
}

/* want: NULL FAULT_DATA, "78" FAULT_CONFIG. */
static const struct arg {
	const char	*text, *want;
	bool		 unqualified;
} args[] = {
	{ "a@b.example", "a@b.example", false },
	{ "a@b.example,c@d.example", "a@b.example c@d.example", false },
	{ "\"Doe, Jo\" <a@B.Example>", "a@b.example", false },
	{ "root", "root@example.org", false },
	{ "\\root", "root@example.org", false },
	{ "root", "78", true },
	{ "root@localhost", "root@localhost", true },
	{ "a@b.example, a@B.EXAMPLE", "a@b.example", false },
	{ "-x@b.example", "-x@b.example", false },
	{ "", NULL, false }, { " , ,", NULL, false }, { "<>", NULL, false },
	{ "|prog", NULL, false }, { "/file", NULL, false },
	{ ":include:/etc/passwd", NULL, false },
	{ "a@b@c", NULL, false }, { "a@b.example\nc@d", NULL, false },
	{ "a@b.example> SIZE=1", NULL, false },
};

START_TEST(argument)
{
	const struct arg *a = &args[_i];
	struct identity me = someone();
	struct book book = someones_book(&me);
	struct envelope e;
	struct outcome o;
	struct buf b;
	int r;

	me.qualifies = !a->unqualified;
	envelope_init(&e);
	r = recipients_argument(&e, a->text, &book, &o);
	if (a->want == NULL || strcmp(a->want, "78") == 0) {
		ck_assert_msg(r == -1, "%s: %s", a->text, list(&b, &e));
		ck_assert_msg(o.fault == (a->want == NULL ? FAULT_DATA :
		    FAULT_CONFIG), "%s: %s", a->text, o.text);
		ck_assert(o.text[0] != '\0');
	} else {
		ck_assert_msg(r == 0, "%s: %s", a->text, o.text);
		ck_assert_str_eq(list(&b, &e), a->want);
		buf_free(&b);
	}
	envelope_free(&e);
	book_free(&book);
}
END_TEST

static const struct head {
	const char	*text, *want;
} heads[] = {
	{ "To: a@b.example\r\nCc: c@d.example\r\nBcc: e@f.example\r\n",
	    "a@b.example c@d.example e@f.example" },
	{ "to : a@b.example\r\nTO: A@b.example\r\n",
	    "a@b.example A@b.example" },
	{ "To: a@b.example,\r\n\tc@d.example\r\n", "a@b.example c@d.example" },
	{ "To: undisclosed-recipients:;\r\n", "" },
	{ "To:\r\nCc: a@b.example\r\n", "a@b.example" },
	{ "Subject: To: x@y.example\r\nX-To: z@y.example\r\n", "" },
	{ "Resent-To: a@b.example\r\nTo: c@d.example\r\n", "a@b.example" },
	{ "Resent-Bcc: a@b.example\r\nResent-To: e@f.example\r\n"
	    "To: c@d.example\r\n", "a@b.example e@f.example" },
	{ "Resent-From: x@y.example\r\nTo: c@d.example\r\n", "" },
	{ "Resent-To: new@b.example\r\nReceived: x\r\n"
	    "Resent-To: old@b.example\r\n", "new@b.example" },
	{ "To: a@b@c\r\n", NULL },
	{ "To: |prog\r\n", NULL },
};

START_TEST(header)
{
	const struct head *h = &heads[_i];
	const struct identity me = someone();
	struct book book = someones_book(&me);
	struct envelope e;
	struct outcome o;
	struct buf b, text;
	int r;

	header_of(&text, h->text);
	envelope_init(&e);
	r = recipients_header(&e, &text, &book, &o);
	if (h->want == NULL) {
		ck_assert_msg(r == -1, "%s", h->text);
		ck_assert_int_eq(o.fault, FAULT_DATA);
	} else {
		ck_assert_msg(r == 0, "%s: %s", h->text, o.text);
		ck_assert_str_eq(list(&b, &e), h->want);
		buf_free(&b);
	}
	envelope_free(&e);
	buf_free(&text);
	book_free(&book);
}
END_TEST

START_TEST(author)
{
	static const struct { const char *text, *want; } t[] = {
		{ "From: Jo <a@B.example>\r\n", "a@b.example" },
		{ "From: a@b.example, c@d.example\r\n", "" },
		{ "From: root\r\n", "" }, { "From:\r\n", "" }, { "", "" },
		{ "From: a@b.example, broken@@\r\n", "" },
		{ "From: broken@@\r\n", "" },
		{ "From: a@b.example\r\nFrom: c@d.example\r\n",
		    "a@b.example" },
	};
	struct buf b, h;
	size_t i;

	buf_init(&b, 2048);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		header_of(&h, t[i].text);
		recipients_author(&b, &h, "From");
		ck_assert_str_eq(b.data, t[i].want);
		buf_free(&h);
	}
	buf_free(&b);
}
END_TEST

/* The envelope as a whole: argv and -t add up, nobody at all is 65. */
START_TEST(addressing)
{
	static const struct {
		const char	*argv, *header;
		bool		 t;
		const char	*want;
	} rows_[] = {
		{ "a@b.example", "To: c@d.example\r\n", false, "a@b.example" },
		{ "a@b.example", "To: c@d.example, a@b.example\r\n", true,
		    "a@b.example c@d.example" },
		{ NULL, "To: c@d.example\r\n", true, "c@d.example" },
		{ NULL, "Subject: x\r\n", true, NULL },
		{ NULL, "To: a@b@c\r\n", true, NULL },
	};
	const struct identity me = someone();
	struct account a = { .name = (char *)(uintptr_t)"one" };
	const struct settings s = { .path = (char *)(uintptr_t)"/x",
		.accounts = &a, .accounts_n = 1, .fallback = &a };
	char *words[2] = { (char *)(uintptr_t)rows_[_i].argv, NULL };
	struct options op = { .recipients = words,
		.recipients_n = rows_[_i].argv != NULL,
		.from_header = rows_[_i].t, .body_8bit = true };
	struct envelope e;
	struct outcome o;
	struct buf b, h;

	header_of(&h, rows_[_i].header);
	envelope_init(&e);
	if (rows_[_i].want == NULL) {
		ck_assert_ptr_null(addressing_run(&e, &op, &s, &me, &h, &o));
		ck_assert_int_eq(o.fault, FAULT_DATA);
	} else {
		ck_assert_ptr_eq(addressing_run(&e, &op, &s, &me, &h, &o),
		    &a);
		ck_assert_str_eq(list(&b, &e), rows_[_i].want);
		ck_assert_str_eq(e.sender, "jo@example.org");
		ck_assert(e.body_8bit);
		buf_free(&b);
	}
	envelope_free(&e);
	buf_free(&h);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("recipients");
	TCase *t = tcase_create("recipients");

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, argument, 0, sizeof(args) / sizeof(args[0]));
	tcase_add_loop_test(t, header, 0, sizeof(heads) / sizeof(heads[0]));
	tcase_add_test(t, author);
	tcase_add_loop_test(t, addressing, 0, 5);
	return unit_main(s);
}
