/* SPDX-License-Identifier: ISC */
/* What stands under a list of queued messages. */
#include "front/human.h"
#include "front/remarks.h"
#include "queue/runner.h"

#define OVERDUE	600	/* seconds, before somebody should have looked */

void
remarks_count(struct remarks *r, uid_t uid, enum store_folder where,
    time_t next)
{
	if (where == STORE_ACTIVE && (r->count[where] == 0 ||
	    next < r->due)) {
		r->uid = uid;
		r->due = next;
	}
	r->count[where]++;
}

bool
remarks_runner(const struct visit *v, uid_t uid)
{
	return runner_lives(v->store, uid, NULL) ||
	    (v->owner != uid && runner_lives(v->store, v->owner, NULL));
}

static void
say_sum(const struct remarks *r, const struct listing *l)
{
	const size_t *n = r->count;
	char size[HUMAN_MAX];

	if (n[STORE_ACTIVE] + n[STORE_HOLD] + n[STORE_FAILED] == 0) {
		if (l->form != LISTING_JSON)
			fprintf(l->out, "no %smail in the queue\n",
			    r->part ? "such " : "");
		return;
	}
	human_size(size, r->octets);
	if (l->form == LISTING_TABLE)
		fprintf(l->out, "%zu waiting, %zu on hold, %zu failed; %s\n",
		    n[STORE_ACTIVE], n[STORE_HOLD], n[STORE_FAILED], size);
}

static void
say_runner(const struct remarks *r, bool external, time_t now, FILE *out)
{
	char since[HUMAN_MAX];

	if (!external) {
		fputs("no runner lives: any call starts one once mail is due, "
		    "posthorn -q runs it now\n", out);
		return;
	}
	fputs("no runner lives: the timer or posthorn -q runs the queue\n",
	    out);
	if (human_since(r->due, now) < OVERDUE)
		return;
	human_span(since, human_since(r->due, now));
	fprintf(out, "nothing runs the queue: mail has been due for %s; "
	    "posthorn -q, or start the timer\n", since);
}

void
remarks_say(const struct remarks *r, const struct visit *v,
    const struct settings *settings, const struct listing *l)
{
	FILE *out = l->form == LISTING_TABLE ? l->out : stderr;

	say_sum(r, l);
	if (v->others > 0)
		fprintf(out, "and %zu of other users\n", v->others);
	if (r->count[STORE_ACTIVE] > 0 && !remarks_runner(v, r->uid))
		say_runner(r, settings->queue.external, l->now, out);
}
