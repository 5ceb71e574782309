/* SPDX-License-Identifier: ISC */
/* SCRAM's attribute lists and their base64. */
#include <string.h>

#include "unit.h"

#include "smtp/attribute.h"

/* The names found, and '!' where it ends before the text does. */
static void
walk(const char *text, size_t n, const char *names, const char *values)
{
	char found[16] = "", said[64] = "";
	struct attribute f;
	size_t k = 0;

	while (n > 0) {
		if (!attribute_take(&text, &n, &f)) {
			found[k++] = '!';
			break;
		}
		found[k++] = f.name;
		ck_assert_uint_gt(f.len, 0);
		strncat(said, f.value, f.len);
		strcat(said, "|");
	}
	ck_assert_str_eq(found, names);
	ck_assert_str_eq(said, values);
}

START_TEST(lists)
{
	walk("", 0, "", "");
	walk("r=a", 3, "r", "a|");
	walk("r=a,s=b=,i=4096", 15, "rsi", "a|b=|4096|");
	walk("R=a,z=,", 7, "R!", "a|");
	walk("r=a,", 4, "!", "");
	walk("r=,s=b", 6, "!", "");
	walk(",r=a", 4, "!", "");
	walk("r=a,,s=b", 8, "r!", "a|");
	walk("1=a", 3, "!", "");
	walk("ra", 2, "!", "");
	walk("r:a", 3, "!", "");
	walk("r=\0a", 4, "!", "");
	walk("r=a\0,s=b", 8, "!", "");
	walk("\xc3=a", 3, "!", "");
	walk("r", 1, "!", "");
	walk("r=", 2, "!", "");
}
END_TEST

static const struct {
	const char	*text;
	int		 len;	/* -1: none */
} digits[] = {
	{ "QUJD", 3 }, { "QUI=", 2 }, { "QQ==", 1 }, { "+/+/", 3 },
	{ "QUJ", -1 }, { "QUJDQ", -1 }, { "QUI", -1 }, { "QQ=", -1 },
	{ "QQ", -1 }, { "Q===", -1 }, { "====", -1 }, { "QUI=QUI=", -1 },
	{ "QU\nJD", -1 }, { "QU\nJD\nQU", -1 }, { "QUJD\n\n\n\n", -1 },
	{ " QUJD", -1 }, { "QU-_", -1 }, { "QU*D", -1 }, { "QUJ\xc3", -1 },
	{ "=QUJ", -1 }, { "QUL=", -1 }, { "QR==", -1 },
};

START_TEST(base64)
{
	struct attribute f = { 's', digits[_i].text, strlen(digits[_i].text) };
	gnutls_datum_t out = { NULL, 0 };
	struct buf b;
	bool ok = attribute_decode(&f, &out);

	ck_assert_msg(ok == (digits[_i].len >= 0), "%s", digits[_i].text);
	if (!ok)
		return;
	ck_assert_int_eq((int)out.size, digits[_i].len);
	buf_init(&b, 64);
	ck_assert_int_eq(attribute_encode(&b, out.data, out.size), 0);
	ck_assert_str_eq(b.data, digits[_i].text);
	buf_free(&b);
	buf_init(&b, 3);
	ck_assert_int_eq(attribute_encode(&b, out.data, out.size), -1);
	buf_free(&b);
	gnutls_free(out.data);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("attribute");
	TCase *t = tcase_create("attribute");

	tcase_add_test(t, lists);
	tcase_add_loop_test(t, base64, 0,
	    (int)(sizeof(digits) / sizeof(digits[0])));
	suite_add_tcase(s, t);
	return unit_main(s);
}
