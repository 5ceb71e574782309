/* SPDX-License-Identifier: ISC */
/* Address lists as people write them, and what becomes of them on the wire. */
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "base/mem.h"
#include "mail/address.h"
#include "unit.h"

#define HOME	"home.example"
#define NONE	NULL

/* What a list gives: wire forms (bare names at HOME) with a blank between,
 * NULL for a refusal; phrases with '|' between, NULL: not looked at. */
static const struct row {
	const char *text, *wire, *phrases;
} rows[] = {
	/* RFC 5322 appendix A.1 to A.6 */
	{ "John Doe <jdoe@machine.example>", "jdoe@machine.example",
	    "John Doe" },
	{ "Mary Smith <mary@example.net>", "mary@example.net",
	    "Mary Smith" },
	{ "\"Joe Q. Public\" <john.q.public@example.com>",
	    "john.q.public@example.com", "Joe Q. Public" },
	{ "Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
	    "mary@x.test jdoe@example.org one@y.test", "Mary Smith||Who?" },
	{ "<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" "
	    "<sysservices@example.net>",
	    "boss@nil.test sysservices@example.net",
	    "|Giant; \"Big\" Box" },
	{ "Pete <pete@silly.example>", "pete@silly.example", "Pete" },
	{ "A Group:Ed Jones <joe@where.test>,joe@where.test,"
	    "John <jdoe@one.test>;",
	    "joe@where.test joe@where.test jdoe@one.test",
	    "Ed Jones||John" },
	{ "Undisclosed recipients:;", "", "" },
	{ "\"Mary Smith: Personal Account\" <smith@home.example>",
	    "smith@home.example", "Mary Smith: Personal Account" },
	{ "Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
	    "pete@silly.test", "Pete" },
	{ "A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)"
	    "public.example>,\r\n         joe@example.org,\r\n  John "
	    "<jdoe@one.test> (my dear friend); (the end of the group)",
	    "c@public.example joe@example.org jdoe@one.test",
	    "Chris Jones||John" },
	{ "(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;",
	    "", "" },
	{ "Joe Q. Public <john.q.public@example.com>",
	    "john.q.public@example.com", "Joe Q. Public" },
	{ "Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example",
	    "mary@example.net jdoe@test.example", "Mary Smith|" },
	{ "Mary Smith  \r\n          <mary@example.net>",
	    "mary@example.net", "Mary Smith" },
	{ "John Doe <jdoe@machine(comment).  example>",
	    "jdoe@machine.example", "John Doe" },
	/* plain ones */
	{ "root", "root@home.example", "" },
	{ "  root\t", "root@home.example", "" },
	{ "joe@example.org", "joe@example.org", "" },
	{ "<joe@example.org>", "joe@example.org", "" },
	{ "< joe@example.org >", "joe@example.org", "" },
	{ "Joe<joe@example.org>", "joe@example.org", "Joe" },
	{ "joe@EXAMPLE.Org", "joe@example.org", "" },
	{ "Joe@Example.org", "Joe@example.org", "" },
	{ "joe@example.org.", "joe@example.org", "" },
	{ "joe+tag=x@example.org", "joe+tag=x@example.org", "" },
	{ "o'brien@example.ie", "o'brien@example.ie", "" },
	{ "!#$%&'*+-/=?^_`{}~@example.org",
	    "!#$%&'*+-/=?^_`{}~@example.org", "" },
	{ "joe%example.org@relay.example", "joe%example.org@relay.example",
	    "" },
	{ "host!joe", "host!joe@home.example", "" },
	{ "/G=Joe/S=Doe/@gw.example", "/G=Joe/S=Doe/@gw.example", "" },
	{ "joe@host_1.example", "joe@host_1.example", "" },
	{ "joe@123.example", "joe@123.example", "" },
	{ "joe@localhost", "joe@localhost", "" },
	{ "-joe@example.org", "-joe@example.org", "" },
	{ "bounces-123-joe=a.example@lists.example",
	    "bounces-123-joe=a.example@lists.example", "" },
	{ "<root>", "root@home.example", "" },
	{ "Admin <root>", "root@home.example", "Admin" },
	{ "", "", "" },
	{ " \t ", "", "" },
	{ ",", "", "" },
	{ "(nobody)", "", "" },
	/* callers */
	{ "root (Cron Daemon)", "root@home.example", "Cron Daemon" },
	{ "root@host.example (fcron)", "root@host.example", "fcron" },
	{ "fejw,root", "fejw@home.example root@home.example", "|" },
	{ "a@x.example,b@x.example", "a@x.example b@x.example", "|" },
	{ "a@x.example, b@x.example,", "a@x.example b@x.example", "|" },
	{ ",a@x.example,,b@x.example,,", "a@x.example b@x.example", "|" },
	{ "undisclosed-recipients:;", "", "" },
	{ "undisclosed-recipients: ;, a@x.example", "a@x.example", "" },
	{ "undisclosed-recipients:", "", "" },
	{ "a@x.example; b@y.example", "a@x.example b@y.example", "|" },
	{ "a@x.example;b@y.example;", "a@x.example b@y.example", "|" },
	{ "A <a@x.example>; B <b@y.example>", "a@x.example b@y.example",
	    "A|B" },
	{ "a@x.example b@y.example", "a@x.example b@y.example", "|" },
	{ "root  postmaster\tjoe", "root@home.example "
	    "postmaster@home.example joe@home.example", "||" },
	{ "joe @ example.org root", "joe@example.org root@home.example",
	    "|" },
	{ "joe . doe@example . org x", "joe.doe@example.org x@home.example",
	    "|" },
	{ "a@x.example; b c", "a@x.example b@home.example c@home.example",
	    "||" },
	{ "\\root", "root@home.example", "" },
	{ "\\root, x@y.example", "root@home.example x@y.example", "|" },
	{ "Joe <\\joe>", "joe@home.example", "Joe" },
	{ "CORP\\joe <joe@x.example>", "joe@x.example", "CORP\\joe" },
	{ "Doe\\, Joe <joe@x.example>", "joe@x.example", "Doe, Joe" },
	{ "mailto:joe@x.example", "joe@x.example", "" },
	{ "joe@x.example <joe@x.example>", "joe@x.example",
	    "joe@x.example" },
	{ "joe@x.example (Joe) (the other)", "joe@x.example",
	    "the other" },
	{ "(Joe) joe@x.example", "joe@x.example", "Joe" },
	{ "<joe@x.example> (Joe)", "joe@x.example", "Joe" },
	{ "Joe <joe@x.example> (work)", "joe@x.example", "Joe" },
	{ "\"a\\ b\\\"\" <joe@x.example>", "joe@x.example", "a b\"" },
	{ "a \\\r\n b <joe@x.example>", "joe@x.example", NULL },
	{ "[Team] Joe <joe@x.example>", "joe@x.example", "[Team] Joe" },
	{ "Joe@Home office <joe@x.example>", "joe@x.example",
	    "Joe@Home office" },
	{ "J. Q. Public <x@y.example>", "x@y.example", "J. Q. Public" },
	{ "Dr. J.R. \"Bob\" Dobbs <x@y.example>", "x@y.example",
	    "Dr. J.R. Bob Dobbs" },
	{ "Doe, John <j@x.example>", "doe@home.example j@x.example", NULL },
	{ "\"Doe, John\" <j@x.example>, k@x.example",
	    "j@x.example k@x.example", "Doe, John|" },
	{ "\"\" <j@x.example>", "j@x.example", "" },
	{ "'j@x.example' <j@x.example>", "j@x.example", "'j@x.example'" },
	{ "Joe =?utf-8?q?=C3=A9?= <j@x.example>", "j@x.example",
	    "Joe =?utf-8?q?=C3=A9?=" },
	/* encoded words, with what they may not hold */
	{ "=?utf-8?q?Doe,_J?= <j@x.example>", "j@x.example",
	    "=?utf-8?q?Doe,_J?=" },
	{ "=?utf-8?q?Doe,_J?= <j@x.example>, k@x.example",
	    "j@x.example k@x.example", "=?utf-8?q?Doe,_J?=|" },
	{ "=?utf-8?q?A_(B)_\"<x>\"?= <j@x.example>", "j@x.example", NULL },
	{ "=?utf-8?b?RG9l?= =?utf-8?b?Sg==?=\r\n\t<j@x.example>",
	    "j@x.example", "=?utf-8?b?RG9l?= =?utf-8?b?Sg==?=" },
	{ "=?utf-8?q?broken_<j@x.example>", "j@x.example", NULL },
	{ "=?utf-8?q?joe=40x.example?=", NONE, NULL },
	{ "=?x?=@y.example", "=?x?=@y.example", "" },
	/* quoted local parts */
	{ "\"joe\"@x.example", "joe@x.example", "" },
	{ "\"joe doe\"@x.example", "\"joe doe\"@x.example", "" },
	{ "\"joe\".\"doe\"@x.example", "joe.doe@x.example", "" },
	{ "joe.\"d@e\"@x.example", "\"joe.d@e\"@x.example", "" },
	{ "\"a@b\"@c.example", "\"a@b\"@c.example", "" },
	{ "\"a\\\"b\\\\c\"@x.example", "\"a\\\"b\\\\c\"@x.example", "" },
	{ "\"\\j\\o\\e\"@x.example", "joe@x.example", "" },
	{ "\"a,b;c:d\"@x.example", "\"a,b;c:d\"@x.example", "" },
	{ "\"\"@x.example", "\"\"@x.example", "" },
	{ "\"joe doe\"", "\"joe doe\"@home.example", "" },
	{ "X <\"a b\"@x.example>", "\"a b\"@x.example", "X" },
	{ "\"a\r\n b\"@x.example", "\"a b\"@x.example", "" },
	{ "joe.@docomo.example", "\"joe.\"@docomo.example", "" },
	{ ".joe@x.example", "\".joe\"@x.example", "" },
	{ "j..e@x.example", "\"j..e\"@x.example", "" },
	/* comments and folds everywhere */
	{ "joe (a (b (c) d) e)@(x)x(y).(z)example",
	    "joe@x.example", NULL },
	{ "joe(x\r\n y)@x.example", "joe@x.example", "x y" },
	{ "a@x.example,\r\n\tb@y.example,\n c@z.example",
	    "a@x.example b@y.example c@z.example", "||" },
	{ "joe (\"un(balanced) quote)@x.example", "joe@x.example", NULL },
	{ "joe@x.example (a \\( b)", "joe@x.example", "a ( b" },
	{ "joe@x.example (=?utf-8?q?J=C3=B6?=)", "joe@x.example",
	    "=?utf-8?q?J=C3=B6?=" },
	{ "joe@x.example ()", "joe@x.example", "" },
	/* routes and missing ends */
	{ "<@a.example,@b.example:c@d.example>", "c@d.example", "" },
	{ "R <@a.example , (x) ,@b.example : c@d.example>", "c@d.example",
	    "R" },
	{ "<@[10.0.0.1]:c@d.example>", "c@d.example", "" },
	{ "Joe <joe@x.example", "joe@x.example", "Joe" },
	{ "Joe <joe@x.example, b@y.example", "joe@x.example b@y.example",
	    "Joe|" },
	{ "Joe <joe@x.example (x)", "joe@x.example", "Joe" },
	{ "g: a@x.example, b@y.example", "a@x.example b@y.example", "|" },
	{ "g: a@x.example; c@x.example", "a@x.example c@x.example", "|" },
	{ "g: a@x.example;, h: b@x.example;", "a@x.example b@x.example",
	    "|" },
	{ "g: root, , (x) ;", "root@home.example", "" },
	/* literals */
	{ "joe@[127.0.0.1]", "joe@[127.0.0.1]", "" },
	{ "joe@[IPv6:2001:db8::1]", "joe@[IPv6:2001:db8::1]", "" },
	{ "joe@[ipv6:::1], b", "joe@[IPv6:::1] b@home.example", "|" },
	{ "joe@[ 127.0.0.1 ] (x)", "joe@[127.0.0.1]", "x" },
	{ "joe@[127.0.0.256]", NONE, NULL },
	{ "joe@[IPv6:zz]", NONE, NULL },
	{ "joe@[::1]", NONE, NULL },
	{ "joe@[]", NONE, NULL },
	{ "joe@[127.0.0.1", NONE, NULL },
	{ "joe@[127.0.0.1]x", NONE, NULL },
	{ "joe@[tag:x]", NONE, NULL },
	/* not ASCII */
	{ "joe@b\xc3\xbc" "cher.example", "joe@xn--bcher-kva.example", "" },
	{ "joe@B\xc3\x9c" "CHER.Example", "joe@xn--bcher-kva.example", "" },
	{ "joe@stra\xc3\x9f" "e.example", "joe@xn--strae-oqa.example", "" },
	{ "joe@xn--bcher-kva.example", "joe@xn--bcher-kva.example", "" },
	{ "joe@\xe4\xbe\x8b\xe3\x80\x82" "example", "joe@xn--fsq.example",
	    "" },
	{ "j\xc3\xb6" "e@x.example", "j\xc3\xb6" "e@x.example", "" },
	{ "\"j\xc3\xb6 e\"@x.example", "\"j\xc3\xb6 e\"@x.example", "" },
	{ "J\xc3\xb6rg <j@x.example>", "j@x.example", "J\xc3\xb6rg" },
	{ "J\xf6rg <j@x.example>", "j@x.example", "J\xf6rg" },
	{ "j\xf6@x.example", NONE, NULL },
	{ "j@b\xfc" "cher.example", NONE, NULL },
	{ "j\xc2\x85@x.example", NONE, NULL },
	{ "\"j\xe2\x80\xa8RCPT TO:x\"@x.example", NONE, NULL },
	{ "j@x\xef\xbc\x9ey.example", NONE, NULL },	/* fullwidth > */
	{ "j@x\xef\xbc\xa0y.example", NONE, NULL },	/* fullwidth @ */
	{ "j@x\xe2\x80\x83y.example", NONE, NULL },	/* em space */
	/* no addresses */
	{ "joe@", NONE, NULL },
	{ "@x.example", NONE, NULL },
	{ "@", NONE, NULL },
	{ "joe@@x.example", NONE, NULL },
	{ "a@b@c.example", NONE, NULL },
	{ "joe@.example", NONE, NULL },
	{ "joe@x..example", NONE, NULL },
	{ "joe@.", NONE, NULL },
	{ "joe@-x.example", NONE, NULL },
	{ "joe@x-.example", NONE, NULL },
	{ "joe@x!y.example", NONE, NULL },
	{ "joe@x.example:25", NONE, NULL },
	{ "a:b:c@x.example", NONE, NULL },
	{ ":include:/etc/list", NONE, NULL },
	{ "\":include:/etc/list\"", NONE, NULL },
	{ "|/bin/prog", NONE, NULL },
	{ "\"|/bin/prog -x\"", NONE, NULL },
	{ "joe, |prog", NONE, NULL },
	{ "<|prog>", NONE, NULL },
	{ "/dev/null", NONE, NULL },
	{ "\"/tmp/x y\"", NONE, NULL },
	{ "http://x.example/", NONE, NULL },
	{ "joe doe@x.example, y", NONE, NULL },
	{ "joe \"doe\"@x.example", NONE, NULL },
	{ "\"a\"b@x.example", NONE, NULL },
	{ "Joe <joe doe@x.example>", NONE, NULL },
	{ "Joe <joe@x.example> Doe", NONE, NULL },
	{ "<a@x.example> <b@x.example>", NONE, NULL },
	{ "<<a@x.example>>", NONE, NULL },
	{ "<a@x.example>>", NONE, NULL },
	{ "a@x.example>", NONE, NULL },
	{ ">", NONE, NULL },
	{ "<>", NONE, NULL },
	{ "Joe <>", NONE, NULL },
	{ "<", NONE, NULL },
	{ "<@a.example>", NONE, NULL },
	{ "<@a.example:>", NONE, NULL },
	{ "\"joe@x.example", NONE, NULL },
	{ "joe (x@x.example", NONE, NULL },
	{ "joe)@x.example", NONE, NULL },
	{ "\"\"", NONE, NULL },
	{ "a\\,b@x.example", NONE, NULL },
	{ "joe\\", NONE, NULL },
	{ "\"joe\\", NONE, NULL },
	{ "\"a>b\"@x.example", NONE, NULL },
	{ "\"a<b\"@x.example", NONE, NULL },
	{ "\"a\tb\"@x.example", NONE, NULL },
	{ "joe\r\n@x.example", NONE, NULL },
	{ "joe@x.example\r\n", NONE, NULL },
	{ "joe@x.example\n", NONE, NULL },
	{ "joe@x.example\rX", NONE, NULL },
	{ "joe@x.example\nBcc: y@z.example", NONE, NULL },
	{ "joe\033@x.example", NONE, NULL },
	{ "joe\177@x.example", NONE, NULL },
	{ "J\001oe <joe@x.example>", NONE, NULL },
	{ "joe (\001) <joe@x.example>", NONE, NULL },
	{ "\"\\\r\n\"@x.example", NONE, NULL },
};

/* The wire forms of a list with blanks between; NULL when it is refused. */
static const char *
wires(struct buf *b, struct buf *phrases, const char *text, size_t n,
    struct outcome *o)
{
	struct address_scan s;
	struct address a;
	bool first = true;
	int rc;

	address_scan(&s, text, n);
	while ((rc = address_next(&s, &a, o)) > 0) {
		ck_assert(a.start < a.end && a.end <= n);
		ck_assert(a.phrase_start <= a.phrase_end);
		ck_assert(strlen(a.local) == a.local_len);
		ck_assert(a.bare == (*a.domain == '\0'));
		if (!first)
			ck_assert(buf_putc(b, ' ') == 0 &&
			    buf_putc(phrases, '|') == 0);
		first = false;
		if ((rc = address_wire(b, &a, HOME, o)) < 0)
			break;
		ck_assert_int_eq(buf_puts(phrases, a.phrase), 0);
	}
	address_done(&s);
	return rc < 0 ? NULL : b->data;
}

START_TEST(table)
{
	const struct row *r = &rows[_i];
	struct buf b, phrases;
	struct outcome o;
	const char *got;

	buf_init(&b, 10000);
	buf_init(&phrases, 10000);
	outcome_clear(&o);
	got = wires(&b, &phrases, r->text, strlen(r->text), &o);
	if (r->wire == NULL) {
		ck_assert_msg(got == NULL, "taken: %s: %s", r->text, got);
		ck_assert_int_eq(o.fault, FAULT_DATA);
		ck_assert_str_ne(o.text, "");
	} else {
		ck_assert_msg(got != NULL, "refused: %s", o.text);
		ck_assert_msg(strcasecmp(got, r->wire) == 0,
		    "%s: got %s", r->text, got);
		if (strncmp(r->text, "Doe,", 4) != 0)
			ck_assert_str_eq(got, r->wire);
		if (r->phrases != NULL)
			ck_assert_str_eq(phrases.data, r->phrases);
	}
	buf_free(&b);
	buf_free(&phrases);
}
END_TEST

START_TEST(spans)
{
	static const char text[] =
	    "Joe (x) Doe (y) <joe@x.example>, root (Cron), \\adm, "
	    "R <@a.example:b@c.example>";
	static const char *const specs[] = { "joe@x.example", "root", "\\adm",
		"b@c.example" };
	static const char *const names[] = { "Joe (x) Doe", "", "", "R" };
	struct address_scan s;
	struct address a;
	struct outcome o;
	size_t i;

	address_scan(&s, text, strlen(text));
	for (i = 0; i < 4; i++) {
		ck_assert_int_eq(address_next(&s, &a, &o), 1);
		ck_assert_uint_eq(a.end - a.start, strlen(specs[i]));
		ck_assert_mem_eq(text + a.start, specs[i], a.end - a.start);
		ck_assert_uint_eq(a.phrase_end - a.phrase_start,
		    strlen(names[i]));
		ck_assert_mem_eq(text + a.phrase_start, names[i],
		    a.phrase_end - a.phrase_start);
		ck_assert_int_eq(a.bare, i == 1 || i == 2);
	}
	ck_assert_int_eq(address_next(&s, &a, &o), 0);
	ck_assert_int_eq(address_next(&s, &a, &o), 0);
	address_done(&s);
}
END_TEST

START_TEST(refusal_names_the_piece)
{
	static const char text[] = "good@x.example, bad bad@, other";
	struct address_scan s;
	struct address a;
	struct outcome o;

	address_scan(&s, text, strlen(text));
	ck_assert_int_eq(address_next(&s, &a, &o), 1);
	ck_assert_int_eq(address_next(&s, &a, &o), -1);
	ck_assert_int_eq(o.fault, FAULT_DATA);
	ck_assert_str_eq(o.text, "\"bad bad@\" cannot be an address");
	ck_assert_int_eq(address_next(&s, &a, &o), 0);
	address_done(&s);
}
END_TEST

START_TEST(nul_is_refused)
{
	struct address_scan s;
	struct address a;
	struct outcome o;
	size_t i;
	char text[] = "\"Joe\" <joe@x.example> (J)";

	for (i = 0; i < sizeof(text) - 1; i++) {
		char was = text[i];
		int rc;

		text[i] = '\0';
		address_scan(&s, text, sizeof(text) - 1);
		rc = address_next(&s, &a, &o);
		ck_assert_msg(rc == -1, "NUL at %zu", i);
		address_done(&s);
		text[i] = was;
	}
}
END_TEST

/* before, n times c, behind */
static int
repeated(const char *before, char c, size_t n, const char *behind)
{
	struct buf text, b, phrases;
	struct outcome o;
	int rc;

	buf_init(&text, 1 << 20);
	buf_init(&b, 10000);
	buf_init(&phrases, 10000);
	ck_assert_int_eq(buf_puts(&text, before), 0);
	for (; n > 0; n--)
		ck_assert_int_eq(buf_putc(&text, c), 0);
	ck_assert_int_eq(buf_puts(&text, behind), 0);
	rc = wires(&b, &phrases, text.data, text.len, &o) == NULL ? -1 : 0;
	if (rc < 0)
		ck_assert_int_eq(o.fault, FAULT_DATA);
	buf_free(&text);
	buf_free(&b);
	buf_free(&phrases);
	return rc;
}

START_TEST(limits)
{
	ck_assert_int_eq(repeated("", 'a', 64, "@x.example"), 0);
	ck_assert_int_eq(repeated("", 'a', LIMIT_ADDRESS - 10,
	    "@x.example"), 0);
	ck_assert_int_eq(repeated("", 'a', LIMIT_ADDRESS - 9,
	    "@x.example"), -1);
	ck_assert_int_eq(repeated("", 'a', LIMIT_ADDRESS + 1, ""), -1);
	ck_assert_int_eq(repeated("j@", 'a', 63, ".example"), 0);
	ck_assert_int_eq(repeated("j@", 'a', 64, ".example"), -1);
	ck_assert_int_eq(repeated("j@", 'a', LIMIT_DOMAIN + 1, ""), -1);
	ck_assert_int_eq(repeated("j@x", '.', 2, "y"), -1);
	ck_assert_int_eq(repeated("j@x", '(', 33, ".y"), -1);
	ck_assert_int_eq(repeated("(((((((((((((((((((((((((((((((", '(', 1,
	    "x)))))))))))))))))))))))))))))))) j@x.example"), 0);
	ck_assert_int_eq(repeated("((((((((((((((((((((((((((((((((", '(', 1,
	    "x))))))))))))))))))))))))))))))))) j@x.example"), -1);
	ck_assert_int_eq(repeated("J ", 'a', 100000, " <j@x.example>"), 0);
}
END_TEST

START_TEST(phrase_is_cut)
{
	struct buf text;
	struct address_scan s;
	struct address a;
	struct outcome o;
	size_t i;

	buf_init(&text, 1 << 20);
	for (i = 0; i < 50000; i++)
		buf_putc(&text, 'p');
	buf_puts(&text, " <j@x.example>");
	address_scan(&s, text.data, text.len);
	ck_assert_int_eq(address_next(&s, &a, &o), 1);
	ck_assert_uint_eq(strlen(a.phrase), LIMIT_PHRASE);
	ck_assert_uint_eq(a.phrase_end, 50000);
	address_done(&s);
	buf_free(&text);
}
END_TEST

START_TEST(one)
{
	static const struct {
		const char *text, *wire;
	} one_rows[] = {
		{ "", "" }, { "<>", "" }, { " < > ", "" }, { "  ", "" },
		{ "joe", "joe@home.example" },
		{ "Joe <joe@x.example>", "joe@x.example" },
		{ "root@h.example (fcron)", "root@h.example" },
		{ "<<>>", NULL }, { "a,b", NULL }, { "a b", NULL },
		{ "a@x.example, ", "a@x.example" }, { "g:;", NULL },
		{ "(x)", NULL }, { "a@x.example,|b", NULL },
		{ "a> SIZE=1", NULL }, { "a@b>\r\nRCPT TO:<c@d", NULL },
	};
	struct outcome o;
	struct buf b;
	size_t i;

	buf_init(&b, 2000);
	for (i = 0; i < sizeof(one_rows) / sizeof(one_rows[0]); i++) {
		int rc;

		ck_assert_int_eq(buf_puts(&b, "old"), i == 99 ? -1 : 0);
		rc = address_one(&b, one_rows[i].text, HOME, &o);
		ck_assert_msg(rc == (one_rows[i].wire == NULL ? -1 : 0),
		    "%s", one_rows[i].text);
		ck_assert_str_eq(b.data, rc < 0 ? "" : one_rows[i].wire);
		if (rc < 0)
			ck_assert_int_eq(o.fault, FAULT_DATA);
	}
	buf_free(&b);
}
END_TEST

START_TEST(bare_without_a_domain)
{
	struct outcome o;
	struct buf b;

	buf_init(&b, 2000);
	ck_assert_int_eq(address_one(&b, "root", NULL, &o), -1);
	ck_assert_int_eq(o.fault, FAULT_CONFIG);
	ck_assert(strstr(o.text, "\"root\"") != NULL);
	ck_assert(strstr(o.advice, "/etc/aliases") != NULL);
	ck_assert_int_eq(address_one(&b, "root@x.example", NULL, &o), 0);
	ck_assert_int_eq(address_one(&b, "root", "not a domain", &o), -1);
	ck_assert_int_eq(o.fault, FAULT_DATA);
	ck_assert_uint_eq(b.len, 0);
	buf_free(&b);
}
END_TEST

/* Another posthorn is to give it a domain. */
START_TEST(bare_stays)
{
	static const struct { const char *text, *want; } t[] = {
		{ "root", "root" }, { "Root <root>", "root" },
		{ "\"a b\"", "\"a b\"" }, { "a@B.x", "a@b.x" },
		{ "\"a@b\"", "\"a@b\"" },
	};
	struct outcome o;
	char long_one[LIMIT_ADDRESS + 2];
	struct buf b;
	size_t i;

	buf_init(&b, 1024);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		ck_assert_msg(address_one(&b, t[i].text, "", &o) == 0, "%s",
		    o.text);
		ck_assert_str_eq(b.data, t[i].want);
	}
	memset(long_one, 'x', sizeof(long_one) - 1);
	long_one[sizeof(long_one) - 1] = '\0';
	ck_assert_int_eq(address_one(&b, long_one, "", &o), -1);
	ck_assert_int_eq(o.fault, FAULT_DATA);
	ck_assert_int_eq(address_one(&b, "\"a>b\"", "", &o), -1);
	buf_free(&b);
}
END_TEST

START_TEST(domains)
{
	static const struct {
		const char *text, *wire;
	} domain_rows[] = {
		{ "Example.ORG", "example.org" }, { "x.", "x" },
		{ "b\xc3\xbc" "cher.example", "xn--bcher-kva.example" },
		{ "[1.2.3.4]", "[1.2.3.4]" }, { "", NULL }, { ".", NULL },
		{ "a b", NULL }, { "a\n", NULL }, { "x..", NULL },
		{ "[1.2.3.4", NULL }, { "[", NULL }, { "[IPv6:", NULL },
		{ "a>b", NULL }, { "xn--", NULL },
	};
	struct outcome o;
	struct buf b;
	size_t i;

	buf_init(&b, 1000);
	for (i = 0; i < sizeof(domain_rows) / sizeof(domain_rows[0]); i++) {
		int rc;

		buf_clear(&b);
		ck_assert_int_eq(buf_puts(&b, "@"), 0);
		rc = address_domain(&b, domain_rows[i].text, &o);
		ck_assert_msg(rc == (domain_rows[i].wire == NULL ? -1 : 0),
		    "%s", domain_rows[i].text);
		ck_assert_str_eq(b.data + 1, rc < 0 ? "" :
		    domain_rows[i].wire);
	}
	buf_free(&b);
}
END_TEST

/* A small generator, the same numbers every time. */
static unsigned
roll(unsigned *seed, unsigned n)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % n;
}

/* Whatever the text, the wire form is one path that cannot be left, and is
 * read again as what it is. */
static void
check_wire(const char *wire, size_t n)
{
	struct outcome o;
	struct buf again;
	bool quoted = false;
	size_t i;

	ck_assert_uint_eq(strlen(wire), n);
	ck_assert_uint_le(n, LIMIT_ADDRESS);
	for (i = 0; i < n; i++) {
		ck_assert((unsigned char)wire[i] >= ' ');
		ck_assert(wire[i] != 0x7f && wire[i] != '<' &&
		    wire[i] != '>');
		if (quoted && wire[i] == '\\') {
			i++;
			continue;
		}
		if (wire[i] == '"')
			quoted = !quoted;
		ck_assert(quoted || wire[i] != ' ');
	}
	ck_assert(!quoted);
	buf_init(&again, 2000);
	ck_assert_msg(address_one(&again, wire, NULL, &o) == 0, "%s: %s",
	    wire, o.text);
	ck_assert_str_eq(again.data, wire);
	buf_free(&again);
}

START_TEST(no_injection)
{
	static const char *const bits[] = { "\r", "\n", "\r\n ", "\t", " ",
		"<", ">", "\"", "\\", "(", ")", "[", "]", ":", ";", "@", ",",
		".", "a", "joe", "x.example", "\xc3\xbc", "\xff", "=?", "?=",
		"=?u?q?", "|", "/", "RCPT TO:<x@y.example>", "\177", "\xc2\x85",
		"IPv6:", "1.2.3.4", "@x.example", "\"a b\"@", "[1.2.3.4]" };
	unsigned seed = 7, round, n, found = 0;
	struct address_scan s;
	struct address a;
	struct outcome o;
	struct buf text, b;

	buf_init(&text, 10000);
	buf_init(&b, 5000);
	for (round = 0; round < 100000; round++) {
		buf_clear(&text);
		for (n = 1 + roll(&seed, 9); n > 0; n--)
			buf_puts(&text, bits[roll(&seed,
			    sizeof(bits) / sizeof(bits[0]))]);
		if (roll(&seed, 50) == 0)
			buf_putc(&text, '\0');
		address_scan(&s, text.data, text.len);
		while (address_next(&s, &a, &o) == 1) {
			ck_assert(a.start < a.end && a.end <= text.len);
			buf_clear(&b);
			if (address_wire(&b, &a, HOME, &o) < 0) {
				ck_assert_uint_eq(b.len, 0);
				continue;
			}
			found++;
			check_wire(b.data, b.len);
		}
		address_done(&s);
	}
	ck_assert_uint_gt(found, 10000);
	buf_free(&text);
	buf_free(&b);
}
END_TEST

/* Scans n times the piece; returns how many addresses, 0 on a refusal. */
static size_t
scan_many(const char *piece, size_t n, double *seconds)
{
	size_t len = strlen(piece), i, found = 0;
	char *text = mem_alloc(len * n + 1);
	struct address_scan s;
	struct address a;
	struct outcome o;
	clock_t begun;
	int rc;

	for (i = 0; i < n; i++)
		memcpy(text + i * len, piece, len);
	begun = clock();
	address_scan(&s, text, len * n);
	while ((rc = address_next(&s, &a, &o)) == 1)
		found++;
	*seconds = (double)(clock() - begun) / CLOCKS_PER_SEC;
	ck_assert_uint_le(s.local.cap + s.domain.cap + s.phrase.cap,
	    2 * (LIMIT_ADDRESS + LIMIT_DOMAIN + LIMIT_PHRASE));
	address_done(&s);
	free(text);
	return rc < 0 ? 0 : found;
}

/* Generous: a sanitized build on a busy machine has to pass, a quadratic
 * scanner must not. */
#define SOON	10.0

START_TEST(linear)
{
	static const char *const hostile[] = { "(", ")", "\"", "\\", "<", "@",
		":", ";", "=?", "=?a?q?", "=?a?q?,", "[", "@[", "a@[", "a.",
		"a ", "(a)", "((a))", "<@a", "<@a,", "\"a\"", "a:", "a@", "<a",
		"\r\n ", "a b@", "a (", "=?a?q?b?= ", "(\\", ".", "a<@b:" };
	double seconds;
	size_t i;

	ck_assert_uint_eq(scan_many("joe.doe@mail.example.org,", 200000,
	    &seconds), 200000);
	ck_assert(seconds < SOON);
	ck_assert_uint_eq(scan_many("\"J (x)\" (y) <j@x.example>,\r\n ",
	    150000, &seconds), 150000);
	ck_assert(seconds < SOON);
	ck_assert_uint_eq(scan_many("root ", 1000000, &seconds), 1000000);
	ck_assert(seconds < SOON);
	for (i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		scan_many(hostile[i], 5000000 / strlen(hostile[i]),
		    &seconds);
		ck_assert_msg(seconds < SOON, "%s: %.1f s", hostile[i],
		    seconds);
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("address");
	TCase *t = tcase_create("lists");

	tcase_add_loop_test(t, table, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(t, spans);
	tcase_add_test(t, refusal_names_the_piece);
	tcase_add_test(t, nul_is_refused);
	tcase_add_test(t, limits);
	tcase_add_test(t, phrase_is_cut);
	tcase_add_test(t, one);
	tcase_add_test(t, bare_without_a_domain);
	tcase_add_test(t, bare_stays);
	tcase_add_test(t, domains);
	suite_add_tcase(s, t);
	t = tcase_create("properties");
	tcase_set_timeout(t, 300);
	tcase_add_test(t, no_injection);
	tcase_add_test(t, linear);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
