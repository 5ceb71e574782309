/* SPDX-License-Identifier: ISC */
/* A message's octets on their way out: dot-stuffed, or as they are. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "smtp/body.h"

/* Read at a time; four TLS records. */
#define WINDOW	65536u

static int
body_put(struct dialogue *d, const char *p, size_t n, struct outcome *o)
{
	return n == 0 ? 0 : stream_write(d->stream, p, n,
	    clock_deadline(d->timeout), STAGE_MESSAGE, o);
}

/* One window, with a dot put before each that begins a line; `line` carries
 * over whether the window begins one. */
static int
body_stuff(struct dialogue *d, const char *p, size_t n, bool *line,
    struct outcome *o)
{
	const char *end = p + n, *from = p, *dot = p;

	while ((dot = memchr(dot, '.', (size_t)(end - dot))) != NULL) {
		if (dot == p ? *line : dot[-1] == '\n') {
			if (body_put(d, from, (size_t)(dot - from), o) < 0 ||
			    body_put(d, ".", 1, o) < 0)
				return -1;
			from = dot;
		}
		dot++;
	}
	*line = end[-1] == '\n';
	return body_put(d, from, (size_t)(end - from), o);
}

/* Walks over the spool; a short file is a fault of ours, and what was sent
 * is then cut off, never ended. */
static int
body_walk(struct dialogue *d, const struct message *m, bool dotted,
    bool *in_doubt, struct outcome *o)
{
	char *window = mem_alloc(m->length < WINDOW ? (size_t)m->length :
	    WINDOW);
	uint64_t left = m->length;
	off_t at = m->start;
	bool line = true;
	size_t n;
	int r = 0;

	while (left > 0 && r == 0) {
		n = left < WINDOW ? (size_t)left : WINDOW;
		if (file_pread(m->fd, window, n, at) < 0) {
			r = outcome_errno(o, FAULT_OS, STAGE_MESSAGE,
			    "cannot read the message back");
			break;
		}
		left -= n;
		at += (off_t)n;
		if (left == 0 && !dotted)
			*in_doubt = true;
		r = dotted ? body_stuff(d, window, n, &line, o) :
		    body_put(d, window, n, o);
	}
	free(window);
	return r;
}

int
body_dotted(struct dialogue *d, const struct message *m, bool *in_doubt,
    struct outcome *o)
{
	log_remark("message, %llu octets", (unsigned long long)m->length);
	if (body_walk(d, m, true, in_doubt, o) < 0)
		return -1;
	*in_doubt = true;
	log_said('>', ".", 1);
	return body_put(d, ".\r\n", 3, o);
}

int
body_chunk(struct dialogue *d, const struct message *m, bool *in_doubt,
    struct outcome *o)
{
	log_remark("message, %llu octets", (unsigned long long)m->length);
	return body_walk(d, m, false, in_doubt, o);
}
