/* SPDX-License-Identifier: ISC */
/* Memory that is there or the process is not. */
#include <stdint.h>
#include <string.h>
#include <sysexits.h>

#include "base/mem.h"
#include "unit.h"

START_TEST(zeroed)
{
	unsigned char *p = mem_alloc(1000);
	size_t i;

	for (i = 0; i < 1000; i++)
		ck_assert_uint_eq(p[i], 0);
	free(p);
	p = mem_alloc(0);
	ck_assert_ptr_nonnull(p);
	free(p);
}
END_TEST

START_TEST(grown)
{
	int *p = mem_grow(NULL, 2, sizeof(*p));

	p[0] = 7;
	p[1] = 8;
	p = mem_grow(p, 10000, sizeof(*p));
	ck_assert_int_eq(p[0] + p[1], 15);
	p[9999] = 1;
	p = mem_grow(p, 0, sizeof(*p));
	ck_assert_ptr_nonnull(p);
	free(p);
}
END_TEST

START_TEST(copies)
{
	char *p = mem_dup("abc");

	ck_assert_str_eq(p, "abc");
	free(p);
	p = mem_ndup("a\0b", 3);
	ck_assert_mem_eq(p, "a\0b", 4);
	mem_wipe(p, 3);
	mem_wipe(NULL, 5);
}
END_TEST

#ifndef UNIT_ASAN	/* ASan ends the process in its own way */
START_TEST(out_of_memory)
{
	free(mem_alloc(PTRDIFF_MAX / 2));
}
END_TEST

START_TEST(overflow)
{
	free(mem_grow(NULL, SIZE_MAX / 2, 4));
}
END_TEST
#endif

static Suite *
suite(void)
{
	Suite *s = suite_create("mem");
	TCase *t = tcase_create("mem");

	tcase_add_test(t, zeroed);
	tcase_add_test(t, grown);
	tcase_add_test(t, copies);
#ifndef UNIT_ASAN
	tcase_add_exit_test(t, out_of_memory, EX_OSERR);
	tcase_add_exit_test(t, overflow, EX_OSERR);
#endif
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
