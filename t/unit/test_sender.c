/* SPDX-License-Identifier: ISC */
/* Who a message is from, and by which account it goes. */
#include "front/sender.h"
#include "someone.h"

static char *patterns[] = { (char *)(uintptr_t)"*@two.example",
	(char *)(uintptr_t)"root@example.org", NULL };

static void
accounts_make(struct account a[2])
{
	memset(a, 0, 2 * sizeof(*a));
	a[0].name = (char *)(uintptr_t)"one";
	a[1].name = (char *)(uintptr_t)"two";
	a[1].match = patterns;
	a[0].rewrite = a[1].rewrite = REWRITE_LOCAL;
}

static const struct choice {
	const char	*given, *account, *header, *want;
} choices[] = {
	{ NULL, NULL, "", "one" },
	{ "x@two.example", NULL, "", "two" },
	{ "X@TWO.EXAMPLE", NULL, "", "two" },
	{ "Jo <x@two.example>", NULL, "", "two" },
	{ "x@three.example", NULL, "From: x@two.example\r\n", "one" },
	{ NULL, NULL, "From: Jo <x@two.example>\r\n", "two" },
	{ NULL, NULL, "From: a@b.example, x@two.example\r\n", "one" },
	{ NULL, NULL, "From: nonsense@@\r\n", "one" },
	{ NULL, NULL, "Resent-From: x@two.example\r\nFrom: a@b.example\r\n",
	    "two" },
	{ "root", NULL, "", "two" },		/* by our domain */
	{ "", NULL, "From: x@two.example\r\n", "one" },
	{ "not an address @", NULL, "", "one" },
	{ "x@two.example", "one", "", "one" },
	{ NULL, "two", "", "two" },
	{ NULL, "three", "", NULL },
	{ NULL, "", "", NULL },
};

START_TEST(account)
{
	const struct choice *c = &choices[_i];
	const struct sender_wish w = { c->given, c->account };
	const struct identity me = someone();
	struct account a[2];
	struct settings s = { .path = (char *)(uintptr_t)"/etc/x.conf",
		.accounts = a, .accounts_n = 2, .fallback = a };
	const struct account *got;
	struct outcome o;
	struct buf h;

	accounts_make(a);
	header_of(&h, c->header);
	got = sender_account(&s, &w, &me, &h, &o);
	ck_assert_msg(c->want == NULL ? got == NULL : got != NULL &&
	    strcmp(got->name, c->want) == 0, "%d: %s", _i,
	    got != NULL ? got->name : "none");
	if (got == NULL) {
		ck_assert_int_eq(o.fault, FAULT_CONFIG);
		ck_assert_ptr_nonnull(strstr(o.text, c->account));
	}
	buf_free(&h);
}
END_TEST

/* want NULL: FAULT_DATA. */
static const struct path {
	const char	*given, *header, *from, *user;
	enum rewrite	 rewrite;
	bool		 no_null;
	const char	*want;
} paths[] = {
	{ "a@b.example", "", NULL, NULL, REWRITE_LOCAL, false, "a@b.example" },
	{ "root@host (fcron)", "", NULL, NULL, REWRITE_LOCAL, false,
	    "root@host" },
	{ "Jo Doe <a@B.Example>", "", NULL, NULL, REWRITE_LOCAL, false,
	    "a@b.example" },
	{ "root", "", NULL, NULL, REWRITE_LOCAL, false, "root@example.org" },
	{ "root", "", "r@p.example", NULL, REWRITE_LOCAL, false,
	    "r@p.example" },
	{ "root@localhost", "", "r@p.example", NULL, REWRITE_LOCAL, false,
	    "r@p.example" },
	{ "root@SRV.example.org", "", "r@p.example", NULL, REWRITE_LOCAL,
	    false, "r@p.example" },
	{ "a@b.example", "", "r@p.example", NULL, REWRITE_LOCAL, false,
	    "a@b.example" },
	{ "a@b.example", "", "r@p.example", NULL, REWRITE_ALWAYS, false,
	    "r@p.example" },
	{ "root", "", "r@p.example", NULL, REWRITE_NEVER, false,
	    "root@example.org" },
	/* The null one, however it is spelled. */
	{ "", "", "r@p.example", NULL, REWRITE_ALWAYS, false, "" },
	{ "<>", "", NULL, NULL, REWRITE_LOCAL, false, "" },
	{ " < > ", "", NULL, NULL, REWRITE_LOCAL, false, "" },
	{ "<>", "", "r@p.example", NULL, REWRITE_LOCAL, true, "r@p.example" },
	{ "<>", "", NULL, "robot@p.example", REWRITE_LOCAL, true,
	    "robot@p.example" },
	{ "<>", "", NULL, "robot", REWRITE_LOCAL, true, "" },
	/* None given. */
	{ NULL, "", NULL, NULL, REWRITE_LOCAL, false, "jo@example.org" },
	{ NULL, "From: x@y.example\r\n", NULL, NULL, REWRITE_LOCAL, false,
	    "x@y.example" },
	{ NULL, "From: root@localhost\r\n", NULL, NULL, REWRITE_LOCAL, false,
	    "jo@example.org" },
	{ NULL, "From: root\r\n", NULL, NULL, REWRITE_LOCAL, false,
	    "jo@example.org" },
	{ NULL, "From: x@y.example\r\n", "r@p.example", NULL, REWRITE_LOCAL,
	    false, "r@p.example" },
	/* What cannot be an address. */
	{ "a b c", "", NULL, NULL, REWRITE_LOCAL, false, NULL },
	{ "a@b, c@d", "", NULL, NULL, REWRITE_LOCAL, false, NULL },
	{ "a@b>\r\nRCPT TO:<c@d", "", NULL, NULL, REWRITE_LOCAL, false, NULL },
	{ "a@-b-", "", NULL, NULL, REWRITE_LOCAL, false, NULL },
};

START_TEST(path)
{
	const struct path *p = &paths[_i];
	const struct sender_wish w = { p->given, NULL };
	const struct identity me = someone();
	struct account a[2];
	struct outcome o;
	struct buf b, h;
	int r;

	accounts_make(a);
	a[0].from_address = (char *)(uintptr_t)p->from;
	a[0].user = (char *)(uintptr_t)p->user;
	a[0].rewrite = p->rewrite;
	a[0].null_sender_account = p->no_null;
	buf_init(&b, 2048);
	header_of(&h, p->header);
	r = sender_path(&b, &a[0], &w, &me, &h, &o);
	if (p->want == NULL) {
		ck_assert_int_eq(r, -1);
		ck_assert_int_eq(o.fault, FAULT_DATA);
	} else {
		ck_assert_msg(r == 0, "%d: %s", _i, o.text);
		ck_assert_str_eq(b.data, p->want);
	}
	buf_free(&b);
	buf_free(&h);
}
END_TEST

/* Where another posthorn decides, names stay bare, and the author is left to
 * it. */
START_TEST(relayed)
{
	static const struct { const char *given, *want; } t[] = {
		{ "root", "root" }, { "a@B.example", "a@b.example" },
		{ "<>", "" }, { NULL, "jo" }, { "a b", "" },
		{ "Jo <root>", "root" }, { "\"a b\"", "\"a b\"" },
	};
	struct identity me = someone();
	struct account a[2];
	struct outcome o;
	struct buf b, h;
	size_t i;
	int r;

	me.domain = (char *)(uintptr_t)"";
	accounts_make(a);
	a[0].rewrite = REWRITE_NEVER;
	buf_init(&b, 2048);
	header_of(&h, "From: x@y.example\r\n");
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const struct sender_wish w = { t[i].given, NULL };

		r = sender_path(&b, &a[0], &w, &me, &h, &o);
		ck_assert_int_eq(r, i == 4 ? -1 : 0);
		if (r == 0)
			ck_assert_str_eq(b.data, t[i].want);
	}
	buf_free(&b);
	buf_free(&h);
}
END_TEST

START_TEST(choice)
{
	static const struct { const char *given, *header, *want; } t[] = {
		{ "root", "From: x@y.example\r\n", "root@example.org" },
		{ NULL, "From: x@y.example\r\n", "x@y.example" },
		{ NULL, "From: x\r\n", "" }, { NULL, "", "" },
		{ "<>", "From: x@y.example\r\n", "" },
		{ "a b", "From: x@y.example\r\n", "" },
	};
	const struct identity me = someone();
	struct buf b, h;
	size_t i;

	buf_init(&b, 2048);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const struct sender_wish w = { t[i].given, NULL };

		header_of(&h, t[i].header);
		buf_puts(&b, "old");
		sender_choice(&b, &w, &me, &h);
		ck_assert_str_eq(b.data, t[i].want);
		buf_free(&h);
	}
	buf_free(&b);
}
END_TEST

/* Whatever a user database has for a name. */
START_TEST(odd_users)
{
	static const struct { const char *user, *want; } t[] = {
		{ "DOM\\jo", "\"DOM\\\\jo\"@example.org" },
		{ "jo doe", "\"jo doe\"@example.org" },
		{ "jo.", "\"jo.\"@example.org" },
		{ "uid1000", "uid1000@example.org" },
	};
	const struct sender_wish w = { NULL, NULL };
	struct identity me = someone();
	struct account a[2];
	struct outcome o;
	struct buf b, h;
	size_t i;

	accounts_make(a);
	buf_init(&b, 2048);
	header_of(&h, "");
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		me.user = (char *)(uintptr_t)t[i].user;
		ck_assert_int_eq(sender_path(&b, &a[0], &w, &me, &h, &o), 0);
		ck_assert_str_eq(b.data, t[i].want);
	}
	buf_free(&b);
	buf_free(&h);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sender");
	TCase *t = tcase_create("sender");

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, account, 0,
	    sizeof(choices) / sizeof(choices[0]));
	tcase_add_loop_test(t, path, 0, sizeof(paths) / sizeof(paths[0]));
	tcase_add_test(t, odd_users);
	tcase_add_test(t, relayed);
	tcase_add_test(t, choice);
	return unit_main(s);
}
