/* SPDX-License-Identifier: ISC */
/* Delivery's policy: which host gets what, and what becomes of the rest. */
#include "mailhost.h"
#include "queue/deliver.h"

#define HOSTS	2

/* One host that is not there. */
static const struct rule nobody[] = { { "NOBODY", 0, 0, "" },
	{ NULL, 0, 0, NULL } };

#define END	{ NULL, 0, 0, NULL }
#define SMALL	{ "EHLO", 0, 0, "250-h\r\n250-PIPELINING\r\n250 SIZE 5" }
#define ONE	{ "EHLO", 0, 0, \
	"250-h\r\n250-PIPELINING\r\n250 LIMITS RCPTMAX=1" }
#define ONE_EACH { "EHLO", 0, 0, \
	"250-h\r\n250-PIPELINING\r\n250 LIMITS RCPTMAX=1 MAILMAX=1" }
#define LOGIN	{ "EHLO", 0, 0, "250-h\r\n250-PIPELINING\r\n250 AUTH PLAIN" }
#define LOGIN_ONE_EACH { "EHLO", 0, 0, "250-h\r\n250-PIPELINING\r\n" \
	"250-LIMITS RCPTMAX=1 MAILMAX=1\r\n250 AUTH PLAIN" }

/* Ends as in test_transaction: d, l, n; upper case: in doubt. */
static const struct row {
	const char	*name;
	const char	*to;		/* blanks between */
	const char	*ends;
	struct rule	 rules[HOSTS][6];
	enum fault	 fault;		/* of the sum */
	unsigned	 hosts;
	bool		 login;
	const char	*logs[HOSTS];	/* in it; "!...": not in it */
} rows[] = {
	{ "all taken", "a@x b@x c@x", "ddd", { { END } }, FAULT_NONE, 1, false,
	    { NULL, NULL } },
	{ "delay at one, ruled out at the other: a delay", "a@x", "l",
	    { { { "RCPT", 0, 0, "451 grey" }, END }, { SMALL, END } },
	    FAULT_DELAY, 2, false, { NULL, NULL } },
	{ "ruled out, then a delay", "a@x", "l",
	    { { SMALL, END }, { { "RCPT", 0, 0, "451 grey" }, END } },
	    FAULT_DELAY, 2, false, { NULL, NULL } },
	{ "ruled out by both", "a@x b@x", "nn", { { SMALL, END },
	    { SMALL, END } }, FAULT_REFUSED, 2, false, { "!MAIL", "!MAIL" } },
	{ "one away, ruled out at the other", "a@x", "l",
	    { { { "NOBODY", 0, 0, "" }, END }, { SMALL, END } },
	    FAULT_NETWORK, 2, false, { NULL, "!MAIL" } },
	{ "ruled out, the other away", "a@x", "l",
	    { { SMALL, END }, { { "NOBODY", 0, 0, "" }, END } },
	    FAULT_NETWORK, 2, false, { NULL, NULL } },
	{ "the second takes what the first delays, not what it refuses",
	    "a@x b@x c@x", "ndd",
	    { { { "RCPT", 0, 1, "550 5.1.1 no" },
	    { "RCPT", 0, 2, "450 grey" }, END }, { END } }, FAULT_NOUSER, 2,
	    false, { "RCPT TO:<c@x>", "!a@x" } },
	{ "421 anywhere: the next host", "a@x b@x", "dd",
	    { { { "RCPT", 0, 2, "421 bye" }, END }, { END } }, FAULT_NONE, 2,
	    false, { NULL, "RCPT TO:<a@x>" } },
	{ "in doubt: never elsewhere; what was not asked goes there",
	    "a@x b@x c@x", "dLd", { { ONE, { ".", 0, 2, NULL }, END },
	    { END } }, FAULT_NETWORK, 2, false, { "!c@x", "!b@x" } },
	{ "an address that is not ASCII does not sink the others",
	    "\303\274@x a@x", "nd", { { END } }, FAULT_REFUSED, 1, false,
	    { "RCPT TO:<a@x>", NULL } },
	{ "... and is taken where SMTPUTF8 is", "\303\274@x a@x", "dd",
	    { { END }, { { "EHLO", 0, 0, "250-h\r\n250 SMTPUTF8" }, END } },
	    FAULT_NONE, 2, false, { "!\303\274", "!a@x" } },
	{ "nothing but such", "\303\274@x", "n", { { END } }, FAULT_REFUSED, 1,
	    false, { "!MAIL", NULL } },
	{ "all denied without a login: the account's fault", "a@x b@x", "ll",
	    { { { "RCPT", 0, 0, "550 5.7.1 relay" }, END }, { END } },
	    FAULT_DELAY, 2, false, { NULL, "!EHLO" } },
	{ "... over several transactions", "a@x b@x", "ll",
	    { { ONE, { "RCPT", 0, 0, "550 5.7.1 relay" }, END } },
	    FAULT_DELAY, 1, false, { NULL, NULL } },
	{ "one denied, in a transaction of its own: its fault", "a@x b@x",
	    "dn", { { ONE, { "RCPT", 0, 2, "550 5.7.1 you?" }, END } },
	    FAULT_NOUSER, 1, false, { NULL, NULL } },
	{ "... and when it is the first", "a@x b@x",
	    "nd", { { ONE, { "RCPT", 0, 1, "550 5.7.1 you?" }, END } },
	    FAULT_NOUSER, 1, false, { NULL, NULL } },
	{ "all denied behind a login: refused", "a@x", "n",
	    { { LOGIN, { "RCPT", 0, 0, "550 5.7.1 you?" }, END } },
	    FAULT_NOUSER, 1, true, { NULL, NULL } },
	{ "a refused login is not tried elsewhere", "a@x", "l",
	    { { LOGIN, { "AUTH", 0, 0, "535 no" }, END }, { LOGIN, END } },
	    FAULT_LOGIN, 2, true, { NULL, "!EHLO" } },
	{ "one recipient, one transaction a session", "a@x b@x c@x", "ddd",
	    { { ONE_EACH, END } }, FAULT_NONE, 1, false,
	    { "3 RCPT TO:<c@x>", NULL } },
	{ "a login that cannot ride, and small sessions", "a@x b@x c@x", "ddd",
	    { { LOGIN_ONE_EACH, { "AUTH", 1, 0, "334 more" }, END } },
	    FAULT_NONE, 1, true, { "4 RCPT TO:<c@x>", NULL } },
	{ "a login that can never ride", "a@x", "l",
	    { { LOGIN, { "AUTH", 0, 0, "334 more" }, END } }, FAULT_PROTOCOL, 1,
	    true, { "!3 EHLO", NULL } },
	{ "MAIL refused, then hung up on: refused", "a@x b@x", "nn",
	    { { { "MAIL", 0, 0, "550 go away" },
	    { "RCPT", 0, 0, NULL }, END } }, FAULT_REFUSED, 1, false,
	    { NULL, NULL } },
	{ "nonsense from the first", "a@x", "d",
	    { { { "HI", 0, 0, "HTTP/1.0 400" }, END }, { END } }, FAULT_NONE, 2,
	    false, { NULL, NULL } },
};

static struct mailhost hosts[HOSTS];

static void
account_make(struct account *a, struct host h[HOSTS], const struct row *w)
{
	unsigned i;

	memset(a, 0, sizeof(*a));
	memset(h, 0, HOSTS * sizeof(*h));
	for (i = 0; i < w->hosts; i++) {
		mailhost_start(&hosts[i], w->rules[i]);
		h[i].name = hosts[i].path;
		h[i].is_unix = true;
		if (w->rules[i][0].verb != NULL &&
		    strcmp(w->rules[i][0].verb, nobody[0].verb) == 0)
			unlink(hosts[i].path);
	}
	a->name = (char *)(uintptr_t)"test";
	a->hosts = h;
	a->hosts_n = w->hosts;
	a->tls = TLS_OFF;
	a->pipeline = w->login ? PIPELINE_FULL : PIPELINE_SAFE;
	a->user = w->login ? (char *)(uintptr_t)"robot" : NULL;
	a->connect_timeout = a->timeout = a->final_timeout = 5000;
}

static void
message_make(struct message *m)
{
	static const char text[] = "H: v\r\n\r\ntext\r\n";
	char name[] = "/tmp/test_deliver.XXXXXX";

	memset(m, 0, sizeof(*m));
	m->fd = mkstemp(name);
	ck_assert_int_ge(m->fd, 0);
	unlink(name);
	ck_assert(write(m->fd, text, sizeof(text) - 1) > 0);
	m->length = sizeof(text) - 1;
}

static void
envelope_make(struct envelope *e, const char *to)
{
	struct outcome o;
	char copy[128], *p, *save;

	envelope_init(e);
	envelope_sender(e, "s@x");
	snprintf(copy, sizeof(copy), "%s", to);
	for (p = strtok_r(copy, " ", &save); p != NULL;
	    p = strtok_r(NULL, " ", &save))
		ck_assert_int_eq(envelope_add(e, p, &o), 0);
}

static void
ends_check(const struct envelope *e, const struct row *w)
{
	const struct recipient *r;
	char end;
	size_t i;

	for (i = 0; i < e->n; i++) {
		r = &e->rcpt[i];
		end = r->in_doubt ? "DLN"[r->verdict] : "dln"[r->verdict];
		ck_assert_msg(r->settled && end == w->ends[i], "%s: %s ends %c"
		    " (%s)", w->name, r->address, end,
		    r->text != NULL ? r->text : "");
	}
}

static void
logs_check(const struct row *w)
{
	const char *text;
	unsigned i;

	for (i = 0; i < w->hosts; i++) {
		text = w->logs[i];
		if (text == NULL)
			continue;
		if (*text == '!')
			ck_assert_msg(strstr(hosts[i].log, text + 1) == NULL,
			    "%s: host %u heard\n%s", w->name, i, hosts[i].log);
		else
			ck_assert_msg(strstr(hosts[i].log, text) != NULL,
			    "%s: host %u heard\n%s", w->name, i, hosts[i].log);
	}
}

START_TEST(policy)
{
	static const struct state none = { .dirfd = -1 };
	const struct row *w = &rows[_i];
	struct secret secret = { 0 };
	struct deliver_trace trace;
	struct host h[HOSTS];
	struct account a;
	struct deliver_job p = { .account = &a, .secret = &secret,
	    .state = &none };
	struct envelope e;
	struct message m;
	struct outcome o;
	unsigned i;

	account_make(&a, h, w);
	message_make(&m);
	envelope_make(&e, w->to);
	secret.data = (char *)(uintptr_t)"secret";
	secret.len = w->login ? 6 : 0;
	p.message = &m;
	deliver_message(&p, &e, &trace);
	ends_check(&e, w);
	logs_check(w);
	deliver_sum(&e, &o);
	ck_assert_msg(o.fault == w->fault, "%s: fault %d: %s", w->name,
	    o.fault, o.text);
	ck_assert_msg(o.fault == FAULT_NONE || o.text[0] != '\0', "%s: no words",
	    w->name);
	ck_assert_int_eq(strncmp(trace.host, "unix:/tmp/", 10), 0);
	for (i = 0; i < w->hosts; i++)
		mailhost_stop(&hosts[i]);
	envelope_free(&e);
	message_close(&m);
}
END_TEST

/* What nobody settled is never taken for delivered. */
START_TEST(forgotten)
{
	struct envelope e;
	struct outcome o;

	envelope_make(&e, "a@x");
	deliver_sum(&e, &o);
	ck_assert_int_eq(o.fault, FAULT_BUG);
	ck_assert_int_eq(o.verdict, VERDICT_LATER);
	envelope_free(&e);
}
END_TEST

START_TEST(no_hosts)
{
	struct account a = { 0 };
	struct deliver_job p = { .account = &a };
	struct deliver_trace trace;
	struct envelope e;
	struct outcome o;

	envelope_make(&e, "a@x b@x");
	deliver_message(&p, &e, &trace);
	deliver_sum(&e, &o);
	ck_assert_int_eq(o.fault, FAULT_BUG);
	envelope_free(&e);
}
END_TEST

/* Once all is settled, a signal must not make it look undone; unless other
 * messages follow. */
START_TEST(signals)
{
	static const int stopping[] = { SIGHUP, SIGINT, SIGTERM, SIGALRM };
	static const struct row w = { .to = "a@x", .hosts = 1,
	    .rules = { { END } } };
	static const struct state none = { .dirfd = -1 };
	struct secret secret = { 0 };
	struct deliver_trace trace;
	struct host h[HOSTS];
	struct account a;
	struct deliver_job p = { .account = &a, .secret = &secret,
	    .state = &none };
	struct envelope e;
	struct message m;
	struct sigaction before[4], act;
	size_t i;

	account_make(&a, h, &w);
	message_make(&m);
	for (i = 0; i < sizeof(stopping) / sizeof(stopping[0]); i++)
		sigaction(stopping[i], NULL, &before[i]);
	p.message = &m;
	p.settles = _i == 1;
	envelope_make(&e, w.to);
	deliver_message(&p, &e, &trace);
	ck_assert_int_eq(e.rcpt[0].verdict, VERDICT_DELIVERED);
	ck_assert_str_eq(trace.answer, "taken");
	for (i = 0; i < sizeof(stopping) / sizeof(stopping[0]); i++) {
		ck_assert_int_eq(sigaction(stopping[i], NULL, &act), 0);
		ck_assert_msg(act.sa_handler == (_i == 1 ?
		    SIG_IGN : before[i].sa_handler),
		    "signal %d", stopping[i]);
	}
	mailhost_stop(&hosts[0]);
	envelope_free(&e);
	message_close(&m);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("deliver");
	TCase *t = tcase_create("deliver");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 30);
	tcase_add_loop_test(t, policy, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(t, forgotten);
	tcase_add_test(t, no_hosts);
	tcase_add_loop_test(t, signals, 0, 2);
	return unit_main(s);
}
