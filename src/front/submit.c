/* SPDX-License-Identifier: ISC */
/* A submission from stdin to its outcomes: the story of one message. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "front/copies.h"
#include "front/deadletter.h"
#include "front/report.h"
#include "front/submit.h"
#include "queue/journal.h"

/* What the steps of one submission hand on. */
struct draft {
	struct submission	*s;
	struct intake		 in;
	struct deliver_trace	 trace;
	int64_t			 began;		/* clock_ms */
};

static void
draft_log(const struct draft *d, const struct outcome *o)
{
	const struct account *a = d->in.account;
	const struct entry *q = &d->s->entry;
	const struct journal_entry e = { q->id, a != NULL ? a->name : NULL,
		&q->envelope, q->message.length, &d->trace,
		clock_ms() - d->began, keep_word(d->s->end), false };

	journal_message(&e, o);
}

/* For callers that asked for their errors by mail, and so do not look at what
 * we say: what nobody took is kept where they live. */
static void
draft_letter(struct draft *d, const struct outcome *o)
{
	const struct submission *s = d->s;
	const struct message *m = &s->entry.message;
	const struct deadletter l = { s->me, m, &d->in.header, d->in.in };

	if (s->end != KEEP_NOWHERE || o->fault == FAULT_INPUT ||
	    (s->options->errors != ERROR_MAIL &&
	    s->options->errors != ERROR_BERKNET))
		return;
	/* Half a message is not kept for a whole one. */
	if (m->length == 0 && m->body > 0)
		report_note("it could not be read to its end, and is not "
		    "kept");
	else
		deadletter_save(&l);
}

static int
draft_run(struct draft *d, struct outcome *o)
{
	const struct submission *s = d->s;
	int r = intake_run(&d->in, o);

	/* From here on the message is whole. */
	if (r == 0)
		r = copies_handover(d->s, d->in.account, &d->trace, o);

	/* A child that only stayed for others has nothing to tell. */
	if (s->end != KEEP_NOWHERE || !s->split)
		draft_log(d, o);
	if (r < 0)
		draft_letter(d, o);
	return r;
}

int
submit_message(struct submission *s, struct outcome *o)
{
	struct draft d = { .s = s, .began = clock_ms() };
	int r;

	d.in.s = s;
	d.in.dot = s->options->dot;
	d.in.in = mem_alloc(sizeof(*d.in.in));
	buf_init(&d.in.header, LIMIT_HEADER + 65536);
	r = draft_run(&d, o);
	message_close(&s->entry.message);
	buf_free(&d.in.header);
	free(d.in.in);
	return r;
}
