/* SPDX-License-Identifier: ISC */
/* Files: whole reads and writes, syncing, atomic replacement, locks. */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

#define FILE_CHUNK	16384u
#define FILE_TRIES	8

/* After a failed call: shall it be made again?  Waits where that helps. */
static bool
file_again(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	if (errno == EINTR)
		return true;
	if (errno != EAGAIN && errno != EWOULDBLOCK)
		return false;
	return poll(&p, 1, -1) >= 0 || errno == EINTR;
}

ssize_t
file_read(int fd, void *p, size_t n)
{
	ssize_t k;

	while ((k = read(fd, p, n)) < 0 && file_again(fd, POLLIN))
		;
	return k;
}

int
file_write(int fd, const void *p, size_t n)
{
	const char *s = p;
	ssize_t k;

	while (n > 0) {
		k = write(fd, s, n);
		if (k < 0 && !file_again(fd, POLLOUT))
			return -1;
		if (k > 0) {
			s += k;
			n -= (size_t)k;
		}
	}
	return 0;
}

int
file_pwrite(int fd, const void *p, size_t n, off_t at)
{
	const char *s = p;
	ssize_t k;

	while (n > 0) {
		k = pwrite(fd, s, n, at);
		if (k < 0 && !file_again(fd, POLLOUT))
			return -1;
		if (k > 0) {
			s += k;
			at += k;
			n -= (size_t)k;
		}
	}
	return 0;
}

int
file_pread(int fd, void *p, size_t n, off_t at)
{
	char *s = p;
	ssize_t k;

	while (n > 0) {
		k = pread(fd, s, n, at);
		if (k == 0) {
			errno = 0;
			return -1;
		}
		if (k < 0 && !file_again(fd, POLLIN))
			return -1;
		if (k > 0) {
			s += k;
			at += k;
			n -= (size_t)k;
		}
	}
	return 0;
}

int
file_slurp(int fd, struct buf *b)
{
	for (;;) {
		size_t left = b->max - b->len;
		size_t n = left < FILE_CHUNK ? left : FILE_CHUNK;
		char past;
		char *to = n > 0 ? buf_room(b, n) : &past;
		ssize_t k = file_read(fd, to, n > 0 ? n : 1);

		if (k < 0)
			return -1;
		if (k == 0)
			return 0;
		if (n == 0) {
			errno = EFBIG;
			return -1;
		}
		b->len += (size_t)k;
		b->data[b->len] = '\0';
	}
}

int
file_sync(int fd)
{
	int r;

	while ((r = fsync(fd)) != 0 && errno == EINTR)
		;
	return r;
}

int
file_sync_dir(int dirfd)
{
	return file_sync(dirfd);
}

int
file_lock(int fd, bool wait)
{
	int r;

	while ((r = flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB))) != 0 &&
	    errno == EINTR)
		;
	return r;
}

/* Makes a new file in dirfd under a name nobody uses. */
static int
file_temporary(int dirfd, char name[64])
{
	int i, fd = -1;

	for (i = 0; i < FILE_TRIES && fd < 0; i++) {
		snprintf(name, 64, ".%ld.%llx.%d", (long)getpid(),
		    (unsigned long long)clock_ms(), i);
		fd = openat(dirfd, name,
		    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0 && errno != EEXIST && errno != EINTR)
			break;
	}
	return fd;
}

int
file_replace(int dirfd, const char *name, const void *p, size_t n)
{
	char temporary[64];
	int fd = file_temporary(dirfd, temporary);
	int why;

	if (fd < 0)
		return -1;
	/* The umask may have taken our own rights away. */
	if (fchmod(fd, 0600) == 0 && file_write(fd, p, n) == 0) {
		if (close(fd) == 0 || errno == EINTR) {
			if (renameat(dirfd, temporary, dirfd, name) == 0)
				return 0;
		}
		fd = -1;
	}
	why = errno;
	if (fd >= 0)
		close(fd);
	unlinkat(dirfd, temporary, 0);
	errno = why;
	return -1;
}
