/* SPDX-License-Identifier: ISC */
/* When to try again and when to give up: outages, answers, jumping clocks. */
#include <string.h>

#include "base/clock.h"
#include "queue/retry.h"
#include "unit.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

static const struct retry_rules rules = {
	.min_retry = MINUTE, .max_retry = HOUR, .warn_after = 4 * HOUR,
	.expire = 5 * DAY, .max_hold = 30 * DAY,
};

static struct retry_state st;

static void
setup(void)
{
	memset(&st, 0, sizeof(st));
	st.arrived = clock_now();
}

/* An outcome with the scope of its fault; answered ones have a code. */
static struct outcome
outcome_of(enum fault f, unsigned code)
{
	struct outcome o;

	outcome_fail(&o, f, STAGE_MESSAGE, "no");
	outcome_codes(&o, code, NULL);
	return o;
}

/* One attempt now, as a runner notes it; how long until the next. */
static int64_t
attempt(const struct outcome *o)
{
	time_t now = clock_now();

	st.answered += retry_answered(&st, o, now);
	st.held += retry_held(&rules, &st, now);
	st.last = now;
	st.attempts++;
	return retry_delay(&rules, st.attempts, o->fault, 0);
}

START_TEST(delays)
{
	static const int64_t want[] = {
		60, 60, 120, 240, 480, 960, 1920, 3600, 3600,
	};
	unsigned i;

	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		ck_assert_int_eq(retry_delay(&rules, i, FAULT_DELAY, 0),
		    want[i]);
		ck_assert_int_gt(retry_delay(&rules, i, FAULT_DELAY,
		    UINT32_MAX), want[i] * 3 / 4 - 1);
		ck_assert_int_lt(retry_delay(&rules, i, FAULT_DELAY,
		    UINT32_MAX), want[i] * 4 / 5);
	}
	ck_assert_int_eq(retry_delay(&rules, UINT32_MAX, FAULT_DELAY, 0),
	    HOUR);
}
END_TEST

START_TEST(logins)
{
	uint32_t chance;
	unsigned i;

	for (i = 0; i < 20; i++)
		for (chance = 0; chance < 0xf0000000u; chance += 0x1234567u)
			ck_assert_int_ge(retry_delay(&rules, i, FAULT_LOGIN,
			    chance), 15 * MINUTE);
	ck_assert_int_eq(retry_delay(&rules, 20, FAULT_LOGIN, 0), HOUR);
	ck_assert_int_le(retry_delay(&rules, 1, FAULT_LOGIN, UINT32_MAX),
	    19 * MINUTE);
}
END_TEST

/* Rules nobody should write still give a time to come. */
START_TEST(odd_rules)
{
	static const struct retry_rules odd[] = {
		{ 0 }, { .min_retry = -5, .max_retry = -7 },
		{ .min_retry = 100, .max_retry = 10 },
		{ .min_retry = 1, .max_retry = INT64_MAX },
		{ .min_retry = INT64_MAX, .max_retry = INT64_MAX },
	};
	size_t i;
	unsigned n;

	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		for (n = 0; n < 200; n++)
			ck_assert_int_gt(retry_delay(&odd[i], n, FAULT_DELAY,
			    UINT32_MAX), 0);
	ck_assert_int_eq(retry_delay(&odd[2], 9, FAULT_DELAY, 0), 100);
	/* Zeros mean: never. */
	st.answered = st.held = INT64_MAX;
	ck_assert_int_eq(retry_judge(&odd[0], &st), RETRY_AGAIN);
	ck_assert(!retry_overdue(&odd[0], &st));
	ck_assert(!retry_warns(&odd[0], &st));
}
END_TEST

START_TEST(probes)
{
	static const int64_t want[] = { 0, 1, 2, 4, 8, 16, 32, 60, 60, 60 };
	unsigned i;

	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		ck_assert_int_eq(retry_probe(i), want[i] * MINUTE);
	ck_assert_int_eq(retry_probe(UINT32_MAX), HOUR);
}
END_TEST

/* Ten days without network, without a valid certificate, without a login:
 * nothing expires. */
START_TEST(outage)
{
	static const enum fault faults[] = {
		FAULT_NETWORK, FAULT_STARTTLS, FAULT_PROTOCOL, FAULT_TRUST,
		FAULT_LOGIN, FAULT_CONFIG, FAULT_OS, FAULT_BUG, FAULT_DELAY,
	};
	struct outcome o;
	time_t end = clock_now() + 10 * DAY;
	unsigned i = 0;

	for (; clock_now() < end; i++) {
		/* An answer of the host is none for the message. */
		o = outcome_of(faults[i % 9], i % 9 < 6 ? 421 : 0);
		clock_shift(attempt(&o));
		ck_assert_int_eq(retry_judge(&rules, &st), RETRY_AGAIN);
	}
	ck_assert_int_eq(st.answered, 0);
	ck_assert(retry_warns(&rules, &st));
	/* It ends, and the message is merely greylisted. */
	o = outcome_of(FAULT_DELAY, 451);
	clock_shift(attempt(&o));
	ck_assert_int_eq(retry_judge(&rules, &st), RETRY_AGAIN);
	/* But not for ever. */
	o = outcome_of(FAULT_NETWORK, 0);
	end += 20 * DAY - HOUR;
	while (clock_now() < end) {
		clock_shift(attempt(&o));
		ck_assert_int_eq(retry_judge(&rules, &st), RETRY_AGAIN);
		ck_assert(!retry_overdue(&rules, &st));
	}
	clock_shift(2 * HOUR);
	attempt(&o);
	ck_assert(retry_overdue(&rules, &st));
	ck_assert_int_eq(retry_judge(&rules, &st), RETRY_HELD_TOO_LONG);
	/* What expired as well goes back to its sender. */
	st.answered = 5 * DAY;
	ck_assert_int_eq(retry_judge(&rules, &st), RETRY_EXPIRED);
	ck_assert(retry_overdue(&rules, &st));
}
END_TEST

/* Mail of 2006, and then the clock is set: no more than half of the time is
 * gone, however far it jumped. */
START_TEST(clock_set)
{
	const struct outcome o = outcome_of(FAULT_NETWORK, 0);
	time_t now = clock_now(), began;

	clock_shift(20 * 365 * DAY);
	attempt(&o);
	ck_assert_int_eq(st.held, 15 * DAY);
	ck_assert_int_eq(retry_judge(&rules, &st), RETRY_AGAIN);
	/* Back it gives nothing, and takes nothing. */
	clock_shift(now - clock_now());
	attempt(&o);
	ck_assert_int_eq(st.held, 15 * DAY);
	began = clock_now();
	while (retry_judge(&rules, &st) == RETRY_AGAIN)
		clock_shift(attempt(&o));
	ck_assert_int_ge(clock_now() - began, 15 * DAY);
	ck_assert_int_lt(clock_now() - began, 15 * DAY + 2 * HOUR);
}
END_TEST

/* A machine that is switched on every 20 days. */
START_TEST(seldom)
{
	const struct outcome o = outcome_of(FAULT_NETWORK, 0);

	clock_shift(20 * DAY);
	attempt(&o);
	ck_assert_int_eq(retry_judge(&rules, &st), RETRY_AGAIN);
	clock_shift(20 * DAY);
	attempt(&o);
	ck_assert_int_eq(retry_judge(&rules, &st), RETRY_HELD_TOO_LONG);
}
END_TEST

static const struct {
	int64_t	max_hold, passed, held;
} shares[] = {
	{ 30 * DAY, 14 * DAY, 14 * DAY }, { 30 * DAY, 15 * DAY, 15 * DAY },
	{ 30 * DAY, 15 * DAY + 1, 15 * DAY }, { 30 * DAY, -5, 0 },
	{ 30 * DAY, 0, 0 },
	/* a short one is not cut shorter by the pause between two tries */
	{ HOUR, HOUR, HOUR }, { HOUR, 20 * DAY, DAY }, { 2 * DAY, 7 * DAY,
	DAY }, { 4 * DAY, 7 * DAY, 2 * DAY },
	/* no end: but a delay notice may be due */
	{ 0, 5 * HOUR, 5 * HOUR }, { 0, 5 * DAY, DAY }, { -5, 5 * DAY, DAY },
	{ INT64_MAX, 5 * DAY, 5 * DAY },
};

START_TEST(share)
{
	const struct retry_rules r = { .max_hold = shares[_i].max_hold };

	ck_assert_int_eq(retry_held(&r, &st, st.arrived +
	    shares[_i].passed), shares[_i].held);
	st.last = st.arrived + 5 * DAY;
	ck_assert_int_eq(retry_held(&r, &st, st.last + shares[_i].passed),
	    shares[_i].held);
}
END_TEST

START_TEST(answered)
{
	struct outcome o = outcome_of(FAULT_DELAY, 451);
	int64_t waited = 0, d;

	while (retry_judge(&rules, &st) == RETRY_AGAIN) {
		d = attempt(&o);
		clock_shift(d);
		waited += d;
		ck_assert_int_lt(waited, 6 * DAY);
	}
	ck_assert_int_eq(retry_judge(&rules, &st), RETRY_EXPIRED);
	ck_assert_int_ge(waited, 5 * DAY);
	ck_assert_int_lt(waited, 5 * DAY + 2 * HOUR);
	/* A recipient's scope counts as well. */
	o.scope = SCOPE_RECIPIENT;
	ck_assert_int_gt(retry_answered(&st, &o, clock_now()), 0);
}
END_TEST

/* Half of the time no network: five days of answers take about ten. */
START_TEST(mixed)
{
	const struct outcome yes = outcome_of(FAULT_DELAY, 451);
	const struct outcome no = outcome_of(FAULT_NETWORK, 0);
	time_t began = clock_now();
	unsigned i;

	for (i = 0; retry_judge(&rules, &st) == RETRY_AGAIN; i++)
		clock_shift(attempt(i % 2 == 0 ? &yes : &no));
	ck_assert_int_gt(clock_now() - began, 9 * DAY);
	ck_assert_int_lt(clock_now() - began, 11 * DAY);
}
END_TEST

START_TEST(jumps)
{
	struct outcome o = outcome_of(FAULT_DELAY, 451);
	time_t now = clock_now();

	/* Back before the arrival: no time at all. */
	ck_assert_int_eq(retry_answered(&st, &o, now - 100 * DAY), 0);
	ck_assert_int_eq(retry_held(&rules, &st, now - 100 * DAY), 0);
	/* Ten years on: a day at most. */
	ck_assert_int_eq(retry_answered(&st, &o, now + 3650 * DAY), DAY);
	st.last = now + 3650 * DAY;
	ck_assert_int_eq(retry_answered(&st, &o, now), 0);
	st.last = now - 10;
	ck_assert_int_eq(retry_answered(&st, &o, now), 10);
	/* The ends of time. */
	st.last = INT64_MIN;
	ck_assert_int_eq(retry_answered(&st, &o, INT64_MAX), DAY);
	ck_assert_int_eq(retry_held(&rules, &st, INT64_MAX), 15 * DAY);
	st.last = INT64_MAX;
	ck_assert_int_eq(retry_held(&rules, &st, INT64_MIN), 0);
	ck_assert_int_eq(retry_answered(&st, &o, INT64_MIN), 0);
}
END_TEST

START_TEST(warnings)
{
	st.held = 4 * HOUR - 1;
	ck_assert(!retry_warns(&rules, &st));
	st.held = 4 * HOUR;
	ck_assert(retry_warns(&rules, &st));
	st.warned = true;
	ck_assert(!retry_warns(&rules, &st));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("retry");
	TCase *t = tcase_create("retry");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, delays);
	tcase_add_test(t, logins);
	tcase_add_test(t, odd_rules);
	tcase_add_test(t, probes);
	tcase_add_test(t, outage);
	tcase_add_test(t, clock_set);
	tcase_add_test(t, seldom);
	tcase_add_loop_test(t, share, 0, sizeof(shares) / sizeof(shares[0]));
	tcase_add_test(t, answered);
	tcase_add_test(t, mixed);
	tcase_add_test(t, jumps);
	tcase_add_test(t, warnings);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
