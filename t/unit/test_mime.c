/* SPDX-License-Identifier: ISC */
/* Content repair: what is changed, what is not, what is refused; and that
 * whatever was made decodes to what it was made of. */
#include <sys/mman.h>
#include <sys/resource.h>

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "mail/facts.h"
#include "mail/mime.h"
#include "unit.h"

#define SPOOL	777		/* where the tests' messages stand */
#define MOST	(8u << 20)

static struct outcome o;
static struct buf was, is;	/* a message as it came, and as it became */

static void
setup(void)
{
	buf_init(&was, MOST);
	buf_init(&is, MOST);
}

static void
teardown(void)
{
	buf_free(&was);
	buf_free(&is);
}

/* A message that stands in a file. */
static void
spool(struct message *m, const char *p, size_t n)
{
	const char *blank = n > 1 && memcmp(p, "\r\n", 2) == 0 ? p - 2 :
	    memmem(p, n, "\r\n\r\n", 4);

	ck_assert_ptr_nonnull(blank);
	memset(m, 0, sizeof(*m));
	m->fd = memfd_create("test", MFD_CLOEXEC);
	m->place = "memory";
	m->start = SPOOL;
	m->length = n;
	m->body = SPOOL + (blank + 4 - p);
	m->body_length = n - (size_t)(blank + 4 - p);
	ck_assert_int_eq(file_pwrite(m->fd, p, n, SPOOL), 0);
}

/* The facts are the text's. */
static void
check_facts(const struct message *m)
{
	const char *body = is.data + (m->body - m->start);
	struct facts f;

	ck_assert_uint_eq(m->length, m->body_length +
	    (uint64_t)(m->body - m->start));
	ck_assert_mem_eq(body - 2, "\r\n", 2);
	facts_begin(&f);
	facts_note(&f, body, m->body_length);
	ck_assert_int_eq(f.eightbit, m->eightbit);
	ck_assert_int_eq(facts_all_utf8(&f), m->utf8);
	ck_assert_uint_eq(f.longest, m->longest);
	facts_begin(&f);
	facts_note(&f, is.data, (size_t)(m->body - 2 - m->start));
	ck_assert_int_eq(f.eightbit, m->eightbit_header);
	ck_assert_uint_eq(f.longest, m->longest_header);
}

/* Converts what stands in p into `is`. */
static int
convert(const char *p, size_t n, unsigned what)
{
	struct message m, out;
	int r;

	spool(&m, p, n);
	buf_clear(&is);
	outcome_clear(&o);
	r = mime_convert(&m, what, NULL, &out, &o);
	if (r == 0) {
		ck_assert_int_eq(file_pread(out.fd, buf_room(&is, out.length),
		    out.length, out.start), 0);
		is.len = out.length;
		is.data[is.len] = '\0';
		check_facts(&out);
		message_close(&out);
	} else
		ck_assert_int_lt(out.fd, 0);
	message_close(&m);
	return r;
}

#define TOP	"Subject: x\r\nMIME-Version: 1.0\r\n"
#define MULTI	TOP "Content-Type: multipart/mixed; boundary=b\r\n"
#define PLAIN	"Content-Type: text/plain; charset=utf-8\r\n"
#define CTE	"Content-Transfer-Encoding: "
#define QP	CTE "quoted-printable\r\n"
#define B64	CTE "base64\r\n"
#define EIGHT	CTE "8bit\r\n"
#define SEVEN	CTE "7bit\r\n"
#define AE	"\xc3\xa4"
#define A8	"aaaaaaaa"
#define A72	A8 A8 A8 A8 A8 A8 A8 A8 A8
#define B48	"gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICA"
#define H36	"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80" \
	"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80" \
	"\x80\x80\x80\x80\x80"

static const struct {
	const char	*in, *out;	/* NULL: as it came */
} seven[] = {
	/* Nothing to do. */
	{ TOP PLAIN "\r\nplain\r\n", NULL },
	{ "\r\nno header\r\n", NULL },
	{ TOP "\r\n", NULL },
	{ MULTI "\r\n--b\r\n\r\n\r\n--b--\r\n", NULL },
	/* One text. */
	{ TOP PLAIN EIGHT "\r\n" AE " \r\n", TOP PLAIN QP
	    "\r\n=C3=A4=20\r\n" },
	{ TOP PLAIN "\r\n" AE "\r\n", TOP PLAIN QP "\r\n=C3=A4\r\n" },
	{ TOP CTE "8bit\r\nX: y\r\n" EIGHT "content-transfer-encoding : 7bit"
	    "\r\n" PLAIN "\r\n" AE "\r\n", TOP QP "X: y\r\n" PLAIN
	    "\r\n=C3=A4\r\n" },
	{ "Subject: x\r\n\r\n" AE "\r\n", TOP PLAIN QP "\r\n=C3=A4\r\n" },
	{ "Subject: x\r\n\r\n\xe4\r\n", TOP "Content-Type: text/plain; "
	    "charset=unknown-8bit\r\n" QP "\r\n=E4\r\n" },
	{ "Content-Type: text/x\r\n\r\n" AE "\r\n", "Content-Type: text/x\r\n"
	    "MIME-Version: 1.0\r\n" QP "\r\n=C3=A4\r\n" },
	{ TOP "Content-Type: text/plain; charset=us-ascii\r\n\r\n" AE "\r\n",
	    TOP "Content-Type: text/plain; charset=us-ascii\r\n" QP
	    "\r\n=C3=A4\r\n" },
	{ "\r\n" AE "\r\n", "MIME-Version: 1.0\r\n" PLAIN QP
	    "\r\n=C3=A4\r\n" },
	/* What the way would change. */
	{ TOP PLAIN "\r\nFrom me\r\nFrom\r\n.\r\n..\r\n--x\r\n-\r\n\ttab\t\r\n"
	    " \r\n=\r\n" AE "\r\n", TOP PLAIN QP "\r\n=46rom me\r\nFrom\r\n"
	    "=2E\r\n..\r\n=2D-x\r\n-\r\n\ttab=09\r\n=20\r\n=3D\r\n=C3=A4\r\n" },
	/* No soft break makes a delimiter. */
	{ MULTI "\r\n--b\r\n\r\n" A72 "--b\r\n" AE "\r\n--b--\r\n", MULTI
	    "\r\n--b\r\n" PLAIN QP "\r\n" A72 "-=\r\n=2Db\r\n=C3=A4\r\n"
	    "--b--\r\n" },
	{ MULTI "\r\n--b\r\n\r\n" A72 "a--b\r\n" AE "\r\n--b--\r\n", MULTI
	    "\r\n--b\r\n" PLAIN QP "\r\n" A72 "a=\r\n=2D-b\r\n=C3=A4\r\n"
	    "--b--\r\n" },
	/* Other content. */
	{ TOP "Content-Type: image/x\r\n" CTE "binary\r\n\r\n" H36 "\r\n",
	    TOP "Content-Type: image/x\r\n" B64 "\r\n" B48 "DQo=\r\n" },
	/* In parts: only those that need it; the line end before a delimiter
	 * is not theirs. */
	{ MULTI EIGHT "\r\npre\r\n--b\r\n" PLAIN "\r\nplain\r\n--b\r\n" PLAIN
	    "\r\n" AE "\r\n--b\r\nContent-Type: image/x\r\n\r\n" H36
	    "\r\n--b--\r\npost\r\n",
	    MULTI SEVEN "\r\npre\r\n--b\r\n" PLAIN "\r\nplain\r\n--b\r\n" PLAIN
	    QP "\r\n=C3=A4\r\n--b\r\nContent-Type: image/x\r\n" B64 "\r\n" B48
	    "\r\n--b--\r\npost\r\n" },
	{ MULTI "\r\n--b\r\n" PLAIN "\r\n" AE "\r\n\r\n--b--\r\n", MULTI
	    "\r\n--b\r\n" PLAIN QP "\r\n=C3=A4\r\n\r\n--b--\r\n" },
	{ MULTI "\r\n--b\r\n" PLAIN "\r\n" AE " \r\n--b--\r\n", MULTI
	    "\r\n--b\r\n" PLAIN QP "\r\n=C3=A4=20\r\n--b--\r\n" },
	/* Says 8bit, is not. */
	{ MULTI "\r\n--b\r\n" PLAIN EIGHT "\r\na\r\n--b--\r\n", MULTI
	    "\r\n--b\r\n" PLAIN SEVEN "\r\na\r\n--b--\r\n" },
	/* The last delimiter is missing; another's takes its place. */
	{ MULTI "\r\n--b\r\n" PLAIN "\r\n" AE "\r\n", MULTI "\r\n--b\r\n" PLAIN
	    QP "\r\n=C3=A4\r\n" },
	{ MULTI "\r\n--b\r\nContent-Type: image/x\r\n\r\n" H36 "\r\n", MULTI
	    "\r\n--b\r\nContent-Type: image/x\r\n" B64 "\r\n" B48
	    "DQo=\r\n" },
	{ MULTI "\r\n--b\r\nContent-Type: multipart/x; boundary=\"b c\"\r\n"
	    "\r\n--b c\r\n" PLAIN "\r\n" AE "\r\n--b\r\n" PLAIN "\r\n" AE
	    "\r\n--b--\r\n--b c\r\n", MULTI
	    "\r\n--b\r\nContent-Type: multipart/x; boundary=\"b c\"\r\n"
	    "\r\n--b c\r\n" PLAIN QP "\r\n=C3=A4\r\n--b\r\n" PLAIN QP
	    "\r\n=C3=A4\r\n--b--\r\n--b c\r\n" },
	/* Boundaries that begin with another; blanks behind. */
	{ MULTI "\r\n--b \t\r\nContent-Type: multipart/x; boundary=bb\r\n"
	    "\r\n--bb\r\n" PLAIN "\r\n" AE "\r\n--bbb\r\n--bb--\r\n--b-- \r\n",
	    MULTI "\r\n--b \t\r\nContent-Type: multipart/x; boundary=bb\r\n"
	    "\r\n--bb\r\n" PLAIN QP "\r\n=C3=A4\r\n=2D-bbb\r\n--bb--\r\n"
	    "--b-- \r\n" },
	/* Boundaries as they may be written. */
	{ TOP "Content-Type: Multipart/Mixed ; (x; boundary=c)\r\n"
	    " a=\"; boundary=d\";\r\n\tBOUNDARY = (y) \"\\b\"\r\n\r\n--b\r\n"
	    PLAIN "\r\n" AE "\r\n--b--\r\n",
	    TOP "Content-Type: Multipart/Mixed ; (x; boundary=c)\r\n"
	    " a=\"; boundary=d\";\r\n\tBOUNDARY = (y) \"\\b\"\r\n\r\n--b\r\n"
	    PLAIN QP "\r\n=C3=A4\r\n--b--\r\n" },
	{ TOP "Content-Type: multipart/x; boundary*1=c;\r\n boundary*0*=utf-8'"
	    "'%62\r\n\r\n--bc\r\n" PLAIN "\r\n" AE "\r\n--bc--\r\n",
	    TOP "Content-Type: multipart/x; boundary*1=c;\r\n boundary*0*=utf-8'"
	    "'%62\r\n\r\n--bc\r\n" PLAIN QP "\r\n=C3=A4\r\n--bc--\r\n" },
	/* Messages inside are taken apart too. */
	{ MULTI "\r\n--b\r\nContent-Type: message/rfc822\r\n" EIGHT "\r\n"
	    "Subject: y\r\n" PLAIN EIGHT "\r\n" AE "\r\n--b--\r\n",
	    MULTI "\r\n--b\r\nContent-Type: message/rfc822\r\n" SEVEN "\r\n"
	    "Subject: y\r\n" PLAIN QP "MIME-Version: 1.0\r\n\r\n=C3=A4\r\n"
	    "--b--\r\n" },
	{ TOP "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\n"
	    "Subject: y\r\n\r\n" AE "\r\n--b--\r\n",
	    TOP "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\n"
	    "Subject: y\r\nMIME-Version: 1.0\r\n" PLAIN QP "\r\n=C3=A4\r\n--b--\r\n" },
	{ MULTI CTE "utf-8\r\n\r\n--b\r\n" PLAIN "\r\n" AE
	    "\r\n--b--\r\n", MULTI CTE "utf-8\r\n\r\n--b\r\n" PLAIN QP
	    "\r\n=C3=A4\r\n--b--\r\n" },
	/* What nobody sees. */
	{ MULTI "\r\n" AE "\r\n--b\r\n\r\nx\r\n--b--\r\n" AE "\r\n", MULTI
	    "\r\n??\r\n--b\r\n\r\nx\r\n--b--\r\n??\r\n" },
	/* Multiparts without parts. */
	{ TOP "Content-Type: multipart/x\r\n" EIGHT "\r\n" AE "\r\n", TOP
	    "X-Original-Content-Type: multipart/x\r\n" QP PLAIN
	    "\r\n=C3=A4\r\n" },
	{ MULTI "\r\n--c\r\n" AE "\r\n--b--\r\n", TOP "X-Original-"
	    "Content-Type: multipart/mixed; boundary=b\r\n" PLAIN QP
	    "\r\n=2D-c\r\n=C3=A4\r\n=2D-b--\r\n" },
	{ TOP "Content-Type: multipart/x; boundary=" AE "\r\n\r\n--" AE
	    "\r\n\r\nx\r\n--" AE "--\r\n", TOP "X-Original-Content-Type: "
	    "multipart/x; boundary=" AE "\r\n" PLAIN QP "\r\n=2D-=C3=A4\r\n"
	    "\r\nx\r\n=2D-=C3=A4--\r\n" },
	{ MULTI "\r\nplain\r\n", NULL },
	/* A part's header that ends without a blank line. */
	{ MULTI "\r\n--b\r\n" PLAIN "what " AE "\r\n--b\r\n--b--\r\n", MULTI
	    "\r\n--b\r\n" PLAIN QP "\r\nwhat =C3=A4\r\n--b\r\n--b--\r\n" },
	{ MULTI "\r\n--b\r\n" PLAIN "--b--\r\n", NULL },
	/* Encoded already. */
	{ TOP PLAIN QP "\r\n=C3=A4 " AE "=e\r\n", TOP PLAIN QP
	    "\r\n=C3=A4 =C3=A4=3De\r\n" },
	{ TOP PLAIN B64 "\r\nQUJD\r\nR" AE "EVG\r\n", TOP PLAIN B64
	    "\r\nQUJDREVG\r\n" },
	/* Sealed, but fine. */
	{ MULTI "\r\n--b\r\nContent-Type: multipart/signed; boundary=c\r\n\r\n"
	    "--c\r\n\r\nx\r\n--c--\r\n--b\r\n" PLAIN "\r\n" AE
	    "\r\n--b--\r\n", MULTI "\r\n--b\r\nContent-Type: multipart/signed;"
	    " boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n--b\r\n" PLAIN QP
	    "\r\n=C3=A4\r\n--b--\r\n" },
};

START_TEST(table_of_sevens)
{
	const char *in = seven[_i].in;
	const char *out = seven[_i].out == NULL ? in : seven[_i].out;

	ck_assert_int_eq(convert(in, strlen(in), MIME_BODY7), 0);
	ck_assert_str_eq(is.data, out);
}
END_TEST

#define SIGNED	"Content-Type: multipart/signed; boundary=c\r\n"

static const struct {
	unsigned	 what;
	const char	*in, *words;
} refused[] = {
	{ MIME_BODY7, TOP SIGNED "\r\n--c\r\n\r\n" AE "\r\n--c--\r\n",
	    "a signed part has 8-bit text, which the server does not take, "
	    "and to change it would damage it" },
	{ MIME_BODY7, MULTI "\r\n--b\r\nContent-Type: Multipart/Encrypted\r\n"
	    "\r\n" AE "\r\n--b--\r\n", "an encrypted part has 8-bit" },
	{ MIME_BODY7, TOP "Content-Type: message/partial\r\n\r\n" AE "\r\n",
	    "a piece of a message has 8-bit" },
	{ MIME_BODY7, TOP "Content-Type: message/external-body\r\n\r\n" AE
	    "\r\n", "a reference to a text elsewhere has" },
	{ MIME_BODY7, MULTI B64 "\r\n" AE "\r\n",
	    "a multipart that is said to be encoded has" },
	{ MIME_BODY7, TOP CTE "X-\xc3\xa4\x1bY\r\n\r\n" AE "\r\n",
	    "a part encoded as \"x-\xc3\xa4?y\" has 8-bit" },
	{ MIME_BODY7, MULTI CTE "x-y\r\n\r\n" AE "\r\n",
	    "a part encoded as \"x-y\" has 8-bit" },
	{ MIME_BODY7, MULTI "\r\n--b\r\nMessage-ID: <\xff@\xff>\r\n\r\n"
	    "x\r\n--b--\r\n", "the header of an attached part" },
};

START_TEST(table_of_refusals)
{
	const char *in = refused[_i].in;

	ck_assert_int_eq(convert(in, strlen(in), refused[_i].what), -1);
	ck_assert_int_eq(o.fault, FAULT_REFUSED);
	ck_assert_int_eq(o.verdict, VERDICT_NEVER);
	ck_assert_uint_eq(o.enhanced[0], 5);
	ck_assert_uint_eq(o.enhanced[1], 6);
	ck_assert_uint_eq(o.enhanced[2], 3);
	ck_assert_msg(strncmp(o.text, refused[_i].words,
	    strlen(refused[_i].words)) == 0, "%s", o.text);
}
END_TEST

static void
add(const char *s)
{
	ck_assert_int_eq(buf_puts(&was, s), 0);
}

static void
add_many(char c, size_t n)
{
	memset(buf_room(&was, n), c, n);
	was.len += n;
}

START_TEST(lines)
{
	size_t at;

	add(TOP PLAIN "\r\n");
	add_many('x', 998);
	add("\r\n");
	ck_assert_int_eq(convert(was.data, was.len, MIME_LINES), 0);
	ck_assert_uint_eq(is.len, was.len);
	ck_assert_mem_eq(is.data, was.data, was.len);
	buf_splice(&was, was.len - 2, 0, AE, 2);
	ck_assert_int_eq(convert(was.data, was.len, MIME_BODY7), 0);
	ck_assert_int_eq(convert(was.data, was.len, MIME_LINES), 0);
	ck_assert_ptr_nonnull(strstr(is.data, QP));
	for (at = 0; is.data[at] != '\0'; at += strcspn(is.data + at, "\n") + 1)
		ck_assert_uint_le(strcspn(is.data + at, "\r"), 76);
}
END_TEST

/* Where nothing says what the text is; and where it is signed. */
START_TEST(lines_bare)
{
	add("Subject: x\r\n\r\n");
	add_many('x', 999);
	add("\r\n");
	ck_assert_int_eq(convert(was.data, was.len, MIME_LINES), 0);
	ck_assert_int_eq(strncmp(is.data, TOP "Content-Type: text/plain; "
	    "charset=us-ascii\r\n" QP "\r\nxxx", 80), 0);
	buf_clear(&was);
	add(TOP SIGNED "\r\n--c\r\n\r\n");
	add_many('x', 999);
	add("\r\n--c--\r\n");
	ck_assert_int_eq(convert(was.data, was.len, MIME_BODY7), 0);
	ck_assert_str_eq(is.data, was.data);
	ck_assert_int_eq(convert(was.data, was.len, MIME_LINES), -1);
	ck_assert_uint_eq(o.enhanced[2], 3);
	ck_assert_str_eq(o.text, "a signed part has a line of more than 998 "
	    "octets, and to change it would damage it");
	ck_assert_str_eq(o.advice, "write lines of at most 998 octets");
}
END_TEST

/* The message's header is one thing, its parts' are another. */
START_TEST(headers)
{
	const char *in = "Subject: " AE "\r\n" MULTI "\r\n--b\r\n"
	    "Content-Description: " AE "\r\n\r\n" AE "\r\n--b--\r\n";

	ck_assert_int_eq(convert(in, strlen(in), MIME_BODY7), 0);
	ck_assert_int_eq(strncmp(is.data, "Subject: " AE "\r\n", 13), 0);
	ck_assert(!facts_eightbit(is.data + 13, is.len - 13));
	ck_assert_int_eq(convert(in, strlen(in), MIME_HEADER7), 0);
	ck_assert_ptr_nonnull(strstr(is.data, "\r\n\r\n" AE
	    "\r\n--b--\r\n"));
	ck_assert_ptr_null(strstr(is.data, "Subject: " AE));
	ck_assert_ptr_null(strstr(is.data, "Description: " AE));
	ck_assert_int_eq(convert(in, strlen(in), MIME_LINES), 0);
	ck_assert_str_eq(is.data, in);
}
END_TEST

/* Preamble, delimiter, part header and epilogue of any length. */
START_TEST(lines_elsewhere)
{
	add(MULTI "\r\n");
	add_many('x', 2500);
	add("\r\n--b");
	add_many(' ', 1015);
	add("\r\n" PLAIN "\r\nx\r\n--b--");
	add_many('\t', 1000);
	add("\r\n");
	add_many('y', 999);
	add("\r\n");
	ck_assert_int_eq(convert(was.data, was.len, MIME_BODY7), 0);
	ck_assert_uint_eq(is.len, was.len);
	ck_assert_int_eq(convert(was.data, was.len, MIME_LINES), 0);
	ck_assert_ptr_nonnull(strstr(is.data, "x\r\n x"));
	ck_assert_ptr_nonnull(strstr(is.data, "\r\n--b\r\n" PLAIN
	    "\r\nx\r\n--b--\r\nyyy"));
	ck_assert_str_eq(is.data + is.len - 6, "\r\n y\r\n");
}
END_TEST

/* A line so long that no window holds it; a header that is none. */
START_TEST(huge)
{
	size_t i;

	add(MULTI "\r\n--b\r\nContent-Type: image/x\r\nX: ");
	add_many('x', (1u << 20) + 1);
	add("\r\n\r\n--b\r\n\r\n");
	for (i = 0; i < 100000; i++)
		add("-");
	add("\r\n--b--\r\n");
	ck_assert_int_eq(convert(was.data, was.len, MIME_BODY7), 0);
	ck_assert_uint_eq(is.len, was.len);
	ck_assert_mem_eq(is.data, was.data, was.len);
	ck_assert_int_eq(convert(was.data, was.len, MIME_LINES), 0);
	ck_assert_ptr_nonnull(strstr(is.data, "--b\r\nContent-Type: text/"
	    "plain; charset=us-ascii\r\n" QP "\r\nContent-Type: image/x"));
}
END_TEST

static void
nest(unsigned depth)
{
	char line[120];
	unsigned i;

	buf_clear(&was);
	add(TOP);
	for (i = 0; i < depth; i++) {
		snprintf(line, sizeof(line), "Content-Type: multipart/x; "
		    "boundary=n%u\r\n\r\n--n%u\r\n", i, i);
		add(line);
	}
	add(PLAIN "\r\n" AE "\r\n");
}

START_TEST(deep)
{
	unsigned i;

	nest(64);
	ck_assert_int_eq(convert(was.data, was.len, MIME_BODY7), 0);
	nest(65);
	ck_assert_int_eq(convert(was.data, was.len, MIME_BODY7), -1);
	ck_assert_uint_eq(o.enhanced[2], 3);
	ck_assert_int_eq(convert(was.data, was.len, MIME_LINES), 0);
	buf_clear(&was);
	add(TOP);
	for (i = 0; i < 5000; i++)
		add("Content-Type: message/rfc822\r\n\r\n");
	add("\r\n" AE "\r\n");
	ck_assert_int_eq(convert(was.data, was.len, MIME_BODY7), 0);
	ck_assert_str_eq(is.data + is.len - 8, "=C3=A4\r\n");
}
END_TEST

/* The file ends before it should; the disk does. */
START_TEST(trouble)
{
	struct rlimit small = { 60000, 60000 };
	struct message m, out;

	spool(&m, "A: b\r\n\r\nx\r\n", 11);
	m.length += 5;
	ck_assert_int_eq(mime_convert(&m, MIME_BODY7, NULL, &out, &o), -1);
	ck_assert_int_eq(o.fault, FAULT_OS);
	message_close(&m);
	add("A: b\r\n\r\n");
	add_many('x', 200000);
	add("\r\n");
	spool(&m, was.data, was.len);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	ck_assert_int_eq(mime_convert(&m, MIME_BODY7, NULL, &out, &o), -1);
	ck_assert_int_eq(o.fault, FAULT_OS);
	ck_assert_int_lt(out.fd, 0);
	message_close(&m);
}
END_TEST

/* ---- Any message, decoded again ---------------------------------------- */

static unsigned long seed;
static unsigned names;

static unsigned
any(unsigned n)
{
	seed = seed * 6364136223846793005ul + 1442695040888963407ul;
	return (unsigned)(seed >> 33) % n;
}

/* Text that is hard to carry; no line of it is a delimiter. */
static void
make_text(struct buf *b)
{
	static const char *const bits[] = { "word ", "=", "=20", "\r\n", "\r\n",
		" \r\n", "\t", ".", "\r\n.\r\n", "From ", "\r\nFrom x", "--",
		"-- \r\n", "\r\n--B", "--B1--x", AE, "\xff\x80", A72, A72, "\f",
		"\x7f" };
	unsigned i, n = any(30), wide = any(8) == 0;

	for (i = 0; i < n; i++) {
		buf_puts(b, bits[any(sizeof(bits) / sizeof(bits[0]))]);
		if (wide && any(4) == 0)
			buf_printf(b, "%*s", (int)any(3000), "x");
	}
}

/* Base64, or quoted-printable (all octets escaped), in long lines. */
static void
make_encoded(struct buf *b, bool quoted)
{
	unsigned i, n = any(5000), width = 4 * (10 + any(900));

	for (i = 0; i < n; i++) {
		if (quoted)
			buf_printf(b, any(3) == 0 ? "=\r\n" : "=%02X%c",
			    any(256), 'a' + (char)any(3));
		else
			buf_puts(b, i == n - 1 ? "QQ==" : "QUJD");
		if (!quoted && i % width == width - 1)
			buf_puts(b, "\r\n");
	}
}

static void
make_leaf(struct buf *b)
{
	static const char *const types[] = { "text/plain; charset=utf-8",
		"text/html", "image/png", "application/json" };
	static const char *const encodings[] = { "7bit", "8bit", "binary",
		"quoted-printable", "base64" };
	unsigned i = any(6);

	if (any(4) > 0)
		buf_printf(b, "Content-Type: %s\r\n", types[any(4)]);
	if (i < 5)
		buf_printf(b, CTE "%s\r\n", encodings[i]);
	buf_puts(b, "\r\n");
	if (i == 3 || i == 4)
		make_encoded(b, i == 3);
	else
		make_text(b);
}

static void
make_entity(struct buf *b, unsigned depth)
{
	unsigned i, n = 1 + any(3), name;

	if (depth > 5 || any(5) < 2) {
		make_leaf(b);
		return;
	}
	if (any(4) == 0) {
		buf_puts(b, "Content-Type: message/rfc822\r\n\r\nA: b\r\n");
		make_entity(b, depth + 1);
		return;
	}
	name = ++names;
	buf_printf(b, "Content-Type: multipart/mixed; boundary=\"B_%05u\"\r\n"
	    "\r\n%s", name, any(3) == 0 ? "before " AE "\r\n" : "");
	for (i = 0; i < n; i++) {
		buf_printf(b, "--B_%05u\r\n", name);
		make_entity(b, depth + 1);
		buf_puts(b, "\r\n");
	}
	buf_printf(b, "--B_%05u--%s", name, any(3) == 0 ? "\r\nafter" AE : "");
}

static void
decode_quoted(struct buf *to, const char *p, const char *end)
{
	unsigned v;

	for (; p < end; p++) {
		if (*p != '=')
			buf_putc(to, *p);
		else if (end - p > 2 && p[1] == '\r')
			p += 2;
		else if (end - p == 1)
			return;
		else {
			ck_assert_int_eq(sscanf(p + 1, "%2X", &v), 1);
			buf_putc(to, (char)v);
			p += 2;
		}
	}
}

static void
decode_base64(struct buf *to, const char *p, const char *end)
{
	static const char all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklm"
	    "nopqrstuvwxyz0123456789+/";
	unsigned long v = 0;
	unsigned n = 0;

	for (; p < end; p++) {
		if (strchr(all, *p) == NULL)
			continue;
		v = v << 6 | (unsigned long)(strchr(all, *p) - all);
		n += 6;
		if (n >= 8) {
			n -= 8;
			buf_putc(to, (char)(v >> n));
		}
	}
}

static void	decode(struct buf *, const char *, const char *);

/* The parts between the delimiters of a multipart. */
static void
decode_parts(struct buf *to, const char *h, const char *p, const char *end)
{
	char mark[40];
	unsigned name;
	size_t n;

	ck_assert_int_eq(sscanf(strstr(h, "boundary=") + 9, "\"B_%5u\"",
	    &name), 1);
	n = (size_t)snprintf(mark, sizeof(mark), "\r\n--B_%05u", name);
	p = memmem(p - 2, (size_t)(end - p) + 2, mark, n);
	while (p != NULL && strncmp(p + n, "--", 2) != 0) {
		h = p + n + 2;
		p = memmem(h - 2, (size_t)(end - h) + 2, mark, n);
		ck_assert_ptr_nonnull(p);
		decode(to, h, p);
	}
}

/* Appends what the leaves of the entity say. */
static void
decode(struct buf *to, const char *h, const char *end)
{
	const char *p = strncmp(h, "\r\n", 2) == 0 ? h - 2 :
	    strstr(h, "\r\n\r\n");
	char *head;

	ck_assert_ptr_nonnull(p);
	head = mem_ndup(h, p < h ? 0 : (size_t)(p - h));
	p += 4;
	if (strstr(head, "multipart/") != NULL)
		decode_parts(to, head, p, end);
	else if (strstr(head, "message/") != NULL)
		decode(to, p, end);
	else if (strstr(head, "quoted-printable") != NULL)
		decode_quoted(to, p, end);
	else if (strstr(head, "base64") != NULL)
		decode_base64(to, p, end);
	else
		buf_add(to, p, (size_t)(end - p));
	buf_puts(to, "\n|\n");
	free(head);
}

static void
check_lossless(unsigned what)
{
	struct buf before, after, once;
	struct facts f;

	buf_init(&before, MOST);
	buf_init(&after, MOST);
	buf_init(&once, MOST);
	ck_assert_msg(convert(was.data, was.len, what) == 0, "%s", o.text);
	decode(&before, was.data, was.data + was.len);
	decode(&after, is.data, is.data + is.len);
	ck_assert_uint_eq(before.len, after.len);
	ck_assert_mem_eq(before.data, after.data, before.len);
	facts_begin(&f);
	facts_note(&f, is.data, is.len);
	ck_assert(!(what & MIME_BODY7) || !f.eightbit);
	ck_assert(!(what & MIME_LINES) || f.longest <= 998);
	buf_add(&once, is.data, is.len);
	ck_assert_int_eq(convert(once.data, once.len, what), 0);
	ck_assert_str_eq(once.data, is.data);
	buf_free(&before);
	buf_free(&after);
	buf_free(&once);
}

/* 20 messages a turn. */
START_TEST(lossless)
{
	unsigned i, what;

	seed = (unsigned long)_i + 1;
	for (i = 0; i < 20; i++) {
		buf_clear(&was);
		names = 0;
		add(TOP);
		make_entity(&was, 0);
		add("\r\n");
		for (what = 1; what <= 3; what++)
			check_lossless(what);
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("mime");
	TCase *t = tcase_create("mime");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, table_of_sevens, 0,
	    sizeof(seven) / sizeof(seven[0]));
	tcase_add_loop_test(t, table_of_refusals, 0,
	    sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(t, lines);
	tcase_add_test(t, lines_bare);
	tcase_add_test(t, headers);
	tcase_add_test(t, lines_elsewhere);
	tcase_add_test(t, huge);
	tcase_add_test(t, deep);
	tcase_add_test(t, trouble);
	tcase_add_loop_test(t, lossless, 0, 8);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
