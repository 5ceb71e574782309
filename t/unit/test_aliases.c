/* SPDX-License-Identifier: ISC */
/* aliases(5): the table, and what stands behind a colon. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "mail/aliases.h"
#include "unit.h"

static const char *const local[] = { "localhost", "srv.example.org", NULL };

static void
parse(struct aliases *t, const char *text)
{
	aliases_parse(t, text, strlen(text), local);
}

static struct alias *
find(const struct aliases *t, const char *name)
{
	return aliases_find(t, name, strlen(name));
}

/* "address", "\address", "<path>", "!line" of a bad one; blanks between. */
static const char *
shown(struct buf *b, struct members *m)
{
	struct member one;
	struct outcome o;
	int r;

	buf_init(b, 65536);
	while ((r = members_next(m, &one, &o)) != 0) {
		if (b->len > 0)
			buf_putc(b, ' ');
		if (r < 0) {
			ck_assert_int_eq(o.fault, FAULT_CONFIG);
			ck_assert(o.text[0] != '\0');
			buf_printf(b, "!%u", m->line);
		} else if (one.path != NULL)
			buf_printf(b, "<%s>", one.path);
		else
			buf_printf(b, "%s%s%s%s", one.literal ? "\\" : "",
			    one.address.local, one.address.bare ? "" : "@",
			    one.address.domain);
	}
	members_done(m);
	return b->data;
}

static const struct row {
	const char	*text, *name, *want;	/* want: NULL: not there; "!":
						 * its line is bad */
} rows[] = {
	{ "root: joe", "root", "joe" },
	{ "root: joe\n", "ROOT", "joe" },
	{ "Root:joe,  ann@x.example , bob\r\n", "root",
	    "joe ann@x.example bob" },
	{ "root :\tjoe\n", "root", "joe" },
	{ "a: b\nroot: joe,\n  ann,\n\tbob\nc: d\n", "root", "joe ann bob" },
	{ "root: joe,\n# no\n   # no\n\n  ann\n", "root", "joe ann" },
	{ "root: joe # the admin, no less\n , ann\n", "root", "joe ann" },
	{ "root: j#e, #x\n", "root", "j#e" },
	{ "# root: joe\n", "root", NULL },
	{ "root: joe,,ann,\n", "root", "joe ann" },
	{ "root: joe ann\n", "root", "joe ann" },
	{ "root: \\root, joe\n", "root", "\\root joe" },
	{ "root: \"\\root\", joe\n", "root", "\\root joe" },
	{ "root: Joe Doe <joe@x.example>, \"Doe, A\" <ann@x.example>\n",
	    "root", "joe@x.example ann@x.example" },
	{ "root: joe@x.example (Joe, (the) admin), ann\n", "root",
	    "joe@x.example ann" },
	{ "root: \"joe smith\", \"a,b\"@x.example\n", "root",
	    "joe smith a,b@x.example" },
	{ "\"joe smith\": joe\n", "joe smith", "joe" },
	{ "\"a:b\": joe\n", "a:b", "joe" },
	{ "joe.smith: joe\n", "joe.smith", "joe" },
	{ "root@localhost: joe\n", "root", "joe" },
	{ "root@SRV.example.org: joe\n", "root", "joe" },
	{ "root@else.example: joe\n", "root", NULL },
	{ "root: :include:/etc/list\n", "root", "</etc/list>" },
	{ "root: \":Include: /etc/my list\", joe\n", "root",
	    "</etc/my list> joe" },
	{ "root: :include:list\n", "root", "!1" },
	{ "root: joe,\n \"|/bin/prog a, b\"\n", "root", "joe !2" },
	{ "root: |/bin/prog\n", "root", "!1" },
	{ "root: /var/mail/root\n", "root", "!1" },
	{ "root: \"/var/mail/root\"\n", "root", "!1" },
	{ "root: a@b@c, joe\n", "root", "!1 joe" },
	{ "root: \"open, joe\n ,ann\n", "root", "!1 ann" },
	{ "root: a\001b, joe\n", "root", "!1 joe" },
	{ "root: a\rb, joe\n", "root", "!1 joe" },
	{ "root:\n", "root", "" },
	{ "root: # nobody\n", "root", "" },
	{ "root joe@x.example\n", "root", "!" },
	{ "root\n", "root", "!" },
	{ "root\nroot: joe\n", "root", "joe" },
	{ "joe smith: x\njoe: y\n", "joe", "y" },
	{ ": x\nroot: joe\n", "root", "joe" },
	{ " root: joe\n", "root", NULL },
	{ "root: joe\nROOT: ann\n", "root", "joe" },
	{ "*: joe\n", "*", "joe" },
	{ "", "root", NULL }, { "\n\n", "root", NULL },
	{ "root: joe", "roo", NULL }, { "root: joe", "roots", NULL },
	{ "root: joe", "", NULL },
};

START_TEST(table)
{
	const struct row *row = &rows[_i];
	const struct alias *a;
	struct aliases t;
	struct members m;
	struct buf b;

	parse(&t, row->text);
	a = find(&t, row->name);
	if (row->want == NULL)
		ck_assert_msg(a == NULL, "%s", row->text);
	else {
		ck_assert_msg(a != NULL, "%s", row->text);
		ck_assert_msg((a->fault != NULL) ==
		    (strcmp(row->want, "!") == 0), "%s", row->text);
	}
	if (a != NULL && a->fault == NULL) {
		aliases_members(a, &m);
		ck_assert_str_eq(shown(&b, &m), row->want);
		buf_free(&b);
	}
	aliases_free(&t);
}
END_TEST

START_TEST(lines)
{
	struct aliases t;

	parse(&t, "# x\n\na: 1\n b: 2\nbad line here\nc: 3\nA: 4\n");
	ck_assert_uint_eq(t.n, 4);
	ck_assert_uint_eq(t.entries[0].line, 3);
	ck_assert_uint_eq(t.entries[1].line, 5);
	ck_assert_ptr_nonnull(t.entries[1].fault);
	ck_assert_ptr_null(t.entries[0].fault);
	ck_assert_ptr_eq(t.entries[3].first, &t.entries[0]);
	ck_assert_uint_eq(t.sorted_n, 3);
	aliases_free(&t);
	aliases_free(&t);
	parse(&t, " lost\n");
	ck_assert_uint_eq(t.n, 1);
	ck_assert_ptr_nonnull(t.entries[0].fault);
	aliases_free(&t);
	aliases_parse(&t, "a\0b: c\nd: e\n", 12, local);
	ck_assert_ptr_nonnull(t.entries[0].fault);
	ck_assert_ptr_nonnull(find(&t, "d"));
	ck_assert_ptr_null(aliases_find(&t, "d\0d", 3));
	aliases_free(&t);
}
END_TEST

/* An :include: file. */
START_TEST(list)
{
	static const struct { const char *text, *want; } t[] = {
		{ "a@x\nb@x, c@x\n", "a@x b@x c@x" },
		{ "# no\n\n  a@x  # yes\r\n\tb@x", "a@x b@x" },
		{ "a@x\n|prog\n:include:/x\n/file\nb@x\n",
		    "a@x !2 !3 !4 b@x" },
		{ "\"open\nb@x\n", "!1 b@x" },
		{ "Joe (the\nb@x\n", "!1 b@x" },
		{ "Joe <a@x\nb@x\n", "a@x b@x" },
		{ "root\n\\root\n", "root \\root" },
		{ "", "" }, { "\n\n#\n", "" }, { ",", "" },
	};
	struct members m;
	struct buf b;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		members_scan(&m, t[i].text, strlen(t[i].text), 1, true);
		ck_assert_str_eq(shown(&b, &m), t[i].want);
		buf_free(&b);
	}
}
END_TEST

START_TEST(too_long)
{
	struct members m;
	struct member one;
	struct outcome o;
	struct buf b;
	size_t i;

	buf_init(&b, 1 << 20);
	for (i = 0; i < 100000; i++)
		buf_putc(&b, 'a');
	buf_puts(&b, ",joe");
	members_scan(&m, b.data, b.len, 1, false);
	ck_assert_int_eq(members_next(&m, &one, &o), -1);
	ck_assert_int_eq(members_next(&m, &one, &o), 1);
	ck_assert_str_eq(one.address.local, "joe");
	ck_assert_int_eq(members_next(&m, &one, &o), 0);
	members_done(&m);
	buf_free(&b);
}
END_TEST

/* A hundred thousand names, backwards and forwards: time is linear, and all
 * of them are found. */
START_TEST(many)
{
	struct aliases t;
	clock_t begun = clock();
	char name[32];
	struct buf b;
	unsigned i;

	buf_init(&b, LIMIT_ALIASES);
	for (i = 0; i < 100000; i++)
		buf_printf(&b, "n%u: x%u@x.example\n", 99999 - i, i);
	aliases_parse(&t, b.data, b.len, local);
	for (i = 0; i < 100000; i++) {
		snprintf(name, sizeof(name), "N%u", i);
		ck_assert_uint_eq(find(&t, name)->line, 100000 - i);
	}
	ck_assert_int_lt((clock() - begun) / CLOCKS_PER_SEC, 10);
	aliases_free(&t);
	/* one value of many lines */
	buf_clear(&b);
	buf_puts(&b, "all: x");
	for (i = 0; i < 100000; i++)
		buf_printf(&b, ",\n x%u@x.example", i);
	aliases_parse(&t, b.data, b.len, local);
	ck_assert_uint_eq(t.n, 1);
	aliases_free(&t);
	buf_free(&b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("aliases");
	TCase *t = tcase_create("aliases");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, table, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(t, lines);
	tcase_add_test(t, list);
	tcase_add_test(t, too_long);
	tcase_add_test(t, many);
	return unit_main(s);
}
