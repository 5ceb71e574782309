/* SPDX-License-Identifier: ISC */
/* Lines and octets in, replies out. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "front/talk.h"

enum {
	IDLE_MS = 5 * 60 * 1000,	/* RFC 5321 section 4.5.3.2.7 */
	LAST_MS = 1000,
	DRAIN_MS = 100,
	DRAIN_MAX = 1 << 20
};

void
talk_open(struct talk *t, int in, int out, int stop)
{
	memset(t, 0, offsetof(struct talk, data));
	t->in = in;
	t->out = out;
	t->stop = stop;
	t->ms = IDLE_MS;
	buf_init(&t->replies, sizeof(t->data));
}

void
talk_close(struct talk *t)
{
	buf_free(&t->replies);
}

static int
talk_ends(struct talk *t, enum talk_end end)
{
	t->end = end;
	t->error = errno;
	return -1;
}

/* Until the descriptor is ready, the deadline or a signal. */
static int
talk_wait(struct talk *t, int fd, short events, int64_t deadline)
{
	struct pollfd p[2] = { { fd, events, 0 }, { t->stop, POLLIN, 0 } };
	int n;

	do
		n = poll(p, 2, clock_left(deadline));
	while (n < 0 && errno == EINTR);
	if (n == 0)
		return talk_ends(t, TALK_IDLE);
	if (n > 0 && p[1].revents != 0)
		return talk_ends(t, TALK_STOPPED);
	if (n > 0)
		return 0;
	return talk_ends(t, events == POLLIN ? TALK_BROKEN : TALK_DEAF);
}

/* Can there be written?  Last words are not waited for long. */
static bool
talk_heard(struct talk *t, int64_t deadline)
{
	struct pollfd p = { t->out, POLLOUT, 0 };

	if (t->end == TALK_GOES_ON)
		return talk_wait(t, t->out, POLLOUT, deadline) == 0;
	return t->end != TALK_DEAF && poll(&p, 1, LAST_MS) > 0;
}

/* In pieces that a pipe which is ready takes without making us wait. */
void
talk_flush(struct talk *t)
{
	const int64_t deadline = clock_deadline(t->ms);
	size_t at = 0, n;
	ssize_t k;

	while (at < t->replies.len && talk_heard(t, deadline)) {
		n = t->replies.len - at;
		k = write(t->out, t->replies.data + at,
		    n < PIPE_BUF ? n : PIPE_BUF);
		if (k >= 0)
			at += (size_t)k;
		else if (errno != EAGAIN && errno != EINTR)
			talk_ends(t, TALK_DEAF);
	}
	buf_drop(&t->replies, at);
}

void
talk_say(struct talk *t, const char *line)
{
	char words[TALK_REPLY];
	size_t i;

	if (t->out < 0)
		return;
	for (i = 0; i < TALK_REPLY - 2 && line[i] != '\0'; i++)
		words[i] = line[i] < ' ' || line[i] > '~' ? '?' : line[i];
	words[i++] = '\r';
	words[i++] = '\n';
	if (buf_add(&t->replies, words, i) == 0)
		return;
	talk_flush(t);
	(void)buf_add(&t->replies, words, i);
}

/* More behind what is not yet used, for which there must be room. */
static int
talk_fill(struct talk *t, int64_t deadline)
{
	ssize_t n;

	if (t->end == TALK_GOES_ON)
		talk_flush(t);
	if (t->pos > 0) {
		memmove(t->data, t->data + t->pos, t->len - t->pos);
		t->len -= t->pos;
		t->pos = 0;
	}
	while (t->end == TALK_GOES_ON &&
	    talk_wait(t, t->in, POLLIN, deadline) == 0) {
		n = read(t->in, t->data + t->len, sizeof(t->data) - t->len);
		if (n > 0) {
			t->len += (size_t)n;
			return 0;
		}
		if (n == 0)
			talk_ends(t, TALK_OVER);
		else if (errno != EAGAIN && errno != EINTR)
			talk_ends(t, TALK_BROKEN);
	}
	return -1;
}

/* Takes the line that stands at pos, n octets before its LF. */
static enum talk_line
talk_take(struct talk *t, char *line, size_t *n)
{
	const char *p = t->data + t->pos;
	enum talk_line how = TALK_LF;

	t->pos += *n + 1;
	if (*n > 0 && p[*n - 1] == '\r') {
		how = TALK_CRLF;
		*n -= 1;
	}
	memcpy(line, p, *n);
	line[*n] = '\0';
	return how;
}

enum talk_line
talk_line(struct talk *t, char line[TALK_LINE + 1], size_t *n)
{
	const int64_t deadline = clock_deadline(t->ms);
	bool dropped = false;
	size_t seen = 0;
	const char *p, *lf;

	for (;;) {
		p = t->data + t->pos;
		lf = memchr(p + seen, '\n', t->len - t->pos - seen);
		if (lf != NULL)
			break;
		seen = t->len - t->pos;
		if (seen > TALK_LINE) {
			dropped = true;
			t->pos = t->len;
			seen = 0;
		}
		if (talk_fill(t, deadline) < 0)
			return TALK_NONE;
	}
	t->lines++;
	*n = (size_t)(lf - p);
	if (!dropped && *n <= TALK_LINE)
		return talk_take(t, line, n);
	t->pos += *n + 1;
	return TALK_LONG;
}

size_t
talk_some(struct talk *t, const char **p)
{
	if (t->pos == t->len && talk_fill(t, clock_deadline(t->ms)) < 0)
		return 0;
	*p = t->data + t->pos;
	return t->len - t->pos;
}

void
talk_used(struct talk *t, size_t n)
{
	t->pos += n;
}

void
talk_drain(struct talk *t)
{
	struct pollfd p = { t->in, POLLIN, 0 };
	size_t all = 0;
	ssize_t n;

	while (all < DRAIN_MAX && poll(&p, 1, DRAIN_MS) > 0) {
		n = read(t->in, t->data, sizeof(t->data));
		if (n <= 0)
			break;
		all += (size_t)n;
	}
}

void
talk_why(const struct talk *t, struct outcome *o)
{
	static const char *const words[] = {
		[TALK_GOES_ON] = "the session was ended",
		[TALK_OVER] = "standard input ended",
		[TALK_IDLE] = "nothing came on standard input for too long",
		[TALK_STOPPED] = "stopped by a signal",
		[TALK_BROKEN] = "cannot read standard input",
		[TALK_DEAF] = "cannot write to standard output",
	};

	errno = t->error;
	if (t->end == TALK_BROKEN || t->end == TALK_DEAF)
		outcome_errno(o, FAULT_INPUT, STAGE_INPUT, "%s",
		    words[t->end]);
	else
		outcome_fail(o, FAULT_INPUT, STAGE_INPUT, "%s",
		    words[t->end]);
}
