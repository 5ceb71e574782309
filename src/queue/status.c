/* SPDX-License-Identifier: ISC */
/* What programs read of a notice: message/delivery-status (RFC 3464). */
#include <string.h>

#include "mail/words.h"
#include "mail/repair.h"
#include "queue/fold.h"
#include "queue/status.h"

static void
put_date(struct buf *b, const char *name, time_t t)
{
	char date[40];

	if (t == 0)
		return;
	repair_date(date, t);
	buf_printf(b, "%s: %s\r\n", name, date);
}

static void
put_words(struct buf *b, const char *name, const char *words, bool ascii)
{
	buf_puts(b, name);
	fold_words(b, words, strlen(words), ascii, " ");
	buf_puts(b, "\r\n");
}

static bool
is_ascii(const char *s)
{
	while (*s != '\0' && (unsigned char)*s < 0x80)
		s++;
	return *s == '\0';
}

static void
put_address(struct buf *b, const char *name, const char *address)
{
	bool utf8 = !is_ascii(address) &&
	    words_utf8(address, strlen(address));

	buf_printf(b, "%s: %s; ", name, utf8 ? "utf-8" : "rfc822");
	fold_address(b, address, " ");
	buf_puts(b, "\r\n");
}

/* What the sender called the recipient, where notices were asked for. */
static void
put_original(struct buf *b, const struct recipient *r)
{
	const char *orcpt = envelope_orcpt_of(r);
	size_t type = orcpt != NULL ? strcspn(orcpt, ";") : 0;
	struct buf address;

	if (orcpt == NULL) {
		if (r->notify != 0)
			put_address(b, "Original-Recipient", r->address);
		return;
	}
	buf_init(&address, DSN_ORCPT);
	dsn_decode(&address, orcpt + type + (orcpt[type] == ';'));
	buf_printf(b, "Original-Recipient: %.*s; ", (int)type, orcpt);
	fold_address(b, address.data, " ");
	buf_puts(b, "\r\n");
	buf_free(&address);
}

static void
put_envid(struct buf *b, const char *envid)
{
	struct buf words;

	if (envid == NULL)
		return;
	buf_init(&words, DSN_ENVID);
	dsn_decode(&words, envid);
	put_words(b, "Original-Envelope-Id: ", words.data, true);
	buf_free(&words);
}

/* The server's words with their codes, or ours, which are no SMTP. */
static void
put_diagnostic(struct buf *b, const struct recipient *r, bool ascii)
{
	const char *said = notice_said(r);
	const uint16_t *x = r->enhanced;

	if (said == NULL) {
		if (r->text != NULL && *r->text != '\0')
			put_words(b, "Diagnostic-Code: X-Posthorn; ", r->text,
			    ascii);
		return;
	}
	buf_printf(b, "Diagnostic-Code: smtp; %u ", (unsigned)r->code);
	if (x[0] == r->code / 100)
		buf_printf(b, "%u.%u.%u ", (unsigned)x[0], (unsigned)x[1],
		    (unsigned)x[2]);
	put_words(b, "", said, ascii);
}

static void
put_recipient(struct buf *b, const struct entry *e, const struct recipient *r,
    const struct bounce_facts *f, bool ascii)
{
	char status[NOTICE_STATUS];

	buf_puts(b, "\r\n");
	put_original(b, r);
	put_address(b, "Final-Recipient", r->address);
	notice_status(r, f->kind, status);
	buf_printf(b, "Action: %s\r\nStatus: %s\r\n",
	    f->kind == NOTICE_FAILED ? "failed" : "delayed", status);
	if (f->smarthost != NULL && (r->code != 0 ||
	    r->stage >= STAGE_CONNECT))
		put_words(b, "Remote-MTA: dns; ", f->smarthost, true);
	put_diagnostic(b, r, ascii);
	put_date(b, "Last-Attempt-Date", e->retry.last);
	if (f->kind == NOTICE_DELAYED)
		put_date(b, "Will-Retry-Until", f->until);
}

void
status_write(struct sheet *s, const struct entry *e,
    const struct bounce_facts *f, bool utf8)
{
	const struct envelope *v = &e->envelope;
	size_t i, n;

	put_envid(&s->piece, v->envid);
	put_words(&s->piece, "Reporting-MTA: dns; ", f->host, true);
	put_date(&s->piece, "Arrival-Date", e->retry.arrived);
	sheet_commit(s);
	i = notice_next(v, f->kind, 0);
	for (n = 0; i < v->n && n < NOTICE_LISTED; n++) {
		put_recipient(&s->piece, e, &v->rcpt[i], f, !utf8);
		sheet_commit(s);
		i = notice_next(v, f->kind, i + 1);
	}
}
