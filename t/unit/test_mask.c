/* SPDX-License-Identifier: ISC */
/* The secret in a server's mouth: found wherever it stands in base64. */
#include <gnutls/gnutls.h>

#include <stdio.h>
#include <string.h>

#include "smtp/mask.h"
#include "unit.h"

static bool
finds(const char *secret, const char *text)
{
	const struct mask m = { secret, strlen(secret) };

	return mask_finds(&m, text, strlen(text));
}

START_TEST(as_it_is)
{
	const struct mask none = { NULL, 0 };

	ck_assert(finds("hunter2", "535 hunter2 is wrong"));
	ck_assert(finds("hunter2", "hunter2"));
	ck_assert(!finds("hunter2", "535 hunter is wrong"));
	ck_assert(!finds("hunter2", ""));
	ck_assert(!mask_finds(&none, "535 no", 6));
	ck_assert(!mask_finds(NULL, "535 no", 6));
}
END_TEST

/* Secrets of every length, behind and before octets of every number. */
START_TEST(encoded)
{
	static const char secret[] = "q9Zk!7pwX0";
	char plain[64], text[128];
	gnutls_datum_t in = { (unsigned char *)plain, 0 }, out;
	struct mask m = { secret, 0 };
	int before, behind;

	for (m.len = 4; m.len <= strlen(secret); m.len++)
		for (before = 0; before < 5; before++)
			for (behind = 0; behind < 5; behind++) {
				in.size = (unsigned)snprintf(plain,
				    sizeof(plain), "%.*s%.*s%.*s", before,
				    "aaaaa", (int)m.len, secret, behind,
				    "zzzzz");
				ck_assert_int_ge(gnutls_base64_encode2(&in,
				    &out), 0);
				snprintf(text, sizeof(text), "500 what is %s?",
				    (char *)out.data);
				gnutls_free(out.data);
				ck_assert_msg(mask_finds(&m, text,
				    strlen(text)), "%s", text);
			}
	ck_assert(!finds("q9Zk!7pwX0", "500 what is AHVzZXIAcGFzc3dvcmQ=?"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("mask");
	TCase *t = tcase_create("mask");

	suite_add_tcase(s, t);
	tcase_add_test(t, as_it_is);
	tcase_add_test(t, encoded);
	return unit_main(s);
}
