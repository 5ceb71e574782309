/* SPDX-License-Identifier: ISC */
/* One message for several envelopes. */
#include <string.h>

#include "mail/others.h"
#include "front/copies.h"
#include "front/duplicates.h"
#include "front/handover.h"
#include "front/patience.h"
#include "front/sender.h"

struct copies {
	struct submission	*s;
	struct keep		 keep;	/* of the main message */
	struct duplicates	 rest;
};

/* ---- Reverse-paths ------------------------------------------------------- */

/* Owners become what the account lets through. */
static int
copies_senders(const struct copies *c, struct envelope *e, struct outcome *o)
{
	struct sender_wish wish = { 0 };
	struct buf path;
	int r = 0;

	buf_init(&path, LIMIT_ADDRESS * 2);
	for (; e != NULL && r == 0; e = e->others) {
		wish.given = e->sender;
		r = sender_path(&path, c->keep.account, &wish, c->s->me,
		    NULL, o);
		if (r == 0)
			envelope_sender(e, path.data);
	}
	buf_free(&path);
	return r;
}

/* Where that makes them one sender, one message is enough. */
static void
copies_merge(struct envelope *e)
{
	struct envelope **at = &e->others, *same;

	while (e->n > 0 && *at != NULL) {
		if (strcmp((*at)->sender, e->sender) != 0) {
			at = &(*at)->others;
			continue;
		}
		same = *at;
		*at = same->others;
		same->others = NULL;
		others_fold(e, same);
		others_free(same);
	}
}

/* ---- Handing over -------------------------------------------------------- */

static int
copies_main(struct copies *c, struct deliver_trace *trace, struct outcome *o)
{
	struct submission *s = c->s;
	struct handover h = { .keep = c->keep };
	int r = handover_run(&h, o);

	*trace = h.trace;
	s->split = h.split;
	s->end = h.keep.end;
	s->unkept = h.keep.unkept;
	return r;
}

/* Queued ones wait for whoever runs the queue; where the main message is not
 * taken, nobody else calls for that. */
static int
copies_queued(struct copies *c, struct deliver_trace *trace,
    struct outcome *o)
{
	int r;

	patience_hold();
	if (duplicates_queue(&c->rest, o) < 0) {
		c->s->unkept = *o;
		return -1;
	}
	r = copies_main(c, trace, o);
	if (r < 0 && c->s->end == KEEP_NOWHERE &&
	    o->verdict == VERDICT_LATER)
		duplicates_withdraw(&c->rest);
	else if (r < 0)
		keep_summon(&c->keep, 0);
	return r;
}

/* Without a queue. */
static int
copies_now(struct copies *c, struct deliver_trace *trace, struct outcome *o)
{
	struct entry *main = c->keep.entry, *q;
	struct handover h;

	(void)copies_main(c, trace, o);
	while (main->envelope.others != NULL) {
		q = duplicates_next(&c->rest);
		q->message = main->message;
		memset(&h, 0, sizeof(h));
		h.keep = c->keep;
		h.keep.entry = q;
		(void)handover_run(&h, o);
		duplicates_log(&c->rest, q, &h.trace, NULL, o);
		others_fold(&main->envelope, &q->envelope);
	}
	deliver_sum(&main->envelope, o);
	return o->verdict == VERDICT_DELIVERED ? 0 : -1;
}

int
copies_handover(struct submission *s, const struct account *a,
    struct deliver_trace *trace, struct outcome *o)
{
	struct copies c = { .s = s, .keep = { .options = s->options,
		.from = s->from, .settings = s->settings, .me = s->me,
		.place = s->place, .account = a, .entry = &s->entry } };
	struct envelope *e = &s->entry.envelope;
	int r;

	if (copies_senders(&c, e->others, o) < 0)
		return -1;
	copies_merge(e);
	others_promote(e);
	duplicates_init(&c.rest, &c.keep);
	r = e->others == NULL ? copies_main(&c, trace, o) :
	    s->place->open ? copies_queued(&c, trace, o) :
	    copies_now(&c, trace, o);
	duplicates_free(&c.rest);
	return r;
}
