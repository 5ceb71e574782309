/* SPDX-License-Identifier: ISC */
/* What a message needs of a host, and what changes where that lacks it. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "mail/words.h"
#include "queue/fit.h"
#include "unit.h"

#define UE	"\303\274"
#define LOCAL	UE "@x"
#define SIGNED(body) "MIME-Version: 1.0\nContent-Type: multipart/signed;" \
	" boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n" \
	"Content-Transfer-Encoding: 8bit\n\n" body "\n--b\n" \
	"Content-Type: application/pgp-signature\n\nx\n--b--\n"
#define X10	"xxxxxxxxxx"
#define X100	X10 X10 X10 X10 X10 X10 X10 X10 X10 X10
#define X1000	X100 X100 X100 X100 X100 X100 X100 X100 X100 X100

enum { EIGHT = 1, UTF8 = 2, ASKED = 4 };

static const struct {
	const char	*name;
	unsigned	 how;		/* what is offered; ASKED for */
	const char	*sender, *rcpt, *text;
	bool		 utf8;		/* SMTPUTF8 */
	const char	*has;		/* in what is sent; NULL: as it is;
					 * "": refused */
} rows[] = {
	{ "ASCII, to anyone", 0, "s@x", "r@x", "Subject: x\n\nhello\n", false,
	    NULL },
	{ "ASCII, asked for", EIGHT | UTF8 | ASKED, "s@x", "r@x",
	    "Subject: x\n\nhello\n", false, NULL },
	{ "header, encoded", EIGHT, "s@x", "r@x", "Subject: " UE "\n\n",
	    false, "Subject: =?UTF-8?Q?=C3=BC?=\r\n" },
	{ "header, encoded though offered", EIGHT | UTF8, "s@x", "r@x",
	    "Subject: " UE "\n\n", false, "Subject: =?UTF-8?Q?=C3=BC?=\r\n" },
	{ "header, asked for", EIGHT | UTF8 | ASKED, "s@x", "r@x",
	    "Subject: " UE "\n\n", true, NULL },
	{ "header, asked for, not offered", EIGHT | ASKED, "s@x", "r@x",
	    "Subject: " UE "\n\n", false, "=?UTF-8?Q?=C3=BC?=" },
	{ "header, asked for, but Latin-1", EIGHT | UTF8 | ASKED, "s@x",
	    "r@x", "Subject: \374\n\n", false, "=?unknown-8bit?Q?=FC?=" },
	{ "header, asked for, offered by half", UTF8 | ASKED, "s@x", "r@x",
	    "Subject: " UE "\n\n", false, "=?UTF-8?Q?=C3=BC?=" },
	{ "header, signed", EIGHT | UTF8, "s@x", "r@x",
	    "DKIM-Signature: v=1\nSubject: " UE "\n\n", true, NULL },
	{ "header, signed, not offered", EIGHT, "s@x", "r@x",
	    "DKIM-Signature: v=1\nSubject: " UE "\n\n", false,
	    "=?UTF-8?Q?=C3=BC?=" },
	{ "a local part in the header", EIGHT | UTF8, "s@x", "r@x",
	    "To: " LOCAL "\nSubject: " UE "\n\n", true, NULL },
	{ "a local part in the header, not offered", EIGHT, "s@x", "r@x",
	    "To: " LOCAL "\nSubject: " UE "\n\n", false,
	    "To: " LOCAL "\r\nSubject: =?UTF-8?Q?=C3=BC?=\r\n" },
	{ "a Message-ID", EIGHT | UTF8, "s@x", "r@x",
	    "Message-ID: <" LOCAL ">\n\n", true, NULL },
	{ "a domain in the header", EIGHT | UTF8, "s@x", "r@x",
	    "To: a@b" UE "cher.example\n\n", false,
	    "To: a@xn--bcher-kva.example\r\n" },
	{ "a recipient", EIGHT | UTF8, "s@x", LOCAL,
	    "Subject: " UE "\n\n", true, NULL },
	{ "a recipient, ASCII message", EIGHT | UTF8, "s@x", LOCAL,
	    "Subject: x\n\n", true, NULL },
	{ "a recipient, Latin-1 in the header", EIGHT | UTF8, "s@x", LOCAL,
	    "Subject: \374\n\n", true, "=?unknown-8bit?Q?=FC?=" },
	{ "a recipient, not offered", EIGHT, "s@x", LOCAL,
	    "Subject: " UE "\n\n", false, "=?UTF-8?Q?=C3=BC?=" },
	{ "a sender", EIGHT | UTF8, LOCAL, "r@x", "Subject: " UE "\n\n", true,
	    NULL },
	{ "body, offered", EIGHT, "s@x", "r@x", "Subject: x\n\n" UE "\n",
	    false, NULL },
	{ "body, not offered", 0, "s@x", "r@x", "Subject: x\n\n" UE "\n",
	    false, "\r\n\r\n=C3=BC\r\n" },
	{ "body, asked for", EIGHT | UTF8 | ASKED, "s@x", "r@x",
	    "Subject: x\n\n" UE "\n", true, NULL },
	{ "body, a long line", EIGHT, "s@x", "r@x",
	    "Subject: x\n\n" X1000 "\n", false,
	    "Content-Transfer-Encoding: quoted-printable\r\n" },
	{ "header, a long line", EIGHT, "s@x", "r@x",
	    "Subject: " X1000 "\n\nhello\n", false,
	    "Subject: =?UTF-8?Q?xxx" },
	{ "signed part, 8-bit", EIGHT, "s@x", "r@x", SIGNED(UE), false, NULL },
	{ "signed part, 8-bit, not offered", 0, "s@x", "r@x", SIGNED(UE),
	    false, "" },
	{ "signed part, a long line", 0, "s@x", "r@x", SIGNED(X1000), false,
	    NULL },
	{ "signed part, long and 8-bit, not offered", 0, "s@x", "r@x",
	    SIGNED(X1000 UE), false, "" },
	{ "signed part, long; header", EIGHT, "s@x", "r@x",
	    "Subject: " UE "\n" SIGNED(X1000), false, "=?UTF-8?Q?=C3=BC?=" },
};

static struct message m;
static struct envelope e;
static struct outcome o;
static struct fit fit;

static void
message_make(const char *text)
{
	struct input *in = mem_alloc(sizeof(*in));
	FILE *f = tmpfile();
	struct buf h;

	buf_init(&h, LIMIT_HEADER);
	ck_assert_uint_eq(fwrite(text, 1, strlen(text), f), strlen(text));
	fflush(f);
	lseek(fileno(f), 0, SEEK_SET);
	input_open(in, fileno(f), false, 0);
	ck_assert_int_eq(message_open(&m, NULL, &o), 0);
	ck_assert_int_eq(input_header(in, &h, &o), 0);
	ck_assert_int_eq(message_body(&m, in, h.len, &o), 0);
	ck_assert_int_eq(message_header(&m, &h, &o), 0);
	fclose(f);
	buf_free(&h);
	free(in);
}

START_TEST(table)
{
	struct capabilities c = { .eightbit = (rows[_i].how & EIGHT) != 0,
		.utf8 = (rows[_i].how & UTF8) != 0 };
	const char *has = rows[_i].has;
	static char text[65536];
	int r;

	message_make(rows[_i].text);
	envelope_init(&e);
	envelope_sender(&e, rows[_i].sender);
	ck_assert_int_eq(envelope_add(&e, rows[_i].rcpt, &o), 0);
	ck_assert_int_eq(envelope_add(&e, "another@x", &o), 0);
	e.utf8_asked = (rows[_i].how & ASKED) != 0;
	r = fit_message(&fit, &c, &m, &e, NULL, &o);
	if (has != NULL && *has == '\0') {
		ck_assert_int_eq(r, -1);
		ck_assert_int_eq(o.fault, FAULT_REFUSED);
		ck_assert_uint_eq(o.enhanced[1], 6);
		ck_assert_uint_eq(o.enhanced[2], 3);
		ck_assert(!fit.done && !fit.converted);
	} else {
		ck_assert_msg(r == 0, "%s: %s", rows[_i].name, o.text);
		ck_assert(fit.done);
		ck_assert_msg(fit.utf8 == rows[_i].utf8, "%s", rows[_i].name);
		ck_assert_msg((fit.m == &m) == (has == NULL), "%s",
		    rows[_i].name);
		ck_assert(fit.converted == (has != NULL));
		ck_assert_uint_lt(fit.m->length, sizeof(text));
		ck_assert_int_eq(file_pread(fit.m->fd, text, fit.m->length,
		    fit.m->start), 0);
		text[fit.m->length] = '\0';
		ck_assert_msg(has == NULL || strstr(text, has) != NULL,
		    "%s:\n%s", rows[_i].name, text);
	}
	fit_end(&fit);
	ck_assert(!fit.done && !fit.converted);
	envelope_free(&e);
	message_close(&m);
}
END_TEST

/* Only recipients that are left count. */
START_TEST(settled)
{
	struct capabilities c = { .eightbit = true, .utf8 = true };

	message_make("Subject: " UE "\n\n");
	envelope_init(&e);
	envelope_sender(&e, "s@x");
	ck_assert_int_eq(envelope_add(&e, LOCAL, &o), 0);
	ck_assert_int_eq(envelope_add(&e, "a@x", &o), 0);
	ck_assert_int_eq(fit_message(&fit, &c, &m, &e, NULL, &o), 0);
	ck_assert(fit.utf8 && !fit.converted);
	outcome_clear(&o);
	envelope_settle(&e, 0, &o);
	ck_assert_int_eq(fit_message(&fit, &c, &m, &e, NULL, &o), 0);
	ck_assert(!fit.utf8 && fit.converted);
	fit_end(&fit);
	envelope_free(&e);
	message_close(&m);
}
END_TEST

START_TEST(moved)
{
	struct capabilities c = { .eightbit = true };
	struct message other;

	message_make("Subject: x\n\n");
	envelope_init(&e);
	ck_assert_int_eq(fit_message(&fit, &c, &m, &e, NULL, &o), 0);
	fit_moved(&fit, &other);
	ck_assert_ptr_eq(fit.m, &other);
	message_close(&m);
	message_make("Subject: " UE "\n\n");
	ck_assert_int_eq(fit_message(&fit, &c, &m, &e, NULL, &o), 0);
	fit_moved(&fit, &other);
	ck_assert_ptr_eq(fit.m, &fit.made);
	fit_end(&fit);
	fit_moved(&fit, &other);
	ck_assert_ptr_null(fit.m);
	envelope_free(&e);
	message_close(&m);
}
END_TEST

/* A file that cannot be read: another time. */
START_TEST(unreadable)
{
	struct capabilities c = { .eightbit = true };

	message_make("Subject: " UE "\n\n");
	envelope_init(&e);
	ck_assert_int_eq(ftruncate(m.fd, m.start + 3), 0);
	ck_assert_int_eq(fit_message(&fit, &c, &m, &e, NULL, &o), -1);
	ck_assert_int_eq(o.verdict, VERDICT_LATER);
	ck_assert_int_eq(o.fault, FAULT_OS);
	ck_assert(!fit.done);
	envelope_free(&e);
	message_close(&m);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("fit");
	TCase *t = tcase_create("fit");

	tcase_add_loop_test(t, table, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(t, settled);
	tcase_add_test(t, moved);
	tcase_add_test(t, unreadable);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
