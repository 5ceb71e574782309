/* SPDX-License-Identifier: ISC */
/* One pass over the queue. */
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "queue/crew.h"
#include "queue/plan.h"
#include "queue/schedule.h"

#define SLOW_MS		60000	/* at one message: others need not wait */
#define LATE_MS		3000	/* at one message: it gets no more to do */
#define TICK_MS		5000	/* between looks for slow ones */
#define BUSY_PAUSE	10	/* seconds, for what somebody else works on */

struct plan {
	const struct runner_job	*j;
	struct backlog		*b;
	struct backlog_want	 want;
	struct lane		*lanes;		/* accounts_n, and one for those
						 * whose account is gone */
	size_t			 lanes_n;
	struct crew		 crew;
	struct runner_sum	*sum;
	int64_t			 read_at;	/* clock_ms */
};

struct backlog_want
plan_want(const struct runner_job *j)
{
	const struct backlog_want w = { j->store, j->settings, j->all, j->uid,
		j->force, j->selectors, j->selectors_n };

	return w;
}

/* ---- The beginning ------------------------------------------------------- */

static void
plan_lane(struct plan *p, size_t i)
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
		schedule_health(l, k, &h, !p->j->force &&
		    health_down(&h, clock_now()));
	}
}

/* What is due, and with nobody yet. */
static void
plan_fill(struct plan *p)
{
	const time_t now = clock_now();
	size_t i;

	p->read_at = clock_ms();
	p->sum->seen = 0;
	for (i = 0; i < p->b->n; i++) {
		const struct backlog_row *r = &p->b->rows[i];

		p->sum->seen += r->kind == BACKLOG_OURS ||
		    r->kind == BACKLOG_UNREAD;
		if (backlog_due(r, &p->want, now) &&
		    !crew_has(&p->crew, (uint32_t)i))
			schedule_add(&p->lanes[r->account], (uint32_t)i);
	}
}

static void
plan_begin(struct plan *p)
{
	size_t i;

	p->lanes_n = p->j->settings->accounts_n + 1;
	p->lanes = mem_alloc(p->lanes_n * sizeof(*p->lanes));
	for (i = 0; i < p->lanes_n; i++)
		plan_lane(p, i);
	plan_fill(p);
}

/* The pass lasts: what came meanwhile is not to wait for it. */
static void
plan_refresh(struct plan *p)
{
	char ids[CREW_MAX][SCHEDULE_AHEAD][ENTRY_ID];
	struct hand *h = p->crew.hands;
	struct outcome o;
	unsigned i, k;

	for (i = 0; i < CREW_MAX; i++)
		for (k = 0; h[i].fd >= 0 && k < h[i].n; k++)
			backlog_id(&p->b->rows[h[i].rows[k]], ids[i][k]);
	if (backlog_read(p->b, &p->want, clock_now(), &o) < 0) {
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
		plan_lane(p, i);
	}
	plan_fill(p);
}

/* ---- Sessions ------------------------------------------------------------ */

/* false: nobody can be hired now. */
static bool
plan_hire(struct plan *p, unsigned lane)
{
	const struct runner_job *j = p->j;
	struct lane *l = &p->lanes[lane];
	unsigned host = (unsigned)schedule_host(l);
	const struct worker_job w = {
		.store = j->store, .settings = j->settings,
		.account = l->account,
		.host = l->account != NULL ? &l->account->hosts[host] : NULL,
		.state = j->state, .name = j->host,
		.ehlo_name = j->ehlo_name, .from_address = j->from_address,
		.credentials = j->credentials, .force = j->force,
		.last = schedule_last(l),
	};

	if (crew_hire(&p->crew, &w, lane, host) == NULL)
		return false;
	schedule_begun(l);
	return true;
}

/* A row for the worker: false, there is none, or it is gone. */
static bool
plan_give(struct plan *p, struct hand *h)
{
	struct lane *l = &p->lanes[h->lane];
	char id[ENTRY_ID];
	uint32_t row;

	if (!schedule_take(l, &row))
		return false;
	backlog_id(&p->b->rows[row], id);
	if (crew_give(h, row, id) == 0)
		return true;
	schedule_return(l, row);
	return false;
}

static void
plan_feed(struct plan *p)
{
	unsigned i;

	for (i = 0; i < CREW_MAX; i++) {
		struct hand *h = &p->crew.hands[i];

		if (h->fd < 0 || h->over || h->dismissed ||
		    (h->n > 0 && clock_ms() - h->since > LATE_MS))
			continue;
		while (h->n < schedule_ahead(&p->lanes[h->lane], h->host) &&
		    plan_give(p, h))
			;
		if (h->n == 0)
			crew_dismiss(h);
	}
}

static void
plan_open(struct plan *p)
{
	bool can = true;
	unsigned i;

	for (i = 0; i < p->lanes_n; i++)
		while (can && schedule_wants(&p->lanes[i],
		    crew_slow(&p->crew, i, SLOW_MS))) {
			can = plan_hire(p, i);
			plan_feed(p);
		}
	plan_feed(p);
}

/* ---- What workers say ---------------------------------------------------- */

/* The id among those that the worker has. */
static bool
plan_find(const struct plan *p, const struct hand *h, const char *id,
    uint32_t *row)
{
	unsigned i;

	for (i = 0; i < h->n; i++) {
		*row = h->rows[i];
		if (memcmp(p->b->rows[*row].id, id, ENTRY_ID - 1) == 0)
			return true;
	}
	return false;
}

/* A next time that can be; whoever says others is not believed. */
static time_t
plan_next(const struct plan *p, time_t next)
{
	const time_t now = clock_now();

	if (next <= now || worker_due(p->j->settings, next, now))
		return now + (time_t)p->j->settings->queue.min_retry;
	return next;
}

static void
plan_done(struct plan *p, const struct hand *h, struct backlog_row *r,
    const struct slip *s)
{
	struct runner_sum *sum = p->sum;

	sum->tried++;
	sum->delivered += s->delivered && s->end == FINISH_GONE;
	sum->failed += s->end == FINISH_FAILED;
	if (s->end == FINISH_WAITS)
		backlog_waits(r, plan_next(p, s->next));
	else if (s->end == FINISH_ERROR)
		backlog_rest(r, plan_next(p, 0));
	else
		backlog_done(r);
	if (h->opened && (s->why.verdict != VERDICT_LATER ||
	    s->why.scope == SCOPE_MESSAGE || s->why.scope == SCOPE_RECIPIENT))
		schedule_judged(&p->lanes[h->lane], h->host);
}

/* What became of one id; false: it is none that the worker was given. */
static bool
plan_told(struct plan *p, struct hand *h, const struct slip *s)
{
	const time_t now = clock_now();
	struct backlog_row *r;
	uint32_t row;

	if (!plan_find(p, h, s->id, &row) || !crew_forget(h, row))
		return false;
	r = &p->b->rows[row];
	if (s->kind == SLIP_DONE)
		plan_done(p, h, r, s);
	else if (s->kind == SLIP_UNTRIED)
		schedule_return(&p->lanes[h->lane], row);
	else if (s->kind == SLIP_GONE)
		backlog_done(r);
	else
		backlog_rest(r, s->next > now ? plan_next(p, s->next) :
		    now + BUSY_PAUSE);
	return true;
}

static void
plan_bad(struct plan *p, struct lane *l, unsigned i, const struct outcome *why)
{
	const struct queue_settings *q = &p->j->settings->queue;
	struct health h;

	health_load(&h, p->j->state, l->account, &l->account->hosts[i]);
	health_bad(&h, p->j->state, l->account, &l->account->hosts[i], why,
	    q->min_retry, q->max_retry, clock_now());
	schedule_health(l, i, &h, true);
}

/* The session is over: what follows for host and account. */
static void
plan_over(struct plan *p, struct hand *h, const struct slip *s)
{
	struct lane *l = &p->lanes[h->lane];
	enum schedule_end end;
	unsigned i;

	h->over = true;
	schedule_closed(l, h->opened);
	p->sum->unreachable += !h->opened && s->why.fault != FAULT_NONE &&
	    l->account != NULL;
	end = schedule_trouble(l, h->host, h->opened, &s->why);
	if (end == SCHEDULE_ON || l->account == NULL)
		return;
	log_note(LOG_WARNING, "account %s: no mail through it now: %s%s%s",
	    l->account->name, s->why.text,
	    s->why.advice[0] != '\0' ? "; " : "", s->why.advice);
	for (i = 0; i < l->hosts_n; i++)
		if (end == SCHEDULE_ACCOUNT || i == h->host)
			plan_bad(p, l, i, &s->why);
}

/* It is gone: what it had in hand goes to others, but for the message that
 * it died of, if it did. */
static void
plan_part(struct plan *p, struct hand *h, bool kill_it)
{
	struct lane *l = &p->lanes[h->lane];
	unsigned i = 0;

	if (!h->over) {
		log_note(LOG_ERR, "a worker of account %s ended without a "
		    "word", l->account != NULL ? l->account->name : "none");
		schedule_closed(l, h->opened);
		schedule_died(l);
		if (h->n > 0)
			backlog_rest(&p->b->rows[h->rows[i++]],
			    plan_next(p, 0));
	}
	for (; h->n > i; h->n--)
		schedule_return(l, h->rows[h->n - 1]);
	crew_part(h, kill_it);
}

static void
plan_hear(struct plan *p, struct hand *h)
{
	struct slip s;
	int r = slip_receive(h->fd, &s);

	if (r <= 0 || h->over) {
		plan_part(p, h, r < 0 || r > 0);
		return;
	}
	if (s.kind == SLIP_OVER)
		plan_over(p, h, &s);
	else if (s.kind == SLIP_OPEN && !h->opened) {
		h->opened = true;
		h->since = clock_ms();
		schedule_opened(&p->lanes[h->lane]);
		p->sum->reached++;
	} else if (s.kind == SLIP_OPEN || !plan_told(p, h, &s))
		plan_part(p, h, true);
}

/* ---- The whole ----------------------------------------------------------- */

/* No new message is begun. */
static void
plan_stop(struct plan *p)
{
	size_t i;

	for (i = 0; i < p->lanes_n; i++)
		schedule_stop(&p->lanes[i]);
	crew_dismiss_all(&p->crew);
}

/* Is there something new to take into account? */
static void
plan_look(struct plan *p)
{
	const struct runner_job *j = p->j;
	struct watch_file now;

	p->sum->stopped = watch_stopped(p->crew.watch);
	if (j->config != NULL && !p->sum->stopped && !p->sum->changed &&
	    clock_ms() - p->read_at >= j->settings->queue.min_retry * 1000) {
		watch_file(&now, j->settings->path);
		p->sum->changed = !watch_same(&now, j->config);
		if (!p->sum->changed)
			plan_refresh(p);
	}
	if (p->sum->stopped || p->sum->changed)
		plan_stop(p);
}

static void
plan_run(struct plan *p)
{
	const int64_t tick = p->j->settings->queue.min_retry * 1000;
	bool heard[CREW_MAX];
	unsigned i;

	for (;;) {
		plan_look(p);
		plan_open(p);
		if (!crew_busy(&p->crew))
			break;
		crew_wait(&p->crew, tick < TICK_MS ? (int)tick : TICK_MS,
		    heard);
		for (i = 0; i < CREW_MAX; i++)
			if (heard[i] && p->crew.hands[i].fd >= 0)
				plan_hear(p, &p->crew.hands[i]);
	}
}

/* When the row is to be looked at again; 0: never. */
static time_t
plan_row_next(const struct plan *p, const struct backlog_row *r, time_t now)
{
	time_t until;

	if (r->kind == BACKLOG_UNREAD)
		return (time_t)r->next;
	if (r->kind != BACKLOG_OURS)
		return 0;
	if (r->next > now && !worker_due(p->j->settings, (time_t)r->next, now))
		return (time_t)r->next;
	until = schedule_until(&p->lanes[r->account]);
	return until > now ? until : now + BUSY_PAUSE;
}

static void
plan_end(struct plan *p)
{
	const time_t now = clock_now();
	size_t i;

	for (i = 0; i < p->b->n; i++) {
		time_t next = plan_row_next(p, &p->b->rows[i], now);

		p->sum->waiting += next != 0;
		if (next != 0 && (p->sum->next == 0 || next < p->sum->next))
			p->sum->next = next;
	}
	for (i = 0; i < p->lanes_n; i++)
		schedule_free(&p->lanes[i]);
	free(p->lanes);
}

int
plan_pass(const struct runner_job *j, struct backlog *b, struct watch *w,
    int private_fd, struct runner_sum *sum, struct outcome *o)
{
	struct plan p = { .j = j, .b = b, .want = plan_want(j), .sum = sum };

	memset(sum, 0, sizeof(*sum));
	if (j->held)
		backlog_unhold(&p.want);
	if (backlog_read(b, &p.want, clock_now(), o) < 0)
		return -1;
	crew_init(&p.crew, w, private_fd);
	plan_begin(&p);
	plan_run(&p);
	plan_end(&p);
	return 0;
}
