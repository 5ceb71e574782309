/* SPDX-License-Identifier: ISC */
/* Lines of a journal: written, read back, and refused when anything is odd. */
#include <stdio.h>
#include <string.h>

#include "base/crc.h"
#include "queue/jot.h"
#include "unit.h"

static struct buf b, text;

static void
setup(void)
{
	buf_init(&b, 1u << 16);
	buf_init(&text, 1u << 16);
}

static void
teardown(void)
{
	buf_free(&b);
	buf_free(&text);
}

START_TEST(form)
{
	struct jot_pen p;

	jot_begin(&p, &b, "attempt");
	jot_number(&p, 3);
	jot_text(&p, "a b");
	jot_text(&p, "");
	ck_assert_int_eq(jot_end(&p), 0);
	/* As the header shows it. */
	ck_assert_str_eq(b.data, "00000023 attempt 3 a%20b  65acfca4\n");
	ck_assert_uint_eq(b.len, 0x23);
	ck_assert_uint_eq(crc32c(0, b.data, b.len - 9), 0x65acfca4);
}
END_TEST

START_TEST(takes)
{
	struct jot_pen p;
	struct jot j;
	int64_t v;

	ck_assert_int_eq(buf_puts(&b, "before"), 0);
	jot_begin(&p, &b, "x");
	jot_text(&p, "one two%\r\n\t\x7f\xc3\xa4");
	jot_text(&p, NULL);
	jot_number(&p, INT64_MIN);
	jot_number(&p, INT64_MAX);
	jot_number(&p, 0);
	jot_text(&p, "");
	ck_assert_int_eq(jot_end(&p), 0);
	ck_assert_uint_eq(jot_read(b.data + 6, b.len - 6, &j), b.len - 6);
	ck_assert(jot_is(&j, "x"));
	ck_assert(!jot_is(&j, "xy"));
	ck_assert(!jot_is(&j, ""));
	ck_assert(jot_take_text(&j, &text));
	ck_assert_str_eq(text.data, "one two%\r\n\t\x7f\xc3\xa4");
	ck_assert(jot_take_text(&j, &text));
	ck_assert_str_eq(text.data, "");
	ck_assert(jot_take_number(&j, &v));
	ck_assert_int_eq(v, INT64_MIN);
	ck_assert(jot_take_number(&j, &v));
	ck_assert_int_eq(v, INT64_MAX);
	ck_assert(jot_take_number(&j, &v));
	ck_assert_int_eq(v, 0);
	ck_assert(jot_more(&j));
	ck_assert(!jot_take_number(&j, &v));
	ck_assert(jot_take_text(&j, &text));
	ck_assert(!jot_more(&j));
	ck_assert(!jot_take_text(&j, &text));
	ck_assert(!jot_take_number(&j, &v));
}
END_TEST

START_TEST(no_fields)
{
	struct jot_pen p;
	struct jot j;

	jot_begin(&p, &b, "t");
	ck_assert_int_eq(jot_end(&p), 0);
	ck_assert_uint_eq(b.len, 20);
	ck_assert_uint_eq(jot_read(b.data, b.len, &j), 20);
	ck_assert(!jot_more(&j));
	ck_assert(!jot_take_text(&j, &text));
}
END_TEST

/* Every octet a field can hold comes back. */
START_TEST(octets)
{
	char all[256];
	struct jot_pen p;
	struct jot j;
	int i;

	for (i = 1; i < 256; i++)
		all[i - 1] = (char)i;
	all[255] = '\0';
	jot_begin(&p, &b, "all");
	jot_text(&p, all);
	ck_assert_int_eq(jot_end(&p), 0);
	ck_assert_ptr_eq(memchr(b.data, '\n', b.len), b.data + b.len - 1);
	ck_assert_uint_eq(jot_read(b.data, b.len, &j), b.len);
	ck_assert(jot_take_text(&j, &text));
	ck_assert_str_eq(text.data, all);
}
END_TEST

/* What does not fit leaves the buffer as it was, whatever did not fit. */
START_TEST(ceiling)
{
	struct jot_pen p;
	struct buf small;
	size_t max;
	int fits = 0;

	for (max = 0; max < 60; max++) {
		buf_init(&small, max);
		ck_assert_int_eq(buf_puts(&small, max >= 2 ? "ab" : ""), 0);
		jot_begin(&p, &small, "type");
		jot_text(&p, "a b c");
		jot_number(&p, 1234567);
		if (jot_end(&p) == 0)
			fits++;
		else
			ck_assert_str_eq(small.data, max >= 2 ? "ab" : "");
		buf_free(&small);
	}
	/* 8 + 1 + 4 + 1 + 9 + 1 + 7 + 1 + 8 + 1 and the two before. */
	ck_assert_int_eq(fits, 60 - 43);
}
END_TEST

/* A line with this between length and sum, both right. */
static size_t
forge(const char *middle, size_t n, struct jot *j)
{
	char sum[16];

	buf_clear(&b);
	buf_printf(&b, "%08x", (unsigned)(n + 17));
	buf_add(&b, middle, n);
	snprintf(sum, sizeof(sum), "%08x\n", crc32c(0, b.data, b.len));
	buf_puts(&b, sum);
	return jot_read(b.data, b.len, j);
}

START_TEST(malformed)
{
	static const char *const fields[] = {
		"%", "%4", "%4g", "%00", "%0", "a%", "\t", "a\nb", "\x7f",
		"%4G", "%AF",
	};
	static const char *const numbers[] = {
		"", "-", "+1", "1x", "x", "9223372036854775808",
		"-9223372036854775809", "1.0", "0x1", "--1", "%31",
		"99999999999999999999999",
	};
	char middle[80];
	struct jot j;
	int64_t v;
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		snprintf(middle, sizeof(middle), " t %s ", fields[i]);
		ck_assert_uint_gt(forge(middle, strlen(middle), &j), 0);
		ck_assert_msg(!jot_take_text(&j, &text), "%s", fields[i]);
	}
	ck_assert_uint_gt(forge(" t a\0b ", 7, &j), 0);
	ck_assert(!jot_take_text(&j, &text));
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		snprintf(middle, sizeof(middle), " t %s ", numbers[i]);
		ck_assert_uint_gt(forge(middle, strlen(middle), &j), 0);
		ck_assert_msg(!jot_take_number(&j, &v), "%s", numbers[i]);
	}
	ck_assert_uint_eq(forge("  ", 2, &j), 0);	/* no type */
	ck_assert_uint_eq(forge(" t", 2, &j), 0);	/* no separator */
	ck_assert_uint_eq(forge("t ", 2, &j), 0);
	ck_assert_uint_eq(forge(" ", 1, &j), 0);
	ck_assert_uint_eq(forge("", 0, &j), 0);
	ck_assert_uint_eq(forge(" t ", 3, &j), 20);
}
END_TEST

/* A good line is good only whole and unchanged. */
START_TEST(corruption)
{
	struct jot_pen p;
	struct jot j;
	size_t i;
	int bit;

	jot_begin(&p, &b, "attempt");
	jot_text(&p, "joe@example.org");
	jot_number(&p, 42);
	ck_assert_int_eq(jot_end(&p), 0);
	for (i = 0; i < b.len; i++)
		ck_assert_uint_eq(jot_read(b.data, i, &j), 0);
	for (i = 0; i < b.len; i++)
		for (bit = 1; bit < 256; bit++) {
			b.data[i] = (char)(b.data[i] ^ bit);
			ck_assert_uint_eq(jot_read(b.data, b.len, &j), 0);
			b.data[i] = (char)(b.data[i] ^ bit);
		}
	/* What stands behind does not matter. */
	i = b.len;
	buf_puts(&b, "0000");
	ck_assert_uint_eq(jot_read(b.data, b.len, &j), i);
}
END_TEST

START_TEST(length)
{
	ck_assert_uint_eq(jot_length("00000014 ", 9), 20);
	ck_assert_uint_eq(jot_length("00000013 ", 9), 0);
	ck_assert_uint_eq(jot_length("ffffffff ", 9), 0xffffffff);
	ck_assert_uint_eq(jot_length("FFFFFFFF ", 9), 0);
	ck_assert_uint_eq(jot_length("00000014x", 9), 0);
	ck_assert_uint_eq(jot_length("00000014 ", 8), 0);
	ck_assert_uint_eq(jot_length("\0\0\0\0\0\0\0\0 ", 9), 0);
	ck_assert_uint_eq(jot_length("", 0), 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("jot");
	TCase *t = tcase_create("jot");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, form);
	tcase_add_test(t, takes);
	tcase_add_test(t, no_fields);
	tcase_add_test(t, octets);
	tcase_add_test(t, ceiling);
	tcase_add_test(t, malformed);
	tcase_add_test(t, corruption);
	tcase_add_test(t, length);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
