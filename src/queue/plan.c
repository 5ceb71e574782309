/* SPDX-License-Identifier: ISC */
/* One pass over the queue. */
#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "base/clock.h"
#include "base/log.h"
#include "queue/crew.h"
#include "queue/plan.h"
#include "queue/schedule.h"

#define SLOW_MS		60000	/* at one message: others need not wait */
#define LATE_MS		3000	/* at one message: it gets no more to do */
#define TICK_MS		5000	/* between looks for slow ones */

/* ---- Sessions ------------------------------------------------------------ */

/* With fewer workers than wanted the queue is run more slowly, without any not
 * at all. */
static void
plan_alone(struct pass *p)
{
	if (crew_busy(&p->crew))
		return;
	p->sum->alone = true;
	log_note(LOG_ERR, "the queue is not run: cannot start a worker: %s",
	    strerror(errno));
}

/* false: nobody can be hired now. */
static bool
plan_hire(struct pass *p, unsigned lane)
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

	if (crew_hire(&p->crew, &w, lane, host) == NULL) {
		plan_alone(p);
		return false;
	}
	schedule_begun(l);
	return true;
}

/* A worker that cannot be told of a message would wait for ever: it ends after
 * those it has.  One that is gone (EPIPE) has said why. */
static void
plan_mute(struct pass *p, struct hand *h)
{
	if (errno != EPIPE) {
		log_note(LOG_ERR, "a worker cannot be handed a message: %s",
		    strerror(errno));
		schedule_died(&p->lanes[h->lane]);
	}
	crew_dismiss(h);
}

/* A row for the worker: false, there is none, or it is not heard. */
static bool
plan_give(struct pass *p, struct hand *h)
{
	struct lane *l = &p->lanes[h->lane];
	char id[ENTRY_ID];
	uint32_t row;

	if (!schedule_take(l, &row))
		return false;
	backlog_id(&p->b->rows[row], id);
	if (crew_give(h, row, id) == 0)
		return true;
	plan_mute(p, h);
	schedule_return(l, row);
	return false;
}

static void
plan_feed(struct pass *p)
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
plan_open(struct pass *p)
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
plan_find(const struct pass *p, const struct hand *h, const char *id,
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

static void
plan_done(struct pass *p, const struct hand *h, struct backlog_row *r,
    const struct slip *s)
{
	struct runner_sum *sum = p->sum;

	sum->tried++;
	sum->delivered += s->delivered && s->end == FINISH_GONE;
	sum->failed += s->end == FINISH_FAILED;
	if (s->end == FINISH_WAITS)
		backlog_waits(r, pass_next(p, s->next));
	else if (s->end == FINISH_ERROR)
		backlog_rest(r, pass_next(p, 0));
	else
		backlog_done(r);
	if (h->opened && (s->why.verdict != VERDICT_LATER ||
	    s->why.scope == SCOPE_MESSAGE || s->why.scope == SCOPE_RECIPIENT))
		schedule_judged(&p->lanes[h->lane], h->host);
}

/* One worker tells of one file in words. */
static void
plan_unread(struct pass *p, struct hand *h, struct backlog_row *r,
    const struct slip *s)
{
	if (!h->complained)
		log_note(LOG_ERR, "queue: %s", s->why.text);
	h->complained = true;
	backlog_error(p->b, r, pass_next(p, s->next), s->why.text);
}

static void
plan_passed(struct pass *p, struct backlog_row *r, const struct slip *s)
{
	p->sum->passed++;
	backlog_rest(r, s->next > clock_now() ? pass_next(p, s->next) :
	    pass_pause(p));
}

/* What became of one id; false: it is none that the worker was given. */
static bool
plan_told(struct pass *p, struct hand *h, const struct slip *s)
{
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
	else if (s->kind == SLIP_UNREAD)
		plan_unread(p, h, r, s);
	else
		plan_passed(p, r, s);
	return true;
}

static void
plan_bad(struct pass *p, struct lane *l, unsigned i, const struct outcome *why)
{
	const struct queue_settings *q = &p->j->settings->queue;
	struct health h;

	health_load(&h, p->j->state, l->account, &l->account->hosts[i]);
	health_bad(&h, p->j->state, l->account, &l->account->hosts[i], why,
	    q->min_retry, q->max_retry, clock_now());
	schedule_health(l, i, &h, true);
}

/* What it had in hand, but for the first n, goes to others. */
static void
plan_dispense(struct pass *p, struct hand *h, unsigned n)
{
	for (; h->n > n; h->n--)
		schedule_return(&p->lanes[h->lane], h->rows[h->n - 1]);
}

/* The session is over, and what it was given and has not told of was not begun:
 * what follows for host and account. */
static void
plan_over(struct pass *p, struct hand *h, const struct slip *s)
{
	struct lane *l = &p->lanes[h->lane];
	enum schedule_end end;
	unsigned i;

	h->over = true;
	plan_dispense(p, h, 0);
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
plan_part(struct pass *p, struct hand *h, bool kill_it)
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
			    pass_next(p, 0));
	}
	plan_dispense(p, h, i);
	crew_part(h, kill_it);
}

static void
plan_hear(struct pass *p, struct hand *h)
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
plan_stop(struct pass *p)
{
	size_t i;

	for (i = 0; i < p->lanes_n; i++)
		schedule_stop(&p->lanes[i]);
	crew_dismiss_all(&p->crew);
}

/* Its session is being opened: there is no message that it would be a pity
 * for. */
static bool
plan_opening(const struct pass *p, const struct hand *h)
{
	return h->fd >= 0 && !h->opened &&
	    p->lanes[h->lane].account != NULL;
}

/* It is not waited for. */
static void
plan_kill(struct pass *p, struct hand *h)
{
	char id[ENTRY_ID];

	if (h->opened && !h->over && h->n > 0) {
		backlog_id(&p->b->rows[h->rows[0]], id);
		log_note(LOG_WARNING, "queue: %s: stopped while it was being "
		    "delivered; it will be tried again, and may arrive twice",
		    id);
	}
	if (!h->over)
		schedule_closed(&p->lanes[h->lane], h->opened);
	plan_dispense(p, h, 0);
	crew_part(h, true);
}

/* A signal came, and all have been told: whoever has said since then that its
 * session is open is at a message, and waited for as long as may be. */
static void
plan_hasten(struct pass *p, const bool heard[CREW_MAX])
{
	bool hurry = watch_hurry(p->crew.watch);
	unsigned i;

	for (i = 0; i < CREW_MAX; i++) {
		struct hand *h = &p->crew.hands[i];

		if (h->fd >= 0 &&
		    (hurry || (!heard[i] && plan_opening(p, h))))
			plan_kill(p, h);
	}
}

/* Is there something new to take into account? */
static void
plan_look(struct pass *p)
{
	const struct runner_job *j = p->j;
	bool before = p->sum->stopped;

	p->sum->stopped = watch_stopped(p->crew.watch);
	if (j->basis != NULL && !p->sum->stopped && !p->sum->changed &&
	    clock_ms() - p->read_at >= j->settings->queue.min_retry * 1000) {
		p->sum->changed = basis_changed(j->basis);
		if (!p->sum->changed)
			pass_refresh(p);
	}
	if (p->sum->stopped || p->sum->changed)
		plan_stop(p);
	if (p->sum->stopped && !before && crew_busy(&p->crew))
		log_remark("stopped: what is under way is finished; once "
		    "more to stop at once");
}

static int
plan_tick(const struct pass *p)
{
	const int64_t tick = p->j->settings->queue.min_retry * 1000;
	unsigned i;

	for (i = 0; i < CREW_MAX && p->sum->stopped; i++)
		if (plan_opening(p, &p->crew.hands[i]))
			return 0;
	return tick < TICK_MS ? (int)tick : TICK_MS;
}

static void
plan_run(struct pass *p)
{
	bool heard[CREW_MAX];
	unsigned i;

	for (;;) {
		plan_look(p);
		plan_open(p);
		if (!crew_busy(&p->crew))
			break;
		crew_wait(&p->crew, plan_tick(p), heard);
		for (i = 0; i < CREW_MAX; i++)
			if (heard[i] && p->crew.hands[i].fd >= 0)
				plan_hear(p, &p->crew.hands[i]);
		if (p->sum->stopped)
			plan_hasten(p, heard);
	}
}

int
plan_pass(const struct runner_job *j, struct backlog *b, struct watch *w,
    int private_fd, struct runner_sum *sum, struct outcome *o)
{
	struct pass p = { .j = j, .b = b, .want = pass_want(j), .sum = sum };

	memset(sum, 0, sizeof(*sum));
	if (j->held)
		backlog_unhold(&p.want);
	if (backlog_read(b, &p.want, clock_now(), o) < 0)
		return -1;
	crew_init(&p.crew, w, private_fd);
	pass_begin(&p);
	plan_run(&p);
	pass_end(&p);
	return 0;
}
