/* SPDX-License-Identifier: ISC */
/* Commands out, replies in. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"
#include "smtp/dialogue.h"

static struct buf out;
static struct outcome o;

static void
begin(struct dialogue *d, struct peer *p, const char *const *turns)
{
	memset(d, 0, sizeof(*d));
	buf_init(&out, 65536);
	*p = (struct peer){ turns, 0, 0, &out };
	d->timeout = 1000;
	d->stream = stream_new(&peer_ops, p, -1);
	outcome_clear(&o);
}

static void
end(struct dialogue *d)
{
	stream_close(d->stream);
	buf_free(&out);
}

START_TEST(talk)
{
	static const char *const turns[] = { "", "250-a\r\n250 b\r\n", NULL };
	struct dialogue d;
	struct peer p;

	begin(&d, &p, turns);
	ck_assert_int_eq(dialogue_command(&d, STAGE_MAIL, &o, "MAIL FROM:<%s>",
	    "a@b"), 0);
	ck_assert_str_eq(out.data, "");
	ck_assert_int_eq(dialogue_flush(&d, STAGE_MAIL, &o), 0);
	ck_assert_str_eq(out.data, "MAIL FROM:<a@b>\r\n|\n");
	ck_assert_int_eq(dialogue_reply(&d, STAGE_MAIL, 1000, &o), 0);
	ck_assert_uint_eq(d.reply.code, 250);
	ck_assert_str_eq(d.reply.text, "a\nb");
	ck_assert_int_eq(dialogue_reply(&d, STAGE_MAIL, 1000, &o), -1);
	ck_assert_int_eq(o.fault, FAULT_NETWORK);
	ck_assert_int_eq(o.stage, STAGE_MAIL);
	end(&d);
}
END_TEST

#ifndef UNIT_ASAN
/* A line break in a command is our bug, and ends us. */
START_TEST(line_break)
{
	static const char *const turns[] = { "", NULL };
	struct dialogue d;
	struct peer p;

	begin(&d, &p, turns);
	dialogue_command(&d, STAGE_RCPT, &o, "RCPT TO:<%s>", "a@b>\r\nDATA");
}
END_TEST
#endif

START_TEST(unasked)
{
	static const struct {
		const char	*turns[2];
		enum fault	 fault;
		const char	*words;
	} t[] = {
		{ { "250 eager\r\n" }, FAULT_PROTOCOL, "before it was asked" },
		{ { "421 4.3.2 idle\r\n" }, FAULT_DELAY, "idle" },
		{ { "nonsense\r\n" }, FAULT_PROTOCOL, "not an SMTP reply" },
		{ { "EOF" }, FAULT_NETWORK, "closed" },
	};
	struct dialogue d;
	struct peer p;

	begin(&d, &p, t[_i].turns);
	ck_assert_int_eq(dialogue_command(&d, STAGE_MAIL, &o, "MAIL"), 0);
	ck_assert_int_eq(dialogue_flush(&d, STAGE_MAIL, &o), -1);
	ck_assert_int_eq(o.fault, t[_i].fault);
	ck_assert_msg(strstr(o.text, t[_i].words) != NULL, "%s", o.text);
	ck_assert_str_eq(out.data, "");
	end(&d);
}
END_TEST

START_TEST(last_words)
{
	static const struct {
		const char	*turns[2];
		enum fault	 fault;
	} t[] = {
		{ { "552 5.3.4 too big\r\n" }, FAULT_REFUSED },
		{ { "421 bye\r\n" }, FAULT_DELAY },
		{ { "250 hm\r\n" }, FAULT_NETWORK },
		{ { "EOF" }, FAULT_NETWORK },
		{ { "" }, FAULT_NETWORK },
	};
	struct dialogue d;
	struct peer p;

	begin(&d, &p, t[_i].turns);
	outcome_fail(&o, FAULT_NETWORK, STAGE_MESSAGE, "cut");
	dialogue_last_words(&d, STAGE_MESSAGE, "the message", &o);
	ck_assert_int_eq(o.fault, t[_i].fault);
	end(&d);
}
END_TEST

/* Only where the login is spoken of, and never its words. */
START_TEST(mask)
{
	static const char *const turns[] = { "", "535 5.7.8 no hunter2\r\n"
	    "not this hunter2\r\n", "550 hunter2 there?\r\n", NULL };
	struct dialogue d;
	struct peer p;

	begin(&d, &p, turns);
	d.mask = (struct mask){ "hunter2", 7 };
	ck_assert_int_eq(dialogue_secret(&d, STAGE_AUTH, "AUTH x", 6, "AUTH",
	    &o), 0);
	ck_assert_int_eq(dialogue_flush(&d, STAGE_AUTH, &o), 0);
	ck_assert_int_eq(dialogue_reply(&d, STAGE_AUTH, 1000, &o), 0);
	ck_assert_uint_eq(d.reply.code, 535);
	ck_assert_uint_eq(d.reply.enhanced[2], 8);
	ck_assert_str_eq(d.reply.text, "5.7.8 (the server repeats the secret)");
	ck_assert_int_eq(dialogue_reply(&d, STAGE_AUTH, 1000, &o), -1);
	ck_assert_int_eq(o.fault, FAULT_PROTOCOL);
	ck_assert_ptr_null(strstr(o.text, "hunter2"));
	ck_assert_int_eq(dialogue_flush(&d, STAGE_RCPT, &o), 0);
	ck_assert_int_eq(dialogue_reply(&d, STAGE_RCPT, 1000, &o), 0);
	ck_assert_str_eq(d.reply.text, "hunter2 there?");
	end(&d);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("dialogue");
	TCase *t = tcase_create("dialogue");

	suite_add_tcase(s, t);
	tcase_add_test(t, talk);
#ifndef UNIT_ASAN
	tcase_add_test_raise_signal(t, line_break, SIGABRT);
#endif
	tcase_add_loop_test(t, unasked, 0, 4);
	tcase_add_loop_test(t, last_words, 0, 5);
	tcase_add_test(t, mask);
	return unit_main(s);
}
