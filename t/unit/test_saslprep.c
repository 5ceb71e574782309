/* SPDX-License-Identifier: ISC */
/* SASLprep: RFC 4013's examples, what is mapped, what is refused. */
#include <string.h>

#include "unit.h"

#include "base/limits.h"
#include "base/mem.h"
#include "smtp/saslprep.h"

/* to == NULL: refused, with words that hold why. */
static const struct {
	const char	*from;
	const char	*to;
	const char	*why;
} rows[] = {
	/* RFC 4013 section 3. */
	{ "I\xc2\xadX", "IX", NULL },
	{ "user", "user", NULL },
	{ "USER", "USER", NULL },
	{ "\xc2\xaa", "a", NULL },
	{ "\xe2\x85\xa8", "IX", NULL },
	{ "\x07", NULL, "control" },
	/* ASCII stays. */
	{ " pass word ", " pass word ", NULL },
	{ "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
	    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", NULL },
	{ "secret\r", NULL, "control" },
	{ "a\tb", NULL, "control" },
	{ "a\x7f", NULL, "control" },
	{ "", NULL, "empty" },
	{ "\xc2\xad", NULL, "empty" },
	/* Spaces, nothings. */
	{ "a\xc2\xa0" "b", "a b", NULL },
	{ "a\xe3\x80\x80" "b", "a b", NULL },
	{ "a\xe2\x80\x8b" "b", "a b", NULL },
	{ "a\xe2\x80\x8d" "b", "ab", NULL },
	{ "\xef\xbb\xbf" "a", "a", NULL },
	/* Composition and compatibility. */
	{ "cafe\xcc\x81", "caf\xc3\xa9", NULL },
	{ "caf\xc3\xa9", "caf\xc3\xa9", NULL },
	{ "\xef\xac\x81sh", "fish", NULL },
	{ "\xef\xbc\xa1\xef\xbd\x9a\xef\xbc\x81\xef\xbd\x9e", "Az!~", NULL },
	{ "\xc2\xb5", "\xce\xbc", NULL },
	{ "10\xc2\xb2\xe2\x81\xb9", "1029", NULL },
	{ "\xe2\x84\xa2\xe2\x91\xa0", "TM1", NULL },
	{ "\xe2\x84\xab", "\xc3\x85", NULL },
	{ "\xe2\x82\xac\xc3\x9f\xc4\xb0", "\xe2\x82\xac\xc3\x9f\xc4\xb0",
	    NULL },
	{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", NULL },
	/* Forbidden. */
	{ "a\xc2\x85", NULL, "4013" },
	{ "\xe2\x80\xae" "a", NULL, "4013" },
	{ "\xee\x80\x80", NULL, "4013" },
	{ "\xef\xbf\xbd", NULL, "4013" },
	{ "\xef\xbf\xbf", NULL, "4013" },
	{ "\xf0\x9f\xbf\xbe", NULL, "4013" },
	{ "\xf3\xa0\x81\x81", NULL, "4013" },
	{ "\xf4\x8f\xbf\xbf", NULL, "4013" },
	/* No UTF-8. */
	{ "caf\xe9", NULL, "UTF-8" },
	{ "\xc0\x80", NULL, "UTF-8" },
	{ "\xc1\xbf", NULL, "UTF-8" },
	{ "\xe0\x80\xaf", NULL, "UTF-8" },
	{ "\xf0\x80\x80\xaf", NULL, "UTF-8" },
	{ "\xed\xa0\x80", NULL, "UTF-8" },
	{ "\xf4\x90\x80\x80", NULL, "UTF-8" },
	{ "\xf8\x88\x80\x80\x80", NULL, "UTF-8" },
	{ "\xe2\x82", NULL, "UTF-8" },
	{ "\xff", NULL, "UTF-8" },
	{ "\x80", NULL, "UTF-8" },
};

START_TEST(table)
{
	const char *wrong;
	struct buf b;

	buf_init(&b, 256);
	wrong = saslprep_add(&b, rows[_i].from, strlen(rows[_i].from));
	if (rows[_i].to != NULL) {
		ck_assert_msg(wrong == NULL, "row %d: %s", _i, wrong);
		ck_assert_str_eq(b.data, rows[_i].to);
	} else {
		ck_assert_msg(wrong != NULL, "row %d passed", _i);
		ck_assert_msg(strstr(wrong, rows[_i].why) != NULL,
		    "row %d: %s", _i, wrong);
		ck_assert_uint_eq(b.len, 0);
	}
	buf_free(&b);
}
END_TEST

START_TEST(appends)
{
	struct buf b;

	buf_init(&b, 8);
	ck_assert_int_eq(buf_puts(&b, "n="), 0);
	ck_assert_ptr_null(saslprep_add(&b, "a\xc2\xaa", 3));
	ck_assert_str_eq(b.data, "n=aa");
	ck_assert_ptr_nonnull(saslprep_add(&b, "12345", 5));
	ck_assert_ptr_nonnull(saslprep_add(&b, "1234\xc3\xa9", 6));
	ck_assert_str_eq(b.data, "n=aa");
	ck_assert_ptr_nonnull(saslprep_add(&b, "a\0b", 3));
	buf_free(&b);
}
END_TEST

/* The longest secret of the fastest growing character. */
START_TEST(grows)
{
	static const char quarter[] = "\xc2\xbc";
	char *p = mem_alloc(LIMIT_SECRET + 1);
	struct buf b;
	size_t i;

	for (i = 0; i < LIMIT_SECRET; i++)
		p[i] = quarter[i % 2];
	buf_init(&b, (size_t)LIMIT_SECRET * 3);
	ck_assert_ptr_null(saslprep_add(&b, p, LIMIT_SECRET));
	ck_assert_uint_eq(b.len, LIMIT_SECRET / 2 * 5);
	buf_clear(&b);
	p[LIMIT_SECRET] = 'a';
	ck_assert_str_eq(saslprep_add(&b, p, LIMIT_SECRET + 1),
	    "is too long");
	buf_free(&b);
	mem_wipe(p, LIMIT_SECRET + 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("saslprep");
	TCase *t = tcase_create("saslprep");

	tcase_add_loop_test(t, table, 0,
	    (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(t, appends);
	tcase_add_test(t, grows);
	suite_add_tcase(s, t);
	return unit_main(s);
}
