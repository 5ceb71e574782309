/* SPDX-License-Identifier: ISC */
/* Which messages are meant: every kind, negated, several at once. */
#include <string.h>

#include "queue/select.h"
#include "unit.h"

static struct entry e;
static struct outcome o;

static void
recipient(const char *address, enum fault fault, const char *words)
{
	envelope_add(&e.envelope, address, &o);
	if (words == NULL)
		return;
	outcome_fail(&o, fault, STAGE_RCPT, "%s", words);
	envelope_settle(&e.envelope, e.envelope.n - 1, &o);
}

static void
setup(void)
{
	entry_init(&e);
	strcpy(e.id, "0123456789abcdef");
	envelope_sender(&e.envelope, "Joe@example.org");
	recipient("Ann@example.org", FAULT_DELAY, "451 Try AGAIN later");
	recipient("bob@example.net", FAULT_NOUSER, "550 no such user");
	recipient("new@example.com", FAULT_NONE, NULL);
	recipient("sent@example.com", FAULT_DELAY, "was late");
	outcome_clear(&o);
	envelope_settle(&e.envelope, 3, &o);
	/* read from disk, later is not settled */
	recipient("read@example.com", FAULT_NETWORK, "no route");
	envelope_reopen(&e.envelope, 4);
}

static void
teardown(void)
{
	entry_free(&e);
}

static const struct {
	char		 kind;
	const char	*text;
	bool		 fits;
} cases[] = {
	{ 'I', "0123456789abcdef", true }, { 'I', "9ABC", true },
	{ 'I', "", true }, { 'I', "x", false },
	{ 'I', "0123456789abcdef0", false },
	{ 'S', "joe", true }, { 'S', "EXAMPLE.ORG", true }, { 'S', "", true },
	{ 'S', "ann", false },
	{ 'R', "ann@", true }, { 'R', "NEW", true }, { 'R', "read", true },
	{ 'R', "", true }, { 'R', "joe", false },
	{ 'R', "bob", false },		/* is done with */
	{ 'R', "sent", false },
	{ 'Q', "try again", true }, { 'Q', "NO ROUTE", true },
	{ 'Q', "no such user", false }, { 'Q', "was late", false },
	{ 'Q', "ann", false },
};

START_TEST(each)
{
	struct selector s = { cases[_i].kind, false, cases[_i].text };

	ck_assert(select_fits(&s, 1, &e) == cases[_i].fits);
	s.negated = true;
	ck_assert(select_fits(&s, 1, &e) == !cases[_i].fits);
}
END_TEST

START_TEST(groups)
{
	struct selector s = { 'G', false, "any" };

	ck_assert(select_fits(&s, 1, &e));
	ck_assert(select_id_fits(&s, 1, e.id));
	s.negated = true;
	ck_assert(select_fits(&s, 1, &e));
}
END_TEST

START_TEST(together)
{
	struct selector s[] = {
		{ 'I', false, "abc" }, { 'S', false, "joe" },
		{ 'R', true, "nobody" }, { 'R', false, "ann" },
	};

	ck_assert(select_fits(NULL, 0, &e));
	ck_assert(select_fits(s, 4, &e));
	s[3].text = "bob";
	ck_assert(!select_fits(s, 4, &e));
	ck_assert(select_fits(s, 3, &e));
	s[0].negated = true;
	ck_assert(!select_fits(s, 3, &e));
}
END_TEST

START_TEST(ids)
{
	struct selector s[] = {
		{ 'S', false, "nobody" }, { 'I', false, "ABC" },
		{ 'I', true, "zz" },
	};

	/* What only the entry knows does not rule it out. */
	ck_assert(select_id_fits(s, 3, e.id));
	ck_assert(select_id_fits(NULL, 0, e.id));
	s[2].text = "def";
	ck_assert(!select_id_fits(s, 3, e.id));
	ck_assert(select_id_fits(s, 2, e.id));
	s[1].text = "q";
	ck_assert(!select_id_fits(s, 2, e.id));
}
END_TEST

/* Nobody waits, nothing is known. */
START_TEST(nothing)
{
	struct selector s = { 'R', false, "" };

	teardown();
	entry_init(&e);
	envelope_sender(&e.envelope, "");
	ck_assert(!select_fits(&s, 1, &e));
	s.kind = 'Q';
	ck_assert(!select_fits(&s, 1, &e));
	recipient("a@example.org", FAULT_NONE, NULL);
	ck_assert(!select_fits(&s, 1, &e));
	s.kind = 'R';
	ck_assert(select_fits(&s, 1, &e));
	s.kind = 'S';
	ck_assert(select_fits(&s, 1, &e));
	s.text = "x";
	ck_assert(!select_fits(&s, 1, &e));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("select");
	TCase *t = tcase_create("select");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, each, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(t, groups);
	tcase_add_test(t, together);
	tcase_add_test(t, ids);
	tcase_add_test(t, nothing);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
