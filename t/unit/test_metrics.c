/* SPDX-License-Identifier: ISC */
/* --status: words, numbers, and when it is time to worry. */
#include <fcntl.h>

#include "front/metrics.h"
#include "queue/health.h"
#include "queued.h"

static struct queued q;
static char a[ENTRY_ID], b[ENTRY_ID];

static void
setup(void)
{
	queued_open(&q, "queue { warn-after = 1h }");
}

static void
teardown(void)
{
	queued_close(&q);
}

static int
status(bool as_json, bool as_metrics)
{
	struct options op;

	command_init(&op, 1);
	op.json = as_json;
	op.openmetrics = as_metrics;
	outcome_clear(&q.o);
	QUEUED_SAY(&q, metrics_run(&op, &q.settings, &q.place, &q.me, &q.o));
	command_free(&op);
	return q.rc;
}

static void
host_fails(size_t i, const char *words, int64_t pause)
{
	const struct account *x = &q.settings.accounts[0];
	struct health h = { 0 };
	struct outcome o;

	outcome_fail(&o, FAULT_NETWORK, STAGE_CONNECT, "%s", words);
	health_bad(&h, &q.place.state, x, &x->hosts[i], &o, pause, pause,
	    clock_now());
}

START_TEST(fine)
{
	const struct account *x = &q.settings.accounts[0];
	struct health h = { 0 };

	ck_assert_int_eq(status(false, false), 0);
	ck_assert(queued_said(&q, "account main (default)\n"));
	ck_assert(queued_said(&q, "  a.example.org:587: no message taken yet\n"));
	ck_assert(queued_said(&q, "  0 waiting (0 B), 0 on hold, 0 failed\n"));
	health_good(&h, &q.place.state, x, &x->hosts[0], clock_now() - 180);
	queued_enter(&q, a, "joe@example.org", 1, 1800, "450 no");
	ck_assert_int_eq(status(false, false), 0);
	ck_assert(queued_said(&q, ": up; last message taken 3 min ago\n"));
	ck_assert_msg(queued_said(&q,
	    "  1 waiting; the oldest for 30 min, next try in "), "%s", q.said);
	ck_assert_int_eq(status(true, false), 0);
	ck_assert(queued_said(&q, "\"waiting\":1,\"held\":0,\"failed\":0,"));
}
END_TEST

START_TEST(down)
{
	host_fails(1, "nobody \"home\"", 600);
	ck_assert_int_eq(status(false, false), -1);
	ck_assert_int_eq(q.o.fault, FAULT_DELAY);
	ck_assert_str_eq(q.o.text,
	    "account main: [::1]:26 is down: nobody \"home\"");
	ck_assert(queued_said(&q, "  [::1]:26: down, next try in "));
	ck_assert(queued_said(&q, "\n    nobody \"home\"\n"));
	ck_assert_int_eq(status(true, false), -1);
	ck_assert(queued_said(&q, "\"words\":\"nobody \\\"home\\\"\""));
	/* Collected by what throws away the output of a failure. */
	ck_assert_int_eq(status(false, true), 0);
	clock_shift(100000);
	ck_assert_int_eq(status(false, false), 0);
	clock_shift(-100000);
}
END_TEST

/* Mail that waits for too long; not that on hold. */
START_TEST(late)
{
	struct entry e;

	queued_enter(&q, a, "joe@example.org", 1, 3500, NULL);
	queued_enter(&q, b, "joe@example.org", 1, 9000, NULL);
	ck_assert_int_eq(status(false, false), -1);
	ck_assert_str_eq(q.o.text, "mail has been waiting for 2 h");
	ck_assert_int_eq(store_load(&q.place.store, STORE_ACTIVE, b, &e,
	    &q.o), STORE_LOADED);
	ck_assert_int_eq(store_move(&q.place.store, &e, STORE_ACTIVE,
	    STORE_HOLD, &q.o), 0);
	store_release(&e);
	ck_assert_int_eq(status(false, false), 0);
	ck_assert(queued_said(&q, ", 1 on hold"));
}
END_TEST

/* The whole form; a parser of others' reads it in the end-to-end test. */
START_TEST(openmetrics)
{
	queued_enter(&q, a, "joe@example.org", 1, 100, NULL);
	host_fails(0, "gone", 600);
	ck_assert_int_eq(status(false, true), 0);
	ck_assert(queued_said(&q,
	    "# TYPE posthorn_queue_messages gauge\n"
	    "# HELP posthorn_queue_messages Messages in each folder of the "
	    "queue.\n"
	    "posthorn_queue_messages{folder=\"active\"} 1\n"
	    "posthorn_queue_messages{folder=\"hold\"} 0\n"
	    "posthorn_queue_messages{folder=\"failed\"} 0\n"));
	ck_assert(queued_said(&q, "posthorn_host_down{account=\"main\","
	    "host=\"a.example.org:587\"} 1\n"));
	ck_assert(queued_said(&q, "posthorn_host_down{account=\"main\","
	    "host=\"[::1]:26\"} 0\n"));
	ck_assert(queued_said(&q,
	    "posthorn_account_messages{account=\"spare\"} 0\n"));
	ck_assert_str_eq(q.said + strlen(q.said) - 6, "# EOF\n");
}
END_TEST

/* Other configurations' mail is counted, for no account of ours. */
START_TEST(foreign)
{
	queued_enter(&q, a, "joe@example.org", 1, 100, NULL);
	free(q.settings.path);
	q.settings.path = mem_dup("/etc/other.conf");
	ck_assert_int_eq(status(false, false), 0);
	ck_assert(queued_said(&q, "  1 of those waiting belongs to a "
	    "configuration that is gone: put its file back, or delete the "
	    "message\n"));
	ck_assert(!queued_said(&q, "to other configurations"));
	ck_assert(queued_said(&q, "\n  0 waiting\naccount spare\n"));
}
END_TEST

/* An account that is gone is none of the configuration's file. */
START_TEST(account_gone)
{
	queued_enter(&q, a, "joe@example.org", 1, 100, NULL);
	q.settings.accounts[0].name[0] = 'M';
	ck_assert_int_eq(status(false, false), 0);
	ck_assert(queued_said(&q, "  1 of those waiting belongs to other "
	    "configurations or accounts\n"));
	ck_assert_int_eq(status(true, false), 0);
	ck_assert(queued_said(&q, "\"foreign\":1,\"orphaned\":0,"));
}
END_TEST

/* A server that refuses the login is not down. */
START_TEST(login)
{
	const struct account *x = &q.settings.accounts[0];
	struct health h = { 0 };
	struct outcome o;

	outcome_fail(&o, FAULT_LOGIN, STAGE_AUTH, "login refused: 535 no");
	health_bad(&h, &q.place.state, x, &x->hosts[1], &o, 60, 60,
	    clock_now());
	ck_assert_int_eq(status(false, false), -1);
	ck_assert_str_eq(q.o.text, "account main: no login at [::1]:26: "
	    "login refused: 535 no");
	ck_assert(queued_said(&q, "  [::1]:26: login fails, next try in "));
	clock_shift(1000);
	ck_assert_int_eq(status(false, false), 0);
	clock_shift(-1000);
	ck_assert(queued_said(&q, "  [::1]:26: failed the last time; "));
}
END_TEST

/* What cannot be read is neither waiting nor failed. */
START_TEST(unreadable)
{
	char path[100];
	int fd;

	snprintf(path, sizeof(path), "%s/0123456789abcdef", q.path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_eq(file_write(fd, "rubbish", 7), 0);
	close(fd);
	queued_enter(&q, a, "joe@example.org", 1, 100, NULL);
	ck_assert_int_eq(status(false, false), 0);
	ck_assert(queued_said(&q, "  1 waiting ("));
	ck_assert(queued_said(&q, "\n  and 1 that cannot be read\n"));
}
END_TEST

static Suite *
suite(void)
{
	Suite *x = suite_create("metrics");
	TCase *t = tcase_create("metrics");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, fine);
	tcase_add_test(t, down);
	tcase_add_test(t, late);
	tcase_add_test(t, openmetrics);
	tcase_add_test(t, foreign);
	tcase_add_test(t, account_gone);
	tcase_add_test(t, login);
	tcase_add_test(t, unreadable);
	suite_add_tcase(x, t);
	return x;
}

int
main(void)
{
	return unit_main(suite());
}
