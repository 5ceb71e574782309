/* SPDX-License-Identifier: ISC */
/* Connecting: the race, its failures, source addresses, unix: sockets. */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/connect.h"
#include "unit.h"

static struct outcome o;
static struct endpoints ends;
static struct endpoint peer;
static char dir[] = "/tmp/test_connect.XXXXXX";

static int
open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	if (d == NULL)
		return 0;
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static struct endpoint *
add(const char *addr, int port)
{
	struct endpoint *e = &ends.e[ends.n++];
	struct sockaddr_in *four = (struct sockaddr_in *)&e->addr;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&e->addr;

	memset(e, 0, sizeof(*e));
	if (inet_pton(AF_INET, addr, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons((uint16_t)port);
		e->len = sizeof(*four);
	} else {
		ck_assert_int_eq(inet_pton(AF_INET6, addr, &six->sin6_addr),
		    1);
		six->sin6_family = AF_INET6;
		six->sin6_port = htons((uint16_t)port);
		e->len = sizeof(*six);
	}
	return e;
}

/* A listening socket at addr; -1 if that address is not to be had. */
static int
listening(const char *addr, int backlog, int *port)
{
	struct endpoint e = *add(addr, 0);
	int fd = socket(e.addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ends.n--;
	if (fd == -1 || bind(fd, (struct sockaddr *)&e.addr, e.len) == -1) {
		close(fd);
		return -1;
	}
	ck_assert_int_eq(listen(fd, backlog), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&e.addr, &e.len),
	    0);
	*port = ntohs(((struct sockaddr_in *)&e.addr)->sin_port);
	return fd;
}

/* A port where nothing listens. */
static int
closed_port(void)
{
	int port, fd = listening("127.0.0.1", 1, &port);

	close(fd);
	return port;
}

/* A port that never answers: its queue of connections is full. */
static int
black_hole(void)
{
	struct endpoint e;
	int port, fd, i;

	listening("127.0.0.1", 0, &port);
	e = *add("127.0.0.1", port);
	ends.n--;
	for (i = 0; i < 4; i++) {
		fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(fd, (struct sockaddr *)&e.addr, e.len);
	}
	usleep(20000);
	return port;
}

static void
setup(void)
{
	ends.n = 0;
	memset(&peer, 0, sizeof(peer));
	memset(&o, 0x5a, sizeof(o));
}

static void
expect_failure(const char *text)
{
	ck_assert_str_eq(o.text, text);
	ck_assert_int_eq(o.fault, FAULT_NETWORK);
	ck_assert_int_eq(o.stage, STAGE_CONNECT);
	ck_assert_int_eq(o.verdict, VERDICT_LATER);
	ck_assert_int_eq(o.scope, SCOPE_HOST);
}

START_TEST(connected)
{
	int port, l = listening("127.0.0.1", 5, &port), fd, on = 0;
	socklen_t len = sizeof(on);
	char text[80];

	add("127.0.0.1", port);
	fd = connect_tcp("localhost", &ends, NULL, 5000, &peer, &o);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	ck_assert_int_eq(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &len),
	    0);
	ck_assert_int_ne(on, 0);
	ck_assert_uint_eq(peer.len, ends.e[0].len);
	ck_assert_mem_eq(&peer.addr, &ends.e[0].addr, peer.len);
	connect_literal(fd, text);
	ck_assert_str_eq(text, "[127.0.0.1]");
	close(fd);
	close(l);
}
END_TEST

/* A refusal: the next one at once. */
START_TEST(refused_then_accepted)
{
	int port, l = listening("127.0.0.1", 5, &port), fd, before;
	int64_t start;

	add("127.0.0.1", closed_port());
	add("127.0.0.1", closed_port());
	add("127.0.0.1", port);
	add("127.0.0.1", closed_port());
	before = open_descriptors();
	start = clock_ms();
	fd = connect_tcp("localhost", &ends, NULL, 5000, &peer, &o);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_lt(clock_ms() - start, 100);
	ck_assert_mem_eq(&peer.addr, &ends.e[2].addr, peer.len);
	close(fd);
	ck_assert_int_eq(open_descriptors(), before);
	close(l);
}
END_TEST

/* Silence: the next one after 250 ms, the loser is closed. */
START_TEST(silent_then_accepted)
{
	int port, l = listening("127.0.0.1", 5, &port), fd, before;
	int64_t start, took;

	add("127.0.0.1", black_hole());
	add("127.0.0.1", port);
	before = open_descriptors();
	start = clock_ms();
	fd = connect_tcp("localhost", &ends, NULL, 5000, &peer, &o);
	took = clock_ms() - start;
	ck_assert_int_ge(fd, 0);
	ck_assert_int_ge(took, 249);
	ck_assert_int_lt(took, 600);
	close(fd);
	ck_assert_int_eq(open_descriptors(), before);
	close(l);
}
END_TEST

/* A failure beside one under way: 100 ms between two attempts are kept. */
START_TEST(silent_refused_accepted)
{
	int port, l = listening("127.0.0.1", 5, &port), fd;
	int64_t start, took;

	add("127.0.0.1", black_hole());
	add("127.0.0.1", closed_port());
	add("127.0.0.1", port);
	start = clock_ms();
	fd = connect_tcp("localhost", &ends, NULL, 5000, &peer, &o);
	took = clock_ms() - start;
	ck_assert_int_ge(fd, 0);
	ck_assert_int_ge(took, 250);
	ck_assert_int_lt(took, 480);
	close(fd);
	close(l);
}
END_TEST

/* Every address has its own time. */
START_TEST(all_silent)
{
	int port = black_hole(), before, i;
	int64_t start, took;
	char want[128];

	for (i = 0; i < 3; i++)
		add("127.0.0.1", port);
	before = open_descriptors();
	start = clock_ms();
	ck_assert_int_eq(connect_tcp("mx.example", &ends, NULL, 150, &peer,
	    &o), -1);
	took = clock_ms() - start;
	snprintf(want, sizeof(want), "cannot connect to mx.example "
	    "[127.0.0.1] port %d: Connection timed out (3 addresses tried)",
	    port);
	expect_failure(want);
	ck_assert_str_ne(o.advice, "");
	ck_assert_int_ge(took, 449);
	ck_assert_int_lt(took, 1200);
	ck_assert_int_eq(open_descriptors(), before);
}
END_TEST

/* As many as there can be. */
START_TEST(all_places)
{
	int port = black_hole(), before, i;

	for (i = 0; i < (int)LIMIT_ADDRESSES; i++)
		add("127.0.0.1", port);
	before = open_descriptors();
	ck_assert_int_eq(connect_tcp("mx.example", &ends, NULL, 60, &peer,
	    &o), -1);
	ck_assert_ptr_nonnull(strstr(o.text, "(16 addresses tried)"));
	ck_assert_int_eq(open_descriptors(), before);
}
END_TEST

START_TEST(all_refused)
{
	int port = closed_port();
	char want[128];

	add("127.0.0.1", port);
	ck_assert_int_eq(connect_tcp("127.0.0.1", &ends, NULL, 5000, &peer,
	    &o), -1);
	snprintf(want, sizeof(want),
	    "cannot connect to 127.0.0.1 port %d: Connection refused", port);
	expect_failure(want);
	ck_assert_str_eq(o.advice, "nothing listens there: is the port right, "
	    "and does the server run?");
	/* No route (connections to groups have none) is the lesser news. */
	add("224.0.0.1", port);
	ck_assert_int_eq(connect_tcp("mx.example", &ends, NULL, 5000, &peer,
	    &o), -1);
	snprintf(want, sizeof(want), "cannot connect to mx.example [127.0.0.1]"
	    " port %d: Connection refused (2 addresses tried)", port);
	expect_failure(want);
	ends.e[0] = ends.e[1];
	ends.n = 1;
	ck_assert_int_eq(connect_tcp("mx.example", &ends, NULL, 5000, &peer,
	    &o), -1);
	snprintf(want, sizeof(want), "cannot connect to mx.example [224.0.0.1]"
	    " port %d: Network is unreachable", port);
	expect_failure(want);
	ck_assert_str_eq(o.advice, "is the network up?");
}
END_TEST

START_TEST(interrupted)
{
	struct sigaction sa = { .sa_handler = SIG_IGN };
	int port = black_hole();
	int64_t start = clock_ms();

	add("127.0.0.1", port);
	sigaction(SIGALRM, &sa, NULL);
	ualarm(10000, 10000);
	ck_assert_int_eq(connect_tcp("x", &ends, NULL, 120, &peer, &o), -1);
	ualarm(0, 0);
	ck_assert_int_ge(clock_ms() - start, 119);
	ck_assert_ptr_nonnull(strstr(o.text, "timed out"));
}
END_TEST

START_TEST(source)
{
	int port, l = listening("127.0.0.1", 5, &port), fd, a;
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);
	char text[80];

	add("::1", port);	/* skipped: not of the source's family */
	add("127.0.0.1", port);
	fd = connect_tcp("localhost", &ends, "127.0.0.2", 5000, &peer, &o);
	ck_assert_int_ge(fd, 0);
	a = accept(l, (struct sockaddr *)&sin, &len);
	ck_assert_uint_eq(ntohl(sin.sin_addr.s_addr), 0x7f000002);
	connect_literal(fd, text);
	ck_assert_str_eq(text, "[127.0.0.2]");
	close(a);
	close(fd);
	close(l);
}
END_TEST

START_TEST(source_wrong)
{
	int port = closed_port();
	char want[200];

	add("127.0.0.1", port);
	ck_assert_int_eq(connect_tcp("mx.example", &ends, "192.0.2.77", 5000,
	    &peer, &o), -1);
	snprintf(want, sizeof(want), "cannot connect to mx.example [127.0.0.1]"
	    " port %d from source address 192.0.2.77: "
	    "Cannot assign requested address", port);
	expect_failure(want);
	ck_assert_int_eq(connect_tcp("mx.example", &ends, "::1", 5000, &peer,
	    &o), -1);
	expect_failure("cannot connect to mx.example: it has no address of "
	    "the family of our source address ::1");
	ck_assert_int_eq(connect_tcp("mx.example", &ends, "eth0", 5000, &peer,
	    &o), -1);
	ck_assert_str_eq(o.text, "the source address eth0 is no IP address");
	ck_assert_int_eq(o.fault, FAULT_CONFIG);
}
END_TEST

/* IPv6, where the system has it; and IPv4 in its clothes. */
START_TEST(six)
{
	int port, l = listening("::1", 5, &port), fd;
	char text[80];

	if (l == -1)
		return;
	add("::1", port);
	fd = connect_tcp("localhost", &ends, "::1", 5000, &peer, &o);
	ck_assert_int_ge(fd, 0);
	connect_literal(fd, text);
	ck_assert_str_eq(text, "[IPv6:::1]");
	close(fd);
	close(l);
	ends.n = 0;
	l = listening("127.0.0.1", 5, &port);
	add("::ffff:127.0.0.1", port);
	fd = connect_tcp("localhost", &ends, NULL, 5000, &peer, &o);
	ck_assert_int_ge(fd, 0);
	connect_literal(fd, text);
	ck_assert_str_eq(text, "[127.0.0.1]");
	close(fd);
	close(l);
}
END_TEST

static const char *
path_in_dir(const char *name)
{
	static char path[108];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static int
listening_unix(const char *path, int backlog)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(sun.sun_path, path);
	unlink(path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	ck_assert_int_eq(listen(fd, backlog), 0);
	return fd;
}

START_TEST(unix_connected)
{
	const char *path = path_in_dir("a");
	int l = listening_unix(path, 5), fd = connect_unix(path, 1000, &o);
	char text[80];

	ck_assert_int_ge(fd, 0);
	ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	connect_literal(fd, text);
	ck_assert_str_eq(text, "[127.0.0.1]");
	connect_literal(-1, text);
	ck_assert_str_eq(text, "[127.0.0.1]");
	close(fd);
	close(l);
}
END_TEST

START_TEST(unix_failures)
{
	const char *path = path_in_dir("none");
	int before = open_descriptors();
	char want[200], lengthy[200];

	ck_assert_int_eq(connect_unix(path, 1000, &o), -1);
	snprintf(want, sizeof(want), "cannot connect to unix:%s: No such file "
	    "or directory", path);
	expect_failure(want);
	ck_assert_str_ne(o.advice, "");
	close(listening_unix(path, 1));
	ck_assert_int_eq(connect_unix(path, 1000, &o), -1);
	snprintf(want, sizeof(want), "cannot connect to unix:%s: Connection "
	    "refused", path);
	expect_failure(want);
	memset(lengthy, '/', sizeof(lengthy) - 1);
	lengthy[sizeof(lengthy) - 1] = '\0';
	ck_assert_int_eq(connect_unix(lengthy, 1000, &o), -1);
	ck_assert_ptr_nonnull(strstr(o.text, "the path is too long"));
	lengthy[108] = '\0';
	ck_assert_int_eq(connect_unix(lengthy, 1000, &o), -1);
	ck_assert_ptr_nonnull(strstr(o.text, "the path is too long"));
	lengthy[107] = '\0';
	ck_assert_int_eq(connect_unix(lengthy, 1000, &o), -1);
	ck_assert_ptr_null(strstr(o.text, "the path is too long"));
	ck_assert_int_eq(open_descriptors(), before);
}
END_TEST

static void *
accept_later(void *arg)
{
	usleep(100000);
	close(accept(*(int *)arg, NULL, NULL));
	return NULL;
}

/* A full backlog is waited for, as long as there is time. */
START_TEST(unix_busy)
{
	const char *path = path_in_dir("busy");
	int l = listening_unix(path, 0), first, fd;
	int64_t start = clock_ms();
	pthread_t t;

	first = connect_unix(path, 0, &o);
	ck_assert_int_ge(first, 0);
	ck_assert_int_eq(connect_unix(path, 80, &o), -1);
	ck_assert_ptr_nonnull(strstr(o.text, ": Connection timed out"));
	ck_assert_int_ge(clock_ms() - start, 80);
	pthread_create(&t, NULL, accept_later, &l);
	fd = connect_unix(path, 5000, &o);
	ck_assert_int_ge(fd, 0);
	pthread_join(t, NULL);
	close(fd);
	close(first);
	close(l);
}
END_TEST

static void
make_dir(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void
remove_dir(void)
{
	static const char *const names[] = { "a", "none", "busy" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(path_in_dir(names[i]));
	rmdir(dir);
}

static Suite *
connect_suite(void)
{
	Suite *suite = suite_create("connect");
	TCase *t = tcase_create("tcp");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, connected);
	tcase_add_test(t, refused_then_accepted);
	tcase_add_test(t, silent_then_accepted);
	tcase_add_test(t, silent_refused_accepted);
	tcase_add_test(t, all_silent);
	tcase_add_test(t, all_places);
	tcase_add_test(t, all_refused);
	tcase_add_test(t, interrupted);
	tcase_add_test(t, source);
	tcase_add_test(t, source_wrong);
	tcase_add_test(t, six);
	suite_add_tcase(suite, t);
	t = tcase_create("unix");
	tcase_add_unchecked_fixture(t, make_dir, remove_dir);
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, unix_connected);
	tcase_add_test(t, unix_failures);
	tcase_add_test(t, unix_busy);
	suite_add_tcase(suite, t);
	return suite;
}

int
main(void)
{
	return unit_main(connect_suite());
}
