/* SPDX-License-Identifier: ISC */
/* A worker: carries messages to one host of one account. */
#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "base/clock.h"
#include "base/log.h"
#include "conf/secret.h"
#include "queue/attempt.h"
#include "queue/batch.h"
#include "queue/rules.h"
#include "queue/worker.h"

#define QUIT_MS		1000
#define BUSY_PAUSE	10	/* seconds until somebody else may be done */
#define ERROR_PAUSE	60	/* and until a file can be read again */

struct worker {
	const struct worker_job	*j;
	int			 fd;
	struct line_to		 line;
	struct batch		 batch;
	struct secret		 secret;
	struct load		 pair[2];	/* this one, the next: they stay
						 * where they are */
	unsigned		 at;		/* which is this one */
	bool			 connected;	/* ever */
	bool			 ended;		/* the planner says so, or
						 * hears us no more */
};

int64_t
worker_pause(const struct settings *s)
{
	return s->queue.min_retry < BUSY_PAUSE ? s->queue.min_retry :
	    BUSY_PAUSE;
}

bool
worker_due(const struct settings *s, time_t next, time_t now)
{
	int64_t far = s->queue.max_retry > s->queue.min_retry ?
	    s->queue.max_retry : s->queue.min_retry;

	/* A refused login waits up to 19 minutes. */
	return next <= now || next > now + far + 20 * 60;
}

/* ---- Taking messages ----------------------------------------------------- */

/* Is it still what the planner took it for? */
static bool
worker_fits(const struct worker_job *j, const struct entry *e)
{
	const struct account *a = account_named(j->settings->accounts,
	    j->settings->accounts_n, e->account);

	return strcmp(e->config, j->settings->path) == 0 && a == j->account &&
	    (j->force || worker_due(j->settings, e->next, clock_now()));
}

/* Who waits for a word that does not come waits for ever; our end it hears. */
static void
worker_say(struct worker *w, const struct slip *s)
{
	if (slip_send(w->fd, s) == 0 || w->line.planner < 0)
		return;
	if (errno != EPIPE && !w->ended)
		log_note(LOG_ERR, "a worker cannot report, and ends: %s",
		    strerror(errno));
	w->ended = true;
}

static void
worker_pass(struct worker *w, const char *id, enum slip_kind kind,
    time_t next)
{
	struct slip s = { .kind = kind, .next = next };

	memcpy(s.id, id, sizeof(s.id));
	worker_say(w, &s);
}

static void
worker_unread(struct worker *w, const char *id, const struct outcome *why)
{
	struct slip s = { .kind = SLIP_UNREAD, .why = *why,
		.next = clock_now() + ERROR_PAUSE };

	memcpy(s.id, id, sizeof(s.id));
	worker_say(w, &s);
}

static bool
worker_load(struct worker *w, const char *id, struct load *p)
{
	time_t now = clock_now();
	struct outcome o;

	switch (store_load(w->j->store, STORE_ACTIVE, id, &p->e, &o)) {
	case STORE_LOADED:
		if (worker_fits(w->j, &p->e)) {
			attempt_loaded(p);
			return true;
		}
		worker_pass(w, id, SLIP_PASSED, p->e.next > 0 ? p->e.next :
		    now);
		store_release(&p->e);
		return false;
	case STORE_BUSY:
		worker_pass(w, id, SLIP_PASSED, now +
		    (time_t)worker_pause(w->j->settings));
		return false;
	case STORE_ERROR:
		worker_unread(w, id, &o);
		return false;
	default:
		worker_pass(w, id, SLIP_GONE, now);
		return false;
	}
}

/* The next message that fits: none is there now, or (wait) ever. */
static bool
worker_take(struct worker *w, struct load *p, bool wait)
{
	char id[ENTRY_ID];
	int r = 1;

	while (!w->ended && !p->full && r > 0) {
		r = slip_take(w->fd, false, id);
		if (r == 0 && wait) {
			/* There is time. */
			batch_sync(&w->batch, true);
			r = slip_take(w->fd, true, id);
		}
		w->ended = r < 0 || slip_stop(w->line.planner);
		if (r > 0 && !w->ended)
			(void)worker_load(w, id, p);
	}
	return p->full;
}

/* ---- Carrying them ------------------------------------------------------- */

/* The first connection, for which there is a message. */
static int
worker_connect(struct worker *w, struct outcome *why)
{
	const struct worker_job *j = w->j;
	const struct slip opened = { .kind = SLIP_OPEN };
	struct session_params *p = &w->line.params;

	w->connected = true;
	if (j->account == NULL)
		return 0;
	if (secret_open(&w->secret, j->account, j->credentials, NULL, why) < 0)
		return -1;
	p->host = j->host;
	p->secret = &w->secret;
	p->state = j->state;
	p->ehlo_name = j->ehlo_name;
	if (attempt_open(&w->line, why) < 0)
		return -1;
	worker_say(w, &opened);
	return 0;
}

static void
worker_done(struct worker *w, struct load *p, const struct slip *s)
{
	char id[ENTRY_ID];

	memcpy(id, p->e.id, sizeof(id));
	store_release(&p->e);
	p->full = false;
	if (s->kind == SLIP_DONE)
		batch_note(&w->batch, id, s->end == FINISH_WAITS);
	worker_say(w, s);
	batch_sync(&w->batch, false);
}

/* One message, and the next one looked for.  -1: *why. */
static int
worker_message(struct worker *w, struct outcome *why)
{
	struct load *p = &w->pair[w->at], *next = &w->pair[!w->at];
	bool before = w->connected;
	struct slip s;
	int r;

	if (!before && worker_connect(w, why) < 0) {
		attempt_without(&w->line, p, why, &s);
		worker_done(w, p, &s);
		return -1;
	}
	if (!before && (w->ended || slip_stop(w->line.planner))) {
		outcome_clear(why);
		return -1;
	}
	(void)worker_take(w, next, false);
	r = attempt_message(&w->line, p, next->full ? next : NULL, &s,
	    why);
	worker_done(w, p, &s);
	w->at = !w->at;
	return r;
}

/* What was looked at and not begun, or, together with the one before it, has
 * been answered already. */
static void
worker_give_back(struct worker *w)
{
	struct outcome none;
	struct slip s;
	size_t i;

	outcome_clear(&none);
	for (i = 0; i < 2; i++)
		if (w->pair[i].full) {
			attempt_without(&w->line, &w->pair[i], &none, &s);
			worker_done(w, &w->pair[i], &s);
		}
}

static void
worker_over(struct worker *w, const struct outcome *why)
{
	const struct slip s = { .kind = SLIP_OVER, .why = *why };

	worker_give_back(w);
	batch_sync(&w->batch, true);
	attempt_close(&w->line, QUIT_MS);
	secret_close(&w->secret);
	worker_say(w, &s);
}

void
worker_run(const struct worker_job *j, int fd)
{
	struct worker w = { .j = j, .fd = fd };
	struct outcome why;
	int r = 0;

	w.line.store = j->store;
	w.line.last = j->last;
	w.line.planner = j->session != NULL ? -1 : fd;
	rules_set(&w.line.rules, j->settings, j->account, j->name,
	    j->from_address, j->state);
	batch_init(&w.batch, j->store);
	w.line.params.account = j->account;
	if (j->session != NULL) {
		w.connected = true;
		attempt_adopt(&w.line, j->session);
	}
	while (r == 0 && !slip_stop(w.line.planner) &&
	    worker_take(&w, &w.pair[w.at], true))
		r = worker_message(&w, &why);
	if (r == 0)
		outcome_clear(&why);
	worker_over(&w, &why);
}
