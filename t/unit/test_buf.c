/* SPDX-License-Identifier: ISC */
/* Growable bytes: growth, ceilings, splicing. */
#include <string.h>

#include "base/buf.h"
#include "unit.h"

START_TEST(born_empty)
{
	struct buf b;

	buf_init(&b, 10);
	ck_assert_str_eq(b.data, "");
	ck_assert_uint_eq(b.len, 0);
	buf_clear(&b);
	buf_free(&b);
	buf_wipe(&b);
	ck_assert_str_eq(b.data, "");
}
END_TEST

START_TEST(zeroed_can_be_freed)
{
	struct buf b = { 0 };

	buf_free(&b);
	buf_wipe(&b);
	ck_assert_ptr_nonnull(b.data);
	ck_assert_int_eq(buf_puts(&b, "x"), -1);
	ck_assert_int_eq(buf_puts(&b, ""), 0);
	buf_free(&b);
}
END_TEST

START_TEST(ceiling)
{
	struct buf b;

	buf_init(&b, 5);
	ck_assert_int_eq(buf_puts(&b, "abc"), 0);
	ck_assert_int_eq(buf_puts(&b, "def"), -1);
	ck_assert_str_eq(b.data, "abc");
	ck_assert_int_eq(buf_printf(&b, "%d", 123), -1);
	ck_assert_int_eq(buf_printf(&b, "%d", 45), 0);
	ck_assert_str_eq(b.data, "abc45");
	ck_assert_int_eq(buf_putc(&b, 'x'), -1);
	ck_assert_ptr_null(buf_room(&b, 1));
	ck_assert_ptr_nonnull(buf_room(&b, 0));
	ck_assert_ptr_null(buf_room(&b, (size_t)-1));
	buf_free(&b);
}
END_TEST

START_TEST(grows_to_the_ceiling)
{
	struct buf b;
	size_t i, max = 100000;

	buf_init(&b, max);
	for (i = 0; i < max; i++)
		ck_assert_int_eq(buf_putc(&b, (char)('a' + i % 26)), 0);
	ck_assert_int_eq(buf_putc(&b, '!'), -1);
	ck_assert_uint_eq(b.len, max);
	ck_assert_uint_eq(strlen(b.data), max);
	for (i = 0; i < max; i += 777)
		ck_assert_int_eq(b.data[i], (char)('a' + i % 26));
	ck_assert_uint_le(b.cap, 2 * max);
	buf_free(&b);
}
END_TEST

START_TEST(huge_ceiling)
{
	struct buf b;

	buf_init(&b, (size_t)-1);
	ck_assert_int_eq(buf_puts(&b, "abc"), 0);
	ck_assert_ptr_null(buf_room(&b, (size_t)-2));
	ck_assert_str_eq(b.data, "abc");
	buf_free(&b);
}
END_TEST

START_TEST(holds_nul)
{
	struct buf b;

	buf_init(&b, 10);
	ck_assert_int_eq(buf_add(&b, "a\0b", 3), 0);
	ck_assert_uint_eq(b.len, 3);
	ck_assert_mem_eq(b.data, "a\0b", 4);
	buf_clear(&b);
	ck_assert_uint_eq(b.len, 0);
	ck_assert_str_eq(b.data, "");
	buf_free(&b);
}
END_TEST

START_TEST(drops)
{
	struct buf b;

	buf_init(&b, 20);
	buf_puts(&b, "abcdef");
	buf_drop(&b, 0);
	ck_assert_str_eq(b.data, "abcdef");
	buf_drop(&b, 2);
	ck_assert_str_eq(b.data, "cdef");
	buf_drop(&b, 4);
	ck_assert_str_eq(b.data, "");
	ck_assert_uint_eq(b.len, 0);
	buf_drop(&b, 0);
	buf_free(&b);
}
END_TEST

static const struct {
	const char	*before;
	size_t		 at, n;
	const char	*with, *after;
} splices[] = {
	{ "abcdef", 0, 0, "X", "Xabcdef" },
	{ "abcdef", 6, 0, "XY", "abcdefXY" },
	{ "abcdef", 2, 3, "", "abf" },
	{ "abcdef", 2, 2, "1234", "ab1234ef" },
	{ "abcdef", 0, 6, "z", "z" },
	{ "", 0, 0, "abc", "abc" },
	{ "", 0, 0, "", "" },
};

START_TEST(splice)
{
	struct buf b;

	buf_init(&b, 100);
	buf_puts(&b, splices[_i].before);
	ck_assert_int_eq(buf_splice(&b, splices[_i].at, splices[_i].n,
	    splices[_i].with, strlen(splices[_i].with)), 0);
	ck_assert_str_eq(b.data, splices[_i].after);
	ck_assert_uint_eq(b.len, strlen(splices[_i].after));
	buf_free(&b);
}
END_TEST

START_TEST(splice_ceiling)
{
	struct buf b;

	buf_init(&b, 6);
	buf_puts(&b, "abcd");
	ck_assert_int_eq(buf_splice(&b, 1, 1, "1234", 4), -1);
	ck_assert_str_eq(b.data, "abcd");
	ck_assert_int_eq(buf_splice(&b, 1, 1, "123", 3), 0);
	ck_assert_str_eq(b.data, "a123cd");
	ck_assert_int_eq(buf_splice(&b, 0, 6, "xyzxyz", 6), 0);
	ck_assert_str_eq(b.data, "xyzxyz");
	buf_free(&b);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("buf");
	TCase *t = tcase_create("buf");

	tcase_add_test(t, born_empty);
	tcase_add_test(t, zeroed_can_be_freed);
	tcase_add_test(t, ceiling);
	tcase_add_test(t, grows_to_the_ceiling);
	tcase_add_test(t, huge_ceiling);
	tcase_add_test(t, holds_nul);
	tcase_add_test(t, drops);
	tcase_add_loop_test(t, splice, 0,
	    sizeof(splices) / sizeof(splices[0]));
	tcase_add_test(t, splice_ceiling);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
