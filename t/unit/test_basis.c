/* SPDX-License-Identifier: ISC */
/* A changed configuration or program is believed once it can be used. */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "queue/basis.h"
#include "unit.h"

#define ACCOUNT	"account a { host = h.example.org }\n"
#define INCLUDE	"include(\"accounts\")\n"

static char top[64], said[4000];
static int logged;
static struct settings s;
static struct basis b;
static struct outcome o;

static const char *
place(const char *name)
{
	static char path[2][200];
	static unsigned at;

	at = !at;
	snprintf(path[at], sizeof(path[at]), "%s/%s", top, name);
	return path[at];
}

/* A file anew, as editors write one. */
static void
put(const char *name, const char *text)
{
	int fd = open(place("new"), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(file_write(fd, text, strlen(text)), 0);
	close(fd);
	ck_assert_int_eq(rename(place("new"), place(name)), 0);
}

static void
setup(void)
{
	struct log_target t = { 0 };

	umask(077);
	strcpy(top, "/tmp/posthorn-basis.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	logged = open(place("log"), O_RDWR | O_CREAT | O_APPEND, 0600);
	t.fd = logged;
	log_open(&t);
	put("conf", INCLUDE);
	put("accounts", ACCOUNT);
	ck_assert_msg(settings_load(&s, place("conf"), false, &o) == 0, "%s",
	    o.text);
	basis_begin(&b, &s, false);
}

static void
teardown(void)
{
	char command[200];

	settings_free(&s);
	close(logged);
	snprintf(command, sizeof(command), "rm -rf '%s'", top);
	ck_assert_int_eq(system(command), 0);
}

/* How many refusals were logged. */
static unsigned
refusals(void)
{
	ssize_t n = pread(logged, said, sizeof(said) - 1, 0);
	const char *p = said;
	unsigned found = 0;

	said[n > 0 ? n : 0] = '\0';
	for (; (p = strstr(p, "changed and is not used: ")) != NULL; p++)
		found++;
	return found;
}

static void
refused(unsigned n)
{
	ck_assert(!basis_changed(&b));
	ck_assert(!basis_changed(&b));
	ck_assert_msg(refusals() == n, "not %u: %s", n, said);
}

START_TEST(unchanged)
{
	ck_assert_str_ne(b.program, "");
	refused(0);
	put("other", "x");
	refused(0);
}
END_TEST

START_TEST(main_file)
{
	put("conf", "domain = x.example\n" ACCOUNT);
	ck_assert(basis_changed(&b));
	ck_assert(basis_changed(&b));
	ck_assert_uint_eq(refusals(), 0);
}
END_TEST

START_TEST(included_file)
{
	put("accounts", "account b { host = h.example.org }\n");
	ck_assert(basis_changed(&b));
}
END_TEST

/* In place, and of the same size: the time tells. */
START_TEST(same_size)
{
	int fd = open(place("accounts"), O_WRONLY);
	struct timespec t[2] = { { 1, 0 }, { 1, 1 } };

	ck_assert_int_eq(futimens(fd, t), 0);
	close(fd);
	ck_assert(basis_changed(&b));
}
END_TEST

START_TEST(away)
{
	ck_assert_int_eq(rename(place("conf"), place("was")), 0);
	refused(1);
	ck_assert_ptr_nonnull(strstr(said, "cannot read"));
	ck_assert_int_eq(rename(place("was"), place("conf")), 0);
	refused(1);
	/* The same once more is news again. */
	ck_assert_int_eq(unlink(place("conf")), 0);
	refused(2);
	put("conf", INCLUDE);
	ck_assert(basis_changed(&b));
}
END_TEST

START_TEST(broken)
{
	put("accounts", ACCOUNT "nonsense = 1\n");
	refused(1);
	ck_assert_ptr_nonnull(strstr(said, "accounts:2: "));
	put("accounts", ACCOUNT "more nonsense\n");
	refused(2);
	ck_assert_int_eq(chmod(place("accounts"), 0666), 0);
	refused(3);
	put("accounts", ACCOUNT);
	ck_assert(basis_changed(&b));
	ck_assert_uint_eq(refusals(), 3);
}
END_TEST

/* It includes a file now that it did not before. */
START_TEST(broken_elsewhere)
{
	put("conf", INCLUDE "include(\"third\")\n");
	refused(1);
	put("third", "nonsense\n");
	refused(2);
	put("third", "domain = x.example\n");
	ck_assert(basis_changed(&b));
}
END_TEST

START_TEST(program)
{
	snprintf(b.program, sizeof(b.program), "%s", place("program"));
	put("program", "x");
	refused(1);
	ck_assert_ptr_nonnull(strstr(said, "the program changed"));
	ck_assert_int_eq(chmod(place("program"), 0700), 0);
	ck_assert(basis_changed(&b));
	put("conf", "nonsense");
	refused(2);
	ck_assert_int_eq(unlink(place("program")), 0);
	put("conf", INCLUDE);
	refused(3);
}
END_TEST

START_TEST(deferred)
{
	put("conf", ACCOUNT);
	ck_assert(basis_changed(&b));
	basis_defer(&b, 1);
	refused(0);
	usleep(1100000);
	ck_assert(basis_changed(&b));
}
END_TEST

static Suite *
suite(void)
{
	Suite *su = suite_create("basis");
	TCase *c = tcase_create("basis");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, unchanged);
	tcase_add_test(c, main_file);
	tcase_add_test(c, included_file);
	tcase_add_test(c, same_size);
	tcase_add_test(c, away);
	tcase_add_test(c, broken);
	tcase_add_test(c, broken_elsewhere);
	tcase_add_test(c, program);
	tcase_add_test(c, deferred);
	suite_add_tcase(su, c);
	return su;
}

int
main(void)
{
	return unit_main(suite());
}
