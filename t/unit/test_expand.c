/* SPDX-License-Identifier: ISC */
/* Names that aliases expand: chains, loops, defaults, owners, lists. */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "front/expand.h"
#include "front/recipients.h"
#include "mail/others.h"
#include "someone.h"

/* Whom one text reaches, an owner in front of who has one. */
static int
expand(struct buf *b, struct book *book, const char *text, struct outcome *o)
{
	struct address_scan scan;
	struct expansion x;
	struct address a;
	size_t i;
	int r;

	buf_init(b, 65536);
	expand_init(&x);
	address_scan(&scan, text, strlen(text));
	ck_assert_int_eq(address_next(&scan, &a, o), 1);
	r = expand_address(&x, &a, members_literal(text, strlen(text),
	    a.start), book, o);
	for (i = 0; i < x.n && r == 0; i++)
		buf_printf(b, "%s%s%s%s", i > 0 ? " " : "",
		    x.to[i].owner != NULL ? x.to[i].owner : "",
		    x.to[i].owner != NULL ? "/" : "", x.to[i].address);
	expand_free(&x);
	address_done(&scan);
	return r;
}

static const struct row {
	const char	*aliases, *text, *want;	/* want: "!words" */
} rows[] = {
	/* names */
	{ "", "root", "root@example.org" },
	{ "root: joe@x", "root", "joe@x" },
	{ "root: joe@x", "ROOT@LocalHost", "joe@x" },
	{ "root: joe@x", "root@srv.example.org", "joe@x" },
	{ "root: joe@x", "root@localhost.", "joe@x" },
	{ "root: joe@x", "root@localhost.example.net",
	    "root@localhost.example.net" },
	{ "root: joe@x", "root@localhost.localdomain.example.net",
	    "root@localhost.localdomain.example.net" },
	{ "root: joe@x", "root@example.org", "root@example.org" },
	{ "root: joe@x", "\\root", "root@example.org" },
	{ "root: joe@x", "\"root\"", "joe@x" },
	{ "joe: ann@x", "root", "root@example.org" },
	{ "", "root@localhost", "root@localhost" },
	{ "root: joe", "root", "joe@example.org" },
	{ "root@localhost: joe@x", "root", "joe@x" },
	/* chains */
	{ "root: joe, ann@x\njoe: bob@x", "root", "bob@x ann@x" },
	{ "root: a, b\na: c\nb: c\nc: c@x", "root", "c@x" },
	{ "root: joe@localhost\njoe: bob@x", "root", "bob@x" },
	/* themselves */
	{ "root: root, x@y", "root", "root@example.org x@y" },
	{ "root: \\root, x@y", "root", "root@example.org x@y" },
	{ "root: root@localhost, x@y", "root", "root@example.org x@y" },
	{ "joe: root\nroot: ROOT", "joe", "ROOT@example.org" },
	{ "a: \\b\nb: a", "b", "b@example.org" },
	/* loops */
	{ "a: b\nb: a", "a", "!5.4.6 /x:2: aliases lead back to themselves: "
	    "a -> b -> a" },
	{ "a: b, x@y\nb: c\nc: b", "a", "!5.4.6 /x:3: aliases lead back to "
	    "themselves: a -> b -> c -> b" },
	{ "a: b\nb: a", "b", "!5.4.6" },
	/* the rest */
	{ "default: joe@x", "root", "joe@x" },
	{ "*: joe@x", "root", "joe@x" },
	{ "default: ann@x\n*: joe@x", "root", "ann@x" },
	{ "default: joe@x", "root@else.example", "root@else.example" },
	{ "default: joe@x\nroot: root", "root", "root@example.org" },
	{ "default: joe@x\nroot: bob", "root", "joe@x" },
	{ "default: admin", "root", "admin@example.org" },
	{ "default: root\nroot: ann@x", "joe", "ann@x" },
	{ "default: joe@x", "\\root", "root@example.org" },
	/* details */
	{ "root: joe@x", "root+cron", "joe@x" },
	{ "root+*: a@x\nroot: b@x", "root+cron", "a@x" },
	{ "root+cron: c@x\nroot+*: a@x\nroot: b@x", "root+cron", "c@x" },
	{ "root+*: a@x\nroot: b@x", "root", "b@x" },
	{ "joe: x@y", "root+cron", "root+cron@example.org" },
	{ "default: d@x", "root+cron", "d@x" },
	{ "joe: joe+x", "joe", "joe+x@example.org" },
	{ "joe: x@y", "+joe", "+joe@example.org" },
	/* owners */
	{ "all: a@x, b@x\nowner-all: ann@y", "all", "ann@y/a@x ann@y/b@x" },
	{ "all: a@x\nowner-all: ann\nann: ann@y", "all", "ann@y/a@x" },
	{ "all: a@x\nowner-all: ann", "all", "ann@example.org/a@x" },
	{ "all: a@x\nowner-all: ann@y, bob@y", "all",
	    "owner-all@example.org/a@x" },
	{ "all: a@x\nowner-all: :include:/y", "all",
	    "owner-all@example.org/a@x" },
	{ "all: a@x\nowner-all: b\nb: owner-all", "all",
	    "owner-all@example.org/a@x" },
	{ "all: a@x\nowner-all: owner-all", "all",
	    "owner-all@example.org/a@x" },
	{ "all: a@x, some\nsome: b@x\nowner-all: o@y", "all",
	    "o@y/a@x o@y/b@x" },
	{ "all: a@x, some\nsome: b@x\nowner-some: o@y", "all",
	    "a@x o@y/b@x" },
	{ "All: a@x\nOWNER-ALL: o@y", "aLL", "o@y/a@x" },
	{ "owner-all: o@y\nowner-owner-all: p@y", "owner-all", "o@y" },
	{ "all: a@x\nowner-all: o@y", "all+x", "o@y/a@x" },
	/* bad ones */
	{ "a: joe@x\nroot:\n b, |prog", "root", "!- /x:3: \"|prog\": "
	    "programs are not run" },
	{ "root: |prog\na: b@x", "a", "b@x" },
	{ "root: a@x, b\nb: /file", "root", "!- /x:2: \"/file\": files" },
	{ "\nroot joe@x", "root", "!- /x:2: root: there is no colon" },
	{ "root:", "root", "!- /x:1: root: no address" },
	{ "root: a@-x-, b", "root", "!- /x:1:" },
	{ "root: :include:/nonexistent/list", "root",
	    "!- /x:1: cannot read /nonexistent/list" },
};

START_TEST(names)
{
	const struct row *row = &rows[_i];
	const struct identity me = someone();
	struct book book = { .me = &me, .path = "/x" };
	struct outcome o;
	char got[LIMIT_WORDS + 32];
	struct buf b;

	book_text(&book, row->aliases, strlen(row->aliases));
	if (row->want[0] != '!') {
		ck_assert_msg(expand(&b, &book, row->text, &o) == 0, "%s: %s",
		    row->aliases, o.text);
		ck_assert_str_eq(b.data, row->want);
		/* once more is the same */
		buf_free(&b);
		ck_assert_int_eq(expand(&b, &book, row->text, &o), 0);
		ck_assert_str_eq(b.data, row->want);
	} else {
		ck_assert_int_eq(expand(&b, &book, row->text, &o), -1);
		buf_free(&b);
		ck_assert_int_eq(expand(&b, &book, row->text, &o), -1);
		snprintf(got, sizeof(got), "!%s %s",
		    o.enhanced[0] == 5 && o.enhanced[1] == 4 &&
		    o.enhanced[2] == 6 ? "5.4.6" : "-", o.text);
		ck_assert_msg(strncmp(got, row->want, strlen(row->want)) == 0,
		    "%s: %s", row->want, got);
		ck_assert_int_eq(o.fault, row->want[1] == '-' ? FAULT_CONFIG :
		    FAULT_NOUSER);
		ck_assert(o.advice[0] != '\0');
	}
	buf_free(&b);
	book_free(&book);
}
END_TEST

/* Thirty-two names deep and no deeper; no stack is used up, nor time. */
START_TEST(depth)
{
	const struct identity me = someone();
	struct book book = { .me = &me, .path = "/x" };
	struct outcome o;
	struct buf t, b;
	unsigned i;

	buf_init(&t, 1 << 20);
	for (i = 0; i < 1000; i++)
		buf_printf(&t, "n%u: n%u, n%u, n%u\n", i, i + 1, i + 1, i + 1);
	buf_puts(&t, "n1000: z@x\n");
	book_text(&book, t.data, t.len);
	ck_assert_int_eq(expand(&b, &book, "n968", &o), -1);
	ck_assert_int_eq(o.fault, FAULT_NOUSER);
	ck_assert_ptr_nonnull(strstr(o.text, "too deeply: n968 -> n969"));
	buf_free(&b);
	ck_assert_int_eq(expand(&b, &book, "n969", &o), 0);
	ck_assert_str_eq(b.data, "z@x");
	buf_free(&b);
	book_free(&book);
	buf_free(&t);
}
END_TEST

static void
put(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(file_write(fd, text, strlen(text)), 0);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

START_TEST(lists)
{
	static const struct {
		const char	*text;
		mode_t		 mode;
		const char	*want;
	} t[] = {
		{ "a@x\n# no\nbob, c@x\n", 0644, "a@x bob@y c@x z@x" },
		{ "", 0644, "z@x" },
		{ "a@x\n:include:/etc/passwd\n", 0644, "!:2: " },
		{ "a@x\n\n|prog\n", 0644, "!:3: " },
		{ "all\n", 0644, "!back to themselves: all -> all" },
		{ "a@x\n", 0666, "!can be written by everybody" },
		{ "a@-x-\n", 0600, "!:1: " },
	};
	const struct identity me = someone();
	char dir[] = "/tmp/posthorn-expandXXXXXX", path[64], text[400];
	struct book book = { .me = &me, .path = "/x" };
	struct outcome o;
	struct buf b;
	size_t i;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/list", dir);
	snprintf(text, sizeof(text), "all: :include:%s, z@x\nbob: bob@y\n"
	    "some: :include:%s\nnone: :include:%s\n", path, path, dir);
	book_text(&book, text, strlen(text));
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		put(path, t[i].text, t[i].mode);
		if (t[i].want[0] == '!' && strcmp(t[i].text, "all\n") != 0) {
			ck_assert_int_eq(expand(&b, &book, "all", &o), -1);
			ck_assert_msg(strstr(o.text, t[i].want + 1) != NULL,
			    "%s: %s", t[i].want, o.text);
			ck_assert_int_eq(o.fault, FAULT_CONFIG);
		} else if (t[i].want[0] != '!') {
			ck_assert_int_eq(expand(&b, &book, "all", &o), 0);
			ck_assert_str_eq(b.data, t[i].want);
		} else {
			/* a member that is the alias itself is that */
			ck_assert_int_eq(expand(&b, &book, "all", &o), 0);
			ck_assert_str_eq(b.data, "all@example.org z@x");
		}
		buf_free(&b);
	}
	put(path, "# nobody\n", 0600);
	ck_assert_int_eq(expand(&b, &book, "some", &o), -1);
	ck_assert_ptr_nonnull(strstr(o.text, "nobody is behind"));
	buf_free(&b);
	ck_assert_int_eq(expand(&b, &book, "none", &o), -1);
	ck_assert_ptr_nonnull(strstr(o.text, "not a regular file"));
	buf_free(&b);
	book_free(&book);
	unlink(path);
	rmdir(dir);
}
END_TEST

/* The file itself: there or not, readable, safe. */
START_TEST(file)
{
	const struct identity me = someone();
	char dir[] = "/tmp/posthorn-expandXXXXXX", path[64];
	struct settings set = { .aliases = path };
	struct book book;
	struct outcome o;
	struct buf b;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/aliases", dir);
	book_init(&book, &set, &me, false);
	ck_assert_int_eq(expand(&b, &book, "a@x", &o), 0);
	buf_free(&b);
	ck_assert_int_eq(expand(&b, &book, "\\root", &o), 0);
	buf_free(&b);
	ck_assert_int_eq(expand(&b, &book, "root", &o), -1);
	ck_assert_int_eq(o.fault, FAULT_CONFIG);
	ck_assert(o.advice[0] != '\0');
	book.off = true;
	ck_assert_int_eq(expand(&b, &book, "root", &o), 0);
	ck_assert_str_eq(b.data, "root@example.org");
	buf_free(&b);
	set.relays = true;
	book_init(&book, &set, &me, false);
	ck_assert_int_eq(expand(&b, &book, "root", &o), 0);
	ck_assert_str_eq(b.data, "root@example.org");
	buf_free(&b);
	book.off = book.must = false;
	ck_assert_int_eq(expand(&b, &book, "root", &o), 0);
	buf_free(&b);
	book_free(&book);

	put(path, "root: joe@x\n", 0622);
	ck_assert_int_eq(expand(&b, &book, "root", &o), -1);
	ck_assert_ptr_nonnull(strstr(o.advice, "chmod go-w"));
	put(path, "root: joe@x\n", 0644);
	ck_assert_int_eq(expand(&b, &book, "root", &o), 0);
	ck_assert_str_eq(b.data, "joe@x");
	buf_free(&b);
	book_free(&book);
	unlink(path);
	rmdir(dir);
}
END_TEST

/* An address that fails adds nobody; owners part the envelope. */
START_TEST(envelopes)
{
	static const char text[] = "all: a@x, b@x\nowner-all: o@y\n"
	    "bad: c@x, |prog\n";
	const struct identity me = someone();
	struct book book = { .me = &me, .path = "/x" };
	struct envelope e;
	struct outcome o;

	book_text(&book, text, strlen(text));
	envelope_init(&e);
	ck_assert_int_eq(recipients_mailbox(&e, "bad", 3, &book, &o), -1);
	ck_assert_uint_eq(others_count(&e), 0);
	ck_assert_int_eq(recipients_mailbox(&e, "b@x", 3, &book, &o), 0);
	ck_assert_int_eq(recipients_mailbox(&e, "all", 3, &book, &o), 0);
	ck_assert_int_eq(recipients_mailbox(&e, "All", 3, &book, &o), 0);
	ck_assert_uint_eq(e.n, 1);
	ck_assert_uint_eq(e.others->n, 1);
	ck_assert_str_eq(e.others->sender, "o@y");
	ck_assert_str_eq(e.others->rcpt[0].address, "a@x");
	ck_assert_int_eq(recipients_mailbox(&e, "a@x, c@x", 8, &book, &o),
	    -1);
	ck_assert_int_eq(recipients_mailbox(&e, "c@x, @@", 7, &book, &o), -1);
	ck_assert_int_eq(recipients_mailbox(&e, "", 0, &book, &o), -1);
	ck_assert_uint_eq(others_count(&e), 2);
	envelope_free(&e);
	book_free(&book);
}
END_TEST

START_TEST(unqualified)
{
	struct identity me = someone();
	struct book book = { .me = &me, .path = "/x" };
	struct outcome o;
	struct buf b;

	me.qualifies = false;
	book_text(&book, "root: joe@x\nann: bob\n", 22);
	ck_assert_int_eq(expand(&b, &book, "root", &o), 0);
	ck_assert_str_eq(b.data, "joe@x");
	buf_free(&b);
	ck_assert_int_eq(expand(&b, &book, "ann", &o), -1);
	ck_assert_int_eq(o.fault, FAULT_CONFIG);
	ck_assert_ptr_nonnull(strstr(o.text, "\"bob\" has no domain"));
	book_free(&book);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("expand");
	TCase *t = tcase_create("expand");

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, names, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(t, depth);
	tcase_add_test(t, lists);
	tcase_add_test(t, file);
	tcase_add_test(t, envelopes);
	tcase_add_test(t, unqualified);
	return unit_main(s);
}
