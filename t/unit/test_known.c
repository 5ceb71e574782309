/* SPDX-License-Identifier: ISC */
/* What is remembered of a host and login: kept apart, kept whole. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "smtp/known.h"
#include "smtp/sasl.h"
#include "unit.h"

static char folder[] = "/tmp/test_known.XXXXXX";
static struct state state;

static void
setup(void)
{
	strcpy(folder, "/tmp/test_known.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	state_open(&state, folder);
	ck_assert_int_ge(state.dirfd, 0);
}

static void
teardown(void)
{
	char path[600];
	const struct dirent *e;
	DIR *d = opendir(folder);

	while ((e = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		unlink(path);
	}
	closedir(d);
	rmdir(folder);
	state_close(&state);
}

static uint32_t
bit(const char *name)
{
	return sasl_bit(sasl_find(name, strlen(name)));
}

START_TEST(round_trip)
{
	struct known k = { bit("PLAIN"), bit("CRAM-MD5") | bit("LOGIN"), true,
		TLS_BINDING_END_POINT, true }, got;

	known_save(&k, &state, "mx.example.org", 587, "robot@example.org");
	ck_assert(!k.changed);
	known_load(&got, &state, "mx.example.org", 587, "robot@example.org");
	ck_assert_uint_eq(got.rides, bit("PLAIN"));
	ck_assert_uint_eq(got.broken, bit("CRAM-MD5") | bit("LOGIN"));
	ck_assert(got.plus && !got.changed);
	ck_assert_int_eq(got.binding, TLS_BINDING_END_POINT);
}
END_TEST

/* Another host, port or login is another fact. */
START_TEST(apart)
{
	struct known k = { .rides = bit("PLAIN"), .changed = true }, got;

	known_save(&k, &state, "mx", 587, "a");
	known_load(&got, &state, "mx2", 587, "a");
	ck_assert_uint_eq(got.rides, 0);
	known_load(&got, &state, "mx", 465, "a");
	ck_assert_uint_eq(got.rides, 0);
	known_load(&got, &state, "mx", 587, "b");
	ck_assert_uint_eq(got.rides, 0);
	known_load(&got, &state, "mx", 587, "a");
	ck_assert_uint_eq(got.rides, bit("PLAIN"));
}
END_TEST

START_TEST(unchanged_is_not_written)
{
	struct known k = { .rides = bit("PLAIN"), .changed = false }, got;

	known_save(&k, &state, "mx", 587, "a");
	known_load(&got, &state, "mx", 587, "a");
	ck_assert_uint_eq(got.rides, 0);
}
END_TEST

START_TEST(forgotten)
{
	struct known k = { .rides = bit("PLAIN"), .changed = true }, got;
	struct buf value;

	buf_init(&value, LIMIT_STATE);
	known_save(&k, &state, "mx", 587, "a");
	ck_assert(state_get(&state, "login mx 587 a", &value));
	k.rides = 0;
	k.changed = true;
	known_save(&k, &state, "mx", 587, "a");
	known_load(&got, &state, "mx", 587, "a");
	ck_assert_uint_eq(got.rides, 0);
	ck_assert(!state_get(&state, "login mx 587 a", &value));
	buf_free(&value);
}
END_TEST

/* A record of another version, or of nonsense, is taken as far as it goes. */
START_TEST(odd_records)
{
	static const struct { const char *value; bool plus, plain; } t[] = {
		{ "", false, false }, { "   \n ", false, false },
		{ "rides=", false, false }, { "rides=,,,", false, false },
		{ "rides=XYZ,PLAIN", false, true },
		{ "plusplus rides=PLAIN unknown=1", false, true },
		{ "plus binding=nonsense", true, false },
		{ "broken=PLAIN=x rides", false, false },
	};
	struct known got;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		state_put(&state, "login mx 587 a", t[i].value);
		known_load(&got, &state, "mx", 587, "a");
		ck_assert_msg(got.plus == t[i].plus && got.rides ==
		    (t[i].plain ? bit("PLAIN") : 0) && got.broken == 0 &&
		    got.binding == TLS_BINDING_NONE, "%s", t[i].value);
	}
}
END_TEST

START_TEST(no_state)
{
	static const struct state none = { .dirfd = -1 };
	struct known k = { .rides = 1, .changed = true }, got;

	known_save(&k, &none, "mx", 587, "a");
	known_load(&got, &none, "mx", 587, "a");
	ck_assert_uint_eq(got.rides, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("known");
	TCase *t = tcase_create("known");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, round_trip);
	tcase_add_test(t, apart);
	tcase_add_test(t, unchanged_is_not_written);
	tcase_add_test(t, forgotten);
	tcase_add_test(t, odd_records);
	tcase_add_test(t, no_state);
	return unit_main(s);
}
