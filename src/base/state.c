/* SPDX-License-Identifier: ISC */
/*
 * Small things worth remembering between runs.  A record is one line
 * "posthorn-state 1 CRC LENGTH" in hexadecimal and decimal, then LENGTH
 * octets: the key, a line feed, the value.  The sum is over these octets.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/crc.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/state.h"

#define STATE_NAME	200	/* file name made from a key, at most */
#define STATE_KEY	1024u
#define STATE_HEAD	64u
#define STATE_FILE	(STATE_HEAD + STATE_KEY + 1 + LIMIT_STATE)
#define STATE_TRIES	20	/* for the lock, 5 ms apart */
#define STATE_LOCK	".lock"
#define STATE_NEW	".new"	/* of who holds the lock */

/* Makes the directory and what is missing above it. */
static void
state_make(const char *directory)
{
	char *path = mem_dup(directory);
	char *p;

	for (p = path + 1; *path != '\0' && *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		mkdir(path, 0700);
		*p = '/';
	}
	mkdir(path, 0700);
	mem_wipe(path, strlen(path));
}

/* Is it only ours, or only the group's? */
static bool
state_fits(const struct state *s, const struct stat *st)
{
	if (!s->shared)
		return st->st_uid == geteuid() && (st->st_mode & 022) == 0;
	return (st->st_mode & 02077) == 02070 &&
	    (geteuid() == 0 || st->st_gid == getegid());
}

static void
state_check(struct state *s)
{
	struct stat st;

	if (s->dirfd >= 0 && (fstat(s->dirfd, &st) != 0 ||
	    !state_fits(s, &st)))
		state_close(s);
}

void
state_open_in(struct state *s, int dirfd, bool shared)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

	s->shared = shared;
	s->dirfd = openat(dirfd, "state", flags);
	if (s->dirfd < 0 && errno == ENOENT && !shared &&
	    mkdirat(dirfd, "state", 0700) == 0)
		s->dirfd = openat(dirfd, "state", flags);
	state_check(s);
}

void
state_open(struct state *s, const char *directory)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

	s->shared = false;
	s->dirfd = -1;
	if (directory == NULL || *directory == '\0')
		return;
	s->dirfd = open(directory, flags);
	if (s->dirfd < 0 && errno == ENOENT) {
		state_make(directory);
		s->dirfd = open(directory, flags);
	}
	state_check(s);
}

void
state_close(struct state *s)
{
	if (s->dirfd >= 0)
		close(s->dirfd);
	s->dirfd = -1;
}

/* The record's file name: the key with %XX for all that is not harmless; a
 * long one is cut and told apart by its sum.  The key itself is in the
 * record, so a clash only makes us forget. */
static int
state_name(char name[STATE_NAME + 16], const char *key)
{
	size_t klen = strlen(key), n = 0, i;

	if (klen == 0 || klen > STATE_KEY)
		return -1;
	for (i = 0; i < klen && n + 3 < STATE_NAME; i++) {
		unsigned char c = (unsigned char)key[i];

		if (c < 0x20 || c == 0x7f)
			return -1;
		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		    (c >= 'a' && c <= 'z') || c == '-' || c == '_' ||
		    (c == '.' && n > 0))
			name[n++] = (char)c;
		else
			n += (size_t)snprintf(name + n, 4, "%%%02X", c);
	}
	name[n] = '\0';
	if (i < klen)
		snprintf(name + n, 16, "%%-%08x", crc32c(0, key, klen));
	return strpbrk(key + i, "\n\r") == NULL ? 0 : -1;
}

/* The value inside the n octets of a record, if all fits. */
static bool
state_parse(const char *p, size_t n, const char *key, struct buf *value)
{
	size_t klen = strlen(key), len;
	unsigned crc;
	int head = 0;

	if (sscanf(p, "posthorn-state 1 %8x %zu%n", &crc, &len, &head) != 2 ||
	    head <= 0 || p[head] != '\n')
		return false;
	p += head + 1;
	n -= (size_t)head + 1;
	if (n != len || crc32c(0, p, n) != crc)
		return false;
	if (n < klen + 1 || memcmp(p, key, klen) != 0 || p[klen] != '\n')
		return false;
	return buf_add(value, p + klen + 1, n - klen - 1) == 0;
}

/* A file of ours, or one of whose owner only the group is known: in the
 * folder that only it can write, that is enough. */
static bool
state_ours(const struct state *s, const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return false;
	return s->shared ? (st->st_mode & 07) == 0 :
	    st->st_uid == geteuid();
}

/* Reads a whole file of ours; false if it is not one. */
static bool
state_read(const struct state *s, const char *name, struct buf *b)
{
	struct stat st;
	bool ok;
	int fd = openat(s->dirfd, name,
	    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return false;
	ok = fstat(fd, &st) == 0 && state_ours(s, &st) &&
	    file_slurp(fd, b) == 0;
	close(fd);
	return ok;
}

bool
state_get(const struct state *s, const char *key, struct buf *value)
{
	char name[STATE_NAME + 16];
	struct buf b;
	struct stat st;
	bool ok;

	buf_clear(value);
	if (s->dirfd < 0 || state_name(name, key) != 0 ||
	    fstatat(s->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return false;
	buf_init(&b, STATE_FILE);
	ok = state_read(s, name, &b) &&
	    state_parse(b.data, b.len, key, value);
	if (!ok) {
		buf_clear(value);
		unlinkat(s->dirfd, name, 0);
	}
	buf_wipe(&b);
	return ok;
}

/* A new file that only we know; whatever the umask, of the right mode. */
static int
state_make_file(const struct state *s, const char *name)
{
	int fd = openat(s->dirfd, name,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd >= 0 && fchmod(fd, s->shared ? 0660 : 0600) != 0) {
		unlinkat(s->dirfd, name, 0);
		close(fd);
		fd = -1;
	}
	return fd;
}

/* The lock's file.  A shared one gets its name when the others can open it
 * already: one that they cannot would keep them out for ever. */
static int
state_lock_file(const struct state *s)
{
	const int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
	char name[40];
	int fd = openat(s->dirfd, STATE_LOCK,
	    flags | (s->shared ? 0 : O_CREAT), 0600);

	if (fd >= 0 || !s->shared || errno != ENOENT)
		return fd;
	snprintf(name, sizeof(name), STATE_LOCK ".%ld", (long)getpid());
	unlinkat(s->dirfd, name, 0);
	fd = state_make_file(s, name);
	if (fd < 0)
		return -1;
	close(fd);
	(void)!linkat(s->dirfd, name, s->dirfd, STATE_LOCK, 0);
	unlinkat(s->dirfd, name, 0);
	return openat(s->dirfd, STATE_LOCK, flags);
}

/* The lock of the directory, or -1: a stopped neighbour is not waited for. */
static int
state_lock(const struct state *s)
{
	const struct timespec pause = { 0, 5000000 };
	int i, fd = state_lock_file(s);

	if (fd < 0)
		return -1;
	for (i = 0; i < STATE_TRIES; i++) {
		if (file_lock(fd, false) == 0)
			return fd;
		nanosleep(&pause, NULL);
	}
	close(fd);
	return -1;
}

/* Replaces the record by n octets, atomically; the lock is ours, and so is
 * what a crash left.  Not synced: it may be forgotten. */
static bool
state_replace(const struct state *s, const char *name, const void *p,
    size_t n)
{
	bool ok;
	int fd;

	unlinkat(s->dirfd, STATE_NEW, 0);
	fd = state_make_file(s, STATE_NEW);
	if (fd < 0)
		return false;
	ok = file_write(fd, p, n) == 0;
	ok = (close(fd) == 0 || errno == EINTR) && ok &&
	    renameat(s->dirfd, STATE_NEW, s->dirfd, name) == 0;
	if (!ok)
		unlinkat(s->dirfd, STATE_NEW, 0);
	return ok;
}

/* Writes the record; false if it cannot be remembered. */
static bool
state_write(const struct state *s, const char *name, const char *key,
    const char *value)
{
	struct buf body, b;
	bool ok;

	buf_init(&body, STATE_KEY + 1 + LIMIT_STATE);
	buf_init(&b, STATE_FILE);
	ok = strlen(value) <= LIMIT_STATE && buf_puts(&body, key) == 0 &&
	    buf_putc(&body, '\n') == 0 && buf_puts(&body, value) == 0 &&
	    buf_printf(&b, "posthorn-state 1 %08x %zu\n",
	    crc32c(0, body.data, body.len), body.len) == 0 &&
	    buf_add(&b, body.data, body.len) == 0 &&
	    state_replace(s, name, b.data, b.len);
	buf_wipe(&body);
	buf_wipe(&b);
	return ok;
}

void
state_put(const struct state *s, const char *key, const char *value)
{
	char name[STATE_NAME + 16];
	int lock;

	if (s->dirfd < 0 || state_name(name, key) != 0)
		return;
	lock = state_lock(s);
	if (lock < 0)
		return;
	/* What cannot be renewed is stale: better forgotten. */
	if (value == NULL || !state_write(s, name, key, value))
		unlinkat(s->dirfd, name, 0);
	close(lock);
}
