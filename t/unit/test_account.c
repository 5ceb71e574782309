/* SPDX-License-Identifier: ISC */
/* The choice of an account. */
#include "base/mem.h"
#include "conf/account.h"
#include "unit.h"

static struct account accounts[4];

static void
matches(struct account *a, const char *one, const char *two)
{
	a->match = mem_alloc(3 * sizeof(*a->match));
	a->match[0] = mem_dup(one);
	a->match[1] = two != NULL ? mem_dup(two) : NULL;
}

static void
setup(void)
{
	account_init(&accounts[0], "none");
	account_init(&accounts[1], "work");
	matches(&accounts[1], "*@example.org", "root@*");
	account_init(&accounts[2], "lists");
	matches(&accounts[2], "[a-c]?list-*@example.net", NULL);
	account_init(&accounts[3], "all");
	matches(&accounts[3], "*@*", NULL);
}

static void
teardown(void)
{
	size_t i;

	for (i = 0; i < 4; i++)
		account_free(&accounts[i]);
}

static const struct {
	const char	*sender, *account;
} choices[] = {
	{ "me@example.org", "work" },
	{ "ME@EXAMPLE.ORG", "work" },
	{ "root@other.example", "work" },
	{ "Root@other.example", "work" },
	{ "a.b/c@example.org", "work" },
	{ "me@example.org.evil.example", "all" },
	{ "axlist-x@example.net", "lists" },
	{ "dxlist-x@example.net", "all" },
	{ "me", NULL },
	{ "", NULL },
};

START_TEST(choice)
{
	const struct account *a = account_match(accounts, 4,
	    choices[_i].sender);

	if (choices[_i].account == NULL)
		ck_assert_ptr_null(a);
	else {
		ck_assert_ptr_nonnull(a);
		ck_assert_str_eq(a->name, choices[_i].account);
	}
}
END_TEST

START_TEST(by_name)
{
	ck_assert_ptr_eq(account_named(accounts, 4, "lists"), &accounts[2]);
	ck_assert_ptr_null(account_named(accounts, 4, "Lists"));
	ck_assert_ptr_null(account_named(accounts, 2, "lists"));
	ck_assert_ptr_null(account_named(accounts, 4, ""));
	ck_assert_ptr_null(account_named(NULL, 0, "x"));
	ck_assert_ptr_null(account_match(NULL, 0, "x@y"));
}
END_TEST

START_TEST(defaults)
{
	const struct account *a = &accounts[0];

	ck_assert_int_eq((int)a->tls, TLS_STARTTLS);
	ck_assert(a->tls_verify);
	ck_assert_ptr_null(a->user);
	ck_assert_ptr_null(a->match);
	ck_assert_int_eq((int)a->pipeline, PIPELINE_SAFE);
}
END_TEST

START_TEST(freed_twice)
{
	struct account a;

	account_init(&a, "x");
	a.secret.password = mem_dup("secret");
	account_free(&a);
	account_free(&a);
	ck_assert_ptr_null(a.name);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("account");
	TCase *t = tcase_create("account");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, choice, 0,
	    sizeof(choices) / sizeof(choices[0]));
	tcase_add_test(t, by_name);
	tcase_add_test(t, defaults);
	tcase_add_test(t, freed_twice);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
