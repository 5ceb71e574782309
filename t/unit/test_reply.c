/* SPDX-License-Identifier: ISC */
/* Replies: forms that are taken, forms that are refused, limits. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "smtp/reply.h"
#include "unit.h"

static struct outcome o;

static int
read_text(const char *text, size_t n, size_t chunk, struct reply *r)
{
	struct stream *s = stream_memory(text, n, chunk, NULL);
	int rc = reply_read(s, r, clock_deadline(1000), STAGE_MAIL,
	    NULL, &o);

	stream_close(s);
	return rc;
}

static const struct good {
	const char	*in;
	unsigned	 code;
	const char	*text;
	unsigned	 enhanced[3];
	const char	*words;
} good[] = {
	{ "250 ok\r\n", 250, "ok", { 0, 0, 0 }, "ok" },
	{ "250 ok\n", 250, "ok", { 0, 0, 0 }, "ok" },
	{ "250\r\n", 250, "", { 0, 0, 0 }, "" },
	{ "250 \r\n", 250, "", { 0, 0, 0 }, "" },
	{ "250-a\r\n250-b\r\n250 c\r\n", 250, "a\nb\nc", { 0, 0, 0 },
	    "a b c" },
	{ "250-a\r\n250\r\n", 250, "a\n", { 0, 0, 0 }, "a" },
	{ "550 5.1.1 no such user\r\n", 550, "5.1.1 no such user",
	    { 5, 1, 1 }, "no such user" },
	{ "550-5.1.1 no such\r\n550 5.1.1 user\r\n", 550,
	    "5.1.1 no such\n5.1.1 user", { 5, 1, 1 }, "no such user" },
	{ "550 4.1.1 class differs\r\n", 550, "4.1.1 class differs",
	    { 0, 0, 0 }, "class differs" },
	{ "250 2.0.0\r\n", 250, "2.0.0", { 2, 0, 0 }, "" },
	{ "550 5.7.1234 no code\r\n", 550, "5.7.1234 no code", { 0, 0, 0 },
	    "5.7.1234 no code" },
	{ "550 5.7 no code\r\n", 550, "5.7 no code", { 0, 0, 0 },
	    "5.7 no code" },
	{ "599 x\r\n", 599, "x", { 0, 0, 0 }, "x" },
	{ "550 a\tb\033[2Jc\r\n", 550, "a\tb\033[2Jc", { 0, 0, 0 },
	    "a b?[2Jc" },
};

START_TEST(takes)
{
	const struct good *g = &good[_i / 3];
	static const size_t chunks[] = { 0, 1, 3 };
	struct reply r;
	char words[128];

	ck_assert_int_eq(read_text(g->in, strlen(g->in), chunks[_i % 3], &r),
	    0);
	ck_assert_uint_eq(r.code, g->code);
	ck_assert_str_eq(r.text, g->text);
	ck_assert_uint_eq(r.enhanced[0], g->enhanced[0]);
	ck_assert_uint_eq(r.enhanced[1], g->enhanced[1]);
	ck_assert_uint_eq(r.enhanced[2], g->enhanced[2]);
	ck_assert_str_eq(reply_words(&r, words, sizeof(words)), g->words);
}
END_TEST

static const char *const bad[] = {
	"\r\n", "25\r\n", "2x0 ok\r\n", "199 x\r\n", "099 x\r\n", "600 x\r\n",
	"999 x\r\n", "000 x\r\n", "250ok\r\n", " 250 ok\r\n", "250\tok\r\n",
	"250-a\r\n251 b\r\n", "250-a\r\nb\r\n", "250-a\r\n\r\n", "2 50 ok\r\n",
	"HTTP/1.1 400 Bad Request\r\n", "250_ok\r\n", "+OK pop3\r\n",
};

START_TEST(refuses)
{
	struct reply r;

	ck_assert_int_eq(read_text(bad[_i], strlen(bad[_i]), 0, &r), -1);
	ck_assert_int_eq(o.fault, FAULT_PROTOCOL);
	ck_assert_int_eq(o.verdict, VERDICT_LATER);
	ck_assert_int_eq(o.stage, STAGE_MAIL);
}
END_TEST

START_TEST(ends)
{
	static const char *const cut[] = { "", "250", "250 ok", "250-a\r\n",
		"250-a\r\n250 b" };
	struct reply r;
	size_t i;

	for (i = 0; i < sizeof(cut) / sizeof(cut[0]); i++) {
		ck_assert_int_eq(read_text(cut[i], strlen(cut[i]), 0, &r), -1);
		ck_assert_int_eq(o.fault, FAULT_NETWORK);
	}
}
END_TEST

/* n lines of the code, each with `width` octets of text. */
static char *
many(size_t n, size_t width, size_t *len)
{
	size_t line = width + 6, i;
	char *p = malloc(n * line + 1);

	for (i = 0; i < n; i++) {
		memcpy(p + i * line, i + 1 == n ? "250 " : "250-", 4);
		memset(p + i * line + 4, 'x', width);
		memcpy(p + i * line + 4 + width, "\r\n", 2);
	}
	*len = n * line;
	return p;
}

START_TEST(long_replies)
{
	struct reply r;
	size_t n;
	char *p = many(1000, 500, &n);	/* under 1 MiB: read, mostly dropped */

	ck_assert_int_eq(read_text(p, n, 0, &r), 0);
	ck_assert_uint_eq(r.len, LIMIT_REPLY);
	free(p);
	p = many(4000, 500, &n);
	ck_assert_int_eq(read_text(p, n, 0, &r), -1);
	ck_assert_int_eq(o.fault, FAULT_PROTOCOL);
	free(p);
	p = many(1, 100000, &n);
	ck_assert_int_eq(read_text(p, n, 0, &r), 0);
	ck_assert_uint_eq(r.code, 250);
	ck_assert_uint_le(r.len, LIMIT_REPLY);
	free(p);
	p = many(1, 3 << 20, &n);
	ck_assert_int_eq(read_text(p, n, 0, &r), -1);
	free(p);
}
END_TEST

START_TEST(nul_inside)
{
	struct reply r;
	char words[32];

	ck_assert_int_eq(read_text("250 a\0b\r\n", 9, 0, &r), 0);
	ck_assert_uint_eq(r.len, 3);
	ck_assert_str_eq(reply_words(&r, words, sizeof(words)), "a?b");
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("reply");
	TCase *t = tcase_create("reply");

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, takes, 0, 3 * sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(t, refuses, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(t, ends);
	tcase_add_test(t, long_replies);
	tcase_add_test(t, nul_inside);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
