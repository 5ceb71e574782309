/* SPDX-License-Identifier: ISC */
/* Deadlines and the shifted clock. */
#include <limits.h>

#include "base/clock.h"
#include "unit.h"

START_TEST(never_back)
{
	int64_t a = clock_ms(), b = clock_ms();

	ck_assert_int_ge(b, a);
	ck_assert_int_gt(a, 0);
}
END_TEST

START_TEST(left)
{
	ck_assert_int_eq(clock_left(clock_ms() - 1), 0);
	ck_assert_int_eq(clock_left(INT64_MIN / 2), 0);
	ck_assert_int_eq(clock_left(clock_deadline(0)), 0);
	ck_assert_int_gt(clock_left(clock_deadline(60000)), 50000);
	ck_assert_int_le(clock_left(clock_deadline(60000)), 60000);
	ck_assert_int_eq(clock_left(clock_deadline((int64_t)INT_MAX * 4)),
	    INT_MAX);
}
END_TEST

START_TEST(shifted)
{
	time_t real = time(NULL);

	ck_assert_int_le(clock_now() - real, 1);
	clock_shift(86400);
	ck_assert_int_ge(clock_now() - real, 86400);
	clock_shift(-86400);
	ck_assert_int_le(clock_now() - real, 1);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("clock");
	TCase *t = tcase_create("clock");

	tcase_add_test(t, never_back);
	tcase_add_test(t, left);
	tcase_add_test(t, shifted);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
