/* SPDX-License-Identifier: ISC */
/* What stands under a list of queued messages. */
#include "front/human.h"
#include "front/remarks.h"
#include "queue/runner.h"

#define OVERDUE	600	/* seconds, before somebody should have looked */

void
remarks_count(struct remarks *r, const struct listed *m)
{
	if (m->e == NULL) {
		r->unreadable++;
		return;
	}
	r->count[m->where]++;
	r->octets += m->e->message.length;
	r->foreign += m->foreign;
	r->orphans += m->orphan;
	if (m->where != STORE_ACTIVE || m->foreign)
		return;
	if (r->ours++ == 0 || m->next < r->due) {
		r->uid = m->uid;
		r->due = m->next;
	}
}

bool
remarks_runner(const struct visit *v, uid_t uid,
    const struct settings *settings)
{
	const char *config = settings->path;

	return runner_lives(v->store, uid, config) ||
	    (v->owner != uid && runner_lives(v->store, v->owner, config));
}

static void
say_sum(const struct remarks *r, const struct listing *l)
{
	const size_t *n = r->count;
	char size[HUMAN_MAX];

	if (n[STORE_ACTIVE] + n[STORE_HOLD] + n[STORE_FAILED] +
	    r->unreadable == 0) {
		if (l->form != LISTING_JSON)
			fprintf(l->out, "no %smail in the queue\n",
			    r->part ? "such " : "");
		return;
	}
	if (l->form != LISTING_TABLE)
		return;
	human_size(size, r->octets);
	fprintf(l->out, "%zu waiting, %zu on hold, %zu failed; %s\n",
	    n[STORE_ACTIVE], n[STORE_HOLD], n[STORE_FAILED], size);
	if (r->unreadable > 0)
		fprintf(l->out, "and %zu that cannot be read\n",
		    r->unreadable);
}

/* Mail that no run by this configuration will take. */
static void
say_foreign(const struct remarks *r, FILE *out)
{
	const size_t others = r->foreign - r->orphans;

	if (others > 0)
		fprintf(out, "%zu of those waiting %s to other configurations: "
		    "posthorn -C FILE -q runs these\n", others,
		    others == 1 ? "belongs" : "belong");
	if (r->orphans > 0)
		fprintf(out, "%zu of those waiting %s to a configuration that "
		    "is gone: put its file back, or delete %s\n", r->orphans,
		    r->orphans == 1 ? "belongs" : "belong",
		    r->orphans == 1 ? "the message" : "them");
}

static void
say_runner(const struct remarks *r, bool external, time_t now, FILE *out)
{
	char since[HUMAN_MAX];

	if (!external) {
		fputs("no runner lives: any call starts one once mail is due, "
		    "posthorn -qf tries it now\n", out);
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
	say_foreign(r, out);
	if (r->ours > 0 && !remarks_runner(v, r->uid, settings))
		say_runner(r, settings->queue.external, l->now, out);
}
