/* SPDX-License-Identifier: ISC */
/* Streams: lines, ends, deadlines, full pipes, layers. */
#include <sys/socket.h>

#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/stream.h"
#include "unit.h"

#define SOON	clock_deadline(5000)

static struct outcome o;

static void
expect_line(struct stream *s, const char *want, size_t len)
{
	char line[LIMIT_LINE];
	size_t n = 77;

	ck_assert_int_eq(stream_line(s, line, sizeof(line), &n, SOON,
	    STAGE_EHLO, &o), 0);
	ck_assert_uint_eq(n, len);
	ck_assert_mem_eq(line, want, len);
	ck_assert_int_eq(line[n], '\0');
}

static void
expect_end(struct stream *s, const char *words)
{
	char line[64];
	size_t n;

	memset(&o, 0x5a, sizeof(o));
	ck_assert_int_eq(stream_line(s, line, sizeof(line), &n, SOON,
	    STAGE_RCPT, &o), -1);
	ck_assert_str_eq(o.text, words);
	ck_assert_int_eq(o.fault, FAULT_NETWORK);
	ck_assert_int_eq(o.verdict, VERDICT_LATER);
	ck_assert_int_eq(o.scope, SCOPE_HOST);
	ck_assert_int_eq(o.stage, STAGE_RCPT);
	ck_assert(!o.in_doubt);
}

/* A pair of connected sockets; ours non-blocking. */
static struct stream *
pair(int *peer)
{
	int fd[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    fd), 0);
	ck_assert_int_eq(fcntl(fd[0], F_SETFL, O_NONBLOCK), 0);
	*peer = fd[1];
	return stream_socket(fd[0]);
}

/* The same over TCP, which can be reset. */
static struct stream *
tcp_pair(int *peer)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);
	int l = socket(AF_INET, SOCK_STREAM, 0);
	int c = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(l, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(listen(l, 1), 0);
	ck_assert_int_eq(getsockname(l, (struct sockaddr *)&sin, &len), 0);
	ck_assert_int_eq(connect(c, (struct sockaddr *)&sin, len), 0);
	*peer = accept(l, NULL, NULL);
	ck_assert_int_ge(*peer, 0);
	close(l);
	ck_assert_int_eq(fcntl(c, F_SETFL, O_NONBLOCK), 0);
	return stream_socket(c);
}

START_TEST(lines)
{
	static const char in[] = "220 one\r\n221 two\n\r\n\n a\rb\r\r\n"
	    "nul\0in\r\n\r\r\rx\nrest";
	static const size_t chunks[] = { 0, 1, 2, 3, 5, 7, 16 };
	struct stream *s = stream_memory(in, sizeof(in) - 1, chunks[_i], NULL);

	expect_line(s, "220 one", 7);
	expect_line(s, "221 two", 7);
	expect_line(s, "", 0);
	expect_line(s, "", 0);
	expect_line(s, " a\rb\r", 5);
	expect_line(s, "nul\0in", 6);
	expect_line(s, "\r\r\rx", 4);
	expect_end(s, "connection closed by server");
	expect_end(s, "connection closed by server");
	stream_close(s);
}
END_TEST

/* Cut lines: every size of text against every size of room. */
START_TEST(cut_lines)
{
	static const char text[] = "0123456789";
	char in[32], line[16];
	struct stream *s;
	size_t size, len, n, chunk;

	for (size = 1; size < 14; size++)
		for (len = 0; len <= 10; len++)
			for (chunk = 0; chunk < 14; chunk++) {
				snprintf(in, sizeof(in), "%.*s\r\nnext\n",
				    (int)len, text);
				s = stream_memory(in, strlen(in), chunk, NULL);
				memset(line, 'Z', sizeof(line));
				ck_assert_int_eq(stream_line(s, line, size, &n,
				    SOON, STAGE_EHLO, &o), 0);
				ck_assert_uint_eq(n,
				    len < size - 1 ? len : size - 1);
				ck_assert_mem_eq(line, text, n);
				ck_assert_int_eq(line[n], '\0');
				ck_assert_int_eq(line[size], 'Z');
				expect_line(s, "next", 4);
				stream_close(s);
			}
}
END_TEST

/* A CR at the cut is text unless it ends the line. */
START_TEST(cut_at_cr)
{
	char line[4];
	size_t n;
	struct stream *s = stream_memory("abc\rd\r\nab\r\r\n", 12, 0, NULL);

	ck_assert_int_eq(stream_line(s, line, 4, &n, SOON, STAGE_EHLO, &o), 0);
	ck_assert_str_eq(line, "abc");
	ck_assert_int_eq(stream_line(s, line, 4, &n, SOON, STAGE_EHLO, &o), 0);
	ck_assert_str_eq(line, "ab\r");
	stream_close(s);
}
END_TEST

/* Lines around the size of the buffer, the CRLF anywhere in it. */
START_TEST(long_lines)
{
	static const size_t lens[] = { 8190, 8191, 8192, 16381, 16382, 16383,
	    16384, 16385, 16386, 32766, 32767, 32768, 32769, 32770, 100000 };
	size_t len = lens[_i / 3], n, chunk = (size_t[]){ 0, 1, 4099 }[_i % 3];
	char *in = mem_alloc(len + 16), *line = mem_alloc(200000);
	struct stream *s;

	memset(in, 'x', len);
	strcpy(in + len, "\r\n220 ok\r\n");
	s = stream_memory(in, len + 10, chunk, NULL);
	ck_assert_int_eq(stream_line(s, line, 200000, &n, SOON, STAGE_EHLO,
	    &o), 0);
	ck_assert_uint_eq(n, len);
	ck_assert_mem_eq(line, in, len);
	expect_line(s, "220 ok", 6);
	stream_close(s);
	s = stream_memory(in, len + 10, chunk, NULL);
	ck_assert_int_eq(stream_line(s, line, 100, &n, SOON, STAGE_EHLO, &o),
	    0);
	ck_assert_uint_eq(n, 99);
	expect_line(s, "220 ok", 6);
	stream_close(s);
	free(line);
	free(in);
}
END_TEST

START_TEST(endless_line)
{
	size_t len = LIMIT_REPLY_ALL + 3 * LIMIT_LINE * 2, n;
	char *in = mem_alloc(len), line[32];
	struct stream *s;

	memset(in, 'x', len);
	s = stream_memory(in, len, 0, NULL);
	ck_assert_int_eq(stream_line(s, line, sizeof(line), &n, SOON,
	    STAGE_EHLO, &o), -1);
	ck_assert_int_eq(o.fault, FAULT_PROTOCOL);
	ck_assert_int_eq(o.verdict, VERDICT_LATER);
	stream_close(s);
	free(in);
}
END_TEST

START_TEST(unclean_end)
{
	struct stream *s = stream_memory("221 x\r\n221", 10, 0, NULL);

	stream_memory_spoil(s, true, 0);
	expect_line(s, "221 x", 5);
	expect_end(s, "connection cut: closed without a goodbye");
	stream_close(s);
}
END_TEST

/* Small writes wait for the flush; the window is kept. */
START_TEST(window)
{
	struct buf out;
	struct stream *s;
	char block[1000];
	size_t i;

	buf_init(&out, 1u << 22);
	s = stream_memory("", 0, 0, &out);
	memset(block, 'b', sizeof(block));
	for (i = 0; i < LIMIT_FLIGHT / sizeof(block); i++) {
		ck_assert_int_eq(stream_write(s, block, sizeof(block), 0,
		    STAGE_DATA, &o), 0);
		ck_assert_uint_eq(out.len, 0);
	}
	ck_assert_int_eq(stream_write(s, block, sizeof(block), 0, STAGE_DATA,
	    &o), 0);
	ck_assert_uint_ge(out.len, LIMIT_FLIGHT);
	ck_assert_int_eq(stream_flush(s, 0, STAGE_DATA, &o), 0);
	ck_assert_uint_eq(out.len, (i + 1) * sizeof(block));
	ck_assert_uint_le(s->out.cap, LIMIT_FLIGHT + 64);
	stream_close(s);
	buf_free(&out);
}
END_TEST

/* Any mixture of sizes arrives whole and in order. */
START_TEST(order)
{
	struct buf want, out;
	struct stream *s;
	char *block = mem_alloc(300000);
	size_t i, n;

	buf_init(&want, 1u << 25);
	buf_init(&out, 1u << 25);
	s = stream_memory("", 0, 0, &out);
	srand(7);
	for (i = 0; i < 300000; i++)
		block[i] = (char)rand();
	for (i = 0; i < 100; i++) {
		n = (size_t)rand() % (i % 3 == 0 ? 300000 : i % 3 == 1 ?
		    20000 : 100);
		ck_assert_int_eq(buf_add(&want, block + i, n - n / 2), 0);
		ck_assert_int_eq(stream_write(s, block + i, n - n / 2, 0,
		    STAGE_DATA, &o), 0);
	}
	ck_assert_int_eq(stream_flush(s, 0, STAGE_DATA, &o), 0);
	ck_assert_uint_eq(out.len, want.len);
	ck_assert_mem_eq(out.data, want.data, want.len);
	stream_close(s);
	buf_free(&out);
	buf_free(&want);
	free(block);
}
END_TEST

/* After a failed write: never another one, but the server's words. */
START_TEST(dead_memory)
{
	struct buf out;
	struct stream *s;

	buf_init(&out, 100);
	s = stream_memory("421 go away\r\n", 13, 0, &out);
	stream_memory_spoil(s, false, 3);
	ck_assert_int_eq(stream_write(s, "NOOP\r\n", 6, SOON, STAGE_MAIL, &o),
	    0);
	ck_assert_int_eq(stream_flush(s, SOON, STAGE_MAIL, &o), -1);
	ck_assert_str_eq(o.text, "connection closed by server");
	ck_assert_int_eq(o.fault, FAULT_NETWORK);
	ck_assert_int_eq(o.stage, STAGE_MAIL);
	ck_assert(s->dead);
	ck_assert_str_eq(out.data, "NOO");
	stream_memory_spoil(s, false, 100);
	ck_assert_int_eq(stream_write(s, "x", 1, SOON, STAGE_MAIL, &o), -1);
	ck_assert_int_eq(stream_flush(s, SOON, STAGE_MAIL, &o), -1);
	stream_bye(s);
	ck_assert_str_eq(out.data, "NOO");
	expect_line(s, "421 go away", 11);
	expect_end(s, "connection closed by server");
	stream_close(s);
	buf_free(&out);
}
END_TEST

START_TEST(full_memory)
{
	struct buf out;
	struct stream *s;

	buf_init(&out, 4);
	s = stream_memory("", 0, 0, &out);
	ck_assert_int_eq(stream_write(s, "12345", 5, SOON, STAGE_MAIL, &o), 0);
	ck_assert_int_eq(stream_flush(s, SOON, STAGE_MAIL, &o), -1);
	ck_assert_str_eq(o.text,
	    "connection broken: No space left on device");
	stream_close(s);
	buf_free(&out);
}
END_TEST

/* Reset while writing, after it said why: both are found. */
START_TEST(reset)
{
	struct linger hard = { .l_onoff = 1, .l_linger = 0 };
	char block[5000];
	struct stream *s;
	int peer, rc = 0, i;

	s = tcp_pair(&peer);
	ck_assert_int_eq(write(peer, "421 4.3.2 no\r\n", 14), 14);
	setsockopt(peer, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(peer);
	memset(block, 'a', sizeof(block));
	for (i = 0; i < 100 && rc == 0; i++)
		if ((rc = stream_write(s, block, sizeof(block), SOON,
		    STAGE_DATA, &o)) == 0)
			rc = stream_flush(s, SOON, STAGE_DATA, &o);
	ck_assert_int_eq(rc, -1);
	ck_assert_str_eq(o.text, "connection reset by server");
	ck_assert(s->dead);
	expect_line(s, "421 4.3.2 no", 12);
	expect_end(s, "connection reset by server");
	stream_close(s);
}
END_TEST

START_TEST(reset_reading)
{
	struct linger hard = { .l_onoff = 1, .l_linger = 0 };
	struct stream *s;
	int peer;

	s = tcp_pair(&peer);
	setsockopt(peer, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(peer);
	expect_end(s, "connection reset by server");
	stream_close(s);
}
END_TEST

/* No SIGPIPE, whatever its disposition. */
START_TEST(no_sigpipe)
{
	struct stream *s;
	int peer;

	signal(SIGPIPE, SIG_DFL);
	s = pair(&peer);
	close(peer);
	ck_assert_int_eq(stream_write(s, "x", 1, SOON, STAGE_DATA, &o), 0);
	ck_assert_int_eq(stream_flush(s, SOON, STAGE_DATA, &o), -1);
	ck_assert_str_eq(o.text, "connection closed by server");
	expect_end(s, "connection closed by server");
	stream_close(s);
}
END_TEST

START_TEST(deadline_reading)
{
	struct stream *s;
	char line[10];
	size_t n;
	int peer;
	int64_t start = clock_ms();

	s = pair(&peer);
	ck_assert_int_eq(write(peer, "22", 2), 2);
	ck_assert_int_eq(stream_line(s, line, sizeof(line), &n,
	    clock_deadline(80), STAGE_GREETING, &o), -1);
	ck_assert_str_eq(o.text, "timed out waiting for the server");
	ck_assert_int_eq(o.fault, FAULT_NETWORK);
	ck_assert_int_eq(o.stage, STAGE_GREETING);
	ck_assert_int_ge(clock_ms() - start, 79);
	ck_assert_int_lt(clock_ms() - start, 2000);
	/* A line begun is not lost by that. */
	ck_assert_int_eq(write(peer, "0 late\r\n", 8), 8);
	expect_line(s, "220 late", 8);
	close(peer);
	stream_close(s);
}
END_TEST

/* A deadline in the past asks once. */
START_TEST(deadline_past)
{
	struct stream *s;
	char line[10];
	size_t n;
	int peer;

	s = pair(&peer);
	ck_assert_int_eq(stream_line(s, line, sizeof(line), &n, 0,
	    STAGE_GREETING, &o), -1);
	ck_assert_str_eq(o.text, "timed out waiting for the server");
	ck_assert_int_eq(write(peer, "220\r\n", 5), 5);
	ck_assert_int_eq(stream_line(s, line, sizeof(line), &n, 0,
	    STAGE_GREETING, &o), 0);
	ck_assert_int_eq(stream_write(s, "x", 1, 0, STAGE_MAIL, &o), 0);
	ck_assert_int_eq(stream_flush(s, 0, STAGE_MAIL, &o), 0);
	ck_assert_int_eq(read(peer, line, 1), 1);
	close(peer);
	stream_close(s);
}
END_TEST

/* The deadline is the call's, not each octet's. */
struct dripper {
	int	fd;
	int	octets;
};

static void *
drip(void *arg)
{
	const struct dripper *d = arg;
	int i;

	for (i = 0; i < d->octets; i++) {
		usleep(20000);
		if (send(d->fd, "x", 1, MSG_NOSIGNAL) != 1)
			break;
	}
	return NULL;
}

START_TEST(deadline_dripping)
{
	struct dripper d = { .octets = 20 };
	int64_t start = clock_ms();
	struct stream *s;
	pthread_t t;
	char line[64];
	size_t n;

	s = pair(&d.fd);
	pthread_create(&t, NULL, drip, &d);
	ck_assert_int_eq(stream_line(s, line, sizeof(line), &n,
	    clock_deadline(100), STAGE_GREETING, &o), -1);
	ck_assert_str_eq(o.text, "timed out waiting for the server");
	ck_assert_int_lt(clock_ms() - start, 350);
	pthread_join(t, NULL);
	close(d.fd);
	stream_close(s);
}
END_TEST

/* Below, much comes and nothing for us. */
static ssize_t
chatter_read(void *ctx, void *p, size_t n, short *wait)
{
	(void)ctx, (void)p, (void)n;
	*wait = POLLIN;
	errno = EAGAIN;
	return -1;
}

START_TEST(deadline_chatter)
{
	static const struct stream_ops ops = { .read = chatter_read };
	int64_t start = clock_ms();
	struct stream *s;
	char line[64];
	size_t n;
	int fd[2];

	ck_assert_int_eq(pipe(fd), 0);
	ck_assert_int_eq(write(fd[1], "x", 1), 1);
	s = stream_new(&ops, NULL, fd[0]);
	ck_assert_int_eq(stream_line(s, line, sizeof(line), &n,
	    clock_deadline(100), STAGE_GREETING, &o), -1);
	ck_assert_str_eq(o.text, "timed out waiting for the server");
	ck_assert_int_ge(clock_ms() - start, 100);
	stream_close(s);
	close(fd[0]);
	close(fd[1]);
}
END_TEST

START_TEST(deadline_writing)
{
	char *block = mem_alloc(4u << 20);
	int64_t start = clock_ms();
	struct stream *s;
	int peer;

	s = pair(&peer);
	ck_assert_int_eq(stream_write(s, block, 4u << 20, clock_deadline(80),
	    STAGE_DATA, &o), -1);
	ck_assert_str_eq(o.text, "timed out waiting for the server");
	ck_assert_int_eq(o.stage, STAGE_DATA);
	ck_assert_int_ge(clock_ms() - start, 79);
	ck_assert_int_lt(clock_ms() - start, 2000);
	close(peer);
	stream_close(s);
	free(block);
}
END_TEST

/* A peer that will not read before all its own words were taken. */
#define TALK	(LIMIT_LINE * 2)

static void *
talk_then_read(void *arg)
{
	const int *fd = arg;
	char block[65536];
	size_t sent = 0;
	ssize_t n;

	memset(block, 'y', sizeof(block));
	memcpy(block + TALK - 2, "\r\n", 2);
	while (sent < TALK) {
		n = send(*fd, block + sent, TALK - sent, MSG_NOSIGNAL);
		if (n <= 0)
			return NULL;
		sent += (size_t)n;
	}
	while ((n = read(*fd, block, sizeof(block))) > 0)
		;
	return NULL;
}

START_TEST(both_talk)
{
	char *block = mem_alloc(2u << 20), *line = mem_alloc(TALK);
	int64_t end = clock_deadline(20000);
	struct stream *s;
	pthread_t t;
	size_t n;
	int peer, size = 2048;

	s = pair(&peer);
	setsockopt(peer, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	pthread_create(&t, NULL, talk_then_read, &peer);
	ck_assert_int_eq(stream_write(s, block, 2u << 20, end, STAGE_DATA,
	    &o), 0);
	ck_assert_int_eq(stream_flush(s, end, STAGE_DATA, &o), 0);
	ck_assert_uint_gt(stream_pending(s), 0);
	ck_assert_int_eq(stream_line(s, line, TALK, &n, end, STAGE_DATA,
	    &o), 0);
	ck_assert_uint_eq(n, TALK - 2);
	shutdown(s->fd, SHUT_WR);
	pthread_join(t, NULL);
	close(peer);
	stream_close(s);
	free(line);
	free(block);
}
END_TEST

/* With a full input buffer it waits for room to write, and does not spin. */
START_TEST(input_full)
{
	char *block = mem_alloc(4u << 20);
	struct timespec before, after;
	struct stream *s;
	int peer;

	s = pair(&peer);
	memset(block, 'z', 65536);
	ck_assert_int_eq(write(peer, block, 65536), 65536);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	ck_assert_int_eq(stream_write(s, block, 4u << 20, clock_deadline(300),
	    STAGE_DATA, &o), -1);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	ck_assert_str_eq(o.text, "timed out waiting for the server");
	ck_assert_uint_eq(stream_pending(s), sizeof(s->in));
	ck_assert_int_lt((after.tv_sec - before.tv_sec) * 1000 +
	    (after.tv_nsec - before.tv_nsec) / 1000000, 150);
	close(peer);
	stream_close(s);
	free(block);
}
END_TEST

/* The server has closed its side: writing waits without spinning. */
START_TEST(half_closed)
{
	char *block = mem_alloc(4u << 20);
	struct timespec before, after;
	struct stream *s;
	int peer;

	s = pair(&peer);
	shutdown(peer, SHUT_WR);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	ck_assert_int_eq(stream_write(s, block, 4u << 20, clock_deadline(300),
	    STAGE_DATA, &o), -1);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	ck_assert_str_eq(o.text, "timed out waiting for the server");
	ck_assert_int_lt((after.tv_sec - before.tv_sec) * 1000 +
	    (after.tv_nsec - before.tv_nsec) / 1000000, 150);
	close(peer);
	stream_close(s);
	free(block);
}
END_TEST

START_TEST(poke)
{
	struct stream *s;
	int peer;

	s = pair(&peer);
	ck_assert(!stream_poke(s));
	ck_assert_uint_eq(stream_pending(s), 0);
	ck_assert_int_eq(write(peer, "250 x\r\n", 7), 7);
	ck_assert(stream_poke(s));
	ck_assert_uint_eq(stream_pending(s), 7);
	expect_line(s, "250 x", 5);
	ck_assert(!stream_poke(s));
	close(peer);
	ck_assert(stream_poke(s));
	ck_assert_uint_eq(stream_pending(s), 0);
	stream_close(s);
}
END_TEST

static void
on_alarm(int sig)
{
	(void)sig;
}

/* A signal is no end of waiting. */
START_TEST(interrupted)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	int64_t start = clock_ms();
	struct stream *s;
	char line[10];
	size_t n;
	int peer;

	s = pair(&peer);
	sigaction(SIGALRM, &sa, NULL);
	ualarm(30000, 10000);
	ck_assert_int_eq(stream_line(s, line, sizeof(line), &n,
	    clock_deadline(150), STAGE_GREETING, &o), -1);
	ualarm(0, 0);
	ck_assert_str_eq(o.text, "timed out waiting for the server");
	ck_assert_int_ge(clock_ms() - start, 149);
	close(peer);
	stream_close(s);
}
END_TEST

START_TEST(waits)
{
	int fd[2];

	ck_assert_int_eq(pipe(fd), 0);
	ck_assert_int_eq(stream_wait(fd[0], POLLIN, 0), -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
	ck_assert_int_eq(stream_wait(fd[1], POLLOUT, 0), 0);
	ck_assert_int_eq(write(fd[1], "x", 1), 1);
	ck_assert_int_eq(stream_wait(fd[0], POLLIN, SOON), 0);
	ck_assert_int_eq(stream_wait(-1, POLLIN, SOON), -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
	close(fd[0]);
	close(fd[1]);
	ck_assert_int_eq(stream_wait(fd[0], POLLIN, SOON), -1);
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

/* A layer in the manner of TLS: turns letters, wants to read to write. */
struct layer {
	struct stream	*s;
	const struct stream_ops *below;
	void		*below_ctx;
	struct buf	 held;
	int		 refusals;
	int		*closed;
	const char	*words;
};

static ssize_t
layer_read(void *ctx, void *p, size_t n, short *wait)
{
	struct layer *l = ctx;
	char *c = p;
	ssize_t i, k = l->below->read(l->below_ctx, p, n, wait);

	for (i = 0; i < k; i++)
		c[i] = (char)(c[i] ^ 1);
	return k;
}

static ssize_t
layer_write(void *ctx, const void *p, size_t n, short *wait)
{
	struct layer *l = ctx;

	if (l->refusals-- > 0) {
		*wait = POLLIN;
		errno = EAGAIN;
		return -1;
	}
	if (l->words != NULL) {
		errno = EPROTO;
		return -1;
	}
	buf_add(&l->held, p, n);
	return (ssize_t)n;
}

static int
layer_flush(void *ctx, short *wait)
{
	struct layer *l = ctx;
	ssize_t k;

	while (l->held.len > 0) {
		k = l->below->write(l->below_ctx, l->held.data, l->held.len,
		    wait);
		if (k == -1)
			return -1;
		buf_drop(&l->held, (size_t)k);
	}
	return 0;
}

static const char *
layer_why(void *ctx)
{
	return ((struct layer *)ctx)->words;
}

static void
layer_bye(void *ctx)
{
	buf_puts(&((struct layer *)ctx)->held, "<bye>");
}

static void
layer_close(void *ctx)
{
	struct layer *l = ctx;

	++*l->closed;
	if (l->below->close != NULL)
		l->below->close(l->below_ctx);
	buf_free(&l->held);
	free(l);
}

static const struct stream_ops layer_ops = {
	.read = layer_read, .write = layer_write, .flush = layer_flush,
	.why = layer_why, .bye = layer_bye, .close = layer_close,
};

static struct layer *
layer_on(struct stream *s, int *closed)
{
	struct layer *l = mem_alloc(sizeof(*l));

	l->below = s->ops;
	l->below_ctx = s->ctx;
	l->closed = closed;
	buf_init(&l->held, 1u << 20);
	stream_layer(s, &layer_ops, l);
	return l;
}

START_TEST(layered)
{
	struct stream *s;
	struct layer *l;
	char got[64];
	int peer, closed = 0;

	s = pair(&peer);
	l = layer_on(s, &closed);
	ck_assert_int_eq(write(peer, "334\013", 4), 4);
	expect_line(s, "225", 3);
	ck_assert_int_eq(stream_write(s, "QUIT\r\n", 6, SOON, STAGE_QUIT, &o),
	    0);
	stream_bye(s);
	ck_assert_str_eq(l->held.data, "QUIT\r\n<bye>");
	ck_assert_int_eq(stream_flush(s, SOON, STAGE_QUIT, &o), 0);
	ck_assert_int_eq(read(peer, got, sizeof(got)), 11);
	ck_assert_mem_eq(got, "QUIT\r\n<bye>", 11);
	stream_close(s);
	ck_assert_int_eq(closed, 1);
	ck_assert_int_eq(read(peer, got, 1), 0);
	close(peer);
}
END_TEST

START_TEST(layer_wants_to_read)
{
	struct stream *s;
	struct layer *l;
	int peer, closed = 0;

	s = pair(&peer);
	l = layer_on(s, &closed);
	l->refusals = 1;
	ck_assert_int_eq(stream_write(s, "x", 1, SOON, STAGE_MAIL, &o), 0);
	ck_assert_int_eq(stream_flush(s, clock_deadline(30), STAGE_MAIL, &o),
	    -1);
	ck_assert_str_eq(o.text, "timed out waiting for the server");
	ck_assert(!s->dead);
	l->refusals = 1;
	ck_assert_int_eq(write(peer, "y", 1), 1);
	ck_assert_int_eq(stream_flush(s, SOON, STAGE_MAIL, &o), 0);
	l->refusals = 1000000000;
	stream_poke(s);
	ck_assert_int_eq(stream_write(s, "x", 1, SOON, STAGE_MAIL, &o), 0);
	stream_bye(s);		/* would have to wait: left out */
	ck_assert_uint_eq(l->held.len, 0);
	close(peer);
	stream_close(s);
	ck_assert_int_eq(closed, 1);
}
END_TEST

START_TEST(layer_words)
{
	struct stream *s;
	struct layer *l;
	int peer, closed = 0;

	s = pair(&peer);
	l = layer_on(s, &closed);
	l->words = "decryption failed\x01\xff";
	ck_assert_int_eq(stream_write(s, "x", 1, SOON, STAGE_MAIL, &o), 0);
	ck_assert_int_eq(stream_flush(s, SOON, STAGE_MAIL, &o), -1);
	ck_assert_str_eq(o.text, "connection broken: decryption failed??");
	close(peer);
	stream_close(s);
}
END_TEST

START_TEST(layer_asserts)
{
	int peer, closed = 0;
	struct stream *s = pair(&peer);

	if (_i == 0) {
		ck_assert_int_eq(write(peer, "injected\r\n", 10), 10);
		ck_assert(stream_poke(s));
	} else
		ck_assert_int_eq(stream_write(s, "x", 1, SOON, STAGE_MAIL,
		    &o), 0);
	layer_on(s, &closed);
}
END_TEST

START_TEST(close_null)
{
	stream_close(NULL);
}
END_TEST

static Suite *
stream_suite(void)
{
	Suite *suite = suite_create("stream");
	TCase *t = tcase_create("lines");

	tcase_add_loop_test(t, lines, 0, 7);
	tcase_add_test(t, cut_lines);
	tcase_add_test(t, cut_at_cr);
	tcase_add_loop_test(t, long_lines, 0, 45);
	tcase_add_test(t, endless_line);
	tcase_add_test(t, unclean_end);
	suite_add_tcase(suite, t);
	t = tcase_create("writing");
	tcase_add_test(t, window);
	tcase_add_test(t, order);
	tcase_add_test(t, dead_memory);
	tcase_add_test(t, full_memory);
	tcase_add_test(t, reset);
	tcase_add_test(t, reset_reading);
	tcase_add_test(t, no_sigpipe);
	suite_add_tcase(suite, t);
	t = tcase_create("waiting");
	tcase_set_timeout(t, 30);
	tcase_add_test(t, deadline_reading);
	tcase_add_test(t, deadline_past);
	tcase_add_test(t, deadline_dripping);
	tcase_add_test(t, deadline_chatter);
	tcase_add_test(t, deadline_writing);
	tcase_add_test(t, both_talk);
	tcase_add_test(t, input_full);
	tcase_add_test(t, half_closed);
	tcase_add_test(t, poke);
	tcase_add_test(t, interrupted);
	tcase_add_test(t, waits);
	suite_add_tcase(suite, t);
	t = tcase_create("layers");
	tcase_add_test(t, layered);
	tcase_add_test(t, layer_wants_to_read);
	tcase_add_test(t, layer_words);
	tcase_add_loop_test_raise_signal(t, layer_asserts, SIGABRT, 0, 2);
	tcase_add_test(t, close_null);
	suite_add_tcase(suite, t);
	return suite;
}

int
main(void)
{
	return unit_main(stream_suite());
}
