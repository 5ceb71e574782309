/* SPDX-License-Identifier: ISC */
/* Queued messages over one session: what rides behind what, what is on disk
 * before it may, and what is left of the next when the one before goes
 * wrong. */
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <fcntl.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "mailhost.h"
#include "queue/carry.h"

#define CONTENT	"Subject: x\r\n\r\nhello\r\n"
#define N	3

#define END	{ NULL, 0, 0, NULL }
#define WAIT	{ "WAIT", 0, 0, "150" }
#define EHLO(more) { "EHLO", 0, 0, "250-h\r\n250-PIPELINING\r\n250 " more }

enum { OFF = 1, FULL = 2, LOGIN = 4, HOSTS = 8 };

/* Messages 1 to 3 go to a1@x b1@x, a2@x b2@x, ... or as many as `each`. */
static const struct row {
	const char	*name;
	unsigned	 how;
	unsigned	 each;		/* recipients a message */
	struct rule	 rules[6];
	/* One a message: 'd', 'l', 'n' of its recipients (capitals: in doubt,
	 * '-': open), then '.' for 0, '!' for -1 with a fault, '/' for -1
	 * without; ",": it is opened anew before the next. */
	const char	*ends;
	const char	*log;		/* NULL: not looked at */
} rows[] = {
	{ "one flight a message", 0, 1, { WAIT, END }, "d.d.d.",
	    "1 EHLO\n1 MAIL 1\n1 RCPT\n1 DATA\n1 .+\n1 MAIL 2\n1 RCPT\n"
	    "1 DATA\n1 .+\n1 MAIL 3\n1 RCPT\n1 DATA\n1 .-\n1 QUIT\n" },
	{ "the message refused, the next already begun", 0, 1,
	    { WAIT, { ".", 0, 1, "554 5.7.1 spam" }, END }, "n.d.d.",
	    "1 EHLO\n1 MAIL 1\n1 RCPT\n1 DATA\n1 .+\n1 MAIL 2\n1 RCPT\n"
	    "1 DATA\n1 .+\n1 MAIL 3\n1 RCPT\n1 DATA\n1 .-\n1 QUIT\n" },
	{ "the message delayed", 0, 1, { { ".", 0, 1, "451 grey" }, END },
	    "l.d.d.", NULL },
	{ "421 at the dot: nobody has it, nor the next", 0, 1,
	    { WAIT, { ".", 1, 1, "421 bye" }, END }, "-!,d.d.",
	    "1 EHLO\n1 MAIL 1\n1 RCPT\n1 DATA\n1 .+\n1 MAIL 2\n1 RCPT\n"
	    "1 DATA\n2 EHLO\n2 MAIL 2\n2 RCPT\n2 DATA\n2 .+\n2 MAIL 3\n"
	    "2 RCPT\n2 DATA\n2 .-\n2 QUIT\n" },
	{ "cut at the dot: in doubt, the next is not", 0, 1,
	    { { ".", 1, 1, NULL }, END }, "L!,d.d.", NULL },
	{ "the next's MAIL refused: RSET, one by one", 0, 1,
	    { WAIT, { "MAIL", 0, 2, "550 not you" },
	    { "RCPT", 0, 2, "503 whose?" }, END }, "d.n.d.",
	    "1 EHLO\n1 MAIL 1\n1 RCPT\n1 DATA\n1 .+\n1 MAIL 2\n1 RCPT\n"
	    "1 DATA\n1 RSET\n1 MAIL 3\n1 RCPT\n1 DATA\n1 .-\n1 QUIT\n" },
	{ "the next's only recipient refused, yet 354: lone dot, then QUIT", 0,
	    1, { { "RCPT", 1, 2, "550 5.1.1 no" }, { "DATA", 1, 2, "354 go" },
	    END }, "d.n/,d.", NULL },
	{ "one of the next's refused", 0, 2,
	    { WAIT, { "RCPT", 0, 3, "550 5.1.1 no" }, END }, "dd.nd.dd.",
	    "1 EHLO\n1 MAIL 1\n1 RCPT\n1 RCPT\n1 DATA\n1 .+\n1 MAIL 2\n"
	    "1 RCPT\n1 RCPT\n1 DATA\n1 .+\n1 MAIL 3\n1 RCPT\n1 RCPT\n1 DATA\n"
	    "1 .-\n1 QUIT\n" },
	{ "421 to the next's MAIL", 0, 1, { { "MAIL", 1, 2, "421 bye" }, END },
	    "d.-!,d.", NULL },
	{ "no more than MAILMAX", 0, 1, { WAIT, EHLO("LIMITS MAILMAX=2"),
	    END }, "d.d/,d.",
	    "1 EHLO\n1 MAIL 1\n1 RCPT\n1 DATA\n1 .+\n1 MAIL 2\n1 RCPT\n"
	    "1 DATA\n1 .-\n1 QUIT\n2 EHLO\n2 MAIL 3\n2 RCPT\n2 DATA\n2 .-\n"
	    "2 QUIT\n" },
	{ "several transactions a message: only behind the last", 0, 2,
	    { WAIT, EHLO("LIMITS RCPTMAX=1"), END }, "dd.dd.dd.",
	    "1 EHLO\n1 MAIL 1\n1 RCPT\n1 DATA\n1 .-\n1 MAIL 1\n1 RCPT\n"
	    "1 DATA\n1 .+\n1 MAIL 2\n1 RCPT\n1 DATA\n1 .-\n1 MAIL 2\n1 RCPT\n"
	    "1 DATA\n1 .+\n1 MAIL 3\n1 RCPT\n1 DATA\n1 .-\n1 MAIL 3\n1 RCPT\n"
	    "1 DATA\n1 .-\n1 QUIT\n" },
	{ "too many recipients: its rest comes first", 0, 2,
	    { WAIT, { "RCPT", 0, 2, "452 4.5.3 too many" }, END },
	    "dd.dd.dd.",
	    "1 EHLO\n1 MAIL 1\n1 RCPT\n1 RCPT\n1 DATA\n1 .-\n1 MAIL 1\n"
	    "1 RCPT\n1 DATA\n1 .+\n1 MAIL 2\n1 RCPT\n1 RCPT\n1 DATA\n1 .+\n"
	    "1 MAIL 3\n1 RCPT\n1 RCPT\n1 DATA\n1 .-\n1 QUIT\n" },
	{ "MAILMAX in the middle of a message", 0, 2,
	    { EHLO("LIMITS RCPTMAX=1 MAILMAX=3"), END }, "dd.d-/,dd.", NULL },
	{ "one command at a time", OFF, 1, { WAIT, END }, "d.d.d.",
	    "1 EHLO\n1 MAIL 1\n1 RCPT\n1 DATA\n1 .-\n1 MAIL 2\n1 RCPT\n"
	    "1 DATA\n1 .-\n1 MAIL 3\n1 RCPT\n1 DATA\n1 .-\n1 QUIT\n" },
	{ "safe has no use for CHUNKING", 0, 1, { WAIT, EHLO("CHUNKING"),
	    END }, "d.d.d.",
	    "1 EHLO\n1 MAIL 1\n1 RCPT\n1 DATA\n1 .+\n1 MAIL 2\n1 RCPT\n"
	    "1 DATA\n1 .+\n1 MAIL 3\n1 RCPT\n1 DATA\n1 .-\n1 QUIT\n" },
	{ "full: two messages on their way", FULL, 1, { WAIT,
	    EHLO("CHUNKING"), END }, "d.d.d.",
	    "1 EHLO\n1 MAIL 1\n1 RCPT\n1 BDAT\n1 .+\n1 MAIL 2\n1 RCPT\n"
	    "1 BDAT\n1 .+\n1 MAIL 3\n1 RCPT\n1 BDAT\n1 .-\n1 QUIT\n" },
	{ "full: one of two refused at RCPT", FULL, 2, { EHLO("CHUNKING"),
	    { "RCPT", 0, 3, "550 5.1.1 no" }, END }, "dd.nd.dd.", NULL },
	{ "full: the chunk refused, the one behind it taken", FULL, 1,
	    { EHLO("CHUNKING"), { "BDAT", 1, 1, "554 5.7.1 spam" }, END },
	    "n/,d.d.",
	    "1 EHLO\n1 MAIL 1\n1 RCPT\n1 BDAT\n1 MAIL 2\n1 RCPT\n1 BDAT\n"
	    "1 QUIT\n2 EHLO\n2 MAIL 3\n2 RCPT\n2 BDAT\n2 QUIT\n" },
	{ "full: MAIL refused, what is behind it is unclear", FULL, 1,
	    { EHLO("CHUNKING"), { "MAIL", 1, 0, "550 no" }, END },
	    "n/,d.d.", NULL },
	{ "full: both cut", FULL, 1, { EHLO("CHUNKING"),
	    { "BDAT", 1, 1, NULL }, END }, "L!,d.d.", NULL },
	{ "full: 421, nobody has it", FULL, 1, { EHLO("CHUNKING"),
	    { "BDAT", 1, 1, "421 bye" }, END }, "-!,d.d.", NULL },
	{ "full: too many recipients, with another message behind", FULL, 2,
	    { EHLO("CHUNKING"), { "RCPT", 0, 2, "552 5.5.3 too many" }, END },
	    "dl.dd.dd.", NULL },
	{ "a login that does not go with MAIL", FULL | LOGIN, 1,
	    { EHLO("AUTH PLAIN"), { "AUTH", 1, 0, "334 more" }, END },
	    "d.d.d.", NULL },
	{ "a login that does", FULL | LOGIN, 1, { WAIT, EHLO("AUTH PLAIN"),
	    END }, "d.d.d.",
	    "1 EHLO\n1 AUTH\n1 MAIL 1\n1 RCPT\n1 DATA\n1 .+\n1 MAIL 2\n"
	    "1 RCPT\n1 DATA\n1 .+\n1 MAIL 3\n1 RCPT\n1 DATA\n1 .-\n"
	    "1 QUIT\n" },
	{ "a login refused", FULL | LOGIN, 1, { EHLO("AUTH PLAIN"),
	    { "AUTH", 0, 0, "535 no" }, END }, "-!,-!,-!", NULL },
	{ "all denied without a login: the account's fault", 0, 1,
	    { { "RCPT", 1, 0, "550 5.7.1 relay" }, END }, "l!,d.d.", NULL },
	{ "ruled out, and no other host", 0, 1, { EHLO("SIZE 5"), END },
	    "n.n.n.", "1 EHLO\n1 QUIT\n" },
	{ "ruled out, and there is another host", HOSTS, 1, { EHLO("SIZE 5"),
	    END }, "-.-.-.", "1 EHLO\n1 QUIT\n" },
};

static char dir[64];
static struct store store;
static struct outcome o;
static struct entry e[N];
static struct mailhost host;
static struct host hosts[2];
static struct account account;
static struct secret secret = { .data = (char *)(uintptr_t)"secret" };
static const struct state none = { .dirfd = -1 };
static struct session_params params;
static struct carrier carrier;

/* Message number n (from 1), queued and locked. */
static void
enter(struct entry *x, unsigned n, unsigned each)
{
	char address[32];
	unsigned i;

	entry_init(x);
	entry_id(x->id);
	ck_assert_int_eq(message_open(&x->message, dir, &o), 0);
	x->message.start = 500;
	x->message.length = strlen(CONTENT);
	x->message.body_length = 7;
	x->message.body = 514;
	ck_assert_int_eq(file_pwrite(x->message.fd, CONTENT, strlen(CONTENT),
	    500), 0);
	x->config = mem_dup("/etc/posthorn.conf");
	x->account = mem_dup("main");
	x->retry.arrived = clock_now();
	snprintf(address, sizeof(address), "%u@x", n);
	envelope_sender(&x->envelope, address);
	for (i = 0; i < each; i++) {
		snprintf(address, sizeof(address), "%c%u@x", 'a' + (char)i, n);
		ck_assert_int_eq(envelope_add(&x->envelope, address, &o), 0);
	}
	ck_assert_msg(store_enter(&store, x, &o) == 0, "%s", o.text);
}

static void
begin(unsigned how, unsigned each, const struct rule *rules)
{
	unsigned i;

	strcpy(dir, "/tmp/posthorn-carry.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(store_open(&store, dir, false, &o), 0);
	for (i = 0; i < N; i++)
		enter(&e[i], i + 1, each);
	mailhost_start(&host, rules);
	hosts[0].name = host.path;
	hosts[0].is_unix = true;
	account.name = (char *)(uintptr_t)"main";
	account.hosts = hosts;
	account.hosts_n = (how & HOSTS) != 0 ? 2 : 1;
	account.tls = TLS_OFF;
	account.pipeline = (how & OFF) != 0 ? PIPELINE_OFF :
	    (how & FULL) != 0 ? PIPELINE_FULL : PIPELINE_SAFE;
	account.user = (how & LOGIN) != 0 ? (char *)(uintptr_t)"robot" : NULL;
	account.connect_timeout = account.timeout = account.final_timeout =
	    5000;
	secret.len = (how & LOGIN) != 0 ? 6 : 0;
	params = (struct session_params){ .account = &account,
	    .host = &hosts[0], .secret = &secret, .state = &none };
}

static void
end(void)
{
	char command[100];
	unsigned i;

	mailhost_stop(&host);
	for (i = 0; i < N; i++)
		store_release(&e[i]);
	store_close(&store);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	ck_assert_int_eq(system(command), 0);
}

/* Appends how e's recipients ended. */
static void
note_ends(char *ends, const struct entry *x)
{
	const struct recipient *r;
	size_t i, at = strlen(ends);

	for (i = 0; i < x->envelope.n; i++) {
		r = &x->envelope.rcpt[i];
		ends[at++] = !r->settled ? '-' : r->in_doubt ?
		    "DLN"[r->verdict] : "dln"[r->verdict];
	}
	ends[at] = '\0';
}

/* The log, shortened: verbs, and whose message it is. */
static void
check_log(const struct row *w)
{
	char text[2000] = "", *copy, *p, *save;

	if (w->log == NULL)
		return;
	copy = mem_dup(host.log);
	for (p = strtok_r(copy, "\n", &save); p != NULL;
	    p = strtok_r(NULL, "\n", &save)) {
		size_t at = strlen(text);

		if (strncmp(p + 2, "MAIL FROM:<", 11) == 0)
			sprintf(text + at, "%.7s%c\n", p, p[13]);
		else
			sprintf(text + at, "%.6s\n", p);
	}
	ck_assert_msg(strcmp(text, w->log) == 0, "%s: heard\n%s", w->name,
	    text);
	free(copy);
}

/* Takes message i out of the array. */
static struct entry *
take(struct entry *to, unsigned i)
{
	if (i >= N)
		return NULL;
	*to = e[i];
	entry_init(&e[i]);
	return to;
}

/* As a worker does it: one message, and the next, which is moved in memory
 * when its turn comes. */
static void
carry_all(const struct row *w, char *ends)
{
	struct entry pair[2], *next;
	bool ruled_out, open = false;
	struct outcome why;
	unsigned i;
	int r;

	take(&pair[0], 0);
	for (i = 0; i < N; i++) {
		if (!open) {
			strcat(ends, i > 0 ? "," : "");
			ck_assert_int_eq(carry_open(&carrier, &store, &params,
			    &o), 0);
		}
		next = take(&pair[1], i + 1);
		r = carry_message(&carrier, &pair[0], next, &ruled_out, &why);
		note_ends(ends, &pair[0]);
		strcat(ends, r == 0 ? "." : why.fault == FAULT_NONE ? "/" :
		    "!");
		ck_assert_msg(ruled_out == ((w->how & HOSTS) != 0), "%s",
		    w->name);
		open = r == 0;
		if (!open || next == NULL)
			carry_close(&carrier, 1000);
		store_release(&pair[0]);
		if (next != NULL)
			pair[0] = pair[1];
		memset(&pair[1], 0x55, sizeof(pair[1]));
	}
}

START_TEST(table)
{
	const struct row *w = &rows[_i];
	char ends[100] = "";

	begin(w->how, w->each, w->rules);
	carry_all(w, ends);
	ck_assert_msg(strcmp(ends, w->ends) == 0, "%s: ends %s", w->name,
	    ends);
	check_log(w);
	end();
}
END_TEST

/* What the journal says, read by somebody else. */
static bool
doubtful(const struct entry *x)
{
	struct entry again;
	bool is;

	ck_assert_int_eq(store_peek(&store, STORE_ACTIVE, x->id, &again, &o),
	    STORE_LOADED);
	is = again.doubtful;
	store_release(&again);
	return is;
}

/* While the server keeps its answer, the record is on disk; and of the next
 * message, whose octets are not out, none is. */
START_TEST(doubt_first)
{
	static char look[2][1024];
	struct rule rules[] = { { ".", 0, 1, look[0] }, { "BDAT", 0, 1,
	    look[0] }, { "MAIL", 0, 2, look[1] }, EHLO("CHUNKING"), END };
	bool ruled_out;
	struct outcome why;
	char wanted[64];
	unsigned i;

	/* What is looked for is known only once the messages are queued. */
	begin(_i == 0 ? 0 : FULL, 1, rules);
	mailhost_stop(&host);
	for (i = 0; i < 2; i++)
		snprintf(look[i], sizeof(look[i]),
		    "$ grep -ac '^[0-9a-f]* doubt ' %.63s/%.16s", dir, e[i].id);
	mailhost_start(&host, rules);
	hosts[0].name = host.path;
	ck_assert_int_eq(carry_open(&carrier, &store, &params, &o), 0);
	ck_assert_int_eq(carry_message(&carrier, &e[0], &e[1], &ruled_out,
	    &why), 0);
	ck_assert(doubtful(&e[0]));
	ck_assert(doubtful(&e[1]) == (_i == 1));
	ck_assert_int_eq(carry_message(&carrier, &e[1], NULL, &ruled_out,
	    &why), 0);
	ck_assert(doubtful(&e[1]));
	carry_close(&carrier, 1000);
	snprintf(wanted, sizeof(wanted), "1 %s\n1 1\n1 MAIL FROM:<2@x>\n"
	    "1 %d\n", _i == 0 ? "DATA" : "BDAT 21 LAST", _i);
	ck_assert_msg(strstr(host.log, wanted) != NULL, "%s not in\n%s",
	    wanted, host.log);
	end();
}
END_TEST

/* What a session that broke leaves of a next whose octets were out. */
START_TEST(both_out)
{
	static const struct rule rules[] = { EHLO("CHUNKING"),
	    { "BDAT", 1, 1, NULL }, END };
	struct outcome why;
	bool ruled_out;

	begin(FULL, 2, rules);
	ck_assert_int_eq(carry_open(&carrier, &store, &params, &o), 0);
	ck_assert_int_eq(carry_message(&carrier, &e[0], &e[1], &ruled_out,
	    &why), -1);
	ck_assert_int_eq(why.fault, FAULT_NETWORK);
	ck_assert(!why.in_doubt && why.advice[0] == '\0');
	ck_assert(e[0].envelope.rcpt[1].in_doubt);
	ck_assert_uint_eq(entry_waiting(&e[0]), 0);
	ck_assert(e[1].doubtful && doubtful(&e[1]));
	ck_assert_uint_eq(entry_waiting(&e[1]), 2);
	ck_assert(!e[2].doubtful && !doubtful(&e[2]));
	carry_close(&carrier, 1000);
	end();
}
END_TEST

static void
file_limit(rlim_t max)
{
	struct rlimit lim;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &lim), 0);
	lim.rlim_cur = max;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &lim), 0);
}

/* No room for the record: no octet of the message. */
START_TEST(unwritten)
{
	static const struct rule rules[] = { { "WAIT", 0, 0, "1" }, END };
	struct outcome why;
	struct stat st;
	bool ruled_out;
	int r;

	begin(0, 2, rules);
	ck_assert_int_eq(fstat(e[0].message.fd, &st), 0);
	ck_assert_int_eq(carry_open(&carrier, &store, &params, &o), 0);
	/* Some file systems notice it when room is asked for, and the session
	 * is as good as it was; on others only the write fails. */
	file_limit((rlim_t)st.st_size);
	r = carry_message(&carrier, &e[0], &e[1], &ruled_out, &why);
	ck_assert_int_eq(why.fault, FAULT_NONE);
	file_limit(RLIM_INFINITY);
	ck_assert_uint_eq(envelope_count(&e[0].envelope, VERDICT_LATER), 2);
	ck_assert(e[0].envelope.rcpt[0].fault == FAULT_DELAY ||
	    e[0].envelope.rcpt[0].fault == FAULT_OS);
	ck_assert_uint_eq(entry_waiting(&e[1]), 2);
	ck_assert(!doubtful(&e[0]) && !doubtful(&e[1]));
	if (r < 0) {
		carry_close(&carrier, 1000);
		ck_assert_int_eq(carry_open(&carrier, &store, &params, &o), 0);
	}
	ck_assert_int_eq(carry_message(&carrier, &e[1], NULL, &ruled_out,
	    &why), 0);
	ck_assert_uint_eq(envelope_count(&e[1].envelope, VERDICT_DELIVERED),
	    2);
	carry_close(&carrier, 1000);
	/* One dot, one QUIT, nothing else that looks like either. */
	ck_assert_ptr_eq(strstr(strstr(host.log, " .") + 1, " ."), NULL);
	ck_assert_ptr_eq(strstr(strstr(host.log, "QUIT") + 1, "QUIT"), NULL);
	end();
}
END_TEST

/* Not even room for it: noticed before anything is said, and the session goes
 * on; as the next such a message is not begun. */
START_TEST(no_room)
{
	static const struct rule rules[] = { { "WAIT", 0, 0, "150" }, END };
	struct outcome why;
	char path[128];
	bool ruled_out;
	int fd;

	begin(0, 1, rules);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", e[1].message.fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(dup2(fd, e[1].message.fd), 0);
	close(fd);
	ck_assert_int_eq(carry_open(&carrier, &store, &params, &o), 0);
	ck_assert_int_eq(carry_message(&carrier, &e[0], &e[1], &ruled_out,
	    &why), 0);
	ck_assert_int_eq(carry_message(&carrier, &e[1], &e[2], &ruled_out,
	    &why), 0);
	ck_assert_int_eq(e[1].envelope.rcpt[0].verdict, VERDICT_LATER);
	ck_assert_int_eq(e[1].envelope.rcpt[0].fault, FAULT_OS);
	ck_assert_int_eq(carry_message(&carrier, &e[2], NULL, &ruled_out,
	    &why), 0);
	carry_close(&carrier, 1000);
	ck_assert_ptr_nonnull(strstr(host.log, "DATA\n1 .-\n1 MAIL FROM:<3@x>"
	    "\n1 RCPT TO:<a3@x>\n1 DATA\n1 .-\n1 QUIT\n"));
	end();
}
END_TEST

/* A message that cannot be read back is cut off, not ended, and those before
 * it are not harmed. */
START_TEST(unreadable)
{
	static const struct rule rules[] = { EHLO("CHUNKING"), END };
	struct outcome why;
	bool ruled_out;
	int keep;

	begin(_i == 0 ? 0 : FULL, 1, rules);
	keep = e[1].message.fd;
	ck_assert_int_eq(carry_open(&carrier, &store, &params, &o), 0);
	e[1].message.start += 4096;
	ck_assert_int_eq(carry_message(&carrier, &e[0], &e[1], &ruled_out,
	    &why), _i == 0 ? 0 : -1);
	ck_assert_int_eq(why.fault, FAULT_NONE);
	ck_assert_uint_eq(envelope_count(&e[0].envelope, VERDICT_DELIVERED),
	    1);
	ck_assert_uint_eq(entry_waiting(&e[1]), 1);
	if (_i == 1) {
		carry_close(&carrier, 1000);
		ck_assert_int_eq(carry_open(&carrier, &store, &params, &o), 0);
	}
	ck_assert_int_eq(carry_message(&carrier, &e[1], NULL, &ruled_out,
	    &why), -1);
	ck_assert_int_eq(why.fault, FAULT_NONE);
	ck_assert_int_eq(e[1].envelope.rcpt[0].fault, FAULT_OS);
	ck_assert_int_eq(e[1].message.fd, keep);
	carry_close(&carrier, 1000);
	ck_assert_ptr_eq(strstr(host.log, "QUIT"), NULL);
	end();
}
END_TEST

/* One whose first group is out, and that does not come: the session just
 * ends, for QUIT would be its text. */
START_TEST(given_up)
{
	static const struct rule rules[] = { { "WAIT", 0, 0, "1" }, END };
	struct outcome why;
	bool ruled_out;

	begin(0, 1, rules);
	ck_assert_int_eq(carry_open(&carrier, &store, &params, &o), 0);
	ck_assert_int_eq(carry_message(&carrier, &e[0], &e[1], &ruled_out,
	    &why), 0);
	ck_assert(carry_more(&carrier));
	carry_close(&carrier, 1000);
	ck_assert(!carry_more(&carrier));
	ck_assert_uint_eq(entry_waiting(&e[1]), 1);
	ck_assert(!doubtful(&e[1]));
	ck_assert_ptr_eq(strstr(host.log, "QUIT"), NULL);
	end();
}
END_TEST

/* A delivery's session goes on with what is queued. */
START_TEST(adopted)
{
	static const struct rule rules[] = { { "WAIT", 0, 0, "150" },
	    EHLO("AUTH PLAIN"), END };
	struct session left;
	struct deliver_job job = { .account = &account, .secret = &secret,
	    .state = &none, .store = &store, .entry = &e[0], .left = &left };
	struct deliver_trace trace;
	struct outcome why;
	bool ruled_out;

	begin(LOGIN | FULL, 1, rules);
	job.message = &e[0].message;
	deliver_message(&job, &e[0].envelope, &trace);
	ck_assert_uint_eq(envelope_count(&e[0].envelope, VERDICT_DELIVERED),
	    1);
	ck_assert(doubtful(&e[0]));
	ck_assert_ptr_nonnull(left.line.d.stream);
	carry_adopt(&carrier, &store, &left);
	ck_assert_ptr_null(left.line.d.stream);
	memset(&left, 0x55, sizeof(left));
	ck_assert(carry_more(&carrier));
	ck_assert_int_eq(carry_message(&carrier, &e[1], &e[2], &ruled_out,
	    &why), 0);
	ck_assert_int_eq(carry_message(&carrier, &e[2], NULL, &ruled_out,
	    &why), 0);
	ck_assert_uint_eq(envelope_count(&e[2].envelope, VERDICT_DELIVERED),
	    1);
	ck_assert_str_eq(carrier.trace.auth, "PLAIN");
	ck_assert_str_eq(carrier.trace.answer, "taken");
	carry_close(&carrier, 1000);
	ck_assert_ptr_eq(strstr(host.log, "2 EHLO"), NULL);
	end();
}
END_TEST

/* Nothing is handed over where somebody has to be tried again, or the server
 * takes no more. */
START_TEST(not_left)
{
	static const struct rule rules[][3] = {
		{ { "RCPT", 0, 1, "451 grey" }, END },
		{ { "RCPT", 0, 0, "550 5.1.1 no" }, END },
		{ EHLO("LIMITS MAILMAX=1"), END },
		{ { "HI", 0, 0, "554 go away" }, END },
	};
	struct session left;
	struct deliver_job job = { .account = &account, .secret = &secret,
	    .state = &none, .left = &left };
	struct deliver_trace trace;

	begin(0, 1, rules[_i]);
	job.message = &e[0].message;
	deliver_message(&job, &e[0].envelope, &trace);
	ck_assert_uint_eq(entry_waiting(&e[0]), 0);
	ck_assert_ptr_null(left.line.d.stream);
	end();
}
END_TEST

static struct deliver_job waiting;
static volatile sig_atomic_t sending, was_sending;

static void
alarmed(int sig)
{
	(void)sig;
	was_sending = sending;
	waiting.store = &store;
	waiting.entry = &e[0];
}

/* Queued while the server takes its time: its doubt is noted from then on,
 * and who queued it knows whether it was too late for that. */
START_TEST(queued_meanwhile)
{
	const struct itimerval once = { { 0, 0 }, { 0, 200000 } };
	static char look[1024];
	struct rule rules[] = { { "MAIL", 0, 0, "$ sleep 0.4" },
	    { ".", 0, 0, look }, END };
	struct sigaction act = { .sa_handler = alarmed };
	struct deliver_trace trace;

	if (_i == 1)		/* when it is out already */
		rules[0].say = "250 ok";
	begin(0, 1, NULL);
	snprintf(look, sizeof(look), "$ sleep 0.4; grep -ac "
	    "'^[0-9a-f]* doubt ' %s/%s", dir, e[0].id);
	mailhost_stop(&host);
	mailhost_start(&host, rules);
	hosts[0].name = host.path;
	waiting = (struct deliver_job){ .account = &account,
	    .secret = &secret, .state = &none, .message = &e[0].message,
	    .sending = &sending };
	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &once, NULL);
	deliver_message(&waiting, &e[0].envelope, &trace);
	ck_assert_uint_eq(envelope_count(&e[0].envelope, VERDICT_DELIVERED),
	    1);
	ck_assert_int_eq(was_sending, _i);
	ck_assert_int_eq(sending, 0);
	ck_assert(waiting.entry == &e[0]);
	ck_assert_msg(strstr(host.log, _i == 0 ? "DATA\n1 1\n" :
	    "DATA\n1 0\n") != NULL, "%s", host.log);
	end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("carry");
	TCase *t = tcase_create("carry");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 30);
	tcase_add_loop_test(t, table, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(t, doubt_first, 0, 2);
	tcase_add_test(t, both_out);
	tcase_add_test(t, unwritten);
	tcase_add_test(t, no_room);
	tcase_add_loop_test(t, unreadable, 0, 2);
	tcase_add_test(t, given_up);
	tcase_add_test(t, adopted);
	tcase_add_loop_test(t, not_left, 0, 4);
	tcase_add_loop_test(t, queued_meanwhile, 0, 2);
	return unit_main(s);
}
