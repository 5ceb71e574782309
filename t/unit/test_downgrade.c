/* SPDX-License-Identifier: ISC */
/* Header fields encoded and folded: what they say stays the same. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mail/downgrade.h"
#include "unit.h"

#define UE	"\303\274"		/* u with diaeresis */
#define E_UE	"=C3=BC"
#define Q	"=?UTF-8?Q?"
#define IDN	"b" UE "cher.example"
#define A_IDN	"xn--bcher-kva.example"

static struct buf in, out;

static void
setup(void)
{
	buf_init(&in, 1u << 24);
	buf_init(&out, 1u << 26);
}

static void
teardown(void)
{
	buf_free(&in);
	buf_free(&out);
}

static void
run(const char *text, bool ascii, bool lines)
{
	buf_clear(&in);
	buf_clear(&out);
	ck_assert_int_eq(buf_puts(&in, text), 0);
	ck_assert_int_eq(downgrade_header(&out, &in, ascii, lines), 0);
}

static const struct {
	const char	*text, *want;
} rows[] = {
	/* text: only the words concerned */
	{ "Subject: Gr" UE "n und blau\r\n",
	    "Subject: " Q "Gr" E_UE "n?= und blau\r\n" },
	{ "subject:" UE "\r\n", "subject: " Q E_UE "?=\r\n" },
	{ "X-Any: a  " UE "  " UE "  b \r\n",
	    "X-Any: a  " Q E_UE "__" E_UE "?=  b \r\n" },
	{ "Comments: \"" UE "\" (" UE ")\r\n",
	    "Comments: " Q "=22" E_UE "=22_=28" E_UE "=29?=\r\n" },
	{ "Content-Description: " UE "\r\n",
	    "Content-Description: " Q E_UE "?=\r\n" },
	/* a fold inside of what is encoded, and one beside */
	{ "Subject: x\r\n " UE "\r\n\t" UE "\r\n y\r\n",
	    "Subject: x\r\n " Q E_UE "=09" E_UE "?=\r\n y\r\n" },
	/* blanks beside encoded words that are there already */
	{ "Subject: =?utf-8?q?a?= " UE " =?utf-8?q?b?= c\r\n",
	    "Subject: =?utf-8?q?a?= " Q "_" E_UE "_?= =?utf-8?q?b?= c\r\n" },
	{ "Subject: =?utf-8?q?a?= b " UE " c\r\n",
	    "Subject: =?utf-8?q?a?= b " Q E_UE "?= c\r\n" },
	/* what is no UTF-8 */
	{ "Subject: a\374b " UE "\r\n",
	    "Subject: =?unknown-8bit?Q?a=FCb_" E_UE "?=\r\n" },
	{ "Subject: \355\240\200\r\n",
	    "Subject: =?unknown-8bit?Q?=ED=A0=80?=\r\n" },
	/* names */
	{ "From: J" UE " M" UE " <j@x>\r\n",
	    "From: " Q "J" E_UE "_M" E_UE "?= <j@x>\r\n" },
	{ "From: \"M" UE ", \\\"J\\\"\" <j@x>\r\n",
	    "From: " Q "M" E_UE "=2C_=22J=22?= <j@x>\r\n" },
	{ "To:" UE "<a@x>,\"b\"" UE "<b@x>\r\n",
	    "To: " Q E_UE "?= <a@x>, " Q "b" E_UE "?= <b@x>\r\n" },
	{ "Cc: a@x (" UE " (" UE ") c), b@x\r\n",
	    "Cc: a@x (" Q E_UE "?= (" Q E_UE "?=) c), b@x\r\n" },
	{ "Cc: a@x (\\)" UE ")\r\n", "Cc: a@x (" Q "=29" E_UE "?=)\r\n" },
	{ "To: " UE ": a@x, \"q\" <b@" IDN ">; , c@x\r\n",
	    "To: " Q E_UE "?= : a@x, \"q\" <b@" A_IDN ">; , c@x\r\n" },
	{ "Reply-To: <@" IDN ",@x:a@" IDN "> (c)\r\n",
	    "Reply-To: <@" A_IDN ",@x:a@" A_IDN "> (c)\r\n" },
	{ "Resent-Cc: a@" IDN ", b@[127.0.0.1]\r\n",
	    "Resent-Cc: a@" A_IDN ", b@[127.0.0.1]\r\n" },
	{ "To: =?utf-8?q?x,y?= " UE " <a@x>\r\n",
	    "To: =?utf-8?q?x,y?= " Q "_" E_UE "?= <a@x>\r\n" },
	{ "Disposition-Notification-To: " UE " <a@x>\r\n",
	    "Disposition-Notification-To: " Q E_UE "?= <a@x>\r\n" },
	{ "List-Id: " UE "bung <l.x>\r\n",
	    "List-Id: " Q E_UE "bung?= <l.x>\r\n" },
	{ "Keywords: " UE ", b, c " UE "\r\n",
	    "Keywords: " Q E_UE "?= , b, c " Q E_UE "?=\r\n" },
	/* what cannot be said otherwise stays */
	{ "To: " UE "@x, " UE " <" UE "@" IDN ">\r\n",
	    "To: " UE "@x, " Q E_UE "?= <" UE "@" A_IDN ">\r\n" },
	{ "To: a@-" UE ".x, b@\374.x\r\n", "To: a@-" UE ".x, b@\374.x\r\n" },
	{ "To: \"" UE " <a@x>\r\n", "To: " Q E_UE "?= <a@x>\r\n" },
	{ "Message-ID: <" UE "@x>\r\nReceived: by " UE "\r\n",
	    "Message-ID: <" UE "@x>\r\nReceived: by " UE "\r\n" },
	/* parameters */
	{ "Content-Type: text/plain; name=\"" UE " \\\"1\\\".txt\"; "
	    "charset=utf-8\r\n", "Content-Type: text/plain;\r\n "
	    "name*=utf-8''%C3%BC%20%221%22.txt; charset=utf-8\r\n" },
	{ "Content-Disposition: attachment;\r\n\tfilename=" UE " b.txt\r\n",
	    "Content-Disposition: attachment;\r\n "
	    "filename*=utf-8''%C3%BC%20b.txt\r\n" },
	{ "Content-Disposition: inline; filename=\"\374\" (c)\r\n",
	    "Content-Disposition: inline;\r\n "
	    "filename*=unknown-8bit''%FC\r\n" },
	{ "Content-Disposition: inline; filename*=utf-8''a" UE "%20\r\n",
	    "Content-Disposition: inline;\r\n "
	    "filename*=utf-8''a%C3%BC%20\r\n" },
	{ "Content-Disposition: inline; filename=\"" UE "\"; "
	    "FILENAME*=utf-8''%C3%BC; a=b\r\n", "Content-Disposition: inline; "
	    "FILENAME*=utf-8''%C3%BC; a=b\r\n" },
	{ "Content-Type: a/b; n*0=\"x\"; n*1=" UE "; n*2=c; m=d\r\n",
	    "Content-Type: a/b;\r\n n*0*=utf-8''x;\r\n n*1*=%C3%BC;\r\n "
	    "n*2*=c; m=d\r\n" },
	{ "Content-Type: a/b (" UE "); c=\"d;e\"\r\n",
	    "Content-Type: a/b (" Q E_UE "?=); c=\"d;e\"\r\n" },
	/* neighbours */
	{ "A: b\r\nnot a field\r\nSubject: " UE "\r\nC:\r\n",
	    "A: b\r\nnot a field\r\nSubject: " Q E_UE "?=\r\nC:\r\n" },
};

START_TEST(table)
{
	run(rows[_i].text, true, false);
	ck_assert_str_eq(out.data, rows[_i].want);
	/* and nothing is left to do */
	run(rows[_i].want, true, true);
	ck_assert_str_eq(out.data, rows[_i].want);
	/* nor is it done where nobody asks */
	run(rows[_i].text, false, true);
	ck_assert_str_eq(out.data, rows[_i].text);
}
END_TEST

static size_t
longest(const char *s)
{
	size_t max = 0, n;

	for (; *s != '\0'; s += n + (s[n] != '\0')) {
		n = strcspn(s, "\n");
		if (n > max)
			max = n;
	}
	return max > 0 ? max - 1 : 0;
}

/* The text without folds. */
static const char *
unfolded(const char *text)
{
	static char room[1u << 16];
	size_t i, n = 0;

	for (i = 0; text[i] != '\0' && n + 1 < sizeof(room); i++)
		if (text[i] != '\r' && text[i] != '\n')
			room[n++] = text[i];
	room[n] = '\0';
	return room;
}

static char *
many(const char *head, const char *piece, size_t n)
{
	static char room[1u << 16];
	size_t len = (size_t)snprintf(room, sizeof(room), "%s", head);

	for (; n > 0; n--)
		len += (size_t)snprintf(room + len, sizeof(room) - len, "%s",
		    piece);
	snprintf(room + len, sizeof(room) - len, "\r\n");
	return room;
}

static const struct {
	const char	*head, *piece;
	size_t		 n, most;
	bool		 blanks;	/* nothing but folds at blanks */
} lengths[] = {
	{ "Subject:", " word", 400, 78, true },
	{ "X-One: ", "x", 3000, 76, false },
	{ "X-Two: a ", "   ", 1000, 78, false },
	{ "References:", " <abc@def.example>", 100, 78, true },
	{ "References: ", "<abc@def.example>", 100, 98, false },
	{ "To: ", "abc@def.example,", 200, 98, false },
	{ "To:", " \"A B\" <abc@def.example>,", 100, 78, true },
	{ "Received:", " from a by b", 200, 78, true },
	{ "DKIM-Signature: v=1;", "h=from;", 300, 98, false },
	{ "Content-Type: multipart/mixed;", "a=b;", 400, 98, false },
};

START_TEST(folded)
{
	const char *text = many(lengths[_i].head, lengths[_i].piece,
	    lengths[_i].n);
	char before[1u << 16];

	run(text, false, true);
	ck_assert_msg(longest(out.data) <= lengths[_i].most, "%s: %zu in\n%s",
	    lengths[_i].head, longest(out.data), out.data);
	ck_assert_ptr_null(strstr(out.data, "\n\r"));
	ck_assert_ptr_null(strstr(out.data, "\n \r"));
	if (lengths[_i].blanks) {
		snprintf(before, sizeof(before), "%s", unfolded(text));
		ck_assert_str_eq(unfolded(out.data), before);
	}
	/* not where nobody asks, and not twice */
	run(text, true, false);
	ck_assert_str_eq(out.data, text);
}
END_TEST

/* A single token of a structured field stays. */
START_TEST(unfoldable)
{
	char *text = many("Message-ID: <", "x", 2000);

	run(text, true, true);
	ck_assert_str_eq(out.data, text);
	/* It can have a line of its own. */
	text = many("In-Reply-To-In-Reply-To: ", "x", 990);
	memcpy(text, "References:  ", 13);
	run(text, true, true);
	ck_assert_uint_le(longest(out.data), 998);
}
END_TEST

START_TEST(long_name)
{
	run(many("From: \"", UE, 600), false, false);
	ck_assert_str_eq(out.data, in.data);
	run(many("Content-Type: a/b; name=", UE, 300), true, true);
	ck_assert_ptr_nonnull(strstr(out.data, ";\r\n name*0*=utf-8''%C3"));
	ck_assert_ptr_nonnull(strstr(out.data, ";\r\n name*1*=%C3"));
	ck_assert_uint_le(longest(out.data), 78);
	run(many("Content-Type: a/b; name=", "x", 2000), false, true);
	ck_assert_ptr_nonnull(strstr(out.data, ";\r\n name*0*=utf-8''xxx"));
	ck_assert_uint_le(longest(out.data), 78);
	/* A name that is too long for a line is encoded. */
	run(many("From: ", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    40), false, true);
	ck_assert_str_eq(out.data, in.data);
	memcpy(in.data + in.len - 6, " <a@x>", 6);
	buf_puts(&in, "\r\n");
	buf_clear(&out);
	ck_assert_int_eq(downgrade_header(&out, &in, false, true), 0);
	ck_assert_int_eq(strncmp(out.data, "From: " Q "aaaa", 20), 0);
	ck_assert_uint_le(longest(out.data), 78);
}
END_TEST

START_TEST(ceiling)
{
	struct buf small;
	size_t max;

	for (max = 0; max < 38; max++) {
		buf_clear(&in);
		buf_puts(&in, "From: " UE " <a@x>\r\nA: b\r\n");
		buf_init(&small, max);
		ck_assert_int_eq(downgrade_header(&small, &in, true, true), -1);
		ck_assert_uint_le(small.len, max);
		buf_free(&small);
	}
}
END_TEST

/* What begins and never ends is not looked for again at each octet. */
static const struct {
	const char *begin, *again, *end;
} endless[] = {
	{ "To: \"", "\\\"", UE " <a@x>\r\n" },
	{ "To: ", "\\\"", UE " <a@x>\r\n" },
	{ "To: \"", "\\\" ", UE " <a@x>\r\n" },
	{ "To: \"x" UE, "\\\\\\\"", "\001\r\n" },
	{ "To: (", "\\(", UE " <a@x>\r\n" },
	{ "List-Id: \"", "\\\"", UE " <a@x>\r\n" },
	{ "Content-Type: a/b; c=\"", "\\\"", UE "\r\n" },
	{ "Content-Type: a/b; c=(", "\\(", UE "\r\n" },
	{ "Content-Type: a/b", "; c=\\\"", UE "\r\n" },
};

START_TEST(never_ends)
{
	struct buf text;
	size_t i;

	buf_init(&text, 8u << 20);
	buf_puts(&text, endless[_i].begin);
	for (i = 0; i < 200000; i++)
		buf_puts(&text, endless[_i].again);
	buf_puts(&text, endless[_i].end);
	run(text.data, true, true);
	buf_free(&text);
}
END_TEST

/* Encoded words read back, as RFC 2047 section 6.2 has it: blanks between two
 * of them do not count. */
static size_t
decode_word(const char *s, struct buf *to)
{
	const char *p;
	unsigned v;

	if (strncmp(s, Q, 10) == 0)
		p = s + 10;
	else if (strncmp(s, "=?unknown-8bit?Q?", 17) == 0)
		p = s + 17;
	else
		return 0;
	for (; strncmp(p, "?=", 2) != 0; p++) {
		ck_assert_int_ne(*p, '\0');
		ck_assert(*p != ' ' && *p != '\r');
		if (*p == '_')
			buf_putc(to, ' ');
		else if (*p == '=') {
			ck_assert_int_eq(sscanf(p + 1, "%2X", &v), 1);
			buf_putc(to, (char)v);
			p += 2;
		} else
			buf_putc(to, *p);
	}
	ck_assert_uint_le((size_t)(p + 2 - s), 75);
	return (size_t)(p + 2 - s);
}

static void
decode(const char *text, struct buf *to)
{
	const char *s = text;
	size_t n, blank;

	while (*s != '\0') {
		n = decode_word(s, to);
		if (n == 0) {
			buf_putc(to, *s++);
			continue;
		}
		s += n;
		blank = strspn(s, " \t");
		ck_assert(blank > 0 || *s == '\0');
		if (strncmp(s + blank, Q, 10) == 0 ||
		    strncmp(s + blank, "=?unknown-8bit?Q?", 17) == 0)
			s += blank;
	}
}

/* Random text: decoded, unfolded, it is what it was. */
START_TEST(text_round_trip)
{
	static const char *const pieces[] = { "a", "word", UE, "\342\202\254",
		"\360\237\230\200", " ", "  ", "\t", "\r\n ", "\r\n\t", "_", "=",
		"?", "\"", "(", "\\", "longerword", Q E_UE "?= b", ",", "\374" };
	char text[4000], want[8000];
	unsigned seed = 7, i, k;
	struct buf said, was;

	buf_init(&said, 1u << 16);
	buf_init(&was, 1u << 16);
	for (i = 0; i < 3000; i++) {
		size_t len = (size_t)snprintf(text, sizeof(text),
		    "X-Text: a");

		for (k = (unsigned)rand_r(&seed) % 60; k > 0; k--) {
			const char *p = pieces[(unsigned)rand_r(&seed) %
			    (i % 2 ? 20 : 16)];

			/* Encoded words stand alone; no line of blanks. */
			if ((*p == '=' && p[1] == '?') || *p == '\r')
				len += (size_t)snprintf(text + len,
				    sizeof(text) - len, " z%s%s%s",
				    *p == '\r' ? "" : " ", p,
				    *p == '\r' ? "z" : " ");
			else
				len += (size_t)snprintf(text + len,
				    sizeof(text) - len, "%s", p);
		}
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    " z\r\n");
		ck_assert_uint_lt(len + 3, sizeof(want));
		run(text, true, true);
		memcpy(want, unfolded(text), len + 3);
		buf_clear(&said);
		buf_clear(&was);
		decode(want, &was);
		decode(unfolded(out.data), &said);
		ck_assert_msg(strcmp(said.data, was.data) == 0,
		    "%s\n%s\nis\n%s\nof\n%s", text, out.data, said.data,
		    was.data);
		for (k = 0; k < out.len; k++)
			ck_assert((unsigned char)out.data[k] < 0x80);
	}
	buf_free(&said);
	buf_free(&was);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("downgrade");
	TCase *t = tcase_create("downgrade");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, table, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_loop_test(t, folded, 0,
	    (int)(sizeof(lengths) / sizeof(lengths[0])));
	tcase_add_test(t, unfoldable);
	tcase_add_test(t, long_name);
	tcase_add_test(t, ceiling);
	tcase_add_loop_test(t, never_ends, 0,
	    (int)(sizeof(endless) / sizeof(endless[0])));
	tcase_add_test(t, text_round_trip);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
