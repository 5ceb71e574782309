/* SPDX-License-Identifier: ISC */
/* What a message needs of a host, and what has to change for it. */
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "mail/downgrade.h"
#include "mail/header.h"
#include "mail/mime.h"
#include "mail/words.h"
#include "queue/fit.h"

#define LINE_MAX_SENT	998u	/* RFC 5321 section 4.5.3.1.6 */

/* What SMTPUTF8 is wanted for. */
struct wants {
	bool	address;	/* by the envelope: nothing else will do */
	bool	content;	/* by what the message holds */
};

static bool
is_ascii(const char *text)
{
	return words_ascii(text, strlen(text));
}

static bool
wanted_by_address(struct envelope *e)
{
	size_t i;

	if (!e->utf8)
		return false;
	if (!is_ascii(e->sender))
		return true;
	for (i = envelope_next(e, 0); i < e->n; i = envelope_next(e, i + 1))
		if (!is_ascii(e->rcpt[i].address))
			return true;
	return false;
}

static int
read_header(const struct message *m, struct buf *h, struct outcome *o)
{
	size_t n = (size_t)(m->length - m->body_length);
	char *room = buf_room(h, n);

	if (room == NULL)
		return outcome_fail(o, FAULT_BUG, STAGE_INPUT,
		    "the header in %s has %zu octets", m->place, n);
	if (file_pread(m->fd, room, n, m->start) < 0)
		return outcome_errno(o, FAULT_OS, STAGE_INPUT,
		    "cannot read the message in %s", m->place);
	/* without the blank line */
	h->len += n >= 2 ? n - 2 : 0;
	h->data[h->len] = '\0';
	return 0;
}

/* Has the header octets over 127 that no encoding can say, or that are signed?
 * SMTPUTF8 is for UTF-8 only. */
static bool
wanted_by_header(const struct buf *h, bool asked)
{
	struct field f;
	struct buf out;
	bool wanted;

	if (!words_utf8(h->data, h->len))
		return false;
	if (asked || header_find(h, "DKIM-Signature", &f))
		return true;
	buf_init(&out, 4 * (size_t)LIMIT_HEADER);
	wanted = downgrade_header(&out, h, true, false) < 0 ||
	    !words_ascii(out.data, out.len);
	buf_free(&out);
	return wanted;
}

/* *valid: SMTPUTF8 may be said of the header as it is. */
static int
find_wants(const struct message *m, struct envelope *e, struct wants *w,
    bool *valid, struct outcome *o)
{
	struct buf h;
	int r = 0;

	w->address = wanted_by_address(e);
	w->content = e->utf8_asked && m->eightbit;
	*valid = true;
	if (!m->eightbit_header)
		return 0;
	buf_init(&h, 2 * (size_t)LIMIT_HEADER);
	r = read_header(m, &h, o);
	if (r == 0) {
		*valid = words_utf8(h.data, h.len);
		w->content = wanted_by_header(&h, e->utf8_asked) ||
		    (w->content && *valid);
	}
	buf_free(&h);
	return r;
}

/* What has to change; f->utf8 is set. */
static int
find_changes(struct fit *f, const struct capabilities *c,
    const struct message *m, struct envelope *e, unsigned *what,
    struct outcome *o)
{
	struct wants w;
	bool valid;

	if (find_wants(m, e, &w, &valid, o) < 0)
		return -1;
	f->utf8 = c->utf8 && (w.address || (w.content && c->eightbit));
	*what = 0;
	if (m->eightbit_header && !(f->utf8 && c->eightbit && valid))
		*what |= MIME_HEADER7;
	/* Parts have headers too. */
	if (m->eightbit && !c->eightbit)
		*what |= MIME_BODY7 | MIME_HEADER7;
	if (m->longest > LINE_MAX_SENT || m->longest_header > LINE_MAX_SENT)
		*what |= MIME_LINES;
	return 0;
}

/* A signed part that would have to change may have lines as long as they are,
 * and, where 8-bit goes, headers as they are. */
static int
convert(struct fit *f, const struct capabilities *c, const struct message *m,
    unsigned what, const char *directory, struct outcome *o)
{
	static const unsigned waived[] = { 0, MIME_LINES, MIME_HEADER7,
		MIME_LINES | MIME_HEADER7 };
	unsigned now, last = 0;
	size_t i;

	f->m = m;
	for (i = 0; i < (c->eightbit ? 4 : 2); i++) {
		now = what & ~waived[i];
		if (now == 0)
			return 0;
		if (now == last)
			continue;
		last = now;
		f->converted = mime_convert(m, now, directory, &f->made,
		    o) == 0;
		if (f->converted)
			f->m = &f->made;
		if (f->converted || o->fault != FAULT_REFUSED)
			break;
	}
	return f->converted ? 0 : -1;
}

int
fit_message(struct fit *f, const struct capabilities *c,
    const struct message *m, struct envelope *e, const char *directory,
    struct outcome *o)
{
	unsigned what;

	fit_end(f);
	if (find_changes(f, c, m, e, &what, o) < 0 ||
	    convert(f, c, m, what, directory, o) < 0)
		return -1;
	f->done = true;
	return 0;
}

void
fit_moved(struct fit *f, const struct message *m)
{
	if (f->done && !f->converted)
		f->m = m;
}

void
fit_end(struct fit *f)
{
	if (f->converted)
		message_close(&f->made);
	memset(f, 0, sizeof(*f));
}
