/* SPDX-License-Identifier: ISC */
/* The envelope of a submission: by which account, from whom, to whom. */
#include "mail/others.h"
#include "front/addressing.h"
#include "front/recipients.h"
#include "front/sender.h"

static void
addressing_wishes(struct envelope *e, const struct options *op)
{
	e->body_8bit = op->body_8bit;
	envelope_dsn(e, op->ret, op->envid);
	e->utf8_asked = op->utf8;
	e->require_tls = op->require_tls;
	others_wish(e, op->notify, NULL);
}

static int
addressing_recipients(struct envelope *e, const struct options *op,
    struct book *b, const struct buf *header, struct outcome *o)
{
	size_t i;

	for (i = 0; i < op->recipients_n; i++)
		if (recipients_argument(e, op->recipients[i], b, o) < 0)
			return -1;
	if (op->from_header && recipients_header(e, header, b, o) < 0)
		return -1;
	/* Envelopes may become one. */
	if (others_count(e) > LIMIT_RECIPIENTS)
		return outcome_fail(o, FAULT_DATA, STAGE_INPUT,
		    "more than %u recipients", LIMIT_RECIPIENTS);
	if (others_count(e) > 0)
		return 0;
	outcome_fail(o, FAULT_DATA, STAGE_INPUT,
	    "no recipient in To, Cc or Bcc");
	return outcome_advise(o, "add To, Cc or Bcc to the message, or name "
	    "recipients on the command line");
}

const struct account *
addressing_sender(struct envelope *e, const struct sender_wish *wish,
    const struct settings *set, const struct identity *me,
    const struct buf *header, struct outcome *o)
{
	const struct account *a = sender_account(set, wish, me, header, o);
	struct buf path;
	int r;

	if (a == NULL)
		return NULL;
	buf_init(&path, LIMIT_ADDRESS * 2);
	r = sender_path(&path, a, wish, me, header, o);
	if (r == 0)
		envelope_sender(e, path.data);
	buf_free(&path);
	return r < 0 ? NULL : a;
}

const struct account *
addressing_run(struct envelope *e, const struct options *op,
    const struct settings *set, const struct identity *me,
    const struct buf *header, struct outcome *o)
{
	const struct sender_wish wish = { op->sender, op->account };
	const struct account *a = addressing_sender(e, &wish, set, me, header,
	    o);
	struct book b;
	int r;

	if (a == NULL)
		return NULL;
	book_init(&b, set, me, op->no_aliases);
	r = addressing_recipients(e, op, &b, header, o);
	book_free(&b);
	if (r < 0)
		return NULL;
	addressing_wishes(e, op);
	return a;
}
