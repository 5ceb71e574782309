/* SPDX-License-Identifier: ISC */
/* Programs that print a secret, and all the ways they fail to. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "unit.h"

static struct buf line;
static struct outcome o;

static void
setup(void)
{
	buf_init(&line, 64);
	outcome_clear(&o);
}

static void
teardown(void)
{
	buf_free(&line);
}

static int
sh(const char *script, int64_t ms)
{
	const char *argv[] = { "/bin/sh", "-c", script, NULL };

	return child_first_line(argv, NULL, &line, ms, &o);
}

static const struct {
	const char	*script, *line;
} good[] = {
	{ "echo secret", "secret" },
	{ "printf secret", "secret" },
	{ "printf 'secret\\r\\nmore\\n'", "secret" },
	{ "echo ' two  words '", " two  words " },
	{ "echo first; head -c 1000000 /dev/zero", "first" },
	{ "echo noise >&2; echo x; echo more", "x" },
	{ "yes noise | head -c 300000 >&2; echo x", "x" },
	{ "exec 2>&-; echo x", "x" },
	{ "echo x; exec >&- 2>&-; sleep 0.2", "x" },
	{ "printf a; sleep 0.1; echo b", "ab" },
	{ "read a; echo \"[$a]\"", "[]" },
	{ "echo $(env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= | sort)",
	    "LANG=C.UTF-8 PATH=/usr/bin:/bin" },
	{ "test $(ls /proc/self/fd | wc -l) = 4 && echo ok", "ok" },
	{ "echo 0123456789012345678901234567890123456789012345678901234567"
	    "890123", "0123456789012345678901234567890123456789012345678901"
	    "234567890123" },
};

START_TEST(first_line)
{
	buf_puts(&line, "old");
	ck_assert_msg(sh(good[_i].script, 10000) == 0, "%s", o.text);
	ck_assert_str_eq(line.data, good[_i].line);
	ck_assert_uint_eq(line.len, strlen(good[_i].line));
}
END_TEST

static const struct {
	const char	*script, *words;
} bad[] = {
	{ "true", "printed nothing" },
	{ "echo; echo second", "printed nothing" },
	{ "printf '\\r\\n'", "printed nothing" },
	{ "echo s3cret; exit 3", "exit status 3" },
	{ "echo s3cret; echo one >&2; echo two >&2; exit 3",
	    "command /bin/sh failed with exit status 3: two" },
	{ "echo s3cret; echo 'two\033[1m' >&2; exit 1", "two?[1m" },
	{ "echo s3cret; kill -9 $$", "killed by signal 9" },
	{ "printf 's3\\000cret\\n'", "NUL" },
	{ "printf s3cret%065d 1", "too long" },
	{ "exec 2>/dev/full; echo s3cret; exit 2", "exit status 2" },
};

START_TEST(refused)
{
	ck_assert_int_eq(sh(bad[_i].script, 10000), -1);
	ck_assert_int_eq((int)o.fault, FAULT_CONFIG);
	ck_assert_int_eq((int)o.stage, STAGE_SECRET);
	ck_assert_msg(strstr(o.text, bad[_i].words) != NULL, "%s", o.text);
	ck_assert_ptr_null(strstr(o.text, "cret"));
	ck_assert_uint_eq(line.len, 0);
}
END_TEST

START_TEST(no_program)
{
	const char *none[] = { "/nonexistent/prog", NULL };
	const char *dir[] = { "/etc", NULL };
	const char *name[] = { "no-such-program-here", NULL };

	ck_assert_int_eq(child_first_line(none, NULL, &line, 5000, &o), -1);
	ck_assert_msg(strstr(o.text, "No such file") != NULL, "%s", o.text);
	ck_assert_int_eq(child_first_line(dir, NULL, &line, 5000, &o), -1);
	ck_assert_msg(strstr(o.text, "Permission") != NULL, "%s", o.text);
	ck_assert_int_eq(child_first_line(name, NULL, &line, 5000, &o), -1);
	ck_assert_msg(strstr(o.text, "No such file") != NULL, "%s", o.text);
}
END_TEST

START_TEST(environment)
{
	const char *argv[] = { "sh", "-c", "echo \"$A-$HOME\"", NULL };
	const char *env[] = { "PATH=/bin", "A=b", NULL };

	ck_assert_int_eq(child_first_line(argv, env, &line, 5000, &o), 0);
	ck_assert_str_eq(line.data, "b-");
}
END_TEST

START_TEST(too_slow)
{
	int64_t start = clock_ms();
	char file[] = "/tmp/posthorn-child.XXXXXX", script[200];
	int fd = mkstemp(file);

	/* The whole group goes, the grandchild in the background too. */
	snprintf(script, sizeof(script),
	    "(sleep 0.8; echo alive > %s) & echo s3cret; sleep 30", file);
	ck_assert_int_eq(sh(script, 300), -1);
	ck_assert_int_lt(clock_ms() - start, 5000);
	ck_assert_msg(strstr(o.text, "not done after 1 second") != NULL,
	    "%s", o.text);
	ck_assert_uint_eq(line.len, 0);
	usleep(900000);
	ck_assert_int_eq(lseek(fd, 0, SEEK_END), 0);
	close(fd);
	unlink(file);
}
END_TEST

START_TEST(floods)
{
	ck_assert_int_eq(sh("while :; do echo x; done", 300), -1);
	ck_assert_int_eq(sh("while :; do echo x >&2; done", 300), -1);
}
END_TEST

START_TEST(grandchild_keeps_the_pipe)
{
	int64_t start = clock_ms();

	ck_assert_int_eq(sh("sleep 5 & echo secret", 10000), 0);
	ck_assert_str_eq(line.data, "secret");
	ck_assert_int_lt(clock_ms() - start, 3000);
}
END_TEST

START_TEST(signals_are_reset)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	/* Signals 32 and 33 are the C library's own, which no program can set
	 * through it: a caller that uses posix_spawn (make) leaves them
	 * ignored. */
	ck_assert_int_eq(sh("grep -e SigIgn -e SigBlk /proc/self/status | "
	    "sed 's/180000000$/0/' | tr -dc 1-9a-f; echo .", 5000), 0);
	ck_assert_str_eq(line.data, ".");
}
END_TEST

START_TEST(closed_descriptors)
{
	close(0);
	close(1);
	ck_assert_int_eq(sh("read a; echo secret", 5000), 0);
	ck_assert_str_eq(line.data, "secret");
	ck_assert_int_eq(sh("echo words >&2; exit 1", 5000), -1);
	ck_assert_msg(strstr(o.text, "words") != NULL, "%s", o.text);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("child");
	TCase *t = tcase_create("child");

	tcase_set_timeout(t, 30);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, first_line, 0, sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(t, refused, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(t, no_program);
	tcase_add_test(t, environment);
	tcase_add_test(t, too_slow);
	tcase_add_test(t, floods);
	tcase_add_test(t, grandchild_keeps_the_pipe);
	tcase_add_test(t, signals_are_reset);
	tcase_add_test(t, closed_descriptors);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
