/* SPDX-License-Identifier: ISC */
/* Looking at the queue and working on it: what is shown, what is done, what is
 * left alone. */
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <signal.h>

#include "front/mailq.h"
#include "queue/health.h"
#include "queued.h"

static struct queued q;
static char a[ENTRY_ID], b[ENTRY_ID], c[ENTRY_ID];

static void
setup(void)
{
	umask(077);
	queued_open(&q, "queue { runner = \"external\" }");
	queued_enter(&q, a, "joe@example.org", 1, 200, "450 come back");
	queued_enter(&q, b, "ann@example.com", 2, 100, NULL);
	queued_enter(&q, c, "", 1, 50, NULL);
}

static void
teardown(void)
{
	queued_close(&q);
}

#define RUN(...) run((char *[]){ (char *)(uintptr_t)"posthorn", \
	__VA_ARGS__, NULL })
#define W(s) (char *)(uintptr_t)(s)

/* The exit of one command line; what it says is in q.said. */
static int
run(char *const argv[])
{
	struct options op;

	queued_options(&op, argv);
	outcome_clear(&q.o);
	QUEUED_SAY(&q, mailq_run(&op, &q.settings, &q.place, &q.me, &q.o));
	options_free(&op);
	return q.rc;
}

static enum store_found
find(enum store_folder where, const char *id, struct entry *e)
{
	return store_peek(&q.place.store, where, id, e, &q.o);
}

static bool
is_in(enum store_folder where, const char *id)
{
	struct entry e;
	bool there = find(where, id, &e) == STORE_LOADED;

	store_release(&e);
	return there;
}

static const char *
path_of(const char *name)
{
	static char path[200];

	snprintf(path, sizeof(path), "%s/%s", q.path, name);
	return path;
}

static size_t
lines(void)
{
	const char *p;
	size_t n = 0;

	for (p = q.said; *p != '\0'; p++)
		n += *p == '\n';
	return n;
}

START_TEST(lists)
{
	ck_assert_int_eq(RUN(W("-bp")), 0);
	ck_assert_uint_eq(lines(), 3);
	ck_assert(queued_said(&q, "\tjoe@example.org\tto0@example.org\t1\t"
	    "450 come back\n"));
	ck_assert(queued_said(&q, "\t<>\tto0@example.org\t1\t-\n"));
	ck_assert_int_eq(RUN(W("-bp"), W("--json")), 0);
	ck_assert_uint_eq(lines(), 3);
	ck_assert_int_eq(RUN(W("--queue")), 0);
	ck_assert_uint_eq(lines(), 3);
	ck_assert_int_eq(RUN(W("--queue"), W("list"), W(a), W(c)), 0);
	ck_assert_uint_eq(lines(), 2);
	ck_assert(!queued_said(&q, b));
	ck_assert_int_eq(RUN(W("-bp"), W("from:JOE@*")), 0);
	ck_assert_uint_eq(lines(), 1);
	ck_assert_int_eq(RUN(W("-bp"), W("from:<>"), W("to:to1@*")), 0);
	ck_assert_uint_eq(lines(), 2);
	ck_assert_int_eq(RUN(W("-bp"), W("-qRto1")), 0);
	ck_assert_uint_eq(lines(), 1);
	ck_assert_int_eq(RUN(W("-bp"), W("-q!Rto1"), W("-v")), 0);
	ck_assert_uint_eq(lines(), 4);
	ck_assert_int_eq(RUN(W("-bp"), W("nothing")), 0);
	ck_assert_str_eq(q.said, "no such mail in the queue\n");
}
END_TEST

START_TEST(empty)
{
	ck_assert_int_eq(RUN(W("--queue"), W("delete"), W("all")), 0);
	ck_assert_uint_eq(lines(), 4);
	ck_assert_int_eq(RUN(W("-bp")), 0);
	ck_assert_str_eq(q.said, "no mail in the queue\n");
	ck_assert_int_eq(RUN(W("-bp"), W("--json")), 0);
	ck_assert_str_eq(q.said, "");
	ck_assert_int_eq(RUN(W("-bP")), 0);
	ck_assert_str_eq(q.said, "0\n");
}
END_TEST

START_TEST(counts)
{
	char to[200];

	ck_assert_int_eq(RUN(W("-bP")), 0);
	ck_assert_str_eq(q.said, "3\n");
	ck_assert_int_eq(RUN(W("--queue"), W("hold"), W(a)), 0);
	ck_assert_int_eq(RUN(W("-bpc")), 0);
	ck_assert_str_eq(q.said, "3\n");
	ck_assert_int_eq(RUN(W("-bP"), W("-qSjoe")), 0);
	ck_assert_str_eq(q.said, "1\n");
	snprintf(to, sizeof(to), "%s/failed/%s", q.path, b);
	ck_assert_int_eq(rename(path_of(b), to), 0);
	ck_assert_int_eq(RUN(W("-bP")), 0);
	ck_assert_str_eq(q.said, "2\n");
}
END_TEST

/* While all hosts are down, that is why mail without words waits, and the
 * next try is theirs. */
START_TEST(reasons)
{
	const struct account *x = &q.settings.accounts[0];
	time_t now = clock_now();
	struct outcome o;

	outcome_fail(&o, FAULT_NETWORK, STAGE_CONNECT, "nobody home");
	health_bad(&(struct health){ 0 }, &q.place.state, x, &x->hosts[0],
	    &o, 3000, 3000, now);
	ck_assert_int_eq(RUN(W("-bp"), W("--json")), 0);
	ck_assert(!queued_said(&q, "nobody home"));
	health_bad(&(struct health){ 0 }, &q.place.state, x, &x->hosts[1],
	    &o, 2000, 2000, now);
	ck_assert_int_eq(RUN(W("-bp"), W("--json"), W(b)), 0);
	ck_assert_msg(queued_said(&q,
	    "\"reason\":\"[::1]:26 is down: nobody home\""), "%s", q.said);
	ck_assert_int_eq(RUN(W("-bp"), W(a)), 0);
	ck_assert(queued_said(&q, "\t450 come back\n"));
}
END_TEST

START_TEST(busy)
{
	int fd = open(path_of(a), O_RDWR | O_CLOEXEC);
	int held = open(path_of(b), O_RDWR | O_CLOEXEC);

	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	/* Looking must not take a lock. */
	ck_assert_int_eq(flock(held, LOCK_EX), 0);
	ck_assert_int_eq(RUN(W("-bp")), 0);
	ck_assert_uint_eq(lines(), 3);
	ck_assert_int_eq(RUN(W("--queue"), W("delete"), W(a), W(c)), -1);
	ck_assert_int_eq(q.o.fault, FAULT_DELAY);
	ck_assert(queued_said(&q, "is being delivered now, try again\n"));
	ck_assert(queued_said(&q, "1 message deleted\n"));
	ck_assert(is_in(STORE_ACTIVE, a));
	ck_assert(!is_in(STORE_ACTIVE, c));
	close(fd);
	close(held);
	ck_assert_int_eq(RUN(W("--queue"), W("delete"), W(a)), 0);
	ck_assert(!is_in(STORE_ACTIVE, a));
}
END_TEST

START_TEST(holds)
{
	ck_assert_int_eq(RUN(W("--queue"), W("hold"), W(a), W("to:TO1@*")), 0);
	ck_assert(queued_said(&q, "2 messages put on hold\n"));
	ck_assert(is_in(STORE_HOLD, a) && is_in(STORE_HOLD, b));
	ck_assert(!is_in(STORE_ACTIVE, a) && is_in(STORE_ACTIVE, c));
	ck_assert_int_eq(RUN(W("-bp"), W(a)), 0);
	ck_assert(queued_said(&q, "\thold\t"));
	/* Not again, and not made due. */
	ck_assert_int_eq(RUN(W("--queue"), W("hold"), W(a)), -1);
	ck_assert_int_eq(q.o.fault, FAULT_DATA);
	ck_assert_int_eq(RUN(W("--queue"), W("retry"), W(a)), -1);
	ck_assert_int_eq(RUN(W("--queue"), W("retry"), W("all")), 0);
	ck_assert(queued_said(&q, "1 message made due\n"));
	ck_assert_int_eq(RUN(W("--queue"), W("release"), W("all")), 0);
	ck_assert(queued_said(&q, "2 messages released\n"));
	ck_assert(is_in(STORE_ACTIVE, a) && is_in(STORE_ACTIVE, b));
	ck_assert_int_eq(RUN(W("--queue"), W("release"), W(a)), -1);
}
END_TEST

/* What failed begins anew: nothing that was refused stays so. */
START_TEST(releases_failed)
{
	struct store *s = &q.place.store;
	struct outcome x;
	struct entry e;
	struct buf record;
	time_t now = clock_now(), arrived;

	ck_assert_int_eq(store_load(s, STORE_ACTIVE, b, &e, &q.o),
	    STORE_LOADED);
	arrived = e.retry.arrived;
	outcome_fail(&x, FAULT_NOUSER, STAGE_RCPT, "no such user");
	envelope_settle(&e.envelope, 0, &x);
	e.envelope.rcpt[0].told = true;
	outcome_clear(&x);
	envelope_settle(&e.envelope, 1, &x);
	e.retry.attempts = 9;
	e.retry.answered = 500000;
	e.retry.held = 40 * 86400;
	e.retry.last = now - 1000;
	e.next = now + 100000;
	buf_init(&record, 1u << 20);
	ck_assert_int_eq(entry_record_attempt(&e, &record), 0);
	ck_assert_int_eq(store_append(s, &e, &record, true, &q.o), 0);
	buf_free(&record);
	ck_assert_int_eq(store_move(s, &e, STORE_ACTIVE, STORE_FAILED, &q.o),
	    0);
	store_release(&e);
	ck_assert_int_eq(RUN(W("--queue"), W("bounce"), W(b)), -1);
	ck_assert_int_eq(RUN(W("--queue"), W("release"), W(b)), 0);
	ck_assert_int_eq(find(STORE_ACTIVE, b, &e), STORE_LOADED);
	ck_assert_uint_eq(entry_waiting(&e), 1);
	ck_assert(!e.envelope.rcpt[0].settled);
	ck_assert_str_eq(e.envelope.rcpt[0].text, "no such user");
	ck_assert(e.envelope.rcpt[1].settled);
	ck_assert_uint_eq(e.retry.attempts, 0);
	ck_assert_int_eq(e.retry.answered, 0);
	ck_assert_int_eq(e.retry.held, 0);
	ck_assert_int_eq(e.retry.arrived, arrived);
	ck_assert_int_le(e.next, clock_now());
	ck_assert_int_ge(e.retry.last, now);
	store_release(&e);
}
END_TEST

START_TEST(retries)
{
	struct store_name *names;
	struct entry e;
	size_t n, i;

	ck_assert_int_eq(RUN(W("--queue"), W("retry"), W(a)), 0);
	ck_assert_int_eq(find(STORE_ACTIVE, a, &e), STORE_LOADED);
	ck_assert_int_le(e.next, clock_now());
	ck_assert_uint_eq(e.retry.attempts, 2);
	ck_assert_str_eq(e.envelope.rcpt[0].text, "450 come back");
	store_release(&e);
	/* The hint that a run goes by says the same. */
	ck_assert_int_eq(store_list(&q.place.store, STORE_ACTIVE, &names, &n,
	    &q.o), 0);
	for (i = 0; i < n; i++)
		if (strcmp(names[i].id, a) == 0)
			ck_assert_int_le(names[i].next, clock_now());
		else
			ck_assert_int_gt(names[i].next, clock_now());
	free(names);
}
END_TEST

/* Returned: one message less, and a notice to its sender more. */
START_TEST(bounces)
{
	ck_assert_int_eq(RUN(W("--queue"), W("hold"), W(a)), 0);
	ck_assert_int_eq(RUN(W("--queue"), W("bounce"), W(a)), 0);
	ck_assert(queued_said(&q, "1 message returned to the sender\n"));
	ck_assert(!is_in(STORE_HOLD, a) && !is_in(STORE_ACTIVE, a));
	ck_assert_int_eq(RUN(W("-bp"), W("to:joe@*")), 0);
	ck_assert(queued_said(&q, "\t<>\tjoe@example.org\t1\t-\n"));
	/* A notice cannot be returned. */
	ck_assert_int_eq(RUN(W("--queue"), W("bounce"), W(c)), 0);
	ck_assert(queued_said(&q, "cannot be returned, kept in failed\n"));
	ck_assert(queued_said(&q, "0 messages returned"));
	ck_assert(is_in(STORE_FAILED, c));
}
END_TEST

/* No room for the notice: it is where it was. */
START_TEST(bounces_later)
{
	struct rlimit l = { 1200, RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(RUN(W("--queue"), W("hold"), W(b)), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &l), 0);
	ck_assert_int_eq(RUN(W("--queue"), W("bounce"), W(a), W(b)), -1);
	l.rlim_cur = RLIM_INFINITY;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &l), 0);
	ck_assert_str_ne(q.o.text, "");
	ck_assert(queued_said(&q, "0 messages returned"));
	ck_assert(is_in(STORE_ACTIVE, a) && is_in(STORE_HOLD, b));
	ck_assert_int_eq(RUN(W("-bp"), W("to:joe@*")), 0);
	ck_assert(!queued_said(&q, "joe@example.org\t1"));
	ck_assert_int_eq(RUN(W("--queue"), W("bounce"), W(a), W(b)), 0);
	ck_assert(queued_said(&q, "2 messages returned to"));
	ck_assert(!is_in(STORE_ACTIVE, a) && !is_in(STORE_HOLD, b));
}
END_TEST

START_TEST(shows)
{
	ck_assert_int_eq(RUN(W("--queue"), W("show"), W(a)), 0);
	ck_assert(queued_said(&q, "joe@example.org\n"));
	ck_assert(queued_said(&q, "to0@example.org: 450 come back\n"));
	ck_assert(queued_said(&q, "attempt 2: 450 come back\n"));
	ck_assert_int_eq(RUN(W("--queue"), W("retry"), W(a)), 0);
	ck_assert_int_eq(RUN(W("--queue"), W("show"), W(a)), 0);
	ck_assert(queued_said(&q, "attempt 2: 450 come back\n"));
	ck_assert(queued_said(&q, ", made due by hand\n"));
	ck_assert(queued_said(&q, "\n\nFrom: Jo <jo@example.org>\n"
	    "Subject: hello\n\n"));
	ck_assert(!queued_said(&q, "the body"));
	ck_assert_int_eq(RUN(W("--queue"), W("show"), W(a), W("-v")), 0);
	ck_assert(queued_said(&q, "hello\n\nthe body\x1b[2J\n"));
	ck_assert_int_eq(RUN(W("--queue"), W("show"), W("all"), W("--json")),
	    0);
	ck_assert_uint_eq(lines(), 3);
	ck_assert_int_eq(RUN(W("--queue"), W("show"),
	    W("0123456789abcdef")), -1);
	ck_assert_int_eq(q.o.fault, FAULT_DATA);
	ck_assert(queued_said(&q, "is not in the queue\n"));
}
END_TEST

START_TEST(usage)
{
	ck_assert_int_eq(RUN(W("--queue"), W("frobnicate"), W(a)), -1);
	ck_assert_int_eq(q.o.fault, FAULT_USAGE);
	ck_assert_str_ne(q.o.advice, "");
	ck_assert_int_eq(RUN(W("--queue"), W("delete")), -1);
	ck_assert_int_eq(q.o.fault, FAULT_USAGE);
	ck_assert_int_eq(RUN(W("--queue"), W("delete"),
	    W("../../../etc/passwd"), a), -1);
	ck_assert_int_eq(q.o.fault, FAULT_DATA);
	ck_assert_str_eq(q.o.text,
	    "1 of the messages named could not be deleted");
	ck_assert(queued_said(&q, "../../../etc/passwd: is no id, and fits "
	    "none in the queue\n"));
	ck_assert(queued_said(&q, "\n1 message deleted\n"));
	ck_assert_int_eq(RUN(W("--queue"), W("hold"), W("zzz*")), -1);
	ck_assert_int_eq(q.o.fault, FAULT_DATA);
	/* It fits, if only where there is nothing to do. */
	ck_assert_int_eq(RUN(W("--queue"), W("release"), W("*")), 0);
	ck_assert_str_eq(q.said, "0 messages released\n");
	ck_assert_int_eq(RUN(W("--queue"), W("delete"), W("from:none"),
	    W("to:none")), 0);
	ck_assert_str_eq(q.said, "0 messages deleted\n");
	ck_assert_int_eq(RUN(W("--queue"), W("show"), W("to:none")), 0);
	ck_assert_str_eq(q.said, "no such mail in the queue\n");
	ck_assert_int_eq(RUN(W("-bP")), 0);
	ck_assert_str_eq(q.said, "2\n");
}
END_TEST

/* Why a verb is not for a message, by where that is. */
START_TEST(elsewhere)
{
	char to[200];

	snprintf(to, sizeof(to), "%s/failed/%s", q.path, b);
	ck_assert_int_eq(rename(path_of(b), to), 0);
	ck_assert_int_eq(RUN(W("--queue"), W("hold"), W(a)), 0);
	ck_assert_int_eq(RUN(W("--queue"), W("hold"), W(a), W(b)), -1);
	ck_assert(queued_said(&q, ": is on hold already\n"));
	ck_assert(queued_said(&q, ": has failed, nobody tries"));
	ck_assert_str_eq(q.o.text,
	    "2 of the messages named could not be put on hold");
	ck_assert_int_eq(RUN(W("--queue"), W("retry"), W(a), W(b)), -1);
	ck_assert(queued_said(&q, ": is on hold: release it\n"));
	ck_assert(queued_said(&q, ": has failed: release it\n"));
	ck_assert(queued_said(&q, "0 messages made due\n"));
	ck_assert_int_eq(RUN(W("--queue"), W("bounce"), W(b)), -1);
	ck_assert(queued_said(&q, ": has failed: release it first\n"));
	ck_assert_int_eq(RUN(W("--queue"), W("release"), W(c)), -1);
	ck_assert(queued_said(&q, ": is waiting for delivery already\n"));
}
END_TEST

/* Mail of a configuration that is not ours, or gone. */
START_TEST(foreign)
{
	free(q.settings.path);
	q.settings.path = mem_dup("/etc/ours.conf");
	ck_assert_int_eq(RUN(W("-bp"), W(a), W(b)), 0);
	ck_assert(queued_said(&q, "\tbelongs to " QUEUED_CONFIG
	    ", which is gone\n"));
	ck_assert(queued_said(&q, "Z\t-\t2\t"));
	ck_assert_int_eq(RUN(W("--queue"), W("show"), W(a)), 0);
	ck_assert(queued_said(&q, "\nnext try:  none\nreason:    belongs "));
	ck_assert_int_eq(RUN(W("--queue"), W("hold"), W(a)), 0);
	ck_assert_int_eq(RUN(W("-bp"), W(a)), 0);
	ck_assert(queued_said(&q, "\t450 come back\n"));
}
END_TEST

/* The list and the message itself say the same. */
START_TEST(agrees)
{
	const struct account *x = &q.settings.accounts[0];
	struct outcome o;
	char *listed;
	size_t i;

	outcome_fail(&o, FAULT_NETWORK, STAGE_CONNECT, "nobody home");
	for (i = 0; i < x->hosts_n; i++)
		health_bad(&(struct health){ 0 }, &q.place.state, x,
		    &x->hosts[i], &o, 3030, 3030, clock_now());
	ck_assert_int_eq(RUN(W("-bp"), W("--json"), W(b)), 0);
	listed = mem_dup(q.said);
	ck_assert_int_eq(RUN(W("--queue"), W("show"), W("--json"), W(b)), 0);
	ck_assert_str_eq(q.said, listed);
	free(listed);
	ck_assert_int_eq(RUN(W("--queue"), W("show"), W(b)), 0);
	ck_assert(queued_said(&q, "(in 50 min)\nreason:    a.example.org:587 "
	    "is down: nobody home\n"));
}
END_TEST

static void
put(const char *name, const char *words)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_eq(file_write(fd, words, strlen(words)), 0);
	close(fd);
}

/* What cannot be read is shown, and harms nobody; deleting needs no reading,
 * but another version's mail goes only by its own id. */
START_TEST(unreadable)
{
	char text[STORE_HEAD + 1] = "";

	put("failed/0000000000000001", "rubbish");
	memset(text, ' ', sizeof(text) - 1);
	memcpy(text, "posthorn 2", 10);
	put("0000000000000002", text);
	ck_assert_int_eq(RUN(W("-bp")), 0);
	ck_assert_uint_eq(lines(), 5);
	ck_assert(queued_said(&q, "0000000000000001\tunreadable\t"));
	ck_assert(queued_said(&q, "of another version of posthorn\n"));
	ck_assert_int_eq(RUN(W("-bp"), W("--json")), 0);
	ck_assert_uint_eq(lines(), 5);
	ck_assert_int_eq(RUN(W("--queue"), W("show"),
	    W("0000000000000001")), -1);
	ck_assert_int_eq(RUN(W("--queue"), W("delete"), W("from:*")), 0);
	ck_assert_int_eq(RUN(W("-bp")), 0);
	ck_assert_uint_eq(lines(), 2);
	ck_assert_int_eq(RUN(W("--queue"), W("delete"), W("all")), -1);
	ck_assert(queued_said(&q, "0000000000000001: deleted\n"));
	ck_assert_int_eq(access(path_of("0000000000000002"), F_OK), 0);
	ck_assert_int_eq(RUN(W("--queue"), W("delete"),
	    W("0000000000000002")), 0);
	ck_assert_int_ne(access(path_of("0000000000000002"), F_OK), 0);
}
END_TEST

/* In a queue that is shared everybody has their own messages. */
START_TEST(others)
{
	char d[ENTRY_ID];

	if (geteuid() != 0)
		return;
	queued_enter(&q, d, "eve@example.org", 1, 10, NULL);
	ck_assert_int_eq(chown(path_of(a), 1001, 0), 0);
	ck_assert_int_eq(chown(path_of(b), 1002, 0), 0);
	q.place.store.system = true;
	q.me.uid = 1001;
	ck_assert_int_eq(RUN(W("-bp")), 0);
	ck_assert_uint_eq(lines(), 1);
	ck_assert(queued_said(&q, a));
	ck_assert_int_eq(RUN(W("-bP")), 0);
	ck_assert_str_eq(q.said, "1\n");
	ck_assert_int_eq(RUN(W("--queue"), W("delete"), W(b)), -1);
	ck_assert(queued_said(&q, "is not in the queue, or not yours\n"));
	ck_assert_int_eq(RUN(W("--queue"), W("show"), W(b)), -1);
	ck_assert(!queued_said(&q, "ann@example.com"));
	ck_assert_int_eq(RUN(W("--queue"), W("hold"), W("all")), 0);
	ck_assert(queued_said(&q, "1 message put on hold\n"));
	ck_assert(is_in(STORE_HOLD, a) && is_in(STORE_ACTIVE, b));
	ck_assert_int_eq(RUN(W("--queue"), W("delete"), W("all")), 0);
	ck_assert(queued_said(&q, "1 message deleted\n"));
	ck_assert_int_eq(RUN(W("-bp")), 0);
	ck_assert_str_eq(q.said, "no mail in the queue\n");
	q.me.uid = 0;
	ck_assert_int_eq(RUN(W("-bp")), 0);
	ck_assert_uint_eq(lines(), 3);
	q.place.store.system = false;
}
END_TEST

static Suite *
suite(void)
{
	Suite *x = suite_create("mailq");
	TCase *t = tcase_create("mailq");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, lists);
	tcase_add_test(t, empty);
	tcase_add_test(t, counts);
	tcase_add_test(t, reasons);
	tcase_add_test(t, busy);
	tcase_add_test(t, holds);
	tcase_add_test(t, releases_failed);
	tcase_add_test(t, retries);
	tcase_add_test(t, bounces);
	tcase_add_test(t, bounces_later);
	tcase_add_test(t, shows);
	tcase_add_test(t, usage);
	tcase_add_test(t, elsewhere);
	tcase_add_test(t, foreign);
	tcase_add_test(t, agrees);
	tcase_add_test(t, unreadable);
	tcase_add_test(t, others);
	suite_add_tcase(x, t);
	return x;
}

int
main(void)
{
	return unit_main(suite());
}
