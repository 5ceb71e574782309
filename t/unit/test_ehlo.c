/* SPDX-License-Identifier: ISC */
/* Capabilities as servers write them. */
#include <string.h>

#include "smtp/ehlo.h"
#include "smtp/sasl.h"
#include "unit.h"

static struct capabilities c;

static void
parse(const char *text)
{
	static struct reply r;

	r.code = 250;
	r.len = strlen(text);
	memcpy(r.text, text, r.len + 1);
	ehlo_parse(&r, &c);
}

static uint32_t
bit(const char *name)
{
	const struct mechanism *m = sasl_find(name, strlen(name));

	ck_assert_msg(m != NULL, "%s", name);
	return sasl_bit(m);
}

START_TEST(everything)
{
	parse("mx.example.org at your service\nPIPELINING\nSIZE 35882577\n"
	    "STARTTLS\nAUTH PLAIN LOGIN SCRAM-SHA-256\n8BITMIME\nSMTPUTF8\n"
	    "CHUNKING\nDSN\nENHANCEDSTATUSCODES\nREQUIRETLS\n"
	    "LIMITS MAILMAX=20 RCPTMAX=50");
	ck_assert(c.pipelining && c.size && c.starttls && c.eightbit &&
	    c.utf8 && c.chunking && c.dsn && c.requiretls);
	ck_assert_uint_eq(c.size_max, 35882577);
	ck_assert_uint_eq(c.mailmax, 20);
	ck_assert_uint_eq(c.rcptmax, 50);
	ck_assert_uint_eq(c.auth, bit("PLAIN") | bit("LOGIN") |
	    bit("SCRAM-SHA-256"));
	ck_assert_str_eq(c.auth_text, "PLAIN LOGIN SCRAM-SHA-256");
}
END_TEST

START_TEST(nothing)
{
	parse("mx.example.org");
	ck_assert(!c.pipelining && !c.size && !c.starttls && c.auth == 0);
	parse("");
	ck_assert(!c.pipelining);
	/* The first line is a name, even if it looks like a keyword. */
	parse("STARTTLS\nPIPELINING");
	ck_assert(!c.starttls && c.pipelining);
}
END_TEST

START_TEST(odd_forms)
{
	parse("x\nauth=plain login\nAuth CRAM-MD5 X-UNKNOWN\n  starttls  \n"
	    "size\nPIPELINING now\nXPIPELINE\n8BITMIM");
	ck_assert_uint_eq(c.auth, bit("PLAIN") | bit("LOGIN") |
	    bit("CRAM-MD5"));
	ck_assert(c.starttls && c.size && c.pipelining && !c.eightbit);
	ck_assert_uint_eq(c.size_max, 0);
	ck_assert_str_eq(c.auth_text, "plain login CRAM-MD5 X-UNKNOWN");
	parse("x\nAUTH");
	ck_assert_uint_eq(c.auth, 0);
	parse("x\nAUTH=");
	ck_assert_uint_eq(c.auth, 0);
}
END_TEST

START_TEST(bad_numbers)
{
	parse("x\nSIZE 0");
	ck_assert(c.size && c.size_max == 0);
	parse("x\nSIZE -1");
	ck_assert_uint_eq(c.size_max, 0);
	parse("x\nSIZE 99999999999999999999999999");
	ck_assert_uint_eq(c.size_max, 0);
	parse("x\nSIZE 12x");
	ck_assert_uint_eq(c.size_max, 0);
	parse("x\nLIMITS RCPTMAX= MAILMAX=x RCPTDOMAINMAX=1 RCPTMAX=7");
	ck_assert_uint_eq(c.rcptmax, 7);
	ck_assert_uint_eq(c.mailmax, 0);
	parse("x\nLIMITS RCPTMAX=99999999999");
	ck_assert_uint_eq(c.rcptmax, 0);
}
END_TEST

START_TEST(long_auth)
{
	static char text[LIMIT_REPLY];
	size_t n;

	strcpy(text, "x\nAUTH");
	for (n = strlen(text); n + 20 < sizeof(text); n += 12)
		strcpy(text + n, " X-MECHANISM");
	strcpy(text + n, " PLAIN");
	parse(text);
	ck_assert_uint_eq(c.auth, bit("PLAIN"));
	ck_assert_uint_lt(strlen(c.auth_text), sizeof(c.auth_text));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("ehlo");
	TCase *t = tcase_create("ehlo");

	suite_add_tcase(s, t);
	tcase_add_test(t, everything);
	tcase_add_test(t, nothing);
	tcase_add_test(t, odd_forms);
	tcase_add_test(t, bad_numbers);
	tcase_add_test(t, long_auth);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
