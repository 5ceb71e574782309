/* SPDX-License-Identifier: ISC */
/* The nearest of some words. */
#include <string.h>

#include "conf/suggest.h"
#include "unit.h"

static const struct {
	const char	*word, *best;
} words[] = {
	{ "host", "host" }, { "hots", "host" }, { "hosts", "host" },
	{ "hst", "host" }, { "HOST", "host" }, { "prot", "port" },
	{ "tls-verfy", "tls-verify" }, { "tlsverify", "tls-verify" },
	{ "x", NULL }, { "", NULL }, { "xyzzy", NULL }, { "ab", NULL },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL },
	{ "\xff\xfe\x80", NULL },
};

START_TEST(nearest)
{
	struct suggest s;

	suggest_init(&s, words[_i].word, strlen(words[_i].word));
	suggest_offer(&s, "port");
	suggest_offer(&s, "host");
	suggest_offer(&s, "tls-verify");
	suggest_offer(&s, "a-candidate-that-is-longer-than-any-word-has-to-be");
	if (words[_i].best == NULL)
		ck_assert_msg(s.best == NULL, "%s: %s", words[_i].word,
		    s.best);
	else
		ck_assert_str_eq(s.best, words[_i].best);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("suggest");
	TCase *t = tcase_create("suggest");

	tcase_add_loop_test(t, nearest, 0, sizeof(words) / sizeof(words[0]));
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
