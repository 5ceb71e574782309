/* SPDX-License-Identifier: ISC */
/*
 * Runs a command and cuts it at its n-th system call, counted from the start
 * of the program (a preloaded library would miss those libc makes inside).
 *
 *	ptrace_kill [-fa1] [-o FILE] kill N COMMAND...
 *		SIGKILL in place of the n-th call
 *	ptrace_kill [-f1] [-o FILE] fail N ERROR COMMAND...
 *		the n-th call fails: ENOSPC, EIO, EMFILE, ... and is not made,
 *		unless it is close or shutdown: those are made, as the system
 *		does it.  ERROR "short": the first write from there on takes
 *		only half
 *	ptrace_kill [-f1] [-o FILE] count COMMAND...
 *
 * -f: its children, and theirs, are counted, and cut, as well: the n-th call
 * is the n-th of all of them, as they come; -a: all are killed at that call.
 * -1: whoever is left when the command ends is killed then; without it they
 * are waited for.  Into FILE (stderr without -o) goes one line of "calls N",
 * "cut yes" or "cut no" (the n-th never came, or is no write), "cut-call
 * NUMBER" of the system's table, "processes N", "NAME N" for the calls of
 * interest that were made, and "writes N N ..." for those that can be short.
 * Exits as the command does, 128 + signal if one ended it, 125 on trouble, 77
 * where calls cannot be made to fail.
 */
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <errno.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	long		 number;
	const char	*name;
} interesting[] = {
	{ SYS_fsync, "fsync" }, { SYS_fdatasync, "fdatasync" },
	{ SYS_linkat, "linkat" }, { SYS_renameat2, "renameat2" },
	{ SYS_unlinkat, "unlinkat" }, { SYS_write, "write" },
	{ SYS_pwrite64, "pwrite64" }, { SYS_ftruncate, "ftruncate" },
	{ SYS_openat, "openat" }, { SYS_sync, "sync" },
};
#define INTERESTING (sizeof(interesting) / sizeof(interesting[0]))

static const struct {
	const char	*name;
	int		 number;
} errors[] = {
	{ "ENOSPC", ENOSPC }, { "EIO", EIO }, { "EMFILE", EMFILE },
	{ "ENOMEM", ENOMEM }, { "EINTR", EINTR }, { "EDQUOT", EDQUOT },
	{ "EROFS", EROFS }, { "EACCES", EACCES }, { "EPERM", EPERM },
	{ "ENOENT", ENOENT }, { "EOPNOTSUPP", EOPNOTSUPP },
	{ "EXDEV", EXDEV }, { "ENOLCK", ENOLCK }, { "short", -1 },
};

#define SEEN	4096	/* processes, in one run */
#define WRITES	4096

enum deed { COUNT, KILL, FAIL };

struct task {
	enum deed	 deed;
	bool		 follow, all, alone;
	unsigned long	 n, calls;
	long		 cut_call;
	const char	*path;		/* of the report */
	bool		 over;		/* nobody goes on */
	pid_t		 seen[SEEN];
	size_t		 seen_n;
	int		 error;		/* -1: short */
	bool		 cut;
	pid_t		 spoiled;	/* waits for the end of its call */
	unsigned long long brk;		/* what that asked for */
	unsigned long	 made[INTERESTING];
	unsigned long	 processes;
	unsigned long	 writes[WRITES];	/* which calls are */
	size_t		 writes_n;
};

static int
die(const char *what)
{
	fprintf(stderr, "ptrace_kill: %s: %s\n", what, strerror(errno));
	exit(125);
}

#ifdef __x86_64__
/* At the entry: half of a write, or no call at all. */
static void
spoil_entry(struct task *t, pid_t pid)
{
	struct user_regs_struct r;

	if (ptrace(PTRACE_GETREGS, pid, 0, &r) != 0)
		die("registers");
	if (t->error < 0) {
		if ((r.orig_rax != SYS_write && r.orig_rax != SYS_pwrite64) ||
		    r.rdx < 2)
			return;
		r.rdx /= 2;
	} else if (r.orig_rax == SYS_brk) {
		/* It fails by the address it returns: where it was. */
		t->spoiled = pid;
		t->brk = r.rdi;
		r.rdi = 0;
	} else {
		if (r.orig_rax != SYS_close && r.orig_rax != SYS_shutdown)
			r.orig_rax = (unsigned long long)-1;
		t->spoiled = pid;
	}
	if (ptrace(PTRACE_SETREGS, pid, 0, &r) != 0)
		die("registers");
	t->cut = true;
}

static void
spoil_exit(struct task *t, pid_t pid)
{
	struct user_regs_struct r;

	if (ptrace(PTRACE_GETREGS, pid, 0, &r) != 0)
		die("registers");
	if (t->brk != 0)
		r.rdi = t->brk;
	else
		r.rax = (unsigned long long)-(long long)t->error;
	if (ptrace(PTRACE_SETREGS, pid, 0, &r) != 0)
		die("registers");
	t->spoiled = 0;
}

#define CAN_FAIL 1
#else
#define CAN_FAIL 0
static void
spoil_entry(struct task *t, pid_t pid)
{
	(void)t;
	(void)pid;
}

static void
spoil_exit(struct task *t, pid_t pid)
{
	(void)t;
	(void)pid;
}
#endif

static void
kill_all(struct task *t)
{
	size_t i;

	t->over = true;
	for (i = 0; i < t->seen_n; i++)
		kill(t->seen[i], SIGKILL);
}

/* Those that are new, and those that have ended: their number may come to be
 * somebody else's. */
static void
keep_book(struct task *t, pid_t pid, bool ended)
{
	size_t i = 0;

	while (i < t->seen_n && t->seen[i] != pid)
		i++;
	if (ended && i < t->seen_n)
		t->seen[i] = t->seen[--t->seen_n];
	else if (!ended && i == t->seen_n) {
		if (t->seen_n == SEEN)
			die("processes");
		t->seen[t->seen_n++] = pid;
		t->processes++;
	}
	if (!ended && t->over)
		kill(pid, SIGKILL);
}

/* Written when the call is cut already, in case that there is no end. */
static void
report(const struct task *t, const char *path)
{
	FILE *f = path != NULL ? fopen(path, "w") : stderr;
	size_t i;

	if (f == NULL)
		die(path);
	fprintf(f, "calls %lu\ncut %s\ncut-call %ld\nprocesses %lu\n",
	    t->calls, t->cut ? "yes" : "no", t->cut_call, t->processes);
	for (i = 0; i < INTERESTING; i++)
		if (t->made[i] > 0)
			fprintf(f, "%s %lu\n", interesting[i].name,
			    t->made[i]);
	fprintf(f, "writes");
	for (i = 0; i < t->writes_n; i++)
		fprintf(f, " %lu", t->writes[i]);
	fprintf(f, "\n");
	if (f != stderr)
		fclose(f);
}

/* A stop at the border of a call. */
static void
stop(struct task *t, pid_t pid)
{
	struct ptrace_syscall_info info;
	size_t i;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0)
		return;		/* it was killed meanwhile */
	if (info.op == PTRACE_SYSCALL_INFO_EXIT && t->spoiled == pid)
		spoil_exit(t, pid);
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	for (i = 0; i < INTERESTING; i++)
		t->made[i] += (long)info.entry.nr == interesting[i].number;
	++t->calls;
	if ((info.entry.nr == SYS_write || info.entry.nr == SYS_pwrite64) &&
	    info.entry.args[2] > 1 && t->writes_n < WRITES)
		t->writes[t->writes_n++] = t->calls;
	if (t->error < 0 ? t->calls < t->n || t->cut : t->calls != t->n)
		return;
	t->cut_call = (long)info.entry.nr;
	if (t->deed == KILL) {
		t->cut = true;
		if (t->all)
			kill_all(t);
		else
			kill(pid, SIGKILL);
	} else if (t->deed == FAIL)
		spoil_entry(t, pid);
	if (t->path != NULL)
		report(t, t->path);
}

static pid_t
start(char **command, bool follow)
{
	const long options = PTRACE_O_TRACESYSGOOD |
	    PTRACE_O_EXITKILL | (follow ? PTRACE_O_TRACEFORK |
	    PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE : 0);
	pid_t pid = fork();
	int status;

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		execvp(command[0], command);
		die(command[0]);
	}
	/* Stopped by the exec that succeeded. */
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	if (!WIFSTOPPED(status))
		exit(125);
	if (ptrace(PTRACE_SETOPTIONS, pid, 0, options) != 0 ||
	    ptrace(PTRACE_SYSCALL, pid, 0, 0) != 0)
		die("ptrace");
	return pid;
}

/* Until the last of those traced has ended; the status of the first. */
static int
watch(struct task *t, pid_t first)
{
	int status, result = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		long sig = 0;

		keep_book(t, pid, WIFEXITED(status) || WIFSIGNALED(status));
		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			if (pid == first)
				result = status;
			if (pid == first && t->alone)
				kill_all(t);
			continue;
		}
		if (WSTOPSIG(status) == (SIGTRAP | 0x80))
			stop(t, pid);
		else if (status >> 16 == 0 && WSTOPSIG(status) != SIGTRAP &&
		    WSTOPSIG(status) != SIGSTOP)
			sig = WSTOPSIG(status);
		ptrace(PTRACE_SYSCALL, pid, 0, sig);
	}
	return result;
}

static int
usage(void)
{
	fprintf(stderr, "usage: ptrace_kill [-fa1] [-o FILE] kill N | "
	    "fail N ERROR | count COMMAND...\n");
	exit(125);
}

static int
error_named(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strcmp(errors[i].name, name) == 0)
			return errors[i].number;
	return usage();
}

/* Takes the words in front of the command; where it begins. */
static char **
parse(struct task *t, char **argv)
{
	const char *deed = argv[0];

	if (deed == NULL)
		usage();
	argv++;
	t->deed = strcmp(deed, "kill") == 0 ? KILL :
	    strcmp(deed, "fail") == 0 ? FAIL : COUNT;
	if (t->deed == COUNT && strcmp(deed, "count") != 0)
		usage();
	if (t->deed != COUNT) {
		if (argv[0] == NULL)
			usage();
		t->n = strtoul(*argv++, NULL, 10);
	}
	if (t->deed == FAIL) {
		if (argv[0] == NULL)
			usage();
		t->error = error_named(*argv++);
	}
	if (argv[0] == NULL)
		usage();
	return argv;
}

int
main(int argc, char **argv)
{
	static struct task t = { .deed = COUNT, .cut_call = -1 };
	int c, status;

	while ((c = getopt(argc, argv, "+fa1o:")) != -1)
		if (c == 'f')
			t.follow = true;
		else if (c == 'a')
			t.all = true;
		else if (c == '1')
			t.alone = true;
		else if (c == 'o')
			t.path = optarg;
		else
			usage();
	argv = parse(&t, argv + optind);
	if (t.deed == FAIL && !CAN_FAIL)
		return 77;
	status = watch(&t, start(argv, t.follow));
	report(&t, t.path);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
	    WEXITSTATUS(status);
}
