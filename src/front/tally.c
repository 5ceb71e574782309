/* SPDX-License-Identifier: ISC */
/* The queue in numbers. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "front/tally.h"

static void
earlier(time_t *t, time_t other)
{
	if (*t == 0 || other < *t)
		*t = other;
}

static struct tally_account *
account_of(struct tally *t, struct outlooks *all,
    const struct entry *e)
{
	const struct outlook *k = outlook_of(all, e);

	return k != NULL ? &t->account[k - all->list] : &t->foreign;
}

static void
count_entry(struct tally *t, struct outlooks *all,
    enum store_folder where, const struct entry *e)
{
	struct tally_account *a = account_of(t, all, e);
	struct tally_folder *f = &t->folder[where];

	f->octets += e->message.length;
	earlier(&f->oldest, e->retry.arrived);
	if (where == STORE_HOLD)
		a->held++;
	else if (where == STORE_FAILED)
		a->failed++;
	else {
		a->waiting++;
		earlier(&a->oldest, e->retry.arrived);
		earlier(&a->next, outlook_next(all, e));
		t->orphans += a == &t->foreign &&
		    outlook_whose(all, e) == OUTLOOK_GONE;
	}
}

static void
count_name(struct tally *t, const struct visit *v,
    struct outlooks *all, const struct store_name *name)
{
	struct outcome o;
	struct entry e;

	switch (store_peek(v->store, v->where, name->id, &e, &o)) {
	case STORE_LOADED:
		count_entry(t, all, v->where, &e);
		store_release(&e);
		break;
	case STORE_GONE:
		return;
	default:
		t->folder[v->where].unreadable++;
		break;
	}
	t->folder[v->where].messages++;
}

int
tally_read(struct tally *t, struct visit *v, struct outlooks *all,
    struct outcome *o)
{
	static const enum store_folder folders[] = {
		STORE_ACTIVE, STORE_HOLD, STORE_FAILED,
	};
	const struct store_name *name;
	size_t i;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (visit_folder(v, folders[i], o) < 0)
			return -1;
		while ((name = visit_next(v)) != NULL)
			count_name(t, v, all, name);
	}
	t->others = v->others;
	return 0;
}

void
tally_init(struct tally *t, const struct settings *settings)
{
	memset(t, 0, sizeof(*t));
	t->account = mem_alloc((settings->accounts_n + 1) *
	    sizeof(*t->account));
}

void
tally_free(struct tally *t)
{
	free(t->account);
	t->account = NULL;
}
