/* SPDX-License-Identifier: ISC */
/* The header block's scanner and editor. */
#include <string.h>
#include <time.h>

#include "mail/header.h"
#include "unit.h"

static struct buf block;

static void
fill(const char *text)
{
	buf_free(&block);
	buf_init(&block, 32u << 20);
	ck_assert_int_eq(buf_puts(&block, text), 0);
}

static void
drop(void)
{
	buf_free(&block);
}

static void
check_field(size_t *pos, const char *name, const char *body)
{
	struct field f;

	ck_assert(header_next(&block, pos, &f));
	ck_assert_uint_eq(f.end, *pos);
	ck_assert_uint_eq(f.name_len, strlen(name));
	ck_assert_mem_eq(block.data + f.start, name, f.name_len);
	ck_assert_uint_eq(f.body_end - f.body, strlen(body));
	ck_assert_mem_eq(block.data + f.body, body, f.body_end - f.body);
}

START_TEST(fields)
{
	size_t pos = 0;
	struct field f;

	fill("From: joe\r\nTo:a,\r\n\tb,\r\n c\r\nSubject:\r\n"
	    "Bcc \t: x\r\nCc \r\n : y\r\nX\r\n\t: z\r\nLast: no end");
	check_field(&pos, "From", " joe");
	check_field(&pos, "To", "a,\r\n\tb,\r\n c");
	check_field(&pos, "Subject", "");
	check_field(&pos, "Bcc", " x");
	check_field(&pos, "Cc", " y");
	check_field(&pos, "X", " z");
	check_field(&pos, "Last", " no end");
	ck_assert(!header_next(&block, &pos, &f));
	ck_assert(!header_next(&block, &pos, &f));
	drop();
}
END_TEST

START_TEST(no_fields)
{
	size_t pos = 0;
	struct field f;

	fill("");
	ck_assert(!header_next(&block, &pos, &f));
	fill(" orphan: x\r\n more\r\nno colon here\r\n: empty name\r\n"
	    "b\xc3\xa4" "d: x\r\nA: b\r\n");
	check_field(&pos, "", " orphan: x\r\n more");
	check_field(&pos, "", "no colon here");
	check_field(&pos, "", ": empty name");
	check_field(&pos, "", "b\xc3\xa4" "d: x");
	check_field(&pos, "A", " b");
	ck_assert(!header_next(&block, &pos, &f));
	ck_assert_uint_eq(header_count(&block, ""), 0);
	drop();
}
END_TEST

START_TEST(spelling)
{
	struct field f;

	fill("SUBJECT: one\r\nsubject : two\r\nSubjects: x\r\n"
	    "Subjec: x\r\nSubject\r\n : three\r\n");
	ck_assert_uint_eq(header_count(&block, "Subject"), 3);
	ck_assert(header_find(&block, "subject", &f));
	ck_assert_uint_eq(f.start, 0);
	ck_assert(header_find(&block, "Subjects", &f));
	ck_assert(header_is(&block, &f, "sUBJECTS"));
	ck_assert(!header_is(&block, &f, "Subject"));
	ck_assert(!header_find(&block, "Date", &f));
	drop();
}
END_TEST

START_TEST(lines)
{
	static const struct {
		const char *line;
		bool is;
	} rows[] = {
		{ "A:", true }, { "A: b", true }, { "A : b", true },
		{ "A \t : b", true }, { "A-b_c!: d", true }, { "A ", true },
		{ "A\t\t", true }, { "A", false }, { "", false },
		{ ":", false }, { " A: b", false }, { "A b: c", false },
		{ "A b", false }, { "\xc3\xa4: b", false },
		{ "From x@y Mon Jan", false }, { ">From x", false },
		{ "http://x.example/", true }, { "\tx", false },
		{ "A\001: b", false }, { "A\177: b", false },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(header_line_is_field(rows[i].line,
		    strlen(rows[i].line)) == rows[i].is, "%s", rows[i].line);
	ck_assert(!header_line_is_field("A:", 1));
}
END_TEST

START_TEST(removing)
{
	static const char *const names[] = { "Bcc", "Return-Path", NULL };
	static const char *const none[] = { NULL };

	fill("Bcc: a\r\nFrom: b\r\nBCC :\r\n c,\r\n d\r\nTo: e\r\n f\r\n"
	    "return-path: <>\r\nBcc\r\n : g\r\nBccs: h\r\nbcc: i");
	ck_assert_uint_eq(header_remove(&block, none), 0);
	ck_assert_uint_eq(header_remove(&block, names), 5);
	ck_assert_str_eq(block.data,
	    "From: b\r\nTo: e\r\n f\r\nBccs: h\r\n");
	ck_assert_uint_eq(block.len, strlen(block.data));
	ck_assert_uint_eq(header_remove(&block, names), 0);
	fill("Bcc: a\r\n b\r\n");
	ck_assert_uint_eq(header_remove(&block, names), 1);
	ck_assert_uint_eq(block.len, 0);
	fill("");
	ck_assert_uint_eq(header_remove(&block, names), 0);
	drop();
}
END_TEST

START_TEST(adding)
{
	fill("");
	ck_assert_int_eq(header_prepend(&block, "B: 2\r\n"), 0);
	ck_assert_int_eq(header_prepend(&block, "A: 1\r\n"), 0);
	ck_assert_int_eq(header_append(&block, "C: 3\r\n"), 0);
	ck_assert_str_eq(block.data, "A: 1\r\nB: 2\r\nC: 3\r\n");
	block.max = block.len + 3;
	ck_assert_int_eq(header_prepend(&block, "D: 4\r\n"), -1);
	ck_assert_int_eq(header_append(&block, "D: 4\r\n"), -1);
	ck_assert_str_eq(block.data, "A: 1\r\nB: 2\r\nC: 3\r\n");
	drop();
}
END_TEST

/* The first Resent block of the text, with '|' for its borders. */
static void
check_resent(const char *text, const char *want)
{
	size_t start = 0, end = 0;

	fill(text);
	if (want == NULL) {
		ck_assert(!header_resent(&block, &start, &end));
		return;
	}
	ck_assert(header_resent(&block, &start, &end));
	ck_assert_uint_eq(end - start, strlen(want));
	ck_assert_mem_eq(block.data + start, want, end - start);
}

START_TEST(resent)
{
	check_resent("", NULL);
	check_resent("From: a\r\nX-Resent-To: b\r\nResent: c\r\n", NULL);
	check_resent("From: a\r\nResent-To: b\r\n", "Resent-To: b\r\n");
	check_resent("Received: x\r\nresent-to: a\r\nRESENT-From: b\r\n"
	    "Received: y\r\nResent-Cc: c\r\n",
	    "resent-to: a\r\nRESENT-From: b\r\n");
	check_resent("Resent-To: a\r\nX: y\r\nResent-Cc: c\r\nTo: d\r\n",
	    "Resent-To: a\r\nX: y\r\nResent-Cc: c\r\n");
	check_resent("Resent-To: a\r\nResent-From: b\r\nResent-To: c\r\n",
	    "Resent-To: a\r\nResent-From: b\r\n");
	check_resent("Resent-Bcc: a\r\nReturn-Path: <>\r\nResent-To: b\r\n",
	    "Resent-Bcc: a\r\n");
	drop();
}
END_TEST

START_TEST(linear)
{
	static const char *const pieces[] = { "X: y\r\n", "\r\n", " \r\n",
		"Bcc: x\r\n", "a", ": ", "Bcc:\r\n x\r\nTo: y\r\n" };
	static const char *const names[] = { "Bcc", NULL };
	size_t i, n, start, end;
	clock_t begun;

	for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		fill("");
		for (n = 5000000 / strlen(pieces[i]); n > 0; n--)
			buf_puts(&block, pieces[i]);
		begun = clock();
		header_count(&block, "To");
		header_resent(&block, &start, &end);
		header_remove(&block, names);
		ck_assert_uint_eq(header_count(&block, "Bcc"), 0);
		ck_assert_int_lt((clock() - begun) / CLOCKS_PER_SEC, 10);
	}
	drop();
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("header");
	TCase *t = tcase_create("block");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, fields);
	tcase_add_test(t, no_fields);
	tcase_add_test(t, spelling);
	tcase_add_test(t, lines);
	tcase_add_test(t, removing);
	tcase_add_test(t, adding);
	tcase_add_test(t, resent);
	tcase_add_test(t, linear);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
