/* SPDX-License-Identifier: ISC */
/* Whom a message goes to: argv, and with -t the header. */
#include <string.h>

#include "mail/address.h"
#include "mail/header.h"
#include "mail/others.h"
#include "front/expand.h"
#include "front/recipients.h"

static const char *const direct[] = { "To", "Cc", "Bcc", NULL };
static const char *const resent[] = { "Resent-To", "Resent-Cc", "Resent-Bcc",
	NULL };

/* Whom one address of the text stands for; nobody of them if it fails. */
static int
recipients_one(struct envelope *e, const struct address *a, bool literal,
    struct book *b, struct outcome *o)
{
	struct expansion x;
	size_t i;
	int r;

	expand_init(&x);
	r = expand_address(&x, a, literal, b, o);
	for (i = 0; i < x.n && r == 0; i++)
		r = others_add(e, x.to[i].owner, x.to[i].address, o);
	expand_free(&x);
	return r;
}

/* All addresses of a text; their number, or -1. */
static long
recipients_list(struct envelope *e, const char *text, size_t n,
    struct book *b, struct outcome *o)
{
	struct address_scan scan;
	struct address a;
	long count = 0;
	int r;

	address_scan(&scan, text, n);
	while ((r = address_next(&scan, &a, o)) > 0) {
		if (recipients_one(e, &a, members_literal(text, n, a.start),
		    b, o) < 0) {
			r = -1;
			break;
		}
		count++;
	}
	address_done(&scan);
	return r < 0 ? -1 : count;
}

int
recipients_argument(struct envelope *e, const char *text,
    struct book *b, struct outcome *o)
{
	long n = recipients_list(e, text, strlen(text), b, o);

	if (n == 0)
		return outcome_fail(o, FAULT_DATA, STAGE_OPTIONS,
		    "no address in the argument \"%s\"", text);
	return n < 0 ? -1 : 0;
}

int
recipients_mailbox(struct envelope *e, const char *text, size_t n,
    struct book *b, struct outcome *o)
{
	struct address_scan scan;
	struct address a;
	int r = 1, found = 0;

	/* Nobody is added before it is known to be one. */
	address_scan(&scan, text, n);
	while (found < 2 && (r = address_next(&scan, &a, o)) > 0)
		found++;
	address_done(&scan);
	if (r >= 0 && found != 1)
		return outcome_fail(o, FAULT_DATA, STAGE_OPTIONS,
		    "not one address: \"%.*s\"", (int)n, text);
	return r < 0 || recipients_list(e, text, n, b, o) < 0 ? -1 : 0;
}

/* Which of the names is this field's?  -1: none. */
static int
field_among(const struct buf *h, const struct field *f,
    const char *const names[])
{
	int i;

	for (i = 0; names[i] != NULL; i++)
		if (header_is(h, f, names[i]))
			return i;
	return -1;
}

static int
recipients_field(struct envelope *e, const struct buf *h,
    const struct field *f, struct book *b, struct outcome *o)
{
	return recipients_list(e, h->data + f->body, f->body_end - f->body,
	    b, o) < 0 ? -1 : 0;
}

int
recipients_header(struct envelope *e, const struct buf *h,
    struct book *b, struct outcome *o)
{
	const char *const *names = direct;
	size_t pos = 0, end = h->len;
	struct field f;

	if (header_resent(h, &pos, &end))
		names = resent;
	while (header_next(h, &pos, &f) && f.start < end)
		if (field_among(h, &f, names) >= 0 &&
		    recipients_field(e, h, &f, b, o) < 0)
			return -1;
	return 0;
}

void
recipients_author(struct buf *b, const struct buf *h, const char *field)
{
	struct address_scan scan;
	struct address a;
	struct outcome ignored;
	struct field f;

	buf_clear(b);
	if (!header_find(h, field, &f))
		return;
	address_scan(&scan, h->data + f.body, f.body_end - f.body);
	if (address_next(&scan, &a, &ignored) == 1 && !a.bare &&
	    address_wire(b, &a, NULL, &ignored) == 0 &&
	    address_next(&scan, &a, &ignored) != 0)
		buf_clear(b);
	address_done(&scan);
}
