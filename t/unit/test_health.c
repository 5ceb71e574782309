/* SPDX-License-Identifier: ISC */
/* How hosts have been doing: kept by host, port and login; bad records. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "queue/health.h"
#include "unit.h"

enum { NOW = 1790000000, MINUTE = 60, HOUR = 3600, DAY = 86400 };

#define KEY	"health smtp.example.org 587 robot"

static char top[64];
static struct state state;
static struct account a;
static struct host host;
static struct health h, got;
static struct outcome o;

static void
setup(void)
{
	static char user[] = "robot", name[] = "smtp.example.org";

	strcpy(top, "/tmp/posthorn-health.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	state_open(&state, top);
	ck_assert_int_ge(state.dirfd, 0);
	memset(&a, 0, sizeof(a));
	memset(&h, 0, sizeof(h));
	a.user = user;
	host = (struct host){ .name = name, .port = 587 };
}

static void
teardown(void)
{
	char command[200];

	state_close(&state);
	snprintf(command, sizeof(command), "rm -rf '%s'", top);
	ck_assert_int_eq(system(command), 0);
}

static void
fault(enum fault f, unsigned code)
{
	outcome_fail(&o, f, STAGE_CONNECT, "smtp.example.org: no = \"way\"");
	outcome_codes(&o, code, NULL);
}

static void
bad(time_t now)
{
	health_bad(&h, &state, &a, &host, &o, MINUTE, HOUR, now);
}

static void
load(void)
{
	memset(&got, 0x55, sizeof(got));
	health_load(&got, &state, &a, &host);
}

static bool
is_zero(const struct health *x)
{
	return x->good == 0 && x->bad == 0 && x->failures == 0 &&
	    x->until == 0 && x->fault == FAULT_NONE && x->code == 0 &&
	    x->text[0] == '\0';
}

START_TEST(nothing)
{
	const struct state none = { .dirfd = -1 };

	load();
	ck_assert(is_zero(&got));
	ck_assert(!health_down(&got, NOW));
	/* Without a place to keep it, it counts in memory. */
	fault(FAULT_NETWORK, 0);
	health_bad(&h, &none, &a, &host, &o, MINUTE, HOUR, NOW);
	health_bad(&h, NULL, &a, &host, &o, MINUTE, HOUR, NOW);
	ck_assert_uint_eq(h.failures, 2);
	ck_assert(health_down(&h, NOW));
	health_good(&h, NULL, &a, &host, NOW);
	health_forget(NULL, &a, &host);
	health_load(&got, NULL, &a, &host);
	ck_assert(is_zero(&got));
	load();
	ck_assert(is_zero(&got));
}
END_TEST

START_TEST(round_trip)
{
	h.good = NOW - 100;
	fault(FAULT_DELAY, 421);
	bad(NOW);
	load();
	ck_assert_int_eq(got.good, NOW - 100);
	ck_assert_int_eq(got.bad, NOW);
	ck_assert_uint_eq(got.failures, 1);
	ck_assert_int_eq(got.until, NOW + MINUTE);
	ck_assert_int_eq(got.fault, FAULT_DELAY);
	ck_assert_uint_eq(got.code, 421);
	ck_assert_str_eq(got.text, "smtp.example.org: no = \"way\"");
	health_good(&got, &state, &a, &host, NOW + 5);
	load();
	ck_assert_int_eq(got.good, NOW + 5);
	ck_assert_uint_eq(got.failures, 0);
	ck_assert_int_eq(got.until, 0);
	/* what was wrong last can still be read */
	ck_assert_int_eq(got.bad, NOW);
	ck_assert_int_eq(got.fault, FAULT_DELAY);
	health_forget(&state, &a, &host);
	load();
	ck_assert(is_zero(&got));
}
END_TEST

START_TEST(every_fault)
{
	enum fault f;

	for (f = FAULT_USAGE; f <= FAULT_TRUST; f++) {
		memset(&h, 0, sizeof(h));
		fault(f, 0);
		bad(NOW);
		load();
		ck_assert_int_eq(got.fault, f);
		ck_assert_int_eq(got.bad, NOW);
	}
}
END_TEST

/* Longest and oddest words. */
START_TEST(words)
{
	outcome_fail(&o, FAULT_TRUST, STAGE_TLS, "%0600d", 1);
	bad(NOW);
	load();
	ck_assert_uint_eq(strlen(got.text), LIMIT_WORDS - 1);
	outcome_fail(&o, FAULT_TRUST, STAGE_TLS, " gr\xc3\xbcn\nx text=y  ");
	bad(NOW);
	load();
	ck_assert_str_eq(got.text, o.text);
	outcome_fail(&o, FAULT_TRUST, STAGE_TLS, "%s", "");
	bad(NOW);
	load();
	ck_assert_str_eq(got.text, "");
	ck_assert_uint_eq(got.failures, 3);
}
END_TEST

START_TEST(keys)
{
	static char other[] = "other", elsewhere[] = "mx.example.org";
	struct account b = a;
	struct host k = host;

	fault(FAULT_LOGIN, 535);
	bad(NOW);
	b.user = other;
	health_load(&got, &state, &b, &host);
	ck_assert(is_zero(&got));
	b.user = NULL;
	health_load(&got, &state, &b, &host);
	ck_assert(is_zero(&got));
	k.port = 465;
	health_load(&got, &state, &a, &k);
	ck_assert(is_zero(&got));
	k.port = 587;
	k.name = elsewhere;
	health_load(&got, &state, &a, &k);
	ck_assert(is_zero(&got));
	/* Another account of the same login shares it. */
	b = a;
	b.name = other;
	health_load(&got, &state, &b, &host);
	ck_assert_uint_eq(got.failures, 1);
}
END_TEST

/* seconds from the n-th failure in a row to the next try */
static int64_t
wait_of(enum fault f, unsigned code, unsigned n, int64_t min, int64_t max)
{
	fault(f, code);
	memset(&h, 0, sizeof(h));
	h.failures = n - 1;
	health_bad(&h, &state, &a, &host, &o, min, max, NOW);
	ck_assert(health_down(&h, NOW));
	return h.until - NOW;
}

START_TEST(waits)
{
	static const int64_t want[] = { 1, 2, 4, 8, 16, 32, 60, 60 };
	unsigned i;

	for (i = 0; i < 8; i++) {
		ck_assert_int_eq(wait_of(FAULT_TRUST, 0, i + 1, 1, DAY),
		    want[i] * MINUTE);
		ck_assert_int_eq(wait_of(FAULT_NETWORK, 0, i + 1, 7, DAY), 7);
		/* It answered, if only to say so. */
		ck_assert_int_eq(wait_of(FAULT_NETWORK, 421, i + 1, 7, DAY),
		    want[i] * MINUTE);
		ck_assert_int_ge(wait_of(FAULT_LOGIN, 535, i + 1, 1, HOUR),
		    15 * MINUTE);
		ck_assert_int_ge(wait_of(FAULT_LOGIN, 0, i + 1, 1, 2),
		    15 * MINUTE);
	}
	ck_assert_int_eq(wait_of(FAULT_TRUST, 0, 1, 90, HOUR), 90);
	ck_assert_int_eq(wait_of(FAULT_TRUST, 0, 7, 1, 20), 20);
	ck_assert_int_eq(wait_of(FAULT_TRUST, 0, 7, 30, 20), 30);
	ck_assert_int_eq(wait_of(FAULT_LOGIN, 535, 7, 1, HOUR), HOUR);
	ck_assert_int_eq(wait_of(FAULT_LOGIN, 535, 1, 2 * HOUR, DAY),
	    2 * HOUR);
	ck_assert_int_gt(wait_of(FAULT_NETWORK, 0, 1, -5, -7), 0);
	ck_assert_int_le(wait_of(FAULT_NETWORK, 0, 1, INT64_MAX, INT64_MAX),
	    7 * DAY);
	ck_assert_int_eq(wait_of(FAULT_TRUST, 0, UINT32_MAX, 1, DAY), HOUR);
	h.failures = UINT32_MAX;
	bad(NOW);
	ck_assert_uint_eq(h.failures, UINT32_MAX);
	load();
	ck_assert_uint_eq(got.failures, UINT32_MAX);
}
END_TEST

START_TEST(down)
{
	fault(FAULT_TRUST, 0);
	bad(NOW);
	ck_assert(health_down(&h, NOW));
	ck_assert(health_down(&h, NOW + MINUTE - 1));
	ck_assert(!health_down(&h, NOW + MINUTE));
	/* set back a little, set back a lot */
	ck_assert(health_down(&h, NOW - HOUR));
	ck_assert(!health_down(&h, NOW - HOUR - 1));
	health_good(&h, &state, &a, &host, NOW + 1);
	ck_assert(!health_down(&h, NOW + 1));
}
END_TEST

/* When was the record written last?  Its file tells by its number. */
static ino_t
file(void)
{
	struct stat st;
	char path[200];

	snprintf(path, sizeof(path),
	    "%s/health%%20smtp.example.org%%20587%%20robot", top);
	return stat(path, &st) == 0 ? st.st_ino : 0;
}

START_TEST(good_is_cheap)
{
	health_good(&h, &state, &a, &host, NOW);
	load();
	ck_assert_int_eq(got.good, NOW);
	state_put(&state, KEY, "good=5");
	ck_assert_uint_ne(file(), 0);
	health_good(&h, &state, &a, &host, NOW + 59);
	load();
	ck_assert_int_eq(got.good, 5);
	health_good(&h, &state, &a, &host, NOW + 60);
	load();
	ck_assert_int_eq(got.good, NOW + 60);
	/* the clock was set back */
	health_good(&h, &state, &a, &host, NOW - DAY);
	load();
	ck_assert_int_eq(got.good, NOW - DAY);
	/* something was wrong */
	fault(FAULT_TRUST, 0);
	bad(NOW - DAY + 1);
	health_good(&h, &state, &a, &host, NOW - DAY + 2);
	load();
	ck_assert_int_eq(got.good, NOW - DAY + 2);
}
END_TEST

static const char *const hostile[] = {
	"good", "good=", "good=x", "good=-1", "good=1x", "good= 1",
	"good=99999999999999999999", "good=0x10", "good=1 ", "good=1  bad=2",
	"bad=1;failures=2", "failures=4294967296", "code=1000",
	"code=-5", "fault=", "fault=quake", "fault=12", "unknown=1", "1",
	"until=5", "bad=9 until=8", "bad=1 until=900000",
	"bad=1 until=9223372036854775807", "good=1\nbad=2", "=", "==", "=1",
	"good=1 text", "good=+1", "\tgood=1",
};

START_TEST(damaged)
{
	state_put(&state, KEY, hostile[_i]);
	ck_assert_uint_ne(file(), 0);
	load();
	ck_assert_msg(is_zero(&got), "%s", hostile[_i]);
}
END_TEST

START_TEST(long_text)
{
	char value[LIMIT_STATE + 1];

	memset(value, 'x', sizeof(value));
	memcpy(value, "good=1 text=", 12);
	value[sizeof(value) - 1] = '\0';
	state_put(&state, KEY, value);
	load();
	ck_assert(is_zero(&got));
	value[12 + LIMIT_WORDS - 1] = '\0';
	state_put(&state, KEY, value);
	load();
	ck_assert_uint_eq(strlen(got.text), LIMIT_WORDS - 1);
	/* control characters are none when they are shown */
	state_put(&state, KEY, "good=1 text=a\033[2J\nb\xff");
	load();
	ck_assert_str_eq(got.text, "a?[2J b?");
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("health");
	TCase *t = tcase_create("health");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, nothing);
	tcase_add_test(t, round_trip);
	tcase_add_test(t, every_fault);
	tcase_add_test(t, words);
	tcase_add_test(t, keys);
	tcase_add_test(t, waits);
	tcase_add_test(t, down);
	tcase_add_test(t, good_is_cheap);
	tcase_add_loop_test(t, damaged, 0,
	    sizeof(hostile) / sizeof(hostile[0]));
	tcase_add_test(t, long_text);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
