/* SPDX-License-Identifier: ISC */
/* One connection, from the greeting to the login and QUIT, on a socket. */
#include "mailhost.h"
#include "smtp/session.h"

#define END	{ NULL, 0, 0, NULL }
#define OFFER(what) { "EHLO", 0, 0, "250-h\r\n250-PIPELINING\r\n250 " what }

/* A session that opens, or not, with the lines that the server must hear (all
 * of them, in order). */
static const struct row {
	const char	*name;
	struct rule	 rules[4];
	const char	*user;
	const char	*ehlo;
	enum fault	 fault;		/* FAULT_NONE: it opens */
	const char	*heard;
	bool		 groups;
} rows[] = {
	{ "fine", { END }, NULL, NULL, FAULT_NONE, "1 EHLO [127.0.0.1]\n",
	    true },
	{ "our name", { END }, NULL, "host.example.org", FAULT_NONE,
	    "1 EHLO host.example.org\n", true },
	{ "no PIPELINING", { { "EHLO", 0, 0, "250 h" }, END }, NULL, NULL,
	    FAULT_NONE, "1 EHLO [127.0.0.1]\n", false },
	{ "HELO", { { "EHLO", 0, 0, "502 what" }, END }, NULL, NULL, FAULT_NONE,
	    "1 EHLO [127.0.0.1]\n1 HELO [127.0.0.1]\n", false },
	{ "never HELO with a login", { { "EHLO", 0, 0, "502 what" }, END },
	    "robot", NULL, FAULT_DELAY, "1 EHLO [127.0.0.1]\n", false },
	{ "HELO refused too", { { "EHLO", 0, 0, "550 no" },
	    { "HELO", 0, 0, "550 never" }, END }, NULL, NULL, FAULT_DELAY,
	    "1 EHLO [127.0.0.1]\n1 HELO [127.0.0.1]\n", false },
	{ "EHLO delayed: no HELO", { { "EHLO", 0, 0, "451 wait" }, END }, NULL,
	    NULL, FAULT_DELAY, "1 EHLO [127.0.0.1]\n", false },
	{ "no service", { { "HI", 0, 0, "554 no" }, END }, NULL, NULL,
	    FAULT_DELAY, "", false },
	{ "421", { { "HI", 0, 0, "421 busy" }, END }, NULL, NULL, FAULT_DELAY,
	    "", false },
	{ "250 is no greeting", { { "HI", 0, 0, "250 hello" }, END }, NULL,
	    NULL, FAULT_PROTOCOL, "", false },
	{ "cut", { { "HI", 0, 0, NULL }, END }, NULL, NULL, FAULT_NETWORK, "",
	    false },
	{ "a login", { OFFER("AUTH PLAIN"), END }, "robot", NULL, FAULT_NONE,
	    "1 EHLO [127.0.0.1]\n1 AUTH PLAIN AHJvYm90AHB3\n", true },
	{ "a login, refused", { OFFER("AUTH PLAIN"),
	    { "AUTH", 0, 0, "535 no" }, END }, "robot", NULL, FAULT_LOGIN,
	    "1 EHLO [127.0.0.1]\n1 AUTH PLAIN AHJvYm90AHB3\n", false },
	{ "a login, not offered", { END }, "robot", NULL, FAULT_LOGIN,
	    "1 EHLO [127.0.0.1]\n", false },
	{ "offered, not asked for", { OFFER("AUTH PLAIN"), END }, NULL, NULL,
	    FAULT_NONE, "1 EHLO [127.0.0.1]\n", true },
};

static struct mailhost server;
static struct account account;
static struct host host;
static struct secret secret;
static struct state state;
static struct session_params params;

static void
prepare(const struct rule *rules, const char *user, const char *ehlo)
{
	mailhost_start(&server, rules);
	memset(&account, 0, sizeof(account));
	memset(&host, 0, sizeof(host));
	host.name = server.path;
	host.is_unix = true;
	account.hosts = &host;
	account.hosts_n = 1;
	account.tls = TLS_OFF;
	account.user = (char *)(uintptr_t)user;
	account.connect_timeout = account.timeout = 5000;
	account.final_timeout = 5000;
	secret.data = (char *)(uintptr_t)"pw";
	secret.len = user != NULL ? 2 : 0;
	state.dirfd = -1;
	params = (struct session_params){ &account, &host, &secret, &state,
		ehlo, false, NULL };
}

START_TEST(opening)
{
	const struct row *w = &rows[_i];
	struct session s;
	struct outcome o;
	int r;

	prepare(w->rules, w->user, w->ehlo);
	outcome_clear(&o);
	r = session_open(&s, &params, &o);
	ck_assert_msg((r == 0) == (w->fault == FAULT_NONE) &&
	    (r == 0 || o.fault == w->fault), "%s: %d, fault %d: %s", w->name,
	    r, o.fault, o.text);
	ck_assert_msg(strcmp(server.log, w->heard) == 0, "%s: heard\n%s",
	    w->name, server.log);
	if (r == 0) {
		ck_assert_msg(session_groups(&s) == w->groups, "%s", w->name);
		ck_assert_msg(s.authenticated == (w->user != NULL), "%s",
		    w->name);
		session_close(&s, 1000);
		ck_assert_msg(strstr(server.log, "QUIT") != NULL, "%s",
		    w->name);
		session_close(&s, 0);		/* twice is fine */
	} else
		ck_assert_msg(s.line.d.stream == NULL, "%s", w->name);
	mailhost_stop(&server);
}
END_TEST

static struct session
session_again(void)
{
	struct session s;
	struct outcome o;

	server.log[0] = '\0';
	ck_assert_msg(session_open(&s, &params, &o) == 0, "%s", o.text);
	return s;
}

/* AUTH PLAIN that worked here rides the next time, unless that is ruled out,
 * and not with another login. */
START_TEST(riding)
{
	static const struct rule rules[] = { OFFER("AUTH PLAIN"), END };
	char folder[] = "/tmp/test_session.XXXXXX", cmd[64];
	struct session s;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	prepare(rules, "robot", NULL);
	state_open(&state, folder);
	s = session_again();
	ck_assert(!s.riding && s.authenticated);
	session_close(&s, 1000);
	s = session_again();
	ck_assert(s.riding && !s.authenticated);
	ck_assert_ptr_null(strstr(server.log, "AUTH"));
	session_close(&s, 1000);
	params.never_rides = true;
	s = session_again();
	ck_assert(!s.riding && s.authenticated);
	session_close(&s, 1000);
	params.never_rides = false;
	account.pipeline = PIPELINE_OFF;
	s = session_again();
	ck_assert(!s.riding && s.authenticated);
	session_close(&s, 1000);
	account.pipeline = PIPELINE_SAFE;
	account.user = (char *)(uintptr_t)"other";
	s = session_again();
	ck_assert(!s.riding && s.authenticated);
	session_close(&s, 1000);
	mailhost_stop(&server);
	state_close(&state);
	snprintf(cmd, sizeof(cmd), "rm -r %s", folder);
	ck_assert_int_eq(system(cmd), 0);
}
END_TEST

START_TEST(naming)
{
	struct host h = { .name = (char *)(uintptr_t)"mx.example.org" };
	struct session s = { 0 };
	struct outcome o;

	s.params.host = &h;
	outcome_fail(&o, FAULT_NETWORK, STAGE_MAIL, "timed out");
	session_name(&s, &o);
	ck_assert_str_eq(o.text, "mx.example.org: timed out (stage mail)");
	session_name(&s, &o);			/* once is enough */
	ck_assert_str_eq(o.text, "mx.example.org: timed out (stage mail)");
	outcome_fail(&o, FAULT_REFUSED, STAGE_MAIL, "550 no");
	session_name(&s, &o);
	ck_assert_str_eq(o.text, "550 no");
	outcome_fail(&o, FAULT_NETWORK, STAGE_CONNECT, "refused");
	session_name(&s, &o);
	ck_assert_str_eq(o.text, "refused");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("session");
	TCase *t = tcase_create("session");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 30);
	tcase_add_loop_test(t, opening, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(t, riding);
	tcase_add_test(t, naming);
	return unit_main(s);
}
