/* SPDX-License-Identifier: ISC */
/* The spool file of one message, and the facts about it. */
#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "mail/facts.h"
#include "mail/header.h"
#include "mail/message.h"

enum {
	PAGE = 4096,
	QUEUE_LINE = 128,		/* in front of a queued message */
	SPARE = 1024,			/* for fields added after the body */
	SPOOL_WRITE = 65536,		/* at least, in one write */
	SPOOL_ROOM = SPOOL_WRITE + 2 * LIMIT_INPUT + 4
};

static int
message_temporary(void)
{
	char name[] = "/var/tmp/posthornXXXXXX";
	int fd = open("/var/tmp", O_RDWR | O_CLOEXEC | O_TMPFILE, 0600);

	if (fd < 0) {
		fd = mkostemp(name, O_CLOEXEC);
		if (fd >= 0)
			unlink(name);
	}
	return fd;
}

int
message_open(struct message *m, const char *directory, struct outcome *o)
{
	memset(m, 0, sizeof(*m));
	m->fd = -1;
	m->utf8 = true;
	m->place = directory;
	if (directory != NULL)
		m->fd = open(directory, O_RDWR | O_CLOEXEC | O_TMPFILE, 0600);
	if (m->fd < 0) {
		m->place = "/var/tmp";
		m->fd = message_temporary();
	}
	if (m->fd < 0) {
		m->place = "memory";
		m->fd = memfd_create("posthorn", MFD_CLOEXEC);
	}
	if (m->fd < 0)
		return outcome_errno(o, FAULT_OS, STAGE_INPUT,
		    "cannot make a file for the message");
	return 0;
}

int
message_write(const struct message *m, const void *p, size_t n, off_t at,
    struct outcome *o)
{
	bool full;

	if (file_pwrite(m->fd, p, n, at) == 0)
		return 0;
	full = errno == ENOSPC || errno == EDQUOT;
	outcome_errno(o, full ? FAULT_DELAY : FAULT_OS, STAGE_INPUT,
	    "cannot keep the message in %s", m->place);
	if (full)
		outcome_advise(o, "make room in %s", m->place);
	return -1;
}

/* Reads into room until there is enough for a write or the end (*more is
 * false then). */
static int
body_gather(struct input *in, struct facts *f, char *room, size_t *used,
    bool *more, struct outcome *o)
{
	size_t n;

	for (*more = true; *used < SPOOL_WRITE && *more; *used += n) {
		if (input_body(in, room + *used, SPOOL_ROOM - *used, &n,
		    o) < 0)
			return -1;
		facts_note(f, room + *used, n);
		*more = n > 0;
	}
	return 0;
}

static int
body_spool(struct message *m, struct input *in, struct facts *f, char *room,
    struct outcome *o)
{
	size_t used = 0, n;
	bool more;

	do {
		if (body_gather(in, f, room, &used, &more, o) < 0)
			return -1;
		/* Whole pages, as long as there is more to come. */
		n = more ? used - used % PAGE : used;
		if (n > 0 && message_write(m, room, n,
		    m->body + (off_t)m->body_length, o) < 0)
			return -1;
		m->body_length += n;
		used -= n;
		memmove(room, room + n, used);
	} while (more);
	return 0;
}

int
message_body(struct message *m, struct input *in, size_t header_len,
    struct outcome *o)
{
	struct facts f;
	size_t gap = QUEUE_LINE + header_len + SPARE;
	char *room = mem_alloc(SPOOL_ROOM);
	int r;

	m->body = (off_t)((gap + PAGE - 1) / PAGE * PAGE);
	m->body_length = 0;
	facts_begin(&f);
	r = body_spool(m, in, &f, room, o);
	free(room);
	m->eightbit = f.eightbit;
	m->utf8 = facts_all_utf8(&f);
	m->longest = f.longest;
	return r;
}

static bool
header_says_mime(const struct buf *h)
{
	struct field f;
	size_t pos = 0;

	while (header_next(h, &pos, &f))
		if (header_is(h, &f, "MIME-Version") || (f.name_len > 8 &&
		    strncasecmp(h->data + f.start, "Content-", 8) == 0))
			return true;
	return false;
}

static int
header_add_mime(const struct message *m, struct buf *h, struct outcome *o)
{
	if (header_append(h, "MIME-Version: 1.0\r\n") < 0 ||
	    header_append(h, m->utf8 ?
	    "Content-Type: text/plain; charset=utf-8\r\n" :
	    "Content-Type: text/plain; charset=unknown-8bit\r\n") < 0 ||
	    header_append(h, "Content-Transfer-Encoding: 8bit\r\n") < 0)
		return outcome_fail(o, FAULT_DATA, STAGE_INPUT,
		    "the header is larger than %zu octets", h->max);
	return 0;
}

int
message_header(struct message *m, struct buf *h, struct outcome *o)
{
	off_t blank = m->body - 2;
	struct facts f;

	if (m->eightbit && !header_says_mime(h) &&
	    header_add_mime(m, h, o) < 0)
		return -1;
	if ((off_t)h->len > blank - QUEUE_LINE)
		return outcome_fail(o, FAULT_BUG, STAGE_INPUT,
		    "the header of %zu octets does not fit before the body "
		    "at %lld", h->len, (long long)m->body);
	facts_begin(&f);
	facts_note(&f, h->data, h->len);
	m->eightbit_header = f.eightbit;
	m->longest_header = f.longest;
	m->start = blank - (off_t)h->len;
	m->length = h->len + 2 + m->body_length;
	if (message_write(m, h->data, h->len, m->start, o) < 0)
		return -1;
	return message_write(m, "\r\n", 2, blank, o);
}

void
message_close(struct message *m)
{
	if (m->fd >= 0)
		close(m->fd);
	m->fd = -1;
}
