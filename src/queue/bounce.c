/* SPDX-License-Identifier: ISC */
/* RFC 3464 notices: what could not be delivered, or is late, as a message. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "base/file.h"
#include "base/limits.h"
#include "mail/header.h"
#include "mail/repair.h"
#include "mail/words.h"
#include "queue/bounce.h"
#include "queue/fold.h"
#include "queue/prose.h"
#include "queue/sheet.h"
#include "queue/status.h"

#define LOOP_MARK	"posthorn"	/* of X-Loop */
#define LINE_OCTETS	998u		/* RFC 5322 section 2.1.1 */
#define HEADER_MAX	32768u		/* of the notice */
#define GAP		4096u		/* in front of a body, beside it */
#define ID_OCTETS	800u		/* of a Message-ID worth a reference */

/* A notice being written. */
struct draft {
	const struct entry		*e;
	const struct bounce_facts	*f;
	const char			*to;
	struct buf			 original;	/* header of e's */
	bool				 whole;
	char				 boundary[40];
	struct sheet			 sheet;
};

/* What is to be put has these traits. */
struct traits {
	bool	eightbit, bare;
	size_t	longest;
};

/* The header of e's message; what passes LIMIT_HEADER is left out. */
static int
read_header(const struct entry *e, struct buf *h, struct outcome *o)
{
	const struct message *m = &e->message;
	size_t n = m->body - 2 > m->start ? (size_t)(m->body - 2 - m->start) :
	    0;
	char *room, *lf;

	buf_init(h, LIMIT_HEADER);
	if (n > LIMIT_HEADER)
		n = LIMIT_HEADER;
	room = buf_room(h, n);
	if (file_pread(m->fd, room, n, m->start) < 0)
		return outcome_errno(o, FAULT_OS, STAGE_INPUT,
		    "cannot read the message %s back", e->id);
	lf = memrchr(room, '\n', n);
	h->len = lf == NULL ? 0 : (size_t)(lf - room) + 1;
	if (h->cap > 0)
		h->data[h->len] = '\0';
	return 0;
}

/* Behind blanks, line ends and comments. */
static size_t
skip(const struct buf *h, size_t p, size_t end)
{
	unsigned depth = 0;

	for (; p < end; p++) {
		char c = h->data[p];

		if (c == '(')
			depth++;
		else if (c == ')' && depth > 0)
			depth--;
		else if (c == '\\' && depth > 0)
			p++;
		else if (depth == 0 && (c == '\0' ||
		    strchr(" \t\r\n", c) == NULL))
			break;
	}
	return p < end ? p : end;
}

/* Is the first word of the field's body this one? */
static bool
says(const struct buf *h, const struct field *f, const char *word)
{
	size_t p = skip(h, f->body, f->body_end), n = strlen(word);

	return f->body_end - p >= n &&
	    strncasecmp(h->data + p, word, n) == 0 &&
	    (p + n == f->body_end ||
	    strchr(" \t\r\n;(", h->data[p + n]) != NULL);
}

/* Fields that tell an automatic message (RFC 3834 section 2). */
static bool
is_automatic(const struct buf *h, const struct field *f)
{
	static const struct {
		const char *name, *word;
	} marks[] = {
		{ "Precedence", "bulk" }, { "Precedence", "list" },
		{ "Precedence", "junk" }, { "X-Loop", LOOP_MARK },
		{ "Content-Type", "multipart/report" },
	};
	size_t i;

	if (header_is(h, f, "Auto-Submitted"))
		return !says(h, f, "no") &&
		    skip(h, f->body, f->body_end) < f->body_end;
	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (header_is(h, f, marks[i].name) &&
		    says(h, f, marks[i].word))
			return true;
	return false;
}

bool
bounce_may(const struct entry *e)
{
	struct outcome o;
	struct field f;
	struct buf h;
	size_t pos = 0;
	bool may = true;

	if (*e->envelope.sender == '\0')
		return false;
	if (read_header(e, &h, &o) == 0)
		while (may && header_next(&h, &pos, &f))
			may = !is_automatic(&h, &f);
	buf_free(&h);
	return may;
}

/* No content can hold it: 128 bits of chance. */
static int
choose_boundary(struct draft *d, struct outcome *o)
{
	uint64_t r[2];

	if (getrandom(r, sizeof(r), 0) != (ssize_t)sizeof(r))
		return outcome_errno(o, FAULT_OS, STAGE_INPUT,
		    "no random numbers for a notice");
	snprintf(d->boundary, sizeof(d->boundary), "=_%016llx%016llx",
	    (unsigned long long)r[0], (unsigned long long)r[1]);
	return 0;
}

static void
put_from(struct buf *h, const struct bounce_facts *f)
{
	const char *name = f->from_name, *gap = "";
	size_t mark = h->len;

	buf_puts(h, "From: ");
	if (name != NULL && *name != '\0' &&
	    words_phrase(h, name, strnlen(name, LIMIT_PHRASE)) == 0)
		gap = h->len - mark + strlen(f->from_address) < 70 ? " " :
		    "\r\n ";
	buf_printf(h, "%s<", gap);
	fold_address(h, f->from_address, " ");
	buf_puts(h, ">\r\n");
}

/* The Message-ID of the message, if it is one that can be referred to. */
static void
put_references(struct buf *h, const struct buf *original)
{
	struct field f;
	const char *id;
	size_t p, n = 0, at = 0;

	if (header_count(original, "Message-ID") != 1 ||
	    !header_find(original, "Message-ID", &f))
		return;
	p = skip(original, f.body, f.body_end);
	id = original->data + p;
	while (p + n < f.body_end && id[n] > ' ' && id[n] < 0x7f &&
	    (n == 0 || (id[n] != '<' && id[n - 1] != '>'))) {
		at += id[n] == '@' && n > 1;
		n++;
	}
	if (n < 5 || n > ID_OCTETS || id[0] != '<' || id[n - 1] != '>' ||
	    at != 1 || id[n - 2] == '@' ||
	    skip(original, p + n, f.body_end) < f.body_end)
		return;
	buf_printf(h, "In-Reply-To: %.*s\r\nReferences: %.*s\r\n", (int)n, id,
	    (int)n, id);
}

/* The header, but for what depends on the body. */
static void
put_header(struct buf *h, const struct draft *d)
{
	const struct bounce_facts *f = d->f;
	char date[40];

	repair_date(date, f->now);
	buf_printf(h, "Date: %s\r\n", date);
	put_from(h, f);
	buf_puts(h, "To: <");
	fold_address(h, d->to, " ");
	buf_printf(h, ">\r\nSubject: %s\r\nMessage-ID: <",
	    f->kind == NOTICE_FAILED ? "Your message could not be delivered" :
	    "Your message is delayed");
	fold_words(h, f->id, strnlen(f->id, LIMIT_LOCAL), true, " ");
	buf_putc(h, '@');
	fold_words(h, f->host, strnlen(f->host, LIMIT_DOMAIN), true, " ");
	buf_puts(h, ">\r\n");
	put_references(h, &d->original);
	buf_printf(h, "Auto-Submitted: auto-replied\r\nX-Loop: " LOOP_MARK
	    "\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; "
	    "report-type=delivery-status;\r\n boundary=\"%s\"\r\n",
	    d->boundary);
}

static void
begin_part(struct draft *d, const char *what, const char *type,
    const char *encoding)
{
	buf_printf(&d->sheet.piece, "\r\n--%s\r\nContent-Description: %s\r\n"
	    "Content-Type: %s\r\nContent-Transfer-Encoding: %s\r\n\r\n",
	    d->boundary, what, type, encoding);
	sheet_commit(&d->sheet);
}

static struct traits
traits_of(struct sheet *s)
{
	sheet_end(s);
	return (struct traits){ s->eightbit, s->bare, s->longest };
}

/* The text: noted once, to know what it needs, then written. */
static void
put_text(struct draft *d)
{
	struct sheet dry;
	bool eightbit;

	sheet_begin(&dry, NULL, 0, NULL);
	prose_write(&dry, d->e, d->f, &d->original, d->whole);
	eightbit = traits_of(&dry).eightbit;
	begin_part(d, "What happened", eightbit ?
	    "text/plain; charset=utf-8" : "text/plain; charset=us-ascii",
	    eightbit ? "quoted-printable" : "7bit");
	d->sheet.quoted = eightbit;
	prose_write(&d->sheet, d->e, d->f, &d->original, d->whole);
	d->sheet.quoted = false;
}

static void
put_status(struct draft *d)
{
	struct sheet dry;
	bool global;

	/* with ASCII words, only an address can have other octets */
	sheet_begin(&dry, NULL, 0, NULL);
	status_write(&dry, d->e, d->f, false);
	global = traits_of(&dry).eightbit;
	begin_part(d, "Report for programs", global ?
	    "message/global-delivery-status" : "message/delivery-status",
	    global ? "8bit" : "7bit");
	status_write(&d->sheet, d->e, d->f, global);
}

static struct traits
header_traits(const struct draft *d)
{
	struct sheet dry;

	sheet_begin(&dry, NULL, 0, NULL);
	sheet_put(&dry, d->original.data, d->original.len);
	return traits_of(&dry);
}

static bool
is_utf8(const struct draft *d)
{
	return words_utf8(d->original.data, d->original.len);
}

static void
put_whole(struct draft *d)
{
	const struct message *m = &d->e->message;
	struct traits t = header_traits(d);
	bool eightbit = t.eightbit || m->eightbit;
	bool global = t.eightbit && d->e->envelope.utf8 && is_utf8(d);
	size_t longest = t.longest > m->longest ? t.longest : m->longest;

	begin_part(d, "The message", global ? "message/global" :
	    "message/rfc822", eightbit ? "8bit" : "7bit");
	sheet_copy(&d->sheet, m);
	d->sheet.eightbit |= eightbit;
	if (longest > d->sheet.longest)
		d->sheet.longest = longest;
}

static void
put_original_header(struct draft *d)
{
	struct traits t = header_traits(d);
	bool global = t.eightbit && d->e->envelope.utf8 && is_utf8(d);
	bool quoted = t.bare || t.longest > LINE_OCTETS ||
	    (t.eightbit && !global);

	begin_part(d, "The header of the message", global ?
	    "message/global-headers" : "text/rfc822-headers",
	    quoted ? "quoted-printable" : global ? "8bit" : "7bit");
	d->sheet.quoted = quoted;
	sheet_put(&d->sheet, d->original.data, d->original.len);
	d->sheet.quoted = false;
}

static int
put_body(struct draft *d, struct message *m, struct outcome *o)
{
	sheet_begin(&d->sheet, m, m->body, o);
	sheet_puts(&d->sheet, "This is a report in several parts (MIME).\r\n");
	put_text(d);
	put_status(d);
	if (d->whole)
		put_whole(d);
	else
		put_original_header(d);
	buf_printf(&d->sheet.piece, "\r\n--%s--\r\n", d->boundary);
	sheet_commit(&d->sheet);
	return sheet_end(&d->sheet);
}

/* A whole message goes with bad news only (RFC 3461 section 4.3), and only
 * if its lines can. */
static bool
goes_whole(const struct draft *d)
{
	struct traits t;

	if (!d->f->whole || d->f->kind != NOTICE_FAILED ||
	    d->e->message.longest > LINE_OCTETS)
		return false;
	t = header_traits(d);
	return !t.bare && t.longest <= LINE_OCTETS;
}

static int
write_draft(struct draft *d, struct message *m, struct buf *h,
    struct outcome *o)
{
	put_header(h, d);
	m->body = (off_t)(h->len + GAP);
	if (put_body(d, m, o) < 0)
		return -1;
	m->body_length = d->sheet.length;
	m->longest = d->sheet.longest;
	m->eightbit = d->sheet.eightbit;
	m->utf8 = !d->whole || (d->e->message.utf8 && is_utf8(d));
	if (m->eightbit)
		buf_puts(h, "Content-Transfer-Encoding: 8bit\r\n");
	return message_header(m, h, o);
}

int
bounce_write(struct message *m, const struct entry *e,
    const struct bounce_facts *f, struct outcome *o)
{
	struct draft d = { .e = e, .f = f };
	struct buf h;
	int r = -1;

	d.to = f->to != NULL ? f->to : e->envelope.sender;
	if (*d.to == '\0' || notice_count(&e->envelope, f->kind) == 0)
		return outcome_fail(o, FAULT_BUG, STAGE_INPUT, "a notice on "
		    "%s has nobody to %s", e->id, *d.to == '\0' ?
		    "go to" : "speak of");
	buf_init(&h, HEADER_MAX);
	if (read_header(e, &d.original, o) == 0 &&
	    choose_boundary(&d, o) == 0) {
		d.whole = goes_whole(&d);
		r = write_draft(&d, m, &h, o);
	}
	buf_free(&d.original);
	buf_free(&h);
	return r;
}
