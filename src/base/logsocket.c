/* SPDX-License-Identifier: ISC */
/* Lines for the system's log, written without waiting for its reader. */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/logsocket.h"

/* What stands in front of the text: priority, time, tag, process. */
#define HEAD_MAX	256

/* Whether fd still is what was opened: all descriptors may have been closed
 * behind our back, and the number given to a connection. */
static bool
logsocket_ours(const struct logsocket *s)
{
	struct stat st;

	return s->fd >= 0 && fstat(s->fd, &st) == 0 && st.st_dev == s->dev &&
	    st.st_ino == s->ino;
}

void
logsocket_close(struct logsocket *s)
{
	int why = errno;

	if (logsocket_ours(s))
		close(s->fd);
	s->fd = -1;
	errno = why;
}

static int
logsocket_connect(struct logsocket *s, int type)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct stat st;
	int fd, why;

	if (strlen(s->path) >= sizeof(to.sun_path))
		return -1;
	strcpy(to.sun_path, s->path);
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) != 0 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
		why = errno;
		close(fd);
		errno = why;
		return -1;
	}
	s->fd = fd;
	s->stream = type == SOCK_STREAM;
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	return 0;
}

static int
logsocket_open(struct logsocket *s)
{
	tzset();
	if (logsocket_connect(s, SOCK_DGRAM) == 0)
		return 0;
	if (errno != EPROTOTYPE)
		return -1;
	return logsocket_connect(s, SOCK_STREAM);
}

/* Whether there may be room now.  The time is taken from what all records
 * together have, so a reader that stands still costs it once. */
static bool
logsocket_wait(struct logsocket *s)
{
	struct pollfd p = { .fd = s->fd, .events = POLLOUT };
	int64_t start = clock_ms(), took;
	int n;

	if (s->wait <= 0)
		return false;
	n = poll(&p, 1, s->wait);
	took = clock_ms() - start;
	s->wait = n == 0 || took >= s->wait ? 0 : s->wait - (int)took;
	return n > 0 || s->wait > 0;
}

/* Sends all or says that another connection might; what the reader has no
 * room for counts as sent. */
static bool
logsocket_send(struct logsocket *s, const char *record, size_t n)
{
	int tries = LOGSOCKET_WAIT;
	ssize_t sent;

	for (;;) {
		sent = send(s->fd, record, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent >= 0)
			break;
		if (errno != EAGAIN && errno != ENOBUFS && errno != EINTR)
			return false;
		if (--tries == 0 || !logsocket_wait(s))
			return true;
	}
	/* Half a record would become one with the next. */
	if ((size_t)sent < n)
		logsocket_close(s);
	return true;
}

/* Fills record; its length, with the NUL. */
static size_t
logsocket_format(char *record, size_t size, int priority, const char *tag,
    const char *text)
{
	time_t now = clock_now();
	struct tm tm = { .tm_mday = 1 };
	char head[HEAD_MAX], when[40];
	size_t n;

	if (localtime_r(&now, &tm) == NULL ||
	    strftime(when, sizeof(when), "%b %e %T", &tm) == 0)
		strcpy(when, "Jan  1 00:00:00");
	snprintf(head, sizeof(head), "<%d>%s %.*s[%ld]: ", priority, when,
	    HEAD_MAX / 2, tag, (long)getpid());
	n = (size_t)snprintf(record, size, "%s%s", head, text);
	return (n < size ? n : size - 1) + 1;
}

void
logsocket_write(struct logsocket *s, int priority, const char *tag,
    const char *text)
{
	char record[LIMIT_LOG_LINE + HEAD_MAX];
	size_t n;
	int why = errno, i;

	n = logsocket_format(record, sizeof(record), priority, tag, text);
	if (!logsocket_ours(s))
		s->fd = -1;
	/* An old connection, then a new one. */
	for (i = s->fd < 0; i < 2; i++) {
		if (s->fd < 0 && logsocket_open(s) < 0)
			break;
		if (logsocket_send(s, record, n - !s->stream))
			break;
		logsocket_close(s);
	}
	errno = why;
}
