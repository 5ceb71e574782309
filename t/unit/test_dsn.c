/* SPDX-License-Identifier: ISC */
/* NOTIFY, RET, xtext and ORCPT: words, what is none, and back. */
#include <string.h>

#include "mail/dsn.h"
#include "unit.h"

static const struct {
	const char	*words;
	int		 set;		/* -1: it is none */
	const char	*written;	/* NULL: as above */
} sets[] = {
	{ "", 0, NULL },
	{ "NEVER", DSN_NEVER, NULL },
	{ "never", DSN_NEVER, "NEVER" },
	{ "REPORT", DSN_REPORT, NULL },
	{ "SUCCESS", DSN_SUCCESS, NULL },
	{ "delay,Success", DSN_SUCCESS | DSN_DELAY, "SUCCESS,DELAY" },
	{ "SUCCESS,FAILURE,DELAY", DSN_SUCCESS | DSN_FAILURE | DSN_DELAY,
	    NULL },
	{ "DELAY,DELAY", DSN_DELAY, "DELAY" },
	{ "NEVER,DELAY", -1, NULL }, { "REPORT,FAILURE", -1, NULL },
	{ "NEVER,REPORT", -1, NULL }, { ",", -1, NULL },
	{ ",DELAY", -1, NULL }, { "DELAY,", -1, NULL },
	{ "DELAY,,SUCCESS", -1, NULL }, { "DELAYS", -1, NULL },
	{ "DELA", -1, NULL }, { " DELAY", -1, NULL },
	{ "DELAY\r\nDATA", -1, NULL }, { "8", -1, NULL },
};

START_TEST(notify)
{
	char words[DSN_WORDS];

	ck_assert_int_eq(dsn_notify(sets[_i].words), sets[_i].set);
	if (sets[_i].set < 0)
		return;
	dsn_words((unsigned)sets[_i].set, words);
	ck_assert_str_eq(words, sets[_i].written != NULL ? sets[_i].written :
	    sets[_i].words);
}
END_TEST

/* Every set has room, and is read again. */
START_TEST(all_sets)
{
	char words[DSN_WORDS];
	unsigned set;

	for (set = 0; set < 32; set++) {
		dsn_words(set, words);
		ck_assert_uint_lt(strlen(words), sizeof(words));
		if (set < 16 && (set & DSN_NEVER) == 0)
			ck_assert_int_eq(dsn_notify(words), (int)set);
	}
}
END_TEST

START_TEST(wants)
{
	ck_assert(dsn_wants_failure(0) && dsn_wants_delay(0));
	ck_assert(!dsn_wants_failure(DSN_NEVER));
	ck_assert(!dsn_wants_delay(DSN_NEVER));
	ck_assert(!dsn_wants_failure(DSN_SUCCESS | DSN_DELAY));
	ck_assert(dsn_wants_delay(DSN_SUCCESS | DSN_DELAY));
	ck_assert(dsn_wants_failure(DSN_FAILURE));
	ck_assert(!dsn_wants_delay(DSN_FAILURE));
	ck_assert(dsn_wants_failure(DSN_REPORT));
}
END_TEST

START_TEST(ret)
{
	ck_assert_int_eq(dsn_ret(""), DSN_RET_UNSAID);
	ck_assert_int_eq(dsn_ret("full"), DSN_RET_FULL);
	ck_assert_int_eq(dsn_ret(dsn_ret_word(DSN_RET_HDRS)), DSN_RET_HDRS);
	ck_assert_int_eq(dsn_ret("-"), -1);
	ck_assert_int_eq(dsn_ret("FULLY"), -1);
	ck_assert_int_eq(dsn_ret("FUL"), -1);
}
END_TEST

static const struct {
	const char	*xtext;
	const char	*text;		/* NULL: it is no xtext */
} texts[] = {
	{ "", "" }, { "QQ314159", "QQ314159" }, { "a+2Bb", "a+b" },
	{ "+3D+20+0D+0A", "= \r\n" }, { "+2B2B", "+2B" },
	{ "a=b", NULL }, { "a b", NULL }, { "a+2bb", NULL }, { "a+", NULL },
	{ "a+2", NULL }, { "\xc3\xa4", NULL }, { "a\x7f", NULL },
	{ "a\nb", NULL }, { "++2B", NULL },
};

START_TEST(xtext)
{
	struct buf b;

	buf_init(&b, 100);
	ck_assert_int_eq(dsn_is_xtext(texts[_i].xtext),
	    texts[_i].text != NULL);
	dsn_decode(&b, texts[_i].xtext);
	ck_assert_str_eq(b.data, texts[_i].text != NULL ? texts[_i].text :
	    texts[_i].xtext[0] == '+' ? "++" : texts[_i].xtext);
	buf_free(&b);
}
END_TEST

static const struct {
	const char	*address;
	const char	*orcpt;
} addresses[] = {
	{ "a@example.com", "rfc822;a@example.com" },
	{ "root", "" },
	{ "a+b=c@example.com", "rfc822;a+2Bb+3Dc@example.com" },
	{ "\"a \\\" b\"@x", "rfc822;\"a+20\\\"+20b\"@x" },
	{ "\"\t\x7f\"@x", "rfc822;\"+09+7F\"@x" },
	{ "j\xc3\xb6rg@x", "utf-8;j\xc3\xb6rg@x" },
	{ "\"\xc3\xb6 \\+=\"@x",
	    "utf-8;\"\xc3\xb6\\x{20}\\x{5C}\\x{2B}\\x{3D}\"@x" },
};

START_TEST(orcpt)
{
	const char *type = addresses[_i].orcpt;
	struct buf b, back;

	buf_init(&b, 1000);
	buf_init(&back, 1000);
	dsn_orcpt(&b, addresses[_i].address);
	ck_assert_str_eq(b.data, type);
	if (strncmp(type, "rfc822;", 7) == 0) {
		ck_assert(dsn_is_xtext(b.data + 7));
		dsn_decode(&back, b.data + 7);
		ck_assert_str_eq(back.data, addresses[_i].address);
	}
	buf_free(&b);
	buf_free(&back);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("dsn");
	TCase *t = tcase_create("dsn");

	tcase_add_loop_test(t, notify, 0, sizeof(sets) / sizeof(sets[0]));
	tcase_add_test(t, all_sets);
	tcase_add_test(t, wants);
	tcase_add_test(t, ret);
	tcase_add_loop_test(t, xtext, 0, sizeof(texts) / sizeof(texts[0]));
	tcase_add_loop_test(t, orcpt, 0,
	    sizeof(addresses) / sizeof(addresses[0]));
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
