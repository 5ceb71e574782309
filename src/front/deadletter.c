/* SPDX-License-Identifier: ISC */
/* dead.letter: the last place for a message that nobody took. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "front/deadletter.h"
#include "front/privilege.h"
#include "front/report.h"

#define WINDOW	(2 * LIMIT_INPUT + 4)

struct letter {
	int	 fd;
	off_t	 began;		/* where the file ended before */
	bool	 line;		/* at the beginning of a line */
	bool	 failed;
	char	*room;		/* WINDOW octets */
	char	 path[4096];
};

/* ---- The file ------------------------------------------------------------ */

static int
letter_fail(const struct letter *l, struct outcome *o)
{
	return outcome_errno(o, FAULT_OS, STAGE_INPUT,
	    "cannot keep the message in %s", l->path);
}

/* A file that is the caller's, where the caller lives. */
static int
letter_open(struct letter *l, const struct identity *me, struct outcome *o)
{
	struct stat st;

	snprintf(l->path, sizeof(l->path), "%s/dead.letter",
	    me->home != NULL ? me->home : "");
	if (me->home == NULL || stat(me->home, &st) != 0 ||
	    st.st_uid != me->uid) {
		errno = ENOTDIR;
		return letter_fail(l, o);
	}
	l->fd = privilege_open_as_caller(l->path, O_RDWR | O_APPEND | O_CREAT |
	    O_NOFOLLOW | O_NONBLOCK, 0600);
	if (l->fd < 0 || fstat(l->fd, &st) != 0)
		return letter_fail(l, o);
	errno = EPERM;
	if (!S_ISREG(st.st_mode) || st.st_uid != me->uid || st.st_nlink != 1 ||
	    file_lock(l->fd, true) != 0)
		return letter_fail(l, o);
	l->began = lseek(l->fd, 0, SEEK_END);
	return 0;
}

/* ---- The text ------------------------------------------------------------ */

static void
letter_put(struct letter *l, const char *p, size_t n)
{
	l->failed = l->failed || (n > 0 && file_write(l->fd, p, n) != 0);
}

/* One line without its end. */
static void
letter_line(struct letter *l, const char *p, size_t n)
{
	if (l->line && n >= 5 && memcmp(p, "From ", 5) == 0)
		letter_put(l, ">", 1);
	letter_put(l, p, n);
}

/* Text in pieces; CRLF becomes LF. */
static void
letter_text(struct letter *l, const char *p, size_t n)
{
	const char *end = p + n, *lf;

	while (p < end && (lf = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		letter_line(l, p, (size_t)(lf - p) -
		    (lf > p && lf[-1] == '\r'));
		letter_put(l, "\n", 1);
		l->line = true;
		p = lf + 1;
	}
	if (p < end) {
		letter_line(l, p, (size_t)(end - p) - (end[-1] == '\r'));
		l->line = false;
	}
}

static void
letter_spool(struct letter *l, const struct message *m)
{
	uint64_t left = m->length;
	off_t at = m->start;
	size_t n;

	for (; left > 0 && !l->failed; left -= n, at += (off_t)n) {
		n = left < WINDOW ? (size_t)left : WINDOW;
		if (file_pread(m->fd, l->room, n, at) != 0)
			l->failed = true;
		else
			letter_text(l, l->room, n);
	}
}

static void
letter_body(struct letter *l, struct input *in)
{
	struct outcome ignored;
	size_t n;

	while (!l->failed && input_body(in, l->room, WINDOW, &n,
	    &ignored) == 0 && n > 0)
		letter_text(l, l->room, n);
}

static void
letter_raw(struct letter *l)
{
	ssize_t n;

	while (!l->failed && (n = file_read(STDIN_FILENO, l->room,
	    WINDOW)) > 0)
		letter_text(l, l->room, (size_t)n);
}

static void
letter_write(struct letter *l, const struct deadletter *d)
{
	time_t now = clock_now();
	struct tm tm;
	char from[80];

	gmtime_r(&now, &tm);
	letter_put(l, from, strftime(from, sizeof(from),
	    "From MAILER-DAEMON %a %b %e %H:%M:%S %Y\n", &tm));
	l->line = true;
	if (d->message != NULL && d->message->length > 0)
		letter_spool(l, d->message);
	else if (d->in != NULL) {
		letter_text(l, d->header->data, d->header->len);
		letter_put(l, "\n", 1);
		letter_body(l, d->in);
	} else
		letter_raw(l);
	letter_put(l, "\n\n", l->line ? 1 : 2);
}

int
deadletter_save(const struct deadletter *d)
{
	struct letter l = { .fd = -1 };
	struct outcome o;
	int r = letter_open(&l, d->me, &o);

	if (r == 0) {
		l.room = mem_alloc(WINDOW);
		letter_write(&l, d);
		if (l.failed || file_sync(l.fd) != 0) {
			r = letter_fail(&l, &o);
			(void)!ftruncate(l.fd, l.began);
		}
		free(l.room);
	}
	if (l.fd >= 0)
		close(l.fd);
	if (r < 0)
		report_outcome(&o);
	else
		report_note("the message is kept in %s", l.path);
	log_note(r < 0 ? LOG_ERR : LOG_NOTICE, "%s", r < 0 ? o.text :
	    "a message that could not be taken is kept in dead.letter");
	return r;
}
