/* SPDX-License-Identifier: ISC */
/* Senders that are made for each caller. */
#include <stdio.h>
#include <string.h>

#include "front/personal.h"
#include "someone.h"
#include "unit.h"

static const struct {
	const char	*from, *user, *host, *domain;
	const char	*address, *name;	/* NULL: refused */
} rows[] = {
	{ "%U@%H", "jo", "srv.example.org", "example.org",
	    "jo@srv.example.org", NULL },
	{ "%U@%M", "jo", "srv.example.org", "example.org", "jo@example.org",
	    NULL },
	{ "%U@%H", "jo", NULL, "example.org", "jo@example.org", NULL },
	{ "%U on %H <root+%U@example.org>", "jo", "srv.example.org",
	    "example.org", "root+jo@example.org", "jo on srv.example.org" },
	{ "\"%U (%%)\" <%U@%M>", "jo", NULL, "example.org",
	    "jo@example.org", "jo (%)" },
	{ "%U@%M", "DOM\\jo", NULL, "example.org",
	    "\"DOM\\\\jo\"@example.org", NULL },
	{ "%U <cron@%M>", "a \"b\"", NULL, "example.org",
	    "cron@example.org", "a \"b\"" },
	{ "%U@%M", "a.b-c_d", NULL, "EXAMPLE.org", "a.b-c_d@example.org",
	    NULL },
	{ "%U@%M", "x@evil.example>,<y", NULL, "example.org", NULL, NULL },
	{ "%U-x@%M", "a b", NULL, "example.org", NULL, NULL },
	{ "%U@%H", "jo", NULL, "localhost", NULL, NULL },
	{ "%U@%M", "jo", "srv.example.org", "localhost.localdomain", NULL,
	    NULL },
	{ "%U@%M", "jo", NULL, "no domain", NULL, NULL },
};

START_TEST(senders)
{
	struct identity me = someone();
	struct settings s;
	struct outcome o;
	char text[300];
	int rc;

	snprintf(text, sizeof(text), "account x { host = h from = \"y@z.org\" "
	    "}\naccount a { host = h from = '%s' }", rows[_i].from);
	outcome_clear(&o);
	ck_assert_msg(settings_parse(&s, text, strlen(text), "/etc/c", true,
	    &o) == 0, "%s", o.text);
	me.user = (char *)(uintptr_t)rows[_i].user;
	me.host = (char *)(uintptr_t)rows[_i].host;
	me.domain = (char *)(uintptr_t)rows[_i].domain;
	rc = personal_senders(&s, &me, &o);
	ck_assert_str_eq(s.accounts[0].from_address, "y@z.org");
	if (rows[_i].address == NULL) {
		ck_assert_int_eq(rc, -1);
		ck_assert_int_eq((int)o.fault, FAULT_CONFIG);
		ck_assert_ptr_nonnull(strstr(o.text, "account \"a\": from"));
		ck_assert_ptr_nonnull(strstr(o.advice, "domain"));
	} else {
		ck_assert_msg(rc == 0, "%s", o.text);
		ck_assert_str_eq(s.accounts[1].from_address,
		    rows[_i].address);
		ck_assert_pstr_eq(s.accounts[1].from_name, rows[_i].name);
	}
	settings_free(&s);
}
END_TEST

static Suite *
suite(void)
{
	Suite *u = suite_create("personal");
	TCase *t = tcase_create("personal");

	tcase_add_loop_test(t, senders, 0, sizeof(rows) / sizeof(rows[0]));
	suite_add_tcase(u, t);
	return u;
}

int
main(void)
{
	return unit_main(suite());
}
