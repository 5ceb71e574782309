/* SPDX-License-Identifier: ISC */
/* Runs a program for its first line. */
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"

#define CHILD_TICK	20	/* ms between looks at a child that lingers */

/* A child under way and what it said so far. */
struct child {
	const char	*name;
	pid_t		 pid;
	int		 out, err;	/* -1: at its end */
	int		 status;
	bool		 reaped;
	struct buf	*line;
	bool		 line_done;	/* its line feed was seen */
	bool		 line_bad;	/* too long or with a NUL */
	char		 words[256];	/* the last line of 2 */
	size_t		 words_len;
	bool		 words_done;	/* the next octet begins a new line */
};

static void
child_close_from(int first)
{
	struct rlimit r;
	rlim_t n = 1024;
	int fd;

#ifdef SYS_close_range
	if (syscall(SYS_close_range, (unsigned)first, ~0u, 0u) == 0)
		return;
#endif
	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < 65536)
		n = r.rlim_cur;
	for (fd = first; fd < (int)n; fd++)
		close(fd);
}

static void
child_signals(void)
{
	struct sigaction sa = { .sa_handler = SIG_DFL };
	sigset_t none;
	int i;

	for (i = 1; i < NSIG; i++)
		sigaction(i, &sa, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the child, after fork: becomes the program, or says why not. */
static _Noreturn void
child_become(const char *const argv[], const char *const env[], int out,
    int err)
{
	static const char *const plain[] = {
		"PATH=/usr/bin:/bin", "LANG=C.UTF-8", NULL
	};
	int null = open("/dev/null", O_RDWR);

	/* Away from 0 to 2 first, so that no dup2 hits another's source. */
	null = fcntl(null, F_DUPFD, 3);
	out = fcntl(out, F_DUPFD, 3);
	err = fcntl(err, F_DUPFD, 3);
	if (null < 0 || out < 0 || err < 0 || dup2(err, 2) < 0)
		_exit(126);
	/* The caller's directory is none of its business: an interpreter
	 * would find modules there. */
	if (chdir("/") != 0 ||
	    dup2(null, 0) < 0 || dup2(out, 1) < 0 || setpgid(0, 0) != 0 ||
	    setresgid(getegid(), getegid(), getegid()) != 0 ||
	    setresuid(geteuid(), geteuid(), geteuid()) != 0) {
		perror("cannot prepare");
		_exit(126);
	}
	child_close_from(3);
	child_signals();
	environ = (char **)(env != NULL ? env : plain);
	execvp(argv[0], (char *const *)argv);
	perror("cannot start");
	_exit(127);
}

/* The output: the first line is kept, all else dropped. */
static void
child_heard(struct child *c, const char *p, size_t n)
{
	const char *lf = memchr(p, '\n', n);

	if (c->line_done)
		return;
	if (lf != NULL) {
		n = (size_t)(lf - p);
		c->line_done = true;
	}
	if (memchr(p, '\0', n) != NULL || buf_add(c->line, p, n) != 0)
		c->line_bad = true;
}

/* The complaints: the last line is kept. */
static void
child_complained(struct child *c, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i] == '\n') {
			c->words_done = true;
			continue;
		}
		if (c->words_done)
			c->words_len = 0;
		c->words_done = false;
		if (c->words_len < sizeof(c->words) - 1)
			c->words[c->words_len++] = p[i];
	}
}

/* Reads once from one of the pipes; closes it at its end. */
static void
child_read(struct child *c, int *fd,
    void (*take)(struct child *, const char *, size_t))
{
	char b[4096];
	ssize_t n = read(*fd, b, sizeof(b));

	if (n > 0)
		take(c, b, (size_t)n);
	else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
		close(*fd);
		*fd = -1;
	}
	explicit_bzero(b, sizeof(b));
}

/* Waits until something can be read, at most ms; false if nothing can. */
static bool
child_poll(struct child *c, int ms)
{
	struct pollfd p[2] = {
		{ .fd = c->out, .events = POLLIN },
		{ .fd = c->err, .events = POLLIN }
	};

	if (poll(p, 2, ms) <= 0)
		return false;
	if (p[0].revents != 0)
		child_read(c, &c->out, child_heard);
	if (p[1].revents != 0)
		child_read(c, &c->err, child_complained);
	return true;
}

/* Listens until the child is gone and what it wrote is read, or time is up:
 * then false.  A grandchild that keeps the pipes open is not waited for. */
static bool
child_listen(struct child *c, int64_t deadline)
{
	while (!c->reaped) {
		int left = clock_left(deadline);
		int tick = c->out < 0 && c->err < 0 ? 1 : CHILD_TICK;
		pid_t p;

		if (left == 0)
			return false;
		child_poll(c, left < tick ? left : tick);
		p = waitpid(c->pid, &c->status, WNOHANG);
		if (p == c->pid)
			c->reaped = true;
		else if (p < 0 && errno != EINTR) {
			c->status = 0xff00;	/* somebody else reaped it */
			c->reaped = true;
		}
	}
	while ((c->out >= 0 || c->err >= 0) && clock_left(deadline) > 0 &&
	    child_poll(c, 0))
		;
	return true;
}

static void
child_end(struct child *c)
{
	kill(-c->pid, SIGKILL);
	kill(c->pid, SIGKILL);
	while (waitpid(c->pid, &c->status, 0) < 0 && errno == EINTR)
		;
	c->reaped = true;
}

static int
child_start(struct child *c, const char *const argv[],
    const char *const env[])
{
	int out[2], err[2];

	if (pipe2(out, O_CLOEXEC) != 0)
		return -1;
	if (pipe2(err, O_CLOEXEC) != 0) {
		close(out[0]);
		close(out[1]);
		return -1;
	}
	c->pid = fork();
	if (c->pid == 0)
		child_become(argv, env, out[1], err[1]);
	close(out[1]);
	close(err[1]);
	if (c->pid < 0) {
		close(out[0]);
		close(err[0]);
		return -1;
	}
	setpgid(c->pid, c->pid);
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	fcntl(err[0], F_SETFL, O_NONBLOCK);
	c->out = out[0];
	c->err = err[0];
	return 0;
}

static int
child_fail(const struct child *c, struct outcome *o, const char *what, int n)
{
	const char *colon = c->words_len > 0 ? ": " : "";

	if (n < 0)
		return outcome_fail(o, FAULT_CONFIG, STAGE_SECRET,
		    "command %s %s%s%s", c->name, what, colon, c->words);
	return outcome_fail(o, FAULT_CONFIG, STAGE_SECRET,
	    "command %s %s %d%s%s", c->name, what, n, colon, c->words);
}

static int
child_judge(struct child *c, struct outcome *o)
{
	c->words[c->words_len] = '\0';
	if (WIFSIGNALED(c->status))
		return child_fail(c, o, "was killed by signal",
		    WTERMSIG(c->status));
	if (WEXITSTATUS(c->status) != 0)
		return child_fail(c, o, "failed with exit status",
		    WEXITSTATUS(c->status));
	if (c->line_bad)
		return child_fail(c, o, "printed a first line that is too "
		    "long or has a NUL in it", -1);
	if (c->line->len > 0 && c->line->data[c->line->len - 1] == '\r')
		c->line->data[--c->line->len] = '\0';
	if (c->line->len == 0)
		return child_fail(c, o, "printed nothing", -1);
	return 0;
}

int
child_first_line(const char *const argv[], const char *const env[],
    struct buf *line, int64_t timeout_ms, struct outcome *o)
{
	struct child c = { .name = argv[0], .line = line };
	int r;

	buf_clear(line);
	if (child_start(&c, argv, env) != 0)
		return outcome_errno(o, FAULT_CONFIG, STAGE_SECRET,
		    "command %s cannot be started", argv[0]);
	if (child_listen(&c, clock_deadline(timeout_ms)))
		r = child_judge(&c, o);
	else {
		child_end(&c);
		r = outcome_fail(o, FAULT_CONFIG, STAGE_SECRET,
		    "command %s was not done after %lld seconds", argv[0],
		    (long long)((timeout_ms + 999) / 1000));
	}
	if (c.out >= 0)
		close(c.out);
	if (c.err >= 0)
		close(c.err);
	if (r != 0)
		buf_wipe(line);
	return r;
}
