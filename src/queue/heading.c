/* SPDX-License-Identifier: ISC */
/* The header of a notice. */
#include <string.h>

#include "base/limits.h"
#include "mail/repair.h"
#include "mail/words.h"
#include "queue/fold.h"
#include "queue/heading.h"
#include "queue/original.h"

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

static void
put_references(struct buf *h, const struct buf *original)
{
	const char *id;
	int n = (int)original_id(original, &id);

	if (n > 0)
		buf_printf(h, "In-Reply-To: %.*s\r\nReferences: %.*s\r\n",
		    n, id, n, id);
}

void
heading_write(struct buf *h, const struct bounce_facts *f, const char *to,
    const struct buf *original, const char *boundary)
{
	char date[40];

	repair_date(date, f->now);
	buf_printf(h, "Date: %s\r\n", date);
	put_from(h, f);
	buf_puts(h, "To: <");
	fold_address(h, to, " ");
	buf_printf(h, ">\r\nSubject: %s\r\nMessage-ID: <",
	    f->kind == NOTICE_FAILED ? "Your message could not be delivered" :
	    "Your message is delayed");
	fold_words(h, f->id, strnlen(f->id, LIMIT_LOCAL), true, " ");
	buf_putc(h, '@');
	fold_words(h, f->host, strnlen(f->host, LIMIT_DOMAIN), true, " ");
	buf_puts(h, ">\r\n");
	put_references(h, original);
	buf_printf(h, "Auto-Submitted: auto-replied\r\nX-Loop: " ORIGINAL_LOOP
	    "\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; "
	    "report-type=delivery-status;\r\n boundary=\"%s\"\r\n",
	    boundary);
}
