/* SPDX-License-Identifier: ISC */
/* Whole dialogues, with a queue: what is replied, and what is kept. */
#include <sys/mman.h>
#include <sys/stat.h>

#include <dirent.h>
#include <signal.h>

#include "front/arrival.h"
#include "front/server.h"
#include "queued.h"

#define HELLO		"EHLO client.example\r\n"
#define MAIL		"MAIL FROM:<jo@example.org>\r\n"
#define RCPT		"RCPT TO:<a@b.example>\r\n"
#define START		HELLO MAIL RCPT
#define LETTER		"Subject: x\r\n\r\ntext\r\n"
#define END		".\r\n"
#define QUIT		"QUIT\r\n"

struct served {
	struct queued	 q;
	struct options	 options;
	struct surroundings from;
	struct outcome	 o;
	struct buf	 out;
	char		 codes[4096];	/* the replies' codes; '-': of
					 * several lines */
	int		 rc;
};

static void
served_open(struct served *s, const char *text)
{
	static char *argv[] = { (char *)(uintptr_t)"posthorn",
	    (char *)(uintptr_t)"-bs", NULL };
	char conf[512];

	memset(s, 0, sizeof(*s));
	snprintf(conf, sizeof(conf), "queue { runner = \"external\" } %s",
	    text);
	queued_open(&s->q, conf);
	s->q.me.user = (char *)(uintptr_t)"jo";
	s->q.me.local[0] = "localhost";
	s->q.me.qualifies = true;
	ck_assert_int_eq(options_parse(&s->options, 2, argv, &s->o), 0);
	buf_init(&s->out, 1 << 24);
}

static void
served_close(struct served *s)
{
	options_free(&s->options);
	buf_free(&s->out);
	queued_close(&s->q);
}

/* The first three characters of each reply's last line, blanks between. */
static void
served_codes(struct served *s)
{
	const char *p, *end;
	size_t at = 0;

	s->codes[0] = '\0';
	for (p = s->out.data; *p != '\0'; p = end + 2) {
		end = strstr(p, "\r\n");
		ck_assert_ptr_nonnull(end);
		ck_assert_int_le(end - p, 510);
		if (p[3] == ' ' && at + 5 < sizeof(s->codes))
			at += (size_t)sprintf(s->codes + at, "%s%.3s",
			    at > 0 ? " " : "", p);
	}
}

static void
served_run(struct served *s, const char *text, size_t n)
{
	const struct call c = { &s->options, &s->from, &s->q.settings,
		&s->q.me, &s->q.place };
	int in = memfd_create("in", 0), out = memfd_create("out", 0);

	ck_assert_int_eq(file_pwrite(in, text, n, 0), 0);
	s->rc = server_speak(&c, in, out, -1, &s->o);
	ck_assert_int_eq(s->rc == 0, s->o.fault == FAULT_NONE);
	ck_assert_int_eq(lseek(out, 0, SEEK_SET), 0);
	buf_clear(&s->out);
	ck_assert_int_eq(file_slurp(out, &s->out), 0);
	close(in);
	close(out);
	served_codes(s);
}

/* Messages in the queue. */
static size_t
served_queued(const struct served *s)
{
	struct store_name *names;
	struct outcome o;
	size_t n;

	ck_assert_int_eq(store_list(&s->q.place.store, STORE_ACTIVE, &names,
	    &n, &o), 0);
	free(names);
	return n;
}

static const struct row {
	const char	*in, *codes;
	size_t		 queued;
	int		 rc;
} rows[] = {
	{ "", "220", 0, 0 },
	{ QUIT, "220 221", 0, 0 },
	{ START "DATA\r\n" LETTER END QUIT, "220 250 250 250 354 250 221",
	    1, 0 },
	{ MAIL RCPT "DATA\r\n" END, "220 250 250 354 250", 1, 0 },
	{ "HELO [127.0.0.1]\r\n" MAIL RCPT "DATA\r\n" LETTER END MAIL RCPT
	    "DATA\r\n" LETTER END QUIT,
	    "220 250 250 250 354 250 250 250 354 250 221", 2, 0 },
	/* order */
	{ RCPT "DATA\r\n" MAIL "DATA\r\n" MAIL RCPT MAIL "RSET\r\nDATA\r\n",
	    "220 503 503 250 503 503 250 503 250 503", 0, 0 },
	{ START "EHLO x\r\n" "DATA\r\n", "220 250 250 250 250 503", 0, 0 },
	{ HELLO MAIL "RCPT TO:<a@b@c>\r\nDATA\r\n", "220 250 250 553 554", 0,
	    0 },
	{ START "RCPT TO:<a@b@c>\r\nDATA\r\n" END,
	    "220 250 250 250 553 354 250", 1, 0 },
	/* words */
	{ "EHLO\r\nHELO\r\nEHLO a b\r\nVRFY\r\nVRFY x\r\nEXPN x\r\nHELP\r\n"
	    "NOOP x\r\nAUTH PLAIN\r\nSTARTTLS\r\nFOO\r\nQUIT x\r\nRSET x\r\n",
	    "220 501 501 501 501 252 502 214 250 502 502 500 501 501", 0, 0 },
	{ MAIL RCPT "DATA x\r\nMAIL FROM:<\001@x>\r\n", "220 250 250 501 501",
	    0, 0 },
	{ "GET / HTTP/1.1\r\n" START "DATA\r\n" LETTER END, "220 421", 0, 0 },
	{ HELLO "GET / HTTP/1.1\r\n" QUIT, "220 250 500 221", 0, 0 },
	/* limits of ours */
	{ MAIL "MAIL\r\nMAIL FROM:<> SIZE=99999\r\n", "220 250 503 503", 0,
	    0 },
	{ "MAIL FROM:<> SIZE=5001\r\nMAIL FROM:<> SIZE=5000\r\n",
	    "220 552 250", 0, 0 },
	{ "MAIL FROM:<\xc3\xbc@b.example>\r\nMAIL FROM:<\xc3\xbc@b.example> "
	    "SMTPUTF8\r\nRCPT TO:<\xc3\xbc@b.example>\r\nDATA\r\n" END,
	    "220 553 250 250 354 250", 1, 0 },
	/* chunks */
	{ START "BDAT 5\r\nSubjeBDAT 9 LAST\r\nct: x\r\n\r\n" QUIT,
	    "220 250 250 250 250 250 221", 1, 0 },
	{ START "BDAT 6\r\nQUIT\r\nBDAT 0 LAST\r\n" QUIT,
	    "220 250 250 250 250 250 221", 1, 0 },
	{ START "BDAT 2\r\nxxDATA\r\nRCPT TO:<c@d.example>\r\n" MAIL
	    "RSET\r\nDATA\r\n", "220 250 250 250 250 503 503 503 250 503", 0,
	    0 },
	{ HELLO "BDAT 6 LAST\r\nQUIT\r\n" MAIL "BDAT 6\r\nQUIT\r\n" RCPT
	    "BDAT 2 LAST\r\n\r\n", "220 250 503 250 503 250 250", 1, 0 },
	{ START "BDAT 5 x\r\n" RCPT QUIT, "220 250 250 250 501", 0, 0 },
	{ START "BDAT\r\n" RCPT QUIT, "220 250 250 250 501", 0, 0 },
	{ START "BDAT 9999999999999999999 LAST\r\n" QUIT,
	    "220 250 250 250 501", 0, 0 },
	/* cut */
	{ START, "220 250 250 250", 0, 0 },
	{ START "DATA\r\n" LETTER, "220 250 250 250 354", 0, -1 },
	{ START "DATA\r\n" LETTER ".\r", "220 250 250 250 354", 0, -1 },
	{ START "DATA\r\n" LETTER "\n.\n\r\n.\n\n.\r\n" QUIT,
	    "220 250 250 250 354", 0, -1 },
	{ START "DATA\n" LETTER ".\n" QUIT, "220 250 250 250 354 250 221", 1,
	    0 },
	{ START "BDAT 99\r\n" LETTER, "220 250 250 250", 0, -1 },
};

START_TEST(dialogue)
{
	const struct row *r = &rows[_i];
	struct served s;

	served_open(&s, "max-message-size = 5000");
	served_run(&s, r->in, strlen(r->in));
	ck_assert_msg(strcmp(s.codes, r->codes) == 0, "%s: %s", r->in,
	    s.out.data);
	ck_assert_uint_eq(served_queued(&s), r->queued);
	ck_assert_int_eq(s.rc, r->rc);
	if (r->rc < 0)
		ck_assert_int_eq(s.o.fault, FAULT_INPUT);
	served_close(&s);
}
END_TEST

/* Twenty are enough; and a message forgives. */
START_TEST(errors)
{
	struct served s;
	struct buf b;
	int i;

	served_open(&s, "");
	buf_init(&b, 65536);
	for (i = 0; i < 19; i++)
		buf_puts(&b, "FOO\r\n");
	buf_puts(&b, _i == 1 ? MAIL RCPT "DATA\r\n" END : "NOOP\r\n");
	for (i = 0; i < 19; i++)
		buf_puts(&b, "FOO\r\n");
	buf_puts(&b, QUIT);
	served_run(&s, b.data, b.len);
	ck_assert_int_eq(strstr(s.out.data, "421 4.7.0") != NULL, _i == 0);
	buf_free(&b);
	served_close(&s);
}
END_TEST

/* What is in the file, and who it is from and to. */
START_TEST(envelope)
{
	static const char text[] = "EHLO me\r\nMAIL FROM:<root> RET=HDRS "
	    "ENVID=e BODY=8BITMIME\r\nRCPT TO:<a@b.example> NOTIFY=NEVER "
	    "ORCPT=rfc822;x@y\r\nRCPT TO:<jo>\r\nRCPT TO:<a@B.example>\r\n"
	    "DATA\r\nSubject: x\r\n\r\n..dot\r\n.\r\n";
	struct store_name *names;
	struct served s;
	struct entry e;
	struct outcome o;
	char all[4096] = "";
	size_t n;

	served_open(&s, "");
	served_run(&s, text, sizeof(text) - 1);
	ck_assert_int_eq(store_list(&s.q.place.store, STORE_ACTIVE, &names,
	    &n, &o), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_ptr_nonnull(strstr(s.out.data, names[0].id));
	ck_assert_int_eq(store_load(&s.q.place.store, STORE_ACTIVE,
	    names[0].id, &e, &o), STORE_LOADED);
	ck_assert_str_eq(e.envelope.sender, "root@srv.example.org");
	ck_assert_uint_eq(e.envelope.n, 2);
	ck_assert_str_eq(e.envelope.rcpt[0].address, "a@b.example");
	ck_assert_uint_eq(e.envelope.rcpt[0].notify, DSN_NEVER);
	ck_assert_str_eq(envelope_orcpt_of(&e.envelope.rcpt[0]),
	    "rfc822;x@y");
	ck_assert_str_eq(e.envelope.rcpt[1].address, "jo@srv.example.org");
	ck_assert_uint_eq(e.envelope.rcpt[1].notify, 0);
	ck_assert_ptr_null(envelope_orcpt_of(&e.envelope.rcpt[1]));
	ck_assert_int_eq(e.envelope.ret, DSN_RET_HDRS);
	ck_assert_str_eq(e.envelope.envid, "e");
	ck_assert(e.envelope.body_8bit);
	ck_assert_int_eq(file_pread(e.message.fd, all,
	    (size_t)e.message.length, e.message.start), 0);
	ck_assert_ptr_nonnull(strstr(all, "Received: from me (uid "));
	ck_assert_ptr_nonnull(strstr(all, "\r\n\r\n.dot\r\n"));
	store_release(&e);
	free(names);
	served_close(&s);
}
END_TEST

/* With -bS nothing is said, and what follows a refused DATA is no command. */
START_TEST(batch)
{
	static const char bad[] = "HELO x\r\nMAIL FROM:<jo@example.org>\r\n"
	    "RCPT TO:<a@b@c>\r\nDATA\r\n" START "DATA\r\n.\r\n" START
	    "DATA\r\n.\r\nQUIT\r\nFOO\r\n";
	static const char good[] = START "DATA\r\n.\r\n" QUIT "FOO\r\n";
	static const char cut[] = START "DATA\r\n.\r\n" MAIL RCPT "DA";
	static const char *const texts[] = { good, bad, cut };
	static const enum fault faults[] = { FAULT_NONE, FAULT_DATA,
		FAULT_INPUT };
	struct served s;

	served_open(&s, "");
	s.options.mode = MODE_BATCH;
	s.options.quiet = true;
	served_run(&s, texts[_i], strlen(texts[_i]));
	ck_assert_uint_eq(s.out.len, 0);
	ck_assert_uint_eq(served_queued(&s), 1);
	ck_assert_int_eq(s.rc, _i == 0 ? 0 : -1);
	ck_assert_int_eq(s.o.fault, faults[_i]);
	served_close(&s);
}
END_TEST

/* Too large, a loop, and then one that is fine. */
START_TEST(goes_on)
{
	struct served s;
	struct buf b;
	int i;

	served_open(&s, "max-message-size = 5000");
	buf_init(&b, 65536);
	buf_puts(&b, START "DATA\r\n");
	for (i = 0; i < 600; i++)
		buf_puts(&b, "too much\r\n");
	buf_puts(&b, END MAIL RCPT "DATA\r\n");
	for (i = 0; i < 40; i++)
		buf_puts(&b, "Received: x\r\n");
	buf_puts(&b, END MAIL RCPT "DATA\r\n" LETTER END QUIT);
	served_run(&s, b.data, b.len);
	ck_assert_str_eq(s.codes, "220 250 250 250 354 552 250 250 354 554 "
	    "250 250 354 250 221");
	ck_assert_ptr_nonnull(strstr(s.out.data, "552 5.3.4 "));
	ck_assert_ptr_nonnull(strstr(s.out.data, "554 5.4.6 "));
	ck_assert_uint_eq(served_queued(&s), 1);
	buf_free(&b);
	served_close(&s);
}
END_TEST

/* A queue without room. */
START_TEST(no_room)
{
	static const char text[] = START "DATA\r\n" LETTER END QUIT;
	struct served s;

	served_open(&s, "");
	s.q.settings.queue.min_free = UINT64_MAX / 2;
	served_run(&s, text, sizeof(text) - 1);
	ck_assert_str_eq(s.codes, "220 250 250 250 354 452 221");
	ck_assert_ptr_nonnull(strstr(s.out.data, "452 4.3.1 "));
	ck_assert_uint_eq(served_queued(&s), 0);
	ck_assert_int_eq(s.rc, 0);
	served_close(&s);
}
END_TEST

static size_t
descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

/* Many messages leave no descriptor behind. */
START_TEST(many)
{
	struct served s;
	struct buf b;
	size_t before;
	int i;

	served_open(&s, "");
	buf_init(&b, 1 << 20);
	buf_puts(&b, HELLO);
	for (i = 0; i < 200; i++)
		buf_puts(&b, MAIL RCPT "DATA\r\n" LETTER END MAIL
		    "RCPT TO:<@>\r\nRSET\r\n");
	before = descriptors();
	served_run(&s, b.data, b.len);
	ck_assert_uint_eq(descriptors(), before);
	ck_assert_uint_eq(served_queued(&s), 200);
	buf_free(&b);
	served_close(&s);
}
END_TEST

static const struct fate {
	enum fault	 fault;
	unsigned	 code;
	uint16_t	 said[3];
	const char	*want;
} fates[] = {
	{ FAULT_DATA, 0, { 0, 0, 0 }, "554 5.6.0" },
	{ FAULT_DATA, 0, { 5, 3, 4 }, "552 5.3.4" },
	{ FAULT_DATA, 552, { 5, 3, 4 }, "552 5.3.4" },
	{ FAULT_REFUSED, 0, { 5, 4, 6 }, "554 5.4.6" },
	{ FAULT_REFUSED, 550, { 5, 7, 1 }, "550 5.7.1" },
	{ FAULT_REFUSED, 554, { 0, 0, 0 }, "554 5.0.0" },
	{ FAULT_NOUSER, 550, { 5, 1, 1 }, "550 5.1.1" },
	{ FAULT_NOUSER, 501, { 5, 1, 3 }, "550 5.1.3" },
	{ FAULT_DELAY, 0, { 0, 0, 0 }, "452 4.3.1" },
	{ FAULT_DELAY, 421, { 4, 3, 2 }, "451 4.3.2" },
	{ FAULT_INPUT, 0, { 0, 0, 0 }, "451 4.3.0" },
	{ FAULT_LOGIN, 535, { 5, 7, 8 }, "451 4.7.8" },
	{ FAULT_NETWORK, 0, { 0, 0, 0 }, "451 4.4.1" },
	{ FAULT_CONFIG, 0, { 0, 0, 0 }, "451 4.3.5" },
	{ FAULT_NONE, 0, { 0, 0, 0 }, "250 2.0.0" },
	{ FAULT_NONE, 250, { 2, 6, 0 }, "250 2.6.0" },
};

START_TEST(codes)
{
	const struct fate *f = &fates[_i];
	struct outcome o;
	char got[40];

	if (f->fault == FAULT_NONE)
		outcome_clear(&o);
	else
		outcome_fail(&o, f->fault, STAGE_MESSAGE, "words");
	outcome_codes(&o, f->code, f->said);
	arrival_codes(&o);
	snprintf(got, sizeof(got), "%u %u.%u.%u", o.code, o.enhanced[0],
	    o.enhanced[1], o.enhanced[2]);
	ck_assert_str_eq(got, f->want);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("server");
	TCase *c = tcase_create("all");

	tcase_set_timeout(c, 60);
	tcase_add_loop_test(c, dialogue, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(c, errors, 0, 2);
	tcase_add_test(c, envelope);
	tcase_add_loop_test(c, batch, 0, 3);
	tcase_add_test(c, goes_on);
	tcase_add_test(c, no_room);
	tcase_add_test(c, many);
	tcase_add_loop_test(c, codes, 0, sizeof(fates) / sizeof(fates[0]));
	suite_add_tcase(s, c);
	return s;
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	return unit_main(suite());
}
