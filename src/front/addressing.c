/* SPDX-License-Identifier: ISC */
/* The envelope of a submission: by which account, from whom, to whom. */
#include "front/addressing.h"
#include "front/recipients.h"
#include "front/sender.h"

static void
addressing_wishes(struct envelope *e, const struct options *op)
{
	_Static_assert((int)NOTIFY_NEVER == (int)DSN_NEVER &&
	    (int)NOTIFY_SUCCESS == (int)DSN_SUCCESS &&
	    (int)NOTIFY_FAILURE == (int)DSN_FAILURE &&
	    (int)NOTIFY_DELAY == (int)DSN_DELAY &&
	    (int)RET_FULL == (int)DSN_RET_FULL &&
	    (int)RET_HDRS == (int)DSN_RET_HDRS, "the same bits");

	e->body_8bit = op->body_8bit;
	envelope_dsn(e, (enum dsn_ret)op->ret, op->envid);
	envelope_notify(e, op->notify);
}

static int
addressing_recipients(struct envelope *e, const struct options *op,
    const struct identity *me, const struct buf *header, struct outcome *o)
{
	size_t i;

	for (i = 0; i < op->recipients_n; i++)
		if (recipients_argument(e, op->recipients[i], me, o) < 0)
			return -1;
	if (op->from_header && recipients_header(e, header, me, o) < 0)
		return -1;
	if (e->n > 0)
		return 0;
	outcome_fail(o, FAULT_DATA, STAGE_INPUT,
	    "no recipient in To, Cc or Bcc");
	return outcome_advise(o, "add To, Cc or Bcc to the message, or name "
	    "recipients on the command line");
}

const struct account *
addressing_run(struct envelope *e, const struct options *op,
    const struct settings *set, const struct identity *me,
    const struct buf *header, struct outcome *o)
{
	struct sender_wish wish = { op->sender, op->account };
	const struct account *a;
	struct buf path;
	int r;

	a = sender_account(set, &wish, me, header, o);
	if (a == NULL)
		return NULL;
	buf_init(&path, LIMIT_ADDRESS * 2);
	r = sender_path(&path, a, &wish, me, header, o);
	if (r == 0)
		envelope_sender(e, path.data);
	buf_free(&path);
	if (r < 0 || addressing_recipients(e, op, me, header, o) < 0)
		return NULL;
	addressing_wishes(e, op);
	return a;
}
