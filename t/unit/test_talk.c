/* SPDX-License-Identifier: ISC */
/* Lines and octets of a dialogue's server, over pipes and files. */
#include <sys/mman.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "front/talk.h"
#include "unit.h"

/* Reads from a file of these octets; replies go to another one. */
static struct talk *
talking(const char *text, size_t n)
{
	struct talk *t = mem_alloc(sizeof(*t));
	int in = memfd_create("in", 0), out = memfd_create("out", 0);

	ck_assert_int_eq(file_pwrite(in, text, n, 0), 0);
	talk_open(t, in, out, -1);
	return t;
}

static void
done(struct talk *t)
{
	close(t->in);
	close(t->out);
	talk_close(t);
	free(t);
}

static const struct row {
	const char	*text;
	size_t		 n;
	const char	*want;		/* c, l or x for each line, its text */
} rows[] = {
	{ "NOOP\r\nQUIT\r\n", 12, "c<NOOP>c<QUIT>" },
	{ "NOOP\nQUIT\n", 10, "l<NOOP>l<QUIT>" },
	{ "\r\n\n", 3, "c<>l<>" },
	{ "a\rb\r\r\n", 6, "c<a\rb\r>" },
	{ "a\0b\r\n", 5, "c<a>" },
	{ "NOOP\r\nQUI", 9, "c<NOOP>" },
	{ "NOOP\r", 5, "" },
	{ "", 0, "" },
};

START_TEST(lines)
{
	const struct row *r = &rows[_i];
	struct talk *t = talking(r->text, r->n);
	char line[TALK_LINE + 1], got[256] = "";
	enum talk_line how;
	size_t n, at = 0;

	while ((how = talk_line(t, line, &n)) != TALK_NONE)
		at += (size_t)snprintf(got + at, sizeof(got) - at, "%c<%s>",
		    how == TALK_CRLF ? 'c' : how == TALK_LF ? 'l' : 'x', line);
	ck_assert_str_eq(got, r->want);
	ck_assert_int_eq(t->end, TALK_OVER);
	done(t);
}
END_TEST

/* A line that is too long is dropped, and only that. */
START_TEST(long_lines)
{
	static const size_t sizes[] = { TALK_LINE - 1, TALK_LINE,
		TALK_LINE + 1, TALK_LINE + 2, 65535, 65536, 65537, 300000 };
	const size_t n = sizes[_i];
	char *text = mem_alloc(n + 9), line[TALK_LINE + 1];
	struct talk *t;
	size_t got;

	memset(text, 'x', n);
	memcpy(text + n, "\nQUIT\r\n", 8);
	t = talking(text, n + 7);
	ck_assert_int_eq(talk_line(t, line, &got), n <= TALK_LINE ? TALK_LF :
	    TALK_LONG);
	ck_assert_int_eq(talk_line(t, line, &got), TALK_CRLF);
	ck_assert_str_eq(line, "QUIT");
	ck_assert_uint_eq(t->lines, 2);
	free(text);
	done(t);
}
END_TEST

/* Nothing is written as long as there is input (RFC 2920 section 3.2). */
START_TEST(held_back)
{
	struct talk *t = talking("a\r\nb\r\n", 6);
	char line[TALK_LINE + 1], out[64] = "";
	size_t n;

	ck_assert_int_eq(talk_line(t, line, &n), TALK_CRLF);
	talk_say(t, "250 one");
	ck_assert_int_eq(talk_line(t, line, &n), TALK_CRLF);
	talk_say(t, "250 two");
	ck_assert_int_eq(lseek(t->out, 0, SEEK_END), 0);
	ck_assert_int_eq(talk_line(t, line, &n), TALK_NONE);
	ck_assert_int_eq(file_pread(t->out, out, 18, 0), 0);
	ck_assert_str_eq(out, "250 one\r\n250 two\r\n");
	done(t);
}
END_TEST

/* What a reply may not have in it, and a length it may not have. */
START_TEST(clean)
{
	struct talk *t = talking("", 0);
	char out[TALK_REPLY + 1] = "", line[2000];

	talk_say(t, "250 a\r\n250 b\x7f\xc3\xbc");
	talk_flush(t);
	ck_assert_int_eq(file_pread(t->out, out, 17, 0), 0);
	ck_assert_str_eq(out, "250 a??250 b???\r\n");
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	talk_say(t, line);
	talk_flush(t);
	ck_assert_int_eq(lseek(t->out, 0, SEEK_END), 17 + TALK_REPLY);
	done(t);
}
END_TEST

/* More replies than are kept, and nobody lost. */
START_TEST(many)
{
	struct talk *t = talking("", 0);
	int i;

	for (i = 0; i < 20000; i++)
		talk_say(t, "250 2.0.0 ok");
	talk_flush(t);
	ck_assert_int_eq(lseek(t->out, 0, SEEK_END), 20000 * 14);
	done(t);
}
END_TEST

START_TEST(idle)
{
	char line[TALK_LINE + 1];
	struct talk *t = mem_alloc(sizeof(*t));
	struct outcome o;
	const char *p;
	int fd[2];
	size_t n;

	ck_assert_int_eq(pipe(fd), 0);
	talk_open(t, fd[0], -1, -1);
	t->ms = 50;
	ck_assert_int_eq(write(fd[1], "NOOP", 4), 4);
	ck_assert_int_eq(_i == 0 ? talk_line(t, line, &n) : TALK_NONE,
	    TALK_NONE);
	if (_i == 1) {
		ck_assert_uint_eq(talk_some(t, &p), 4);
		talk_used(t, 4);
		ck_assert_uint_eq(talk_some(t, &p), 0);
	}
	ck_assert_int_eq(t->end, TALK_IDLE);
	talk_why(t, &o);
	ck_assert_ptr_nonnull(strstr(o.text, "for too long"));
	/* Last words are still heard. */
	close(fd[0]);
	close(fd[1]);
	talk_close(t);
	free(t);
}
END_TEST

START_TEST(stopped)
{
	char line[TALK_LINE + 1];
	struct talk *t = mem_alloc(sizeof(*t));
	int fd[2], stop[2];
	size_t n;

	ck_assert_int_eq(pipe(fd), 0);
	ck_assert_int_eq(pipe(stop), 0);
	talk_open(t, fd[0], -1, stop[0]);
	ck_assert_int_eq(write(stop[1], "x", 1), 1);
	ck_assert_int_eq(talk_line(t, line, &n), TALK_NONE);
	ck_assert_int_eq(t->end, TALK_STOPPED);
	talk_close(t);
	free(t);
}
END_TEST

/* A client that has gone, and one that does not read. */
START_TEST(deaf)
{
	struct talk *t = mem_alloc(sizeof(*t));
	struct outcome o;
	int in = open("/dev/null", O_RDONLY), fd[2], i;

	ck_assert_int_eq(pipe(fd), 0);
	talk_open(t, in, fd[1], -1);
	t->ms = 50;
	if (_i == 0)
		close(fd[0]);
	for (i = 0; i < 10000 && t->end == TALK_GOES_ON; i++)
		talk_say(t, "250 2.0.0 ok and some more words to fill it up");
	talk_flush(t);
	ck_assert_int_eq(t->end, _i == 0 ? TALK_DEAF : TALK_IDLE);
	talk_why(t, &o);
	ck_assert_int_eq(o.fault, FAULT_INPUT);
	talk_close(t);
	free(t);
	close(fd[1]);
	close(in);
}
END_TEST

START_TEST(broken)
{
	char line[TALK_LINE + 1];
	struct talk *t = mem_alloc(sizeof(*t));
	int in = open("/", O_RDONLY | O_DIRECTORY);
	struct outcome o;
	size_t n;

	talk_open(t, in, -1, -1);
	ck_assert_int_eq(talk_line(t, line, &n), TALK_NONE);
	ck_assert_int_eq(t->end, TALK_BROKEN);
	talk_why(t, &o);
	ck_assert_ptr_nonnull(strstr(o.text, "directory"));
	talk_close(t);
	free(t);
	close(in);
}
END_TEST

/* A descriptor that does not block gives the same. */
START_TEST(nonblocking)
{
	char line[TALK_LINE + 1];
	struct talk *t = mem_alloc(sizeof(*t));
	int fd[2];
	size_t n;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
	    fd), 0);
	talk_open(t, fd[0], fd[0], -1);
	t->ms = 50;
	ck_assert_int_eq(write(fd[1], "QUIT\r\n", 6), 6);
	ck_assert_int_eq(talk_line(t, line, &n), TALK_CRLF);
	ck_assert_int_eq(talk_line(t, line, &n), TALK_NONE);
	ck_assert_int_eq(t->end, TALK_IDLE);
	talk_say(t, "421 4.4.2 closing");
	talk_flush(t);
	ck_assert_int_eq(read(fd[1], line, 64), 19);
	talk_close(t);
	free(t);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("talk");
	TCase *c = tcase_create("all");

	tcase_add_loop_test(c, lines, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(c, long_lines, 0, 8);
	tcase_add_test(c, held_back);
	tcase_add_test(c, clean);
	tcase_add_test(c, many);
	tcase_add_loop_test(c, idle, 0, 2);
	tcase_add_test(c, stopped);
	tcase_add_loop_test(c, deaf, 0, 2);
	tcase_add_test(c, broken);
	tcase_add_test(c, nonblocking);
	suite_add_tcase(s, c);
	return s;
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	return unit_main(suite());
}
