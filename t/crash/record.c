/* SPDX-License-Identifier: ISC */
/*
 * Runs a command, its children too, and writes down in what order it changed
 * the files below a directory, as the kernel did it.
 *
 *	record [-1] -o FILE DIRECTORY COMMAND...
 *
 * -1: ends with the command, and its children are killed then.  DIRECTORY
 * without links in it.  Exits as the command does, 125 on trouble.  One line
 * for each call that succeeded; PATH is below DIRECTORY, INODE a number, HEX
 * the octets:
 *
 *	open INODE PATH		O_CREAT: made, if it was not there
 *	temp INODE		O_TMPFILE
 *	write INODE OFFSET HEX
 *	cut INODE SIZE
 *	sync INODE
 *	syncdir PATH, syncall
 *	link INODE PATH, move OLD NEW, unlink PATH, mkdir PATH, rmdir PATH
 *	said PID HEX		to its descriptor 1
 *	in PID HEX, out PID HEX	through a socket
 *	exit PID STATUS		as of wait(2)
 *	unknown NUMBER PATH	a call that changes files in some other way
 */
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TASKS	256
#define PATHS	4096
#define OCTETS	(1u << 20)	/* of one write */

/* A process, and the call it is in. */
struct task {
	pid_t		 pid;
	long		 nr;		/* -1: none */
	uint64_t	 a[6];
	char		 path[2][PATHS];
};

/* How a call names files: the arguments, -1 for none. */
struct shape {
	long	nr;
	int	dirfd, path;		/* -2: the working directory */
	int	dirfd2, path2;
};

static const struct shape shapes[] = {
	{ SYS_openat, 0, 1, -1, -1 },
	{ SYS_mkdirat, 0, 1, -1, -1 },
	{ SYS_unlinkat, 0, 1, -1, -1 },
	{ SYS_linkat, 0, 1, 2, 3 },
	{ SYS_renameat2, 0, 1, 2, 3 },
#ifdef SYS_renameat
	{ SYS_renameat, 0, 1, 2, 3 },
#endif
#ifdef SYS_open
	{ SYS_open, -2, 0, -1, -1 },
	{ SYS_mkdir, -2, 0, -1, -1 },
	{ SYS_unlink, -2, 0, -1, -1 },
	{ SYS_rmdir, -2, 0, -1, -1 },
	{ SYS_link, -2, 0, -2, 1 },
	{ SYS_rename, -2, 0, -2, 1 },
	{ SYS_creat, -2, 0, -1, -1 },
	{ SYS_symlink, -1, -1, -2, 1 },
#endif
	{ SYS_symlinkat, -1, -1, 1, 2 },
	{ SYS_openat2, 0, 1, -1, -1 },
	{ SYS_truncate, -2, 0, -1, -1 },
};

static struct task tasks[TASKS];
static const char *top;
static size_t top_n;
static FILE *to;

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "record: %s: %s\n", what, strerror(errno));
	exit(125);
}

static void __attribute__((format(printf, 1, 2)))
say(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vfprintf(to, format, ap);
	va_end(ap);
}

static struct task *
task_of(pid_t pid)
{
	struct task *free_one = NULL;
	size_t i;

	for (i = 0; i < TASKS; i++) {
		if (tasks[i].pid == pid)
			return &tasks[i];
		if (tasks[i].pid == 0 && free_one == NULL)
			free_one = &tasks[i];
	}
	if (free_one == NULL)
		die("too many processes");
	free_one->pid = pid;
	free_one->nr = -1;
	return free_one;
}

/* ---- What is in the other process ---------------------------------------- */

static size_t
peek(pid_t pid, uint64_t from, void *room, size_t n)
{
	struct iovec here = { room, n };
	struct iovec there = { (void *)(uintptr_t)from, n };
	ssize_t k = process_vm_readv(pid, &here, 1, &there, 1, 0);

	return k < 0 ? 0 : (size_t)k;
}

static void
peek_string(pid_t pid, uint64_t from, char *room, size_t n)
{
	size_t i, k, step;

	/* Up to the end of a page, whose next need not be there. */
	for (i = 0; i < n - 1; i += k) {
		step = 4096 - (size_t)((from + i) % 4096);
		if (step > n - 1 - i)
			step = n - 1 - i;
		k = peek(pid, from + i, room + i, step);
		if (k == 0 || memchr(room + i, '\0', k) != NULL)
			break;
	}
	room[i < n - 1 && k > 0 ? i + k : i] = '\0';
	room[n - 1] = '\0';
}

static void
say_octets(pid_t pid, uint64_t from, size_t n)
{
	unsigned char *room = malloc(n > 0 ? n : 1);
	size_t i;

	if (room == NULL || n > OCTETS || peek(pid, from, room, n) != n)
		die("octets of a write");
	for (i = 0; i < n; i++)
		say("%02x", room[i]);
	free(room);
}

/* ---- Names --------------------------------------------------------------- */

/* What the descriptor is: false when it is nothing that has a name. */
static bool
descriptor(pid_t pid, int fd, char path[PATHS], struct stat *st)
{
	char link[64];
	ssize_t n;

	if (fd == AT_FDCWD)
		snprintf(link, sizeof(link), "/proc/%d/cwd", (int)pid);
	else
		snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)pid, fd);
	n = readlink(link, path, PATHS - 1);
	if (n <= 0 || stat(link, st) != 0)
		return false;
	path[n] = '\0';
	return true;
}

/* The part below the directory, "." for itself; NULL: it is elsewhere. */
static const char *
below(const char *path)
{
	if (strncmp(path, top, top_n) != 0)
		return NULL;
	if (path[top_n] == '\0')
		return ".";
	return path[top_n] == '/' ? path + top_n + 1 : NULL;
}

/* A name as it was given becomes whole, without "." in it. */
static void
resolve(pid_t pid, int dirfd, const char *name, char out[PATHS])
{
	char base[PATHS] = "", whole[2 * PATHS];
	struct stat st;
	const char *p, *q;
	size_t n = 0;

	if (name[0] != '/' && !descriptor(pid, dirfd, base, &st))
		base[0] = '\0';
	snprintf(whole, sizeof(whole), "%s%s%s", base, base[0] ? "/" : "",
	    name);
	for (p = whole; *p != '\0'; p = q) {
		while (*p == '/')
			p++;
		q = strchrnul(p, '/');
		if (q == p || (q - p == 1 && *p == '.'))
			continue;
		if (n + (size_t)(q - p) + 2 > PATHS)
			die("a long path");
		out[n++] = '/';
		memcpy(out + n, p, (size_t)(q - p));
		n += (size_t)(q - p);
	}
	out[n] = '\0';
}

static const struct shape *
shape_of(long nr)
{
	size_t i;

	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (shapes[i].nr == nr)
			return &shapes[i];
	return NULL;
}

static void
take_path(struct task *t, int which, int dirfd, int path)
{
	char name[PATHS];

	t->path[which][0] = '\0';
	if (path < 0)
		return;
	peek_string(t->pid, t->a[path], name, sizeof(name));
	/* Of descriptors: AT_EMPTY_PATH, and the links of /proc. */
	if (name[0] == '\0' || strncmp(name, "/proc/self/fd/", 14) == 0)
		snprintf(t->path[which], PATHS, "#%ld", name[0] == '\0' ?
		    (long)(int)t->a[dirfd] : strtol(name + 14, NULL, 10));
	else
		resolve(t->pid, dirfd == -2 ? AT_FDCWD : (int)t->a[dirfd],
		    name, t->path[which]);
}

/* ---- One call ------------------------------------------------------------ */

static void
on_open(struct task *t, int fd, uint64_t flags)
{
	char path[PATHS];
	struct stat st;

	if (!descriptor(t->pid, fd, path, &st) || !S_ISREG(st.st_mode))
		return;
	if ((flags & O_TMPFILE) == O_TMPFILE) {
		if (below(path) != NULL)
			say("temp %ju\n", (uintmax_t)st.st_ino);
	} else if ((flags & (O_CREAT | O_TRUNC)) != 0 &&
	    below(t->path[0]) != NULL) {
		say("open %ju %s\n", (uintmax_t)st.st_ino, below(t->path[0]));
		if ((flags & O_TRUNC) != 0)
			say("cut %ju 0\n", (uintmax_t)st.st_ino);
	}
}

static void
on_link(struct task *t)
{
	char path[PATHS];
	struct stat st;
	const char *new = below(t->path[1]);
	bool ok;

	if (new == NULL)
		return;
	if (t->path[0][0] == '#')
		ok = descriptor(t->pid, atoi(t->path[0] + 1), path, &st);
	else
		ok = lstat(t->path[0], &st) == 0;
	if (!ok)
		die("a link to nowhere");
	say("link %ju %s\n", (uintmax_t)st.st_ino, new);
}

static void
on_rename(struct task *t)
{
	const char *old = below(t->path[0]), *new = below(t->path[1]);

	if (old == NULL && new == NULL)
		return;
	if (old == NULL || new == NULL)
		say("unknown %ld %s\n", t->nr, t->path[1]);
	else
		say("move %s %s\n", old, new);
}

static off_t
position(pid_t pid, int fd)
{
	char path[64];
	long long at = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", (int)pid, fd);
	f = fopen(path, "r");
	if (f == NULL || fscanf(f, "pos: %lld", &at) != 1)
		die(path);
	fclose(f);
	return (off_t)at;
}

/* n octets of one piece, or of several where there is a vector. */
static void
say_pieces(struct task *t, bool vector, size_t n)
{
	struct iovec v;
	size_t i, k;

	if (!vector) {
		say_octets(t->pid, t->a[1], n);
		return;
	}
	for (i = 0; n > 0; i++, n -= k) {
		if (peek(t->pid, t->a[1] + i * sizeof(v), &v, sizeof(v)) !=
		    sizeof(v))
			die("a vector");
		k = v.iov_len < n ? v.iov_len : n;
		say_octets(t->pid, (uint64_t)(uintptr_t)v.iov_base, k);
	}
}

static void
on_write(struct task *t, size_t n)
{
	const bool vector = t->nr == SYS_writev || t->nr == SYS_pwritev ||
	    t->nr == SYS_pwritev2;
	const bool at = t->nr == SYS_pwrite64 || t->nr == SYS_pwritev ||
	    t->nr == SYS_pwritev2;
	const int fd = (int)t->a[0];
	char path[PATHS];
	struct stat st;

	if (!descriptor(t->pid, fd, path, &st) || n == 0)
		return;
	if (S_ISREG(st.st_mode) && below(path) != NULL)
		say("write %ju %jd ", (uintmax_t)st.st_ino, at ?
		    (intmax_t)t->a[3] :
		    (intmax_t)position(t->pid, fd) - (intmax_t)n);
	else if (S_ISSOCK(st.st_mode))
		say("out %d ", (int)t->pid);
	else if (fd == 1)
		say("said %d ", (int)t->pid);
	else
		return;
	say_pieces(t, vector, n);
	say("\n");
}

/* sendmsg and recvmsg: the vector stands in the header. */
static void
on_message(struct task *t, const char *way, size_t n)
{
	struct msghdr m;

	if (peek(t->pid, t->a[1], &m, sizeof(m)) != sizeof(m))
		die("a message");
	say("%s %d ", way, (int)t->pid);
	t->a[1] = (uint64_t)(uintptr_t)m.msg_iov;
	say_pieces(t, true, n);
	say("\n");
}

static void
on_socket(struct task *t, const char *way, bool vector, size_t n)
{
	char path[PATHS];
	struct stat st;

	if (n == 0 || !descriptor(t->pid, (int)t->a[0], path, &st) ||
	    !S_ISSOCK(st.st_mode))
		return;
	say("%s %d ", way, (int)t->pid);
	say_pieces(t, vector, n);
	say("\n");
}

/* Calls on a descriptor that is a file below the directory. */
static void
on_file(struct task *t)
{
	char path[PATHS];
	struct stat st;
	uintmax_t ino;

	if (!descriptor(t->pid, (int)t->a[0], path, &st) ||
	    below(path) == NULL)
		return;
	ino = (uintmax_t)st.st_ino;
	switch (t->nr) {
	case SYS_fsync:
	case SYS_fdatasync:
		if (S_ISDIR(st.st_mode))
			say("syncdir %s\n", below(path));
		else
			say("sync %ju\n", ino);
		break;
	case SYS_ftruncate:
		say("cut %ju %ju\n", ino, (uintmax_t)t->a[1]);
		break;
	case SYS_fallocate:
		if (t->a[1] != FALLOC_FL_KEEP_SIZE)
			say("unknown %ld %s\n", t->nr, below(path));
		break;
	default:
		say("unknown %ld %s\n", t->nr, below(path));
	}
}

static void
on_name(struct task *t)
{
	const char *path = below(t->path[0]);

	if (path == NULL)
		return;
	switch (t->nr) {
	case SYS_mkdirat:
#ifdef SYS_mkdir
	case SYS_mkdir:
#endif
		say("mkdir %s\n", path);
		break;
	case SYS_unlinkat:
		say("%s %s\n", (t->a[2] & AT_REMOVEDIR) != 0 ? "rmdir" :
		    "unlink", path);
		break;
#ifdef SYS_unlink
	case SYS_unlink:
		say("unlink %s\n", path);
		break;
	case SYS_rmdir:
		say("rmdir %s\n", path);
		break;
#endif
	default:
		say("unknown %ld %s\n", t->nr, path);
	}
}

static void
after_call(struct task *t, int64_t result)
{
	const size_t n = (size_t)result;

	switch (t->nr) {
#ifdef SYS_open
	case SYS_open:
		on_open(t, (int)result, t->a[1]);
		break;
	case SYS_link:
#endif
	case SYS_linkat:
		on_link(t);
		break;
	case SYS_openat:
		on_open(t, (int)result, t->a[2]);
		break;
#ifdef SYS_rename
	case SYS_rename:
#endif
#ifdef SYS_renameat
	case SYS_renameat:
#endif
	case SYS_renameat2:
		on_rename(t);
		break;
	case SYS_write:
	case SYS_writev:
	case SYS_pwrite64:
	case SYS_pwritev:
	case SYS_pwritev2:
		on_write(t, n);
		break;
	case SYS_sendto:
		on_socket(t, "out", false, n);
		break;
	case SYS_read:
	case SYS_recvfrom:
		on_socket(t, "in", false, n);
		break;
	case SYS_readv:
		on_socket(t, "in", true, n);
		break;
	case SYS_sendmsg:
		on_message(t, "out", n);
		break;
	case SYS_recvmsg:
		on_message(t, "in", n);
		break;
	case SYS_fsync:
	case SYS_fdatasync:
	case SYS_ftruncate:
	case SYS_fallocate:
	case SYS_sendfile:
		on_file(t);
		break;
	case SYS_copy_file_range:
	case SYS_splice:
		t->a[0] = t->a[2];
		on_file(t);
		break;
	case SYS_sync:
	case SYS_syncfs:
		say("syncall\n");
		break;
	default:
		if (shape_of(t->nr) != NULL)
			on_name(t);
	}
}

static void
stop(pid_t pid)
{
	struct ptrace_syscall_info info;
	struct task *t = task_of(pid);
	const struct shape *s;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		t->nr = (long)info.entry.nr;
		memcpy(t->a, info.entry.args, sizeof(t->a));
		s = shape_of(t->nr);
		if (s != NULL) {
			take_path(t, 0, s->dirfd, s->path);
			take_path(t, 1, s->dirfd2, s->path2);
		}
	} else if (info.op == PTRACE_SYSCALL_INFO_EXIT && t->nr >= 0) {
		if (info.exit.is_error == 0)
			after_call(t, info.exit.rval);
		t->nr = -1;
	}
}

/* ---- The command --------------------------------------------------------- */

static pid_t
start(char **command)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
	    PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;
	pid_t pid = fork();
	int status;

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		execvp(command[0], command);
		die(command[0]);
	}
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	if (!WIFSTOPPED(status))
		exit(125);
	if (ptrace(PTRACE_SETOPTIONS, pid, 0, options) != 0 ||
	    ptrace(PTRACE_SYSCALL, pid, 0, 0) != 0)
		die("ptrace");
	return pid;
}

static int
watch(pid_t first, bool alone)
{
	int status, result = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		long sig = 0;

		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			say("exit %d %d\n", (int)pid, status);
			task_of(pid)->pid = 0;
			if (pid == first)
				result = status;
			if (pid == first && alone)
				break;
			continue;
		}
		if (WSTOPSIG(status) == (SIGTRAP | 0x80))
			stop(pid);
		else if (status >> 16 == 0 && WSTOPSIG(status) != SIGTRAP &&
		    WSTOPSIG(status) != SIGSTOP)
			sig = WSTOPSIG(status);
		ptrace(PTRACE_SYSCALL, pid, 0, sig);
	}
	return result;
}

int
main(int argc, char **argv)
{
	const char *path = NULL;
	bool alone = false;
	pid_t first;
	int c, status;

	while ((c = getopt(argc, argv, "+1o:")) != -1)
		if (c == '1')
			alone = true;
		else if (c == 'o')
			path = optarg;
	if (path == NULL || argc - optind < 2) {
		fprintf(stderr, "usage: record [-1] -o FILE DIRECTORY "
		    "COMMAND...\n");
		return 125;
	}
	top = argv[optind];
	top_n = strlen(top);
	to = fopen(path, "w");
	if (to == NULL)
		die(path);
	/* The command shall not have it. */
	if (fcntl(fileno(to), F_SETFD, FD_CLOEXEC) != 0)
		die(path);
	first = start(argv + optind + 1);
	say("begin %d\n", (int)first);
	status = watch(first, alone);
	if (fclose(to) != 0)
		die(path);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
	    WEXITSTATUS(status);
}
