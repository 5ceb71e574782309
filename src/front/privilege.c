/* SPDX-License-Identifier: ISC */
/* Makes the process's surroundings known, and drops rights. */
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "front/privilege.h"

/* Fewer than these and a delivery cannot work. */
#define LEAST_FILES	16
#define LEAST_FILE_SIZE	(1 << 20)

#define OWNER_NAME	"posthorn"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

static const int stopping[] = { SIGHUP, SIGINT, SIGTERM, SIGALRM };

static _Noreturn void
privilege_stop(int sig)
{
	static const char words[] = "posthorn: stopped by a signal before "
	    "the server said that it took the message\n";

	(void)sig;
	if (write(STDERR_FILENO, words, sizeof(words) - 1) < 0)
		_exit(EX_TEMPFAIL);
	_exit(EX_TEMPFAIL);
}

static int
privilege_descriptors(struct surroundings *s, struct outcome *o)
{
	int fd, null;

	for (fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		null = open("/dev/null", O_RDWR);
		if (null != fd)
			return outcome_errno(o, FAULT_OS, STAGE_NONE,
			    "cannot open /dev/null");
		if (fd == 0)
			s->no_input = true;
	}
	closefrom(3);
	return 0;
}

/* stopped: what those do that ask a process to end. */
static void
privilege_signals(void (*stopped)(int))
{
	struct sigaction act = { .sa_handler = SIG_DFL };
	struct itimerval none = { { 0, 0 }, { 0, 0 } };
	sigset_t empty;
	size_t i;
	int sig;

	setitimer(ITIMER_REAL, &none, NULL);
	setitimer(ITIMER_VIRTUAL, &none, NULL);
	setitimer(ITIMER_PROF, &none, NULL);
	sigemptyset(&act.sa_mask);
	for (sig = 1; sig < 32; sig++)
		sigaction(sig, &act, NULL);
	act.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &act, NULL);
	sigaction(SIGXFSZ, &act, NULL);
	act.sa_handler = stopped;
	for (i = 0; i < sizeof(stopping) / sizeof(stopping[0]); i++)
		sigaction(stopping[i], &act, NULL);
	sigemptyset(&empty);
	sigprocmask(SIG_SETMASK, &empty, NULL);
}

/* No core dumps, no ptrace, and /proc/PID is root's.  The kernel forgets it
 * whenever the effective ids change. */
static void
privilege_unseen(void)
{
#ifndef SANITIZED
	prctl(PR_SET_DUMPABLE, 0);
#endif
}

/* Soft limit to the hard one; what is left, or -1. */
static rlim_t
privilege_raise(__rlimit_resource_t what)
{
	struct rlimit r;

	if (getrlimit(what, &r) < 0)
		return RLIM_INFINITY;
	if (r.rlim_cur != r.rlim_max) {
		r.rlim_cur = r.rlim_max;
		setrlimit(what, &r);
	}
	return r.rlim_max;
}

static int
privilege_limits(struct outcome *o)
{
	struct rlimit none = { 0, 0 };
	rlim_t files = privilege_raise(RLIMIT_NOFILE);
	rlim_t size = privilege_raise(RLIMIT_FSIZE);

	privilege_raise(RLIMIT_CPU);
	setrlimit(RLIMIT_CORE, &none);
	privilege_unseen();
	if (files < LEAST_FILES)
		return outcome_fail(o, FAULT_OS, STAGE_NONE,
		    "the hard limit on open files (%lu) is too small",
		    (unsigned long)files);
	if (size < LEAST_FILE_SIZE)
		return outcome_fail(o, FAULT_OS, STAGE_NONE,
		    "the hard limit on file size (%lu) is too small",
		    (unsigned long)size);
	return 0;
}

static char *
privilege_variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? mem_dup(value) : NULL;
}

int
privilege_start(struct surroundings *s, struct outcome *o)
{
	memset(s, 0, sizeof(*s));
	s->set_id = getauxval(AT_SECURE) != 0 || getuid() != geteuid() ||
	    getgid() != getegid();
	if (privilege_descriptors(s, o) < 0)
		return -1;
	privilege_signals(privilege_stop);
	umask(077);
	s->name = privilege_variable("NAME");
	if (s->set_id) {
		privilege_environment();
	} else {
		s->config_home = privilege_variable("XDG_CONFIG_HOME");
		s->state_home = privilege_variable("XDG_STATE_HOME");
		s->credentials = privilege_variable("CREDENTIALS_DIRECTORY");
	}
	return privilege_limits(o);
}

void
privilege_environment(void)
{
	clearenv();
	setenv("PATH", "/usr/bin:/bin", 1);
	setenv("LANG", "C.UTF-8", 1);
}

/* ---- Rights -------------------------------------------------------------- */

/* Real, effective and saved; checked, since kernels were seen to say yes and
 * do nothing. */
static int
privilege_become_only(uid_t uid, gid_t gid)
{
	uid_t r, e, s;
	gid_t rg, eg, sg;

	if (setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0 ||
	    getresuid(&r, &e, &s) != 0 || getresgid(&rg, &eg, &sg) != 0)
		return -1;
	privilege_unseen();
	errno = EPERM;
	return r == uid && e == uid && s == uid && rg == gid && eg == gid &&
	    sg == gid && (uid == 0 || setuid(0) != 0) ? 0 : -1;
}

int
privilege_drop(struct outcome *o)
{
	if (privilege_become_only(getuid(), getgid()) != 0)
		return outcome_errno(o, FAULT_OS, STAGE_NONE,
		    "cannot give up rights");
	return 0;
}

int
privilege_become(uid_t uid, gid_t gid, struct outcome *o)
{
	if (setgroups(0, NULL) != 0 || privilege_become_only(uid, gid) != 0)
		return outcome_errno(o, FAULT_OS, STAGE_NONE,
		    "cannot become user %lu, group %lu", (unsigned long)uid,
		    (unsigned long)gid);
	return 0;
}

bool
privilege_owner(int dirfd, uid_t *uid, gid_t *gid)
{
	const struct passwd *pw;
	struct stat st;

	if (fstat(dirfd, &st) != 0)
		return false;
	*uid = st.st_uid;
	*gid = st.st_gid;
	if (*uid == 0 && *gid != 0) {
		pw = getpwnam(OWNER_NAME);
		if (pw != NULL)
			*uid = pw->pw_uid;
	}
	return *uid != 0;
}

int
privilege_open_as_caller(const char *path, int flags, mode_t mode)
{
	const uid_t uid = geteuid();
	const gid_t gid = getegid();
	int fd = -1, why;

	flags |= O_CLOEXEC | O_NOCTTY;
	if (uid == getuid() && gid == getgid())
		return open(path, flags, mode);
	if (setegid(getgid()) == 0 && seteuid(getuid()) == 0)
		fd = open(path, flags, mode);
	why = errno;
	if (seteuid(uid) != 0 || setegid(gid) != 0) {
		/* With rights that nobody reckons with nothing is opened. */
		why = errno;
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	privilege_unseen();
	errno = why;
	return fd;
}

/* ---- A life of its own --------------------------------------------------- */

/* Closes all from 3 on but those. */
static void
privilege_close_others(const int keep[], size_t n)
{
	int from = 3, next;
	size_t i;

	for (;;) {
		next = -1;
		for (i = 0; i < n; i++)
			if (keep[i] >= from && (next < 0 || keep[i] < next))
				next = keep[i];
		if (next < 0)
			break;
		while (from < next)
			close(from++);
		from++;
	}
	closefrom(from);
}

int
privilege_detach(const int keep[], size_t n, struct outcome *o)
{
	int fd, null;

	if (setsid() < 0 || chdir("/") != 0)
		return outcome_errno(o, FAULT_OS, STAGE_NONE,
		    "cannot leave the caller's session");
	null = open("/dev/null", O_RDWR | O_NOCTTY);
	for (fd = 0; fd <= 2 && null >= 0; fd++)
		if (dup2(null, fd) < 0)
			null = -1;
	if (null < 0)
		return outcome_errno(o, FAULT_OS, STAGE_NONE,
		    "cannot open /dev/null");
	/* Else it would write into whatever gets their numbers next. */
	log_close();
	privilege_close_others(keep, n);
	privilege_signals(SIG_DFL);
	return 0;
}

void
privilege_settled(void)
{
	struct sigaction act = { .sa_handler = SIG_IGN };
	size_t i;

	sigemptyset(&act.sa_mask);
	for (i = 0; i < sizeof(stopping) / sizeof(stopping[0]); i++)
		sigaction(stopping[i], &act, NULL);
}

void
privilege_done(struct surroundings *s)
{
	free(s->name);
	free(s->config_home);
	free(s->state_home);
	free(s->credentials);
}
