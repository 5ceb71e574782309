/* SPDX-License-Identifier: ISC */
/* What becomes of a message after an attempt: every end, and what each crash
 * on the way leaves. */
#include <sys/resource.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/crc.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "queue/finish.h"
#include "queue/tell.h"
#include "unit.h"

enum { T0 = 1790000000, MINUTE = 60, HOUR = 3600, DAY = 86400 };

#define PLAIN	"Subject: x\r\nFrom: joe@example.org\r\n"

static char top[64], path[128];
static struct store s;
static struct state state;
static struct entry e;
static struct outcome o;
static struct account account;
static struct host smarthost;
static struct finish_rules rules;
static time_t now;
static int logged;

static void
setup(void)
{
	static char name[] = "smtp.example.net", from[] = "robot@example.org";
	struct log_target target = { .fd = -1 };

	strcpy(top, "/tmp/posthorn-finish.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	ck_assert_int_eq(store_open(&s, top, false, &o), 0);
	state_open_in(&state, s.dirfd, false);
	ck_assert_int_ge(state.dirfd, 0);
	snprintf(path, sizeof(path), "%s/log", top);
	target.fd = logged = open(path, O_RDWR | O_CREAT | O_APPEND, 0600);
	log_open(&target);
	memset(&e, 0, sizeof(e));
	e.message.fd = -1;
	smarthost = (struct host){ .name = name, .port = 587 };
	account = (struct account){ .hosts = &smarthost, .hosts_n = 1,
		.from_address = from };
	rules = (struct finish_rules){
		.retry = { MINUTE, HOUR, 4 * HOUR, 5 * DAY, 30 * DAY },
		.host = "vm.example.org", .from_name = "Mail System",
		.from_address = "mailer-daemon@vm.example.org",
		.account = &account, .state = &state,
	};
	now = T0;
}

static void
teardown(void)
{
	char command[200];

	store_release(&e);
	store_close(&s);
	state_close(&state);
	close(logged);
	snprintf(command, sizeof(command), "rm -rf '%s'", top);
	ck_assert_int_eq(system(command), 0);
}

/* ---- A message ---- */

/* A queued message of that header to n of a@, b@, c@ ... */
static void
queued(const char *sender, const char *header, size_t n)
{
	char address[] = "a@example.com", text[1000];
	size_t len;

	store_release(&e);
	entry_init(&e);
	entry_id(e.id);
	ck_assert_int_eq(message_open(&e.message, top, &o), 0);
	len = (size_t)snprintf(text, sizeof(text), "%s\r\nhello\r\n", header);
	ck_assert_int_eq(file_pwrite(e.message.fd, text, len, 500), 0);
	e.message.start = 500;
	e.message.length = len;
	e.message.body_length = 7;
	e.message.body = 500 + (off_t)len - 7;
	e.config = mem_dup("/etc/posthorn.conf");
	e.account = mem_dup("main");
	e.retry.arrived = e.next = now;
	envelope_sender(&e.envelope, sender);
	for (; n > 0; n--, address[0]++)
		ck_assert_int_eq(envelope_add(&e.envelope, address, &o), 0);
	ck_assert_msg(store_enter(&s, &e, &o) == 0, "%s", o.text);
}

static void
settle(size_t i, enum fault f, enum stage stage, unsigned code,
    const char *words)
{
	struct outcome x;

	if (f == FAULT_NONE)
		outcome_clear(&x);
	else
		outcome_fail(&x, f, stage, "%s", words);
	outcome_codes(&x, code, NULL);
	envelope_settle(&e.envelope, i, &x);
}

static void
taken(size_t i)
{
	settle(i, FAULT_NONE, STAGE_MESSAGE, 250, "");
}

static void
refused(size_t i)
{
	settle(i, FAULT_NOUSER, STAGE_RCPT, 550, "what: 550 No such user");
}

static void
greylisted(size_t i)
{
	settle(i, FAULT_DELAY, STAGE_MESSAGE, 451, "what: 451 Come again");
}

static void
unreached(size_t i)
{
	settle(i, FAULT_NETWORK, STAGE_CONNECT, 0, "cannot connect");
}

static enum finish_end
finish(void)
{
	finish_count(&e, &rules, now);
	return finish_run(&s, &e, &rules, now, &o);
}

/* So many days later, all of which attempts have seen. */
static void
held_for(int64_t days)
{
	now += days * DAY;
	e.retry.last = now;
	e.retry.held = days * DAY;
}

/* As the next process finds it; the recipients that wait. */
static size_t
reload(void)
{
	char id[ENTRY_ID];

	memcpy(id, e.id, sizeof(id));
	store_release(&e);
	ck_assert_int_eq(store_load(&s, STORE_ACTIVE, id, &e, &o),
	    STORE_LOADED);
	return entry_waiting(&e);
}

static size_t
count(enum store_folder where)
{
	struct store_name *names;
	size_t n;

	ck_assert_int_eq(store_list(&s, where, &names, &n, &o), 0);
	free(names);
	return n;
}

/* Is it there, read from disk, and how many of it wait? */
static bool
is_in(enum store_folder where, size_t waiting)
{
	struct entry x;
	bool is = store_peek(&s, where, e.id, &x, &o) == STORE_LOADED;

	if (is)
		ck_assert_uint_eq(entry_waiting(&x), waiting);
	store_release(&x);
	return is;
}

/* ---- Notices and the log ---- */

static struct entry notice;
static char *said;

static void
forget(void)
{
	free(said);
	said = NULL;
	store_release(&notice);
}

/* Reads the only other message in the queue, and takes it out. */
static void
take_notice(void)
{
	struct store_name *names;
	size_t n, i;

	ck_assert_int_eq(store_list(&s, STORE_ACTIVE, &names, &n, &o), 0);
	for (i = 0; i < n && strcmp(names[i].id, e.id) == 0;)
		i++;
	ck_assert_uint_lt(i, n);
	ck_assert_uint_le(n, 2);
	/* nobody has its lock any more */
	ck_assert_int_eq(store_load(&s, STORE_ACTIVE, names[i].id, &notice,
	    &o), STORE_LOADED);
	free(names);
	said = mem_alloc(notice.message.length + 1);
	ck_assert_int_eq(file_pread(notice.message.fd, said,
	    notice.message.length, notice.message.start), 0);
	ck_assert_int_eq(store_remove(&s, &notice, STORE_ACTIVE, &o), 0);
}

static void
has(const char *words)
{
	ck_assert_msg(strstr(said, words) != NULL, "no \"%s\" in\n%s", words,
	    said);
}

static void
lacks(const char *words)
{
	ck_assert_msg(strstr(said, words) == NULL, "\"%s\" in\n%s", words,
	    said);
}

/* Lines of the log with that outcome, and with these words. */
static size_t
lines(const char *outcome, const char *words)
{
	char word[64], *line, *rest;
	struct buf b;
	size_t n = 0;

	buf_init(&b, 1u << 20);
	ck_assert_int_eq(lseek(logged, 0, SEEK_SET), 0);
	ck_assert_int_eq(file_slurp(logged, &b), 0);
	snprintf(word, sizeof(word), " outcome=%s ", outcome);
	for (rest = b.data; (line = strsep(&rest, "\n")) != NULL;)
		n += strstr(line, word) != NULL && strstr(line, e.id) != NULL &&
		    strstr(line, words) != NULL;
	buf_free(&b);
	return n;
}

/* ---- Gone, or waiting ---- */

START_TEST(delivered)
{
	queued("joe@example.org", PLAIN, 2);
	taken(0);
	taken(1);
	ck_assert(!finish_waits(&e, &rules));
	ck_assert_int_eq(finish(), FINISH_GONE);
	ck_assert_uint_eq(count(STORE_ACTIVE), 0);
	ck_assert_uint_eq(count(STORE_FAILED), 0);
	ck_assert_uint_eq(e.retry.attempts, 1);
	ck_assert_int_eq(e.retry.answered, 0);
	ck_assert_int_eq(e.retry.held, 0);
}
END_TEST

START_TEST(waiting)
{
	queued("joe@example.org", PLAIN, 2);
	greylisted(0);
	taken(1);
	now += 100;
	finish_count(&e, &rules, now);
	ck_assert(finish_waits(&e, &rules));
	ck_assert_int_eq(finish_run(&s, &e, &rules, now, &o), FINISH_WAITS);
	ck_assert_uint_eq(count(STORE_ACTIVE), 1);
	ck_assert_uint_eq(reload(), 1);
	ck_assert_uint_eq(e.retry.attempts, 1);
	ck_assert_int_eq(e.retry.last, now);
	ck_assert_int_eq(e.retry.answered, 100);
	ck_assert_int_eq(e.retry.held, 100);
	ck_assert_int_gt(e.next, now);
	ck_assert_int_le(e.next, now + MINUTE);
	ck_assert(!e.doubtful && !e.retry.warned);
	ck_assert_str_eq(e.envelope.rcpt[0].text, "what: 451 Come again");
	/* the clock goes on from the last attempt */
	now += 1000;
	greylisted(0);
	ck_assert_int_eq(finish(), FINISH_WAITS);
	ck_assert_int_eq(e.retry.answered, 1100);
	now += 1000;
	unreached(0);
	ck_assert_int_eq(finish(), FINISH_WAITS);
	ck_assert_int_eq(e.retry.answered, 1100);
	ck_assert_int_eq(e.retry.held, 2100);
	ck_assert_uint_eq(e.retry.attempts, 3);
}
END_TEST

/* Each with its reason to keep finish_run from being passed over. */
START_TEST(nothing_to_do)
{
	queued("joe@example.org", PLAIN, 2);
	greylisted(0);
	unreached(1);
	finish_count(&e, &rules, now);
	ck_assert(finish_waits(&e, &rules));
	e.retry.held = 4 * HOUR;
	ck_assert(!finish_waits(&e, &rules));
	e.retry.warned = true;
	ck_assert(finish_waits(&e, &rules));
	e.retry.held = 30 * DAY;
	ck_assert(!finish_waits(&e, &rules));
	e.retry.held = 0;
	e.retry.answered = 5 * DAY;
	ck_assert(!finish_waits(&e, &rules));
	e.retry.answered = 0;
	refused(1);
	ck_assert(!finish_waits(&e, &rules));
	e.envelope.rcpt[1].told = true;
	ck_assert(finish_waits(&e, &rules));
	taken(0);
	ck_assert(!finish_waits(&e, &rules));
}
END_TEST

static const struct {
	enum fault	fault;
	enum stage	stage;
	unsigned	code, attempts;
	int64_t		min, max;
} pauses[] = {
	{ FAULT_NETWORK, STAGE_CONNECT, 0, 0, 45, 60 },
	{ FAULT_NETWORK, STAGE_CONNECT, 0, 1000, 45, 60 },
	{ FAULT_NETWORK, STAGE_RESOLVE, 0, 1000, 45, 60 },
	/* the message had its turn, and broke the line */
	{ FAULT_NETWORK, STAGE_DATA, 0, 3, 360, 480 },
	{ FAULT_NETWORK, STAGE_MESSAGE, 0, 1000, 2700, 3600 },
	{ FAULT_DELAY, STAGE_GREETING, 421, 1000, 2700, 3600 },
	{ FAULT_DELAY, STAGE_RCPT, 451, 0, 45, 60 },
	{ FAULT_DELAY, STAGE_RCPT, 451, 1, 90, 120 },
	{ FAULT_DELAY, STAGE_RCPT, 451, 1000, 2700, 3600 },
	{ FAULT_TRUST, STAGE_TLS, 0, 2, 180, 240 },
	{ FAULT_CONFIG, STAGE_CONFIG, 0, 2, 180, 240 },
	{ FAULT_LOGIN, STAGE_AUTH, 535, 0, 900, 1200 },
	{ FAULT_LOGIN, STAGE_AUTH, 535, 1000, 2700, 3600 },
	{ FAULT_DELAY, STAGE_RCPT, 451, UINT32_MAX, 2700, 3600 },
};

START_TEST(pace)
{
	size_t i;

	queued("joe@example.org", PLAIN, 1);
	for (i = 0; i < 50; i++) {
		settle(0, pauses[_i].fault, pauses[_i].stage,
		    pauses[_i].code, "no");
		e.retry.attempts = pauses[_i].attempts;
		finish_count(&e, &rules, now);
		ck_assert_int_ge(e.next - now, pauses[_i].min);
		ck_assert_int_le(e.next - now, pauses[_i].max);
	}
	ck_assert_uint_ge(e.retry.attempts, pauses[_i].attempts);
}
END_TEST

/* The first of them decides, but for a refused login. */
START_TEST(pause_of_several)
{
	queued("joe@example.org", PLAIN, 3);
	greylisted(0);
	unreached(1);
	refused(2);
	e.retry.attempts = 1000;
	finish_count(&e, &rules, now);
	ck_assert_int_le(e.next, now + MINUTE);
	settle(2, FAULT_LOGIN, STAGE_AUTH, 535, "AUTH: 535 No");
	finish_count(&e, &rules, now);
	ck_assert_int_ge(e.next, now + 15 * MINUTE);
	/* nobody is left to wait: whoever finds it again has work to do */
	taken(0);
	taken(1);
	refused(2);
	finish_count(&e, &rules, now);
	ck_assert_int_eq(e.next, now);
}
END_TEST

START_TEST(doubt)
{
	struct outcome x;

	queued("joe@example.org", PLAIN, 2);
	outcome_fail(&x, FAULT_NETWORK, STAGE_MESSAGE, "cut");
	x.in_doubt = true;
	unreached(0);
	envelope_settle(&e.envelope, 1, &x);
	ck_assert_int_eq(finish(), FINISH_WAITS);
	ck_assert_uint_eq(reload(), 2);
	ck_assert(e.doubtful);
	/* That it was not even tried since changes nothing. */
	unreached(0);
	unreached(1);
	ck_assert_int_eq(finish(), FINISH_WAITS);
	ck_assert_uint_eq(reload(), 2);
	ck_assert(e.doubtful);
}
END_TEST

/* What a hostile or ancient journal may say ends in no overflow. */
START_TEST(extremes)
{
	queued("joe@example.org", PLAIN, 1);
	greylisted(0);
	e.retry.answered = e.retry.held = INT64_MAX;
	e.retry.attempts = UINT32_MAX;
	e.retry.arrived = INT64_MIN;
	rules.retry.max_retry = rules.retry.min_retry = INT64_MAX;
	finish_count(&e, &rules, now);
	ck_assert_uint_eq(e.retry.attempts, UINT32_MAX);
	ck_assert_int_eq(e.retry.answered, INT64_MAX);
	ck_assert_int_eq(e.retry.held, INT64_MAX);
	/* its time is up */
	ck_assert_uint_eq(envelope_count(&e.envelope, VERDICT_NEVER), 1);
	rules.retry.expire = 0;
	greylisted(0);
	finish_count(&e, &rules, INT64_MAX - 5);
	ck_assert_int_eq(e.next, INT64_MAX);
}
END_TEST

/* ---- Bounces ---- */

START_TEST(bounced)
{
	queued("joe@example.org", PLAIN, 1);
	refused(0);
	now += 30;
	ck_assert_int_eq(finish(), FINISH_GONE);
	ck_assert_uint_eq(count(STORE_ACTIVE), 1);
	take_notice();
	ck_assert_str_eq(notice.envelope.sender, "");
	ck_assert_uint_eq(notice.envelope.n, 1);
	ck_assert_str_eq(notice.envelope.rcpt[0].address, "joe@example.org");
	ck_assert_str_eq(notice.config, "/etc/posthorn.conf");
	ck_assert_str_eq(notice.account, "main");
	ck_assert_int_eq(notice.retry.arrived, now);
	ck_assert_int_eq(notice.next, now);
	ck_assert_uint_eq(notice.retry.attempts, 0);
	ck_assert_uint_eq(entry_waiting(&notice), 1);
	has("From: Mail System <mailer-daemon@vm.example.org>\r\n");
	has("To: <joe@example.org>\r\n");
	has("Final-Recipient: rfc822; a@example.com\r\n");
	has("Remote-MTA: dns; smtp.example.net\r\n");
	has("550 No such user");
	has("Subject: x\r\n");
	lacks("hello");
	/* its id is that of its file, and in the log */
	has(notice.id);
	ck_assert_uint_eq(lines("bounced", notice.id), 1);
	ck_assert_uint_eq(lines("bounced", "to=a@example.com"), 1);
	ck_assert_uint_eq(lines("bounced", "notice-to=joe@example.org"), 1);
	ck_assert_uint_eq(lines("bounced", "550 No such user"), 1);
	forget();
}
END_TEST

START_TEST(bounce_goes_elsewhere)
{
	queued("joe@example.org", PLAIN, 1);
	refused(0);
	rules.bounce_to = "admin@example.org";
	account.null_sender_account = true;
	ck_assert_int_eq(finish(), FINISH_GONE);
	take_notice();
	ck_assert_str_eq(notice.envelope.sender, "robot@example.org");
	ck_assert_str_eq(notice.envelope.rcpt[0].address,
	    "admin@example.org");
	has("To: <admin@example.org>\r\n");
	/* That one is refused in its turn: no bounce of a bounce. */
	forget();
	queued("robot@example.org", PLAIN "X-Loop: posthorn\r\n"
	    "Auto-Submitted: auto-replied\r\n", 1);
	refused(0);
	ck_assert_int_eq(finish(), FINISH_FAILED);
	ck_assert_uint_eq(count(STORE_ACTIVE), 0);
	ck_assert_uint_eq(lines("failed", "automatic"), 1);
}
END_TEST

START_TEST(null_sender)
{
	queued("", PLAIN, 2);
	refused(0);
	refused(1);
	rules.bounce_to = "admin@example.org";
	ck_assert_int_eq(finish(), FINISH_FAILED);
	ck_assert_uint_eq(count(STORE_ACTIVE), 0);
	/* from there it could be sent again, and its words are kept */
	ck_assert(is_in(STORE_FAILED, 2));
	ck_assert_uint_eq(lines("failed", "it has no sender"), 1);
	ck_assert_uint_eq(lines("failed", "2 recipients"), 1);
	ck_assert_uint_eq(lines("failed", "No such user"), 1);
	ck_assert_uint_eq(lines("bounced", ""), 0);
}
END_TEST

/* The account is gone from the configuration. */
START_TEST(no_account)
{
	queued("joe@example.org", PLAIN, 2);
	rules.account = NULL;
	rules.host = NULL;
	settle(0, FAULT_CONFIG, STAGE_CONFIG, 0, "no account main");
	settle(1, FAULT_CONFIG, STAGE_CONFIG, 0, "no account main");
	ck_assert_int_eq(finish(), FINISH_WAITS);
	ck_assert_uint_eq(reload(), 2);
	ck_assert_int_eq(e.retry.answered, 0);
	settle(0, FAULT_CONFIG, STAGE_CONFIG, 0, "no account main");
	refused(1);
	ck_assert_int_eq(finish(), FINISH_WAITS);
	take_notice();
	ck_assert_str_eq(notice.envelope.sender, "");
	has("Reporting-MTA: dns; localhost\r\n");
	lacks("Remote-MTA");
	forget();
}
END_TEST

START_TEST(partial)
{
	queued("joe@example.org", PLAIN, 4);
	refused(0);
	greylisted(1);
	taken(2);
	refused(3);
	ck_assert_int_eq(finish(), FINISH_WAITS);
	take_notice();
	has("a@example.com");
	has("d@example.com");
	lacks("<b@example.com>");
	lacks("rfc822; b@example.com");
	has("For 1 other recipient it is still being tried.");
	forget();
	/* Who was told is not told again, whoever comes next. */
	ck_assert_uint_eq(reload(), 1);
	ck_assert(e.envelope.rcpt[0].told && e.envelope.rcpt[3].told);
	greylisted(1);
	ck_assert_int_eq(finish(), FINISH_WAITS);
	ck_assert_uint_eq(count(STORE_ACTIVE), 1);
	ck_assert_uint_eq(reload(), 1);
	refused(1);
	ck_assert_int_eq(finish(), FINISH_GONE);
	take_notice();
	has("rfc822; b@example.com");
	lacks("a@example.com");
	lacks("d@example.com");
	forget();
	ck_assert_uint_eq(count(STORE_ACTIVE), 0);
	ck_assert_uint_eq(count(STORE_FAILED), 0);
}
END_TEST

/* Who cannot be told while others wait is not forgotten meanwhile. */
START_TEST(untold)
{
	queued("", PLAIN, 2);
	refused(0);
	greylisted(1);
	ck_assert_int_eq(finish(), FINISH_WAITS);
	ck_assert_uint_eq(lines("not-bounced", "to=a@example.com"), 1);
	ck_assert_uint_eq(lines("not-bounced", "no sender"), 1);
	ck_assert_uint_eq(reload(), 2);
	refused(0);
	taken(1);
	ck_assert_int_eq(finish(), FINISH_FAILED);
	ck_assert_uint_eq(count(STORE_ACTIVE), 0);
	ck_assert(is_in(STORE_FAILED, 1));
}
END_TEST

/* ---- As it was asked for ---- */

START_TEST(unwanted)
{
	static const unsigned sets[] = { DSN_NEVER, DSN_SUCCESS,
		DSN_SUCCESS | DSN_DELAY };
	size_t i;

	for (i = 0; i < 3; i++) {
		queued("joe@example.org", PLAIN, 2);
		envelope_notify(&e.envelope, 0, sets[i]);
		refused(0);
		refused(1);
		finish_count(&e, &rules, now);
		ck_assert_int_eq(finish_run(&s, &e, &rules, now, &o),
		    FINISH_GONE);
		ck_assert_uint_eq(count(STORE_ACTIVE), 0);
		ck_assert_uint_eq(count(STORE_FAILED), 0);
		ck_assert_uint_eq(lines("not-bounced", "not wanted"), 1);
		ck_assert_uint_eq(lines("not-bounced", "2 recipients"), 1);
		ck_assert_uint_eq(lines("bounced", ""), 0);
	}
	/* whoever has no sender and wants nothing has that */
	queued("", PLAIN, 1);
	envelope_notify(&e.envelope, 0, DSN_NEVER);
	refused(0);
	ck_assert_int_eq(finish(), FINISH_GONE);
	ck_assert_uint_eq(count(STORE_FAILED), 0);
}
END_TEST

/* One wants it, one does not, one waits. */
START_TEST(unwanted_partly)
{
	queued("joe@example.org", PLAIN, 3);
	e.envelope.rcpt[0].notify = DSN_NEVER;
	e.envelope.rcpt[1].notify = DSN_FAILURE;
	refused(0);
	greylisted(2);
	finish_count(&e, &rules, now);
	ck_assert(!finish_waits(&e, &rules));
	refused(1);
	ck_assert_int_eq(finish_run(&s, &e, &rules, now, &o), FINISH_WAITS);
	take_notice();
	ck_assert_uint_eq(notice.envelope.rcpt[0].notify, DSN_REPORT);
	has("Original-Recipient: rfc822; b@example.com\r\n");
	lacks("a@example.com");
	forget();
	ck_assert_uint_eq(lines("not-bounced", "to=a@example.com"), 1);
	ck_assert_uint_eq(reload(), 1);
	ck_assert(e.envelope.rcpt[0].told && e.envelope.rcpt[1].told);
	taken(2);
	ck_assert_int_eq(finish(), FINISH_GONE);
	ck_assert_uint_eq(count(STORE_ACTIVE), 0);
}
END_TEST

START_TEST(whole_or_header)
{
	static const enum dsn_ret rets[] = { DSN_RET_UNSAID, DSN_RET_FULL,
		DSN_RET_HDRS };
	size_t i;

	for (i = 0; i < 3; i++) {
		queued("joe@example.org", PLAIN, 1);
		envelope_dsn(&e.envelope, rets[i], "QQ+2B1");
		refused(0);
		ck_assert_int_eq(finish(), FINISH_GONE);
		take_notice();
		has("Original-Envelope-Id: QQ+1\r\n");
		if (rets[i] == DSN_RET_FULL)
			has("hello");
		else
			lacks("hello");
		forget();
	}
}
END_TEST

/* A delay is told to who wants that; nobody: nothing is tried for ever. */
START_TEST(unwanted_warning)
{
	queued("joe@example.org", PLAIN, 2);
	envelope_notify(&e.envelope, 0, DSN_FAILURE);
	now += 5 * HOUR;
	greylisted(0);
	greylisted(1);
	ck_assert_int_eq(finish(), FINISH_WAITS);
	ck_assert_uint_eq(count(STORE_ACTIVE), 1);
	ck_assert(e.retry.warned);
	ck_assert_uint_eq(lines("not-warned", ""), 0);
	ck_assert_int_eq(store_remove(&s, &e, STORE_ACTIVE, &o), 0);
	queued("joe@example.org", PLAIN, 2);
	envelope_notify(&e.envelope, 0, DSN_FAILURE);
	e.envelope.rcpt[1].notify = DSN_DELAY;
	now += 5 * HOUR;
	greylisted(0);
	greylisted(1);
	ck_assert_int_eq(finish(), FINISH_WAITS);
	take_notice();
	has("b@example.com");
	lacks("a@example.com");
	forget();
}
END_TEST

/* What was held too long is kept, whatever is wanted. */
START_TEST(unwanted_held)
{
	rules.bounce_to = "admin@example.org";
	queued("joe@example.org", PLAIN, 1);
	envelope_notify(&e.envelope, 0, DSN_NEVER);
	held_for(30);
	unreached(0);
	ck_assert_int_eq(finish(), FINISH_FAILED);
	ck_assert_uint_eq(count(STORE_ACTIVE), 0);
	ck_assert(is_in(STORE_FAILED, 1));
	ck_assert_uint_eq(lines("failed", "held for"), 1);
	ck_assert_uint_eq(lines("failed", "to=a@example.com"), 1);
}
END_TEST

/* Our own report is not wanted anywhere else, and not thrown away here. */
START_TEST(report_kept)
{
	queued("", PLAIN "X-Loop: posthorn\r\n", 1);
	envelope_notify(&e.envelope, 0, DSN_REPORT);
	refused(0);
	ck_assert_int_eq(finish(), FINISH_FAILED);
	ck_assert(is_in(STORE_FAILED, 1));
}
END_TEST

/* ---- Killed on the way ---- */

static void
slurp(struct buf *b)
{
	char name[200];
	int fd;

	snprintf(name, sizeof(name), "%s/%s", top, e.id);
	fd = open(name, O_RDONLY);
	ck_assert_int_ge(fd, 0);
	buf_init(b, 1u << 20);
	ck_assert_int_eq(file_slurp(fd, b), 0);
	close(fd);
}

/* The file as it was before. */
static void
restore(struct buf *b)
{
	char name[200];
	int fd;

	snprintf(name, sizeof(name), "%s/%s", top, e.id);
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(file_write(fd, b->data, b->len), 0);
	close(fd);
	buf_free(b);
}

START_TEST(killed_before_bounce)
{
	queued("joe@example.org", PLAIN, 2);
	refused(0);
	taken(1);
	finish_count(&e, &rules, now);
	ck_assert_uint_eq(reload(), 2);
	/* Entered after an attempt of the submitter's. */
	queued("joe@example.org", PLAIN, 2);
	ck_assert_int_eq(store_remove(&s, &e, STORE_ACTIVE, &o), 0);
	refused(0);
	taken(1);
	finish_count(&e, &rules, now);
	entry_id(e.id);
	ck_assert_int_eq(store_enter(&s, &e, &o), 0);
	ck_assert_uint_eq(reload(), 1);
	ck_assert(!e.envelope.rcpt[0].settled && e.envelope.rcpt[1].settled);
	ck_assert_uint_eq(e.retry.attempts, 1);
	/* The next one judges again, and tells. */
	refused(0);
	ck_assert_int_eq(finish(), FINISH_GONE);
	ck_assert_uint_eq(lines("bounced", ""), 1);
}
END_TEST

/* The bounce is queued, the record is not written: it comes twice, not
 * never. */
START_TEST(killed_before_record)
{
	struct buf before;
	int some;

	for (some = 0; some < 2; some++) {
		queued("joe@example.org", PLAIN, 2);
		slurp(&before);
		refused(0);
		if (some)
			greylisted(1);
		else
			taken(1);
		ck_assert_int_eq(finish(), some ? FINISH_WAITS :
		    FINISH_GONE);
		restore(&before);
		take_notice();
		has("a@example.com");
		forget();
		ck_assert_uint_eq(reload(), 2);
		refused(0);
		taken(1);
		ck_assert_int_eq(finish(), FINISH_GONE);
		take_notice();
		has("a@example.com");
		forget();
		ck_assert_uint_eq(count(STORE_ACTIVE), 0);
	}
}
END_TEST

START_TEST(killed_before_removal)
{
	struct buf b;

	queued("joe@example.org", PLAIN, 3);
	refused(0);
	taken(1);
	taken(2);
	finish_count(&e, &rules, now);
	e.envelope.rcpt[0].told = true;
	buf_init(&b, 10000);
	ck_assert_int_eq(entry_record_attempt(&e, &b), 0);
	ck_assert_int_eq(store_append(&s, &e, &b, false, &o), 0);
	buf_free(&b);
	ck_assert_uint_eq(reload(), 0);
	ck_assert(!finish_waits(&e, &rules));
	/* Nothing is left to do, and nobody is told again. */
	ck_assert_int_eq(finish_run(&s, &e, &rules, now, &o), FINISH_GONE);
	ck_assert_uint_eq(count(STORE_ACTIVE), 0);
	/* Somebody else was quicker. */
	ck_assert_int_eq(finish_run(&s, &e, &rules, now, &o), FINISH_GONE);
}
END_TEST

/* A delay notice may come twice as well. */
START_TEST(killed_after_warning)
{
	struct buf before;

	queued("joe@example.org", PLAIN, 1);
	slurp(&before);
	greylisted(0);
	now += 4 * HOUR;
	ck_assert_int_eq(finish(), FINISH_WAITS);
	restore(&before);
	take_notice();
	forget();
	ck_assert_uint_eq(reload(), 1);
	ck_assert(!e.retry.warned);
	greylisted(0);
	ck_assert_int_eq(finish(), FINISH_WAITS);
	take_notice();
	forget();
}
END_TEST

/* ---- Time ---- */

/* Ten days without a network, and then it is there. */
START_TEST(outage)
{
	size_t tries = 0;

	queued("joe@example.org", PLAIN, 2);
	rules.retry.warn_after = 0;
	for (; now < T0 + 10 * DAY; now = e.next, tries++) {
		unreached(0);
		unreached(1);
		ck_assert_int_eq(finish(), FINISH_WAITS);
		ck_assert_int_gt(e.next, now);
		ck_assert_int_le(e.next, now + MINUTE);
		if (tries % 1000 == 0)
			ck_assert_uint_eq(reload(), 2);
	}
	ck_assert_uint_ge(tries, 10 * DAY / MINUTE);
	ck_assert_uint_eq(count(STORE_ACTIVE), 1);
	ck_assert_uint_eq(count(STORE_FAILED), 0);
	ck_assert_int_eq(e.retry.answered, 0);
	taken(0);
	taken(1);
	ck_assert_int_eq(finish(), FINISH_GONE);
}
END_TEST

/* Five days of answers, for two of three. */
START_TEST(expired)
{
	enum finish_end end = FINISH_WAITS;

	queued("joe@example.org", PLAIN, 3);
	rules.retry.warn_after = 0;
	taken(1);
	while (end == FINISH_WAITS) {
		greylisted(0);
		settle(2, FAULT_DELAY, STAGE_RCPT, 452, "what: 452 Full");
		end = finish();
		if (end == FINISH_WAITS) {
			ck_assert_uint_eq(reload(), 2);
			ck_assert_int_lt(now, T0 + 5 * DAY);
			now = e.next;
		}
	}
	ck_assert_int_eq(end, FINISH_GONE);
	ck_assert_int_ge(now, T0 + 5 * DAY);
	ck_assert_int_lt(now, T0 + 5 * DAY + 2 * HOUR);
	take_notice();
	has("rfc822; a@example.com\r\nAction: failed\r\nStatus: 4.4.7\r\n");
	has("rfc822; c@example.com\r\nAction: failed\r\nStatus: 4.4.7\r\n");
	has("451 Come again");
	has("452 Full");
	has("because time ran out");
	lacks("b@example.com");
	forget();
	ck_assert_uint_eq(lines("expired", "2 recipients"), 1);
	ck_assert_uint_eq(lines("bounced", ""), 0);
	ck_assert_uint_eq(count(STORE_ACTIVE), 0);
}
END_TEST

/* A crash while it expires: judged again, and told. */
START_TEST(expired_unrecorded)
{
	struct buf before;

	queued("joe@example.org", PLAIN, 1);
	e.retry.answered = 5 * DAY - 10;
	rules.retry.warn_after = 0;
	greylisted(0);
	ck_assert_int_eq(finish(), FINISH_WAITS);
	ck_assert_uint_eq(reload(), 1);
	slurp(&before);
	now += 10;
	greylisted(0);
	finish_count(&e, &rules, now);
	ck_assert_uint_eq(entry_waiting(&e), 0);
	ck_assert(!e.envelope.rcpt[0].told);
	restore(&before);
	ck_assert_uint_eq(reload(), 1);
	greylisted(0);
	ck_assert_int_eq(finish(), FINISH_GONE);
	take_notice();
	has("4.4.7");
	forget();
}
END_TEST

START_TEST(held_too_long)
{
	queued("joe@example.org", PLAIN, 2);
	held_for(30);
	unreached(0);
	taken(1);
	ck_assert_int_eq(finish(), FINISH_FAILED);
	ck_assert_uint_eq(count(STORE_ACTIVE), 0);
	ck_assert(is_in(STORE_FAILED, 1));
	ck_assert_uint_eq(lines("failed", "held for 30 days"), 1);
	ck_assert_uint_eq(lines("failed", "to=a@example.com"), 1);
	ck_assert_uint_eq(lines("failed", "cannot connect"), 1);
	ck_assert_uint_eq(lines("warned", ""), 0);
}
END_TEST

/* Attempts until it is given up; how many. */
static size_t
until_failed(int64_t pause)
{
	enum finish_end end = FINISH_WAITS;
	size_t n = 0;

	for (; end == FINISH_WAITS; now += pause, n++) {
		unreached(0);
		end = finish();
		if (end == FINISH_WAITS)
			ck_assert_uint_eq(reload(), 1);
		ck_assert_uint_lt(n, 1000);
	}
	ck_assert_int_eq(end, FINISH_FAILED);
	ck_assert_uint_eq(count(STORE_ACTIVE), 0);
	return n;
}

/* Arrived at 0:00, tried every hour, and only every 20 days. */
START_TEST(held_and_counted)
{
	queued("joe@example.org", PLAIN, 1);
	rules.retry.warn_after = 0;
	ck_assert_uint_eq(until_failed(HOUR), 30 * 24 + 1);
	ck_assert_uint_eq(lines("failed", "held for 30 days"), 1);
	queued("joe@example.org", PLAIN, 1);
	now += 20 * DAY;
	ck_assert_uint_eq(until_failed(20 * DAY), 2);
	ck_assert_uint_eq(lines("failed", "held for 30 days"), 1);
}
END_TEST

/* Mail of 2006 on a machine whose clock is set once it has a network. */
START_TEST(clock_set_late)
{
	now = T0 - 20 * 365 * DAY;
	queued("joe@example.org", PLAIN, 1);
	rules.retry.warn_after = 0;
	now = T0;
	unreached(0);
	ck_assert_int_eq(finish(), FINISH_WAITS);
	ck_assert_uint_eq(reload(), 1);
	ck_assert_int_eq(e.retry.held, 15 * DAY);
	ck_assert_int_le(e.next, now + MINUTE);
	/* There and back again. */
	now -= 20 * 365 * DAY;
	unreached(0);
	ck_assert_int_eq(finish(), FINISH_WAITS);
	ck_assert_int_eq(e.retry.held, 15 * DAY);
	now += HOUR;
	ck_assert_uint_eq(until_failed(HOUR), 15 * 24);
	/* All that happened after its arrival, for the first attempt. */
	now = T0;
	queued("joe@example.org", PLAIN, 1);
	now += 20 * 365 * DAY;
	taken(0);
	ck_assert_int_eq(finish(), FINISH_GONE);
}
END_TEST

START_TEST(held_and_told)
{
	queued("joe@example.org", PLAIN, 3);
	held_for(31);
	rules.bounce_to = "admin@example.org";
	unreached(0);
	settle(1, FAULT_LOGIN, STAGE_AUTH, 535, "AUTH: 535 No");
	taken(2);
	ck_assert_int_eq(finish(), FINISH_FAILED);
	/* Released, it would be tried again. */
	ck_assert(is_in(STORE_FAILED, 2));
	take_notice();
	ck_assert_str_eq(notice.envelope.rcpt[0].address,
	    "admin@example.org");
	has("a@example.com");
	has("b@example.com");
	has("4.4.7");
	lacks("c@example.com");
	ck_assert_uint_eq(lines("failed", notice.id), 1);
	forget();
	/* A notice of ours: to nobody. */
	now = T0;
	queued("", PLAIN, 1);
	held_for(31);
	unreached(0);
	ck_assert_int_eq(finish(), FINISH_FAILED);
	ck_assert_uint_eq(count(STORE_ACTIVE), 0);
	ck_assert_uint_eq(count(STORE_FAILED), 2);
}
END_TEST

/* One refused, one held: the sender knows of the first, failed/ has both. */
START_TEST(held_and_refused)
{
	queued("joe@example.org", PLAIN, 2);
	held_for(31);
	refused(0);
	unreached(1);
	ck_assert_int_eq(finish(), FINISH_FAILED);
	take_notice();
	ck_assert_str_eq(notice.envelope.rcpt[0].address, "joe@example.org");
	has("a@example.com");
	lacks("rfc822; b@example.com");
	forget();
	ck_assert(is_in(STORE_FAILED, 1));
}
END_TEST

START_TEST(warned_once)
{
	queued("joe@example.org", PLAIN, 3);
	taken(2);
	for (; now < T0 + DAY; now = e.next) {
		greylisted(0);
		unreached(1);
		ck_assert_int_eq(finish(), FINISH_WAITS);
		ck_assert(e.retry.warned == (now >= T0 + 4 * HOUR));
		ck_assert_uint_eq(reload(), 2);
	}
	ck_assert_uint_eq(lines("warned", "2 recipients"), 1);
	take_notice();
	ck_assert_str_eq(notice.envelope.sender, "");
	ck_assert_str_eq(notice.envelope.rcpt[0].address, "joe@example.org");
	has("Subject: Your message is delayed\r\n");
	has("rfc822; a@example.com\r\nAction: delayed\r\n");
	has("rfc822; b@example.com\r\nAction: delayed\r\n");
	has("Will-Retry-Until: ");
	lacks("c@example.com");
	forget();
}
END_TEST

START_TEST(warns_nobody)
{
	queued("", PLAIN, 1);
	greylisted(0);
	now += 5 * HOUR;
	ck_assert_int_eq(finish(), FINISH_WAITS);
	ck_assert_uint_eq(count(STORE_ACTIVE), 1);
	ck_assert_uint_eq(reload(), 1);
	ck_assert(e.retry.warned);
	ck_assert_uint_eq(lines("warned", ""), 0);
	ck_assert_uint_eq(lines("not-warned", ""), 0);
}
END_TEST

/* Until when: what stands still is tried until max-hold, what is answered
 * until it expires. */
START_TEST(until)
{
	queued("joe@example.org", PLAIN, 1);
	setenv("TZ", "UTC", 1);
	now += 5 * HOUR;
	unreached(0);
	ck_assert_int_eq(finish(), FINISH_WAITS);
	take_notice();
	has("Will-Retry-Until: Wed, 21 Oct 2026 14:13:20 +0000\r\n");
	forget();
	ck_assert_int_eq(store_remove(&s, &e, STORE_ACTIVE, &o), 0);
	now = T0;
	queued("joe@example.org", PLAIN, 1);
	now += 5 * HOUR;
	greylisted(0);
	ck_assert_int_eq(finish(), FINISH_WAITS);
	take_notice();
	has("Will-Retry-Until: Sat, 26 Sep 2026 14:13:20 +0000\r\n");
	forget();
	ck_assert_int_eq(store_remove(&s, &e, STORE_ACTIVE, &o), 0);
	/* Arrived in 2006: half of 30 days are left. */
	now = T0 - 20 * 365 * DAY;
	queued("joe@example.org", PLAIN, 1);
	now = T0;
	unreached(0);
	ck_assert_int_eq(finish(), FINISH_WAITS);
	take_notice();
	has("Will-Retry-Until: Tue, 6 Oct 2026 14:13:20 +0000\r\n");
	forget();
	ck_assert_int_eq(store_remove(&s, &e, STORE_ACTIVE, &o), 0);
	rules.retry.max_hold = rules.retry.expire = 0;
	now = T0;
	queued("joe@example.org", PLAIN, 1);
	now += 5 * HOUR;
	greylisted(0);
	ck_assert_int_eq(finish(), FINISH_WAITS);
	take_notice();
	lacks("Will-Retry-Until");
	forget();
}
END_TEST

/* ---- Too many ---- */

static enum finish_end
one_refused(const char *sender)
{
	queued(sender, PLAIN, 1);
	refused(0);
	return finish();
}

START_TEST(hourly)
{
	unsigned i;

	for (i = 0; i < TELL_HOURLY; i++, now += 10)
		ck_assert_int_eq(one_refused("joe@example.org"), FINISH_GONE);
	ck_assert_int_eq(one_refused("joe@example.org"), FINISH_FAILED);
	ck_assert_uint_eq(count(STORE_ACTIVE), TELL_HOURLY);
	ck_assert_uint_eq(count(STORE_FAILED), 1);
	ck_assert_uint_eq(lines("failed", "notices"), 1);
	/* Others are not others' fault. */
	ck_assert_int_eq(one_refused("ann@example.org"), FINISH_GONE);
	/* The first is an hour old, the second is not. */
	now = T0 + HOUR;
	ck_assert_int_eq(one_refused("joe@example.org"), FINISH_GONE);
	ck_assert_int_eq(one_refused("joe@example.org"), FINISH_FAILED);
	rules.bounce_to = "ann@example.org";
	ck_assert_int_eq(one_refused("joe@example.org"), FINISH_GONE);
	rules.bounce_to = NULL;
	rules.state = NULL;
	ck_assert_int_eq(one_refused("joe@example.org"), FINISH_GONE);
}
END_TEST

START_TEST(daily)
{
	unsigned i;

	for (i = 0; i < TELL_DAILY; i++, now += HOUR / 9)
		ck_assert_int_eq(one_refused("joe@example.org"), FINISH_GONE);
	ck_assert_int_lt(now, T0 + DAY);
	ck_assert_int_eq(one_refused("joe@example.org"), FINISH_FAILED);
	now = T0 + DAY;
	ck_assert_int_eq(one_refused("joe@example.org"), FINISH_GONE);
	ck_assert_int_eq(one_refused("joe@example.org"), FINISH_FAILED);
}
END_TEST

/* With the guard shut a delay notice is left out, for good. */
START_TEST(too_many_warnings)
{
	unsigned i;

	for (i = 0; i < TELL_HOURLY; i++)
		ck_assert_int_eq(one_refused("joe@example.org"), FINISH_GONE);
	queued("joe@example.org", PLAIN, 1);
	e.retry.arrived -= 5 * HOUR;
	greylisted(0);
	ck_assert_int_eq(finish(), FINISH_WAITS);
	ck_assert(e.retry.warned);
	ck_assert_uint_eq(count(STORE_ACTIVE), TELL_HOURLY + 1);
}
END_TEST

/* The record that the address shares with others. */
static const char *
tally_of(const char *address)
{
	static char key[20];

	snprintf(key, sizeof(key), "notices %02x",
	    crc32c(0, address, strlen(address)) & 0xff);
	return key;
}

static const char *const tallies[] = {
	"", "x", "1 2 3", "-5:-6", ":::: ", "ffffffff", "ffffffff:",
	"99999999999999999999:99999999999999999999 ",
	"1790000000x 1790000000", " , ", "0:9223372036854775807 ",
};

/* Whatever the record holds, a bounce is not lost for it. */
START_TEST(odd_tally)
{
	state_put(&state, tally_of("joe@example.org"), tallies[_i]);
	ck_assert_int_eq(one_refused("joe@example.org"), FINISH_GONE);
	ck_assert_uint_eq(count(STORE_ACTIVE), 1);
}
END_TEST

static void
fill(struct buf *b, const char *address, int64_t at, unsigned n)
{
	while (n-- > 0 && buf_printf(b, "%08x:%lld ",
	    crc32c(0, address, strlen(address)), (long long)at) == 0)
		;
}

START_TEST(full_tally)
{
	const char *key = tally_of("joe@example.org");
	struct buf b;
	char word[12];

	snprintf(word, sizeof(word), "%08x:",
	    crc32c(0, "joe@example.org", 15));
	buf_init(&b, LIMIT_STATE);
	fill(&b, "joe@example.org", T0 - HOUR - 1, 10000);
	state_put(&state, key, b.data);
	ck_assert_int_eq(one_refused("joe@example.org"), FINISH_FAILED);
	/* of another time, and others' */
	buf_clear(&b);
	fill(&b, "joe@example.org", T0 - DAY, 40);
	fill(&b, "joe@example.org", T0 + HOUR, 40);
	fill(&b, "ann@example.org", T0, 20);
	fill(&b, "joe@example.org", T0 - HOUR - 1, 99);
	state_put(&state, key, b.data);
	ck_assert_int_eq(one_refused("joe@example.org"), FINISH_GONE);
	ck_assert_int_eq(one_refused("joe@example.org"), FINISH_FAILED);
	/* full of others': the oldest makes room, and we count */
	buf_clear(&b);
	fill(&b, "joe@example.org", T0, TELL_HOURLY - 1);
	fill(&b, "ann@example.org", T0, 10000);
	state_put(&state, key, b.data);
	ck_assert_int_eq(one_refused("joe@example.org"), FINISH_GONE);
	ck_assert(state_get(&state, key, &b));
	ck_assert_uint_ge(b.len, LIMIT_STATE - 40);
	ck_assert_ptr_nonnull(strstr(b.data + b.len - 20, word));
	buf_free(&b);
}
END_TEST

/* However many addresses there are, the records are not. */
START_TEST(many_tallies)
{
	char address[40], command[200];
	unsigned i;
	FILE *p;

	for (i = 0; i < 600; i++) {
		snprintf(address, sizeof(address), "u%u@example.org", i);
		ck_assert_int_eq(one_refused(address), FINISH_GONE);
	}
	snprintf(command, sizeof(command), "ls '%s/state' | wc -l", top);
	p = popen(command, "r");
	ck_assert_ptr_nonnull(p);
	ck_assert_int_eq(fscanf(p, "%u", &i), 1);
	pclose(p);
	ck_assert_uint_gt(i, 100);
	ck_assert_uint_le(i, 256);
}
END_TEST

/* ---- What cannot be done ---- */

START_TEST(no_record)
{
	int fd;

	queued("joe@example.org", PLAIN, 1);
	greylisted(0);
	fd = e.message.fd;
	e.message.fd = open("/dev/null", O_RDONLY);
	ck_assert_int_eq(finish(), FINISH_ERROR);
	ck_assert_int_eq(o.fault, FAULT_OS);
	ck_assert_str_ne(o.text, "");
	close(e.message.fd);
	e.message.fd = fd;
	ck_assert_uint_eq(reload(), 1);
	ck_assert_uint_eq(e.retry.attempts, 0);
}
END_TEST

/* Where it goes to is something already: it stays. */
START_TEST(no_move)
{
	char name[200];

	queued("", PLAIN, 1);
	refused(0);
	snprintf(name, sizeof(name), "%s/failed/%s", top, e.id);
	ck_assert_int_eq(mkdir(name, 0700), 0);
	ck_assert_int_eq(finish(), FINISH_ERROR);
	ck_assert_str_ne(o.text, "");
	ck_assert_uint_eq(lines("failed", ""), 0);
	ck_assert_uint_eq(reload(), 1);
	rmdir(name);
	refused(0);
	ck_assert_int_eq(finish(), FINISH_FAILED);
}
END_TEST

START_TEST(no_removal)
{
	struct store t = s;

	queued("joe@example.org", PLAIN, 1);
	taken(0);
	t.dirfd = open("/dev/null", O_RDONLY);
	finish_count(&e, &rules, now);
	ck_assert_int_eq(finish_run(&t, &e, &rules, now, &o), FINISH_ERROR);
	close(t.dirfd);
	ck_assert_uint_eq(reload(), 1);
}
END_TEST

/* No file can grow beyond that. */
static void
file_limit(rlim_t octets)
{
	const struct rlimit l = { octets, RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &l), 0);
}

/* Room for the record, but not for the notice: it comes later. */
START_TEST(no_room)
{
	queued("joe@example.org", PLAIN, 2);
	refused(0);
	taken(1);
	file_limit(1200);
	ck_assert_int_eq(finish(), FINISH_WAITS);
	ck_assert_str_ne(o.text, "");
	ck_assert_int_ge(e.next, now + MINUTE);
	ck_assert_int_le(e.next, now + HOUR);
	ck_assert_uint_eq(reload(), 1);
	ck_assert_int_ge(e.next, now + MINUTE);
	now = e.next;
	refused(0);
	ck_assert_int_eq(finish(), FINISH_WAITS);
	file_limit(RLIM_INFINITY);
	ck_assert_uint_eq(count(STORE_ACTIVE), 1);
	ck_assert_uint_eq(count(STORE_FAILED), 0);
	ck_assert_uint_eq(lines("not-bounced", "No such user"), 2);
	ck_assert_uint_eq(lines("not-bounced", "reason="), 2);
	ck_assert_uint_eq(lines("failed", ""), 0);
	ck_assert_uint_eq(reload(), 1);
	refused(0);
	ck_assert_int_eq(finish(), FINISH_GONE);
	take_notice();
	has("rfc822; a@example.com");
	forget();
	ck_assert_uint_eq(lines("bounced", ""), 1);
	ck_assert_uint_eq(count(STORE_ACTIVE), 0);
}
END_TEST

/* The same with the shortest of pauses, and a fault of the system. */
START_TEST(no_room_paced)
{
	struct store t = s;
	char *nowhere = mem_dup("/proc/nowhere");
	size_t i;

	rules.retry.max_retry = rules.retry.min_retry;
	queued("joe@example.org", PLAIN, 1);
	t.dirfd = open("/proc", O_RDONLY | O_DIRECTORY);
	t.path = nowhere;
	for (i = 0; i < 5; i++, now = e.next) {
		refused(0);
		finish_count(&e, &rules, now);
		ck_assert_int_eq(finish_run(&t, &e, &rules, now, &o),
		    FINISH_WAITS);
		ck_assert_int_eq(o.fault, FAULT_OS);
		ck_assert_int_eq(e.next, now + MINUTE);
	}
	close(t.dirfd);
	free(nowhere);
	ck_assert_uint_eq(reload(), 1);
	ck_assert_uint_eq(e.retry.attempts, 5);
}
END_TEST

/* A notice that was not sent is not counted. */
START_TEST(no_room_uncounted)
{
	unsigned i;

	for (i = 0; i < TELL_HOURLY + 5; i++) {
		queued("joe@example.org", PLAIN, 1);
		refused(0);
		file_limit(1200);
		ck_assert_int_eq(finish(), FINISH_WAITS);
		file_limit(RLIM_INFINITY);
		ck_assert_int_eq(store_remove(&s, &e, STORE_ACTIVE, &o), 0);
	}
	for (i = 0; i < TELL_HOURLY; i++)
		ck_assert_int_eq(one_refused("joe@example.org"), FINISH_GONE);
	ck_assert_int_eq(one_refused("joe@example.org"), FINISH_FAILED);
}
END_TEST

/* Room for verdicts, not for words: nobody who has it gets it again. */
START_TEST(no_room_for_words)
{
	char words[400];
	size_t i;

	queued("joe@example.org", PLAIN, 20);
	for (i = 0; i < 20; i++) {
		snprintf(words, sizeof(words), "what: 451 %0300zu", i);
		settle(i, FAULT_DELAY, STAGE_RCPT, 451, words);
	}
	taken(7);
	file_limit(1900);
	ck_assert_int_eq(finish(), FINISH_WAITS);
	ck_assert_str_eq(o.text, "");
	file_limit(RLIM_INFINITY);
	ck_assert_uint_eq(reload(), 19);
	ck_assert_uint_eq(e.retry.attempts, 1);
	ck_assert_int_gt(e.next, now);
	ck_assert_uint_eq(e.envelope.rcpt[7].verdict, VERDICT_DELIVERED);
	ck_assert_uint_eq(e.envelope.rcpt[8].code, 451);
	ck_assert_ptr_null(e.envelope.rcpt[8].text);
	/* with room again, all is noted */
	for (i = 0; i < 20; i++)
		if (i != 7)
			greylisted(i);
	ck_assert_int_eq(finish(), FINISH_WAITS);
	ck_assert_uint_eq(reload(), 19);
	ck_assert_str_eq(e.envelope.rcpt[8].text, "what: 451 Come again");
}
END_TEST

/* Out of time while there is no room: no answer, but not lost either. */
START_TEST(no_room_too_long)
{
	queued("joe@example.org", PLAIN, 1);
	held_for(30);
	e.retry.answered = 6 * DAY;
	greylisted(0);
	file_limit(1200);
	ck_assert_int_eq(finish(), FINISH_FAILED);
	file_limit(RLIM_INFINITY);
	ck_assert_uint_eq(count(STORE_ACTIVE), 0);
	ck_assert(is_in(STORE_FAILED, 1));
	ck_assert_uint_eq(lines("failed", "reason="), 1);
}
END_TEST

/* Not even for the record: as if there had been no attempt. */
START_TEST(no_room_at_all)
{
	queued("joe@example.org", PLAIN, 2);
	refused(0);
	taken(1);
	/* the log's file has less than that */
	file_limit(600);
	ck_assert_int_eq(finish(), FINISH_ERROR);
	file_limit(RLIM_INFINITY);
	ck_assert_str_ne(o.text, "");
	ck_assert_uint_eq(count(STORE_FAILED), 0);
	ck_assert_uint_eq(reload(), 2);
	ck_assert_uint_eq(e.retry.attempts, 0);
}
END_TEST

/* A delay notice that cannot be kept comes with the next attempt. */
START_TEST(no_room_to_warn)
{
	struct store t = s;
	char *nowhere = mem_dup("/proc/nowhere");

	queued("joe@example.org", PLAIN, 1);
	greylisted(0);
	now += 5 * HOUR;
	/* a spool can be had, but no name beside it */
	t.dirfd = open("/proc", O_RDONLY | O_DIRECTORY);
	t.path = nowhere;
	finish_count(&e, &rules, now);
	ck_assert_int_eq(finish_run(&t, &e, &rules, now, &o), FINISH_WAITS);
	close(t.dirfd);
	free(nowhere);
	ck_assert_uint_eq(lines("not-warned", "reason="), 1);
	ck_assert_uint_eq(count(STORE_ACTIVE), 1);
	ck_assert_uint_eq(reload(), 1);
	ck_assert(!e.retry.warned);
	greylisted(0);
	ck_assert_int_eq(finish(), FINISH_WAITS);
	ck_assert_uint_eq(count(STORE_ACTIVE), 2);
}
END_TEST

static Suite *
suite(void)
{
	Suite *x = suite_create("finish");
	TCase *t = tcase_create("finish");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, delivered);
	tcase_add_test(t, waiting);
	tcase_add_test(t, nothing_to_do);
	tcase_add_loop_test(t, pace, 0, sizeof(pauses) / sizeof(pauses[0]));
	tcase_add_test(t, pause_of_several);
	tcase_add_test(t, doubt);
	tcase_add_test(t, extremes);
	tcase_add_test(t, bounced);
	tcase_add_test(t, bounce_goes_elsewhere);
	tcase_add_test(t, null_sender);
	tcase_add_test(t, no_account);
	tcase_add_test(t, partial);
	tcase_add_test(t, untold);
	tcase_add_test(t, unwanted);
	tcase_add_test(t, unwanted_partly);
	tcase_add_test(t, whole_or_header);
	tcase_add_test(t, unwanted_warning);
	tcase_add_test(t, unwanted_held);
	tcase_add_test(t, report_kept);
	tcase_add_test(t, killed_before_bounce);
	tcase_add_test(t, killed_before_record);
	tcase_add_test(t, killed_before_removal);
	tcase_add_test(t, killed_after_warning);
	tcase_add_test(t, outage);
	tcase_add_test(t, expired);
	tcase_add_test(t, expired_unrecorded);
	tcase_add_test(t, held_too_long);
	tcase_add_test(t, held_and_counted);
	tcase_add_test(t, clock_set_late);
	tcase_add_test(t, held_and_told);
	tcase_add_test(t, held_and_refused);
	tcase_add_test(t, warned_once);
	tcase_add_test(t, warns_nobody);
	tcase_add_test(t, until);
	tcase_add_test(t, hourly);
	tcase_add_test(t, daily);
	tcase_add_test(t, too_many_warnings);
	tcase_add_loop_test(t, odd_tally, 0,
	    sizeof(tallies) / sizeof(tallies[0]));
	tcase_add_test(t, full_tally);
	tcase_add_test(t, many_tallies);
	tcase_add_test(t, no_record);
	tcase_add_test(t, no_move);
	tcase_add_test(t, no_removal);
	tcase_add_test(t, no_room);
	tcase_add_test(t, no_room_paced);
	tcase_add_test(t, no_room_uncounted);
	tcase_add_test(t, no_room_for_words);
	tcase_add_test(t, no_room_too_long);
	tcase_add_test(t, no_room_at_all);
	tcase_add_test(t, no_room_to_warn);
	suite_add_tcase(x, t);
	return x;
}

int
main(void)
{
	return unit_main(suite());
}
