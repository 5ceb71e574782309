/* SPDX-License-Identifier: ISC */
/* Commands out, replies in: the one place where SMTP lines are spoken. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "smtp/dialogue.h"
#include "smtp/faults.h"

/* How long a server that closed on us is listened to, for its reasons. */
#define LAST_WORDS_MS	2000

static int
dialogue_line(struct dialogue *d, enum stage stage, const char *line,
    size_t n, struct outcome *o)
{
	int64_t deadline = clock_deadline(d->timeout);

	assert(memchr(line, '\r', n) == NULL && memchr(line, '\n', n) == NULL);
	if (stream_write(d->stream, line, n, deadline, stage, o) < 0)
		return -1;
	return stream_write(d->stream, "\r\n", 2, deadline, stage, o);
}

int
dialogue_command(struct dialogue *d, enum stage stage, struct outcome *o,
    const char *fmt, ...)
{
	struct buf line;
	va_list ap;
	int n, r;

	buf_init(&line, LIMIT_GROUP);
	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || buf_room(&line, (size_t)n) == NULL)
		return outcome_fail(o, FAULT_DATA, stage, "command too long");
	va_start(ap, fmt);
	vsnprintf(line.data, (size_t)n + 1, fmt, ap);
	va_end(ap);
	line.len = (size_t)n;
	log_said('>', line.data, line.len);
	r = dialogue_line(d, stage, line.data, line.len, o);
	buf_free(&line);
	return r;
}

int
dialogue_secret(struct dialogue *d, enum stage stage, const char *line,
    size_t n, const char *shown, struct outcome *o)
{
	log_said('>', shown, strlen(shown));
	return dialogue_line(d, stage, line, n, o);
}

/* What the server says without being asked: the end (421), or nonsense. */
static int
dialogue_unasked(struct dialogue *d, enum stage stage, struct outcome *o)
{
	if (stream_pending(d->stream) > 0) {
		if (dialogue_reply(d, stage, d->timeout, o) < 0)
			return -1;
		if (d->reply.code == 421)
			return faults_judge(&d->reply, stage,
			    "the server ends the session", o);
		return outcome_fail(o, FAULT_PROTOCOL, stage,
		    "the server answered before it was asked: %u %s",
		    d->reply.code, d->reply.text);
	}
	return outcome_fail(o, FAULT_NETWORK, stage,
	    "connection closed by server");
}

int
dialogue_flush(struct dialogue *d, enum stage stage, struct outcome *o)
{
	if (stream_poke(d->stream))
		return dialogue_unasked(d, stage, o);
	return stream_flush(d->stream, clock_deadline(d->timeout), stage, o);
}

int
dialogue_reply(struct dialogue *d, enum stage stage, int64_t timeout,
    struct outcome *o)
{
	return reply_read(d->stream, &d->reply, clock_deadline(timeout), stage,
	    &d->mask, o);
}

void
dialogue_last_words(struct dialogue *d, enum stage stage, const char *what,
    struct outcome *o)
{
	struct outcome ignored;

	if (dialogue_reply(d, stage, LAST_WORDS_MS, &ignored) < 0)
		return;
	if (reply_class(&d->reply) >= 4)
		faults_judge(&d->reply, stage, what, o);
}
