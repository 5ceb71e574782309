/* SPDX-License-Identifier: ISC */
/* The system's log as its reader sees it, and readers that read late, never
 * or no more. */
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/logsocket.h"
#include "unit.h"

#define PRIORITY	(LOG_MAIL | LOG_INFO)
#define LINES		100
#define SOON		300	/* ms, for LINES of them */

static char top[64], path[80];
static struct logsocket s;

static void
setup(void)
{
	strcpy(top, "/tmp/posthorn-logsocket.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	snprintf(path, sizeof(path), "%s/log", top);
	s = (struct logsocket)LOGSOCKET_INIT;
	s.path = path;
}

static void
teardown(void)
{
	logsocket_close(&s);
	unlink(path);
	ck_assert_int_eq(rmdir(top), 0);
}

/* A socket there, instead of what was there before. */
static int
reader_at(const char *where, int type)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	ck_assert_int_ge(fd, 0);
	unlink(where);
	strcpy(at.sun_path, where);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	if (type == SOCK_STREAM)
		ck_assert_int_eq(listen(fd, 0), 0);
	return fd;
}

static int
reader(int type)
{
	return reader_at(path, type);
}

/* The next record, or what is there of a stream; "" if there is nothing. */
static const char *
received(int fd, ssize_t *n)
{
	static char record[2 * LIMIT_LOG_LINE];

	*n = recv(fd, record, sizeof(record) - 1, MSG_DONTWAIT);
	record[*n < 0 ? 0 : *n] = '\0';
	return record;
}

/* The text of the next record. */
static const char *
text(int fd)
{
	ssize_t n;
	const char *record = received(fd, &n), *colon = strstr(record, "]: ");

	return colon != NULL ? colon + 3 : record;
}

static void
say(const char *what)
{
	errno = 77;
	logsocket_write(&s, PRIORITY, "tag", what);
	ck_assert_int_eq(errno, 77);
}

static int64_t
say_many(int n)
{
	int64_t start = clock_ms();

	while (n-- > 0)
		say("many");
	return clock_ms() - start;
}

static int
queue_length(void)
{
	FILE *f = fopen("/proc/sys/net/unix/max_dgram_qlen", "r");
	int n = 0;

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%d", &n), 1);
	fclose(f);
	return n;
}

/* ---- What is written ----------------------------------------------------- */

START_TEST(record)
{
	int fd = reader(SOCK_DGRAM), pri;
	const char *got;
	ssize_t n;
	char when[40];
	long pid;

	say("all is well");
	got = received(fd, &n);
	ck_assert_int_eq(sscanf(got, "<%d>%15c tag[%ld]: all is well", &pri,
	    when, &pid), 3);
	ck_assert_int_eq(pri, PRIORITY);
	ck_assert_int_eq(pid, getpid());
	ck_assert_int_eq(when[3], ' ');
	ck_assert_int_eq(when[6], ' ');
	ck_assert_int_eq(got[n - 1], 'l');
	close(fd);
}
END_TEST

/* A day of one digit has a space in front. */
START_TEST(day)
{
	const int64_t shift = 1793585045 - clock_now();	/* 2026-11-02 02:04 */
	int fd = reader(SOCK_DGRAM);
	ssize_t n;

	setenv("TZ", "UTC", 1);
	clock_shift(shift);
	say("all is well");
	clock_shift(-shift);
	unsetenv("TZ");
	ck_assert_ptr_nonnull(strstr(received(fd, &n), ">Nov  2 02:04:0"));
	close(fd);
}
END_TEST

START_TEST(record_cut)
{
	static char big[3 * LIMIT_LOG_LINE];
	int fd = reader(SOCK_DGRAM);
	ssize_t n;

	memset(big, 'x', sizeof(big) - 1);
	say(big);
	ck_assert_int_eq(received(fd, &n)[0], '<');
	ck_assert_int_ge(n, LIMIT_LOG_LINE);
	ck_assert_int_lt(n, LIMIT_LOG_LINE + 256);
	logsocket_write(&s, PRIORITY, big, "the end");
	ck_assert_str_eq(text(fd), "the end");
	close(fd);
}
END_TEST

START_TEST(record_stream)
{
	int fd = reader(SOCK_STREAM), from;
	const char *got;
	ssize_t n;
	size_t one;

	say("first");
	say("second");
	from = accept(fd, NULL, NULL);
	ck_assert_int_ge(from, 0);
	got = received(from, &n);
	one = strlen(got) + 1;
	ck_assert_ptr_nonnull(strstr(got, "]: first"));
	ck_assert_int_eq(got[one], '<');
	ck_assert_ptr_nonnull(strstr(got + one, "]: second"));
	ck_assert_uint_eq((size_t)n, one + strlen(got + one) + 1);
	close(from);
	close(fd);
}
END_TEST

/* A child has its own number, and the connection. */
START_TEST(forked)
{
	int fd = reader(SOCK_DGRAM), status;
	char expected[40];
	pid_t pid;
	ssize_t n;

	say("parent");
	ck_assert_str_eq(text(fd), "parent");
	pid = fork();
	if (pid == 0) {
		say("child");
		logsocket_close(&s);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	snprintf(expected, sizeof(expected), " tag[%ld]: child", (long)pid);
	ck_assert_ptr_nonnull(strstr(received(fd, &n), expected));
	say("parent again");
	ck_assert_str_eq(text(fd), "parent again");
	close(fd);
}
END_TEST

/* ---- Readers ------------------------------------------------------------- */

START_TEST(never_reads)
{
	int fd = reader(SOCK_DGRAM), many = queue_length() + LINES, n = 0;

	ck_assert_int_lt(say_many(many), SOON);
	ck_assert_int_eq(s.wait, 0);
	ck_assert_int_lt(say_many(LINES), SOON / 2);
	while (strcmp(text(fd), "many") == 0)
		n++;
	ck_assert_int_ge(n, many - LINES);
	ck_assert_int_lt(n, many);
	say("reads again");
	ck_assert_str_eq(text(fd), "reads again");
	close(fd);
}
END_TEST

/* Nothing is lost where the reader is only a little late. */
START_TEST(reads_late)
{
	const struct timespec late = { 0, 30 * 1000000 };
	int fd = reader(SOCK_DGRAM), many = queue_length() + 5, status, n;
	pid_t pid = fork();

	if (pid == 0) {
		nanosleep(&late, NULL);
		alarm(10);
		fcntl(fd, F_SETFL, 0);
		for (n = 0; n < many; n++) {
			char c[1];

			if (recv(fd, c, 1, 0) != 1)
				_exit(1);
		}
		_exit(0);
	}
	ck_assert_int_eq(s.wait, 100);
	s.wait = 5000;		/* this machine may be late as well */
	say_many(many);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_gt(s.wait, 0);
	ck_assert_int_lt(s.wait, 5000);
	close(fd);
}
END_TEST

START_TEST(stream_never_reads)
{
	static char big[LIMIT_LOG_LINE];
	int fd = reader(SOCK_STREAM), from, i;
	int64_t start = clock_ms();
	ssize_t n, all = 0;

	memset(big, 'y', sizeof(big) - 1);
	for (i = 0; i < 500; i++)
		say(big);
	ck_assert_int_lt(clock_ms() - start, SOON);
	from = accept(fd, NULL, NULL);
	while (received(from, &n)[0] != '\0')
		all += n;
	ck_assert_int_gt(all, LIMIT_LOG_LINE);
	ck_assert_int_lt(all, 500 * LIMIT_LOG_LINE);
	say("reads again");
	ck_assert_str_eq(text(from), "reads again");
	close(from);
	close(fd);
}
END_TEST

/* One that does not even accept. */
START_TEST(stream_never_accepts)
{
	int fd = reader(SOCK_STREAM), i;
	struct logsocket many[5];

	for (i = 0; i < 5; i++) {
		many[i] = s;
		logsocket_write(&many[i], PRIORITY, "tag", "text");
	}
	ck_assert_int_eq(many[4].fd, -1);
	ck_assert_int_lt(say_many(LINES), SOON);
	for (i = 0; i < 5; i++)
		logsocket_close(&many[i]);
	close(fd);
}
END_TEST

static const int types[] = { SOCK_DGRAM, SOCK_STREAM };

/* Another reader at the same place, maybe of another kind; meanwhile none. */
START_TEST(restarted)
{
	int before = types[_i % 2], after = types[_i / 2];
	int fd = reader(before), from = -1;

	say("to the old one");
	if (before == SOCK_STREAM)
		close(accept(fd, NULL, NULL));
	close(fd);
	say("to nobody");
	ck_assert_int_eq(s.fd, -1);
	fd = reader(before);
	say("to another one");
	if (before == SOCK_STREAM)
		close(accept(fd, NULL, NULL));
	close(fd);
	fd = reader(after);
	say("to the new one");
	if (after == SOCK_STREAM)
		from = accept(fd, NULL, NULL);
	ck_assert_str_eq(text(from >= 0 ? from : fd), "to the new one");
	if (from >= 0)
		close(from);
	close(fd);
}
END_TEST

START_TEST(nobody)
{
	static char far[200];
	int before = dup(0);

	close(before);
	ck_assert_int_lt(say_many(LINES), SOON);
	memset(far, 'f', sizeof(far) - 1);
	s.path = far;
	say("nothing");
	s.path = top;
	say("nothing");
	ck_assert_int_eq(s.fd, -1);
	ck_assert_int_eq(dup(0), before);
	close(before);
}
END_TEST

/* ---- Descriptors --------------------------------------------------------- */

/* All are closed without a word, and the number goes to somebody else. */
START_TEST(stale)
{
	int fd = reader(SOCK_DGRAM), pair[2], old;
	ssize_t n;

	say("one");
	ck_assert_str_eq(text(fd), "one");
	old = s.fd;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_eq(dup2(pair[0], old), old);
	if (_i == 0) {
		say("two");
		ck_assert_int_ne(s.fd, old);
		ck_assert_str_eq(text(fd), "two");
	} else {
		logsocket_close(&s);
		ck_assert_int_eq(s.fd, -1);
	}
	received(pair[1], &n);
	ck_assert_int_eq(n, -1);
	ck_assert_int_eq(write(old, "x", 1), 1);
	ck_assert_str_eq(received(pair[1], &n), "x");
	close(old);
	close(pair[0]);
	close(pair[1]);
	close(fd);
}
END_TEST

START_TEST(closed)
{
	int fd = reader(SOCK_DGRAM), was;

	say("one");
	was = s.fd;
	ck_assert_int_ne(fcntl(was, F_GETFD) & FD_CLOEXEC, 0);
	logsocket_close(&s);
	logsocket_close(&s);
	ck_assert_int_eq(fcntl(was, F_GETFD), -1);
	say("two");
	ck_assert_str_eq(text(fd), "one");
	ck_assert_str_eq(text(fd), "two");
	close(fd);
}
END_TEST

START_TEST(no_descriptor_left)
{
	int fd = reader(SOCK_DGRAM);
	struct rlimit r, none;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &r), 0);
	none = r;
	none.rlim_cur = (rlim_t)fd;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	say("lost");
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &r), 0);
	say("one");
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	say("two");
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &r), 0);
	ck_assert_str_eq(text(fd), "one");
	ck_assert_str_eq(text(fd), "two");
	close(fd);
}
END_TEST

/* ---- Beside syslog(3) ---------------------------------------------------- */

#define NEED(true_)	do { if (!(true_)) needed(__LINE__); } while (0)

static _Noreturn void
needed(int line)
{
	fprintf(stderr, "test_logsocket.c:%d: not so: %s\n", line,
	    strerror(errno));
	_exit(1);
}

/* A /dev of our own, for syslog(3) knows one place only; false: we may not. */
static bool
own_dev(void)
{
	return (unshare(CLONE_NEWNS) == 0 ||
	    unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0) &&
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount("none", "/dev", "tmpfs", 0, NULL) == 0;
}

static const struct {
	const char	*tag;		/* NULL: ours */
	int		 facility, priority;
	const char	*text;
} lines[] = {
	{ "posthorn", LOG_MAIL, LOG_INFO, "id=1 to=a@b outcome=delivered" },
	{ NULL, LOG_MAIL, LOG_ERR, "an error" },
	{ "t", LOG_LOCAL7, LOG_DEBUG, "" },
	{ "a tag", LOG_DAEMON, LOG_EMERG, "100% %s %n" },
	{ "x", 0, LOG_NOTICE, "no facility" },
	{ "x", LOG_LOCAL0, LOG_MAIL | LOG_WARNING, "the line's own facility" },
	{ "caf\xc3\xa9", LOG_USER, LOG_ALERT, "caf\xc3\xa9" },
};

/* Theirs and ours; the second may change between the two, and theirs is told
 * by a coarser clock, some milliseconds later. */
static void
compare(int fd, size_t i)
{
	struct log_target t = { true, lines[i].facility, lines[i].tag, -1,
	    false };
	char theirs[2 * LIMIT_LOG_LINE];
	const char *ours;
	int tries = 5;
	ssize_t n;

	do {
		if (tries < 5)
			usleep(20000);
		openlog(lines[i].tag != NULL ? lines[i].tag : "posthorn",
		    LOG_PID, lines[i].facility != 0 ? lines[i].facility :
		    LOG_USER);
		syslog(lines[i].priority, "%s", lines[i].text);
		strcpy(theirs, received(fd, &n));
		NEED(n > 10);
		log_open(&t);
		log_note(lines[i].priority, "%s", lines[i].text);
		ours = received(fd, &n);
	} while (strcmp(theirs, ours) != 0 && --tries > 0);
	if (tries == 0)
		fprintf(stderr, "%s\n%s\n", theirs, ours);
	NEED(tries > 0);
	log_close();
	closelog();
}

static void
beside(void)
{
	static const char *const zones[] = {
		"UTC", "Pacific/Auckland", "XYZ+11:30"
	};
	size_t i, k;
	int fd;

	if (!own_dev())
		_exit(77);
	fd = reader_at(LOGSOCKET_PATH, SOCK_DGRAM);
	for (k = 0; k < 3; k++) {
		setenv("TZ", zones[k], 1);
		for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
			compare(fd, i);
	}
	_exit(0);
}

/* After log_close the next line connects again, and no number is kept. */
static void
let_go(void)
{
	struct log_target t = { .syslog = true, .facility = LOG_MAIL };
	int fd, pair[2];
	ssize_t n;

	if (!own_dev())
		_exit(77);
	NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	fd = reader_at(LOGSOCKET_PATH, SOCK_DGRAM);
	t.fd = pair[0];
	log_open(&t);
	log_note(LOG_ERR, "first");
	NEED(strcmp(text(fd), "first") == 0);
	NEED(strstr(received(pair[1], &n), "first") != NULL);
	log_close();
	log_note(LOG_ERR, "second");
	NEED(strcmp(text(fd), "second") == 0);
	NEED(strcmp(received(pair[1], &n), "") == 0);
	log_open(&t);
	log_note(LOG_ERR, "third");
	NEED(strcmp(text(fd), "third") == 0);
	NEED(strstr(received(pair[1], &n), "third") != NULL);
	_exit(0);
}

static void (*const apart[])(void) = { beside, let_go };

START_TEST(own_devices)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		apart[_i]();
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		fprintf(stderr, "no /dev of our own here: not tested\n");
	else
		ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *all = suite_create("logsocket");
	TCase *t = tcase_create("logsocket");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, record);
	tcase_add_test(t, day);
	tcase_add_test(t, record_cut);
	tcase_add_test(t, record_stream);
	tcase_add_test(t, forked);
	tcase_add_test(t, never_reads);
	tcase_add_test(t, reads_late);
	tcase_add_test(t, stream_never_reads);
	tcase_add_test(t, stream_never_accepts);
	tcase_add_loop_test(t, restarted, 0, 4);
	tcase_add_test(t, nobody);
	tcase_add_loop_test(t, stale, 0, 2);
	tcase_add_test(t, closed);
	tcase_add_test(t, no_descriptor_left);
	tcase_add_loop_test(t, own_devices, 0, 2);
	suite_add_tcase(all, t);
	return all;
}

int
main(void)
{
	return unit_main(suite());
}
