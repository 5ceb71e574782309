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

void
state_open(struct state *s, const char *directory)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	struct stat st;

	s->dirfd = -1;
	if (directory == NULL || *directory == '\0')
		return;
	s->dirfd = open(directory, flags);
	if (s->dirfd < 0 && errno == ENOENT) {
		state_make(directory);
		s->dirfd = open(directory, flags);
	}
	if (s->dirfd >= 0 && (fstat(s->dirfd, &st) != 0 ||
	    st.st_uid != geteuid() || (st.st_mode & 022) != 0))
		state_close(s);
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
	ok = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == geteuid() && file_slurp(fd, b) == 0;
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

/* The lock of the directory, or -1: a stopped neighbour is not waited for. */
static int
state_lock(const struct state *s)
{
	const struct timespec pause = { 0, 5000000 };
	int i, fd = openat(s->dirfd, ".lock",
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);

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
	    file_replace(s->dirfd, name, b.data, b.len) == 0;
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
