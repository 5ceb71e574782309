/* SPDX-License-Identifier: ISC */
/* The encoders: known texts, wherever they are cut. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "mail/encode.h"
#include "unit.h"

#define A8	"aaaaaaaa"
#define A72	A8 A8 A8 A8 A8 A8 A8 A8 A8
#define B76	"YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh" \
	"YWFhYWFhYWFhYWFh"

static const struct {
	enum encode_how	 how;
	const char	*in, *out;
} table[] = {
	{ ENCODE_QUOTED, "", "" },
	{ ENCODE_QUOTED, "a b\r\n", "a b\r\n" },
	{ ENCODE_QUOTED, "a ", "a=20" },
	{ ENCODE_QUOTED, "a\t\r\n \r\n", "a=09\r\n=20\r\n" },
	{ ENCODE_QUOTED, "  \t", "  =09" },
	{ ENCODE_QUOTED, "=\xff\x01\x7f~", "=3D=FF=01=7F~" },
	{ ENCODE_QUOTED, "\r\n\r\n", "\r\n\r\n" },
	{ ENCODE_QUOTED, "x.\r\n.x\r\n", "x.\r\n.x\r\n" },
	{ ENCODE_QUOTED, A72 "a", A72 "a" },
	{ ENCODE_QUOTED, A72 "ab", A72 "a=\r\nb" },
	{ ENCODE_QUOTED, A72 "\xff", A72 "=FF" },
	{ ENCODE_QUOTED, A72 "a\xff", A72 "a=\r\n=FF" },
	{ ENCODE_QUOTED, A72 "a \r\n", A72 "a=\r\n=20\r\n" },
	{ ENCODE_QUOTED, A72 "a b", A72 "a=\r\n b" },
	{ ENCODE_BASE64, "", "" },
	{ ENCODE_BASE64, "a", "YQ==" },
	{ ENCODE_BASE64, "ab", "YWI=" },
	{ ENCODE_BASE64, "abc", "YWJj" },
	{ ENCODE_BASE64, "\xff\xfe\xfd\xfc", "//79/A==" },
	{ ENCODE_BASE64, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaa", B76 },
	{ ENCODE_BASE64, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaab", B76 "\r\nYg==" },
	{ ENCODE_REQUOTED, "=C3=a4=\r\n b\r\n", "=C3=a4=\r\n b\r\n" },
	{ ENCODE_REQUOTED, "x=  \r\ny=", "x=\r\ny=" },
	{ ENCODE_REQUOTED, "x= \t", "x=" },
	{ ENCODE_REQUOTED, "=g=4g==20= x=4", "=3Dg=3D4g=3D=20=3D x=3D4" },
	{ ENCODE_REQUOTED, "=4\r\n=\r\n", "=3D4\r\n=\r\n" },
	{ ENCODE_REQUOTED, "\xff=\xff", "=FF=3D=FF" },
	{ ENCODE_REQUOTED, A72 "a=20b\r\n", A72 "a=\r\n=20b\r\n" },
	{ ENCODE_REQUOTED, A72 "=20--b\r\n", A72 "=20=\r\n=2D-b\r\n" },
	{ ENCODE_REQUOTED, A72 "=\r\n", A72 "=\r\n" },
	{ ENCODE_REWRAPPED, "YQ==", "YQ==" },
	{ ENCODE_REWRAPPED, "Y \r\n-\xffQ.\r\n==\r\n", "YQ==" },
	{ ENCODE_REWRAPPED, B76 "YQ==", B76 "\r\nYQ==" },
	{ ENCODE_ROUGH, "a\xff\r\n\r\n", "a?\r\n\r\n" },
};

static struct buf b;

static void
encode(enum encode_how how, const char *p, size_t n, size_t piece, bool line)
{
	struct encode e;
	size_t k;

	buf_clear(&b);
	encode_begin(&e, how);
	e.seven = e.lines = true;
	for (; n > 0; p += k, n -= k) {
		k = n < piece ? n : piece;
		b.len += encode_run(&e, p, k, buf_room(&b, ENCODE_ROOM(k)));
	}
	b.len += encode_end(&e, line, buf_room(&b, ENCODE_ROOM(0)));
	b.data[b.len] = '\0';
}

START_TEST(known)
{
	const char *in = table[_i].in;

	buf_init(&b, 1u << 20);
	encode(table[_i].how, in, strlen(in), strlen(in), false);
	ck_assert_str_eq(b.data, table[_i].out);
	buf_free(&b);
}
END_TEST

/* Cut into single octets it is the same, but for what could have been risky
 * at the start of a line. */
START_TEST(cut)
{
	const char *in = table[_i].in;

	buf_init(&b, 1u << 20);
	if (strchr(in, '.') == NULL && strstr(in, "--") == NULL) {
		encode(table[_i].how, in, strlen(in), 1, false);
		ck_assert_str_eq(b.data, table[_i].out);
	}
	encode(ENCODE_QUOTED, "From", 4, 1, false);
	ck_assert_str_eq(b.data, "=46rom");
	encode(ENCODE_QUOTED, ".\r\n", 3, 1, false);
	ck_assert_str_eq(b.data, "=2E\r\n");
	buf_free(&b);
}
END_TEST

START_TEST(last_line)
{
	buf_init(&b, 1u << 20);
	encode(ENCODE_BASE64, "abc", 3, 3, true);
	ck_assert_str_eq(b.data, "YWJj\r\n");
	encode(ENCODE_BASE64, "", 0, 1, true);
	ck_assert_str_eq(b.data, "");
	buf_free(&b);
}
END_TEST

/* Blanks without end behind a '=' are no soft break, and take no room. */
START_TEST(blanks)
{
	char in[3000];
	size_t i;

	buf_init(&b, 1u << 20);
	memset(in, ' ', sizeof(in));
	in[0] = '=';
	encode(ENCODE_REQUOTED, in, sizeof(in), 100, false);
	ck_assert_int_eq(strncmp(b.data, "=3D   ", 6), 0);
	for (i = 0; b.data[i] != '\0'; i += strcspn(b.data + i, "\n") + 1)
		ck_assert_uint_le(strcspn(b.data + i, "\n"), 77);
	memset(in, 'x', sizeof(in));
	encode(ENCODE_ROUGH, in, sizeof(in), 100, false);
	ck_assert_uint_eq(b.len, sizeof(in) + 9);
	ck_assert_mem_eq(b.data + 998, "\r\n x", 4);
	buf_free(&b);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("encode");
	TCase *t = tcase_create("encode");
	int n = sizeof(table) / sizeof(table[0]);

	tcase_add_loop_test(t, known, 0, n);
	tcase_add_loop_test(t, cut, 0, n);
	tcase_add_test(t, last_line);
	tcase_add_test(t, blanks);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
