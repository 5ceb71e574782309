/* SPDX-License-Identifier: ISC */
/* mailq, -bp, -bP, --queue: the queue as people look at it. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "front/mailq.h"
#include "front/manage.h"
#include "front/pick.h"
#include "front/remarks.h"
#include "front/view.h"

/* A look at the queue, from its first message to the sum. */
struct look {
	const struct options	*op;
	struct pick		 pick;
	struct visit		 visit;
	struct view		 view;
	struct listing		 listing;
	struct remarks		 sum;
};

static void
look_entry(struct look *k, const struct entry *e)
{
	struct listed m;

	view_entry(&k->view, e, k->visit.where, &m);
	remarks_count(&k->sum, &m);
	listing_show(&k->listing, &m);
}

static void
look_unreadable(struct look *k, const struct store_name *name,
    const char *why)
{
	struct listed m = { .id = name->id, .where = k->visit.where,
		.reason = why };
	struct store_name looked;

	if (!pick_all(&k->pick) || !visit_find(&k->visit, m.where, name->id,
	    &looked))
		return;
	m.uid = looked.uid;
	remarks_count(&k->sum, &m);
	listing_show(&k->listing, &m);
}

static void
look_name(struct look *k, const struct store_name *name)
{
	struct outcome o;
	struct entry e;

	switch (store_peek(k->visit.store, k->visit.where, name->id, &e,
	    &o)) {
	case STORE_LOADED:
		if (pick_fits(&k->pick, &e))
			look_entry(k, &e);
		store_release(&e);
		break;
	case STORE_FOREIGN:
		look_unreadable(k, name, "of another version of posthorn");
		break;
	case STORE_DAMAGED:
	case STORE_ERROR:
		look_unreadable(k, name, o.text);
		break;
	default:
		break;
	}
}

static int
look_through(struct look *k, struct outcome *o)
{
	static const enum store_folder folders[] = {
		STORE_ACTIVE, STORE_HOLD, STORE_FAILED,
	};
	const struct store_name *name;
	size_t i;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (visit_folder(&k->visit, folders[i], o) < 0)
			return -1;
		while ((name = visit_next(&k->visit)) != NULL &&
		    ferror(stdout) == 0)
			if (pick_may(&k->pick, name->id))
				look_name(k, name);
	}
	return 0;
}

static int
look_print(struct look *k, const struct settings *settings,
    const struct place *place, struct outcome *o)
{
	int r;

	listing_init(&k->listing, stdout, k->op->json, k->op->verbose);
	view_open(&k->view, settings, place, k->listing.now);
	r = look_through(k, o);
	k->sum.part = !pick_all(&k->pick);
	if (r == 0)
		remarks_say(&k->sum, &k->visit, settings, &k->listing);
	view_close(&k->view);
	return r;
}

/* ---- Counting ---------------------------------------------------------- */

static int
look_count(struct look *k, struct outcome *o)
{
	static const enum store_folder folders[] = { STORE_ACTIVE, STORE_HOLD };
	const struct store_name *name;
	struct entry e;
	size_t i, n = 0;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (visit_folder(&k->visit, folders[i], o) < 0)
			return -1;
		while ((name = visit_next(&k->visit)) != NULL) {
			if (pick_all(&k->pick)) {
				n++;
				continue;
			}
			if (!pick_may(&k->pick, name->id) || store_peek(
			    k->visit.store, folders[i], name->id, &e, o) !=
			    STORE_LOADED)
				continue;
			n += pick_fits(&k->pick, &e);
			store_release(&e);
		}
	}
	printf("%zu\n", n);
	return 0;
}

/* ---- Which of these ----------------------------------------------------- */

static int
run(struct look *k, const struct settings *settings, struct place *place,
    const struct identity *me, struct outcome *o)
{
	struct deed d = { place, settings, me, clock_now(), STORE_ACTIVE,
		FINISH_GONE };
	const struct options *op = k->op;

	if (op->mode == MODE_COUNT)
		return look_count(k, o);
	if (op->mode == MODE_QUEUE && op->recipients_n > 0) {
		if (strcmp(op->recipients[0], "list") != 0)
			return manage_run(op, &d, &k->visit, o);
		k->pick.words++;
		k->pick.words_n--;
	}
	return look_print(k, settings, place, o);
}

int
mailq_run(const struct options *op, const struct settings *settings,
    struct place *place, const struct identity *me, struct outcome *o)
{
	struct look k = { .op = op, .pick = { op->recipients,
		op->recipients_n, op->queue.selectors,
		op->queue.selectors_n } };
	int r;

	visit_init(&k.visit, &place->store, me);
	r = run(&k, settings, place, me, o);
	visit_end(&k.visit);
	if (fflush(stdout) != 0 && r == 0)
		return outcome_errno(o, FAULT_OS, STAGE_NONE,
		    "cannot write to standard output");
	return r;
}
