/* SPDX-License-Identifier: ISC */
/* Notices: structure, every field, hostile texts, sizes, full disks.  With
 * BOUNCE_SAMPLES=FOLDER in the environment each notice is kept there, with
 * what it should say, for readers that are not ours. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "mail/header.h"
#include "mail/words.h"
#include "queue/bounce.h"
#include "unit.h"

#define S(s)	s, sizeof(s) - 1
#define HEAD	"From: me@example.org\nSubject: Backup report\n" \
	"Date: Fri, 27 Nov 2026 03:12:00 +0100\n" \
	"Message-ID: <1.a@vm.example.org>\n"
#define HEAD_WIRE "From: me@example.org\r\nSubject: Backup report\r\n" \
	"Date: Fri, 27 Nov 2026 03:12:00 +0100\r\n" \
	"Message-ID: <1.a@vm.example.org>\r\n"

static struct entry e;
static struct message m;
static struct bounce_facts f;
static struct outcome o;
static char *notice;		/* the whole of it */
static char *part[3];		/* contents, without the boundary's CRLF */
static char *head[3];		/* and their headers */

static int
source(const void *p, size_t n)
{
	FILE *file = tmpfile();
	int fd;

	ck_assert_uint_eq(fwrite(p, 1, n, file), n);
	fflush(file);
	fd = dup(fileno(file));
	fclose(file);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

/* A queued message of these octets, without recipients. */
static void
queued(const void *p, size_t n)
{
	struct input *in = mem_alloc(sizeof(*in));
	struct buf h;

	setenv("TZ", "UTC", 1);
	memset(&e, 0, sizeof(e));
	strcpy(e.id, "0123456789abcdef");
	envelope_init(&e.envelope);
	envelope_sender(&e.envelope, "me@example.org");
	e.retry.arrived = 1795749120;
	e.retry.last = 1795752720;
	buf_init(&h, LIMIT_HEADER + 65536);
	input_open(in, source(p, n), false, 0);
	ck_assert_int_eq(message_open(&e.message, NULL, &o), 0);
	ck_assert_int_eq(input_header(in, &h, &o), 0);
	ck_assert_int_eq(message_body(&e.message, in, h.len, &o), 0);
	ck_assert_int_eq(message_header(&e.message, &h, &o), 0);
	close(in->fd);
	free(in);
	buf_free(&h);
	f = (struct bounce_facts){ .kind = NOTICE_FAILED,
		.host = "vm.example.org", .smarthost = "smtp.example.net",
		.from_name = "Mail Delivery", .now = 1795753600,
		.from_address = "postmaster@example.org", .id = "n1" };
}

/* Without a fault it waits untried. */
static void
recipient(const char *address, enum fault fault, unsigned code,
    const char *enhanced, const char *words)
{
	uint16_t x[3] = { 0, 0, 0 };
	struct outcome why;

	ck_assert_int_eq(envelope_add(&e.envelope, address, &why), 0);
	if (fault == FAULT_NONE)
		return;
	outcome_fail(&why, fault, STAGE_RCPT, "%s", words);
	if (enhanced != NULL)
		sscanf(enhanced, "%hu.%hu.%hu", &x[0], &x[1], &x[2]);
	outcome_codes(&why, code, x);
	envelope_settle(&e.envelope, e.envelope.n - 1, &why);
}

static void
refused(const char *address, const char *words)
{
	char text[2 * LIMIT_ADDRESS];

	snprintf(text, sizeof(text), "RCPT TO:<%s>: 550 %s", address, words);
	recipient(address, FAULT_NOUSER, 550, "5.1.1", text);
}

static void
keep(const char *folder, const char *name, const char *suffix, const void *p,
    size_t n)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%s.%s", folder, name, suffix);
	fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(file_write(fd, p, n), 0);
	close(fd);
}

/* For other readers: the notice, its recipients and, if it is in there, the
 * whole message. */
static void
sample(const char *name)
{
	const char *folder = getenv("BOUNCE_SAMPLES");
	const struct envelope *v = &e.envelope;
	struct buf b;
	size_t i, n;
	char *p;

	if (folder == NULL || name == NULL)
		return;
	keep(folder, name, "eml", notice, m.length);
	buf_init(&b, 1u << 24);
	for (n = 0, i = notice_next(v, f.kind, 0); i < v->n &&
	    n < NOTICE_LISTED; i = notice_next(v, f.kind, i + 1), n++)
		buf_printf(&b, "%s %s\n", f.kind == NOTICE_FAILED ? "failed" :
		    "delayed", v->rcpt[i].address);
	keep(folder, name, "recipients", b.data, b.len);
	buf_free(&b);
	if (!f.whole || f.kind != NOTICE_FAILED || v->require_tls)
		return;
	p = mem_alloc(e.message.length);
	ck_assert_int_eq(file_pread(e.message.fd, p, e.message.length,
	    e.message.start), 0);
	keep(folder, name, "message", p, e.message.length);
	free(p);
}

/* The facts say what is in the file; lines are lines. */
static void
check_facts(void)
{
	/* (no strstr a line: under ASan each looks at all that follows) */
	const char *body = notice + (m.length - m.body_length), *p, *end;
	size_t longest = 0, i;
	bool eightbit = false;

	ck_assert_int_eq(m.start + (off_t)(m.length - m.body_length), m.body);
	ck_assert_int_eq(lseek(m.fd, 0, SEEK_END), m.start + (off_t)m.length);
	ck_assert_int_ge(m.start, 128);
	ck_assert_int_eq(memcmp(body - 4, "\r\n\r\n", 4), 0);
	ck_assert(strstr(notice, "\r\n\r\n") + 4 == body);
	for (p = notice; p < notice + m.length; p = end + 2) {
		end = memchr(p, '\n', (size_t)(notice + m.length - p));
		ck_assert_ptr_nonnull(end);
		ck_assert(end > p && *--end == '\r');
		ck_assert_ptr_eq(memchr(p, '\r', (size_t)(end - p)), NULL);
		ck_assert_uint_le((size_t)(end - p), 998);
		if (p >= body && (size_t)(end - p) > longest)
			longest = (size_t)(end - p);
	}
	for (i = 0; i < m.body_length; i++)
		eightbit |= (unsigned char)body[i] > 0x7f;
	ck_assert_uint_eq(m.longest, longest);
	ck_assert(m.eightbit == eightbit);
	ck_assert(m.utf8 == words_utf8(body, m.body_length));
	ck_assert(eightbit == (strstr(notice, "Encoding: 8bit") != NULL));
}

/* RFC 2045 section 6.7: lines of 76 octets, no blank before their end. */
static void
check_quoted(const char *p)
{
	size_t n;

	for (; *p != '\0'; p += n + 2) {
		n = strcspn(p, "\r");
		ck_assert_uint_le(n, 76);
		ck_assert(n == 0 || strchr(" \t", p[n - 1]) == NULL);
	}
}

static void
cut_parts(void)
{
	char line[64], *p = strstr(notice, " boundary=\""), *next;
	size_t i;

	ck_assert_ptr_nonnull(p);
	snprintf(line, sizeof(line), "\r\n--%.34s", p + 11);
	p = strstr(p, line);
	for (i = 0; i < 3; i++) {
		ck_assert_ptr_nonnull(p);
		next = strstr(p + 2, line);
		ck_assert_ptr_nonnull(next);
		head[i] = mem_ndup(p, (size_t)(next - p));
		p = strstr(head[i], "\r\n\r\n");
		ck_assert_ptr_nonnull(p);
		part[i] = mem_dup(p + 4);
		p[2] = '\0';
		if (strstr(head[i], "quoted-printable") != NULL &&
		    *part[i] != '\0')
			check_quoted(part[i]);
		p = next;
	}
	strcat(line, "--\r\n");
	ck_assert_str_eq(p, line);
}

static void
written(const char *name)
{
	ck_assert_int_eq(message_open(&m, NULL, &o), 0);
	ck_assert_msg(bounce_write(&m, &e, &f, &o) == 0, "%s", o.text);
	notice = mem_alloc(m.length + 1);
	ck_assert_int_eq(file_pread(m.fd, notice, m.length, m.start), 0);
	ck_assert_uint_eq(strlen(notice), m.length);
	check_facts();
	cut_parts();
	sample(name);
}

static void
done(void)
{
	size_t i;

	for (i = 0; i < 3; i++) {
		free(head[i]);
		free(part[i]);
		head[i] = part[i] = NULL;
	}
	free(notice);
	notice = NULL;
	message_close(&m);
	message_close(&e.message);
	envelope_free(&e.envelope);
}

static void
has(const char *text, const char *words)
{
	ck_assert_msg(strstr(text, words) != NULL, "no \"%s\" in\n%s", words,
	    text);
}

static void
lacks(const char *text, const char *words)
{
	ck_assert_msg(strstr(text, words) == NULL, "\"%s\" in\n%s", words,
	    text);
}

START_TEST(failed)
{
	queued(S(HEAD "\nhi\n"));
	refused("u@example.com", "No such user here");
	written("failed");
	has(notice, "Date: Fri, 27 Nov 2026 04:26:40 +0000\r\n"
	    "From: Mail Delivery <postmaster@example.org>\r\n"
	    "To: <me@example.org>\r\n"
	    "Subject: Your message could not be delivered\r\n"
	    "Message-ID: <n1@vm.example.org>\r\n"
	    "In-Reply-To: <1.a@vm.example.org>\r\n"
	    "References: <1.a@vm.example.org>\r\n"
	    "Auto-Submitted: auto-replied\r\nX-Loop: posthorn\r\n"
	    "MIME-Version: 1.0\r\nContent-Type: multipart/report; "
	    "report-type=delivery-status;\r\n boundary=\"=_");
	has(head[0], "Content-Type: text/plain; charset=us-ascii\r\n"
	    "Content-Transfer-Encoding: 7bit\r\n");
	ck_assert_str_eq(part[0],
	    "This is the mail program of vm.example.org.\r\n\r\n"
	    "Your message could not be delivered to the address below.\r\n"
	    "\r\n    Subject: Backup report\r\n"
	    "    Date:    Fri, 27 Nov 2026 03:12:00 +0100\r\n\r\n"
	    "  <u@example.com>\r\n"
	    "    The mail server smtp.example.net said:\r\n"
	    "        550 5.1.1 No such user here\r\n\r\n"
	    "It will not be tried again. If you can remove the cause (a "
	    "mistyped address,\r\nfor example), please send the message "
	    "again.\r\n\r\n"
	    "A report for programs is attached, and the header of your "
	    "message.\r\n");
	has(head[1], "Content-Type: message/delivery-status\r\n"
	    "Content-Transfer-Encoding: 7bit\r\n");
	ck_assert_str_eq(part[1], "Reporting-MTA: dns; vm.example.org\r\n"
	    "Arrival-Date: Fri, 27 Nov 2026 03:12:00 +0000\r\n\r\n"
	    "Final-Recipient: rfc822; u@example.com\r\nAction: failed\r\n"
	    "Status: 5.1.1\r\nRemote-MTA: dns; smtp.example.net\r\n"
	    "Diagnostic-Code: smtp; 550 5.1.1 No such user here\r\n"
	    "Last-Attempt-Date: Fri, 27 Nov 2026 04:12:00 +0000\r\n");
	has(head[2], "Content-Type: text/rfc822-headers\r\n"
	    "Content-Transfer-Encoding: 7bit\r\n");
	ck_assert_str_eq(part[2], HEAD_WIRE);
	done();
}
END_TEST

/* REQUIRETLS: nothing of it but which one it is. */
START_TEST(redacted)
{
	queued(S(HEAD "To: secret@example.net\n\nthe plan\n"));
	e.envelope.require_tls = true;
	e.envelope.ret = DSN_RET_FULL;
	refused("u@example.com", "No such user here");
	f.whole = true;
	written("redacted");
	lacks(notice, "Backup");
	lacks(notice, "secret@");
	lacks(notice, "the plan");
	ck_assert_str_eq(part[2],
	    "Date: Fri, 27 Nov 2026 03:12:00 +0100\r\n"
	    "Message-ID: <1.a@vm.example.org>\r\n");
	done();
}
END_TEST

/* Only those who want it are told, and of what they asked for. */
START_TEST(asked_for)
{
	queued(S(HEAD "\nhi\n"));
	refused("a+b@example.com", "No");
	refused("never@example.com", "No");
	refused("late@example.com", "No");
	refused("plain@example.com", "No");
	refused("named@example.com", "No");
	envelope_dsn(&e.envelope, DSN_RET_FULL, "QQ+2B31+0D+0Ax");
	e.envelope.rcpt[0].notify = DSN_FAILURE | DSN_SUCCESS;
	e.envelope.rcpt[1].notify = DSN_NEVER;
	e.envelope.rcpt[2].notify = DSN_SUCCESS | DSN_DELAY;
	e.envelope.rcpt[4].notify = DSN_FAILURE;
	envelope_orcpt(&e.envelope, 4, "rfc822;n+61med@example.com");
	ck_assert_uint_eq(notice_count(&e.envelope, NOTICE_FAILED), 3);
	ck_assert_uint_eq(notice_count(&e.envelope, NOTICE_UNWANTED), 2);
	ck_assert_uint_eq(notice_count(&e.envelope, NOTICE_WAITING), 0);
	written("asked_for");
	ck_assert_ptr_nonnull(strstr(part[1], "\r\n\r\n"));
	has(part[1], "Original-Envelope-Id: QQ+31 x\r\nReporting-MTA: ");
	has(part[1], "\r\n\r\nOriginal-Recipient: rfc822; "
	    "a+b@example.com\r\nFinal-Recipient: rfc822; "
	    "a+b@example.com\r\n");
	has(part[1], "\r\n\r\nFinal-Recipient: rfc822; "
	    "plain@example.com\r\n");
	has(part[1], "Original-Recipient: rfc822; named@example.com\r\n"
	    "Final-Recipient: rfc822; named@example.com\r\n");
	lacks(notice, "never@");
	lacks(notice, "late@");
	done();
}
END_TEST

START_TEST(asked_for_delays)
{
	queued(S(HEAD "\nhi\n"));
	recipient("any@example.com", FAULT_NONE, 0, NULL, NULL);
	recipient("late@example.com", FAULT_NONE, 0, NULL, NULL);
	recipient("fail@example.com", FAULT_NONE, 0, NULL, NULL);
	recipient("never@example.com", FAULT_NONE, 0, NULL, NULL);
	refused("no@example.com", "No");
	e.envelope.rcpt[1].notify = DSN_DELAY;
	e.envelope.rcpt[2].notify = DSN_FAILURE;
	e.envelope.rcpt[3].notify = DSN_NEVER;
	ck_assert_uint_eq(notice_count(&e.envelope, NOTICE_WAITING), 4);
	f.kind = NOTICE_DELAYED;
	written("asked_for_delays");
	has(part[1], "rfc822; any@");
	has(part[1], "Original-Recipient: rfc822; late@");
	lacks(notice, "fail@");
	lacks(notice, "never@");
	done();
	/* in a failure all that wait are counted */
	f.kind = NOTICE_FAILED;
	queued(S(HEAD "\nhi\n"));
	refused("no@example.com", "No");
	recipient("never@example.com", FAULT_NONE, 0, NULL, NULL);
	e.envelope.rcpt[1].notify = DSN_NEVER;
	written("asked_for_rest");
	has(part[0], "For 1 other recipient it is still being tried.");
	done();
}
END_TEST

START_TEST(delayed)
{
	queued(S(HEAD "\nhi\n"));
	recipient("u@example.com", FAULT_DELAY, 451, "4.7.1",
	    "RCPT TO:<u@example.com>: 451 Greylisted");
	recipient("v@example.com", FAULT_NONE, 0, NULL, NULL);
	envelope_reopen(&e.envelope, 0);
	refused("never@example.com", "No");
	f.kind = NOTICE_DELAYED;
	f.until = 1795753600 + 5 * 86400;
	f.whole = true;
	written("delayed");
	has(notice, "Subject: Your message is delayed\r\n");
	has(part[0], "This is only a warning: you need not do anything. Your "
	    "message could not be\r\ndelivered to the addresses below yet.");
	has(part[0], "  <v@example.com>\r\n    It has not been tried yet.\r\n");
	has(part[0], "tried again until Wed, 2 Dec 2026 04:26:40 +0000. You");
	has(part[0], "the header of your message.");
	lacks(part[0], "never@");
	has(part[1], "\r\n\r\nFinal-Recipient: rfc822; u@example.com\r\n"
	    "Action: delayed\r\nStatus: 4.7.1\r\n"
	    "Remote-MTA: dns; smtp.example.net\r\n"
	    "Diagnostic-Code: smtp; 451 4.7.1 Greylisted\r\n"
	    "Last-Attempt-Date: Fri, 27 Nov 2026 04:12:00 +0000\r\n"
	    "Will-Retry-Until: Wed, 2 Dec 2026 04:26:40 +0000\r\n\r\n"
	    "Final-Recipient: rfc822; v@example.com\r\n"
	    "Action: delayed\r\nStatus: 4.0.0\r\nLast-Attempt-Date: ");
	lacks(part[1], "never@");
	ck_assert_str_eq(part[2], HEAD_WIRE);
	done();
}
END_TEST

/* Codes, words and what becomes of them. */
static const struct {
	enum fault	 fault;
	bool		 delayed, never;
	unsigned	 code;
	const char	*enhanced, *words, *status, *diagnostic, *text;
} codes[] = {
	{ FAULT_NOUSER, false, true, 550, "5.1.1", "what: 550 No", "5.1.1",
	    "smtp; 550 5.1.1 No\r\n", "said:\r\n        550 5.1.1 No\r\n" },
	{ FAULT_NOUSER, false, true, 550, NULL, "what: 550 No", "5.0.0",
	    "smtp; 550 No\r\n", "said:\r\n        550 No\r\n" },
	/* nobody but us said it */
	{ FAULT_REFUSED, false, true, 0, "5.3.4", "it is too large", "5.3.4",
	    "X-Posthorn; it is too large\r\n", "    it is too large\r\n" },
	{ FAULT_REFUSED, false, true, 0, NULL, "", "5.0.0", NULL,
	    "No reason is known" },
	/* given up */
	{ FAULT_DELAY, false, true, 451, "4.7.1", "what: 451 Wait", "4.4.7",
	    "smtp; 451 4.7.1 Wait\r\n", "time ran out.\r\n    The mail server "
	    "smtp.example.net last said:\r\n        451 4.7.1 Wait\r\n" },
	{ FAULT_DELAY, false, true, 451, NULL, "what: 451 Wait", "4.4.7",
	    "smtp; 451 Wait\r\n", "time ran out" },
	{ FAULT_NETWORK, false, true, 0, NULL, "cannot connect", "4.4.7",
	    "X-Posthorn; cannot connect\r\n", "time ran out" },
	{ FAULT_REFUSED, false, true, 0, "4.4.7", "not delivered in 5 days",
	    "4.4.7", "X-Posthorn; not delivered in 5 days\r\n",
	    "time ran out" },
	/* a 5yz that passes, until time ran out */
	{ FAULT_LOGIN, false, true, 535, "5.7.8", "AUTH: 535 No", "4.4.7",
	    "smtp; 535 5.7.8 No\r\n", "time ran out" },
	/* the class is that of the kind */
	{ FAULT_LOGIN, true, false, 535, "5.7.8", "AUTH: 535 No", "4.7.8",
	    "smtp; 535 5.7.8 No\r\n", "535 5.7.8 No\r\n" },
	{ FAULT_NETWORK, true, false, 0, NULL, "cannot connect", "4.0.0",
	    "X-Posthorn; cannot connect\r\n", "    cannot connect\r\n" },
	/* what no server may say */
	{ FAULT_NOUSER, false, true, 550, "5.1.1000", "what: 550 No",
	    "5.0.0", "smtp; 550 5.1.1000 No\r\n", "No" },
	{ FAULT_NOUSER, false, true, 550, "2.1.5", "what: 550 No", "5.0.0",
	    "smtp; 550 No\r\n", "No" },
	/* words of another form, and a code in the address */
	{ FAULT_NOUSER, false, true, 550, NULL, "550", "5.0.0",
	    "X-Posthorn; 550\r\n", "    550\r\n" },
	{ FAULT_NOUSER, false, true, 550, NULL,
	    "RCPT TO:<\": 550 x\"@example.com>: 550 a: 550 b", "5.0.0",
	    "smtp; 550 a: 550 b\r\n", "550 a: 550 b\r\n" },
};

START_TEST(code)
{
	char line[100];

	queued(S(HEAD "\nhi\n"));
	recipient("\": 550 x\"@example.com", codes[_i].fault, codes[_i].code,
	    codes[_i].enhanced, codes[_i].words);
	if (codes[_i].never)
		e.envelope.rcpt[0].verdict = VERDICT_NEVER;
	f.kind = codes[_i].delayed ? NOTICE_DELAYED : NOTICE_FAILED;
	snprintf(line, sizeof(line), "code%d", _i);
	written(line);
	snprintf(line, sizeof(line), "\r\nStatus: %s\r\n", codes[_i].status);
	has(part[1], line);
	has(part[1], "Final-Recipient: rfc822; \": 550 x\"@example.com\r\n");
	snprintf(line, sizeof(line), "Diagnostic-Code: %s",
	    codes[_i].diagnostic != NULL ? codes[_i].diagnostic : "");
	if (codes[_i].diagnostic == NULL)
		lacks(part[1], line);
	else
		has(part[1], line);
	has(part[0], codes[_i].text);
	lacks(part[1], "Will-Retry-Until");
	done();
}
END_TEST

/* Long words are folded at blanks, and unfold to what they were. */
START_TEST(folding)
{
	char words[LIMIT_WORDS] = "", *p;

	queued(S(HEAD "\nhi\n"));
	while (strlen(words) < 400)
		strcat(words, "The user   you want does not live here. ");
	refused("u@example.com", words);
	written("folding");
	has(part[1], "Diagnostic-Code: smtp; 550 5.1.1 The user you want does "
	    "not live here. The\r\n user you want");
	/* unfolded, it is what was said */
	while ((p = strstr(part[1], "\r\n ")) != NULL)
		memmove(p, p + 2, strlen(p + 2) + 1);
	for (p = words; (p = strstr(p, "  ")) != NULL;)
		memmove(p, p + 1, strlen(p + 1) + 1);
	has(words, "user you want");
	words[strlen(words) - 1] = '\0';
	has(part[1], words);
	has(part[0], "live here. The user\r\n        you want");
	done();
}
END_TEST

/* What cannot be folded at a blank is cut. */
START_TEST(unfoldable)
{
	char address[LIMIT_ADDRESS + 1], subject[3000];

	memset(subject, 'S', sizeof(subject));
	memcpy(subject, "Subject: ", 9);
	memcpy(subject + sizeof(subject) - 5, "\n\nb\n", 5);
	queued(subject, strlen(subject));
	memset(address, 'a', sizeof(address));
	strcpy(address + sizeof(address) - 7, "@b.org");
	envelope_sender(&e.envelope, address);
	f.from_address = address;
	refused(address, "No");
	written(NULL);
	has(part[0], "SSSS\r\n             SSSS");
	has(head[2], "quoted-printable");
	has(part[2], "Subject: SSSS");
	has(part[2], "SSS=\r\nSSS");
	done();
}
END_TEST

/* No text from elsewhere makes a line of ours. */
START_TEST(hostile)
{
	static const char evil[] = "x\r\nBcc: a@example.com\r\n\r\n--b\nc\x01"
	    "\x7f\xff\xc2\x85\t\0z";
	char *bad = mem_ndup(evil, sizeof(evil) - 1);

	queued(S("Subject: a\n b\n\tBcc: c\nMessage-ID: <a@b>\n <c@d>\n\nb\n"));
	recipient("u@example.com", FAULT_NOUSER, 550, "5.1.1", "No");
	free(e.envelope.rcpt[0].text);
	free(e.envelope.rcpt[0].address);
	e.envelope.rcpt[0].text = bad;
	e.envelope.rcpt[0].address = mem_dup(evil);
	refused("v@example.com", "x\r\nBcc: a@example.com\r\n.\r\nQUIT");
	free(e.envelope.rcpt[1].text);
	e.envelope.rcpt[1].text = mem_ndup(S("w: 550 x\r\nAction: delivered"
	    "\r\n\r\n--\xff\0 \r\nBcc: z"));
	e.envelope.sender[1] = '\n';
	f.from_name = "Me\r\nBcc: b@example.com";
	f.from_address = "a@b\r\nBcc: c@example.com";
	f.host = "h\r\nBcc: d@example.com";
	f.smarthost = "s\r\nBcc: e@example.com";
	f.id = "i\r\nBcc: f@example.com";
	written("hostile");
	lacks(notice, "\nBcc");
	lacks(notice, "\n--b");
	lacks(notice, "\nAction: delivered");
	lacks(notice, "\x01");
	has(notice, "From: <a@b  Bcc: c@example.com>\r\n");
	lacks(notice, "In-Reply-To");
	has(part[0], "    Subject: a b Bcc: c\r\n");
	done();
}
END_TEST

START_TEST(many)
{
	char address[64];
	size_t i;

	queued(S(HEAD "\nhi\n"));
	for (i = 0; i < 1000; i++) {
		snprintf(address, sizeof(address), "user%zu@example.com", i);
		refused(address, i < 500 ? "No such user" : "Moved");
	}
	written("many");
	for (i = 0; i < 1000; i++) {
		snprintf(address, sizeof(address),
		    "; user%zu@example.com\r\n", i);
		has(part[1], address);
		snprintf(address, sizeof(address),
		    "  <user%zu@example.com>\r\n", i);
		has(part[0], address);
	}
	/* the same words are said once */
	ck_assert_ptr_null(strstr(strstr(part[0], "No such user") + 1,
	    "No such user"));
	has(part[0], "<user499@example.com>\r\n    The mail server");
	lacks(part[0], "And ");
	done();
}
END_TEST

START_TEST(too_many)
{
	char address[64];
	size_t i;

	queued(S(HEAD "\nhi\n"));
	for (i = 0; i < NOTICE_LISTED + 7; i++) {
		snprintf(address, sizeof(address), "u%zu@example.com", i);
		refused(address, "No");
	}
	written("too-many");
	has(part[1], "; u9999@example.com\r\n");
	lacks(notice, "u10000@");
	has(part[0], "And 7 more, which are not listed");
	has(part[0], "<u9999@example.com>\r\n    The mail server");
	done();
}
END_TEST

/* The same words with another code are another reason. */
START_TEST(alike)
{
	queued(S(HEAD "\nhi\n"));
	recipient("u@example.com", FAULT_NOUSER, 550, NULL, "w: 550 No");
	recipient("v@example.com", FAULT_NOUSER, 553, NULL, "w: 553 No");
	recipient("w@example.com", FAULT_NOUSER, 553, "5.1.3", "w: 553 No");
	recipient("x@example.com", FAULT_NOUSER, 553, "5.1.3", "y: 553 No");
	written("alike");
	has(part[0], "<u@example.com>\r\n    The mail server");
	has(part[0], "<v@example.com>\r\n    The mail server");
	has(part[0], "<w@example.com>\r\n  <x@example.com>\r\n    The");
	done();
}
END_TEST

START_TEST(others)
{
	struct outcome fine;

	queued(S(HEAD "\nhi\n"));
	outcome_clear(&fine);
	refused("u@example.com", "No");
	recipient("v@example.com", FAULT_NONE, 0, NULL, NULL);
	envelope_settle(&e.envelope, 1, &fine);
	recipient("w@example.com", FAULT_NONE, 0, NULL, NULL);
	recipient("x@example.com", FAULT_DELAY, 450, NULL, "w: 450 Later");
	written("others");
	has(part[0], "It was delivered to 1 other recipient.\r\n");
	has(part[0], "For 2 other recipients it is still being tried.\r\n");
	lacks(part[1], "v@example.com");
	lacks(part[1], "w@example.com");
	lacks(part[1], "x@example.com");
	done();
}
END_TEST

/* Those that were told before are not spoken of again. */
START_TEST(told_before)
{
	queued(S(HEAD "\nhi\n"));
	refused("u@example.com", "No");
	refused("v@example.com", "Not either");
	refused("w@example.com", "Not at all");
	e.envelope.rcpt[0].told = e.envelope.rcpt[2].told = true;
	ck_assert_uint_eq(notice_count(&e.envelope, NOTICE_FAILED), 1);
	ck_assert_uint_eq(notice_count(&e.envelope, NOTICE_DELAYED), 0);
	ck_assert_uint_eq(notice_next(&e.envelope, NOTICE_FAILED, 0), 1);
	ck_assert_uint_eq(notice_next(&e.envelope, NOTICE_FAILED, 2), 3);
	written("told");
	has(part[0], "to the address below");
	has(part[1], "v@example.com");
	lacks(notice, "u@example.com");
	lacks(notice, "w@example.com");
	e.envelope.rcpt[1].told = true;
	message_close(&m);
	ck_assert_int_eq(message_open(&m, NULL, &o), 0);
	ck_assert_int_eq(bounce_write(&m, &e, &f, &o), -1);
	ck_assert_int_eq(o.fault, FAULT_BUG);
	done();
}
END_TEST

START_TEST(advice_and_doubt)
{
	struct outcome why;

	queued(S(HEAD "\nhi\n"));
	ck_assert_int_eq(envelope_add(&e.envelope, "u@example.com", &why), 0);
	outcome_fail(&why, FAULT_REFUSED, STAGE_MESSAGE, "too large");
	outcome_advise(&why, "send less");
	why.in_doubt = true;
	envelope_settle(&e.envelope, 0, &why);
	f.smarthost = NULL;
	written("doubt");
	has(part[0], "    too large\r\n    send less\r\n    It may have "
	    "arrived all the same: the connection");
	lacks(part[1], "Remote-MTA");
	done();
}
END_TEST

START_TEST(nobody)
{
	queued(S(HEAD "\nhi\n"));
	ck_assert_int_eq(message_open(&m, NULL, &o), 0);
	ck_assert_int_eq(bounce_write(&m, &e, &f, &o), -1);
	ck_assert_int_eq((int)o.fault, FAULT_BUG);
	has(o.text, "nobody to speak of");
	refused("u@example.com", "No");
	envelope_sender(&e.envelope, "");
	ck_assert(!bounce_may(&e));
	ck_assert_int_eq(bounce_write(&m, &e, &f, &o), -1);
	ck_assert_int_eq((int)o.fault, FAULT_BUG);
	has(o.text, "nobody to go to");
	message_close(&m);
	/* but somebody else can be told */
	f.to = "admin@example.org";
	written("null-sender");
	has(notice, "\r\nTo: <admin@example.org>\r\n");
	done();
}
END_TEST

static const struct {
	const char	*header;
	bool		 may;
} automatic[] = {
	{ "Subject: x\n", true },
	{ "", true },
	{ "Auto-Submitted: no\n", true },
	{ "Auto-Submitted: (really) No (yes)\n", true },
	{ "Auto-Submitted:\n", true },
	{ "auto-submitted: auto-generated\n", false },
	{ "Auto-Submitted:\n auto-replied; owner-email=\"x@y\"\n", false },
	{ "Auto-Submitted: (no) auto-generated\n", false },
	{ "Auto-Submitted: nope\n", false },
	{ "Auto-Submitted: no\nAuto-Submitted: auto-notified\n", false },
	{ "Precedence: bulk\n", false }, { "Precedence: LIST\n", false },
	{ "Precedence: junk\n", false },
	{ "Precedence: first-class\n", true },
	{ "Precedence: bulky\n", true },
	{ "Content-Type: multipart/report; boundary=x\n", false },
	{ "Content-Type: Multipart/Report\n", false },
	{ "Content-Type: multipart/mixed; x=multipart/report\n", true },
	{ "X-Loop: posthorn\n", false }, { "X-Loop: me@y\n", true },
	{ "X-Auto-Submitted: auto-generated\n", true },
	{ "Auto-Submitted: (\n", true },
};

START_TEST(may)
{
	char text[200];

	snprintf(text, sizeof(text), "%s\nAuto-Submitted: auto-replied\n",
	    automatic[_i].header);
	queued(text, strlen(text));
	ck_assert(bounce_may(&e) == automatic[_i].may);
	envelope_sender(&e.envelope, "");
	ck_assert(!bounce_may(&e));
	message_close(&e.message);
	envelope_free(&e.envelope);
}
END_TEST

/* No notice is answered by another one. */
START_TEST(no_loop)
{
	queued(S(HEAD "\nhi\n"));
	refused("u@example.com", "No");
	written(NULL);
	message_close(&e.message);
	e.message = m;
	ck_assert(!bounce_may(&e));
	m.fd = -1;
	done();
}
END_TEST

static const struct {
	const char	*id;
	bool		 valid;
} ids[] = {
	{ "Message-ID: <a@b>\n", true }, { "message-id:\n <a@b>\n", true },
	{ "Message-ID: (c) <a@b> (d)\n", true }, { "", false },
	{ "Message-ID: a@b\n", false }, { "Message-ID: <ab>\n", false },
	{ "Message-ID: <@b>\n", false }, { "Message-ID: <a@>\n", false },
	{ "Message-ID: <a@b@c>\n", false },
	{ "Message-ID: <a@b> <c@d>\n", false },
	{ "Message-ID: <a@b>\nMessage-ID: <a@b>\n", false },
	{ "Message-ID: <a b@c>\n", false },
	{ "Message-ID: <a\xc3\xa4@c>\n", false },
	{ "Message-ID: <a<b@c>\n", false }, { "Message-ID: <a@b\n", false },
};

START_TEST(references)
{
	char text[100];

	snprintf(text, sizeof(text), "Subject: x\n%s\nbody\n", ids[_i].id);
	queued(text, strlen(text));
	refused("u@example.com", "No");
	written(NULL);
	if (ids[_i].valid)
		has(notice, "\r\nIn-Reply-To: <a@b>\r\nReferences: <a@b>\r\n");
	else
		lacks(notice, "In-Reply-To");
	done();
}
END_TEST

START_TEST(long_id)
{
	char text[1200];

	memset(text, 'i', sizeof(text));
	memcpy(text, "Message-ID: <", 13);
	memcpy(text + 900, "@b>\n\n", 6);
	queued(text, strlen(text));
	refused("u@example.com", "No");
	written(NULL);
	lacks(notice, "References");
	done();
}
END_TEST

/* Server's words and a subject that are not ASCII stay 7-bit. */
START_TEST(words_utf8_)
{
	queued(S("Subject: Gr\xc3\xbc\xc3\x9f""e =\n\nhi\n"));
	refused("u@example.com", "Benutzer gibt\xe2\x80\x99s nicht");
	written("words-utf8");
	ck_assert(!m.eightbit && !m.eightbit_header);
	has(head[0], "text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
	    "quoted-printable\r\n");
	has(part[0], "Subject: Gr=C3=BC=C3=9Fe =3D\r\n");
	has(part[0], "Benutzer gibt=E2=80=99s nicht\r\n");
	has(head[1], "message/delivery-status\r\n");
	has(part[1], "550 5.1.1 Benutzer gibt?s nicht\r\n");
	has(head[2], "text/rfc822-headers\r\nContent-Transfer-Encoding: "
	    "quoted-printable\r\n");
	ck_assert_str_eq(part[2], "Subject: Gr=C3=BC=C3=9Fe =3D\r\n");
	done();
}
END_TEST

/* RFC 6533. */
START_TEST(address_utf8)
{
	queued(S("Subject: Gr\xc3\xbc\xc3\x9f""e\nTo: j\xc3\xb6@example.com\n"
	    "\nhi\n"));
	envelope_sender(&e.envelope, "m\xc3\xbc@example.org");
	refused("j\xc3\xb6@example.com", "Gibt\xe2\x80\x99s nicht");
	refused("u@example.com", "No");
	written("address-utf8");
	ck_assert(m.eightbit && m.eightbit_header && m.utf8);
	has(notice, "\r\nTo: <m\xc3\xbc@example.org>\r\n");
	has(head[1], "Content-Type: message/global-delivery-status\r\n"
	    "Content-Transfer-Encoding: 8bit\r\n");
	has(part[1], "\r\nFinal-Recipient: utf-8; j\xc3\xb6@example.com\r\n");
	has(part[1], "\r\nFinal-Recipient: rfc822; u@example.com\r\n");
	has(part[1], "smtp; 550 5.1.1 Gibt\xe2\x80\x99s nicht\r\n");
	has(head[2], "Content-Type: message/global-headers\r\n"
	    "Content-Transfer-Encoding: 8bit\r\n");
	ck_assert_str_eq(part[2], "Subject: Gr\xc3\xbc\xc3\x9f""e\r\n"
	    "To: j\xc3\xb6@example.com\r\n");
	has(notice, "\r\nContent-Transfer-Encoding: 8bit\r\n\r\nThis is");
	done();
}
END_TEST

START_TEST(address_utf8_header_bad)
{
	queued(S("Subject: Gr\xfc\n\nhi\n"));
	refused("j\xc3\xb6@example.com", "No");
	written("address-utf8-bad");
	ck_assert(m.utf8);
	has(head[2], "Content-Type: text/rfc822-headers\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n");
	ck_assert_str_eq(part[2], "Subject: Gr=FC\r\n");
	done();
}
END_TEST

START_TEST(whole)
{
	queued(S(HEAD "Content-Type: text/plain\n\nhi\n\n.\n--b\n\n"));
	refused("u@example.com", "No");
	f.whole = true;
	written("whole");
	has(part[0], "is attached, and your message.\r\n");
	has(head[2], "Content-Type: message/rfc822\r\n"
	    "Content-Transfer-Encoding: 7bit\r\n");
	ck_assert_str_eq(part[2], HEAD_WIRE "Content-Type: text/plain\r\n"
	    "\r\nhi\r\n\r\n.\r\n--b\r\n\r\n");
	done();
}
END_TEST

static const struct {
	const char	*text, *type, *name;
	bool		 address, utf8;
} wholes[] = {
	{ "A: b\nMIME-Version: 1.0\n\n\xe4\n", "message/rfc822", "w1", false,
	    false },
	{ "A: b\nMIME-Version: 1.0\n\n\xc3\xa4\n", "message/rfc822", "w2",
	    false, true },
	{ "A: \xc3\xa4\n\nb\n", "message/rfc822", "w3", false, true },
	{ "A: \xc3\xa4\n\nb\n", "message/global", "w4", true, true },
	{ "A: \xe4\n\nb\n", "message/rfc822", "w5", true, false },
};

START_TEST(whole_8bit)
{
	char type[100];

	queued(wholes[_i].text, strlen(wholes[_i].text));
	refused(wholes[_i].address ? "\xc3\xb6@example.com" : "u@example.com",
	    "No");
	f.whole = true;
	written(wholes[_i].name);
	snprintf(type, sizeof(type), "Content-Type: %s\r\n"
	    "Content-Transfer-Encoding: 8bit\r\n", wholes[_i].type);
	has(head[2], type);
	ck_assert(m.eightbit && m.utf8 == wholes[_i].utf8);
	done();
}
END_TEST

/* What its message was refused for, the notice would be too. */
static const struct {
	const char	*status;
	bool		 whole;
} unfits[] = {
	{ "5.3.4", false }, { "5.6.3", false }, { "4.3.4", false },
	{ "5.3.0", true }, { "5.7.4", true }, { "5.1.3", true }
};

START_TEST(whole_unfit)
{
	queued(S("A: b\n\nhi\n"));
	refused("u@example.com", "No");
	recipient("v@example.com", FAULT_REFUSED, 0, unfits[_i].status,
	    "not this one");
	f.whole = true;
	written(NULL);
	has(head[2], unfits[_i].whole ? "Content-Type: message/rfc822\r\n" :
	    "Content-Type: text/rfc822-headers\r\n");
	done();
}
END_TEST

/* Several windows, every octet. */
START_TEST(whole_large)
{
	size_t n = 1000003, i;
	char *p = mem_alloc(n);
	char *want;

	memcpy(p, "A: b\n\n", 6);
	for (i = 6; i < n; i++)
		p[i] = i % 61 == 0 ? '\n' : (char)('!' + i * i % 90);
	queued(p, n);
	refused("u@example.com", "No");
	f.whole = true;
	written("whole-large");
	want = mem_alloc(e.message.length + 1);
	ck_assert_int_eq(file_pread(e.message.fd, want, e.message.length,
	    e.message.start), 0);
	ck_assert(strcmp(part[2], want) == 0);
	free(want);
	free(p);
	done();
}
END_TEST

/* Lines that no server takes do not make the notice undeliverable. */
START_TEST(whole_long_header)
{
	char text[600];

	memset(text, 'x', sizeof(text));
	memcpy(text, "A: ", 3);
	strcpy(text + 500, "\n\nb\n");
	queued(text, strlen(text));
	refused("u@example.com", "No");
	f.whole = true;
	written("whole-long-header");
	ck_assert_uint_eq(m.longest, 500);
	done();
}
END_TEST

START_TEST(whole_long_line)
{
	char text[1100];

	memset(text, 'x', sizeof(text));
	memcpy(text, "A: b\n\n", 6);
	text[6 + 998 + (_i & 1)] = '\n';
	strcpy(text + 1050, "\n");
	if (_i > 1)
		memcpy(text, "A: bcc", 6);
	queued(text, strlen(text));
	refused("u@example.com", "No");
	f.whole = true;
	written(NULL);
	has(head[2], _i == 0 ? "message/rfc822" : "text/rfc822-headers");
	has(part[0], _i == 0 ? "your message.\r\n" : "header of your");
	done();
}
END_TEST

/* A header that came to the spool some other way. */
START_TEST(bare_ends)
{
	queued(S("Subject: a b c\nX: y\n\nhi\n"));
	refused("u@example.com", "No");
	ck_assert_int_eq(file_pwrite(e.message.fd, "\r", 1,
	    e.message.start + 10), 0);
	ck_assert_int_eq(file_pwrite(e.message.fd, _i == 0 ? "\n" : "\0", 1,
	    e.message.start + 12), 0);
	f.whole = true;
	written(NULL);
	has(head[2], "text/rfc822-headers\r\nContent-Transfer-Encoding: "
	    "quoted-printable\r\n");
	ck_assert_str_eq(part[2], _i == 0 ?
	    "Subject: a=0Db=0Ac\r\nX: y\r\n" :
	    "Subject: a=0Db=00c\r\nX: y\r\n");
	done();
}
END_TEST

START_TEST(huge_header)
{
	size_t n = 3u << 20, i;
	char *p = mem_alloc(n + 1);

	for (i = 0; i < n; i++)
		p[i] = i % 64 == 63 ? '\n' : i % 64 == 1 ? ':' : 'a';
	queued(p, n);
	refused("u@example.com", "No");
	written(NULL);
	ck_assert_uint_eq(strlen(part[2]), n / 64 * 65);
	free(p);
	done();
}
END_TEST

START_TEST(no_header)
{
	queued(S(""));
	refused("u@example.com", "No");
	written("no-header");
	ck_assert_str_eq(part[2], "");
	done();
}
END_TEST

START_TEST(names)
{
	static const struct {
		const char *name, *from;
	} from[] = {
		{ NULL, "From: <postmaster@example.org>\r\n" },
		{ "", "From: <postmaster@example.org>\r\n" },
		{ "a\nb", "From: <postmaster@example.org>\r\n" },
		{ "Mail, R.", "From: \"Mail, R.\" <postmaster@" },
		{ "J\xc3\xb6", "From: =?UTF-8?Q?J=C3=B6?= <postmaster@" },
	};
	size_t i;
	char *full;

	for (i = 0; i < sizeof(from) / sizeof(from[0]); i++) {
		queued(S(HEAD "\nhi\n"));
		refused("u@example.com", "No");
		f.from_name = from[i].name;
		written(NULL);
		has(notice, from[i].from);
		done();
	}
	full = mem_alloc(LIMIT_PHRASE + 2);
	memset(full, '\xff', LIMIT_PHRASE + 1);
	queued(S(HEAD "\nhi\n"));
	refused("u@example.com", "No");
	f.from_name = full;
	written(NULL);
	has(notice, "From: =?unknown-8bit?Q?=FF");
	free(full);
	done();
}
END_TEST

/* The message is gone, or the notice cannot be kept. */
START_TEST(trouble)
{
	const struct rlimit small = { 5000, 5000 };
	int fd;

	queued(S(HEAD "\nhi\n"));
	refused("u@example.com", "No");
	ck_assert_int_eq(message_open(&m, NULL, &o), 0);
	fd = e.message.fd;
	e.message.fd = -1;
	ck_assert(bounce_may(&e));
	ck_assert_int_eq(bounce_write(&m, &e, &f, &o), -1);
	ck_assert_int_eq((int)o.fault, FAULT_OS);
	has(o.text, "cannot read the message 0123456789abcdef back");
	e.message.fd = fd;
	/* shorter than it was */
	f.whole = true;
	ck_assert_int_eq(ftruncate(fd, e.message.body), 0);
	ck_assert_int_eq(bounce_write(&m, &e, &f, &o), -1);
	ck_assert_int_eq((int)o.fault, FAULT_OS);
	has(o.text, "read the message back");
	f.whole = false;
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	ck_assert_int_eq(bounce_write(&m, &e, &f, &o), -1);
	ck_assert_int_eq((int)o.fault, FAULT_OS);
	has(o.text, "cannot write a notice into");
	done();
}
END_TEST

START_TEST(full_disk)
{
	queued(S(HEAD "\nhi\n"));
	refused("u@example.com", "No");
	m = (struct message){ .fd = open("/dev/full", O_RDWR),
		.place = "/dev" };
	ck_assert_int_ge(m.fd, 0);
	ck_assert_int_eq(bounce_write(&m, &e, &f, &o), -1);
	ck_assert_int_eq((int)o.fault, FAULT_DELAY);
	ck_assert_str_eq(o.advice, "make room in /dev");
	done();
}
END_TEST

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

static Suite *
suite(void)
{
	Suite *s = suite_create("bounce");
	TCase *t = tcase_create("bounce");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, failed);
	tcase_add_test(t, asked_for);
	tcase_add_test(t, redacted);
	tcase_add_test(t, asked_for_delays);
	tcase_add_test(t, delayed);
	tcase_add_loop_test(t, code, 0, COUNT(codes));
	tcase_add_test(t, folding);
	tcase_add_test(t, unfoldable);
	tcase_add_test(t, hostile);
	tcase_add_test(t, many);
	tcase_add_test(t, too_many);
	tcase_add_test(t, alike);
	tcase_add_test(t, others);
	tcase_add_test(t, told_before);
	tcase_add_test(t, advice_and_doubt);
	tcase_add_test(t, nobody);
	tcase_add_loop_test(t, may, 0, COUNT(automatic));
	tcase_add_test(t, no_loop);
	tcase_add_loop_test(t, references, 0, COUNT(ids));
	tcase_add_test(t, long_id);
	tcase_add_test(t, words_utf8_);
	tcase_add_test(t, address_utf8);
	tcase_add_test(t, address_utf8_header_bad);
	tcase_add_test(t, whole);
	tcase_add_loop_test(t, whole_unfit, 0, COUNT(unfits));
	tcase_add_loop_test(t, whole_8bit, 0, COUNT(wholes));
	tcase_add_test(t, whole_large);
	tcase_add_test(t, whole_long_header);
	tcase_add_loop_test(t, whole_long_line, 0, 3);
	tcase_add_loop_test(t, bare_ends, 0, 2);
	tcase_add_test(t, huge_header);
	tcase_add_test(t, no_header);
	tcase_add_test(t, names);
	tcase_add_test(t, trouble);
	tcase_add_test(t, full_disk);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
