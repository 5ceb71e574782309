/* SPDX-License-Identifier: ISC */
/* The fault table: which refusals are for good, and whose fault they are. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "smtp/faults.h"
#include "unit.h"

#define NEVER	VERDICT_NEVER
#define LATER	VERDICT_LATER
#define MSG	SCOPE_MESSAGE
#define RCPT	SCOPE_RECIPIENT
#define ACCT	SCOPE_ACCOUNT
#define HOST	SCOPE_HOST

static const struct row {
	enum stage	 stage;
	const char	*reply;
	enum verdict	 verdict;
	enum scope	 scope;
	enum fault	 fault;
} rows[] = {
	/* For good: a 5yz to MAIL, RCPT, DATA or the message. */
	{ STAGE_MAIL, "550 x", NEVER, MSG, FAULT_REFUSED },
	{ STAGE_MAIL, "553 5.1.8 x", NEVER, MSG, FAULT_REFUSED },
	{ STAGE_MAIL, "552 5.3.4 too big", NEVER, MSG, FAULT_REFUSED },
	{ STAGE_MAIL, "550 5.7.1 x", NEVER, MSG, FAULT_REFUSED },
	{ STAGE_MAIL, "555 x", NEVER, MSG, FAULT_REFUSED },
	{ STAGE_RCPT, "550 x", NEVER, RCPT, FAULT_NOUSER },
	{ STAGE_RCPT, "550 5.1.1 x", NEVER, RCPT, FAULT_NOUSER },
	{ STAGE_RCPT, "551 x", NEVER, RCPT, FAULT_NOUSER },
	{ STAGE_RCPT, "553 x", NEVER, RCPT, FAULT_NOUSER },
	{ STAGE_RCPT, "554 5.7.1 x", NEVER, RCPT, FAULT_NOUSER },
	{ STAGE_RCPT, "552 5.2.2 full", NEVER, RCPT, FAULT_NOUSER },
	{ STAGE_DATA, "554 no valid recipients", NEVER, MSG, FAULT_REFUSED },
	{ STAGE_MESSAGE, "554 5.7.1 spam", NEVER, MSG, FAULT_REFUSED },
	{ STAGE_MESSAGE, "550 5.6.0 x", NEVER, MSG, FAULT_REFUSED },
	{ STAGE_MESSAGE, "552 5.3.4 x", NEVER, MSG, FAULT_REFUSED },
	/* Quarrels about the protocol. */
	{ STAGE_MAIL, "500 x", LATER, HOST, FAULT_DELAY },
	{ STAGE_MAIL, "501 x", LATER, HOST, FAULT_DELAY },
	{ STAGE_RCPT, "502 x", LATER, HOST, FAULT_DELAY },
	{ STAGE_DATA, "503 x", LATER, HOST, FAULT_DELAY },
	{ STAGE_MESSAGE, "504 x", LATER, HOST, FAULT_DELAY },
	{ STAGE_MAIL, "550 5.5.2 x", LATER, HOST, FAULT_DELAY },
	{ STAGE_RCPT, "550 5.5.0 x", LATER, HOST, FAULT_DELAY },
	{ STAGE_MAIL, "555 5.5.4 x", LATER, HOST, FAULT_DELAY },
	/* The host takes no mail, or is shut. */
	{ STAGE_MAIL, "521 5.3.2 x", LATER, HOST, FAULT_DELAY },
	{ STAGE_RCPT, "521 x", LATER, HOST, FAULT_DELAY },
	{ STAGE_MAIL, "550 5.3.2 x", LATER, HOST, FAULT_DELAY },
	/* The account. */
	{ STAGE_MAIL, "550 5.4.5 daily quota", LATER, ACCT, FAULT_DELAY },
	{ STAGE_RCPT, "550 5.4.5 x", LATER, ACCT, FAULT_DELAY },
	{ STAGE_MAIL, "550 5.7.3 x", LATER, ACCT, FAULT_DELAY },
	{ STAGE_MAIL, "550 5.7.30 x", LATER, ACCT, FAULT_DELAY },
	{ STAGE_AUTH, "550 5.7.30 x", LATER, ACCT, FAULT_LOGIN },
	{ STAGE_MESSAGE, "550 5.7.30 REQUIRETLS", NEVER, MSG, FAULT_REFUSED },
	/* Logins refused or demanded, at any stage. */
	{ STAGE_AUTH, "535 5.7.8 x", LATER, ACCT, FAULT_LOGIN },
	{ STAGE_AUTH, "535 x", LATER, ACCT, FAULT_LOGIN },
	{ STAGE_AUTH, "534 5.7.9 x", LATER, ACCT, FAULT_LOGIN },
	{ STAGE_AUTH, "538 5.7.11 x", LATER, ACCT, FAULT_LOGIN },
	{ STAGE_AUTH, "504 5.5.4 x", LATER, ACCT, FAULT_LOGIN },
	{ STAGE_MAIL, "530 5.7.0 x", LATER, ACCT, FAULT_LOGIN },
	{ STAGE_MAIL, "530 5.7.57 x", LATER, ACCT, FAULT_LOGIN },
	{ STAGE_RCPT, "530 x", LATER, ACCT, FAULT_LOGIN },
	{ STAGE_DATA, "535 x", LATER, ACCT, FAULT_LOGIN },
	{ STAGE_MESSAGE, "550 5.7.8 x", LATER, ACCT, FAULT_LOGIN },
	{ STAGE_MAIL, "550 5.7.9 x", LATER, ACCT, FAULT_LOGIN },
	{ STAGE_RCPT, "554 5.7.11 x", LATER, ACCT, FAULT_LOGIN },
	{ STAGE_AUTH, "454 4.7.0 x", LATER, ACCT, FAULT_DELAY },
	{ STAGE_AUTH, "432 4.7.12 x", LATER, ACCT, FAULT_DELAY },
	/* 4yz. */
	{ STAGE_MAIL, "451 x", LATER, MSG, FAULT_DELAY },
	{ STAGE_MAIL, "452 4.3.1 x", LATER, MSG, FAULT_DELAY },
	{ STAGE_RCPT, "450 4.2.0 greylisted", LATER, RCPT, FAULT_DELAY },
	{ STAGE_RCPT, "452 4.5.3 x", LATER, RCPT, FAULT_DELAY },
	{ STAGE_DATA, "451 x", LATER, MSG, FAULT_DELAY },
	{ STAGE_MESSAGE, "452 x", LATER, MSG, FAULT_DELAY },
	{ STAGE_MESSAGE, "421 x", LATER, HOST, FAULT_DELAY },
	{ STAGE_RCPT, "421 4.7.0 x", LATER, HOST, FAULT_DELAY },
	{ STAGE_AUTH, "421 x", LATER, HOST, FAULT_DELAY },
	/* Before the transaction everything can change. */
	{ STAGE_GREETING, "554 no SMTP service", LATER, HOST, FAULT_DELAY },
	{ STAGE_GREETING, "421 x", LATER, HOST, FAULT_DELAY },
	{ STAGE_EHLO, "550 x", LATER, HOST, FAULT_DELAY },
	{ STAGE_EHLO, "504 x", LATER, HOST, FAULT_DELAY },
	{ STAGE_STARTTLS, "454 x", LATER, HOST, FAULT_STARTTLS },
	{ STAGE_STARTTLS, "501 x", LATER, HOST, FAULT_STARTTLS },
	/* Nonsense. */
	{ STAGE_GREETING, "250 x", LATER, HOST, FAULT_PROTOCOL },
	{ STAGE_EHLO, "354 x", LATER, HOST, FAULT_PROTOCOL },
	{ STAGE_MESSAGE, "354 x", LATER, HOST, FAULT_PROTOCOL },
};

static void
make(struct reply *r, const char *text)
{
	struct outcome o;
	char line[128];
	struct stream *s;

	snprintf(line, sizeof(line), "%s\r\n", text);
	s = stream_memory(line, strlen(line), 0, NULL);
	ck_assert_int_eq(reply_read(s, r, clock_deadline(1000), STAGE_MAIL,
	    NULL, &o), 0);
	stream_close(s);
}

START_TEST(table)
{
	const struct row *w = &rows[_i];
	struct outcome o;
	struct reply r;
	char code[8];

	make(&r, w->reply);
	ck_assert_int_eq(faults_judge(&r, w->stage, "what", &o), -1);
	ck_assert_msg(o.verdict == w->verdict && o.scope == w->scope &&
	    o.fault == w->fault, "%s at %s: verdict %d scope %d fault %d",
	    w->reply, stage_name(w->stage), o.verdict, o.scope, o.fault);
	snprintf(code, sizeof(code), "%.3s", w->reply);
	ck_assert_ptr_nonnull(strstr(o.text, code));
	ck_assert_uint_eq(o.code, r.code);
}
END_TEST

START_TEST(too_many)
{
	static const struct { const char *reply; bool is; } t[] = {
		{ "452 4.5.3 x", true }, { "452 x", true }, { "552 x", true },
		{ "550 5.5.3 x", true }, { "450 4.5.3 x", true },
		{ "550 5.5.2 x", false }, { "451 x", false },
		{ "550 x", false }, { "250 2.5.3 x", false },
	};
	struct reply r;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		make(&r, t[i].reply);
		ck_assert_msg(faults_too_many(&r) == t[i].is, "%s",
		    t[i].reply);
	}
}
END_TEST

START_TEST(mechanism)
{
	static const unsigned as_such[] = { 500, 501, 502, 503, 504, 534, 538 };
	static const unsigned not[] = { 235, 334, 421, 454, 530, 535, 550 };
	struct reply r = { 0 };
	size_t i;

	for (i = 0; i < 7; i++) {
		r.code = as_such[i];
		ck_assert(faults_mechanism(&r));
		r.code = not[i];
		ck_assert(!faults_mechanism(&r));
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("faults");
	TCase *t = tcase_create("faults");

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, table, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(t, too_many);
	tcase_add_test(t, mechanism);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
