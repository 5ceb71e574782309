/* SPDX-License-Identifier: ISC */
/* --queue VERB WORD...: what people do to queued messages. */
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/log.h"
#include "front/listing.h"
#include "front/manage.h"
#include "front/pick.h"
#include "front/show.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

enum { ACTIVE = 1 << STORE_ACTIVE, HELD = 1 << STORE_HOLD,
	FAILED = 1 << STORE_FAILED };

struct verb {
	const char	*name;
	unsigned	 where;		/* folders whose messages it is for */
	int		(*act)(struct deed *d, struct entry *e,
			    struct outcome *o);	/* NULL: only shown */
	const char	*did;
	const char	*elsewhere;	/* why not those of other folders */
};

static const struct verb verbs[] = {
	{ "show", ACTIVE | HELD | FAILED, NULL, "shown", NULL },
	{ "hold", ACTIVE, deed_hold, "on hold", "is not waiting" },
	{ "release", HELD | FAILED, deed_release, "released",
	    "is waiting for delivery already" },
	{ "delete", ACTIVE | HELD | FAILED, deed_delete, "deleted", NULL },
	{ "retry", ACTIVE, deed_retry, "due now",
	    "is not waiting: release it" },
	{ "bounce", ACTIVE | HELD, deed_bounce, "returned to its sender",
	    "is not waiting: release it first" },
};

struct work {
	const struct options	*op;
	struct deed		*deed;
	struct visit		*visit;
	const struct verb	*verb;
	struct pick		 pick;		/* the word it is at */
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
	printf("%s: %s\n", id, o->text);
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
	const struct listed m = { e->id, e->uid, w->visit->where, e, false,
		e->next, NULL };
	struct listing l;
	struct outcome o;

	listing_init(&l, stdout, w->op->json, true);
	if (w->op->json)
		listing_show(&l, &m);
	else if (show_entry(stdout, &m, w->deed->now, w->op->verbose,
	    isatty(STDOUT_FILENO) == 1, &o) < 0)
		work_failed(w, e->id, &o);
	w->done++;
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
		printf("%s: is being delivered now, try again\n", name->id);
		w->busy++;
		break;
	case STORE_GONE:
		printf("%s: is gone\n", name->id);
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
			printf("%s: %s\n", id, w->verb->elsewhere);
			w->missing++;
			return;
		}
		w->visit->where = folders[i];
		work_name(w, &name);
		return;
	}
	printf("%s: is not in the queue%s\n", id,
	    w->visit->all ? "" : ", or not yours");
	w->missing++;
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
		if ((w->verb->where & 1u << folders[i]) == 0)
			continue;
		if (visit_folder(w->visit, folders[i], o) < 0)
			return -1;
		while ((name = visit_next(w->visit)) != NULL)
			if (pick_may(&w->pick, name->id))
				work_name(w, name);
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
		    "%zu of the messages named %s not there for this",
		    w->missing, w->missing == 1 ? "is" : "are");
	return 0;
}

int
manage_run(const struct options *op, struct deed *d, struct visit *v,
    struct outcome *o)
{
	struct work w = { .op = op, .deed = d, .visit = v };
	size_t i;

	w.verb = verb_named(op->recipients[0]);
	if (w.verb == NULL || op->recipients_n < 2) {
		outcome_fail(o, FAULT_USAGE, STAGE_OPTIONS, w.verb == NULL ?
		    "--queue %s is not known" : "--queue %s needs to be told "
		    "which messages", op->recipients[0]);
		return outcome_advise(o, "--queue list, or show, hold, "
		    "release, delete, retry, bounce with ids, from:PATTERN, "
		    "to:PATTERN or all");
	}
	for (i = 1; i < op->recipients_n; i++) {
		w.pick = (struct pick){ &op->recipients[i], 1,
			op->queue.selectors, op->queue.selectors_n };
		if (folder_is_id(op->recipients[i]))
			work_id(&w, op->recipients[i]);
		else if (work_pattern(&w, o) < 0)
			return -1;
	}
	if (w.verb->act != NULL && store_settle(v->store, o) < 0)
		return -1;
	return work_end(&w, o);
}
