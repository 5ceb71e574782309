/* SPDX-License-Identifier: ISC */
/* Envelopes behind an envelope. */
#include <stdio.h>
#include <string.h>

#include "mail/others.h"
#include "unit.h"

static struct outcome o;

static void
fill(struct envelope *e)
{
	envelope_init(e);
	envelope_sender(e, "jo@x");
	ck_assert_int_eq(others_add(e, NULL, "a@x", &o), 0);
	ck_assert_int_eq(others_add(e, "own1@x", "b@x", &o), 0);
	ck_assert_int_eq(others_add(e, "own2@x", "c@x", &o), 0);
	ck_assert_int_eq(others_add(e, "own1@x", "d@x", &o), 0);
}

START_TEST(adding)
{
	struct envelope e;

	fill(&e);
	/* nobody twice, wherever */
	ck_assert_int_eq(others_add(&e, NULL, "b@x", &o), 0);
	ck_assert_int_eq(others_add(&e, "own2@x", "a@x", &o), 0);
	ck_assert_int_eq(others_add(&e, "own3@x", "c@x", &o), 0);
	ck_assert_uint_eq(others_count(&e), 4);
	ck_assert_uint_eq(e.n, 1);
	ck_assert_str_eq(e.others->sender, "own1@x");
	ck_assert_uint_eq(e.others->n, 2);
	ck_assert_str_eq(e.others->others->sender, "own2@x");
	ck_assert_ptr_null(e.others->others->others);
	envelope_free(&e);
}
END_TEST

START_TEST(wishes)
{
	struct envelope e;

	fill(&e);
	others_wish(&e, DSN_NEVER, "rfc822;q@x");
	ck_assert_int_eq(others_add(&e, NULL, "e@x", &o), 0);
	ck_assert_int_eq(others_add(&e, "own2@x", "f@x", &o), 0);
	others_wish(&e, DSN_SUCCESS, NULL);
	ck_assert_uint_eq(e.rcpt[0].notify, DSN_NEVER);
	ck_assert_uint_eq(e.rcpt[1].notify, DSN_SUCCESS);
	ck_assert_ptr_null(envelope_orcpt_of(&e.rcpt[1]));
	ck_assert_uint_eq(e.others->rcpt[1].notify, DSN_NEVER);
	ck_assert_str_eq(envelope_orcpt_of(&e.others->rcpt[1]), "rfc822;q@x");
	ck_assert_uint_eq(e.others->others->rcpt[0].notify, DSN_NEVER);
	ck_assert_uint_eq(e.others->others->rcpt[1].notify, DSN_SUCCESS);
	envelope_free(&e);
}
END_TEST

START_TEST(promoting)
{
	struct envelope e, *taken;

	fill(&e);
	others_promote(&e);
	ck_assert_str_eq(e.sender, "jo@x");
	envelope_free(&e);

	envelope_init(&e);
	envelope_sender(&e, "jo@x");
	others_promote(&e);
	ck_assert_str_eq(e.sender, "jo@x");
	others_add(&e, "own1@x", "b@x", &o);
	others_add(&e, "own2@x", "c@x", &o);
	envelope_dsn(&e, DSN_RET_HDRS, "id");
	e.body_8bit = e.require_tls = true;
	others_promote(&e);
	ck_assert_str_eq(e.sender, "own1@x");
	ck_assert_str_eq(e.rcpt[0].address, "b@x");
	ck_assert_str_eq(e.envid, "id");
	ck_assert(e.body_8bit && e.require_tls && !e.utf8_asked);
	taken = others_take(&e);
	ck_assert_str_eq(taken->sender, "own2@x");
	ck_assert_str_eq(taken->envid, "id");
	ck_assert_uint_eq(taken->ret, DSN_RET_HDRS);
	ck_assert(taken->body_8bit && taken->require_tls);
	ck_assert_ptr_null(others_take(&e));
	others_free(taken);
	others_free(NULL);
	envelope_free(&e);
}
END_TEST

START_TEST(folding)
{
	static const uint16_t codes[3] = { 5, 1, 1 };
	struct envelope e, *taken;
	struct outcome got;

	fill(&e);
	others_wish(&e, DSN_DELAY, "rfc822;q@x");
	taken = others_take(&e);
	outcome_fail(&o, FAULT_NOUSER, STAGE_RCPT, "no such user");
	outcome_codes(&o, 550, codes);
	envelope_settle(taken, 1, &o);
	taken->rcpt[1].told = true;
	others_fold(&e, taken);
	others_fold(&e, taken);
	others_free(taken);
	ck_assert_uint_eq(e.n, 3);
	ck_assert_str_eq(e.rcpt[2].address, "d@x");
	ck_assert_uint_eq(e.rcpt[2].notify, DSN_DELAY);
	ck_assert_str_eq(envelope_orcpt_of(&e.rcpt[2]), "rfc822;q@x");
	ck_assert(e.rcpt[2].settled && e.rcpt[2].told);
	ck_assert(!e.rcpt[1].settled);
	ck_assert_uint_eq(envelope_count(&e, VERDICT_NEVER), 1);
	envelope_outcome(&e, 2, &got);
	ck_assert_str_eq(got.text, "no such user");
	ck_assert_uint_eq(got.code, 550);
	envelope_free(&e);
}
END_TEST

/* A long chain needs no stack. */
START_TEST(chain)
{
	struct envelope e;
	char owner[32], who[32];
	unsigned i;

	envelope_init(&e);
	for (i = 0; i < 2000; i++) {
		snprintf(owner, sizeof(owner), "own%u@x", i);
		snprintf(who, sizeof(who), "who%u@x", i);
		ck_assert_int_eq(others_add(&e, owner, who, &o), 0);
	}
	ck_assert_uint_eq(others_count(&e), 2000);
	envelope_free(&e);
	ck_assert_ptr_null(e.others);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("others");
	TCase *t = tcase_create("others");

	suite_add_tcase(s, t);
	tcase_add_test(t, adding);
	tcase_add_test(t, wishes);
	tcase_add_test(t, promoting);
	tcase_add_test(t, folding);
	tcase_add_test(t, chain);
	return unit_main(s);
}
