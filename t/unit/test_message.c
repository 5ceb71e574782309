/* SPDX-License-Identifier: ISC */
/* The spool file: places, facts, what a body needs, full disks. */
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "mail/header.h"
#include "mail/message.h"
#include "unit.h"

static struct input *in;
static struct message m;
static struct buf h;
static struct outcome o;

/* A descriptor from which the octets can be read. */
static int
source(const void *p, size_t n)
{
	FILE *f = tmpfile();
	int fd;

	ck_assert_uint_eq(fwrite(p, 1, n, f), n);
	fflush(f);
	fd = dup(fileno(f));
	fclose(f);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

/* The whole of a message's way, without edits but `extra`. */
static int
spool(const void *p, size_t n, const char *directory, const char *extra)
{
	int r;

	in = mem_alloc(sizeof(*in));
	buf_init(&h, LIMIT_HEADER);
	input_open(in, source(p, n), false, 0);
	ck_assert_int_eq(message_open(&m, directory, &o), 0);
	ck_assert_int_eq(input_header(in, &h, &o), 0);
	ck_assert_int_eq(header_prepend(&h, extra), 0);
	r = message_body(&m, in, h.len, &o);
	if (r == 0)
		r = message_header(&m, &h, &o);
	close(in->fd);
	return r;
}

static void
clean(void)
{
	message_close(&m);
	buf_free(&h);
	free(in);
}

/* What is in the file is header, blank line, body, and length says so. */
static char *
content(void)
{
	char *p = mem_alloc(m.length + 1);
	struct stat st;

	ck_assert_int_eq(file_pread(m.fd, p, m.length, m.start), 0);
	ck_assert_int_eq(fstat(m.fd, &st), 0);
	ck_assert_int_eq(st.st_size, m.start + (off_t)m.length);
	ck_assert_int_ge(m.start, 128);
	ck_assert_int_eq(m.start + (off_t)(m.length - m.body_length), m.body);
	return p;
}

static void
is_content(const char *want)
{
	char *p = content();

	ck_assert_str_eq(p, want);
	ck_assert_uint_eq(strlen(want), m.length);
	free(p);
}

#define S(s)	s, sizeof(s) - 1
#define MIME(set) "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=" \
	set "\r\nContent-Transfer-Encoding: 8bit\r\n"

static const struct {
	const char	*in;
	size_t		 n;
	const char	*file;
	bool		 eightbit, header, utf8;
	size_t		 longest;
} texts[] = {
	{ S("A: b\n\nc\ndef\n"), "A: b\r\n\r\nc\r\ndef\r\n",
	    false, false, true, 3 },
	{ S("A: b\n\nlonger\nd"), "A: b\r\n\r\nlonger\r\nd\r\n",
	    false, false, true, 6 },
	{ S(""), "\r\n", false, false, true, 0 },
	{ S("A: b"), "A: b\r\n\r\n", false, false, true, 0 },
	{ S("just text"), "\r\njust text\r\n", false, false, true, 9 },
	{ S("A: b\n\n\xc3\xa4\n"), "A: b\r\n" MIME("utf-8")
	    "\r\n\xc3\xa4\r\n", true, false, true, 2 },
	{ S("A: b\n\n\xe4\n"), "A: b\r\n" MIME("unknown-8bit")
	    "\r\n\xe4\r\n", true, false, false, 1 },
	{ S("A: \xc3\xa4\n\nx\n"), "A: \xc3\xa4\r\n\r\nx\r\n",
	    false, true, true, 1 },
	{ S("mime-version: 1.0\n\n\xe4\n"),
	    "mime-version: 1.0\r\n\r\n\xe4\r\n", true, false, false, 1 },
	{ S("content-TYPE : text/x\n\n\xe4\n"),
	    "content-TYPE : text/x\r\n\r\n\xe4\r\n", true, false, false, 1 },
	{ S("Content-Language: de\n\n\xe4\n"),
	    "Content-Language: de\r\n\r\n\xe4\r\n", true, false, false, 1 },
	{ S("Content: de\n\n\xe4\n"), "Content: de\r\n" MIME("unknown-8bit")
	    "\r\n\xe4\r\n", true, false, false, 1 },
};

START_TEST(text)
{
	ck_assert_int_eq(spool(texts[_i].in, texts[_i].n, NULL, ""), 0);
	is_content(texts[_i].file);
	ck_assert(m.eightbit == texts[_i].eightbit);
	ck_assert(m.eightbit_header == texts[_i].header);
	ck_assert(m.utf8 == texts[_i].utf8);
	ck_assert_uint_eq(m.longest, texts[_i].longest);
	clean();
}
END_TEST

static const struct {
	const char	*octets;
	bool		 valid;
} utf8[] = {
	{ "\xc2\x80", true }, { "\xdf\xbf", true }, { "\xe0\xa0\x80", true },
	{ "\xed\x9f\xbf", true }, { "\xee\x80\x80", true },
	{ "\xef\xbf\xbf", true }, { "\xf0\x90\x80\x80", true },
	{ "\xf4\x8f\xbf\xbf", true }, { "\xe2\x82\xac\xe2\x82\xac", true },
	{ "\xc0\xaf", false }, { "\xc1\xbf", false }, { "\x80", false },
	{ "\xe0\x9f\xbf", false }, { "\xed\xa0\x80", false },
	{ "\xf0\x8f\xbf\xbf", false }, { "\xf4\x90\x80\x80", false },
	{ "\xf5\x80\x80\x80", false }, { "\xff", false }, { "\xc3", false },
	{ "\xc3\xa4\xa4", false }, { "\xe2\x82", false },
	{ "\xe2\x82\n\xac", false }, { "\xf0\x9f\x98", false },
};

/* Every character, at every place around the border of two reads. */
START_TEST(utf8_anywhere)
{
	size_t shift, k = strlen(utf8[_i].octets), n = 70000;
	char *p = mem_alloc(n);

	for (shift = 0; shift < 8; shift++) {
		memset(p, 'x', n);
		memcpy(p, "A: b\n\n", 6);
		memcpy(p + LIMIT_INPUT - 4 + shift, utf8[_i].octets, k);
		ck_assert_int_eq(spool(p, n, NULL, ""), 0);
		ck_assert(m.eightbit);
		ck_assert(m.utf8 == utf8[_i].valid);
		clean();
	}
	free(p);
}
END_TEST

/* At the very end of the body, where nothing completes it. */
START_TEST(utf8_cut)
{
	ck_assert_int_eq(spool(S("A: b\n\n\xe2\x82"), NULL, ""), 0);
	ck_assert(m.eightbit && !m.utf8);
	clean();
}
END_TEST

/* Sizes around every border of the spool's writes. */
START_TEST(sizes)
{
	static const size_t around[] = { 4096, 65536, 2 * 65536, 196612,
	    1000000 };
	size_t n, i;
	char *p, *got;

	for (n = around[_i] - 9; n < around[_i] + 10; n++) {
		p = mem_alloc(n + 6);
		memcpy(p, "A: b\n\n", 6);
		for (i = 0; i < n; i++)
			p[6 + i] = i % 78 == 77 ? '\n' : (char)('a' + i % 26);
		ck_assert_int_eq(spool(p, n + 6, NULL, ""), 0);
		ck_assert_uint_eq(m.body_length, n + n / 78 +
		    (n % 78 == 0 ? 0 : 2));
		ck_assert_uint_eq(m.longest, 77);
		got = content();
		for (i = 0; i < n && got[8 + i + i / 78] ==
		    (p[6 + i] == '\n' ? '\r' : p[6 + i]); i++)
			;
		ck_assert_uint_eq(i, n);
		free(got);
		free(p);
		clean();
	}
}
END_TEST

START_TEST(header_grows)
{
	char extra[1025];

	memset(extra, 'x', sizeof(extra));
	memcpy(extra, "X: ", 3);
	strcpy(extra + 1022, "\r\n");
	ck_assert_int_eq(spool(S("A: b\n\nc\n"), NULL, ""), 0);
	ck_assert_int_eq(header_append(&h, extra), 0);
	ck_assert_int_eq(message_header(&m, &h, &o), 0);
	ck_assert_int_ge(m.start, 128);
	clean();
	/* 8 kB are too much for any rounding */
	ck_assert_int_eq(spool(S("A: b\n\nc\n"), NULL, ""), 0);
	while (h.len < 8192)
		ck_assert_int_eq(header_append(&h, extra), 0);
	ck_assert_int_eq(message_header(&m, &h, &o), -1);
	ck_assert_int_eq(o.fault, FAULT_BUG);
	clean();
}
END_TEST

START_TEST(header_ceiling)
{
	ck_assert_int_eq(spool(S("A: b\n\n\xe4\n"), NULL, ""), 0);
	clean();
	in = mem_alloc(sizeof(*in));
	buf_init(&h, 40);
	input_open(in, source(S("A: b\n\n\xe4\n")), false, 0);
	ck_assert_int_eq(message_open(&m, NULL, &o), 0);
	ck_assert_int_eq(input_header(in, &h, &o), 0);
	ck_assert_int_eq(message_body(&m, in, h.len, &o), 0);
	ck_assert_int_eq(message_header(&m, &h, &o), -1);
	ck_assert_int_eq(o.fault, FAULT_DATA);
	close(in->fd);
	clean();
}
END_TEST

START_TEST(place)
{
	static const char *const places[] = { "/tmp", NULL, "/nowhere",
	    "/etc/passwd", "/proc" };
	struct stat st;

	ck_assert_int_eq(spool(S("A: b\n\nc\n"), places[_i], ""), 0);
	ck_assert_int_eq(fstat(m.fd, &st), 0);
	ck_assert_uint_eq(st.st_nlink, 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_int_ne(fcntl(m.fd, F_GETFD) & FD_CLOEXEC, 0);
	if (_i > 0)
		ck_assert_str_eq(m.place, "/var/tmp");
	clean();
}
END_TEST

START_TEST(closing)
{
	ck_assert_int_eq(message_open(&m, NULL, &o), 0);
	message_close(&m);
	ck_assert_int_eq(m.fd, -1);
	message_close(&m);
}
END_TEST

/* No descriptor left: every place fails. */
START_TEST(no_place)
{
	struct rlimit old, r;
	int fd, first = dup(1), last = first;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	r = old;
	r.rlim_cur = (rlim_t)first + 8;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &r), 0);
	while ((fd = dup(1)) >= 0)
		last = fd;
	fd = message_open(&m, NULL, &o);
	for (; last >= first; last--)
		close(last);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	ck_assert_int_eq(fd, -1);
	ck_assert_int_eq(o.fault, FAULT_OS);
	ck_assert_int_eq(m.fd, -1);
}
END_TEST

/* A file size limit is the system's no, not a full disk. */
START_TEST(too_large)
{
	struct rlimit r = { 200000, 200000 };
	char *p = mem_alloc(1u << 20);

	signal(SIGXFSZ, SIG_IGN);
	in = mem_alloc(sizeof(*in));
	memset(p, '\n', 1u << 20);
	buf_init(&h, LIMIT_HEADER);
	input_open(in, source(p, 1u << 20), false, 0);
	ck_assert_int_eq(message_open(&m, NULL, &o), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &r), 0);
	ck_assert_int_eq(input_header(in, &h, &o), 0);
	ck_assert_int_eq(message_body(&m, in, h.len, &o), -1);
	ck_assert_int_eq(o.fault, FAULT_OS);
	ck_assert_ptr_nonnull(strstr(o.text, "/var/tmp"));
	free(p);
	close(in->fd);
	clean();
}
END_TEST

/* A file system of 256 kB, where one may be mounted. */
START_TEST(full_disk)
{
	char dir[] = "/tmp/posthorn-fullXXXXXX";
	char *p = mem_alloc(1u << 20);
	int r;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	memset(p, '\n', 1u << 20);
	if (mount("none", dir, "tmpfs", 0, "size=256k") == 0) {
		r = spool(p, 1u << 20, dir, "");
		clean();
		umount2(dir, MNT_DETACH);
		ck_assert_int_eq(r, -1);
		ck_assert_int_eq(o.fault, FAULT_DELAY);
		ck_assert_int_eq(o.verdict, VERDICT_LATER);
		ck_assert_ptr_nonnull(strstr(o.text, dir));
		ck_assert_ptr_nonnull(strstr(o.advice, dir));
	}
	rmdir(dir);
	free(p);
}
END_TEST

/* What fails in the input fails the body, as it is. */
START_TEST(input_fails)
{
	in = mem_alloc(sizeof(*in));
	buf_init(&h, LIMIT_HEADER);
	input_open(in, source(S("A: b\n\ncdefghijkl\n")), false, 10);
	ck_assert_int_eq(message_open(&m, NULL, &o), 0);
	ck_assert_int_eq(input_header(in, &h, &o), 0);
	ck_assert_int_eq(message_body(&m, in, h.len, &o), -1);
	ck_assert_int_eq(o.fault, FAULT_DATA);
	close(in->fd);
	message_close(&m);
	input_open(in, -1, false, 0);
	ck_assert_int_eq(message_open(&m, NULL, &o), 0);
	ck_assert_int_eq(message_body(&m, in, h.len, &o), -1);
	ck_assert_int_eq(o.fault, FAULT_INPUT);
	clean();
}
END_TEST

/* 300 MB through a pipe leave the process as small as it was. */
START_TEST(memory_flat)
{
	struct rusage before, after;
	char line[77];
	int fd[2], i, status;
	FILE *f;
	pid_t pid;

	ck_assert_int_eq(pipe(fd), 0);
	pid = fork();
	if (pid == 0) {
		memset(line, 'x', 76);
		line[76] = '\n';
		close(fd[0]);
		f = fdopen(fd[1], "w");
		fputs("A: b\n\n", f);
		for (i = 0; i < 4000000; i++)
			fwrite(line, 1, 77, f);
		_exit(fclose(f) != 0);
	}
	close(fd[1]);
	in = mem_alloc(sizeof(*in));
	buf_init(&h, LIMIT_HEADER);
	input_open(in, fd[0], false, 0);
	ck_assert_int_eq(message_open(&m, NULL, &o), 0);
	ck_assert_int_eq(input_header(in, &h, &o), 0);
	getrusage(RUSAGE_SELF, &before);
	ck_assert_int_eq(message_body(&m, in, h.len, &o), 0);
	getrusage(RUSAGE_SELF, &after);
	ck_assert_uint_eq(m.body_length, 4000000u * 78);
	ck_assert_int_lt(after.ru_maxrss - before.ru_maxrss, 2048);
	waitpid(pid, &status, 0);
	ck_assert_int_eq(status, 0);
	close(fd[0]);
	clean();
}
END_TEST

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

static Suite *
suite(void)
{
	Suite *s = suite_create("message");
	TCase *t = tcase_create("spool");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, text, 0, COUNT(texts));
	tcase_add_loop_test(t, utf8_anywhere, 0, COUNT(utf8));
	tcase_add_test(t, utf8_cut);
	tcase_add_loop_test(t, sizes, 0, 5);
	tcase_add_test(t, header_grows);
	tcase_add_test(t, header_ceiling);
	tcase_add_test(t, memory_flat);
	suite_add_tcase(s, t);
	t = tcase_create("places");
	tcase_add_loop_test(t, place, 0, 5);
	tcase_add_test(t, closing);
	tcase_add_test(t, no_place);
	tcase_add_test(t, too_large);
	tcase_add_test(t, full_disk);
	tcase_add_test(t, input_fails);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
