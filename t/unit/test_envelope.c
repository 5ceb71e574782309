/* SPDX-License-Identifier: ISC */
/* Reverse-path, recipients, their outcomes. */
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "mail/envelope.h"
#include "unit.h"

START_TEST(empty)
{
	struct envelope e;

	envelope_init(&e);
	ck_assert_str_eq(e.sender, "");
	ck_assert_uint_eq(e.n, 0);
	ck_assert(!e.utf8 && !e.body_8bit);
	envelope_free(&e);
}
END_TEST

START_TEST(sender)
{
	struct envelope e;

	envelope_init(&e);
	envelope_sender(&e, "joe@x.example");
	ck_assert_str_eq(e.sender, "joe@x.example");
	envelope_sender(&e, e.sender);
	ck_assert_str_eq(e.sender, "joe@x.example");
	ck_assert(!e.utf8);
	envelope_sender(&e, "j\xc3\xb6@x.example");
	ck_assert(e.utf8);
	envelope_sender(&e, "");
	ck_assert_str_eq(e.sender, "");
	envelope_free(&e);
}
END_TEST

START_TEST(duplicates)
{
	struct envelope e;
	struct outcome o;
	char text[40];
	unsigned i, round;

	envelope_init(&e);
	for (round = 0; round < 3; round++)
		for (i = 0; i < 1000; i++) {
			snprintf(text, sizeof(text), "u%u@x.example", i);
			ck_assert_int_eq(envelope_add(&e, text, &o), 0);
			ck_assert_uint_eq(e.n, round == 0 ? i + 1 : 1000);
		}
	for (i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "u%u@x.example", i);
		ck_assert_str_eq(e.rcpt[i].address, text);
		ck_assert(!e.rcpt[i].settled);
	}
	ck_assert_int_eq(envelope_add(&e, "U1@x.example", &o), 0);
	ck_assert_uint_eq(e.n, 1001);
	ck_assert(!e.utf8);
	ck_assert_int_eq(envelope_add(&e, "\xc3\xb6@x.example", &o), 0);
	ck_assert(e.utf8);
	envelope_free(&e);
}
END_TEST

START_TEST(outcomes)
{
	static const uint16_t codes[3] = { 5, 1, 1 };
	struct envelope e;
	struct outcome o, got;

	envelope_init(&e);
	envelope_add(&e, "a@x.example", &o);
	envelope_add(&e, "b@x.example", &o);
	envelope_add(&e, "c@x.example", &o);
	ck_assert_uint_eq(envelope_count(&e, VERDICT_DELIVERED), 0);
	outcome_fail(&o, FAULT_NOUSER, STAGE_RCPT, "no such user");
	outcome_advise(&o, "ask them");
	outcome_codes(&o, 550, codes);
	o.in_doubt = true;
	envelope_settle(&e, 1, &o);
	ck_assert(e.rcpt[1].settled && !e.rcpt[0].settled);
	ck_assert_uint_eq(envelope_count(&e, VERDICT_NEVER), 1);
	envelope_outcome(&e, 1, &got);
	ck_assert_int_eq(got.verdict, VERDICT_NEVER);
	ck_assert_int_eq(got.scope, o.scope);
	ck_assert_int_eq(got.fault, FAULT_NOUSER);
	ck_assert_int_eq(got.stage, STAGE_RCPT);
	ck_assert_uint_eq(got.code, 550);
	ck_assert_uint_eq(got.enhanced[1], 1);
	ck_assert(got.in_doubt);
	ck_assert_str_eq(got.text, "no such user");
	ck_assert_str_eq(got.advice, "ask them");
	ck_assert_str_eq(e.rcpt[1].text, "no such user");

	outcome_clear(&o);
	outcome_codes(&o, 250, NULL);
	envelope_settle_rest(&e, &o);
	ck_assert_uint_eq(envelope_count(&e, VERDICT_DELIVERED), 2);
	ck_assert_uint_eq(envelope_count(&e, VERDICT_NEVER), 1);
	envelope_outcome(&e, 2, &got);
	ck_assert_uint_eq(got.code, 250);
	ck_assert_str_eq(got.text, "");

	/* the last one stands, and nobody has been told of it */
	e.rcpt[1].told = true;
	envelope_reopen(&e, 1);
	envelope_keep(&e, 1);
	ck_assert(e.rcpt[1].told);
	envelope_settle(&e, 1, &o);
	ck_assert(!e.rcpt[1].told);
	ck_assert(e.rcpt[1].text == NULL);
	ck_assert_uint_eq(envelope_count(&e, VERDICT_DELIVERED), 3);
	outcome_fail(&o, FAULT_DELAY, STAGE_DATA, "wait");
	envelope_settle(&e, 1, &o);
	envelope_settle(&e, 1, &o);
	ck_assert_uint_eq(envelope_count(&e, VERDICT_LATER), 1);
	envelope_outcome(&e, 1, &got);
	ck_assert_str_eq(got.advice, "");
	envelope_free(&e);
}
END_TEST

/* The text and advice of an outcome at their longest. */
START_TEST(long_words)
{
	struct envelope e;
	struct outcome o, got;

	envelope_init(&e);
	envelope_add(&e, "a@x.example", &o);
	outcome_fail(&o, FAULT_DELAY, STAGE_RCPT, "%0600d", 1);
	outcome_advise(&o, "%0600d", 1);
	ck_assert_uint_eq(strlen(o.text), sizeof(o.text) - 1);
	envelope_settle(&e, 0, &o);
	envelope_outcome(&e, 0, &got);
	ck_assert_str_eq(got.text, o.text);
	ck_assert_str_eq(got.advice, o.advice);
	envelope_free(&e);
}
END_TEST

/* A million recipients: time does not grow with the square, at most 128
 * octets each beside the address. */
START_TEST(a_million)
{
	struct envelope e;
	struct outcome o;
	size_t before, after, addresses = 0;
	char text[60];
	clock_t begun = clock();
	unsigned i;

	envelope_init(&e);
	before = mallinfo2().uordblks + mallinfo2().hblkhd;
	for (i = 0; i < LIMIT_RECIPIENTS; i++) {
		addresses += (size_t)snprintf(text, sizeof(text),
		    "user-%u@mail.example.org", i);
		ck_assert_int_eq(envelope_add(&e, text, &o), 0);
	}
	after = mallinfo2().uordblks + mallinfo2().hblkhd;
	ck_assert_uint_eq(e.n, LIMIT_RECIPIENTS);
	ck_assert_uint_le(after - before, addresses + 128 * e.n);
	ck_assert_uint_le(sizeof(struct recipient), 32);
	ck_assert_int_eq(envelope_add(&e, "user-7@mail.example.org", &o), 0);
	ck_assert_int_eq(envelope_add(&e, "one@too.many", &o), -1);
	ck_assert_int_eq(o.fault, FAULT_DATA);
	ck_assert_uint_eq(e.n, LIMIT_RECIPIENTS);
	ck_assert_int_lt((clock() - begun) / CLOCKS_PER_SEC, 20);
	envelope_free(&e);
}
END_TEST

START_TEST(dsn)
{
	struct envelope e;
	struct outcome o;

	envelope_init(&e);
	envelope_notify(&e, 0, DSN_DELAY);
	ck_assert_int_eq(envelope_add(&e, "a@x", &o), 0);
	ck_assert_int_eq(envelope_add(&e, "b@x", &o), 0);
	ck_assert_uint_eq(e.rcpt[0].notify, 0);
	ck_assert_ptr_null(e.envid);
	envelope_notify(&e, 0, DSN_SUCCESS | DSN_FAILURE);
	envelope_dsn(&e, DSN_RET_HDRS, "one");
	envelope_dsn(&e, DSN_RET_FULL, "two");
	ck_assert_uint_eq(e.rcpt[1].notify, DSN_SUCCESS | DSN_FAILURE);
	ck_assert_uint_eq(e.ret, DSN_RET_FULL);
	ck_assert_str_eq(e.envid, "two");
	envelope_dsn(&e, DSN_RET_UNSAID, NULL);
	ck_assert_ptr_null(e.envid);
	/* one behind the address changes nothing of that */
	ck_assert_ptr_null(envelope_orcpt_of(&e.rcpt[0]));
	envelope_orcpt(&e, 0, "rfc822;Old+2B@X");
	envelope_orcpt(&e, 0, "rfc822;A@X");
	ck_assert_str_eq(envelope_orcpt_of(&e.rcpt[0]), "rfc822;A@X");
	ck_assert_str_eq(e.rcpt[0].address, "a@x");
	ck_assert_ptr_null(envelope_orcpt_of(&e.rcpt[1]));
	ck_assert_int_eq(envelope_add(&e, "a@x", &o), 0);
	ck_assert_uint_eq(e.n, 2);
	envelope_free(&e);
}
END_TEST

/* The counters and the cursor stay true through any settling and reopening. */
START_TEST(reopened)
{
	struct envelope e;
	struct outcome o;
	char address[32];
	size_t i, open, found, ended[3];
	unsigned step;

	envelope_init(&e);
	for (i = 0; i < 50; i++) {
		snprintf(address, sizeof(address), "r%zu@example.org", i);
		ck_assert_int_eq(envelope_add(&e, address, &o), 0);
	}
	for (step = 0; step < 5000; step++) {
		i = (step * 7919u + step / 3) % 50;
		if (step % 3 == 0)
			envelope_reopen(&e, i);
		else if (step % 3 == 1) {
			outcome_fail(&o, FAULT_DELAY, STAGE_RCPT, "x");
			o.verdict = (enum verdict)(step % 7 % 3);
			envelope_settle(&e, i, &o);
		} else
			envelope_keep(&e, i);
		memset(ended, 0, sizeof(ended));
		for (open = 0, i = 0; i < 50; i++)
			if (e.rcpt[i].settled)
				ended[e.rcpt[i].verdict]++;
			else
				open++;
		ck_assert_uint_eq(envelope_open(&e), open);
		for (i = 0; i < 3; i++)
			ck_assert_uint_eq(envelope_count(&e, (enum verdict)i),
			    ended[i]);
		for (found = 0, i = envelope_next(&e, 0); i < e.n;
		    i = envelope_next(&e, i + 1)) {
			ck_assert(!e.rcpt[i].settled);
			found++;
		}
		ck_assert_uint_eq(found, open);
	}
	envelope_free(&e);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("envelope");
	TCase *t = tcase_create("envelope");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, empty);
	tcase_add_test(t, sender);
	tcase_add_test(t, duplicates);
	tcase_add_test(t, outcomes);
	tcase_add_test(t, long_words);
	tcase_add_test(t, a_million);
	suite_add_tcase(s, t);
	tcase_add_test(t, reopened);
	tcase_add_test(t, dsn);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
