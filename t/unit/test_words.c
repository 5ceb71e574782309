/* SPDX-License-Identifier: ISC */
/* Phrases and encoded words. */
#include <string.h>

#include "mail/words.h"
#include "unit.h"

static const struct {
	const char *text, *phrase;	/* NULL: refused */
} rows[] = {
	{ "", "" },
	{ "Joe", "Joe" },
	{ "Joe Doe", "Joe Doe" },
	{ "Cron Daemon", "Cron Daemon" },
	{ "o'brien+x!", "o'brien+x!" },
	{ "=?utf-8?q?J=C3=B6?= Doe", "=?utf-8?q?J=C3=B6?= Doe" },
	{ "J. Q. Public", "\"J. Q. Public\"" },
	{ "Doe, Joe", "\"Doe, Joe\"" },
	{ "Joe  Doe", "\"Joe  Doe\"" },
	{ " Joe", "\" Joe\"" },
	{ "Joe ", "\"Joe \"" },
	{ " ", "\" \"" },
	{ "\"", "\"\\\"\"" },
	{ "a\\b", "\"a\\\\b\"" },
	{ "<x@y.example>", "\"<x@y.example>\"" },
	{ "root@host", "\"root@host\"" },
	{ "(x)", "\"(x)\"" },
	{ "J\xc3\xb6rg", "=?UTF-8?Q?J=C3=B6rg?=" },
	{ "J\xc3\xb6rg M. <x>", "=?UTF-8?Q?J=C3=B6rg_M=2E_=3Cx=3E?=" },
	{ "a_\xc3\xb6=?", "=?UTF-8?Q?a=5F=C3=B6=3D=3F?=" },
	{ "J\xf6rg", "=?unknown-8bit?Q?J=F6rg?=" },
	{ "\xc3", "=?unknown-8bit?Q?=C3?=" },
	{ "a\nb", NULL },
	{ "a\rb", NULL },
	{ "a\tb", NULL },
	{ "a\033", NULL },
	{ "\177", NULL },
	{ "\xc3\xb6\n", NULL },
};

START_TEST(table)
{
	struct buf b;
	int rc;

	buf_init(&b, 1000);
	ck_assert_int_eq(buf_puts(&b, "From: "), 0);
	rc = words_phrase(&b, rows[_i].text, strlen(rows[_i].text));
	ck_assert_int_eq(rc, rows[_i].phrase == NULL ? -1 : 0);
	ck_assert_str_eq(b.data + 6,
	    rc < 0 ? "" : rows[_i].phrase);
	buf_free(&b);
}
END_TEST

START_TEST(nul)
{
	struct buf b;

	buf_init(&b, 1000);
	ck_assert_int_eq(words_phrase(&b, "a\0b", 3), -1);
	ck_assert_uint_eq(b.len, 0);
	buf_free(&b);
}
END_TEST

static unsigned
hex(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'A' + 10);
}

/* Decodes Q words, checking each; the text of all of them. */
static void
decode(struct buf *text, const char *s, const char *charset)
{
	size_t head = strlen(charset), begin = 0;

	while (*s != '\0') {
		const char *word = s;

		ck_assert_int_eq(strncmp(s, charset, head), 0);
		begin = text->len;
		for (s += head; *s != '?'; s++) {
			char c = *s;

			ck_assert(c > ' ' && c < 0x7f);
			if (c == '=') {
				c = (char)(hex(s[1]) << 4 | hex(s[2]));
				s += 2;
			} else if (c == '_')
				c = ' ';
			ck_assert_int_eq(buf_putc(text, c), 0);
		}
		ck_assert(s[1] == '=');
		s += 2;
		ck_assert_uint_le((size_t)(s - word), 75);
		ck_assert_uint_gt(text->len, begin);
		if (charset[2] == 'U')
			ck_assert(words_utf8(text->data + begin,
			    text->len - begin));
		if (*s == '\0')
			break;
		ck_assert_int_eq(strncmp(s, "\r\n ", 3), 0);
		s += 3;
	}
}

START_TEST(long_names)
{
	static const char *const pieces[] = { "\xc3\xb6", "x\xe2\x82\xac ",
		"\xf0\x9f\x93\xa8", "\xff", "word " };
	struct buf name, b, back;
	size_t i, n;

	for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		buf_init(&name, 5000);
		buf_init(&b, 100000);
		buf_init(&back, 5000);
		for (n = 0; n < 4096 / strlen(pieces[i]); n++)
			buf_puts(&name, pieces[i]);
		ck_assert_int_eq(words_phrase(&b, name.data, name.len), 0);
		decode(&back, b.data, i == 3 ? "=?unknown-8bit?Q?" :
		    "=?UTF-8?Q?");
		ck_assert_str_eq(back.data, name.data);
		/* "Resent-From: " fits in front */
		ck_assert_uint_le(strcspn(b.data, "\r"), 78 - 13);
		buf_free(&name);
		buf_free(&b);
		buf_free(&back);
	}
}
END_TEST

START_TEST(ceiling)
{
	static const char name[] = "J\xc3\xb6rg, \"J\"";
	struct buf b;
	size_t max;

	for (max = 0; max < 60; max++) {
		int rc;

		buf_init(&b, max);
		rc = words_phrase(&b, name, strlen(name));
		ck_assert(rc == 0 || b.len == 0);
		ck_assert_int_eq(rc, max < 32 ? -1 : 0);
		buf_free(&b);
		buf_init(&b, max);
		rc = words_phrase(&b, "a\"b", 3);
		ck_assert_int_eq(rc, max < 6 ? -1 : 0);
		ck_assert_uint_eq(b.len, max < 6 ? 0 : 6);
		buf_free(&b);
	}
}
END_TEST

START_TEST(characters)
{
	static const struct {
		const char *s;
		size_t want;
	} chars[] = {
		{ "a", 1 }, { "\xc3\xb6", 2 }, { "\xe2\x82\xac", 3 },
		{ "\xf0\x9f\x93\xa8", 4 }, { "\xc0\x80", 0 },
		{ "\xc1\xbf", 0 }, { "\xe0\x80\x80", 0 },
		{ "\xed\xa0\x80", 0 }, { "\xf0\x80\x80\x80", 0 },
		{ "\xf4\x90\x80\x80", 0 }, { "\xf5\x80\x80\x80", 0 },
		{ "\x80", 0 }, { "\xff", 0 }, { "\xc3", 0 },
		{ "\xe2\x82", 0 }, { "\xe2\x28\xa1", 0 }, { "", 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(chars) / sizeof(chars[0]); i++)
		ck_assert_uint_eq(words_char(chars[i].s,
		    strlen(chars[i].s)), chars[i].want);
	ck_assert_uint_eq(words_char("\xc3\xb6", 1), 0);
	ck_assert(words_utf8("", 0));
	ck_assert(words_utf8("a\xc3\xb6", 3));
	ck_assert(!words_utf8("a\xc3\xb6", 2));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("words");
	TCase *t = tcase_create("words");

	tcase_add_loop_test(t, table, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(t, nul);
	tcase_add_test(t, long_names);
	tcase_add_test(t, ceiling);
	tcase_add_test(t, characters);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
