/* SPDX-License-Identifier: ISC */
/* What the caller is told, and what the log says of a message. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"
#include "queue/journal.h"
#include "front/report.h"
#include "unit.h"

static struct buf said;

/* From here on stderr goes to a file; what it got comes out of end. */
static int
begin(int fds[1])
{
	char name[] = "/tmp/test_report.XXXXXX";
	int keep = dup(2);

	fds[0] = mkstemp(name);
	ck_assert_int_ge(fds[0], 0);
	unlink(name);
	dup2(fds[0], 2);
	return keep;
}

static const char *
end(int fds[1], int keep)
{
	dup2(keep, 2);
	close(keep);
	buf_init(&said, 65536);
	lseek(fds[0], 0, SEEK_SET);
	ck_assert_int_eq(file_slurp(fds[0], &said), 0);
	close(fds[0]);
	return said.data;
}

START_TEST(status)
{
	static const struct { enum fault fault; int status; } t[] = {
		{ FAULT_NONE, EX_OK }, { FAULT_USAGE, EX_USAGE },
		{ FAULT_DATA, EX_DATAERR }, { FAULT_NOUSER, EX_NOUSER },
		{ FAULT_REFUSED, EX_UNAVAILABLE },
		{ FAULT_UNBUILT, EX_UNAVAILABLE }, { FAULT_BUG, EX_SOFTWARE },
		{ FAULT_OS, EX_OSERR }, { FAULT_INPUT, EX_IOERR },
		{ FAULT_DELAY, EX_TEMPFAIL }, { FAULT_NETWORK, EX_TEMPFAIL },
		{ FAULT_STARTTLS, EX_TEMPFAIL },
		{ FAULT_PROTOCOL, EX_PROTOCOL }, { FAULT_LOGIN, EX_NOPERM },
		{ FAULT_CONFIG, EX_CONFIG }, { FAULT_TRUST, EX_CONFIG },
	};
	struct outcome o;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		outcome_clear(&o);
		o.fault = t[i].fault;
		ck_assert_int_eq(report_status(&o), t[i].status);
	}
	ck_assert_uint_eq(i, FAULT_TRUST + 1);
}
END_TEST

START_TEST(outcome)
{
	static const uint16_t enhanced[3] = { 5, 1, 1 };
	struct outcome o;
	int fds[1], keep = begin(fds);

	outcome_fail(&o, FAULT_NOUSER, STAGE_RCPT, "a@b: 550 no");
	outcome_codes(&o, 550, enhanced);
	report_outcome(&o);
	outcome_fail(&o, FAULT_NETWORK, STAGE_MESSAGE, "cut");
	outcome_advise(&o, "try again");
	o.in_doubt = true;
	report_outcome(&o);
	ck_assert_str_eq(end(fds, keep), "posthorn: a@b: 550 no (5.1.1)\n"
	    "posthorn: cut [in doubt]\nposthorn: try again\n");
	buf_free(&said);
}
END_TEST

/* The longest words still end their line. */
START_TEST(longest)
{
	char text[LIMIT_WORDS * 2];
	struct outcome o;
	const char *got;
	int fds[1], keep = begin(fds);

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	outcome_fail(&o, FAULT_NETWORK, STAGE_MESSAGE, "%s", text);
	outcome_advise(&o, "%s", text);
	o.enhanced[0] = 5;
	o.enhanced[1] = o.enhanced[2] = 999;
	o.in_doubt = true;
	report_outcome(&o);
	got = end(fds, keep);
	ck_assert_ptr_nonnull(strstr(got, "(5.999.999) [in doubt]\nposthorn: "));
	ck_assert_int_eq(got[strlen(got) - 1], '\n');
	buf_free(&said);
}
END_TEST

static unsigned
lines(const char *s)
{
	unsigned n = 0;

	for (; *s != '\0'; s++)
		n += *s == '\n';
	return n;
}

/* n recipients, every third taken, the rest refused in words of their own. */
static void
envelope_make(struct envelope *e, unsigned n)
{
	struct outcome o;
	char name[32];
	unsigned i;

	envelope_init(e);
	envelope_sender(e, "s@x");
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "r%u@x", i);
		ck_assert_int_eq(envelope_add(e, name, &o), 0);
		outcome_clear(&o);
		if (i % 3 != 0)
			outcome_fail(&o, FAULT_NOUSER, STAGE_RCPT,
			    "%s: 550 no", name);
		envelope_settle(e, i, &o);
	}
}

START_TEST(recipients)
{
	static const struct { unsigned n, lines; const char *last; } t[] = {
		{ 2, 1, "posthorn: r1@x: 550 no\n" },
		{ 6, 4, "posthorn: r5@x: 550 no\n" },
		{ 30, 20, "posthorn: r29@x: 550 no\n" },
		{ 31, 20, "posthorn: r29@x: 550 no\n" },
		{ 32, 21, "posthorn: ... and 1 more, of 32 recipients "
		    "in all\n" },
		{ 300, 21, "posthorn: ... and 180 more, of 300 recipients "
		    "in all\n" },
	};
	struct envelope e;
	const char *got;
	size_t k;
	int fds[1], keep;

	envelope_make(&e, t[_i].n);
	keep = begin(fds);
	report_recipients(&e);
	got = end(fds, keep);
	k = strlen(t[_i].last);
	ck_assert_uint_eq(lines(got), t[_i].lines);
	ck_assert_str_eq(got + strlen(got) - k, t[_i].last);
	ck_assert_ptr_null(strstr(got, "r0@x"));	/* it was taken */
	buf_free(&said);
	envelope_free(&e);
}
END_TEST

/* One fault for all is said once, with its advice. */
START_TEST(same)
{
	struct envelope e;
	struct outcome o;
	int fds[1], keep;

	envelope_init(&e);
	ck_assert_int_eq(envelope_add(&e, "a@x", &o), 0);
	ck_assert_int_eq(envelope_add(&e, "b@x", &o), 0);
	outcome_fail(&o, FAULT_NETWORK, STAGE_CONNECT, "away");
	outcome_advise(&o, "wait");
	envelope_settle_rest(&e, &o);
	keep = begin(fds);
	report_recipients(&e);
	ck_assert_str_eq(end(fds, keep), "posthorn: away\nposthorn: wait\n");
	buf_free(&said);
	envelope_free(&e);
}
END_TEST

static const char *
journal(const struct journal_entry *j, const struct outcome *o)
{
	char name[] = "/tmp/test_journal.XXXXXX";
	struct log_target t = { .fd = mkstemp(name) };

	ck_assert_int_ge(t.fd, 0);
	unlink(name);
	log_open(&t);
	journal_message(j, o);
	buf_init(&said, 65536);
	lseek(t.fd, 0, SEEK_SET);
	ck_assert_int_eq(file_slurp(t.fd, &said), 0);
	close(t.fd);
	ck_assert_uint_eq(lines(said.data), 1);
	return strchr(said.data, ' ') + 1;	/* behind the time */
}

START_TEST(log_lines)
{
	static const uint16_t enhanced[3] = { 5, 1, 1 };
	struct deliver_trace t = { "mx:587", "192.0.2.1", "TLS1.3", "PLAIN",
		"queued as 7" }, none = { .host = "" };
	struct envelope e;
	struct outcome o;
	struct journal_entry j = { "id1", "one", &e, 1234, &t, 2003,
		NULL, false };

	envelope_make(&e, 1);
	outcome_clear(&o);
	ck_assert_str_eq(journal(&j, &o), "id=id1 account=one from=s@x to=r0@x "
	    "size=1234 host=mx:587 tls=TLS1.3 auth=PLAIN seconds=2.003 "
	    "outcome=delivered text=\"queued as 7\"\n");
	buf_free(&said);
	envelope_free(&e);
	envelope_make(&e, 2);
	outcome_fail(&o, FAULT_NOUSER, STAGE_RCPT, "r1@x: 550 no");
	outcome_codes(&o, 550, enhanced);
	ck_assert_str_eq(journal(&j, &o), "id=id1 account=one from=s@x "
	    "to=r0@x,r1@x size=1234 host=mx:587 tls=TLS1.3 auth=PLAIN "
	    "seconds=2.003 outcome=never delivered=\"1 of 2\" status=5.1.1 "
	    "text=\"r1@x: 550 no\"\n");
	buf_free(&said);
	envelope_free(&e);
	/* Nothing was known yet. */
	envelope_init(&e);
	j = (struct journal_entry){ "id2", NULL, &e, 0, &none, 0, NULL, false };
	outcome_fail(&o, FAULT_DATA, STAGE_INPUT, "no");
	ck_assert_str_eq(journal(&j, &o), "id=id2 from=\"\" seconds=0.000 "
	    "outcome=never text=no\n");
	buf_free(&said);
	outcome_fail(&o, FAULT_NETWORK, STAGE_MESSAGE, "cut");
	o.in_doubt = true;
	ck_assert_ptr_nonnull(strstr(journal(&j, &o), "outcome=in-doubt"));
	buf_free(&said);
	envelope_free(&e);
}
END_TEST

START_TEST(log_many)
{
	static const struct deliver_trace t;
	struct envelope e;
	struct outcome o;
	struct journal_entry j = { "id1", "one", &e, 1, &t, 0, NULL, false };

	envelope_make(&e, 5000);
	outcome_clear(&o);
	ck_assert_ptr_nonnull(strstr(journal(&j, &o), "... (5000 in all)"));
	buf_free(&said);
	envelope_free(&e);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("report");
	TCase *t = tcase_create("report");

	suite_add_tcase(s, t);
	tcase_add_test(t, status);
	tcase_add_test(t, outcome);
	tcase_add_test(t, longest);
	tcase_add_loop_test(t, recipients, 0, 6);
	tcase_add_test(t, same);
	tcase_add_test(t, log_lines);
	tcase_add_test(t, log_many);
	return unit_main(s);
}
