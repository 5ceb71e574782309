/* SPDX-License-Identifier: ISC */
/* What is to be done in a pass over the queue. */
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "queue/pass.h"

struct backlog_want
pass_want(const struct runner_job *j)
{
	const struct backlog_want w = { j->store, j->settings, j->all, j->uid,
		j->force, j->selectors, j->selectors_n };

	return w;
}

/* ---- The beginning ------------------------------------------------------- */

static void
pass_lane(struct pass *p, size_t i)
{
	const struct settings *s = p->j->settings;
	struct lane *l = &p->lanes[i];
	struct health h;
	unsigned k;

	schedule_init(l, i < s->accounts_n ? &s->accounts[i] : NULL,
	    p->j->verbose ? 1 : s->queue.connections);
	for (k = 0; l->account != NULL && k < l->hosts_n; k++) {
		health_load(&h, p->j->state, l->account,
		    &l->account->hosts[k]);
		schedule_health(l, k, &h, !p->want.force &&
		    health_down(&h, clock_now()));
	}
}

/* What is due, and with nobody yet. */
static void
pass_fill(struct pass *p)
{
	const time_t now = clock_now();
	size_t i;

	p->read_at = clock_ms();
	p->sum->seen = 0;
	for (i = 0; i < p->b->n; i++) {
		const struct backlog_row *r = &p->b->rows[i];

		p->sum->seen += backlog_counts(r);
		if (backlog_due(r, &p->want, now) &&
		    !crew_has(&p->crew, (uint32_t)i))
			schedule_add(&p->lanes[r->account], (uint32_t)i);
	}
}

void
pass_begin(struct pass *p)
{
	size_t i;

	p->lanes_n = p->j->settings->accounts_n + 1;
	p->lanes = mem_alloc(p->lanes_n * sizeof(*p->lanes));
	for (i = 0; i < p->lanes_n; i++)
		pass_lane(p, i);
	pass_fill(p);
	/* Else what was tried would have to be tried again and again. */
	p->want.force = false;
}

void
pass_refresh(struct pass *p)
{
	char ids[CREW_MAX][SCHEDULE_AHEAD][ENTRY_ID];
	struct hand *h = p->crew.hands;
	struct outcome o;
	unsigned i, k;

	for (i = 0; i < CREW_MAX; i++)
		for (k = 0; h[i].fd >= 0 && k < h[i].n; k++)
			backlog_id(&p->b->rows[h[i].rows[k]], ids[i][k]);
	if (backlog_read(p->b, &p->want, clock_now(), &o) < 0) {
		log_note(LOG_ERR, "queue: %s", o.text);
		p->read_at = clock_ms();
		return;
	}
	for (i = 0; i < CREW_MAX; i++)
		for (k = 0; h[i].fd >= 0 && k < h[i].n; k++)
			h[i].rows[k] = (uint32_t)backlog_find(p->b, ids[i][k]);
	for (i = 0; i < p->lanes_n; i++) {
		schedule_clear(&p->lanes[i]);
		if (p->lanes[i].sessions > 0)
			continue;
		schedule_free(&p->lanes[i]);
		pass_lane(p, i);
	}
	pass_fill(p);
}

/* ---- The end ------------------------------------------------------------- */

time_t
pass_next(const struct pass *p, time_t next)
{
	const time_t now = clock_now();

	if (next <= now || worker_due(p->j->settings, next, now))
		return now + (time_t)p->j->settings->queue.min_retry;
	return next;
}

time_t
pass_pause(const struct pass *p)
{
	return clock_now() + (time_t)worker_pause(p->j->settings);
}

/* When the row is to be looked at again; 0: never. */
static time_t
pass_row_next(const struct pass *p, const struct backlog_row *r, time_t now)
{
	time_t until;

	if (!backlog_counts(r))
		return 0;
	if (r->kind == BACKLOG_UNREAD || r->kind == BACKLOG_ERROR)
		return (time_t)r->next;
	if (r->next > now && !worker_due(p->j->settings, (time_t)r->next, now))
		return (time_t)r->next;
	until = schedule_until(&p->lanes[r->account]);
	return until > now ? until : pass_pause(p);
}

void
pass_end(struct pass *p)
{
	const time_t now = clock_now();
	size_t i;

	for (i = 0; i < p->b->n; i++) {
		time_t next = pass_row_next(p, &p->b->rows[i], now);

		p->sum->unread += p->b->rows[i].kind == BACKLOG_ERROR;
		p->sum->waiting += next != 0;
		if (next != 0 && (p->sum->next == 0 || next < p->sum->next))
			p->sum->next = next;
	}
	memcpy(p->sum->why, p->b->why, sizeof(p->sum->why));
	for (i = 0; i < p->lanes_n; i++)
		schedule_free(&p->lanes[i]);
	free(p->lanes);
}
