/* SPDX-License-Identifier: ISC */
/* What goes into the log file, and the dialogue on stderr. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "unit.h"

static char path[64];
static struct log_target target;
static struct buf out;

static void
setup(void)
{
	int fd;

	strcpy(path, "/tmp/posthorn-log.XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
	target = (struct log_target){ .facility = LOG_MAIL };
	target.fd = log_file(path, true);
	ck_assert_int_ge(target.fd, 0);
	buf_init(&out, 1 << 20);
	clock_shift(1795310524 - clock_now());	/* 2026-11-22T01:22:04Z */
}

static void
teardown(void)
{
	buf_free(&out);
	close(target.fd);
	unlink(path);
}

/* What is in the file. */
static const char *
logged(void)
{
	int fd = open(path, O_RDONLY);

	buf_clear(&out);
	ck_assert_int_eq(file_slurp(fd, &out), 0);
	close(fd);
	return out.data;
}

#define TIME "2026-11-22T01:22:0"	/* the last digit may move */

/* Compares all but the seconds' last digit. */
static void
expect(const char *before, const char *after)
{
	const char *s = logged();
	size_t n = strlen(before);

	ck_assert_msg(strncmp(s, before, n) == 0, "%s", s);
	ck_assert_str_eq(s + n + 1, after);
}

START_TEST(silent_before_open)
{
	struct log_field f = { "k", "v" };

	log_note(LOG_ERR, "nothing");
	log_event(LOG_INFO, &f, 1);
	ck_assert_str_eq(logged(), "");
}
END_TEST

static const struct {
	const char	*value, *text, *json;
} values[] = {
	{ "v", "v", "v" },
	{ "", "\"\"", "" },
	{ "a b", "\"a b\"", "a b" },
	{ "a=b", "\"a=b\"", "a=b" },
	{ "say \"x\"", "\"say \\\"x\\\"\"", "say \\\"x\\\"" },
	{ "back\\slash", "\"back\\\\slash\"", "back\\\\slash" },
	{ "two\nlines", "\"two lines\"", "two lines" },
	{ "\x1b[m", "?[m", "?[m" },
	{ "\xff\xc3\xbc", "?\xc3\xbc", "?\xc3\xbc" },
	{ "\xf0\x9f\x93\xaf", "\xf0\x9f\x93\xaf", "\xf0\x9f\x93\xaf" },
};

START_TEST(text_values)
{
	struct log_field f[3] = {
		{ "id", "x1" }, { "none", NULL }, { "k", values[_i].value }
	};
	char after[200];

	log_open(&target);
	log_event(LOG_INFO, f, 3);
	snprintf(after, sizeof(after), "Z id=x1 k=%s\n", values[_i].text);
	expect("time=" TIME, after);
}
END_TEST

START_TEST(json_values)
{
	struct log_field f[3] = {
		{ "id", "x1" }, { "none", NULL }, { "k", values[_i].value }
	};
	char after[200];

	target.json = true;
	log_open(&target);
	log_event(LOG_INFO, f, 3);
	snprintf(after, sizeof(after), "Z\",\"id\":\"x1\",\"k\":\"%s\"}\n",
	    values[_i].json);
	expect("{\"time\":\"" TIME, after);
}
END_TEST

START_TEST(notes)
{
	log_open(&target);
	log_note(LOG_WARNING, "could not %s:\n%d", "x", 5);
	expect("time=" TIME,
	    "Z level=warning text=\"could not x: 5\"\n");
}
END_TEST

START_TEST(json_notes)
{
	target.json = true;
	log_open(&target);
	log_note(LOG_MAIL | LOG_ERR, "a \"b\"");
	expect("{\"time\":\"" TIME,
	    "Z\",\"level\":\"err\",\"text\":\"a \\\"b\\\"\"}\n");
}
END_TEST

/* Lines that do not fit stay whole lines, and whole JSON objects. */
START_TEST(cut)
{
	static char big[3 * LIMIT_LOG_LINE];
	struct log_field f[3] = {
		{ "a", "x" }, { "big", big }, { "late", "y" }
	};
	const char *s;
	size_t n = LIMIT_LOG_LINE - 100 + (size_t)_i % 100, i;

	memset(big, _i % 3 == 0 ? '"' : 'a', n);
	if (_i % 3 == 1)
		for (i = 0; i + 4 <= n; i += 4)
			memcpy(big + i, "\xf0\x9f\x93\xaf", 4);
	big[n] = '\0';
	target.json = _i >= 100;
	log_open(&target);
	log_event(LOG_INFO, f, 3);
	s = logged();
	ck_assert_uint_lt(out.len, LIMIT_LOG_LINE);
	ck_assert_int_eq(s[out.len - 1], '\n');
	ck_assert_ptr_eq(strchr(s, '\n'), s + out.len - 1);
	ck_assert_ptr_null(strchr(s, '?'));
	if (target.json)
		ck_assert_str_eq(s + out.len - 3, "\"}\n");
}
END_TEST

START_TEST(long_note)
{
	static char big[3 * LIMIT_LOG_LINE];

	memset(big, 'n', sizeof(big) - 1);
	log_open(&target);
	log_note(LOG_ERR, "%s", big);
	logged();
	ck_assert_uint_gt(out.len, LIMIT_LOG_LINE - 300);
	ck_assert_uint_lt(out.len, LIMIT_LOG_LINE);
}
END_TEST

START_TEST(no_fields)
{
	target.json = true;
	log_open(&target);
	log_event(LOG_INFO, NULL, 0);
	expect("{\"time\":\"" TIME, "Z\"}\n");
}
END_TEST

START_TEST(cannot_be_written)
{
	struct log_target t = { .fd = open("/dev/full", O_WRONLY) };

	log_open(&t);
	errno = 77;
	log_note(LOG_ERR, "lost");
	ck_assert_int_eq(errno, 77);
	close(t.fd);
	t.fd = -1;
	log_open(&t);
	log_note(LOG_ERR, "lost");
}
END_TEST

START_TEST(files)
{
	char link[80];
	struct stat st;
	int fd;

	unlink(path);
	ck_assert_int_eq(log_file(path, true), -1);
	ck_assert_int_eq(errno, ENOENT);
	fd = log_file(path, false);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	ck_assert_int_ne(fcntl(fd, F_GETFL) & O_APPEND, 0);
	close(fd);
	snprintf(link, sizeof(link), "%s.link", path);
	ck_assert_int_eq(symlink(path, link), 0);
	ck_assert_int_eq(log_file(link, false), -1);
	ck_assert_int_eq(errno, ELOOP);
	unlink(link);
}
END_TEST

/* Stderr goes to the file meanwhile. */
START_TEST(dialogue)
{
	int keep = dup(2);
	unsigned s, ms;
	int n = 0;

	dup2(target.fd, 2);
	ck_assert(!log_dialogue_on());
	log_said('>', "unheard", 7);
	log_dialogue(true);
	ck_assert(log_dialogue_on());
	log_said('>', "EHLO x\r\n", 8);
	log_said('<', "250 \x1b\xff ok", 9);
	log_said('<', "", 0);
	log_remark("%d recipients", 3);
	log_dialogue(false);
	log_remark("unheard");
	dup2(keep, 2);
	close(keep);
	ck_assert_int_eq(sscanf(logged(), "[%u.%3u] >>> EHLO x%n", &s, &ms,
	    &n), 2);
	ck_assert_int_gt(n, 0);
	ck_assert_uint_eq(s, 0);
	ck_assert_ptr_nonnull(strstr(out.data, "] <<< 250 ?? ok\n"));
	ck_assert_ptr_nonnull(strstr(out.data, "] <<<\n"));
	ck_assert_ptr_nonnull(strstr(out.data, "] *** 3 recipients\n"));
	ck_assert_ptr_null(strstr(out.data, "unheard"));
}
END_TEST

/* The file of -X: with or without -v, with time and process, never what is
 * logged. */
START_TEST(traffic)
{
	char pid[40];
	unsigned year;

	log_traffic(target.fd);
	ck_assert(log_dialogue_on());
	log_said('>', "EHLO x\r\n", 8);
	log_remark("%d recipients\n2", 3);
	logged();
	snprintf(pid, sizeof(pid), "Z %ld >>> EHLO x\n", (long)getpid());
	ck_assert_int_eq(sscanf(out.data, "%u-", &year), 1);
	ck_assert_ptr_nonnull(strstr(out.data, pid));
	ck_assert_ptr_nonnull(strstr(out.data, " *** 3 recipients 2\n"));
	log_close();
	ck_assert(!log_dialogue_on());
}
END_TEST

START_TEST(dialogue_long)
{
	static char big[3 * LIMIT_LOG_LINE];
	int keep = dup(2);

	memset(big, 'b', sizeof(big) - 1);
	dup2(target.fd, 2);
	log_dialogue(true);
	log_said('<', big, sizeof(big) - 1);
	log_remark("%s", big);
	dup2(keep, 2);
	close(keep);
	logged();
	ck_assert_uint_lt(out.len, 2 * LIMIT_LOG_LINE);
	ck_assert_int_eq(out.data[out.len - 1], '\n');
}
END_TEST

static Suite *
suite(void)
{
	const int n = sizeof(values) / sizeof(values[0]);
	Suite *s = suite_create("log");
	TCase *t = tcase_create("log");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, silent_before_open);
	tcase_add_loop_test(t, text_values, 0, n);
	tcase_add_loop_test(t, json_values, 0, n);
	tcase_add_test(t, notes);
	tcase_add_test(t, json_notes);
	tcase_add_loop_test(t, cut, 0, 200);
	tcase_add_test(t, long_note);
	tcase_add_test(t, no_fields);
	tcase_add_test(t, cannot_be_written);
	tcase_add_test(t, files);
	tcase_add_test(t, dialogue);
	tcase_add_test(t, traffic);
	tcase_add_test(t, dialogue_long);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
