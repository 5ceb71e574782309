/* SPDX-License-Identifier: ISC */
/* --queue VERB WORD...: what people do to queued messages. */
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "base/log.h"
#include "front/manage.h"
#include "front/pick.h"
#include "front/view.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

enum { ACTIVE = 1 << STORE_ACTIVE, HELD = 1 << STORE_HOLD,
	FAILED = 1 << STORE_FAILED };

struct verb {
	const char	*name;
	unsigned	 where;		/* folders whose messages it is for */
	int		(*act)(struct deed *d, struct entry *e,
			    struct outcome *o);	/* NULL: only shown */
	const char	*did;		/* it was, or could not be */
	const char	*elsewhere[STORE_TMP];	/* why not those of other
						 * folders */
};

static const struct verb verbs[] = {
	{ "show", ACTIVE | HELD | FAILED, NULL, "shown", { NULL } },
	{ "hold", ACTIVE, deed_hold, "put on hold", {
	    [STORE_HOLD] = "is on hold already",
	    [STORE_FAILED] = "has failed, nobody tries to deliver it" } },
	{ "release", HELD | FAILED, deed_release, "released", {
	    [STORE_ACTIVE] = "is waiting for delivery already" } },
	{ "delete", ACTIVE | HELD | FAILED, deed_delete, "deleted",
	    { NULL } },
	{ "retry", ACTIVE, deed_retry, "made due", {
	    [STORE_HOLD] = "is on hold: release it",
	    [STORE_FAILED] = "has failed: release it" } },
	{ "bounce", ACTIVE | HELD, deed_bounce, "returned to the sender", {
	    [STORE_FAILED] = "has failed: release it first" } },
};

struct work {
	const struct options	*op;
	struct deed		*deed;
	struct visit		*visit;
	const struct verb	*verb;
	struct view		 view;		/* for what is shown */
	struct pick		 pick;		/* the word it is at */
	bool			 fits;		/* something does */
	FILE			*complaints;
	size_t			 done, busy, missing, failed;
	struct outcome		 first;		/* of those that failed */
};

static const struct verb *
verb_named(const char *word)
{
	size_t i;

	for (i = 0; i < COUNT(verbs); i++)
		if (strcmp(verbs[i].name, word) == 0)
			return &verbs[i];
	return NULL;
}

static void
work_failed(struct work *w, const char *id, const struct outcome *o)
{
	fprintf(w->complaints, "%s: %s\n", id, o->text);
	if (w->failed++ == 0)
		w->first = *o;
}

/* What was done is said after it is done; of a bounce, how it ended. */
static void
work_did(struct work *w, const char *id)
{
	const char *did = w->verb->did;

	bool kept = w->verb->act == deed_bounce &&
	    w->deed->end == FINISH_FAILED;

	if (kept)
		did = "cannot be returned, kept in failed";
	printf("%s: %s\n", id, did);
	log_note(LOG_NOTICE, "queue: %s %s, by uid %lu", id, did,
	    (unsigned long)w->visit->uid);
	w->done += !kept;
}

static void
work_show(struct work *w, const struct entry *e)
{
	struct outcome o;

	/* Between two of them there is a line. */
	if (w->done++ > 0 && !w->op->json)
		putchar('\n');
	if (view_show(&w->view, e, w->visit->where, w->op, &o) < 0)
		work_failed(w, e->id, &o);
}

/* Deleting one that is damaged, or another version's, needs nothing but its
 * name; the latter goes only by its own id. */
static void
work_unreadable(struct work *w, enum store_found found,
    const struct store_name *name, struct outcome *o)
{
	if (found == STORE_FOREIGN)
		outcome_fail(o, FAULT_DATA, STAGE_INPUT,
		    "is of another version of posthorn");
	if (w->verb->act != deed_delete || (found != STORE_DAMAGED &&
	    (found != STORE_FOREIGN || !folder_is_id(w->pick.words[0])))) {
		work_failed(w, name->id, o);
		return;
	}
	w->deed->where = w->visit->where;
	if (deed_delete_id(w->deed, name->id, o) < 0)
		work_failed(w, name->id, o);
	else
		work_did(w, name->id);
}

static bool
work_fits(const struct work *w, const struct entry *e)
{
	return pick_fits(&w->pick, e) && visit_may(w->visit, e->uid);
}

/* Locked, looked at once more, done. */
static void
work_load(struct work *w, const struct store_name *name)
{
	const struct store *s = w->visit->store;
	struct outcome o;
	struct entry e;
	enum store_found f = store_load(s, w->visit->where, name->id, &e, &o);

	switch (f) {
	case STORE_LOADED:
		if (!work_fits(w, &e))
			break;
		w->deed->where = w->visit->where;
		if (w->verb->act(w->deed, &e, &o) < 0)
			work_failed(w, name->id, &o);
		else
			work_did(w, name->id);
		break;
	case STORE_BUSY:
		fprintf(w->complaints, "%s: is being delivered now, try "
		    "again\n", name->id);
		w->busy++;
		break;
	case STORE_GONE:
		fprintf(w->complaints, "%s: is gone\n", name->id);
		break;
	default:
		work_failed(w, name->id, &o);
		break;
	}
	if (f == STORE_LOADED)
		store_release(&e);
}

/* Looked at without a lock, which would be in a runner's way. */
static void
work_name(struct work *w, const struct store_name *name)
{
	struct outcome o;
	struct entry e;
	enum store_found f = store_peek(w->visit->store, w->visit->where,
	    name->id, &e, &o);

	switch (f) {
	case STORE_LOADED:
		if (!work_fits(w, &e))
			;
		else if (w->verb->act == NULL)
			work_show(w, &e);
		else
			work_load(w, name);
		store_release(&e);
		break;
	case STORE_GONE:
	case STORE_BUSY:
		break;
	default:
		if (pick_by_id(&w->pick))
			work_unreadable(w, f, name, &o);
		break;
	}
}

static void
work_missing(struct work *w, const char *word, const char *why)
{
	fprintf(w->complaints, "%s: %s\n", word, why);
	w->missing++;
}

/* One id: where it is, and whether the verb is for messages there. */
static void
work_id(struct work *w, const char *id)
{
	static const enum store_folder folders[] = {
		STORE_ACTIVE, STORE_HOLD, STORE_FAILED,
	};
	struct store_name name;
	size_t i;

	for (i = 0; i < COUNT(folders); i++) {
		if (!visit_find(w->visit, folders[i], id, &name))
			continue;
		if ((w->verb->where & 1u << folders[i]) == 0) {
			work_missing(w, id, w->verb->elsewhere[folders[i]]);
			return;
		}
		w->visit->where = folders[i];
		work_name(w, &name);
		return;
	}
	work_missing(w, id, w->visit->all ? "is not in the queue" :
	    "is not in the queue, or not yours");
}

static int
work_pattern(struct work *w, struct outcome *o)
{
	static const enum store_folder folders[] = {
		STORE_FAILED, STORE_HOLD, STORE_ACTIVE,
	};
	const struct store_name *name;
	size_t i;

	/* From the end of a message's way to its beginning: so none that is
	 * moved is met again. */
	for (i = 0; i < COUNT(folders); i++) {
		if (visit_folder(w->visit, folders[i], o) < 0)
			return -1;
		while ((name = visit_next(w->visit)) != NULL) {
			if (!pick_may(&w->pick, name->id))
				continue;
			w->fits = true;
			if ((w->verb->where & 1u << folders[i]) != 0)
				work_name(w, name);
		}
	}
	return 0;
}

/* The sum, and what of it counts as a failure. */
static int
work_end(struct work *w, struct outcome *o)
{
	if (w->verb->act != NULL)
		printf("%zu message%s %s\n", w->done, w->done == 1 ? "" : "s",
		    w->verb->did);
	else if (w->done + w->missing + w->failed == 0)
		fputs("no such mail in the queue\n", w->complaints);
	if (w->failed > 0) {
		*o = w->first;
		return -1;
	}
	if (w->busy > 0)
		return outcome_fail(o, FAULT_DELAY, STAGE_NONE,
		    "%zu of the messages %s being delivered now: try again",
		    w->busy, w->busy == 1 ? "is" : "are");
	if (w->missing > 0)
		return outcome_fail(o, FAULT_DATA, STAGE_OPTIONS,
		    "%zu of the messages named could not be %s", w->missing,
		    w->verb->did);
	return 0;
}

/* An id that is there no more is told from one that was mistyped, or a
 * pattern that fits nothing: but for "all" and addresses, that is no success
 * either. */
static int
work_word(struct work *w, const char *word, struct outcome *o)
{
	if (folder_is_id(word)) {
		work_id(w, word);
		return 0;
	}
	w->fits = false;
	if (work_pattern(w, o) < 0)
		return -1;
	if (!w->fits && pick_names_ids(word))
		work_missing(w, word, "is no id, and fits none in the queue");
	return 0;
}

static int
work_words(struct work *w, struct outcome *o)
{
	const struct options *op = w->op;
	size_t i;

	for (i = 1; i < op->recipients_n; i++) {
		w->pick = (struct pick){ &op->recipients[i], 1,
			op->queue.selectors, op->queue.selectors_n };
		if (work_word(w, op->recipients[i], o) < 0)
			return -1;
	}
	return 0;
}

int
manage_run(const struct options *op, struct deed *d, struct visit *v,
    struct outcome *o)
{
	struct work w = { .op = op, .deed = d, .visit = v,
		.complaints = op->json ? stderr : stdout };
	int r;

	w.verb = verb_named(op->recipients[0]);
	if (w.verb == NULL || op->recipients_n < 2) {
		outcome_fail(o, FAULT_USAGE, STAGE_OPTIONS, w.verb == NULL ?
		    "--queue %s is not known" : "--queue %s needs to be told "
		    "which messages", op->recipients[0]);
		return outcome_advise(o, "--queue list, or show, hold, "
		    "release, delete, retry, bounce with ids, from:PATTERN, "
		    "to:PATTERN or all");
	}
	view_open(&w.view, d->settings, d->place, d->now);
	r = work_words(&w, o);
	view_close(&w.view);
	if (r < 0)
		return -1;
	if (w.verb->act != NULL && store_settle(v->store, o) < 0)
		return -1;
	return work_end(&w, o);
}
