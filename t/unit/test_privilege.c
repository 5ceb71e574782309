/* SPDX-License-Identifier: ISC */
/* Surroundings made known; rights given up, lent and changed.  What changes
 * the process is done in a child, which names the line where something was
 * wrong. */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "front/privilege.h"
#include "unit.h"

#define CALLER	1234	/* user and group of who calls */
#define GROUP	4321	/* that the program has and its caller lacks */

static char top[64];
static struct outcome o;
static struct surroundings from;

static void
setup(void)
{
	strcpy(top, "/tmp/posthorn-privilege.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	ck_assert_int_eq(chmod(top, 0755), 0);
	outcome_clear(&o);
}

static void
teardown(void)
{
	char command[80];

	snprintf(command, sizeof(command), "rm -rf '%s'", top);
	ck_assert_int_eq(system(command), 0);
}

static const char *
in_top(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	return path;
}

/* A file of root and the group. */
static const char *
secret_file(const char *name, mode_t mode)
{
	const char *path = in_top(name);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fchown(fd, 0, GROUP), 0);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
	return path;
}

#define NEED(true_)	do { if (!(true_)) needed(__LINE__); } while (0)

static _Noreturn void
needed(int line)
{
	fprintf(stderr, "test_privilege.c:%d: not so: %s, %s\n", line,
	    strerror(errno), o.text);
	_exit(1);
}

/* Runs it in a child that ends it by _exit(0). */
static void
in_child(void (*act)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		act();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

/* As after a set-group-id execve. */
static void
become_caller(void)
{
	NEED(setgroups(0, NULL) == 0);
	NEED(setresgid(CALLER, GROUP, GROUP) == 0);
	NEED(setresuid(CALLER, CALLER, CALLER) == 0);
}

/* Can it be opened with the rights there are? */
static bool
opens(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* ---- Surroundings -------------------------------------------------------- */

static void
started(void)
{
	struct itimerval timer = { { 0, 0 }, { 1000, 0 } };
	struct rlimit r;
	struct sigaction sa;
	sigset_t all;
	int spare = dup(2);

	sigfillset(&all);
	NEED(sigprocmask(SIG_SETMASK, &all, NULL) == 0);
	signal(SIGCHLD, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	setitimer(ITIMER_REAL, &timer, NULL);
	setitimer(ITIMER_PROF, &timer, NULL);
	umask(0);
	NEED(getrlimit(RLIMIT_NOFILE, &r) == 0);
	r.rlim_cur = 20;
	NEED(setrlimit(RLIMIT_NOFILE, &r) == 0);
	setenv("NAME", "A. User", 1);
	setenv("XDG_CONFIG_HOME", "/conf", 1);
	setenv("XDG_STATE_HOME", "", 1);
	setenv("CREDENTIALS_DIRECTORY", "/cred", 1);
	NEED(privilege_start(&from, &o) == 0);
	NEED(!from.no_input && !from.set_id);
	NEED(fcntl(spare, F_GETFD) < 0);
	NEED(strcmp(from.name, "A. User") == 0);
	NEED(strcmp(from.config_home, "/conf") == 0);
	NEED(from.state_home == NULL);
	NEED(strcmp(from.credentials, "/cred") == 0);
	privilege_done(&from);
	NEED(umask(0) == 077);
	NEED(sigprocmask(SIG_SETMASK, NULL, &all) == 0);
	NEED(!sigismember(&all, SIGTERM) && !sigismember(&all, SIGCHLD));
	NEED(sigaction(SIGCHLD, NULL, &sa) == 0 && sa.sa_handler == SIG_DFL);
	NEED(sigaction(SIGPIPE, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN);
	NEED(sigaction(SIGXFSZ, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN);
	NEED(getitimer(ITIMER_REAL, &timer) == 0 && timer.it_value.tv_sec == 0);
	NEED(getitimer(ITIMER_PROF, &timer) == 0 && timer.it_value.tv_sec == 0);
	NEED(getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur == r.rlim_max);
	NEED(getrlimit(RLIMIT_CORE, &r) == 0 && r.rlim_max == 0);
#ifndef UNIT_ASAN
	NEED(prctl(PR_GET_DUMPABLE) == 0);
#endif
	raise(SIGTERM);
	needed(__LINE__);
}

START_TEST(starts)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		started();
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	/* TERM says 75, and not with a core. */
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 75);
}
END_TEST

static void
closed(void)
{
	struct stat a, b;

	close(0);
	close(2);
	NEED(privilege_start(&from, &o) == 0);
	NEED(from.no_input);
	NEED(stat("/dev/null", &a) == 0 && fstat(0, &b) == 0);
	NEED(a.st_rdev == b.st_rdev && fstat(2, &b) == 0);
	NEED(a.st_rdev == b.st_rdev);
}

START_TEST(closed_descriptors)
{
	in_child(closed);
}
END_TEST

static void
few_files(void)
{
	struct rlimit r = { 8, 8 };

	NEED(setrlimit(RLIMIT_NOFILE, &r) == 0);
	NEED(privilege_start(&from, &o) < 0);
	NEED(o.fault == FAULT_OS && strstr(o.text, "open files (8)") != NULL);
}

static void
small_files(void)
{
	struct rlimit r = { 1000, 1000 };

	NEED(setrlimit(RLIMIT_FSIZE, &r) == 0);
	NEED(privilege_start(&from, &o) < 0);
	NEED(o.fault == FAULT_OS && strstr(o.text, "file size (1000)"));
}

START_TEST(limits)
{
	in_child(few_files);
	in_child(small_files);
}
END_TEST

static void
set_id(void)
{
	extern char **environ;

	become_caller();
	setenv("NAME", "A. User", 1);
	setenv("XDG_CONFIG_HOME", "/conf", 1);
	setenv("CREDENTIALS_DIRECTORY", "/cred", 1);
	setenv("LD_PRELOAD", "/tmp/x.so", 1);
	setenv("SSLKEYLOGFILE", "/tmp/keys", 1);
	NEED(privilege_start(&from, &o) == 0);
	NEED(from.set_id && strcmp(from.name, "A. User") == 0);
	NEED(from.config_home == NULL && from.state_home == NULL);
	NEED(from.credentials == NULL);
	privilege_done(&from);
	NEED(strcmp(getenv("PATH"), "/usr/bin:/bin") == 0);
	NEED(strcmp(getenv("LANG"), "C.UTF-8") == 0);
	NEED(environ[2] == NULL);
}

START_TEST(set_id_environment)
{
	if (geteuid() == 0)
		in_child(set_id);
}
END_TEST

/* ---- Rights -------------------------------------------------------------- */

static void
drops(void)
{
	gid_t r, e, s;

	become_caller();
	NEED(opens(in_top("secret")));
	NEED(privilege_drop(&o) == 0);
	NEED(getresgid(&r, &e, &s) == 0);
	NEED(r == CALLER && e == CALLER && s == CALLER);
	NEED(!opens(in_top("secret")) && errno == EACCES);
	NEED(setegid(GROUP) < 0 && setgid(GROUP) < 0);
#ifndef UNIT_ASAN
	NEED(prctl(PR_GET_DUMPABLE) == 0);
#endif
}

START_TEST(dropped)
{
	if (geteuid() != 0)
		return;
	secret_file("secret", 0640);
	in_child(drops);
}
END_TEST

static void
asks(void)
{
	struct stat st;
	int fd;

	become_caller();
	umask(077);
	errno = 0;
	fd = privilege_open_as_caller(in_top("secret"), O_RDONLY, 0);
	NEED(fd == -1 && errno == EACCES);
	NEED(getegid() == GROUP && getuid() == CALLER && geteuid() == CALLER);
	NEED(opens(in_top("secret")));
	/* Below a directory that only the group may enter. */
	NEED(opens(in_top("inner/open")));
	fd = privilege_open_as_caller(in_top("inner/open"), O_RDONLY, 0);
	NEED(fd == -1 && errno == EACCES);
	fd = privilege_open_as_caller(in_top("inner/new"),
	    O_WRONLY | O_CREAT | O_EXCL, 0600);
	NEED(fd == -1 && errno == EACCES);
	fd = privilege_open_as_caller(in_top("link"), O_RDONLY, 0);
	NEED(fd == -1 && errno == EACCES);
	fd = privilege_open_as_caller(in_top("link"), O_RDONLY | O_NOFOLLOW,
	    0);
	NEED(fd == -1 && errno == ELOOP);
	fd = privilege_open_as_caller(in_top("nothing"), O_RDONLY, 0);
	NEED(fd == -1 && errno == ENOENT);
	/* What may be: of the caller's group, and closed on exec. */
	fd = privilege_open_as_caller(in_top("home/saved"),
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	NEED(fd >= 0 && fstat(fd, &st) == 0);
	NEED(st.st_uid == CALLER && st.st_gid == CALLER);
	NEED((st.st_mode & 07777) == 0600);
	NEED(fcntl(fd, F_GETFD) == FD_CLOEXEC);
	NEED(getegid() == GROUP);
#ifndef UNIT_ASAN
	NEED(prctl(PR_GET_DUMPABLE) == 0);
#endif
}

START_TEST(opened_as_caller)
{
	char to[128];

	if (geteuid() != 0)
		return;
	strcpy(to, secret_file("secret", 0640));
	ck_assert_int_eq(symlink(to, in_top("link")), 0);
	ck_assert_int_eq(mkdir(in_top("home"), 0700), 0);
	ck_assert_int_eq(chown(in_top("home"), CALLER, CALLER), 0);
	ck_assert_int_eq(mkdir(in_top("inner"), 0700), 0);
	secret_file("inner/open", 0664);
	ck_assert_int_eq(chown(in_top("inner"), 0, GROUP), 0);
	ck_assert_int_eq(chmod(in_top("inner"), 02770), 0);
	in_child(asks);
}
END_TEST

/* Without more rights than the caller has it is open(2). */
START_TEST(opened_plainly)
{
	int fd = privilege_open_as_caller(in_top("x"), O_WRONLY | O_CREAT,
	    0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	ck_assert_int_eq(privilege_open_as_caller(in_top("y"), O_RDONLY, 0),
	    -1);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

static void
becomes(void)
{
	const gid_t more[] = { 1, 2, 3 };
	uid_t r, e, s;
	gid_t rg, eg, sg;

	NEED(setgroups(3, more) == 0);
	NEED(privilege_become(CALLER, GROUP, &o) == 0);
	NEED(getresuid(&r, &e, &s) == 0 && getresgid(&rg, &eg, &sg) == 0);
	NEED(r == CALLER && e == CALLER && s == CALLER);
	NEED(rg == GROUP && eg == GROUP && sg == GROUP);
	NEED(getgroups(0, NULL) == 0);
	NEED(setuid(0) < 0 && setgid(0) < 0 && setgroups(0, NULL) < 0);
	/* And there it stays. */
	NEED(privilege_become(0, 0, &o) < 0 && o.fault == FAULT_OS);
	NEED(strstr(o.text, "cannot become user 0, group 0") != NULL);
	NEED(getuid() == CALLER && getegid() == GROUP);
#ifndef UNIT_ASAN
	NEED(prctl(PR_GET_DUMPABLE) == 0);
#endif
}

START_TEST(somebody_else)
{
	if (geteuid() == 0)
		in_child(becomes);
}
END_TEST

/* The directory's owner, or the user called posthorn when that is root. */
START_TEST(owner)
{
	const struct passwd *pw;
	uid_t uid;
	gid_t gid;
	int fd = open(top, O_RDONLY | O_DIRECTORY);

	ck_assert_int_ge(fd, 0);
	if (geteuid() == 0) {
		ck_assert(!privilege_owner(fd, &uid, &gid));
		ck_assert_int_eq(fchown(fd, 0, GROUP), 0);
		pw = getpwnam("posthorn");
		ck_assert_int_eq(privilege_owner(fd, &uid, &gid), pw != NULL);
		ck_assert_uint_eq(uid, pw != NULL ? pw->pw_uid : 0);
		ck_assert_int_eq(fchown(fd, CALLER, GROUP), 0);
		ck_assert(privilege_owner(fd, &uid, &gid));
		ck_assert_uint_eq(uid, CALLER);
		ck_assert_uint_eq(gid, GROUP);
	} else {
		ck_assert(privilege_owner(fd, &uid, &gid));
		ck_assert_uint_eq(uid, geteuid());
	}
	close(fd);
	ck_assert(!privilege_owner(fd, &uid, &gid));
}
END_TEST

/* ---- A life of its own --------------------------------------------------- */

static void
handler(int sig)
{
	(void)sig;
}

/* The descriptors there are, as bits; the one that counts them apart. */
static unsigned long
descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	const struct dirent *e;
	unsigned long bits = 0;

	NEED(d != NULL);
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' && atoi(e->d_name) != dirfd(d))
			bits |= 1ul << atoi(e->d_name);
	closedir(d);
	return bits;
}

static void
detaches(void)
{
	static const int keep[] = { 14, 5, 9 };
	struct sigaction sa;
	struct stat a, b;
	char here[64];
	sigset_t all;
	int fd;

	for (fd = 3; fd < 20; fd++)
		NEED(dup2(2, fd) == fd);
	NEED(chdir(top) == 0);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	signal(SIGTERM, handler);
	signal(SIGHUP, SIG_IGN);
	NEED(privilege_detach(keep, 3, &o) == 0);
	NEED(getsid(0) == getpid() && getpgrp() == getpid());
	NEED(strcmp(getcwd(here, sizeof(here)), "/") == 0);
	NEED(descriptors() == (7ul | 1ul << 5 | 1ul << 9 | 1ul << 14));
	NEED(stat("/dev/null", &a) == 0);
	for (fd = 0; fd <= 2; fd++)
		NEED(fstat(fd, &b) == 0 && a.st_rdev == b.st_rdev &&
		    fcntl(fd, F_GETFD) == 0);
	NEED(sigprocmask(SIG_SETMASK, NULL, &all) == 0);
	NEED(!sigismember(&all, SIGTERM) && !sigismember(&all, SIGUSR1));
	NEED(sigaction(SIGTERM, NULL, &sa) == 0 && sa.sa_handler == SIG_DFL);
	NEED(sigaction(SIGHUP, NULL, &sa) == 0 && sa.sa_handler == SIG_DFL);
	NEED(sigaction(SIGPIPE, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN);
	/* A session's leader cannot leave it. */
	NEED(privilege_detach(NULL, 0, &o) < 0 && o.fault == FAULT_OS);
}

static void
detaches_bare(void)
{
	NEED(dup2(2, 7) == 7);
	NEED(privilege_detach(NULL, 0, &o) == 0);
	NEED(descriptors() == 7ul);
}

START_TEST(detached)
{
	in_child(detaches);
	in_child(detaches_bare);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("privilege");
	TCase *t = tcase_create("privilege");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, starts);
	tcase_add_test(t, closed_descriptors);
	tcase_add_test(t, limits);
	tcase_add_test(t, set_id_environment);
	tcase_add_test(t, dropped);
	tcase_add_test(t, opened_as_caller);
	tcase_add_test(t, opened_plainly);
	tcase_add_test(t, somebody_else);
	tcase_add_test(t, owner);
	tcase_add_test(t, detached);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
