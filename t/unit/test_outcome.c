/* SPDX-License-Identifier: ISC */
/* The error type: kinds, words, cleaning. */
#include <errno.h>
#include <string.h>

#include "base/outcome.h"
#include "unit.h"

static const struct {
	enum fault	fault;
	enum verdict	verdict;
	enum scope	scope;
} kinds[] = {
	{ FAULT_USAGE, VERDICT_NEVER, SCOPE_MESSAGE },
	{ FAULT_DATA, VERDICT_NEVER, SCOPE_MESSAGE },
	{ FAULT_NOUSER, VERDICT_NEVER, SCOPE_RECIPIENT },
	{ FAULT_REFUSED, VERDICT_NEVER, SCOPE_MESSAGE },
	{ FAULT_UNBUILT, VERDICT_NEVER, SCOPE_MESSAGE },
	{ FAULT_BUG, VERDICT_LATER, SCOPE_MESSAGE },
	{ FAULT_OS, VERDICT_LATER, SCOPE_MESSAGE },
	{ FAULT_INPUT, VERDICT_NEVER, SCOPE_MESSAGE },
	{ FAULT_DELAY, VERDICT_LATER, SCOPE_MESSAGE },
	{ FAULT_NETWORK, VERDICT_LATER, SCOPE_HOST },
	{ FAULT_STARTTLS, VERDICT_LATER, SCOPE_HOST },
	{ FAULT_PROTOCOL, VERDICT_LATER, SCOPE_HOST },
	{ FAULT_LOGIN, VERDICT_LATER, SCOPE_ACCOUNT },
	{ FAULT_CONFIG, VERDICT_LATER, SCOPE_ACCOUNT },
	{ FAULT_TRUST, VERDICT_LATER, SCOPE_HOST },
};

START_TEST(kind)
{
	struct outcome o;

	memset(&o, 0xff, sizeof(o));
	ck_assert_int_eq(outcome_fail(&o, kinds[_i].fault, STAGE_RCPT,
	    "%s %d", "words", 7), -1);
	ck_assert_int_eq((int)o.fault, (int)kinds[_i].fault);
	ck_assert_int_eq((int)o.verdict, (int)kinds[_i].verdict);
	ck_assert_int_eq((int)o.scope, (int)kinds[_i].scope);
	ck_assert_int_eq((int)o.stage, STAGE_RCPT);
	ck_assert_str_eq(o.text, "words 7");
	ck_assert_str_eq(o.advice, "");
	ck_assert(!o.in_doubt);
	ck_assert_uint_eq(o.code, 0);
	ck_assert_uint_eq(o.enhanced[0], 0);
	outcome_clear(&o);
	ck_assert_int_eq((int)o.verdict, VERDICT_DELIVERED);
	ck_assert_int_eq((int)o.fault, FAULT_NONE);
	ck_assert_str_eq(o.text, "");
}
END_TEST

START_TEST(with_errno)
{
	struct outcome o;

	errno = ENOENT;
	ck_assert_int_eq(outcome_errno(&o, FAULT_OS, STAGE_INPUT, "file %s",
	    "/x"), -1);
	ck_assert_str_eq(o.text, "file /x: No such file or directory");
}
END_TEST

START_TEST(errno_behind_long_words)
{
	struct outcome o;
	char words[2000];

	memset(words, 'a', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	errno = ENOENT;
	outcome_errno(&o, FAULT_OS, STAGE_INPUT, "%s", words);
	ck_assert_uint_lt(strlen(o.text), sizeof(o.text));
	outcome_fail(&o, FAULT_OS, STAGE_INPUT, "%s", words);
	ck_assert_uint_eq(strlen(o.text), sizeof(o.text) - 1);
	outcome_advise(&o, "%s", words);
	ck_assert_uint_eq(strlen(o.advice), sizeof(o.advice) - 1);
}
END_TEST

START_TEST(cut_at_a_character)
{
	struct outcome o;
	char words[600];
	size_t shift, i, n;

	for (shift = 0; shift < 4; shift++) {
		memset(words, 'a', shift);
		for (i = shift; i + 4 < sizeof(words); i += 3)
			memcpy(words + i, "\xe2\x82\xac", 3);
		words[i] = '\0';
		outcome_fail(&o, FAULT_OS, STAGE_INPUT, "%s", words);
		ck_assert_ptr_null(strchr(o.text, '?'));
		n = strlen(o.text);
		ck_assert_uint_ge(n, sizeof(o.text) - 4);
		ck_assert_uint_eq((n - shift) % 3, 0);
	}
}
END_TEST

static const struct {
	const char	*dirty, *clean;
} texts[] = {
	{ "", "" },
	{ "plain", "plain" },
	{ "a\tb\r\nc", "a b  c" },
	{ "trailing \r\n", "trailing" },
	{ "\x1b[31mred", "?[31mred" },
	{ "\x7f", "?" },
	{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
	{ "\xe2\x82\xac", "\xe2\x82\xac" },
	{ "\xf0\x9f\x93\xaf", "\xf0\x9f\x93\xaf" },
	{ "\xc2\x85", "??" },			/* C1 */
	{ "\xc2\xa0", "\xc2\xa0" },
	{ "\xc0\xaf", "??" },			/* overlong */
	{ "\xe0\x80\xaf", "???" },
	{ "\xf0\x80\x80\xaf", "????" },
	{ "\xed\xa0\x80", "???" },		/* surrogate */
	{ "\xf4\x90\x80\x80", "????" },		/* beyond U+10FFFF */
	{ "\xf5\x80\x80\x80", "????" },
	{ "\x80", "?" },
	{ "\xe2\x82", "??" },			/* broken off */
	{ "\xff\xfe", "??" },
};

START_TEST(cleans)
{
	char s[64];
	size_t n = strlen(texts[_i].dirty);

	memcpy(s, texts[_i].dirty, n + 1);
	ck_assert_uint_eq(outcome_clean(s, n), strlen(texts[_i].clean));
	ck_assert_str_eq(s, texts[_i].clean);
}
END_TEST

START_TEST(cleans_nul)
{
	char s[] = "a\0b";

	ck_assert_uint_eq(outcome_clean(s, 3), 3);
	ck_assert_str_eq(s, "a?b");
}
END_TEST

START_TEST(words_are_one_line)
{
	struct outcome o;

	outcome_fail(&o, FAULT_DATA, STAGE_INPUT, "550 no\r\nQUIT %s",
	    "\x01");
	ck_assert_str_eq(o.text, "550 no  QUIT ?");
	ck_assert_int_eq(outcome_advise(&o, "do\nthis"), -1);
	ck_assert_str_eq(o.advice, "do this");
}
END_TEST

START_TEST(codes)
{
	const uint16_t e[3] = { 5, 1, 1 };
	struct outcome o;

	outcome_fail(&o, FAULT_NOUSER, STAGE_RCPT, "x");
	outcome_codes(&o, 550, e);
	ck_assert_uint_eq(o.code, 550);
	ck_assert_uint_eq(o.enhanced[2], 1);
	outcome_codes(&o, 421, NULL);
	ck_assert_uint_eq(o.code, 421);
}
END_TEST

START_TEST(codes_none)
{
	const uint16_t e[3] = { 5, 1, 1 };
	struct outcome o;

	outcome_fail(&o, FAULT_NOUSER, STAGE_RCPT, "x");
	outcome_codes(&o, 550, e);
	outcome_codes(&o, 421, NULL);
	ck_assert_uint_eq(o.enhanced[0], 0);
}
END_TEST

START_TEST(names)
{
	enum stage s;

	for (s = STAGE_NONE; s <= STAGE_QUIT; s++)
		ck_assert_ptr_nonnull(stage_name(s));
	ck_assert_str_eq(stage_name(STAGE_RCPT), "rcpt");
	ck_assert_str_eq(stage_name(STAGE_QUIT), "quit");
	ck_assert_str_eq(verdict_name(VERDICT_DELIVERED), "delivered");
	ck_assert_str_eq(verdict_name(VERDICT_LATER), "later");
	ck_assert_str_eq(verdict_name(VERDICT_NEVER), "never");
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("outcome");
	TCase *t = tcase_create("outcome");

	tcase_add_loop_test(t, kind, 0, sizeof(kinds) / sizeof(kinds[0]));
	tcase_add_test(t, with_errno);
	tcase_add_test(t, errno_behind_long_words);
	tcase_add_test(t, cut_at_a_character);
	tcase_add_loop_test(t, cleans, 0, sizeof(texts) / sizeof(texts[0]));
	tcase_add_test(t, cleans_nul);
	tcase_add_test(t, words_are_one_line);
	tcase_add_test(t, codes);
	tcase_add_test(t, codes_none);
	tcase_add_test(t, names);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
