/* SPDX-License-Identifier: ISC */
/* Names to addresses: literals, the waiting for two families, failures. */
#include <sys/resource.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/resolve.h"
#include "unit.h"

#define SOON	clock_deadline(5000)

/* What the resolver says in these tests, by family. */
struct say {
	int		 delay;		/* ms */
	int		 rc;
	int		 error;
	const char	*addrs[20];	/* none: rc must be set */
};

static struct {
	struct say	 both, six, four;
	char		 name[256];	/* what was asked last */
	int		 asked;
	int		 running;
	bool		 in_main;	/* by the main thread */
	bool		 unmasked;	/* with signals let through */
	pthread_t	 main_thread;
	pthread_mutex_t	 lock;
} fake = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct outcome o;
static struct endpoints ends;

typedef int gai_function(const char *, const char *, const struct addrinfo *,
    struct addrinfo **);

static int
fake_list(gai_function *real, const struct say *say, const char *port,
    struct addrinfo **list)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_NUMERICHOST };
	size_t i;

	*list = NULL;
	for (i = 0; say->addrs[i] != NULL; i++) {
		ck_assert_int_eq(real(say->addrs[i], port, &hints, list), 0);
		list = &(*list)->ai_next;
	}
	return 0;
}

/* Stands before the system's: literals go there. */
int
getaddrinfo(const char *name, const char *port, const struct addrinfo *hints,
    struct addrinfo **list)
{
	gai_function *real;
	const struct say *say = hints->ai_family == AF_INET ? &fake.four :
	    hints->ai_family == AF_INET6 ? &fake.six : &fake.both;
	sigset_t mask;
	int rc;

	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	if ((hints->ai_flags & AI_NUMERICHOST) != 0)
		return real(name, port, hints, list);
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	pthread_mutex_lock(&fake.lock);
	fake.asked++;
	fake.running++;
	snprintf(fake.name, sizeof(fake.name), "%s", name);
	if (pthread_equal(pthread_self(), fake.main_thread))
		fake.in_main = true;
	else if (!sigismember(&mask, SIGTERM))
		fake.unmasked = true;
	pthread_mutex_unlock(&fake.lock);
	if (say->delay > 0)
		usleep((unsigned)say->delay * 1000);
	rc = say->rc != 0 ? say->rc : fake_list(real, say, port, list);
	pthread_mutex_lock(&fake.lock);
	fake.running--;
	pthread_mutex_unlock(&fake.lock);
	errno = say->error;
	return rc;
}

static void
setup(void)
{
	static const struct say none = { .rc = EAI_NONAME };

	fake.both = fake.six = fake.four = none;
	fake.asked = 0;
	fake.in_main = fake.unmasked = false;
	fake.main_thread = pthread_self();
	memset(&ends, 0x5a, sizeof(ends));
	memset(&o, 0x5a, sizeof(o));
}

/* Abandoned threads end by themselves; leak checkers want to see it. */
static void
teardown(void)
{
	bool busy = true;

	while (busy) {
		usleep(5000);
		pthread_mutex_lock(&fake.lock);
		busy = fake.running > 0;
		pthread_mutex_unlock(&fake.lock);
	}
	usleep(20000);
}

/* The addresses found, as one string. */
static const char *
found(void)
{
	static char all[2048];
	char text[64];
	size_t i;

	all[0] = '\0';
	for (i = 0; i < ends.n; i++) {
		if (i > 0)
			strcat(all, " ");
		strcat(all, resolve_text(&ends.e[i], text));
	}
	return all;
}

static unsigned
port_of(const struct endpoint *e)
{
	return ntohs(e->addr.ss_family == AF_INET6 ?
	    ((const struct sockaddr_in6 *)&e->addr)->sin6_port :
	    ((const struct sockaddr_in *)&e->addr)->sin_port);
}

static void
expect_failure(const char *text)
{
	ck_assert_str_eq(o.text, text);
	ck_assert_int_eq(o.fault, FAULT_NETWORK);
	ck_assert_int_eq(o.stage, STAGE_RESOLVE);
	ck_assert_int_eq(o.verdict, VERDICT_LATER);
	ck_assert_int_eq(o.scope, SCOPE_HOST);
}

/* Literals: no question, no thread, no deadline. */
START_TEST(literals)
{
	static const struct {
		const char	*name;
		int		 family;
		const char	*text;
	} rows[] = {
		{ "192.0.2.1", AF_UNSPEC, "192.0.2.1" },
		{ "192.0.2.1", AF_INET, "192.0.2.1" },
		{ "2001:db8::1", AF_UNSPEC, "2001:db8::1" },
		{ "2001:DB8:0::1", AF_INET6, "2001:db8::1" },
		{ "::1", AF_UNSPEC, "::1" },
		{ "fe80::1%lo", AF_UNSPEC, "fe80::1%lo" },
		{ "::ffff:192.0.2.1", AF_INET6, "::ffff:192.0.2.1" },
	};

	ck_assert_int_eq(resolve_host(rows[_i].name, 587, rows[_i].family, 0,
	    &ends, &o), 0);
	ck_assert_uint_eq(ends.n, 1);
	ck_assert_str_eq(found(), rows[_i].text);
	ck_assert_uint_eq(port_of(&ends.e[0]), 587);
	ck_assert_int_eq(fake.asked, 0);
}
END_TEST

START_TEST(wrong_family)
{
	ck_assert_int_eq(resolve_host("192.0.2.1", 25, AF_INET6, SOON, &ends,
	    &o), -1);
	expect_failure("192.0.2.1 is no IPv6 address");
	ck_assert_int_eq(resolve_host("::1", 25, AF_INET, SOON, &ends, &o),
	    -1);
	expect_failure("::1 is no IPv4 address");
	ck_assert_int_eq(resolve_host("", 25, AF_INET, SOON, &ends, &o), -1);
	expect_failure("no address for a host without a name");
	ck_assert_int_eq(fake.asked, 0);
}
END_TEST

/* One question for both, in the order of RFC 8305. */
START_TEST(one_question)
{
	fake.both = (struct say){ .addrs = { "192.0.2.1", "192.0.2.2",
	    "2001:db8::1", "192.0.2.3", "192.0.2.1", "2001:db8::2" } };
	ck_assert_int_eq(resolve_host("smtp.example.org", 465, AF_UNSPEC,
	    SOON, &ends, &o), 0);
	ck_assert_str_eq(found(), "2001:db8::1 192.0.2.1 2001:db8::2 "
	    "192.0.2.2 192.0.2.3");
	ck_assert_uint_eq(port_of(&ends.e[0]), 465);
	ck_assert_uint_eq(port_of(&ends.e[1]), 465);
	ck_assert_int_eq(fake.asked, 1);
	ck_assert_str_eq(fake.name, "smtp.example.org");
	ck_assert(!fake.in_main);
	ck_assert(!fake.unmasked);
}
END_TEST

START_TEST(one_family)
{
	fake.four = (struct say){ .addrs = { "192.0.2.1" } };
	fake.six = (struct say){ .addrs = { "2001:db8::1" } };
	ck_assert_int_eq(resolve_host("x", 25, AF_INET, SOON, &ends, &o), 0);
	ck_assert_str_eq(found(), "192.0.2.1");
	ck_assert_int_eq(resolve_host("x", 25, AF_INET6, SOON, &ends, &o), 0);
	ck_assert_str_eq(found(), "2001:db8::1");
	ck_assert_int_eq(fake.asked, 2);
}
END_TEST

/* Too many addresses: neither family crowds out the other. */
START_TEST(many)
{
	struct say *say = &fake.both;
	static char text[40][32];
	int i;

	say->rc = 0;
	for (i = 0; i < 19; i++) {
		snprintf(text[i], sizeof(text[i]), i < 3 ? "192.0.2.%d" :
		    "2001:db8::%d", i + 1);
		say->addrs[i] = text[i];
	}
	ck_assert_int_eq(resolve_host("x", 25, AF_UNSPEC, SOON, &ends, &o), 0);
	ck_assert_uint_eq(ends.n, LIMIT_ADDRESSES);
	for (i = 0; i < 16; i++)
		ck_assert_int_eq(ends.e[i].addr.ss_family,
		    i == 1 || i == 3 || i == 5 ? AF_INET : AF_INET6);
}
END_TEST

START_TEST(merge)
{
	struct endpoints six = { .n = 0 }, four = { .n = 0 };
	size_t i;

	resolve_merge(&six, &four, &ends);
	ck_assert_uint_eq(ends.n, 0);
	for (six.n = 0; six.n < 10; six.n++) {
		six.e[six.n].len = (socklen_t)six.n + 1;
		six.e[six.n].addr.ss_family = AF_INET6;
	}
	resolve_merge(&six, &four, &ends);
	ck_assert_uint_eq(ends.n, 10);
	for (four.n = 0; four.n < 16; four.n++)
		four.e[four.n].len = (socklen_t)four.n + 101;
	resolve_merge(&six, &four, &ends);
	ck_assert_uint_eq(ends.n, LIMIT_ADDRESSES);
	for (i = 0; i < ends.n; i++)
		ck_assert_uint_eq(ends.e[i].len, i / 2 + 1 + i % 2 * 100);
	six.n = 1;
	resolve_merge(&six, &four, &ends);
	ck_assert_uint_eq(ends.n, LIMIT_ADDRESSES);
	ck_assert_uint_eq(ends.e[0].len, 1);
	for (i = 1; i < ends.n; i++)
		ck_assert_uint_eq(ends.e[i].len, 100 + i);
}
END_TEST

/*
 * Who is waited for when the common question hangs (200 ms are over then).
 */
START_TEST(patience)
{
	static const struct {
		struct say	 six, four;
		int64_t		 least, most;	/* ms, beyond the 200 */
		const char	*text;
	} rows[] = {
		{ { .addrs = { "::6" } }, { .addrs = { "192.0.2.4" } },
		    0, 300, "::6 192.0.2.4" },
		/* IPv6 too late, in time, refused. */
		{ { .delay = 900, .addrs = { "::6" } },
		    { .addrs = { "192.0.2.4" } }, 50, 500, "192.0.2.4" },
		{ { .delay = 20, .addrs = { "::6" } },
		    { .addrs = { "192.0.2.4" } }, 20, 300, "::6 192.0.2.4" },
		{ { .delay = 15, .rc = EAI_NONAME },
		    { .addrs = { "192.0.2.4" } }, 15, 300, "192.0.2.4" },
		/* IPv4 too late, in time, refused. */
		{ { .addrs = { "::6" } },
		    { .delay = 1600, .addrs = { "192.0.2.4" } },
		    1000, 1800, "::6" },
		{ { .addrs = { "::6" } },
		    { .delay = 150, .addrs = { "192.0.2.4" } },
		    150, 600, "::6 192.0.2.4" },
		{ { .addrs = { "::6" } },
		    { .delay = 60, .rc = EAI_NONAME }, 60, 500, "::6" },
		/* A refusal hurries nobody. */
		{ { .delay = 300, .addrs = { "::6" } },
		    { .rc = EAI_NONAME }, 300, 900, "::6" },
		{ { .rc = EAI_AGAIN },
		    { .delay = 300, .addrs = { "192.0.2.4" } },
		    300, 900, "192.0.2.4" },
	};
	int64_t start = clock_ms(), took;

	fake.both.delay = 300;
	fake.six = rows[_i].six;
	fake.four = rows[_i].four;
	ck_assert_int_eq(resolve_host("x", 25, AF_UNSPEC, SOON, &ends, &o), 0);
	took = clock_ms() - start - 200;
	ck_assert_str_eq(found(), rows[_i].text);
	ck_assert_int_ge(took, rows[_i].least - 2);
	ck_assert_int_le(took, rows[_i].most);
}
END_TEST

/* The common question's answer is taken, when it comes at last. */
START_TEST(late_both)
{
	fake.both = (struct say){ .delay = 300, .addrs = { "192.0.2.4" } };
	fake.six.delay = fake.four.delay = 700;
	ck_assert_int_eq(resolve_host("x", 25, AF_UNSPEC, SOON, &ends, &o), 0);
	ck_assert_str_eq(found(), "192.0.2.4");
	ck_assert_int_eq(fake.asked, 3);
}
END_TEST

/* Nobody answers: the deadline holds, also one that has passed. */
START_TEST(deadline)
{
	int64_t start = clock_ms(), limit = _i == 0 ? 400 : _i == 1 ? 30 : 0;

	fake.both.delay = fake.six.delay = fake.four.delay = 700;
	ck_assert_int_eq(resolve_host("x.example", 25, AF_UNSPEC,
	    limit == 0 ? 0 : clock_deadline(limit), &ends, &o), -1);
	expect_failure("no address for x.example: timed out waiting for the "
	    "resolver");
	ck_assert_str_ne(o.advice, "");
	ck_assert_int_ge(clock_ms() - start, limit);
	ck_assert_int_lt(clock_ms() - start, 650);
}
END_TEST

START_TEST(deadline_one_family)
{
	fake.four.delay = 300;
	ck_assert_int_eq(resolve_host("x", 25, AF_INET, clock_deadline(20),
	    &ends, &o), -1);
	expect_failure("no address for x: timed out waiting for the resolver");
}
END_TEST

/* Whatever the resolver says is a delay, with its words. */
START_TEST(failures)
{
	static const struct {
		int	rc, error;
		const char *text, *advice;
	} rows[] = {
		{ EAI_NONAME, 0, "no address for a.example: Name or service "
		    "not known", "check the spelling of the host name" },
		{ EAI_NODATA, 0, "no address for a.example: No address "
		    "associated with hostname",
		    "check the spelling of the host name" },
		{ EAI_AGAIN, 0, "no address for a.example: Temporary failure "
		    "in name resolution", "resolv.conf" },
		{ EAI_FAIL, 0, "no address for a.example: Non-recoverable "
		    "failure in name resolution", "resolv.conf" },
		{ EAI_SYSTEM, EMFILE, "no address for a.example: Too many "
		    "open files", "resolv.conf" },
		{ EAI_MEMORY, 0, "no address for a.example: Memory allocation "
		    "failure", "resolv.conf" },
	};
	static const int families[] = { AF_UNSPEC, AF_INET, AF_INET6 };
	size_t i;

	fake.both.rc = fake.six.rc = fake.four.rc = rows[_i].rc;
	fake.both.error = fake.six.error = fake.four.error = rows[_i].error;
	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(resolve_host("a.example", 25, families[i],
		    SOON, &ends, &o), -1);
		expect_failure(rows[_i].text);
		ck_assert_ptr_nonnull(strstr(o.advice, rows[_i].advice));
		ck_assert_uint_eq(ends.n, 0);
	}
}
END_TEST

START_TEST(idna)
{
	fake.both = (struct say){ .addrs = { "192.0.2.1" } };
	ck_assert_int_eq(resolve_host("b\xc3\xbc" "cher.example", 25,
	    AF_UNSPEC, SOON, &ends, &o), 0);
	ck_assert_str_eq(fake.name, "xn--bcher-kva.example");
	ck_assert_int_eq(resolve_host("x_1.example", 25, AF_UNSPEC, SOON,
	    &ends, &o), 0);
	ck_assert_str_eq(fake.name, "x_1.example");
	ck_assert_int_eq(resolve_host("b\xff" "d.example", 25, AF_UNSPEC,
	    SOON, &ends, &o), -1);
	ck_assert_ptr_nonnull(strstr(o.text,
	    "b?d.example is no valid internationalised host name: "));
	ck_assert_int_eq(o.fault, FAULT_NETWORK);
}
END_TEST

/* Where no thread can be had, it asks by itself. */
START_TEST(no_threads)
{
	struct rlimit none, old;

	if (geteuid() != 0)	/* the limit is another's, and root has none */
		return;
	ck_assert_int_eq(getrlimit(RLIMIT_NPROC, &old), 0);
	none = (struct rlimit){ 0, old.rlim_max };
	ck_assert_int_eq(setrlimit(RLIMIT_NPROC, &none), 0);
	ck_assert_int_eq(setresuid(65533, 65533, 0), 0);
	fake.both = (struct say){ .addrs = { "192.0.2.1" } };
	ck_assert_int_eq(resolve_host("x", 25, AF_UNSPEC, SOON, &ends, &o), 0);
	ck_assert_str_eq(found(), "192.0.2.1");
	ck_assert(fake.in_main);
	ck_assert_int_eq(setresuid(0, 0, 0), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_NPROC, &old), 0);
}
END_TEST

/* Signals wait neither longer nor shorter. */
static void
on_alarm(int sig)
{
	(void)sig;
}

START_TEST(interrupted)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	int64_t start = clock_ms();

	sigaction(SIGALRM, &sa, NULL);
	fake.four = (struct say){ .delay = 120, .addrs = { "192.0.2.1" } };
	ualarm(10000, 10000);
	ck_assert_int_eq(resolve_host("x", 25, AF_INET, SOON, &ends, &o), 0);
	ualarm(0, 0);
	ck_assert_int_ge(clock_ms() - start, 120);
}
END_TEST

START_TEST(texts)
{
	struct endpoint e = { .len = 0 };
	struct sockaddr_in *sin = (struct sockaddr_in *)&e.addr;
	char text[64];

	ck_assert_str_eq(resolve_text(&e, text), "?");
	sin->sin_family = AF_INET;
	sin->sin_addr.s_addr = htonl(0x7f000001);
	e.len = sizeof(*sin);
	ck_assert_str_eq(resolve_text(&e, text), "127.0.0.1");
	sin->sin_family = 77;
	ck_assert_str_eq(resolve_text(&e, text), "?");
}
END_TEST

static Suite *
resolve_suite(void)
{
	Suite *suite = suite_create("resolve");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 30);
	tcase_add_loop_test(t, literals, 0, 7);
	tcase_add_test(t, wrong_family);
	tcase_add_test(t, one_question);
	tcase_add_test(t, one_family);
	tcase_add_test(t, many);
	tcase_add_test(t, merge);
	tcase_add_loop_test(t, patience, 0, 9);
	tcase_add_test(t, late_both);
	tcase_add_loop_test(t, deadline, 0, 3);
	tcase_add_test(t, deadline_one_family);
	tcase_add_loop_test(t, failures, 0, 6);
	tcase_add_test(t, idna);
	tcase_add_test(t, no_threads);
	tcase_add_test(t, interrupted);
	tcase_add_test(t, texts);
	suite_add_tcase(suite, t);
	return suite;
}

int
main(void)
{
	return unit_main(resolve_suite());
}
