/* SPDX-License-Identifier: ISC */
/*
 * Any lines as a message: it is made fit, or refused 5.6.3.  What comes out
 * is what was wanted, its facts are true, and once fit it stays as it is
 * (a header that holds what cannot be said in ASCII is not).  The first octet
 * says what is wanted.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/file.h"
#include "mail/facts.h"
#include "mail/mime.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX	(1u << 16)
#define SPOOL	100

static void
must(int ok)
{
	if (!ok)
		abort();
}

/* Wire form: a header block that is one, a blank line, lines. */
static void
make(struct buf *b, const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] == '\n')
			must(buf_puts(b, "\r\n") == 0);
		else if (p[i] != '\r' && p[i] != '\0')
			must(buf_putc(b, (char)p[i]) == 0);
	if (b->len > 0 && b->data[b->len - 1] != '\n')
		must(buf_puts(b, "\r\n") == 0);
	if (strstr(b->data, "\r\n\r\n") == NULL &&
	    strncmp(b->data, "\r\n", 2) != 0)
		must(buf_puts(b, "\r\n") == 0);
}

static void
spool(struct message *m, const struct buf *b)
{
	const char *blank = strncmp(b->data, "\r\n", 2) == 0 ? b->data - 2 :
	    strstr(b->data, "\r\n\r\n");

	memset(m, 0, sizeof(*m));
	m->fd = memfd_create("fuzz", MFD_CLOEXEC);
	m->place = "memory";
	m->start = SPOOL;
	m->length = b->len;
	m->body = SPOOL + (blank + 4 - b->data);
	m->body_length = b->len - (size_t)(blank + 4 - b->data);
	must(m->fd >= 0 && file_pwrite(m->fd, b->data, b->len, SPOOL) == 0);
}

static void
check(const struct message *m, const struct buf *b, unsigned what)
{
	const char *body = b->data + (m->body - m->start);
	struct facts f;
	size_t i;

	must(m->length == m->body_length + (size_t)(body - b->data));
	must(memcmp(body - 2, "\r\n", 2) == 0);
	for (i = 0; i < b->len; i++)
		must(b->data[i] == '\r' ? b->data[i + 1] == '\n' :
		    b->data[i] != '\n' || (i > 0 && b->data[i - 1] == '\r'));
	must(b->data[b->len - 1] == '\n');
	facts_begin(&f);
	facts_note(&f, body, m->body_length);
	must(f.eightbit == m->eightbit && f.longest == m->longest &&
	    facts_all_utf8(&f) == m->utf8);
	must(!(what & MIME_BODY7) || !f.eightbit);
	must(!(what & MIME_LINES) || f.longest <= 998);
	must(facts_eightbit(b->data, (size_t)(body - b->data)) ==
	    m->eightbit_header);
}

/* 0, or -1: refused.  *fit: no header has anything left. */
static int
convert(const struct buf *in, struct buf *to, unsigned what, int *fit)
{
	struct message m, out;
	struct outcome o;
	int r;

	spool(&m, in);
	outcome_clear(&o);
	r = mime_convert(&m, what, NULL, &out, &o);
	if (r == 0) {
		must(buf_room(to, out.length) != NULL);
		must(file_pread(out.fd, to->data, out.length, out.start) == 0);
		to->len = out.length;
		to->data[to->len] = '\0';
		check(&out, to, what);
		*fit = (what & MIME_HEADER7) == 0 ||
		    (what & MIME_BODY7 && !out.eightbit_header);
		message_close(&out);
	} else
		must(o.fault == FAULT_REFUSED && o.enhanced[1] == 6 &&
		    o.enhanced[2] == 3);
	message_close(&m);
	return r;
}

static int
same(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/* Is there such an octet in the header? */
static int
eightbit(const struct buf *b)
{
	const char *blank = strstr(b->data, "\r\n\r\n");

	return facts_eightbit(b->data, blank != NULL ?
	    (size_t)(blank - b->data) : 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf in, once, twice, thrice;
	unsigned what;
	int fit;

	if (size < 1 || size > MAX)
		return 0;
	what = data[0] & 7;
	buf_init(&in, 16 * MAX);
	buf_init(&once, 64 * MAX);
	buf_init(&twice, 64 * MAX);
	buf_init(&thrice, 64 * MAX);
	make(&in, data + 1, size - 1);
	if (convert(&in, &once, what, &fit) == 0 && fit) {
		must(convert(&once, &twice, what, &fit) == 0);
		/* A boundary that can only be read once it is ASCII makes
		 * parts where there were none. */
		must(same(&once, &twice) || (eightbit(&in) &&
		    convert(&twice, &thrice, what, &fit) == 0 &&
		    same(&twice, &thrice)));
	}
	buf_free(&in);
	buf_free(&once);
	buf_free(&twice);
	buf_free(&thrice);
	return 0;
}
