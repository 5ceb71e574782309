/* SPDX-License-Identifier: ISC */
/* The file of -X: when it is written, and what it may be. */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "front/traffic.h"
#include "unit.h"

static char folder[] = "/tmp/traffic.XXXXXX", path[64];

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/x", folder);
}

static void
teardown(void)
{
	log_close();
	unlink(path);
	rmdir(folder);
}

START_TEST(written)
{
	struct stat st;

	umask(0);
	traffic_open(path, true, false);
	ck_assert(log_dialogue_on());
	log_said('>', "one", 3);
	log_close();
	traffic_open(path, true, false);
	log_said('>', "two", 3);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_gt(st.st_size, 2 * 20);
}
END_TEST

START_TEST(not_wanted)
{
	traffic_open(NULL, true, false);
	traffic_open(path, false, false);
	traffic_open(path, true, true);
	traffic_open(path, false, true);
	ck_assert(!log_dialogue_on());
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

/* What is there is no file of the caller's. */
START_TEST(not_fit)
{
	char other[80];

	snprintf(other, sizeof(other), "%s/none/x", folder);
	traffic_open(other, true, false);
	ck_assert(!log_dialogue_on());
	traffic_open(folder, true, false);
	ck_assert(!log_dialogue_on());
	traffic_open("/dev/null", true, false);
	ck_assert(!log_dialogue_on());
	ck_assert_int_eq(symlink("/dev/null", path), 0);
	traffic_open(path, true, false);
	ck_assert(!log_dialogue_on());
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	traffic_open(path, true, false);	/* and is not waited for */
	ck_assert(!log_dialogue_on());
}
END_TEST

static Suite *
suite(void)
{
	Suite *u = suite_create("traffic");
	TCase *t = tcase_create("traffic");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, written);
	tcase_add_test(t, not_wanted);
	tcase_add_test(t, not_fit);
	suite_add_tcase(u, t);
	return u;
}

int
main(void)
{
	return unit_main(suite());
}
