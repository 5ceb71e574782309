/* SPDX-License-Identifier: ISC */
/* What a submission's header looks like when it leaves. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "mail/repair.h"
#include "unit.h"

static const char *const names[] = { "vm", "vm.lan.example", "localhost",
	NULL };

static struct repair
facts(void)
{
	struct repair r = {
		.rewrite = REWRITE_LOCAL,
		.from_address = "robot@example.org",
		.sender = "robot@example.org",
		.domain = "example.org",
		.local_names = names,
		.id_domain = "vm.example.org",
		.to = REPAIR_TO_NONE,
		.id = "abc.123",
		.now = 1795310524,
		.received = RECEIVED_NONE,
		.user = "joe",
		.uid = 1000,
		.by = "vm.example.org",
	};

	return r;
}

static struct buf block;

static int
repair(const char *text, const struct repair *r, struct outcome *o)
{
	buf_free(&block);
	buf_init(&block, 1u << 20);
	ck_assert_int_eq(buf_puts(&block, text), 0);
	return repair_header(&block, r, o);
}

/* Nothing is missing: only what stands there can change. */
#define WHOLE	"Date: x\r\nMessage-ID: <y>\r\n"

static void
check(const char *text, const char *want, const struct repair *r)
{
	struct outcome o;

	ck_assert_msg(repair(text, r, &o) == 0, "%s", o.text);
	ck_assert_str_eq(block.data, want);
	ck_assert_uint_eq(block.len, strlen(want));
	/* and a second time nothing at all */
	ck_assert_int_eq(repair_header(&block, r, &o), 0);
	ck_assert_str_eq(block.data, want);
	buf_free(&block);
}

static const struct {
	const char *field, *want;
} senders[] = {
	{ "From: root", "From: root <robot@example.org>" },
	{ "From: root (Cron Daemon)",
	    "From: Cron Daemon <robot@example.org>" },
	{ "From: root@vm (Cron Daemon)",
	    "From: Cron Daemon <robot@example.org>" },
	{ "From: \"root (x)\" <root>",
	    "From: \"root (x)\" <robot@example.org>" },
	{ "from : Joe Doe <joe@LOCALHOST>",
	    "from: Joe Doe <robot@example.org>" },
	{ "From: <root@vm.lan.example.>",
	    "From: \"root@vm.lan.example.\" <robot@example.org>" },
	{ "From: J. Q. Public <root>",
	    "From: \"J. Q. Public\" <robot@example.org>" },
	{ "From: root@vm <root@vm>",
	    "From: \"root@vm\" <robot@example.org>" },
	{ "From: CORP\\joe <joe@vm>",
	    "From: \"CORP\\\\joe\" <robot@example.org>" },
	{ "From: =?utf-8?q?D=C3=B6,_J.?= X. <j>",
	    "From: =?utf-8?q?D=C3=B6,_J.?= X. <robot@example.org>" },
	{ "From: joe (=?utf-8?q?J=C3=B6?=)",
	    "From: =?utf-8?q?J=C3=B6?= <robot@example.org>" },
	{ "From: J\xc3\xb6 <j>",
	    "From: =?UTF-8?Q?J=C3=B6?= <robot@example.org>" },
	{ "From: Long\r\n Name\r\n <j@vm>",
	    "From: Long\r\n Name <robot@example.org>" },
	{ "From: \"\" <j@vm>", "From: \"j@vm\" <robot@example.org>" },
	{ "From: R <@a,@b:root@vm>", "From: R <robot@example.org>" },
	{ "From: \\root", "From: root <robot@example.org>" },
	{ "From: root,", "From: root <robot@example.org>" },
	{ "Sender: root", "Sender: root <robot@example.org>" },
	/* not ours to mask */
	{ "From: Joe <joe@corp.example>", NULL },
	{ "From: joe@corp.example (Joe (x))", NULL },
	{ "From: Joe <joe@xvm>", NULL },
	{ "From:   Joe(x)  <robot@Example.ORG>", NULL },
	{ "From: a@vm, b@vm", NULL },
	{ "From: ,,, joe doe <", NULL },
	{ "From: John Doe", NULL },
	{ "From: \001root", NULL },
	{ "From: <>", NULL },
	/* only qualified */
	{ "From: root, Joe <joe>",
	    "From: root@example.org, Joe <joe@example.org>" },
	{ "Reply-To: root", "Reply-To: root@example.org" },
	{ "Reply-To: root@vm", NULL },
	{ "Reply-To: Joe Doe", NULL },
	/* recipients */
	{ "To: root", "To: root@example.org" },
	{ "To:root", "To:root@example.org" },
	{ "To :\r\n\troot\r\n (x)", "To :\r\n\troot@example.org\r\n (x)" },
	{ "To: root@vm", NULL },
	{ "Cc: a@x.example,  B\t(c)\r\n <joe>,\r\n\t\"d e\" (f, g) , \\h",
	    "Cc: a@x.example,  B\t(c)\r\n <joe@example.org>,\r\n\t"
	    "\"d e\"@example.org (f, g) , h@example.org" },
	{ "To: G: root, x@y.example;, joe",
	    "To: G: root@example.org, x@y.example;, joe@example.org" },
	{ "To: undisclosed-recipients:;", NULL },
	{ "To: =?utf-8?q?Doe,_J?= <j>, k",
	    "To: =?utf-8?q?Doe,_J?= <j@example.org>, k@example.org" },
	{ "To: joe@b\xc3\xbc" "cher.example", NULL },
	{ "To: joe@b\xc3\xbc" "cher.example, k",
	    "To: joe@b\xc3\xbc" "cher.example, k@example.org" },
	{ "To: root joe@x.example adm",
	    "To: root@example.org, joe@x.example, adm@example.org" },
	{ "To: a@x.example b@x.example", NULL },
	{ "To: root; adm", "To: root@example.org; adm@example.org" },
	{ "To: Joe <joe", "To: Joe <joe@example.org" },
	{ "To: root, \"broken", NULL },
	{ "To: root, |prog", NULL },
	{ "To:", NULL },
	{ "To: ", NULL },
	/* none of these hold addresses for us */
	{ "X-To: root", NULL },
	{ "Errors-To: root", NULL },
	{ "Subject: root", NULL },
};

START_TEST(addresses)
{
	char text[400], want[400];
	struct repair r = facts();
	const char *from = strncasecmp(senders[_i].field, "from", 4) == 0 ?
	    "" : "From: joe@corp.example\r\n";

	snprintf(text, sizeof(text), "%s" WHOLE "%s\r\n", from,
	    senders[_i].field);
	snprintf(want, sizeof(want), "%s" WHOLE "%s\r\n", from,
	    senders[_i].want != NULL ? senders[_i].want : senders[_i].field);
	check(text, want, &r);
}
END_TEST

START_TEST(rewriting)
{
	struct repair r = facts();

	r.rewrite = REWRITE_ALWAYS;
	check(WHOLE "From: Joe <joe@corp.example>\r\n",
	    WHOLE "From: Joe <robot@example.org>\r\n", &r);
	check(WHOLE "From: joe@corp.example\r\n",
	    WHOLE "From: \"joe@corp.example\" <robot@example.org>\r\n", &r);
	check(WHOLE "From: a@x.example, b@x.example\r\n",
	    WHOLE "From: a@x.example, b@x.example\r\n", &r);
	/* A name is of the user's own address only. */
	r.user = "joe";
	r.full_name = "Joe Full";
	check(WHOLE "From: joe@corp.example\r\n",
	    WHOLE "From: \"joe@corp.example\" <robot@example.org>\r\n", &r);
	check(WHOLE "From: ann\r\n",
	    WHOLE "From: ann <robot@example.org>\r\n", &r);
	check(WHOLE "From: joe@vm\r\n",
	    WHOLE "From: Joe Full <robot@example.org>\r\n", &r);
	r.from_name = "R\xc3\xb6" "bot";
	check(WHOLE "From: joe@corp.example\r\n",
	    WHOLE "From: =?UTF-8?Q?R=C3=B6bot?= <robot@example.org>\r\n",
	    &r);
	r.from_name = "evil\r\nBcc: x@y.example";
	check(WHOLE "From: joe\r\n",
	    WHOLE "From: Joe Full <robot@example.org>\r\n", &r);
	r.from_name = "Robot";
	r.given_name = "Given";
	check(WHOLE "From: joe\r\n",
	    WHOLE "From: Given <robot@example.org>\r\n", &r);
	check(WHOLE "From: Own <joe>\r\n",
	    WHOLE "From: Own <robot@example.org>\r\n", &r);
	r.rewrite = REWRITE_NEVER;
	check(WHOLE "From: root\r\nSender: Joe <joe@vm>\r\n",
	    WHOLE "From: root@example.org\r\nSender: Joe <joe@vm>\r\n", &r);
	r.domain = NULL;
	check(WHOLE "From: root\r\nTo: joe\r\n",
	    WHOLE "From: root\r\nTo: joe\r\n", &r);
	r = facts();
	r.from_address = NULL;
	r.rewrite = REWRITE_ALWAYS;
	check(WHOLE "From: root\r\n", WHOLE "From: root@example.org\r\n",
	    &r);
	r.local_names = NULL;
	check(WHOLE "From: root@vm\r\n", WHOLE "From: root@vm\r\n", &r);
}
END_TEST

#define DATE	"Date: Sun, 22 Nov 2026 01:22:04 +0000\r\n"
#define ID	"Message-ID: <abc.123@vm.example.org>\r\n"
#define FROM	"From: robot@example.org\r\n"

START_TEST(missing)
{
	struct repair r = facts();

	check("", DATE FROM ID, &r);
	check("Subject: x\r\n", "Subject: x\r\n" DATE FROM ID, &r);
	check("date:x\r\n", "date:x\r\n" FROM ID, &r);
	check("Message-Id : y\r\nFROM: a@b.example\r\n",
	    "Message-Id : y\r\nFROM: a@b.example\r\n" DATE, &r);
	check("Date:\r\nFrom: \r\n \r\nMessage-ID:\t\r\nTo: a@b.example\r\n",
	    "To: a@b.example\r\n" DATE FROM ID, &r);
	check(WHOLE "From: x <\r\n", WHOLE "From: x <\r\n", &r);
	r.full_name = "Joe \"J\" Doe";
	check(WHOLE, WHOLE
	    "From: \"Joe \\\"J\\\" Doe\" <robot@example.org>\r\n", &r);
	r.from_name = "Robot";
	check(WHOLE, WHOLE "From: Robot <robot@example.org>\r\n", &r);
	r.full_name = "evil\r\nX: y";
	r.sender = "joe@corp.example";
	check(WHOLE, WHOLE "From: joe@corp.example\r\n", &r);
	r.sender = "joe@vm";
	check(WHOLE, WHOLE "From: Robot <robot@example.org>\r\n", &r);
	r.sender = "";
	check(WHOLE, WHOLE "From: Robot <robot@example.org>\r\n", &r);
	r.from_address = NULL;
	check(WHOLE, WHOLE "From: MAILER-DAEMON@example.org\r\n", &r);
	r.domain = NULL;
	check(WHOLE, WHOLE "From: MAILER-DAEMON@vm.example.org\r\n", &r);
}
END_TEST

START_TEST(never_leave)
{
	struct repair r = facts();

	check("Return-Path: <>\r\nbcc: a\r\nBCC :\r\n b,\r\n c\r\n"
	    "From: a@b.example\r\nResent-Bcc: d\r\n" WHOLE "Bcc:\r\n"
	    "Resent-From: a@b.example\r\nResent-Date: x\r\n"
	    "Resent-Message-ID: z\r\nRESENT-BCC\t: e\r\nBcc\r\n : f\r\nBccs: g\r\n",
	    "From: a@b.example\r\n" WHOLE "Resent-From: a@b.example\r\n"
	    "Resent-Date: x\r\nResent-Message-ID: z\r\nBccs: g\r\n", &r);
	check(" Bcc: orphan\r\nno field\r\n" WHOLE FROM, WHOLE FROM, &r);
	r.hands_off = true;
	check("Bcc: a\r\nFrom: root\r\nReturn-Path: b\r\nTo: x\r\n"
	    "Resent-To: y\r\nResent-Bcc: z\r\n",
	    "From: root\r\nTo: x\r\nResent-To: y\r\n", &r);
	check("", "", &r);
}
END_TEST

#define RDATE	"Resent-" DATE
#define RFROM	"Resent-" FROM
#define RID	"Resent-Message-ID: <abc.123@vm.example.org>\r\n"

START_TEST(resent)
{
	struct repair r = facts();

	/* in front of the first block, behind what stands above it */
	check("Received: x\r\nResent-To: root\r\n" FROM WHOLE,
	    "Received: x\r\n" RDATE RFROM RID
	    "Resent-To: root@example.org\r\n" FROM WHOLE, &r);
	check("Resent-From: joe@vm\r\nResent-Date: q\r\n" FROM WHOLE,
	    RID "Resent-From: \"joe@vm\" <robot@example.org>\r\n"
	    "Resent-Date: q\r\n" FROM WHOLE, &r);
	check("Resent-Bcc: x\r\n" FROM WHOLE, RDATE RFROM RID FROM WHOLE,
	    &r);
	/* what an older block has does not count */
	check("Resent-To: a@b.example\r\nReceived: x\r\n"
	    "Resent-From: c@d.example\r\nResent-Date: q\r\n"
	    "Resent-Message-ID: z\r\n" FROM WHOLE,
	    RDATE RFROM RID "Resent-To: a@b.example\r\nReceived: x\r\n"
	    "Resent-From: c@d.example\r\nResent-Date: q\r\n"
	    "Resent-Message-ID: z\r\n" FROM WHOLE, &r);
	/* neither the one nor the other */
	check("Resent-To: a@b.example\r\n", RDATE RFROM
	    "Resent-Message-ID: <abc.123.r@vm.example.org>\r\n"
	    "Resent-To: a@b.example\r\n" DATE FROM ID, &r);
	check("Resent-Sender: root\r\nResent-From: a, b\r\nResent-Date:\r\n"
	    "Resent-Message-ID: z\r\nResent-Reply-To: c\r\nResent-Cc: d\r\n"
	    FROM WHOLE,
	    RDATE "Resent-Sender: root <robot@example.org>\r\n"
	    "Resent-From: a@example.org, b@example.org\r\n"
	    "Resent-Message-ID: z\r\nResent-Reply-To: c@example.org\r\n"
	    "Resent-Cc: d@example.org\r\n" FROM WHOLE, &r);
}
END_TEST

#define NOBODY	"To: undisclosed-recipients:;\r\n"

static const struct {
	const char	*text;
	bool		 added;
} destinations[] = {
	{ "", true },
	{ "Bcc: a@x.example\r\n", true },
	{ "Resent-Bcc: a@x.example\r\n" RDATE RFROM RID, true },
	{ "Reply-To: a@x.example\r\nX-To: a@x.example\r\n", true },
	{ "To: a@x.example\r\n", false },
	{ "cc : a@x.example\r\n", false },
	{ "To:\r\n", false },
	{ "To: broken <\r\n", false },
	{ "Resent-To: a@x.example\r\n" RDATE RFROM RID, false },
	{ RDATE RFROM RID "RESENT-CC: a@x.example\r\n", false },
};

/* Only where no field at all says to whom it goes. */
START_TEST(nobody_named)
{
	struct repair r = facts();
	struct outcome o;
	char text[600];
	size_t n;

	snprintf(text, sizeof(text), WHOLE FROM "%s",
	    destinations[_i].text);
	r.to = REPAIR_TO_UNDISCLOSED;
	ck_assert_int_eq(repair(text, &r, &o), 0);
	n = header_count(&block, "To");
	ck_assert_int_eq(strstr(block.data, NOBODY) != NULL,
	    destinations[_i].added);
	ck_assert_int_eq(repair_header(&block, &r, &o), 0);
	ck_assert_uint_eq(header_count(&block, "To"), n);
	r.hands_off = true;
	ck_assert_int_eq(repair(text, &r, &o), 0);
	ck_assert_ptr_null(strstr(block.data, "undisclosed"));
	r.hands_off = false;
	r.to = REPAIR_TO_NONE;
	ck_assert_int_eq(repair(text, &r, &o), 0);
	ck_assert_ptr_null(strstr(block.data, "undisclosed"));
	buf_free(&block);
}
END_TEST

/* All of the envelope: not where it would show who was in a Bcc, and not in
 * any number. */
START_TEST(all_named)
{
	struct repair r = facts();
	struct envelope e;
	struct outcome o;
	char one[40];
	unsigned i;

	envelope_init(&e);
	r.to = REPAIR_TO_ALL;
	check(WHOLE FROM, WHOLE FROM NOBODY, &r);
	r.envelope = &e;
	check(WHOLE FROM, WHOLE FROM NOBODY, &r);
	ck_assert_int_ge(envelope_add(&e, "a@x.example", &o), 0);
	check(WHOLE FROM, WHOLE FROM "To: a@x.example\r\n", &r);
	ck_assert_int_ge(envelope_add(&e, "\"b c\"@x.example", &o), 0);
	check(WHOLE FROM, WHOLE FROM "To: a@x.example,\r\n\t"
	    "\"b c\"@x.example\r\n", &r);
	check(WHOLE FROM "Cc: d@x.example\r\n",
	    WHOLE FROM "Cc: d@x.example\r\n", &r);
	ck_assert_int_eq(repair(WHOLE FROM "Bcc: a@x.example\r\n", &r, &o),
	    0);
	ck_assert_str_eq(block.data, WHOLE FROM NOBODY);
	for (i = 2; i < 50; i++) {
		snprintf(one, sizeof(one), "r%u@x.example", i);
		ck_assert_int_ge(envelope_add(&e, one, &o), 0);
	}
	ck_assert_int_eq(repair(WHOLE FROM, &r, &o), 0);
	ck_assert_ptr_nonnull(strstr(block.data, ",\r\n\tr49@x.example\r\n"));
	ck_assert_int_ge(envelope_add(&e, "more@x.example", &o), 0);
	check(WHOLE FROM, WHOLE FROM NOBODY, &r);
	envelope_free(&e);
}
END_TEST

START_TEST(received)
{
	struct repair r = facts();
	struct outcome o;

	r.received = RECEIVED_FULL;
	ck_assert_int_eq(repair(FROM WHOLE, &r, &o), 0);
	ck_assert_str_eq(block.data, "Received: by vm.example.org (posthorn, "
	    "from uid 1000 (joe))\r\n\tid abc.123; "
	    "Sun, 22 Nov 2026 01:22:04 +0000\r\n" FROM WHOLE);
	r.user = "e)v(i\\l \r\n\xc3\xb6";
	ck_assert_int_eq(repair("", &r, &o), 0);
	ck_assert(strstr(block.data, " (e?v?i?l???" "?" "?))\r\n") != NULL);
	r.user = NULL;
	r.hands_off = true;
	ck_assert_int_eq(repair("X: y\r\n", &r, &o), 0);
	ck_assert_str_eq(block.data, "Received: by vm.example.org (posthorn, "
	    "from uid 1000)\r\n\tid abc.123; "
	    "Sun, 22 Nov 2026 01:22:04 +0000\r\nX: y\r\n");
	r.received = RECEIVED_MINIMAL;
	ck_assert_int_eq(repair("X: y\r\n", &r, &o), 0);
	ck_assert_str_eq(block.data, "Received: by vm.example.org (posthorn)"
	    "\r\n\tid abc.123; Sun, 22 Nov 2026 01:22:04 +0000\r\nX: y\r\n");
	r.came = "from c.example (localhost [127.0.0.1])";
	ck_assert_int_eq(repair("X: y\r\n", &r, &o), 0);
	ck_assert_ptr_null(strstr(block.data, "c.example"));
	r.received = RECEIVED_FULL;
	ck_assert_int_eq(repair("X: y\r\n", &r, &o), 0);
	ck_assert_str_eq(block.data, "Received: from c.example (localhost "
	    "[127.0.0.1])\r\n\tby vm.example.org (posthorn) with ESMTP\r\n"
	    "\tid abc.123; Sun, 22 Nov 2026 01:22:04 +0000\r\nX: y\r\n");
	r.received = RECEIVED_NONE;
	ck_assert_int_eq(repair("X: y\r\n", &r, &o), 0);
	ck_assert_str_eq(block.data, "X: y\r\n");
	buf_free(&block);
}
END_TEST

START_TEST(loop)
{
	char text[1000] = "";
	struct repair r = facts();
	struct outcome o;
	unsigned i;

	for (i = 0; i < LIMIT_RECEIVED; i++)
		strcat(text, i % 2 ? "RECEIVED : x\r\n" : "Received: x\r\n");
	ck_assert_int_eq(repair(text, &r, &o), 0);
	r.hops = 1;
	ck_assert_int_eq(repair(text, &r, &o), -1);
	ck_assert_int_eq(o.fault, FAULT_REFUSED);
	ck_assert_int_eq(o.verdict, VERDICT_NEVER);
	ck_assert_uint_eq(o.enhanced[0], 5);
	ck_assert_uint_eq(o.enhanced[1], 4);
	ck_assert_uint_eq(o.enhanced[2], 6);
	ck_assert_str_eq(block.data, text);
	r.hops = 0;
	strcat(text, "Received: y\r\n");
	r.hands_off = true;
	ck_assert_int_eq(repair(text, &r, &o), -1);
	r.hops = 4000000000u;
	ck_assert_int_eq(repair("", &r, &o), -1);
	buf_free(&block);
}
END_TEST

START_TEST(ceiling)
{
	struct repair r = facts();
	struct outcome o;
	static const char text[] = "To: a, b, c\r\nFrom: root (Cron)\r\n"
	    "Resent-To: x\r\n";
	size_t max, need;

	r.received = RECEIVED_FULL;
	ck_assert_int_eq(repair(text, &r, &o), 0);
	need = block.len;
	for (max = strlen(text); max <= need; max++) {
		buf_free(&block);
		buf_init(&block, max);
		ck_assert_int_eq(buf_puts(&block, text), 0);
		if (max == need) {
			ck_assert_int_eq(repair_header(&block, &r, &o), 0);
			break;
		}
		ck_assert_int_eq(repair_header(&block, &r, &o), -1);
		ck_assert_int_eq(o.fault, FAULT_DATA);
		ck_assert_str_eq(block.data, text);
	}
	buf_free(&block);
}
END_TEST

/* No line over 998 octets where there was none before. */
static void
check_lines(void)
{
	const char *p = block.data, *end;

	for (; (end = strstr(p, "\r\n")) != NULL; p = end + 2) {
		ck_assert_uint_le((size_t)(end - p), 998);
		ck_assert_uint_gt(strspn(p, " \t") == (size_t)(end - p) ?
		    0u : 1u, 0);
	}
	ck_assert_uint_eq(strlen(p), 0);
}

START_TEST(folding)
{
	static const char *const gaps[] = { ",", ", ", " ,\t", " ", "; " };
	struct repair r = facts();
	struct outcome o;
	char text[1100];
	size_t i, n;

	for (i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++) {
		strcpy(text, "To: ");
		for (n = 0; strlen(text) < 900; n++)
			strcat(strcat(text, n > 0 ? gaps[i] : ""), "u");
		strcat(text, "\r\n");
		ck_assert_int_eq(repair(text, &r, &o), 0);
		check_lines();
		ck_assert(block.data[block.len - 2] == '\r');
		for (n = 0; n + 2 < block.len; n++)
			if (strncmp(block.data + n, "u@example.org", 13) ==
			    0)
				block.data[n] = 'U';
		ck_assert(strstr(block.data, ",u") == NULL);
	}
	/* a name that fills the line, and one over every limit */
	memset(text, 'n', sizeof(text));
	strcpy(text + 985, " <root>\r\n");
	memcpy(text, "From: ", 6);
	ck_assert_int_eq(repair(text, &r, &o), 0);
	check_lines();
	ck_assert(strstr(block.data, "nn\r\n <robot@") != NULL);
	memset(text, 'n', 1000);
	text[1000] = '\0';
	r.full_name = text;
	ck_assert_int_eq(repair(WHOLE, &r, &o), 0);
	check_lines();
	buf_free(&block);
}
END_TEST

START_TEST(dates)
{
	static const struct {
		const char *zone;
		time_t t;
		const char *want;
	} rows[] = {
		{ "UTC0", 1795310524, "Sun, 22 Nov 2026 01:22:04 +0000" },
		{ "UTC0", 0, "Thu, 1 Jan 1970 00:00:00 +0000" },
		{ "XXX-5:30", 1795310524, "Sun, 22 Nov 2026 06:52:04 +0530" },
		{ "XXX3:30", 1795310524, "Sat, 21 Nov 2026 21:52:04 -0330" },
		{ "XXX0:30", 1795310524, "Sun, 22 Nov 2026 00:52:04 -0030" },
		{ "UTC0", (time_t)1 << 40, "Thu, 1 Jan 1970 00:00:00 +0000" },
		{ "UTC0", (time_t)1 << 62, "Thu, 1 Jan 1970 00:00:00 +0000" },
		{ "UTC0", -((time_t)1 << 40),
		    "Thu, 1 Jan 1970 00:00:00 +0000" },
	};
	char out[40];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		setenv("TZ", rows[i].zone, 1);
		tzset();
		repair_date(out, rows[i].t);
		ck_assert_str_eq(out, rows[i].want);
	}
	setenv("TZ", "UTC0", 1);
	tzset();
}
END_TEST

static const char *const pieces[] = {
	"root,", "root, ", "root ", "a@b.example,", "\"x\" <root>,\r\n ",
	"(x) ", "root;", "<", "\\x,", "=?a?q?", "g:", "g:;", "a@b.example ",
	"X: y\r\n", "To: a\r\n", "From: a\r\n", "Bcc: a\r\n", "\r\n ",
	"Resent-To: a\r\n", "Date:\r\n"
};

START_TEST(linear)
{
	struct repair r = facts();
	struct outcome o;
	clock_t begun;
	size_t n;

	buf_free(&block);
	buf_init(&block, LIMIT_HEADER * 2);
	if (_i < 13)
		buf_puts(&block, "To: ");
	for (n = 5000000 / strlen(pieces[_i]); n > 0; n--)
		buf_puts(&block, pieces[_i]);
	buf_puts(&block, "\r\n");
	block.max = 200u << 20;
	begun = clock();
	ck_assert_int_eq(repair_header(&block, &r, &o), 0);
	ck_assert_msg(clock() - begun < 15 * CLOCKS_PER_SEC, "%s: %.1f s",
	    pieces[_i], (double)(clock() - begun) / CLOCKS_PER_SEC);
	buf_free(&block);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("repair");
	TCase *t = tcase_create("policy");

	setenv("TZ", "UTC0", 1);
	tcase_add_loop_test(t, addresses, 0,
	    sizeof(senders) / sizeof(senders[0]));
	tcase_add_test(t, rewriting);
	tcase_add_test(t, missing);
	tcase_add_test(t, never_leave);
	tcase_add_test(t, resent);
	tcase_add_loop_test(t, nobody_named, 0,
	    sizeof(destinations) / sizeof(destinations[0]));
	tcase_add_test(t, all_named);
	tcase_add_test(t, received);
	tcase_add_test(t, loop);
	tcase_add_test(t, ceiling);
	tcase_add_test(t, folding);
	tcase_add_test(t, dates);
	suite_add_tcase(s, t);
	t = tcase_create("time");
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, linear, 0,
	    sizeof(pieces) / sizeof(pieces[0]));
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
