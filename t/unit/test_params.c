/* SPDX-License-Identifier: ISC */
/* What stands behind MAIL and RCPT. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "front/params.h"
#include "unit.h"

#define LONG10	"xxxxxxxxxx"
#define LONG100	LONG10 LONG10 LONG10 LONG10 LONG10 LONG10 LONG10 LONG10 \
	LONG10 LONG10
#define LONG500	LONG100 LONG100 LONG100 LONG100 LONG100

/* want: the path, or code and enhanced code. */
static const struct row {
	const char	*arg, *want;
	enum params_of	 of;
} rows[] = {
	{ "FROM:<a@b.example>", "a@b.example", PARAMS_MAIL },
	{ "from:<a@b.example>", "a@b.example", PARAMS_MAIL },
	{ "FROM: <a@b.example>", "a@b.example", PARAMS_MAIL },
	{ "FROM :\t<a@b.example>", "a@b.example", PARAMS_MAIL },
	{ "FROM:a@b.example", "a@b.example", PARAMS_MAIL },
	{ "FROM:a@b.example SIZE=5", "a@b.example", PARAMS_MAIL },
	{ "FROM:root", "root", PARAMS_MAIL },
	{ "FROM:<>", "", PARAMS_MAIL },
	{ "FROM:<> BODY=7BIT", "", PARAMS_MAIL },
	{ "FROM:<@x.example,@y.example:a@b.example>", "a@b.example",
	    PARAMS_MAIL },
	{ "TO:<\"a b\"@c.example>", "\"a b\"@c.example", PARAMS_RCPT },
	{ "TO:<\"a>b\"@c.example>", "\"a>b\"@c.example", PARAMS_RCPT },
	{ "TO:<\"a\\\">\"@c.example>", "\"a\\\">\"@c.example", PARAMS_RCPT },
	{ "TO:\"a b\"@c.example NOTIFY=NEVER", "\"a b\"@c.example",
	    PARAMS_RCPT },
	{ "TO:<a@b.example>  NOTIFY=NEVER   ORCPT=rfc822;a+40b",
	    "a@b.example", PARAMS_RCPT },
	/* no path */
	{ "", "501 5.5.2", PARAMS_MAIL },
	{ "FROM", "501 5.5.2", PARAMS_MAIL },
	{ "FROM:", "501 5.5.2", PARAMS_MAIL },
	{ "FROM: ", "501 5.5.2", PARAMS_MAIL },
	{ "<a@b.example>", "501 5.5.2", PARAMS_MAIL },
	{ "TO:<a@b.example>", "501 5.5.2", PARAMS_MAIL },
	{ "FROM:<a@b.example>", "501 5.5.2", PARAMS_RCPT },
	{ "FROM:<a@b.example", "501 5.5.2", PARAMS_MAIL },
	{ "FROM:<a@b.example>x", "501 5.5.2", PARAMS_MAIL },
	{ "FROM:<a@b.example>SIZE=1", "501 5.5.2", PARAMS_MAIL },
	{ "FROM:<\"a@b.example>", "501 5.5.2", PARAMS_MAIL },
	{ "FROM:<a\\>", "501 5.5.2", PARAMS_MAIL },
	{ "FROM:<@x.example>", "501 5.5.2", PARAMS_MAIL },
	{ "FROM:<@x.example:>", "501 5.5.2", PARAMS_MAIL },
	/* parameters */
	{ "FROM:<> SIZE=0", "", PARAMS_MAIL },
	{ "FROM:<> SIZE=18446744073709551615", "", PARAMS_MAIL },
	{ "FROM:<> SIZE", "501 5.5.4", PARAMS_MAIL },
	{ "FROM:<> SIZE=", "501 5.5.4", PARAMS_MAIL },
	{ "FROM:<> SIZE=-1", "501 5.5.4", PARAMS_MAIL },
	{ "FROM:<> SIZE=1x", "501 5.5.4", PARAMS_MAIL },
	{ "FROM:<> SIZE=184467440737095516150", "501 5.5.4", PARAMS_MAIL },
	{ "FROM:<> size=1 SIZE=1", "501 5.5.4", PARAMS_MAIL },
	{ "FROM:<> BODY=8bitmime", "", PARAMS_MAIL },
	{ "FROM:<> BODY=BINARYMIME", "501 5.5.4", PARAMS_MAIL },
	{ "FROM:<> SMTPUTF8=1", "501 5.5.4", PARAMS_MAIL },
	{ "FROM:<> SMTPUTF8=", "501 5.5.4", PARAMS_MAIL },
	{ "FROM:<> RET=hdrs ENVID=a+3Db", "", PARAMS_MAIL },
	{ "FROM:<> RET=", "501 5.5.4", PARAMS_MAIL },
	{ "FROM:<> RET=SOME", "501 5.5.4", PARAMS_MAIL },
	{ "FROM:<> ENVID=a=b", "501 5.5.4", PARAMS_MAIL },
	{ "FROM:<> ENVID=a+3", "501 5.5.4", PARAMS_MAIL },
	{ "FROM:<> ENVID=" LONG100, "", PARAMS_MAIL },
	{ "FROM:<> ENVID=" LONG100 "x", "501 5.5.4", PARAMS_MAIL },
	{ "FROM:<> AUTH=<>", "", PARAMS_MAIL },
	{ "FROM:<> AUTH=a@b.example", "", PARAMS_MAIL },
	{ "FROM:<> AUTH=<a", "", PARAMS_MAIL },
	{ "FROM:<> FOO=1", "555 5.5.4", PARAMS_MAIL },
	{ "FROM:<> NOTIFY=NEVER", "555 5.5.4", PARAMS_MAIL },
	{ "FROM:<> =1", "501 5.5.4", PARAMS_MAIL },
	{ "FROM:<> -A=1", "501 5.5.4", PARAMS_MAIL },
	{ "FROM:<> A_B=1", "501 5.5.4", PARAMS_MAIL },
	{ "TO:<a> SIZE=1", "555 5.5.4", PARAMS_RCPT },
	{ "TO:<a> NOTIFY=success,FAILURE,delay", "a", PARAMS_RCPT },
	{ "TO:<a> NOTIFY=NEVER,DELAY", "501 5.5.4", PARAMS_RCPT },
	{ "TO:<a> NOTIFY=REPORT", "501 5.5.4", PARAMS_RCPT },
	{ "TO:<a> NOTIFY=,", "501 5.5.4", PARAMS_RCPT },
	{ "TO:<a> NOTIFY=DELAY,", "501 5.5.4", PARAMS_RCPT },
	{ "TO:<a> ORCPT=a@b", "501 5.5.4", PARAMS_RCPT },
	{ "TO:<a> ORCPT=;a@b", "501 5.5.4", PARAMS_RCPT },
	{ "TO:<a> ORCPT=rfc822;", "501 5.5.4", PARAMS_RCPT },
	{ "TO:<a> ORCPT=rfc822;a+4", "501 5.5.4", PARAMS_RCPT },
	{ "TO:<a> ORCPT=rf<c;a", "501 5.5.4", PARAMS_RCPT },
	{ "TO:<a> ORCPT=x400;a", "a", PARAMS_RCPT },
	{ "TO:<a> ORCPT=utf-8;a\\x{FC}@b", "a", PARAMS_RCPT },
	{ "TO:<a> ORCPT=utf-8;\xc3\xbc@b", "553 5.6.7", PARAMS_RCPT },
	{ "TO:<a> ORCPT=rfc822;\xc3\xbc@b", "501 5.5.4", PARAMS_RCPT },
	{ "TO:<a> ORCPT=rfc822;" LONG500, "501 5.5.4", PARAMS_RCPT },
	{ "TO:<\xc3\xbc@b.example>", "553 5.6.7", PARAMS_RCPT },
	{ "FROM:<\xc3\xbc@b.example>", "553 5.6.7", PARAMS_MAIL },
	{ "FROM:<\xc3\xbc@b.example> SMTPUTF8", "\xc3\xbc@b.example",
	    PARAMS_MAIL },
};

START_TEST(table)
{
	const struct row *r = &rows[_i];
	char *arg = mem_dup(r->arg), codes[32];
	struct params p;
	struct outcome o;

	if (params_read(&p, arg, r->of, false, &o) == 0) {
		ck_assert_str_eq(p.path, r->want);
	} else {
		snprintf(codes, sizeof(codes), "%u %u.%u.%u", o.code,
		    o.enhanced[0], o.enhanced[1], o.enhanced[2]);
		ck_assert_msg(strcmp(codes, r->want) == 0, "\"%s\": %s %s",
		    r->arg, codes, o.text);
		ck_assert_uint_gt(strlen(o.text), 0);
	}
	free(arg);
}
END_TEST

START_TEST(values)
{
	char mail[] = "FROM:<a@b.example> size=77 BODY=8BITMIME SMTPUTF8 "
	    "RET=FULL ENVID=x+2By AUTH=<>";
	char rcpt[] = "TO:<c@d.example> NOTIFY=DELAY,SUCCESS "
	    "ORCPT=utf-8;\xc3\xbc@d.example";
	struct params p;
	struct outcome o;

	ck_assert_int_eq(params_read(&p, mail, PARAMS_MAIL, false, &o), 0);
	ck_assert_uint_eq(p.size, 77);
	ck_assert(p.body_8bit && p.utf8);
	ck_assert_int_eq(p.ret, DSN_RET_FULL);
	ck_assert_str_eq(p.envid, "x+2By");
	ck_assert_int_eq(params_read(&p, rcpt, PARAMS_RCPT, true, &o), 0);
	ck_assert_uint_eq(p.notify, DSN_DELAY | DSN_SUCCESS);
	ck_assert_str_eq(p.orcpt, "utf-8;\xc3\xbc@d.example");
	ck_assert_ptr_null(p.envid);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("params");
	TCase *c = tcase_create("all");

	tcase_add_loop_test(c, table, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(c, values);
	suite_add_tcase(s, c);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
