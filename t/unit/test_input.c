/* SPDX-License-Identifier: ISC */
/* Standard input made into lines: every kind of line end and descriptor. */
#include <sys/socket.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "mail/input.h"
#include "unit.h"

#define ROOM	(2 * LIMIT_INPUT + 4)

struct result {
	struct buf	h, b;
	struct outcome	o;
	int		r;
	bool		ended, after_dot, from_dropped;
	uint64_t	taken, nul;
};

/* Reads all of fd; r is the first call's failure. */
static void
take_all(struct result *res, int fd, bool dot, uint64_t max)
{
	struct input *in = mem_alloc(sizeof(*in));
	char *out = mem_alloc(ROOM);
	size_t n = 1;

	memset(res, 0, sizeof(*res));
	buf_init(&res->h, LIMIT_HEADER);
	buf_init(&res->b, 256u << 20);
	input_open(in, fd, dot, max);
	res->r = input_header(in, &res->h, &res->o);
	while (res->r == 0 && n > 0) {
		res->r = input_body(in, out, ROOM, &n, &res->o);
		if (res->r == 0)
			ck_assert_int_eq(buf_add(&res->b, out, n), 0);
	}
	res->ended = in->ended;
	res->from_dropped = in->from_dropped;
	res->taken = in->taken;
	res->nul = in->nul;
	if (res->r == 0)
		input_drain(in);
	res->after_dot = in->after_dot;
	free(out);
	free(in);
}

static void
result_free(struct result *res)
{
	buf_free(&res->h);
	buf_free(&res->b);
}

/* A writer in another process, in pieces of `piece` octets (0: all). */
static pid_t
writer(int fd, int other, const char *p, size_t n, size_t piece)
{
	pid_t pid = fork();

	if (pid != 0) {
		close(fd);
		return pid;
	}
	signal(SIGPIPE, SIG_DFL);
	close(other);
	while (n > 0) {
		size_t k = piece == 0 || piece > n ? n : piece;
		ssize_t w = write(fd, p, k);

		if (w < 0)
			_exit(1);
		p += w;
		n -= (size_t)w;
	}
	_exit(0);
}

/* Packets keep their borders, so each read gets exactly one piece; they fit
 * into the socket when the text is short. */
static void
take_text(struct result *res, const char *p, size_t n, size_t piece, bool dot)
{
	int fd[2];
	size_t i, k;

	ck_assert_uint_lt(n, 250);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd), 0);
	for (i = 0; i < n; i += k) {
		k = piece == 0 || piece > n - i ? n - i : piece;
		ck_assert_int_eq(send(fd[1], p + i, k, MSG_DONTWAIT),
		    (ssize_t)k);
	}
	close(fd[1]);
	take_all(res, fd[0], dot, 0);
	close(fd[0]);
}

static void
take_big(struct result *res, const char *p, size_t n, size_t piece, bool dot)
{
	int fd[2];
	pid_t pid;

	ck_assert_int_eq(pipe(fd), 0);
	pid = writer(fd[1], fd[0], p, n, piece);
	take_all(res, fd[0], dot, 0);
	close(fd[0]);
	waitpid(pid, NULL, 0);
}

#define S(s)	s, sizeof(s) - 1

static const struct {
	const char	*in;
	size_t		 n;
	bool		 dot;
	const char	*h, *b;
} texts[] = {
	/* line ends */
	{ S("A: b\n\nc\n"), false, "A: b\r\n", "c\r\n" },
	{ S("A: b\r\n\r\nc\r\n"), false, "A: b\r\n", "c\r\n" },
	{ S("A: b\r\nC: d\r\n\nc\nd\r\ne"), false, "A: b\r\nC: d\r\n",
	    "c\r\nd\r\ne\r\n" },
	{ S("A: b\r\r\n\r\r\r\nc\r\r\r\nd\r\r\n"), false, "A: b\r\n",
	    "c\r\nd\r\n" },
	{ S("A: b\n\r\nc"), false, "A: b\r\n", "c\r\n" },
	{ S("A: b\n\na\rb\rc\n"), false, "A: b\r\n", "a\r\nb\r\nc\r\n" },
	{ S("A: b\n\na\r\rb"), false, "A: b\r\n", "a\r\n\r\nb\r\n" },
	{ S("A: b\n\na\r"), false, "A: b\r\n", "a\r\n" },
	{ S("A: b\n\n\r"), false, "A: b\r\n", "\r\n" },
	{ S("A: b\rc\r\rd\n\ne\n"), false, "A: b c  d\r\n", "e\r\n" },
	{ S("A: b\rBcc: x\r\n\r\n"), false, "A: b Bcc: x\r\n", "" },
	{ S("A: b\n\r\rc: d\n\ne\n"), false, "A: b\r\n  c: d\r\n", "e\r\n" },
	{ S("A: b\r"), false, "A: b\r\n", "" },
	{ S("A: b\r\n\r"), false, "A: b\r\n", "" },
	{ S("A: b\n\n\n\n"), false, "A: b\r\n", "\r\n\r\n" },
	/* NUL is as if it were not there */
	{ S("A\0: b\r\0\n\0\n.\0\nc\0\0\r\0\nd"), false, "A: b\r\n",
	    ".\r\nc\r\nd\r\n" },
	{ S("\0\0\0"), false, "", "" },
	{ S("A: b\n\n.\0\nc"), true, "A: b\r\n", "" },
	/* parts that are missing */
	{ S(""), false, "", "" },
	{ S(""), true, "", "" },
	{ S("\n"), false, "", "" },
	{ S("\r\n"), true, "", "" },
	{ S("\nA: b\n"), false, "", "A: b\r\n" },
	{ S("A: b"), false, "A: b\r\n", "" },
	{ S("A: b\n c\n\td"), false, "A: b\r\n c\r\n\td\r\n", "" },
	{ S("hello\n"), false, "", "hello\r\n" },
	{ S("hello"), false, "", "hello\r\n" },
	{ S("hello world: x\nA: b\n"), false, "", "hello world: x\r\nA: b\r\n" },
	{ S(" A: b\n"), false, "", " A: b\r\n" },
	{ S(": b\n"), false, "", ": b\r\n" },
	{ S("A: b\noops\nC: d\n"), false, "A: b\r\n", "oops\r\nC: d\r\n" },
	{ S("A: b\n--mark\n\nx\n"), false, "A: b\r\n", "--mark\r\n\r\nx\r\n" },
	{ S("\xc3\xa4: b\n"), false, "", "\xc3\xa4: b\r\n" },
	/* blanks, even folded, before the colon */
	{ S("A : b\n\nc\n"), false, "A : b\r\n", "c\r\n" },
	{ S("A\n : b\n\nc\n"), false, "A\r\n : b\r\n", "c\r\n" },
	{ S("A \r\n\t : b\n\nc\n"), false, "A \r\n\t : b\r\n", "c\r\n" },
	{ S("A\n b\n\nc\n"), false, "", "A\r\n b\r\n\r\nc\r\n" },
	{ S("A\n "), false, "", "A\r\n \r\n" },
	{ S("A: b\nC"), false, "A: b\r\n", "C\r\n" },
	/* mbox */
	{ S("From root Sat Jan  1 00:00:00 2000\nA: b\n\nc\n"), false,
	    "A: b\r\n", "c\r\n" },
	{ S("From root\r\nhello\n"), false, "", "hello\r\n" },
	{ S("From root"), false, "", "" },
	{ S("From: root\nFrom x\n"), false, "From: root\r\n", "From x\r\n" },
	{ S("From : root\n\nx"), false, "From : root\r\n", "x\r\n" },
	{ S("From a\nFrom b\nA: b\n"), false, "", "From b\r\nA: b\r\n" },
	/* the lone dot */
	{ S("A: b\n\nc\n.\nd\n"), true, "A: b\r\n", "c\r\n" },
	{ S("A: b\n\nc\n.\nd\n"), false, "A: b\r\n", "c\r\n.\r\nd\r\n" },
	{ S("A: b\n\nc\r\n.\r\nd\n"), true, "A: b\r\n", "c\r\n" },
	{ S("A: b\n\nc\n.\r\r\nd\n"), true, "A: b\r\n", "c\r\n" },
	{ S("A: b\n\nc\n."), true, "A: b\r\n", "c\r\n" },
	{ S("A: b\n\nc\n.\r"), true, "A: b\r\n", "c\r\n" },
	{ S("A: b\n\n.\nd"), true, "A: b\r\n", "" },
	{ S("A: b\n.\nd"), true, "A: b\r\n", "" },
	{ S(".\nd"), true, "", "" },
	{ S("."), true, "", "" },
	{ S("."), false, "", ".\r\n" },
	{ S("A: b\n\n..\n...\n..x\n.y\n"), true, "A: b\r\n",
	    ".\r\n..\r\n.x\r\n.y\r\n" },
	{ S("A: b\n\n..\n...\n"), false, "A: b\r\n", "..\r\n...\r\n" },
	{ S("..\n"), true, "", ".\r\n" },
	{ S("..A: b\n\n"), true, ".A: b\r\n", "" },
	{ S("..A: b\n\n"), false, "..A: b\r\n", "" },
	{ S(".A: b\n\n.x"), true, ".A: b\r\n", ".x\r\n" },
	{ S("A: b\n\nc.\n.d.\n"), true, "A: b\r\n", "c.\r\n.d.\r\n" },
	/* a CR alone makes no line that a dot could be alone on */
	{ S("A: b\n\nc\r.\nd\n"), true, "A: b\r\n", "c\r\n.\r\nd\r\n" },
	{ S("A: b\n\n.\rd\n"), true, "A: b\r\n", ".\r\nd\r\n" },
	{ S("A: b\n\n.\r\rd\n.\n"), true, "A: b\r\n", ".\r\n\r\nd\r\n" },
	{ S("A: b\n\nc\r..\n"), true, "A: b\r\n", "c\r\n..\r\n" },
	/* what a lax server could take for an end of data */
	{ S("A: b\n\nc\n.\rMAIL FROM:<x>\r.\r\nd\n"), false, "A: b\r\n",
	    "c\r\n.\r\nMAIL FROM:<x>\r\n.\r\nd\r\n" },
};

static void
is_text(const struct buf *b, const char *want)
{
	ck_assert_str_eq(b->data, want);
	ck_assert_uint_eq(b->len, strlen(want));
}

START_TEST(text)
{
	struct result res;
	size_t piece;

	for (piece = 0; piece <= texts[_i].n && piece < 40; piece++) {
		take_text(&res, texts[_i].in, texts[_i].n, piece,
		    texts[_i].dot);
		ck_assert_int_eq(res.r, 0);
		ck_assert(res.ended);
		is_text(&res.h, texts[_i].h);
		is_text(&res.b, texts[_i].b);
		result_free(&res);
	}
}
END_TEST

/* Octets that the rules speak of, in random order. */
static size_t
hostile(char *p, size_t max, unsigned *seed)
{
	static const char set[] = "\r\n\r\n..:a \t\0\xc3";
	size_t i, n = (size_t)rand_r(seed) % max;

	for (i = 0; i < n; i++)
		p[i] = set[(size_t)rand_r(seed) % (sizeof(set) - 1)];
	return n;
}

/* No NUL; CR and LF only as CRLF; the last line has its end. */
static void
is_wire(const struct buf *b)
{
	size_t i, bad = 0;

	for (i = 0; i < b->len; i++)
		if (b->data[i] == '\0' ||
		    (b->data[i] == '\n' && (i == 0 || b->data[i - 1] != '\r')) ||
		    (b->data[i] == '\r' && b->data[i + 1] != '\n'))
			bad++;
	ck_assert_uint_eq(bad, 0);
	ck_assert(b->len == 0 || b->data[b->len - 1] == '\n');
}

/* Any cut into reads gives the same. */
START_TEST(cuts)
{
	char octets[200];
	unsigned seed = (unsigned)_i + 1;
	size_t n = hostile(octets, sizeof(octets), &seed), piece;
	bool dot = _i % 2 == 0;
	struct result whole, res;

	take_text(&whole, octets, n, 0, dot);
	ck_assert_int_eq(whole.r, 0);
	is_wire(&whole.h);
	is_wire(&whole.b);
	for (piece = 1; piece < n; piece += 1 + (size_t)rand_r(&seed) % 9) {
		take_text(&res, octets, n, piece, dot);
		ck_assert_int_eq(res.r, 0);
		ck_assert_uint_eq(res.h.len, whole.h.len);
		ck_assert_mem_eq(res.h.data, whole.h.data, whole.h.len);
		ck_assert_uint_eq(res.b.len, whole.b.len);
		ck_assert_mem_eq(res.b.data, whole.b.data, whole.b.len);
		if (!dot) {
			ck_assert_uint_eq(res.taken, n);
			ck_assert_uint_eq(res.nul, whole.nul);
		}
		result_free(&res);
	}
	result_free(&whole);
}
END_TEST

START_TEST(facts)
{
	struct result res;

	take_text(&res, S("From x\nA: b\n\nc\0\0d\n.\n\n"), 0, true);
	ck_assert(res.from_dropped && res.after_dot);
	ck_assert_uint_eq(res.nul, 2);
	ck_assert_uint_eq(res.taken, 20);
	result_free(&res);
	take_text(&res, S("A: b\n\nc\n.\n"), 0, true);
	ck_assert(!res.from_dropped && !res.after_dot);
	result_free(&res);
	take_text(&res, S("A: b\n\nc\n.\nd"), 10, true);
	ck_assert(res.after_dot);
	result_free(&res);
}
END_TEST

static char *
big(size_t n, const char *pattern)
{
	char *p = mem_alloc(n + 1);
	size_t i, k = strlen(pattern);

	for (i = 0; i < n; i++)
		p[i] = pattern[i % k];
	return p;
}

START_TEST(big_header)
{
	struct result res;
	char *p = big(5u << 20, "X-Long: 123456789012345678901234567890\n");

	take_big(&res, p, 5u << 20, 0, true);
	ck_assert_int_eq(res.r, 0);
	ck_assert_uint_gt(res.h.len, 5u << 20);
	is_wire(&res.h);
	result_free(&res);
	free(p);
	/* one field of 5 MB on one line, with CRs all over */
	p = big(5u << 20, "a\r");
	memcpy(p, "A: ", 3);
	take_big(&res, p, 5u << 20, 0, false);
	ck_assert_int_eq(res.r, 0);
	ck_assert_uint_eq(res.b.len, 0);
	ck_assert_ptr_null(memchr(res.h.data, '\r', res.h.len - 2));
	result_free(&res);
	free(p);
}
END_TEST

START_TEST(header_ceiling)
{
	struct result res;
	char *p = big((LIMIT_HEADER) + 10, "X: 345678901234567\n");

	take_big(&res, p, (LIMIT_HEADER) + 10, 0, false);
	ck_assert_int_eq(res.r, -1);
	ck_assert_int_eq(res.o.fault, FAULT_DATA);
	ck_assert_ptr_nonnull(strstr(res.o.text, "header"));
	result_free(&res);
	free(p);
}
END_TEST

START_TEST(big_lines)
{
	static const char *const patterns[] = { "x", "x\r", "x\n", "\r", "\n",
	    ".\n", "..\n", "x\xc3\xa4 ", "x\r\n" };
	size_t n = 3u << 20;
	char *p = big(n, patterns[_i]);
	struct result res, cut;

	take_big(&res, p, n, 0, false);
	take_big(&cut, p, n, 7777, false);
	ck_assert_int_eq(res.r, 0);
	ck_assert_uint_eq(res.taken, n);
	ck_assert_uint_eq(res.h.len, 0);
	is_wire(&res.b);
	ck_assert_uint_eq(res.b.len, cut.b.len);
	ck_assert_mem_eq(res.b.data, cut.b.data, res.b.len);
	if (strchr(patterns[_i], '\n') == NULL && patterns[_i][0] != '\r')
		ck_assert_uint_ge(res.b.len, n);
	result_free(&res);
	result_free(&cut);
	free(p);
}
END_TEST

/* 3 MiB of CRs: many line ends of their own, or one. */
START_TEST(long_run)
{
	size_t n = 3u << 20;
	char *p = big(n, "\r");
	struct result res;

	memcpy(p, "\n.", 2);
	memcpy(p + n - 1, _i == 0 ? "x" : "\n", 1);
	take_big(&res, p, n, 0, true);
	ck_assert_int_eq(res.r, 0);
	ck_assert_uint_eq(res.b.len, _i == 0 ? 1 + 2 * (n - 3) + 3 : 0);
	if (_i == 0)
		ck_assert_mem_eq(res.b.data, ".\r\n\r\n", 5);
	is_wire(&res.b);
	result_free(&res);
	free(p);
}
END_TEST

START_TEST(max_size)
{
	char *p = big(300000, "0123456789\n");
	struct result res;
	int fd[2];
	pid_t pid;

	memcpy(p, "A: b\n\n", 6);
	ck_assert_int_eq(pipe(fd), 0);
	pid = writer(fd[1], fd[0], p, 300000, 0);
	take_all(&res, fd[0], false, 300000);
	ck_assert_int_eq(res.r, 0);
	close(fd[0]);
	waitpid(pid, NULL, 0);
	result_free(&res);

	ck_assert_int_eq(pipe(fd), 0);
	pid = writer(fd[1], fd[0], p, 300000, 0);
	take_all(&res, fd[0], false, 100000);
	ck_assert_int_eq(res.r, -1);
	ck_assert_int_eq(res.o.fault, FAULT_DATA);
	ck_assert_uint_eq(res.o.enhanced[0], 5);
	ck_assert_ptr_nonnull(strstr(res.o.text, "100000"));
	ck_assert_uint_le(res.taken, 100000 + LIMIT_INPUT);
	close(fd[0]);
	waitpid(pid, NULL, 0);
	result_free(&res);
	free(p);
}
END_TEST

/* The ceiling holds for NULs, for a header alone, and stops at the dot. */
START_TEST(max_odd)
{
	static const char nul[200];
	struct result res;
	int fd[2];

	ck_assert_int_eq(pipe(fd), 0);
	ck_assert_int_eq(write(fd[1], nul, 200), 200);
	close(fd[1]);
	take_all(&res, fd[0], false, 100);
	ck_assert_int_eq(res.r, -1);
	close(fd[0]);
	result_free(&res);

	ck_assert_int_eq(pipe(fd), 0);
	ck_assert_int_eq(write(fd[1], "A: bcdefghijk\n", 14), 14);
	close(fd[1]);
	take_all(&res, fd[0], false, 13);
	ck_assert_int_eq(res.r, -1);
	close(fd[0]);
	result_free(&res);

	ck_assert_int_eq(pipe(fd), 0);
	ck_assert_int_eq(write(fd[1], "A: b\n\nc\n.\nmuch more", 19), 19);
	close(fd[1]);
	take_all(&res, fd[0], true, 10);
	ck_assert_int_eq(res.r, 0);
	close(fd[0]);
	result_free(&res);
}
END_TEST

START_TEST(regular_file)
{
	FILE *f = tmpfile();
	struct result res;

	fputs("before\nA: b\n\nc\n", f);
	fflush(f);
	lseek(fileno(f), 7, SEEK_SET);
	take_all(&res, fileno(f), true, 0);
	ck_assert_int_eq(res.r, 0);
	is_text(&res.h, "A: b\r\n");
	is_text(&res.b, "c\r\n");
	fclose(f);
	result_free(&res);
}
END_TEST

/* A writer that takes its time, and a descriptor that does not wait. */
START_TEST(non_blocking)
{
	struct result res;
	int fd[2];
	pid_t pid;

	ck_assert_int_eq(pipe(fd), 0);
	ck_assert_int_ne(fcntl(fd[0], F_SETFL, O_NONBLOCK), -1);
	pid = fork();
	if (pid == 0) {
		usleep(20000);
		if (write(fd[1], "A: b\n\nc", 7) != 7)
			_exit(1);
		usleep(20000);
		_exit(write(fd[1], "d\n", 2) != 2);
	}
	close(fd[1]);
	take_all(&res, fd[0], true, 0);
	ck_assert_int_eq(res.r, 0);
	is_text(&res.b, "cd\r\n");
	close(fd[0]);
	waitpid(pid, NULL, 0);
	result_free(&res);
}
END_TEST

START_TEST(terminal)
{
	struct result res;
	int m = posix_openpt(O_RDWR | O_NOCTTY), s;

	ck_assert_int_ge(m, 0);
	ck_assert_int_eq(grantpt(m), 0);
	ck_assert_int_eq(unlockpt(m), 0);
	s = open(ptsname(m), O_RDWR | O_NOCTTY);
	ck_assert_int_ge(s, 0);
	ck_assert_int_eq(write(m, "A: b\n\nc\n.\n", 10), 10);
	take_all(&res, s, true, 0);	/* the dot ends it, nothing waits */
	ck_assert_int_eq(res.r, 0);
	is_text(&res.b, "c\r\n");
	result_free(&res);
	ck_assert_int_eq(write(m, "A: b\n\nc\n\004", 9), 9);
	take_all(&res, s, true, 0);
	ck_assert_int_eq(res.r, 0);
	is_text(&res.b, "c\r\n");
	result_free(&res);
	close(s);
	close(m);
}
END_TEST

static void
is_input_fault(int fd)
{
	struct result res;

	take_all(&res, fd, false, 0);
	ck_assert_int_eq(res.r, -1);
	ck_assert_int_eq(res.o.fault, FAULT_INPUT);
	ck_assert_int_eq(res.o.stage, STAGE_INPUT);
	ck_assert_ptr_nonnull(strstr(res.o.text, "standard input"));
	ck_assert(!res.ended);
	result_free(&res);
}

START_TEST(read_errors)
{
	int fd = open("/", O_RDONLY);

	is_input_fault(fd);		/* EISDIR */
	close(fd);
	is_input_fault(fd);		/* EBADF: closed */
	fd = open("/dev/null", O_WRONLY);
	is_input_fault(fd);		/* EBADF: not for reading */
	close(fd);
}
END_TEST

/* A master's end that went away: some octets, then EIO, never the end. */
START_TEST(read_error_late)
{
	int m = posix_openpt(O_RDWR | O_NOCTTY), s;

	ck_assert_int_eq(grantpt(m), 0);
	ck_assert_int_eq(unlockpt(m), 0);
	s = open(ptsname(m), O_RDWR | O_NOCTTY);
	ck_assert_int_ge(s, 0);
	ck_assert_int_eq(write(s, _i == 0 ? "A: b\n" : "A: b\n\nbody\n",
	    _i == 0 ? 5 : 11), _i == 0 ? 5 : 11);
	close(s);
	is_input_fault(m);
	close(m);
}
END_TEST

/* The caller holds the pipe open behind the dot: we do not wait for it. */
START_TEST(open_after_dot)
{
	struct result res;
	int fd[2];

	ck_assert_int_eq(pipe(fd), 0);
	ck_assert_int_eq(write(fd[1], "A: b\n\nc\n.\n", 10), 10);
	take_all(&res, fd[0], true, 0);
	ck_assert_int_eq(res.r, 0);
	ck_assert(!res.after_dot);
	close(fd[0]);
	close(fd[1]);
	result_free(&res);
}
END_TEST

/* A caller that goes on writing is not killed, up to a point. */
START_TEST(drains)
{
	char *p = big(500000, "much\n");
	struct result res;
	int fd[2], status;
	pid_t pid;

	memcpy(p, "A: b\n\nc\n.\n", 10);
	ck_assert_int_eq(pipe(fd), 0);
	pid = writer(fd[1], fd[0], p, 500000, 0);
	take_all(&res, fd[0], true, 0);
	is_text(&res.b, "c\r\n");
	ck_assert(res.after_dot);
	waitpid(pid, &status, 0);
	ck_assert_int_eq(status, 0);
	close(fd[0]);
	result_free(&res);
	free(p);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("input");
	TCase *t = tcase_create("lines");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, text, 0, sizeof(texts) / sizeof(texts[0]));
	tcase_add_loop_test(t, cuts, 0, 60);
	tcase_add_test(t, facts);
	suite_add_tcase(s, t);
	t = tcase_create("sizes");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, big_header);
	tcase_add_test(t, header_ceiling);
	tcase_add_loop_test(t, big_lines, 0, 9);
	tcase_add_loop_test(t, long_run, 0, 2);
	tcase_add_test(t, max_size);
	tcase_add_test(t, max_odd);
	suite_add_tcase(s, t);
	t = tcase_create("descriptors");
	tcase_add_test(t, regular_file);
	tcase_add_test(t, non_blocking);
	tcase_add_test(t, terminal);
	tcase_add_test(t, read_errors);
	tcase_add_loop_test(t, read_error_late, 0, 2);
	tcase_add_test(t, open_after_dot);
	tcase_add_test(t, drains);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
