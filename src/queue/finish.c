/* SPDX-License-Identifier: ISC */
/* After an attempt: what becomes of the message. */
#include <sys/random.h>

#include <inttypes.h>
#include <stdio.h>
#include <syslog.h>

#include "base/clock.h"
#include "base/log.h"
#include "queue/finish.h"
#include "queue/notice.h"
#include "queue/tell.h"

#define RECORD_MAX	(1u << 30)
#define DAY		(24 * 60 * 60)

struct finishing {
	struct store			*s;
	struct entry			*e;
	const struct finish_rules	*r;
	time_t				 now;
	struct outcome			*o;
	struct outcome			 why;	/* a notice could not be */
	char				 notice[ENTRY_ID];
};

/* One line in the log, about the recipients that a notice of that kind would
 * be about. */
struct event {
	int		 priority;
	const char	*outcome;
	enum notice	 kind;
	const char	*notice;	/* its id, or NULL */
	const char	*reason;	/* or NULL */
};

/* ---- Counting ------------------------------------------------------------ */

static uint32_t
draw(void)
{
	uint32_t chance;

	if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) !=
	    (ssize_t)sizeof(chance))
		chance = (uint32_t)clock_ms() * 0x9e3779b1u;
	return chance;
}

/* Where nothing answered the message has not had its turn: the host is asked
 * every min_retry anyway.  A message under way that cuts the line every time,
 * or is in doubt every time, must not be repeated at that pace. */
static int64_t
pause_of(const struct retry_rules *rules, unsigned attempts,
    const struct recipient *r, uint32_t chance)
{
	bool unasked = r->fault == FAULT_NETWORK && r->code == 0 &&
	    r->stage < STAGE_MAIL;

	return retry_delay(rules, unasked ? 1 : attempts, r->fault, chance);
}

/* When the first of those that wait may be tried again; a refused login holds
 * all of them up. */
static int64_t
pause_for(const struct entry *e, const struct retry_rules *rules)
{
	const struct envelope *v = &e->envelope;
	const uint32_t chance = draw();
	int64_t d, shortest = 0;
	size_t i;

	for (i = notice_next(v, NOTICE_WAITING, 0); i < v->n;
	    i = notice_next(v, NOTICE_WAITING, i + 1)) {
		d = pause_of(rules, e->retry.attempts, &v->rcpt[i], chance);
		if (v->rcpt[i].fault == FAULT_LOGIN)
			return d;
		if (shortest == 0 || d < shortest)
			shortest = d;
	}
	return shortest;
}

/* Once in doubt, always: that a later attempt did not get through says
 * nothing of the earlier one. */
static bool
is_doubtful(const struct entry *e)
{
	const struct envelope *v = &e->envelope;
	bool doubtful = e->doubtful;
	size_t i;

	for (i = notice_next(v, NOTICE_WAITING, 0); i < v->n && !doubtful;
	    i = notice_next(v, NOTICE_WAITING, i + 1))
		doubtful = v->rcpt[i].in_doubt;
	return doubtful;
}

/* All that wait are never; their words stay. */
static void
give_up(struct envelope *v)
{
	struct recipient *r;
	size_t i;

	for (i = notice_next(v, NOTICE_WAITING, 0); i < v->n;
	    i = notice_next(v, NOTICE_WAITING, i + 1)) {
		r = &v->rcpt[i];
		envelope_reopen(v, i);
		r->verdict = VERDICT_NEVER;
		r->told = false;
		if (r->fault == FAULT_NONE)
			r->fault = FAULT_DELAY;
		envelope_keep(v, i);
	}
}

static int64_t
sum(int64_t a, int64_t b)
{
	int64_t c;

	return __builtin_add_overflow(a, b, &c) ? INT64_MAX : c;
}

void
finish_count(struct entry *e, const struct finish_rules *r, time_t now)
{
	struct envelope *v = &e->envelope;
	size_t first = notice_next(v, NOTICE_WAITING, 0);
	struct outcome o;

	if (first < v->n) {
		envelope_outcome(v, first, &o);
		e->retry.answered = sum(e->retry.answered,
		    retry_answered(&e->retry, &o, now));
	}
	if (e->retry.attempts < UINT32_MAX)
		e->retry.attempts++;
	e->retry.held = sum(e->retry.held, retry_held(&r->retry, &e->retry,
	    now));
	e->retry.last = now;
	e->doubtful = is_doubtful(e);
	if (retry_judge(&r->retry, &e->retry) == RETRY_EXPIRED)
		give_up(v);
	e->next = (time_t)sum(now, pause_for(e, &r->retry));
}

static bool
waits(const struct entry *e)
{
	return notice_count(&e->envelope, NOTICE_WAITING) > 0;
}

static bool
owes(const struct entry *e)
{
	return notice_count(&e->envelope, NOTICE_FAILED) > 0;
}

static bool
forgoes(const struct entry *e)
{
	return notice_count(&e->envelope, NOTICE_UNWANTED) > 0;
}

bool
finish_waits(const struct entry *e, const struct finish_rules *r)
{
	return waits(e) && !owes(e) && !forgoes(e) &&
	    retry_judge(&r->retry, &e->retry) == RETRY_AGAIN &&
	    !retry_warns(&r->retry, &e->retry);
}

/* ---- Telling ------------------------------------------------------------- */

static const char *
notices_go_to(const struct finishing *f)
{
	return f->r->bounce_to != NULL ? f->r->bounce_to :
	    f->e->envelope.sender;
}

static void
finish_log(const struct finishing *f, const struct event *x)
{
	const struct envelope *v = &f->e->envelope;
	size_t n = notice_count(v, x->kind), i = notice_next(v, x->kind, 0);
	const struct recipient *r = i < v->n ? &v->rcpt[i] : NULL;
	char many[40];
	const struct log_field fields[] = {
		{ "id", f->e->id }, { "account", f->e->account },
		{ "from", v->sender },
		{ "to", r != NULL && n == 1 ? r->address : many },
		{ "outcome", x->outcome }, { "reason", x->reason },
		{ "notice", x->notice },
		{ "notice-to", x->notice != NULL ? notices_go_to(f) : NULL },
		{ "text", r != NULL ? r->text : NULL },
	};

	snprintf(many, sizeof(many), "%zu recipients", n);
	log_event(x->priority, fields, sizeof(fields) / sizeof(fields[0]));
}

static enum tell_end
tell(struct finishing *f, enum notice kind, time_t until)
{
	const struct finish_rules *r = f->r;
	const struct teller t = {
		.store = f->s, .account = r->account, .state = r->state,
		.host = r->host, .from_name = r->from_name,
		.from_address = r->from_address, .to = r->bounce_to,
		.now = f->now,
	};

	return tell_notice(&t, f->e, kind, until, f->notice, &f->why);
}

/* A bounce for those who are never.  Whoever cannot be told stays untold. */
static enum tell_end
bounce(struct finishing *f)
{
	struct envelope *v = &f->e->envelope;
	size_t i = notice_next(v, NOTICE_FAILED, 0);
	const struct event x = { LOG_WARNING, notice_expired(&v->rcpt[i]) ?
		"expired" : "bounced", NOTICE_FAILED, f->notice, NULL };

	enum tell_end end = tell(f, NOTICE_FAILED, 0);

	if (end != TELL_DONE)
		return end;
	finish_log(f, &x);
	for (; i < v->n; i = notice_next(v, NOTICE_FAILED, i + 1))
		v->rcpt[i].told = true;
	return end;
}

/* Those who are never and whose sender does not want to know. */
static void
forgo(struct finishing *f)
{
	const struct event x = { LOG_NOTICE, "not-bounced", NOTICE_UNWANTED,
		NULL, "not wanted" };
	struct envelope *v = &f->e->envelope;
	size_t i;

	if (!forgoes(f->e))
		return;
	finish_log(f, &x);
	for (i = notice_next(v, NOTICE_UNWANTED, 0); i < v->n;
	    i = notice_next(v, NOTICE_UNWANTED, i + 1))
		v->rcpt[i].told = true;
}

static void
log_untold(const struct finishing *f)
{
	const struct event x = { LOG_ERR, "not-bounced", NOTICE_FAILED, NULL,
		f->why.text };

	finish_log(f, &x);
}

/* The end of the attempts that can be foreseen; 0: none. */
static time_t
foreseen_end(const struct entry *e, const struct retry_rules *rules,
    time_t now)
{
	const struct envelope *v = &e->envelope;
	int64_t end = rules->max_hold > 0 ?
	    sum(now, rules->max_hold - e->retry.held) : 0, expires;
	struct outcome o;

	envelope_outcome(v, notice_next(v, NOTICE_WAITING, 0), &o);
	if (rules->expire <= 0 || retry_answered(&e->retry, &o,
	    sum(e->retry.last, 1)) == 0)
		return (time_t)end;
	expires = sum(now, rules->expire - e->retry.answered);
	return (time_t)(end == 0 || expires < end ? expires : end);
}

/* Where it may not be sent, or not now, there will be none. */
static void
warn(struct finishing *f)
{
	const struct event sent = { LOG_NOTICE, "warned", NOTICE_DELAYED,
		f->notice, NULL };
	const struct event not_sent = { LOG_WARNING, "not-warned",
		NOTICE_DELAYED, NULL, f->why.text };
	enum tell_end end;

	f->e->retry.warned = notice_count(&f->e->envelope,
	    NOTICE_DELAYED) == 0;
	if (f->e->retry.warned)
		return;
	end = tell(f, NOTICE_DELAYED,
	    foreseen_end(f->e, &f->r->retry, f->now));
	f->e->retry.warned = end != TELL_FAILED;
	if (end == TELL_DONE)
		finish_log(f, &sent);
	else if (end == TELL_FAILED)
		finish_log(f, &not_sent);
}

/* ---- On disk ------------------------------------------------------------- */

/* A write that fails would give back the room that is kept free for a brief
 * record. */
static int
record_full(struct finishing *f, struct buf *b)
{
	if (entry_record_attempt(f->e, b) < 0)
		return outcome_fail(f->o, FAULT_DATA, STAGE_INPUT,
		    "what is known of %s is larger than %u octets", f->e->id,
		    RECORD_MAX);
	if (store_reserve(f->s, f->e, b->len, f->o) < 0)
		return -1;
	return store_append(f->s, f->e, b, false, f->o);
}

/* Better without words than not at all: who has the message shall not get it
 * again. */
static int
record(struct finishing *f)
{
	struct outcome brief;
	struct buf b;
	int r;

	buf_init(&b, RECORD_MAX);
	r = record_full(f, &b);
	if (r < 0) {
		buf_clear(&b);
		if (entry_record_brief(f->e, &b) == 0)
			r = store_append(f->s, f->e, &b, false, &brief);
	}
	if (r == 0)
		outcome_clear(f->o);
	buf_free(&b);
	return r;
}

/* Without room for the record it is moved all the same: the log has the
 * words, and else it would be tried at once, again and again. */
static enum finish_end
set_aside(struct finishing *f, enum notice kind, const char *notice,
    const char *reason)
{
	const struct event x = { LOG_ERR, "failed", kind, notice, reason };

	(void)record(f);
	if (store_move(f->s, f->e, STORE_ACTIVE, STORE_FAILED, f->o) < 0)
		return FINISH_ERROR;
	finish_log(f, &x);
	return FINISH_FAILED;
}

/* Who is never only because of that is not told, and so later in the journal:
 * released from failed/, it is tried again. */
static enum finish_end
held_too_long(struct finishing *f)
{
	char reason[64];
	enum tell_end end;

	snprintf(reason, sizeof(reason), "held for %" PRId64 " days",
	    f->e->retry.held / DAY);
	if (f->r->bounce_to == NULL)
		return set_aside(f, NOTICE_WAITING, NULL, reason);
	give_up(&f->e->envelope);
	if (!owes(f->e))
		return set_aside(f, NOTICE_UNWANTED, NULL, reason);
	end = tell(f, NOTICE_FAILED, 0);
	return set_aside(f, NOTICE_FAILED,
	    end == TELL_DONE ? f->notice : NULL, reason);
}

/* Could the bounce be made another time? */
static bool
tells_later(const struct finishing *f, enum tell_end told)
{
	return told == TELL_FAILED && (f->why.fault == FAULT_DELAY ||
	    f->why.fault == FAULT_OS) &&
	    !retry_overdue(&f->r->retry, &f->e->retry);
}

/* In the journal those who are not told are later: tried again, and told
 * then. */
static enum finish_end
wait_untold(struct finishing *f)
{
	const struct retry_rules *rules = &f->r->retry;
	struct entry *e = f->e;
	int64_t d = retry_delay(rules, e->retry.attempts, f->why.fault,
	    draw());

	if (d < rules->min_retry)
		d = rules->min_retry;
	e->next = (time_t)sum(f->now, d);
	log_untold(f);
	if (record(f) < 0)
		return FINISH_ERROR;
	*f->o = f->why;
	return FINISH_WAITS;
}

static enum finish_end
nobody_waits(struct finishing *f, enum tell_end told)
{
	if (owes(f->e) && tells_later(f, told))
		return wait_untold(f);
	if (owes(f->e))
		return set_aside(f, NOTICE_FAILED, NULL, f->why.text);
	if (store_remove(f->s, f->e, STORE_ACTIVE, f->o) < 0)
		return FINISH_ERROR;
	return FINISH_GONE;
}

enum finish_end
finish_run(struct store *s, struct entry *e, const struct finish_rules *r,
    time_t now, struct outcome *o)
{
	struct finishing f = { .s = s, .e = e, .r = r, .now = now, .o = o };
	enum tell_end told = TELL_DONE;

	forgo(&f);
	if (owes(e))
		told = bounce(&f);
	if (!waits(e))
		return nobody_waits(&f, told);
	if (retry_judge(&r->retry, &e->retry) == RETRY_HELD_TOO_LONG)
		return held_too_long(&f);
	if (owes(e))
		log_untold(&f);
	if (retry_warns(&r->retry, &e->retry))
		warn(&f);
	return record(&f) < 0 ? FINISH_ERROR : FINISH_WAITS;
}
