/* SPDX-License-Identifier: ISC */
/* Standard input made into lines. */
#include <assert.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "mail/header.h"
#include "mail/input.h"

enum {
	DRAIN_MAX = 1 << 20,
	DRAIN_MS = 100
};

/* What begins at a line's first octet, as far as the header is concerned. */
enum line {
	LINE_MORE,		/* too little is read to tell */
	LINE_FIELD,		/* a field or a continuation of one */
	LINE_BLANK,
	LINE_DOT,		/* the lone dot */
	LINE_NONE,		/* nothing: the end */
	LINE_OTHER
};

void
input_open(struct input *in, int fd, bool dot, uint64_t max)
{
	memset(in, 0, offsetof(struct input, data));
	in->fd = fd;
	in->dot = dot;
	in->max = max;
	lines_begin(&in->lines, dot);
}

static int
input_too_big(const struct input *in, struct outcome *o)
{
	static const uint16_t too_big[3] = { 5, 3, 4 };

	outcome_fail(o, FAULT_DATA, STAGE_INPUT,
	    "the message is larger than the %llu octets that "
	    "max-message-size allows", (unsigned long long)in->max);
	outcome_codes(o, 0, too_big);
	return -1;
}

static bool
input_over(const struct input *in)
{
	return in->max > 0 && in->taken > in->max;
}

static void
input_take(struct input *in, size_t n)
{
	in->pos += n;
	in->taken += n;
}

/* Closes the gaps that NULs leave in what was just read. */
static void
input_squeeze(struct input *in, size_t n)
{
	char *to = in->data + in->len, *end = to + n;
	char *p = memchr(to, '\0', n), *q;

	if (p == NULL) {
		in->len += n;
		return;
	}
	for (to = p; p < end; p = q) {
		while (p < end && *p == '\0') {
			p++;
			in->nul++;
			in->taken++;
		}
		q = memchr(p, '\0', (size_t)(end - p));
		if (q == NULL)
			q = end;
		memmove(to, p, (size_t)(q - p));
		to += q - p;
	}
	in->len = (size_t)(to - in->data);
}

/* Reads more behind what is not yet used: 1, 0 at the end, or -1. */
static int
input_fill(struct input *in, struct outcome *o)
{
	size_t had;
	ssize_t n;

	if (in->pos > 0) {
		memmove(in->data, in->data + in->pos, in->len - in->pos);
		in->len -= in->pos;
		in->pos = 0;
	}
	for (had = in->len; !in->eof && in->len == had; ) {
		if (input_over(in))
			return input_too_big(in, o);
		n = file_read(in->fd, in->data + had, sizeof(in->data) - had);
		if (n < 0)
			return outcome_errno(o, FAULT_INPUT, STAGE_INPUT,
			    "cannot read the message from standard input");
		in->eof = n == 0;
		input_squeeze(in, (size_t)n);
	}
	return in->len > had;
}

/* Is there a line end (CRs, then an LF or nothing more at all)?  Its length
 * goes to *len; whole: no more will be read behind the n octets. */
static enum line
line_blank(const char *p, size_t n, bool whole, size_t *len)
{
	size_t k = 0;

	while (k < n && p[k] == '\r')
		k++;
	if (k == n && !whole)
		return LINE_MORE;
	*len = k < n ? k + 1 : k;
	return k == n || p[k] == '\n' ? LINE_BLANK : LINE_OTHER;
}

/* A name may stand alone on its line when the colon follows on the next,
 * behind blanks: is it a name, and p that next line? */
static bool
line_name(const char *p, size_t n)
{
	size_t k = 0, name;

	while (k < n && p[k] > ' ' && p[k] < 0x7f)
		k++;
	name = k;
	while (k < n && (p[k] == ' ' || p[k] == '\t'))
		k++;
	while (k < n && p[k] == '\r')
		k++;
	return name > 0 && k == n;
}

static enum line
line_colon(const char *p, size_t n, bool whole)
{
	size_t k;

	if (n > 0 && *p != ' ' && *p != '\t')
		return LINE_OTHER;
	for (k = 0; k < n && (p[k] == ' ' || p[k] == '\t'); k++)
		;
	if (k == n)
		return whole ? LINE_OTHER : LINE_MORE;
	return p[k] == ':' ? LINE_FIELD : LINE_OTHER;
}

static enum line
line_field(const char *p, size_t n, bool whole)
{
	const char *colon = memchr(p, ':', n), *lf = memchr(p, '\n', n);

	if (colon != NULL && (lf == NULL || colon < lf))
		return header_line_is_field(p, (size_t)(colon - p) + 1) ?
		    LINE_FIELD : LINE_OTHER;
	if (lf == NULL)
		return whole ? LINE_OTHER : LINE_MORE;
	if (!line_name(p, (size_t)(lf - p)))
		return LINE_OTHER;
	return line_colon(lf + 1, n - (size_t)(lf + 1 - p), whole);
}

/* What the line at in->pos is; *drop octets of it are not part of it (a dot,
 * a line end). */
static enum line
line_kind(const struct input *in, bool inside, size_t *drop)
{
	const char *p = in->data + in->pos;
	size_t n = in->len - in->pos;
	bool whole = in->eof || n == sizeof(in->data);
	enum line kind;

	*drop = 0;
	if (n == 0)
		return whole ? LINE_NONE : LINE_MORE;
	kind = line_blank(p, n, whole, drop);
	if (kind != LINE_OTHER)
		return kind;
	*drop = 0;
	if (in->dot && *p == '.') {
		kind = line_blank(p + 1, n - 1, whole, drop);
		if (kind != LINE_OTHER) {
			*drop += 1;
			return kind == LINE_BLANK ? LINE_DOT : kind;
		}
		*drop = p[1] == '.';
	}
	if (*p == ' ' || *p == '\t' || *p == '\r')
		return inside ? LINE_FIELD : LINE_OTHER;
	return line_field(p + *drop, n - *drop, whole);
}

/* line_kind, with as much reading as it needs; -1 on failure. */
static int
input_line(struct input *in, bool inside, size_t *drop, struct outcome *o)
{
	enum line kind;

	while ((kind = line_kind(in, inside, drop)) == LINE_MORE)
		if (input_fill(in, o) < 0)
			return -1;
	return (int)kind;
}

static int
header_too_big(const struct buf *h, struct outcome *o)
{
	return outcome_fail(o, FAULT_DATA, STAGE_INPUT,
	    "the header is larger than %zu octets", h->max);
}

/* A line without its end, as it was written, into h; NULL: nowhere.  1, 0
 * when the end came before the line's, or -1. */
static int
input_copy(struct input *in, struct buf *h, struct outcome *o)
{
	const char *p, *lf;
	size_t n;
	int r;

	for (;;) {
		if (in->pos == in->len && (r = input_fill(in, o)) <= 0)
			return r;
		p = in->data + in->pos;
		lf = memchr(p, '\n', in->len - in->pos);
		n = lf != NULL ? (size_t)(lf - p) : in->len - in->pos;
		if (h != NULL && buf_add(h, p, n) < 0)
			return header_too_big(h, o);
		input_take(in, n);
		if (lf != NULL) {
			input_take(in, 1);
			return 1;
		}
	}
}

/* One line of the header block into h, in wire form. */
static int
header_line(struct input *in, struct buf *h, struct outcome *o)
{
	size_t from = h->len;
	char *p;

	if (input_copy(in, h, o) < 0)
		return -1;
	while (h->len > from && h->data[h->len - 1] == '\r')
		h->len--;
	p = h->data + from;
	while ((p = memchr(p, '\r', (size_t)(h->data + h->len - p))) != NULL)
		*p++ = ' ';
	if (buf_puts(h, "\r\n") < 0)
		return header_too_big(h, o);
	return 0;
}

int
input_header(struct input *in, struct buf *h, struct outcome *o)
{
	bool first = true, inside = false;
	size_t drop;
	int kind;

	while ((kind = input_line(in, inside, &drop, o)) >= 0) {
		if (kind == LINE_FIELD) {
			input_take(in, drop);
			if (header_line(in, h, o) < 0)
				return -1;
			inside = true;
		} else if (kind == LINE_OTHER && first &&
		    in->len - in->pos >= 5 &&
		    memcmp(in->data + in->pos, "From ", 5) == 0) {
			in->from_dropped = true;
			if (input_copy(in, NULL, o) < 0)
				return -1;
		} else
			break;
		first = false;
	}
	if (kind < 0)
		return -1;
	if (kind == LINE_BLANK || kind == LINE_DOT)
		input_take(in, drop);
	if (kind == LINE_DOT || kind == LINE_NONE)
		in->ended = true;
	return input_over(in) ? input_too_big(in, o) : 0;
}

int
input_body(struct input *in, char *out, size_t size, size_t *n,
    struct outcome *o)
{
	size_t used;

	assert(size >= 2 * (size_t)LIMIT_INPUT + 4);
	for (*n = 0; *n == 0 && !in->ended; ) {
		if (in->pos == in->len && !in->lines.bare &&
		    input_fill(in, o) < 0)
			return -1;
		*n = lines_run(&in->lines, in->data + in->pos,
		    in->len - in->pos, &used, out, size);
		input_take(in, used);
		in->ended = in->lines.ended;
		if (input_over(in))
			return input_too_big(in, o);
	}
	return 0;
}

void
input_drain(struct input *in)
{
	struct pollfd pfd = { in->fd, POLLIN, 0 };
	size_t all = 0;
	ssize_t n;

	if (!in->ended || in->eof)
		return;
	in->after_dot = in->pos < in->len;
	in->pos = in->len = 0;
	if (isatty(in->fd))
		return;
	while (all < DRAIN_MAX && poll(&pfd, 1, DRAIN_MS) > 0) {
		n = file_read(in->fd, in->data, sizeof(in->data));
		if (n <= 0)
			break;
		in->after_dot = true;
		all += (size_t)n;
	}
}
