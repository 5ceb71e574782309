/* SPDX-License-Identifier: ISC */
/* The octets of a message on their way into a file without a name. */
#include <sys/mman.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "front/gather.h"

#define SMALL	(1u << 20)
#define ROOM	(sizeof(((struct talk *)0)->data) + 2)

void
gather_open(struct gather *g, const char *directory, uint64_t max)
{
	memset(g, 0, sizeof(*g));
	g->directory = directory;
	g->max = max;
	g->small = memfd_create("posthorn", MFD_CLOEXEC);
	g->large.fd = -1;
	g->fd = g->small;
	g->room = mem_alloc(ROOM);
	outcome_clear(&g->fault);
}

void
gather_close(struct gather *g)
{
	if (g->small >= 0)
		close(g->small);
	message_close(&g->large);
	free(g->room);
}

/* A file that cannot be emptied is not used again. */
static void
gather_empty(int *fd)
{
	if (*fd >= 0 && ftruncate(*fd, 0) == 0)
		return;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void
gather_reset(struct gather *g)
{
	gather_empty(&g->small);
	gather_empty(&g->large.fd);
	g->n = 0;
	g->fd = g->small;
	g->dropping = false;
	outcome_clear(&g->fault);
}

void
gather_drop(struct gather *g)
{
	g->dropping = true;
}

/* ---- Into the file ------------------------------------------------------- */

static void
gather_trouble(struct gather *g, const char *what)
{
	const bool full = errno == ENOSPC || errno == EDQUOT ||
	    errno == EFBIG;

	g->dropping = true;
	outcome_errno(&g->fault, full ? FAULT_DELAY : FAULT_OS, STAGE_INPUT,
	    "%s", what);
}

static void
gather_too_large(struct gather *g)
{
	static const uint16_t too_large[3] = { 5, 3, 4 };

	g->dropping = true;
	outcome_fail(&g->fault, FAULT_DATA, STAGE_INPUT, "the message is "
	    "larger than the %llu octets that max-message-size allows",
	    (unsigned long long)g->max);
	outcome_codes(&g->fault, 552, too_large);
}

/* What memory holds goes to the disk; room is free then. */
static int
gather_move(struct gather *g)
{
	uint64_t at;
	size_t n;

	if (g->large.fd < 0 &&
	    message_open(&g->large, g->directory, &g->fault) < 0) {
		g->dropping = true;
		return -1;
	}
	for (at = 0; at < g->n; at += n) {
		n = g->n - at < SMALL / 16 ? (size_t)(g->n - at) : SMALL / 16;
		if (file_pread(g->small, g->room, n, (off_t)at) < 0 ||
		    file_pwrite(g->large.fd, g->room, n, (off_t)at) < 0) {
			gather_trouble(g, "cannot keep the message");
			return -1;
		}
	}
	g->fd = g->large.fd;
	return 0;
}

/* p is not in room. */
static void
gather_write(struct gather *g, const char *p, size_t n)
{
	if (g->dropping)
		return;
	if (g->max > 0 && g->n + n > g->max) {
		gather_too_large(g);
		return;
	}
	if (g->fd < 0 || (g->fd == g->small && g->n + n > SMALL)) {
		if (gather_move(g) < 0)
			return;
	}
	if (file_pwrite(g->fd, p, n, (off_t)g->n) < 0)
		gather_trouble(g, "cannot keep the message");
	else
		g->n += n;
}

int
gather_done(struct gather *g)
{
	if (g->fd < 0 && gather_move(g) < 0)
		return -1;
	if (lseek(g->fd, 0, SEEK_SET) == 0)
		return g->fd;
	gather_trouble(g, "cannot read the message again");
	return -1;
}

/* ---- BDAT ---------------------------------------------------------------- */

int
gather_chunk(struct gather *g, struct talk *t, uint64_t n)
{
	const char *p;
	size_t k;

	for (; n > 0; n -= k) {
		k = talk_some(t, &p);
		if (k == 0)
			return -1;
		if (k > n)
			k = (size_t)n;
		gather_write(g, p, k);
		talk_used(t, k);
	}
	return 0;
}

/* ---- DATA ---------------------------------------------------------------- */

/* An octet of the text itself. */
static enum gather_where
dots_inside(struct gather_dots *d, char c)
{
	if (c == '\r')
		return GATHER_CR;
	if (c != '\n')
		return GATHER_INSIDE;
	d->crlf = d->where == GATHER_CR;
	return d->crlf || d->lf ? GATHER_BEGIN : GATHER_LF;
}

/* Behind a dot that began a line: is the octet of the text?  What of dot and
 * CR belongs there as well goes to *out. */
static bool
dots_behind(struct gather_dots *d, char c, char **out)
{
	const bool cr = d->where == GATHER_DOT_CR;

	if (d->where == GATHER_LF_DOT) {
		*(*out)++ = '.';
		d->where = GATHER_INSIDE;
		return c != '.';
	}
	if (c == '\n' && (cr ? d->crlf : d->lf)) {
		d->ended = true;
		return false;
	}
	if (c == '\r' && !cr) {
		d->where = GATHER_DOT_CR;
		return false;
	}
	/* A lone dot that does not count as one stays. */
	if (c == '\n')
		*(*out)++ = '.';
	if (cr)
		*(*out)++ = '\r';
	d->where = cr ? GATHER_CR : GATHER_INSIDE;
	return true;
}

/* Up to where something can happen in a line. */
static size_t
dots_span(const struct gather_dots *d, const char *p, size_t n)
{
	const char *lf, *cr;

	if (d->where != GATHER_INSIDE)
		return 0;
	lf = memchr(p, '\n', n);
	if (lf != NULL)
		n = (size_t)(lf - p);
	cr = memchr(p, '\r', n);
	return cr != NULL ? (size_t)(cr - p) : n;
}

/* Is it a dot that may not stay? */
static bool
dots_hold(struct gather_dots *d, char c)
{
	if (c != '.' || (d->where != GATHER_BEGIN && d->where != GATHER_LF))
		return false;
	d->where = d->where == GATHER_LF ? GATHER_LF_DOT : GATHER_DOT;
	return true;
}

static bool
dots_held(const struct gather_dots *d)
{
	return d->where == GATHER_DOT || d->where == GATHER_DOT_CR ||
	    d->where == GATHER_LF_DOT;
}

size_t
gather_undot(struct gather_dots *d, const char *p, size_t n, char *out,
    size_t *used)
{
	char *to = out;
	size_t i = 0, k;

	while (i < n && !d->ended) {
		k = dots_span(d, p + i, n - i);
		memcpy(to, p + i, k);
		to += k;
		i += k;
		if (i == n)
			break;
		if (!dots_hold(d, p[i]) && (!dots_held(d) ||
		    dots_behind(d, p[i], &to))) {
			*to++ = p[i];
			d->where = dots_inside(d, p[i]);
		}
		i++;
	}
	*used = i;
	return (size_t)(to - out);
}

int
gather_data(struct gather *g, struct talk *t, bool lf)
{
	struct gather_dots d = { GATHER_BEGIN, lf, !lf, false };
	char *text = mem_alloc(ROOM);
	const char *p;
	size_t n, used;

	while (!d.ended && (n = talk_some(t, &p)) > 0) {
		n = gather_undot(&d, p, n, text, &used);
		talk_used(t, used);
		if (n > 0)
			gather_write(g, text, n);
	}
	free(text);
	return d.ended ? 0 : -1;
}
