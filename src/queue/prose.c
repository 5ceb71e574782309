/* SPDX-License-Identifier: ISC */
/* What people read of a notice. */
#include <stdio.h>
#include <string.h>

#include "mail/header.h"
#include "mail/repair.h"
#include "queue/fold.h"
#include "queue/prose.h"

#define INDENT	"    "

static void
paragraph(struct sheet *s, const char *text)
{
	fold_words(&s->piece, text, strlen(text), false, "");
	buf_puts(&s->piece, "\r\n\r\n");
	sheet_commit(s);
}

static void
indented(struct buf *b, const char *words)
{
	buf_puts(b, INDENT);
	fold_words(b, words, strlen(words), false, INDENT);
	buf_puts(b, "\r\n");
}

static void
opening(struct sheet *s, const struct bounce_facts *f, size_t n)
{
	const char *to = n == 1 ? "the address below" : "the addresses below";
	struct buf b;

	buf_init(&b, 4096);
	buf_printf(&b, "This is the mail program of %.255s.", f->host);
	paragraph(s, b.data);
	buf_clear(&b);
	if (f->kind == NOTICE_FAILED)
		buf_printf(&b, "Your message could not be delivered to %s.",
		    to);
	else
		buf_printf(&b, "This is only a warning: you need not do "
		    "anything. Your message could not be delivered to %s "
		    "yet.", to);
	paragraph(s, b.data);
	buf_free(&b);
}

/* A field of the message, as it is written there. */
static void
field(struct buf *b, const struct buf *header, const char *name,
    const char *label)
{
	struct field at;

	if (!header_find(header, name, &at))
		return;
	buf_puts(b, INDENT);
	buf_puts(b, label);
	fold_words(b, header->data + at.body, at.body_end - at.body, false,
	    INDENT "         ");
	buf_puts(b, "\r\n");
}

static void
message(struct sheet *s, const struct buf *header)
{
	struct buf *b = &s->piece;

	field(b, header, "Subject", "Subject: ");
	field(b, header, "Date", "Date:    ");
	field(b, header, "To", "To:      ");
	if (b->len > 0)
		buf_puts(b, "\r\n");
	sheet_commit(s);
}

/* Would the same be said of both? */
static bool
is_alike(const struct recipient *a, const struct recipient *b)
{
	const char *said = notice_said(a), *other = notice_said(b);

	if ((said == NULL) != (other == NULL))
		return false;
	if (said == NULL) {
		said = a->text == NULL ? "" : a->text;
		other = b->text == NULL ? "" : b->text;
	}
	return strcmp(said, other) == 0 &&
	    a->code == b->code && a->in_doubt == b->in_doubt &&
	    notice_expired(a) == notice_expired(b) &&
	    memcmp(a->enhanced, b->enhanced, sizeof(a->enhanced)) == 0;
}

static void
quotation(struct buf *b, const struct recipient *r, const char *said,
    const struct bounce_facts *f)
{
	const uint16_t *x = r->enhanced;

	buf_puts(b, INDENT "The mail server ");
	if (f->smarthost != NULL) {
		fold_words(b, f->smarthost, strlen(f->smarthost), true,
		    INDENT);
		buf_putc(b, ' ');
	}
	buf_puts(b, notice_expired(r) ? "last said:\r\n" : "said:\r\n");
	buf_printf(b, INDENT INDENT "%u ", (unsigned)r->code);
	if (x[0] == r->code / 100)
		buf_printf(b, "%u.%u.%u ", (unsigned)x[0], (unsigned)x[1],
		    (unsigned)x[2]);
	fold_words(b, said, strlen(said), false, INDENT INDENT);
	buf_puts(b, "\r\n");
}

/* The words of an outcome have their advice behind the NUL. */
static void
reason(struct buf *b, const struct recipient *r, const struct bounce_facts *f)
{
	const char *said = notice_said(r), *advice;

	if (notice_expired(r))
		indented(b, "It was tried again and again, and given up now "
		    "because time ran out.");
	if (said != NULL)
		quotation(b, r, said, f);
	else if (r->text != NULL && *r->text != '\0')
		indented(b, r->text);
	else
		indented(b, f->kind == NOTICE_DELAYED ?
		    "It has not been tried yet." : "No reason is known.");
	advice = r->text == NULL ? "" : r->text + strlen(r->text) + 1;
	if (*advice != '\0')
		indented(b, advice);
	if (r->in_doubt)
		indented(b, "It may have arrived all the same: the connection "
		    "broke before the answer.");
}

static void
recipients(struct sheet *s, const struct envelope *v,
    const struct bounce_facts *f)
{
	size_t i = notice_next(v, f->kind, 0), next, n;

	for (n = 1; i < v->n && n <= NOTICE_LISTED; n++, i = next) {
		next = notice_next(v, f->kind, i + 1);
		buf_puts(&s->piece, "  <");
		fold_address(&s->piece, v->rcpt[i].address, INDENT);
		buf_puts(&s->piece, ">\r\n");
		if (next == v->n || n == NOTICE_LISTED ||
		    !is_alike(&v->rcpt[i], &v->rcpt[next])) {
			reason(&s->piece, &v->rcpt[i], f);
			buf_puts(&s->piece, "\r\n");
		}
		sheet_commit(s);
	}
}

/* What is true of the recipients that are not listed. */
static void
others(struct sheet *s, const struct envelope *v,
    const struct bounce_facts *f, size_t n)
{
	size_t sent = envelope_count(v, VERDICT_DELIVERED), waiting;
	char words[160];

	if (n > NOTICE_LISTED) {
		snprintf(words, sizeof(words), "And %zu more, which are not "
		    "listed, neither here nor in the report.",
		    n - NOTICE_LISTED);
		paragraph(s, words);
	}
	if (sent > 0) {
		snprintf(words, sizeof(words), "It was delivered to %zu other "
		    "recipient%s.", sent, sent == 1 ? "" : "s");
		paragraph(s, words);
	}
	waiting = f->kind == NOTICE_DELAYED ? 0 :
	    notice_count(v, NOTICE_WAITING);
	if (waiting > 0) {
		snprintf(words, sizeof(words), "For %zu other recipient%s it "
		    "is still being tried.", waiting, waiting == 1 ? "" : "s");
		paragraph(s, words);
	}
}

static void
closing(struct sheet *s, const struct bounce_facts *f, bool whole)
{
	char words[320], date[40];

	if (f->kind == NOTICE_FAILED)
		paragraph(s, "It will not be tried again. If you can remove "
		    "the cause (a mistyped address, for example), please send "
		    "the message again.");
	else if (f->until == 0)
		paragraph(s, "It will be tried again. You will be told if "
		    "it is given up.");
	else {
		repair_date(date, f->until);
		snprintf(words, sizeof(words), "It will be tried again until "
		    "%s. You will be told if it cannot be delivered by then.",
		    date);
		paragraph(s, words);
	}
	sheet_puts(s, whole ?
	    "A report for programs is attached, and your message.\r\n" :
	    "A report for programs is attached, and the header of your "
	    "message.\r\n");
}

void
prose_write(struct sheet *s, const struct entry *e,
    const struct bounce_facts *f, const struct buf *header, bool whole)
{
	size_t n = notice_count(&e->envelope, f->kind);

	opening(s, f, n);
	message(s, header);
	recipients(s, &e->envelope, f);
	others(s, &e->envelope, f, n);
	closing(s, f, whole);
}
