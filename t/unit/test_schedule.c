/* SPDX-License-Identifier: ISC */
/* Who goes next, by which host, in how many sessions. */
#include <string.h>

#include "base/outcome.h"
#include "queue/schedule.h"
#include "unit.h"

static struct host hosts[3];
static struct account account;
static struct lane l;

static void
setup(void)
{
	memset(hosts, 0, sizeof(hosts));
	memset(&account, 0, sizeof(account));
	account.hosts = hosts;
	account.hosts_n = 1;
	schedule_init(&l, &account, 4);
}

static void
teardown(void)
{
	schedule_free(&l);
}

static void
fill(uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		schedule_add(&l, i);
}

static void
take(unsigned n)
{
	uint32_t row;

	while (n-- > 0)
		ck_assert(schedule_take(&l, &row));
}

static struct outcome
fault(enum fault f, enum stage s)
{
	struct outcome o;

	outcome_fail(&o, f, s, "words");
	return o;
}

START_TEST(test_order)
{
	uint32_t row;
	unsigned i;

	ck_assert(!schedule_take(&l, &row));
	fill(100);
	ck_assert_uint_eq(schedule_waiting(&l), 100);
	for (i = 0; i < 100; i++) {
		ck_assert(schedule_take(&l, &row));
		ck_assert_uint_eq(row, i);
	}
	ck_assert(!schedule_take(&l, &row));
	/* What comes back goes first, and in order if given back so. */
	schedule_add(&l, 200);
	schedule_return(&l, 99);
	schedule_return(&l, 98);
	take(1);
	ck_assert(schedule_take(&l, &row) && row == 99);
	ck_assert(schedule_take(&l, &row) && row == 200);
	schedule_return(&l, 1);
	schedule_stop(&l);
	ck_assert_uint_eq(schedule_waiting(&l), 0);
	ck_assert(!schedule_take(&l, &row));
}
END_TEST

START_TEST(test_return_to_nothing)
{
	uint32_t row;

	schedule_return(&l, 7);
	ck_assert(schedule_take(&l, &row));
	ck_assert_uint_eq(row, 7);
}
END_TEST

/* One session first; more once it stands, and only for many. */
START_TEST(test_widens)
{
	ck_assert(!schedule_wants(&l, 0));
	fill(60);
	ck_assert(schedule_wants(&l, 0));
	ck_assert(schedule_last(&l));
	schedule_begun(&l);
	take(3);
	ck_assert(!schedule_wants(&l, 0));
	schedule_opened(&l);
	ck_assert(schedule_wants(&l, 0));
	ck_assert(!schedule_last(&l));
	schedule_begun(&l);
	ck_assert(!schedule_wants(&l, 0));
	schedule_opened(&l);
	schedule_begun(&l);
	schedule_opened(&l);
	ck_assert(schedule_wants(&l, 0));
	schedule_begun(&l);
	schedule_opened(&l);
	/* As many as are allowed. */
	ck_assert(!schedule_wants(&l, 0));
	schedule_closed(&l, true);
	ck_assert(schedule_wants(&l, 0));
	take(49);
	ck_assert_uint_eq(schedule_waiting(&l), 8);
	ck_assert(!schedule_wants(&l, 0));
	/* All stuck: eight or not. */
	ck_assert(!schedule_wants(&l, 2));
	ck_assert(schedule_wants(&l, 3));
	take(8);
	ck_assert(!schedule_wants(&l, 3));
}
END_TEST

/* A host whose last word was a fault: one message in one session. */
START_TEST(test_probation)
{
	const struct health h = { .failures = 3 };

	schedule_health(&l, 0, &h, false);
	fill(60);
	ck_assert(schedule_wants(&l, 0));
	ck_assert_uint_eq(schedule_ahead(&l, 0), 1);
	schedule_begun(&l);
	take(1);
	schedule_opened(&l);
	ck_assert(!schedule_wants(&l, 0));
	/* But it is established, and its message takes for ever. */
	ck_assert(schedule_wants(&l, 1));
	schedule_judged(&l, 0);
	ck_assert_uint_eq(schedule_ahead(&l, 0), SCHEDULE_AHEAD);
	ck_assert(schedule_wants(&l, 0));
}
END_TEST

START_TEST(test_down)
{
	struct health h = { .failures = 1, .until = 1000 };

	account.hosts_n = 3;
	schedule_init(&l, &account, 4);
	fill(5);
	schedule_health(&l, 0, &h, true);
	ck_assert_int_eq(schedule_host(&l), 1);
	ck_assert_int_eq(schedule_until(&l), 0);
	h.until = 900;
	schedule_health(&l, 1, &h, true);
	ck_assert_int_eq(schedule_host(&l), 2);
	ck_assert(schedule_last(&l));
	h.until = 1100;
	schedule_health(&l, 2, &h, true);
	ck_assert_int_eq(schedule_host(&l), -1);
	ck_assert(!schedule_wants(&l, 0));
	ck_assert_int_eq(schedule_until(&l), 900);
}
END_TEST

static enum schedule_end
session(unsigned host, bool opened, struct outcome why)
{
	schedule_begun(&l);
	if (opened)
		schedule_opened(&l);
	schedule_closed(&l, opened);
	return schedule_trouble(&l, host, opened, &why);
}

START_TEST(test_next_host)
{
	account.hosts_n = 2;
	schedule_init(&l, &account, 4);
	fill(5);
	ck_assert(!schedule_last(&l));
	ck_assert_int_eq(session(0, false, fault(FAULT_NETWORK,
	    STAGE_CONNECT)), SCHEDULE_HOST);
	ck_assert_int_eq(schedule_host(&l), 1);
	ck_assert(schedule_wants(&l, 0));
	ck_assert(schedule_last(&l));
	ck_assert_int_eq(session(1, false, fault(FAULT_TRUST, STAGE_TLS)),
	    SCHEDULE_HOST);
	ck_assert(!schedule_wants(&l, 0));
	ck_assert(l.stopped);
}
END_TEST

START_TEST(test_account)
{
	account.hosts_n = 2;
	schedule_init(&l, &account, 4);
	fill(5);
	ck_assert_int_eq(session(0, false, fault(FAULT_LOGIN, STAGE_AUTH)),
	    SCHEDULE_ACCOUNT);
	ck_assert(!schedule_wants(&l, 0));
	ck_assert_uint_eq(schedule_waiting(&l), 0);
}
END_TEST

/* A message that breaks each session it is in is not the host's trouble; if
 * many do, it is. */
START_TEST(test_strikes)
{
	struct outcome o = fault(FAULT_NETWORK, STAGE_MESSAGE);

	fill(9);
	ck_assert_int_eq(session(0, true, o), SCHEDULE_ON);
	ck_assert_int_eq(session(0, true, o), SCHEDULE_ON);
	schedule_judged(&l, 0);
	ck_assert_int_eq(session(0, true, o), SCHEDULE_ON);
	ck_assert_int_eq(session(0, true, o), SCHEDULE_ON);
	ck_assert(schedule_wants(&l, 0));
	ck_assert_int_eq(session(0, true, o), SCHEDULE_HOST);
	ck_assert(!schedule_wants(&l, 0));
}
END_TEST

/* The server takes two and no third: two it is. */
START_TEST(test_one_too_many)
{
	enum fault f = _i == 0 ? FAULT_NETWORK : FAULT_LOGIN;
	struct outcome none;

	outcome_clear(&none);
	fill(60);
	schedule_begun(&l);
	schedule_opened(&l);
	schedule_begun(&l);
	schedule_opened(&l);
	ck_assert_int_eq(session(0, false, fault(f, STAGE_GREETING)),
	    SCHEDULE_ON);
	ck_assert(!schedule_wants(&l, 0));
	schedule_closed(&l, true);
	ck_assert_int_eq(schedule_trouble(&l, 0, true, &none), SCHEDULE_ON);
	ck_assert(schedule_wants(&l, 0));
}
END_TEST

START_TEST(test_deaths)
{
	fill(9);
	schedule_died(&l);
	schedule_died(&l);
	ck_assert(schedule_wants(&l, 0));
	schedule_died(&l);
	ck_assert(!schedule_wants(&l, 0));
}
END_TEST

START_TEST(test_without_account)
{
	schedule_init(&l, NULL, 4);
	fill(2);
	ck_assert(schedule_wants(&l, 0));
	ck_assert_int_eq(schedule_host(&l), 0);
	ck_assert_int_eq(schedule_until(&l), 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("schedule");
	TCase *c = tcase_create("schedule");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, test_order);
	tcase_add_test(c, test_return_to_nothing);
	tcase_add_test(c, test_widens);
	tcase_add_test(c, test_probation);
	tcase_add_test(c, test_down);
	tcase_add_test(c, test_next_host);
	tcase_add_test(c, test_account);
	tcase_add_test(c, test_strikes);
	tcase_add_loop_test(c, test_one_too_many, 0, 2);
	tcase_add_test(c, test_deaths);
	tcase_add_test(c, test_without_account);
	suite_add_tcase(s, c);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
