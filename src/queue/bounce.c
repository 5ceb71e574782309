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
#include "queue/bounce.h"
#include "queue/heading.h"
#include "queue/original.h"
#include "queue/prose.h"
#include "queue/sheet.h"
#include "queue/status.h"

#define LINE_OCTETS	998u		/* RFC 5322 section 2.1.1 */
#define HEADER_MAX	32768u		/* of the notice */
#define GAP		4096u		/* in front of a body, beside it */

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

bool
bounce_may(const struct entry *e)
{
	struct outcome o;
	struct buf h;
	bool may;

	if (*e->envelope.sender == '\0')
		return false;
	may = original_read(e, &h, &o) < 0 || !original_automatic(&h);
	buf_free(&h);
	return may;
}

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

static bool
is_utf8(const struct draft *d)
{
	return original_utf8(&d->original);
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

/* Was the message refused for what it is: too large, or not to be converted?
 * A notice that holds it would be too. */
static bool
is_unfit(const struct draft *d)
{
	const struct envelope *v = &d->e->envelope;
	const uint16_t *x;
	size_t i;

	for (i = notice_next(v, d->f->kind, 0); i < v->n;
	    i = notice_next(v, d->f->kind, i + 1)) {
		x = v->rcpt[i].enhanced;
		if ((x[1] == 3 && x[2] == 4) || (x[1] == 6 && x[2] == 3))
			return true;
	}
	return false;
}

/* A whole message goes with bad news only (RFC 3461 section 4.3), and only
 * if its lines, and all of it, can. */
static bool
goes_whole(const struct draft *d)
{
	struct traits t;

	if (!d->f->whole || d->e->envelope.require_tls ||
	    d->f->kind != NOTICE_FAILED || is_unfit(d) ||
	    d->e->message.longest > LINE_OCTETS)
		return false;
	t = header_traits(d);
	return !t.bare && t.longest <= LINE_OCTETS;
}

static int
write_draft(struct draft *d, struct message *m, struct buf *h,
    struct outcome *o)
{
	heading_write(h, d->f, d->to, &d->original, d->boundary);
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

/* What must not go over a line without TLS is no part of a notice, which may
 * (RFC 8689 section 5); two fields tell its sender which message it is. */
static void
redact(struct buf *original)
{
	static const char *const kept[] = { "Date", "Message-ID" };
	struct field f;
	struct buf rest;
	size_t i;

	buf_init(&rest, original->max);
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (header_find(original, kept[i], &f))
			buf_add(&rest, original->data + f.start,
			    f.end - f.start);
	buf_free(original);
	*original = rest;
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
	if (original_read(e, &d.original, o) == 0 &&
	    choose_boundary(&d, o) == 0) {
		if (e->envelope.require_tls)
			redact(&d.original);
		d.whole = goes_whole(&d);
		r = write_draft(&d, m, &h, o);
	}
	buf_free(&d.original);
	buf_free(&h);
	return r;
}
