/* SPDX-License-Identifier: ISC */
/* What is known of the messages in the queue. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/log.h"
#include "base/mem.h"
#include "queue/backlog.h"
#include "queue/worker.h"

#define ERROR_PAUSE	60	/* seconds */

_Static_assert(sizeof(struct backlog_row) == 32, "of 100,000 messages each");

/* One reading. */
struct survey {
	const struct backlog_want	*w;
	struct backlog			 old;	/* by id */
	time_t				 now;
	size_t				 errors;
};

void
backlog_init(struct backlog *b)
{
	memset(b, 0, sizeof(*b));
}

void
backlog_free(struct backlog *b)
{
	free(b->rows);
	backlog_init(b);
}

void
backlog_id(const struct backlog_row *r, char id[ENTRY_ID])
{
	memcpy(id, r->id, sizeof(r->id));
	id[ENTRY_ID - 1] = '\0';
}

size_t
backlog_find(struct backlog *b, const char *id)
{
	struct backlog_row *r;
	size_t i;

	for (i = 0; i < b->n; i++)
		if (memcmp(b->rows[i].id, id, sizeof(r->id)) == 0)
			return i;
	b->rows = mem_grow(b->rows, b->n + 1, sizeof(*b->rows));
	r = &b->rows[b->n];
	memset(r, 0, sizeof(*r));
	memcpy(r->id, id, sizeof(r->id));
	r->kind = BACKLOG_DONE;
	return b->n++;
}

void
backlog_rest(struct backlog_row *r, time_t next)
{
	r->next = next;
	r->rests = true;
	if (r->kind == BACKLOG_FORCED)
		r->kind = BACKLOG_OURS;
}

void
backlog_waits(struct backlog_row *r, time_t next)
{
	r->next = next;
	r->hint = (uint32_t)next;
	r->rests = false;
	if (r->kind == BACKLOG_FORCED)
		r->kind = BACKLOG_OURS;
}

void
backlog_error(struct backlog *b, struct backlog_row *r, time_t next,
    const char *why)
{
	backlog_rest(r, next);
	r->kind = BACKLOG_ERROR;
	snprintf(b->why, sizeof(b->why), "%s", why);
}

void
backlog_done(struct backlog_row *r)
{
	r->kind = BACKLOG_DONE;
}

bool
backlog_due(const struct backlog_row *r, const struct backlog_want *w,
    time_t now)
{
	return r->kind == BACKLOG_FORCED || (r->kind == BACKLOG_OURS &&
	    worker_due(w->settings, (time_t)r->next, now));
}

bool
backlog_counts(const struct backlog_row *r)
{
	return r->kind != BACKLOG_OTHER && r->kind != BACKLOG_DONE;
}

static int
by_id(const void *a, const void *b)
{
	const struct backlog_row *x = a, *y = b;

	return memcmp(x->id, y->id, sizeof(x->id));
}

/* ---- One message --------------------------------------------------------- */

static bool
survey_meant(const struct backlog_want *w, const struct entry *e)
{
	return strcmp(e->config, w->settings->path) == 0 &&
	    select_fits(w->selectors, w->selectors_n, e);
}

static uint16_t
survey_account(const struct settings *s, const struct entry *e)
{
	const struct account *a = account_named(s->accounts, s->accounts_n,
	    e->account);

	return (uint16_t)(a != NULL ? (size_t)(a - s->accounts) :
	    s->accounts_n);
}

/* One file in words, the others in a number: a bad disk has many of them. */
static void
survey_error(struct survey *v, struct backlog *b, struct backlog_row *r,
    const struct outcome *why)
{
	backlog_error(b, r, v->now + ERROR_PAUSE, why->text);
	if (v->errors++ == 0)
		log_note(LOG_ERR, "queue: %s", why->text);
}

/* Looks into it. */
static void
survey_open(struct survey *v, struct backlog *b, struct backlog_row *r,
    const char *id)
{
	struct entry e;
	struct outcome o;
	enum store_found f = store_peek(v->w->store, STORE_ACTIVE, id, &e, &o);

	/* With its lock it is set aside. */
	if (f == STORE_DAMAGED)
		f = store_load(v->w->store, STORE_ACTIVE, id, &e, &o);
	r->rests = false;
	r->kind = BACKLOG_OTHER;
	if (f == STORE_LOADED && survey_meant(v->w, &e)) {
		r->kind = v->w->force ? BACKLOG_FORCED : BACKLOG_OURS;
		r->next = e.next;
		r->account = survey_account(v->w->settings, &e);
	} else if (f == STORE_GONE || f == STORE_DAMAGED)
		r->kind = BACKLOG_DONE;
	else if (f == STORE_ERROR)
		survey_error(v, b, r, &o);
	if (f == STORE_LOADED)
		store_release(&e);
}

static struct backlog_row *
survey_known(const struct survey *v, const struct backlog_row *r)
{
	struct backlog_row *known;

	if (v->old.n == 0)
		return NULL;
	known = bsearch(r, v->old.rows, v->old.n, sizeof(*r), by_id);
	if (known == NULL || known->kind == BACKLOG_DONE)
		return NULL;
	return known;
}

static void
survey_row(struct survey *v, struct backlog *b,
    const struct store_name *name)
{
	struct backlog_row *r = &b->rows[b->n++];
	const struct backlog_row *known;

	memset(r, 0, sizeof(*r));
	memcpy(r->id, name->id, sizeof(r->id));
	r->hint = (uint32_t)name->next;
	known = survey_known(v, r);
	if (known != NULL && known->kind != BACKLOG_UNREAD && (known->rests ?
	    known->next > v->now : known->hint == r->hint)) {
		*r = *known;
		return;
	}
	r->next = name->next;
	if (v->w->force || v->w->selectors_n > 0 ||
	    worker_due(v->w->settings, name->next, v->now))
		survey_open(v, b, r, name->id);
}

/* ---- All of them --------------------------------------------------------- */

int
backlog_read(struct backlog *b, const struct backlog_want *w, time_t now,
    struct outcome *o)
{
	struct survey v = { w, *b, now, 0 };
	struct store_name *names;
	size_t n, i;

	if (store_list(w->store, STORE_ACTIVE, &names, &n, o) < 0)
		return -1;
	if (v.old.n > 0)
		qsort(v.old.rows, v.old.n, sizeof(*v.old.rows), by_id);
	b->rows = mem_grow(NULL, n + 1, sizeof(*b->rows));
	b->n = 0;
	for (i = 0; i < n; i++)
		if ((w->all || names[i].uid == w->uid) &&
		    select_id_fits(w->selectors, w->selectors_n, names[i].id))
			survey_row(&v, b, &names[i]);
	if (v.errors > 1)
		log_note(LOG_ERR, "queue: %zu messages more cannot be read",
		    v.errors - 1);
	free(names);
	backlog_free(&v.old);
	return 0;
}

static void
unhold_one(const struct backlog_want *w, const char *id)
{
	struct entry e;
	struct outcome o;

	enum store_found f = store_load(w->store, STORE_HOLD, id, &e, &o);

	if (f == STORE_ERROR)
		log_note(LOG_ERR, "queue: %s", o.text);
	if (f != STORE_LOADED)
		return;
	if (survey_meant(w, &e) && store_move(w->store, &e, STORE_HOLD,
	    STORE_ACTIVE, &o) < 0)
		log_note(LOG_ERR, "queue: %s", o.text);
	store_release(&e);
}

void
backlog_unhold(const struct backlog_want *w)
{
	struct store_name *names;
	struct outcome o;
	size_t n, i;

	if (store_list(w->store, STORE_HOLD, &names, &n, &o) < 0)
		return;
	for (i = 0; i < n; i++)
		if ((w->all || names[i].uid == w->uid) &&
		    select_id_fits(w->selectors, w->selectors_n, names[i].id))
			unhold_one(w, names[i].id);
	free(names);
}
