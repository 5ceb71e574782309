/* SPDX-License-Identifier: ISC */
/* Passes over a queue, with real workers and a small server each account. */
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>

#include "base/clock.h"
#include "base/crc.h"
#include "base/file.h"
#include "base/mem.h"
#include "mailhost.h"
#include "queue/health.h"
#include "queue/runner.h"
#include "queue/slip.h"

#define CONTENT	"Subject: x\r\n\r\nhello\r\n"
#define END	{ NULL, 0, 0, NULL }

static char top[64], dir[100], conf[100];
static struct store s;
static struct state state;
static struct settings settings;
static struct mailhost hosts[2];
static struct runner_job job;
static struct basis basis;
static struct runner_sum sum;
static struct outcome o;

/* ---- Faults -------------------------------------------------------------- */

/* Among all our processes: which send between planner and worker fails, counted
 * down (and all behind it, if so many more). */
static struct faults {
	int	send, more;
	int	error;
} *faults;
static char unreadable[ENTRY_ID];	/* cannot be opened for writing */

ssize_t	send(int fd, const void *p, size_t n, int flags);
int	openat(int fd, const char *path, int flags, ...);
int	__openat_2(int fd, const char *path, int flags);

ssize_t
send(int fd, const void *p, size_t n, int flags)
{
	socklen_t len = sizeof(int);
	int type = 0;

	(void)getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len);
	if (type == SOCK_SEQPACKET && faults != NULL && faults->error != 0 &&
	    (__atomic_fetch_sub(&faults->send, 1, __ATOMIC_SEQ_CST) == 1 ||
	    (faults->send < 0 && faults->send >= -faults->more))) {
		errno = faults->error;
		return -1;
	}
	return syscall(SYS_sendto, fd, p, n, flags, NULL, 0);
}

int
openat(int fd, const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	if (unreadable[0] != '\0' && strcmp(path, unreadable) == 0 &&
	    (flags & O_ACCMODE) != O_RDONLY) {
		errno = EROFS;
		return -1;
	}
	return (int)syscall(SYS_openat, fd, path, flags, mode);
}

/* The same, as hardened headers call it. */
int
__openat_2(int fd, const char *path, int flags)
{
	return openat(fd, path, flags);
}

static void
setup(void)
{
	faults = mmap(NULL, sizeof(*faults), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(faults != MAP_FAILED);
	umask(077);
	strcpy(top, "/tmp/posthorn-runner.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	snprintf(dir, sizeof(dir), "%s/queue", top);
	snprintf(conf, sizeof(conf), "%s/posthorn.conf", top);
	ck_assert_int_eq(store_open(&s, dir, false, &o), 0);
	snprintf(dir, sizeof(dir), "%s/state", top);
	state_open(&state, dir);
	memset(hosts, 0, sizeof(hosts));
}

static void
teardown(void)
{
	char command[200];
	size_t i;

	for (i = 0; i < 2; i++)
		if (hosts[i].pid != 0)
			mailhost_stop(&hosts[i]);
	settings_free(&settings);
	state_close(&state);
	store_close(&s);
	snprintf(command, sizeof(command), "rm -rf '%s'", top);
	ck_assert_int_eq(system(command), 0);
}

/* Account a at the first host, b at the second, c at both; where no server
 * was started nobody listens. */
static void
configure(const char *queue)
{
	char text[2000];
	size_t i;

	for (i = 0; i < 2; i++)
		if (hosts[i].pid == 0)
			snprintf(hosts[i].path, sizeof(hosts[i].path),
			    "%.40s/none%u", top, (unsigned)i);
	snprintf(text, sizeof(text), "queue { %s }\n"
	    "account \"a\" { host = \"unix:%s\" tls = off }\n"
	    "account \"b\" { host = \"unix:%s\" tls = off }\n"
	    "account \"c\" { host = { \"unix:%s\", \"unix:%s\" } tls = off }\n",
	    queue, hosts[0].path, hosts[1].path, hosts[0].path,
	    hosts[1].path);
	ck_assert_msg(settings_parse(&settings, text, strlen(text), conf,
	    false, &o) == 0, "%s", o.text);
	memset(&job, 0, sizeof(job));
	job.store = &s;
	job.settings = &settings;
	job.state = &state;
	job.host = job.ehlo_name = "client.example.org";
	job.from_address = "MAILER-DAEMON@client.example.org";
	job.uid = getuid();
	basis_begin(&basis, &settings, false);
}

static void
enter(const char *account, time_t next, const char *config, char id[ENTRY_ID])
{
	struct entry e;

	entry_init(&e);
	entry_id(e.id);
	ck_assert_int_eq(message_open(&e.message, s.path, &o), 0);
	e.message.start = 500;
	e.message.length = strlen(CONTENT);
	e.message.body_length = 7;
	e.message.body = 514;
	ck_assert_int_eq(file_pwrite(e.message.fd, CONTENT, strlen(CONTENT),
	    500), 0);
	e.config = mem_dup(config != NULL ? config : conf);
	e.account = mem_dup(account);
	e.retry.arrived = clock_now();
	e.next = next != 0 ? next : clock_now();
	envelope_sender(&e.envelope, "joe@example.org");
	envelope_add(&e.envelope, "ann@example.org", &o);
	ck_assert_msg(store_enter(&s, &e, &o) == 0, "%s", o.text);
	if (id != NULL)
		memcpy(id, e.id, sizeof(e.id));
	store_release(&e);
}

static void
enter_many(const char *account, unsigned n)
{
	while (n-- > 0)
		enter(account, 0, NULL, NULL);
}

static size_t
left(enum store_folder where)
{
	struct store_name *names;
	size_t n;

	ck_assert_int_eq(store_list(&s, where, &names, &n, &o), 0);
	free(names);
	return n;
}

/* How often the host heard it. */
static unsigned
heard(const struct mailhost *h, const char *what)
{
	const char *p = h->log;
	unsigned n = 0;

	while ((p = strstr(p, what)) != NULL) {
		n++;
		p++;
	}
	return n;
}

static void
pass(void)
{
	ck_assert_msg(runner_pass(&job, &sum, &o) == 0, "%s", o.text);
}

/* ---- Passes -------------------------------------------------------------- */

START_TEST(test_nothing)
{
	configure("");
	pass();
	ck_assert_uint_eq(sum.seen + sum.tried + sum.waiting, 0);
	ck_assert_int_eq(sum.next, 0);
}
END_TEST

START_TEST(test_many_one_session)
{
	mailhost_start(&hosts[0], NULL);
	configure("connections = 1");
	enter_many("a", 30);
	pass();
	ck_assert_uint_eq(sum.seen, 30);
	ck_assert_uint_eq(sum.tried, 30);
	ck_assert_uint_eq(sum.delivered, 30);
	ck_assert_uint_eq(sum.waiting, 0);
	ck_assert_uint_eq(sum.reached, 1);
	ck_assert_uint_eq(left(STORE_ACTIVE), 0);
	ck_assert_uint_eq(heard(&hosts[0], " MAIL"), 30);
	ck_assert_uint_eq(heard(&hosts[0], " EHLO"), 1);
	ck_assert_uint_eq(heard(&hosts[0], " QUIT"), 1);
}
END_TEST

/* What ends sessions, and what is left after a pass. */
static const struct row {
	const char	*name;
	struct rule	 rules[3];
	unsigned	 enter, delivered, waiting, tried, connections;
} rows[] = {
	{ "MAILMAX", { { "EHLO", 0, 0, "250-h\r\n250-PIPELINING\r\n"
	    "250 LIMITS MAILMAX=3" }, END }, 7, 7, 0, 7, 3 },
	{ "421 in the middle", { { "MAIL", 1, 4, "421 enough" }, END }, 8, 8,
	    0, 8, 2 },
	{ "cut in the middle", { { "RCPT", 1, 4, NULL }, END }, 8, 8, 0, 8,
	    2 },
	{ "greylisted", { { "RCPT", 0, 0, "451 4.7.1 later" }, END }, 5, 0, 5,
	    5, 1 },
	{ "refused for good", { { "RCPT", 0, 2, "550 5.1.1 who" }, END }, 3, 2,
	    1, 3, 1 },
	/* The first is tried, and the others need not be. */
	{ "421 at once", { { "HI", 0, 0, "421 not now" }, END }, 6, 0, 6, 1,
	    1 },
	{ "hangs up", { { "HI", 0, 0, NULL }, END }, 6, 0, 6, 1, 1 },
	/* One message cannot be told from the host, three can. */
	{ "always cut at MAIL", { { "MAIL", 0, 0, NULL }, END }, 6, 0, 6, 3,
	    3 },
};

START_TEST(test_rows)
{
	const struct row *r = &rows[_i];
	unsigned hi;

	mailhost_start(&hosts[0], r->rules);
	configure("connections = 1");
	enter_many("a", r->enter);
	pass();
	hi = heard(&hosts[0], " EHLO");
	ck_assert_msg(sum.delivered == r->delivered, "%s: %zu delivered",
	    r->name, sum.delivered);
	ck_assert_msg(sum.tried == r->tried, "%s: %zu tried", r->name,
	    sum.tried);
	ck_assert_msg(left(STORE_ACTIVE) == r->waiting, "%s: %zu left",
	    r->name, left(STORE_ACTIVE));
	ck_assert_msg(hi == r->connections || hi == 0, "%s: %u connections",
	    r->name, hi);
	if (sum.waiting > 0)
		ck_assert_int_gt(sum.next, 0);
}
END_TEST

/* Nobody listens: one attempt, one wait for all; not tried before it is over,
 * unless forced; then one goes first. */
START_TEST(test_down)
{
	struct health h;

	configure("min-retry = 60s");
	enter_many("a", 5);
	pass();
	ck_assert_uint_eq(sum.tried, 1);
	ck_assert_uint_eq(sum.unreachable, 1);
	ck_assert_uint_eq(sum.reached, 0);
	ck_assert_uint_eq(sum.waiting, 5);
	ck_assert_int_gt(sum.next, clock_now() + 30);
	health_load(&h, &state, &settings.accounts[0],
	    &settings.accounts[0].hosts[0]);
	ck_assert_uint_eq(h.failures, 1);
	pass();
	ck_assert_uint_eq(sum.tried, 0);
	ck_assert_uint_eq(sum.unreachable, 0);
	job.force = true;
	pass();
	ck_assert_uint_eq(sum.tried, 1);
	job.force = false;
	clock_shift(70);
	pass();
	clock_shift(-70);
	ck_assert_uint_eq(sum.tried, 1);
	ck_assert_uint_eq(left(STORE_ACTIVE), 5);
}
END_TEST

START_TEST(test_one_dead_account)
{
	mailhost_start(&hosts[1], NULL);
	configure("");
	enter_many("a", 5);
	enter_many("b", 5);
	pass();
	ck_assert_uint_eq(sum.delivered, 5);
	ck_assert_uint_eq(sum.tried, 6);
	ck_assert_uint_eq(sum.waiting, 5);
	ck_assert_uint_eq(heard(&hosts[1], " MAIL"), 5);
}
END_TEST

/* The first host of two is dead: the second has all, and no attempt failed. */
START_TEST(test_second_host)
{
	mailhost_start(&hosts[1], NULL);
	configure("connections = 1");
	enter_many("c", 5);
	pass();
	ck_assert_uint_eq(sum.delivered, 5);
	ck_assert_uint_eq(sum.tried, 5);
	ck_assert_uint_eq(sum.waiting, 0);
	ck_assert_uint_eq(sum.unreachable, 1);
	ck_assert_uint_eq(sum.reached, 1);
}
END_TEST

/* What the first delays the second may take. */
START_TEST(test_other_host_takes)
{
	static const struct rule grey[] = { { "RCPT", 0, 0, "451 later" },
		END };

	mailhost_start(&hosts[0], grey);
	mailhost_start(&hosts[1], NULL);
	configure("connections = 1");
	enter_many("c", 1);
	pass();
	ck_assert_uint_eq(sum.delivered, 1);
	ck_assert_uint_eq(left(STORE_ACTIVE), 0);
	ck_assert_uint_eq(heard(&hosts[1], " MAIL"), 1);
}
END_TEST

START_TEST(test_whose)
{
	char id[ENTRY_ID];
	struct entry e;

	mailhost_start(&hosts[0], NULL);
	configure("");
	enter("a", 0, "/etc/other.conf", NULL);
	enter("a", clock_now() + 600, NULL, NULL);
	enter("a", 0, NULL, id);
	/* Somebody is at it. */
	ck_assert_int_eq(store_load(&s, STORE_ACTIVE, id, &e, &o),
	    STORE_LOADED);
	pass();
	ck_assert_uint_eq(sum.tried, 0);
	ck_assert_uint_eq(sum.seen, 2);
	ck_assert_uint_eq(sum.waiting, 2);
	ck_assert_int_le(sum.next, clock_now() + 15);
	store_release(&e);
	job.uid = getuid() + 1;
	pass();
	ck_assert_uint_eq(sum.seen, 0);
	job.all = true;
	pass();
	ck_assert_uint_eq(sum.delivered, 1);
	/* Forced, and written before the clock was set back. */
	job.force = true;
	pass();
	ck_assert_uint_eq(sum.delivered, 1);
	job.force = false;
	enter("a", clock_now() + 40 * 86400, NULL, NULL);
	pass();
	ck_assert_uint_eq(sum.delivered, 1);
	ck_assert_uint_eq(left(STORE_ACTIVE), 1);
}
END_TEST

START_TEST(test_selectors)
{
	char id[ENTRY_ID];
	struct selector sel = { 'I', false, id };

	mailhost_start(&hosts[0], NULL);
	configure("");
	enter_many("a", 3);
	enter("a", 0, NULL, id);
	job.selectors = &sel;
	job.selectors_n = 1;
	pass();
	ck_assert_uint_eq(sum.seen, 1);
	ck_assert_uint_eq(sum.delivered, 1);
	sel = (struct selector){ 'R', false, "nobody" };
	pass();
	ck_assert_uint_eq(sum.seen, 0);
	sel = (struct selector){ 'R', true, "nobody" };
	pass();
	ck_assert_uint_eq(sum.delivered, 3);
}
END_TEST

START_TEST(test_held)
{
	char id[ENTRY_ID];
	struct entry e;

	mailhost_start(&hosts[0], NULL);
	configure("");
	enter("a", 0, NULL, id);
	ck_assert_int_eq(store_load(&s, STORE_ACTIVE, id, &e, &o),
	    STORE_LOADED);
	ck_assert_int_eq(store_move(&s, &e, STORE_ACTIVE, STORE_HOLD, &o), 0);
	store_release(&e);
	pass();
	ck_assert_uint_eq(sum.seen, 0);
	job.held = true;
	pass();
	ck_assert_uint_eq(sum.delivered, 1);
	ck_assert_uint_eq(left(STORE_HOLD), 0);
}
END_TEST

START_TEST(test_account_gone)
{
	struct entry e;
	char id[ENTRY_ID];

	mailhost_start(&hosts[0], NULL);
	configure("");
	enter("nobody", 0, NULL, id);
	enter("a", 0, NULL, NULL);
	pass();
	ck_assert_uint_eq(sum.delivered, 1);
	ck_assert_uint_eq(sum.tried, 2);
	ck_assert_uint_eq(sum.waiting, 1);
	ck_assert_uint_eq(heard(&hosts[0], " MAIL"), 1);
	ck_assert_int_eq(store_peek(&s, STORE_ACTIVE, id, &e, &o),
	    STORE_LOADED);
	ck_assert_uint_eq(e.retry.attempts, 1);
	ck_assert_int_eq(e.envelope.rcpt[0].fault, FAULT_CONFIG);
	ck_assert_ptr_nonnull(strstr(e.envelope.rcpt[0].text, "nobody"));
	store_release(&e);
}
END_TEST

START_TEST(test_damaged)
{
	char id[ENTRY_ID], path[200];

	mailhost_start(&hosts[0], NULL);
	configure("");
	enter("a", 0, NULL, id);
	snprintf(path, sizeof(path), "%s/%s", s.path, id);
	ck_assert_int_eq(truncate(path, 100), 0);
	enter_many("a", 2);
	pass();
	ck_assert_uint_eq(sum.delivered, 2);
	ck_assert_uint_eq(left(STORE_ACTIVE), 0);
	ck_assert_uint_eq(left(STORE_FAILED), 1);
}
END_TEST

/* Asked for in any case: each once, however long that takes, and what comes
 * meanwhile when it is due. */
START_TEST(test_forced_once)
{
	static const struct rule slow[] = { { "RCPT", 0, 0, "$ sleep 0.3" },
		{ NULL, 0, 0, NULL } };
	static const struct rule grey[] = { { "RCPT", 0, 0, "451 later" },
		{ "MAIL", 5, 0, "$ sleep 0.4" }, { NULL, 0, 0, NULL } };
	int i;

	mailhost_start(&hosts[0], grey);
	mailhost_start(&hosts[1], slow);
	configure("min-retry = 1s max-retry = 1h connections = 1");
	/* Greylisted for longer than it will take. */
	enter_many("a", 6);
	job.force = true;
	for (i = 0; i < 4; i++)
		pass();
	ck_assert_uint_eq(heard(&hosts[0], "RCPT"), 24);
	for (i = 0; i < 6; i++)
		enter("b", clock_now() + 1800, NULL, NULL);
	job.basis = &basis;
	pass();
	ck_assert_uint_eq(sum.tried, 12);
	ck_assert_uint_eq(sum.delivered, 6);
	ck_assert_uint_eq(heard(&hosts[0], "RCPT"), 30);
	ck_assert_uint_eq(heard(&hosts[1], "RCPT"), 6);
	ck_assert_uint_eq(sum.waiting, 6);
}
END_TEST

/* ---- What fails ---------------------------------------------------------- */

/* As many files as may be open anyway, and `free` more; in a child. */
static void
few_files(rlim_t more)
{
	struct rlimit r;
	int fd = dup(0);

	ck_assert_int_ge(fd, 0);
	close(fd);
	r.rlim_cur = r.rlim_max = (rlim_t)fd + more;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &r), 0);
}

/* Fewer than there could be workers: it neither spins nor fails. */
START_TEST(test_few_files)
{
	static const rlim_t few[] = { 5, 6, 7, 8, 10, 14, 20 };
	size_t i;
	int status;
	pid_t pid;

	mailhost_start(&hosts[0], NULL);
	mailhost_start(&hosts[1], NULL);
	configure("min-retry = 1s");
	for (i = 0; i < sizeof(few) / sizeof(few[0]); i++) {
		enter_many("a", 12);
		enter_many("b", 2);
		pid = fork();
		if (pid == 0) {
			alarm(10);
			few_files(few[i]);
			_exit(runner_pass(&job, &sum, &o) == 0 &&
			    sum.tried + sum.unread + sum.alone > 0 ? 0 : 1);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_msg(status == 0, "%u files: status %x",
		    (unsigned)few[i], (unsigned)status);
		if (few[i] >= 14)
			ck_assert_uint_eq(left(STORE_ACTIVE), 0);
		clock_shift(61);
		pass();
		ck_assert_uint_eq(left(STORE_ACTIVE), 0);
	}
}
END_TEST

/* Not a single worker: that is said. */
START_TEST(test_alone)
{
	int status;
	pid_t pid;

	configure("");
	enter_many("a", 1);
	pid = fork();
	if (pid == 0) {
		alarm(10);
		few_files(2);
		_exit(runner_pass(&job, &sum, &o) < 0 || !sum.alone ||
		    sum.waiting != 1 || sum.tried != 0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

/* Whichever word between planner and worker gets lost, and all behind it: the
 * pass ends, and the next one finds all that is left. */
START_TEST(test_mute)
{
	static const struct rule count[] = { { ".", 0, 0, "$ echo taken" },
		{ NULL, 0, 0, NULL } };
	static const int more[] = { 0, 1, 2, 1000 };
	unsigned i;

	mailhost_start(&hosts[0], count);
	configure("connections = 2 min-retry = 1s");
	for (i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		enter_many("a", 4);
		faults->send = _i;
		faults->more = more[i];
		faults->error = _i % 2 == 0 ? ENOBUFS : EPIPE;
		pass();
		faults->error = 0;
		ck_assert_uint_eq(sum.stopped + sum.unread, 0);
		clock_shift(5);
		pass();
		ck_assert_uint_eq(left(STORE_ACTIVE), 0);
	}
	ck_assert_uint_eq(heard(&hosts[0], "taken"), 16);
}
END_TEST

/* A file that cannot be read is counted and said, and the others go. */
START_TEST(test_unread)
{
	char id[ENTRY_ID];

	mailhost_start(&hosts[0], NULL);
	configure("");
	enter_many("a", 2);
	enter("a", 0, NULL, id);
	memcpy(unreadable, id, sizeof(unreadable));
	pass();
	unreadable[0] = '\0';
	ck_assert_uint_eq(sum.delivered, 2);
	ck_assert_uint_eq(sum.unread, 1);
	ck_assert_uint_eq(sum.waiting, 1);
	ck_assert_ptr_nonnull(strstr(sum.why, id));
	ck_assert_ptr_nonnull(strstr(sum.why, "Read-only"));
	ck_assert_int_gt(sum.next, clock_now() + 50);
	pass();
	ck_assert_uint_eq(sum.delivered, 1);
	ck_assert_uint_eq(sum.unread, 0);
	ck_assert_str_eq(sum.why, "");
}
END_TEST

/* What somebody else works on is looked at again as soon as min-retry says. */
START_TEST(test_busy)
{
	char id[ENTRY_ID];
	struct entry e;

	configure("min-retry = 2s");
	enter("a", 0, NULL, id);
	ck_assert_int_eq(store_load(&s, STORE_ACTIVE, id, &e, &o),
	    STORE_LOADED);
	pass();
	store_release(&e);
	ck_assert_uint_eq(sum.passed, 1);
	ck_assert_uint_eq(sum.tried, 0);
	ck_assert_int_le(sum.next, clock_now() + 2);
}
END_TEST

/* No descriptor for signals: they do what they did. */
START_TEST(test_watch_none)
{
	struct watch w;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		signal(SIGTERM, SIG_DFL);
		few_files(0);
		watch_open(&w);
		if (w.fd >= 0)
			_exit(1);
		kill(getpid(), SIGTERM);
		sleep(1);
		_exit(2);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM,
	    "status %x", (unsigned)status);
}
END_TEST

/* ---- Signals, and the runner that stays ---------------------------------- */

/* A pass in a child, which gets a signal once the host has heard something. */
START_TEST(test_signal)
{
	static const struct rule slow[] = { { ".", 1, 2, "$ sleep 0.4" },
		END };
	int status;
	pid_t pid;

	mailhost_start(&hosts[0], slow);
	configure("connections = 1");
	enter_many("a", 10);
	pid = fork();
	if (pid == 0) {
		if (runner_pass(&job, &sum, &o) < 0 || !sum.stopped)
			_exit(1);
		_exit(sum.waiting + sum.delivered == 10 ? 0 : 2);
	}
	while (heard(&hosts[0], "RCPT") < 2)
		usleep(10000);
	kill(pid, SIGTERM);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "status %x", (unsigned)status);
	ck_assert_uint_ge(left(STORE_ACTIVE), 7);
	pass();
	ck_assert_uint_eq(left(STORE_ACTIVE), 0);
}
END_TEST

/* The signal goes to all of them, and the answer is waited for; another one
 * later ends it whatever it waits for. */
static int
stopped_twice(useconds_t between)
{
	int status;
	pid_t pid;

	configure("connections = 1");
	enter_many("a", 3);
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		if (runner_pass(&job, &sum, &o) < 0 || !sum.stopped)
			_exit(100);
		_exit((int)sum.delivered);
	}
	while (heard(&hosts[0], "RCPT") < 1)
		usleep(10000);
	usleep(200000);
	kill(-pid, SIGTERM);
	usleep(between);
	kill(-pid, SIGINT);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status), "status %x", (unsigned)status);
	return WEXITSTATUS(status);
}

START_TEST(test_signal_group)
{
	static const struct rule slow[] = { { ".", 0, 1, "$ sleep 1.5" },
		END };

	mailhost_start(&hosts[0], slow);
	ck_assert_int_eq(stopped_twice(0), 1);
	ck_assert_uint_eq(left(STORE_ACTIVE), 2);
	pass();
	ck_assert_uint_eq(left(STORE_ACTIVE), 0);
}
END_TEST

START_TEST(test_signal_again)
{
	static const struct rule slow[] = { { ".", 0, 1, "$ sleep 8" }, END };
	int64_t begin = clock_ms();

	mailhost_start(&hosts[0], slow);
	ck_assert_int_eq(stopped_twice(800000), 0);
	ck_assert_int_lt(clock_ms() - begin, 5000);
	ck_assert_uint_eq(left(STORE_ACTIVE), 3);
}
END_TEST

/* There is no session yet: there is nothing to wait for. */
START_TEST(test_signal_unopened)
{
	static const struct rule slow[] = { { "HI", 0, 1, "$ sleep 8" }, END };
	int64_t begin = clock_ms();
	int status;
	pid_t pid;

	mailhost_start(&hosts[0], slow);
	configure("");
	enter_many("a", 3);
	pid = fork();
	if (pid == 0) {
		if (runner_pass(&job, &sum, &o) < 0 || !sum.stopped)
			_exit(1);
		_exit(sum.waiting == 3 && sum.tried == 0 ? 0 : 2);
	}
	usleep(500000);
	kill(pid, SIGTERM);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(status == 0, "status %x", (unsigned)status);
	ck_assert_int_lt(clock_ms() - begin, 3000);
}
END_TEST

START_TEST(test_watch)
{
	struct watch w;

	watch_open(&w);
	ck_assert(!watch_stopped(&w) && !watch_hurry(&w));
	ck_assert(!watch_sleep(&w, 20));
	kill(getpid(), SIGHUP);
	ck_assert(watch_sleep(&w, 5000));
	kill(getpid(), SIGTERM);
	ck_assert(watch_stopped(&w) && !watch_hurry(&w));
	usleep(600000);
	ck_assert(!watch_hurry(&w));
	kill(getpid(), SIGINT);
	ck_assert(watch_hurry(&w) && watch_hurry(&w));
	w.again = false;
	ck_assert(!watch_hurry(&w));
	w.since -= 60000;
	ck_assert(watch_hurry(&w));
	/* What comes late does not end us either. */
	kill(getpid(), SIGINT);
	watch_close(&w);
}
END_TEST

/* Killed, its workers end as well, and the next pass has what is left. */
START_TEST(test_killed)
{
	static const struct rule slow[] = { { ".", 1, 3, "$ sleep 0.3" },
		END };
	pid_t pid;

	mailhost_start(&hosts[0], slow);
	configure("connections = 1");
	enter_many("a", 10);
	pid = fork();
	if (pid == 0) {
		(void)runner_pass(&job, &sum, &o);
		_exit(0);
	}
	while (heard(&hosts[0], "RCPT") < 3)
		usleep(10000);
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	usleep(600000);
	ck_assert_uint_ge(left(STORE_ACTIVE), 6);
	pass();
	ck_assert_uint_eq(left(STORE_ACTIVE), 0);
	/* One more if the next was begun behind the last. */
	ck_assert_uint_ge(heard(&hosts[0], " MAIL"), 10);
	ck_assert_uint_le(heard(&hosts[0], " MAIL"), 11);
}
END_TEST

START_TEST(test_linger)
{
	static const struct rule grey[] = { { "RCPT", 1, 1, "451 later" },
		END };
	bool changed;

	mailhost_start(&hosts[0], grey);
	configure("min-retry = 1s max-retry = 1s");
	job.basis = &basis;
	enter_many("a", 3);
	ck_assert(!runner_lives(&s, job.uid, job.settings->path));
	ck_assert_int_eq(runner_linger(&job, 0, &changed, &o), 0);
	ck_assert(!changed);
	ck_assert_uint_eq(left(STORE_ACTIVE), 0);
	ck_assert(!runner_lives(&s, job.uid, job.settings->path));
}
END_TEST

START_TEST(test_linger_one)
{
	char path[200];
	bool changed;
	int fd;

	configure("");
	job.basis = &basis;
	enter_many("a", 1);
	snprintf(path, sizeof(path), "%s/run/%ld-%08x", s.path, (long)job.uid,
	    crc32c(0, settings.path, strlen(settings.path)));
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	ck_assert(runner_lives(&s, job.uid, job.settings->path));
	ck_assert_int_eq(runner_linger(&job, 600, &changed, &o), 0);
	ck_assert(runner_lives(&s, job.uid, job.settings->path));
	close(fd);
	ck_assert(!runner_lives(&s, job.uid, job.settings->path));
}
END_TEST

START_TEST(test_linger_changed)
{
	static const char good[] = "account a { host = h.example.org }\n";
	int64_t begin = clock_ms();
	bool changed;
	pid_t pid;

	configure("min-retry = 1s max-retry = 1s");
	job.basis = &basis;
	enter_many("a", 2);
	pid = fork();
	if (pid == 0) {
		int fd;

		usleep(300000);
		fd = open(conf, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		usleep(2000000);	/* an empty one is none */
		_exit(file_write(fd, good, strlen(good)) != 0);
	}
	ck_assert_int_eq(runner_linger(&job, 0, &changed, &o), 0);
	ck_assert(changed);
	ck_assert_int_ge(clock_ms() - begin, 2200);
	ck_assert(!runner_lives(&s, job.uid, job.settings->path));
	ck_assert_uint_eq(left(STORE_ACTIVE), 2);
	waitpid(pid, NULL, 0);
}
END_TEST

/* ---- What a worker says -------------------------------------------------- */

START_TEST(test_slips)
{
	struct slip in = { .kind = SLIP_DONE, .id = "0123456789abcdef",
		.end = FINISH_WAITS, .next = 1700000000 }, out;
	char raw[2000];
	ssize_t n;
	size_t i, good = 0;
	int p[2];

	outcome_fail(&in.why, FAULT_DELAY, STAGE_RCPT, "words");
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, p), 0);
	ck_assert_int_eq(slip_send(p[0], &in), 0);
	n = recv(p[1], raw, sizeof(raw), MSG_PEEK);
	ck_assert_int_eq(slip_receive(p[1], &out), 1);
	ck_assert_str_eq(out.id, in.id);
	ck_assert_int_eq(out.kind, in.kind);
	ck_assert_int_eq(out.end, in.end);
	ck_assert_int_eq(out.next, in.next);
	ck_assert_str_eq(out.why.text, "words");
	/* Every octet spoiled: refused, or still sound. */
	for (i = 0; i < (size_t)n; i++) {
		raw[i] = (char)(raw[i] ^ 0xff);
		ck_assert_int_eq(send(p[0], raw, (size_t)n, 0), n);
		raw[i] = (char)(raw[i] ^ 0xff);
		if (slip_receive(p[1], &out) < 0)
			continue;
		good++;
		ck_assert(out.kind <= SLIP_OVER && out.end <= FINISH_ERROR &&
		    out.why.stage <= STAGE_QUIT && out.next >= 0);
	}
	ck_assert_uint_lt(good, (size_t)n);
	ck_assert_int_eq(send(p[0], raw, (size_t)n - 1, 0), n - 1);
	ck_assert_int_eq(slip_receive(p[1], &out), -1);
	ck_assert_int_eq(send(p[0], raw, (size_t)n + 1, 0), n + 1);
	ck_assert_int_eq(slip_receive(p[1], &out), -1);
	close(p[0]);
	ck_assert_int_eq(slip_receive(p[1], &out), 0);
	close(p[1]);
}
END_TEST

START_TEST(test_ids)
{
	char id[ENTRY_ID];
	int p[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, p), 0);
	ck_assert_int_eq(slip_take(p[1], false, id), 0);
	ck_assert_int_eq(slip_hand(p[0], "0123456789abcdef"), 0);
	ck_assert(!slip_stop(p[1]));
	ck_assert_int_eq(slip_take(p[1], true, id), 1);
	ck_assert_str_eq(id, "0123456789abcdef");
	shutdown(p[0], SHUT_WR);
	ck_assert(slip_stop(p[1]));
	ck_assert(!slip_stop(-1));
	ck_assert_int_eq(slip_take(p[1], true, id), -1);
	close(p[0]);
	ck_assert_int_eq(slip_hand(p[1], "0123456789abcdef"), -1);
	close(p[1]);
}
END_TEST

static Suite *
suite(void)
{
	Suite *su = suite_create("runner");
	TCase *c = tcase_create("runner");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_set_timeout(c, 20);
	tcase_add_test(c, test_nothing);
	tcase_add_test(c, test_many_one_session);
	tcase_add_loop_test(c, test_rows, 0,
	    (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(c, test_down);
	tcase_add_test(c, test_one_dead_account);
	tcase_add_test(c, test_second_host);
	tcase_add_test(c, test_other_host_takes);
	tcase_add_test(c, test_whose);
	tcase_add_test(c, test_selectors);
	tcase_add_test(c, test_held);
	tcase_add_test(c, test_account_gone);
	tcase_add_test(c, test_damaged);
	tcase_add_test(c, test_forced_once);
	tcase_add_test(c, test_few_files);
	tcase_add_test(c, test_alone);
	tcase_add_loop_test(c, test_mute, 1, 12);
	tcase_add_test(c, test_unread);
	tcase_add_test(c, test_busy);
	tcase_add_test(c, test_watch_none);
	tcase_add_test(c, test_signal);
	tcase_add_test(c, test_signal_group);
	tcase_add_test(c, test_signal_again);
	tcase_add_test(c, test_signal_unopened);
	tcase_add_test(c, test_watch);
	tcase_add_test(c, test_killed);
	tcase_add_test(c, test_linger);
	tcase_add_test(c, test_linger_one);
	tcase_add_test(c, test_linger_changed);
	tcase_add_test(c, test_slips);
	tcase_add_test(c, test_ids);
	suite_add_tcase(su, c);
	return su;
}

int
main(void)
{
	return unit_main(suite());
}
