/* SPDX-License-Identifier: ISC */
/* Makes the process's surroundings known, and drops rights. */
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/mem.h"
#include "front/privilege.h"

/* Fewer than these and a delivery cannot work. */
#define LEAST_FILES	16
#define LEAST_FILE_SIZE	(1 << 20)

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

static void
privilege_signals(void)
{
	struct sigaction act = { .sa_handler = SIG_DFL };
	struct itimerval none = { { 0, 0 }, { 0, 0 } };
	sigset_t empty;
	size_t i;
	int sig;

	setitimer(ITIMER_REAL, &none, NULL);
	sigemptyset(&act.sa_mask);
	for (sig = 1; sig < 32; sig++)
		sigaction(sig, &act, NULL);
	act.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &act, NULL);
	sigaction(SIGXFSZ, &act, NULL);
	act.sa_handler = privilege_stop;
	for (i = 0; i < sizeof(stopping) / sizeof(stopping[0]); i++)
		sigaction(stopping[i], &act, NULL);
	sigemptyset(&empty);
	sigprocmask(SIG_SETMASK, &empty, NULL);
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
#ifndef SANITIZED
	prctl(PR_SET_DUMPABLE, 0);
#endif
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
	privilege_signals();
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

int
privilege_drop(struct outcome *o)
{
	gid_t gid = getgid();
	uid_t uid = getuid();

	if (setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return outcome_errno(o, FAULT_OS, STAGE_NONE,
		    "cannot give up rights");
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
