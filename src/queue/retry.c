/* SPDX-License-Identifier: ISC */
/* When to try again, and when to give up. */
#include "queue/retry.h"

enum {
	MINUTE = 60,
	PROBE_MAX = 60,			/* minutes */
	DAY = 24 * 60 * MINUTE
};

int64_t
retry_delay(const struct retry_rules *rules, unsigned attempts,
    enum fault fault, uint32_t chance)
{
	int64_t d = rules->min_retry > 0 ? rules->min_retry : 1;
	int64_t max = rules->max_retry > d ? rules->max_retry : d;

	for (; attempts > 1 && d < max; attempts--)
		d = d > max / 2 ? max : d * 2;
	/* Earlier, not later: nobody waits longer than was said. */
	d -= (int64_t)((uint64_t)(d / 4) % UINT32_MAX * chance >> 32);
	if (fault == FAULT_LOGIN && d < RETRY_LOGIN)
		d = RETRY_LOGIN + chance % (RETRY_LOGIN / 4);
	return d;
}

int64_t
retry_probe(unsigned failures)
{
	int64_t minutes = failures > 0;

	for (; failures > 1 && minutes < PROBE_MAX; failures--)
		minutes *= 2;
	return (minutes < PROBE_MAX ? minutes : PROBE_MAX) * MINUTE;
}

/* Seconds from then to now, never negative. */
static int64_t
since(time_t then, time_t now)
{
	int64_t d;

	if (__builtin_sub_overflow((int64_t)now, (int64_t)then, &d))
		return now > then ? INT64_MAX : 0;
	return d > 0 ? d : 0;
}

int64_t
retry_answered(const struct retry_state *s, const struct outcome *o,
    time_t now)
{
	int64_t d = since(s->last != 0 ? s->last : s->arrived, now);

	if (o->code == 0 ||
	    (o->scope != SCOPE_MESSAGE && o->scope != SCOPE_RECIPIENT))
		return 0;
	return d < DAY ? d : DAY;
}

int64_t
retry_held(const struct retry_rules *rules, const struct retry_state *s,
    time_t now)
{
	int64_t d = since(s->last != 0 ? s->last : s->arrived, now);
	int64_t most = rules->max_hold / 2 > DAY ? rules->max_hold / 2 : DAY;

	return d < most ? d : most;
}

bool
retry_overdue(const struct retry_rules *rules, const struct retry_state *s)
{
	return rules->max_hold > 0 && s->held >= rules->max_hold;
}

enum retry_end
retry_judge(const struct retry_rules *rules, const struct retry_state *s)
{
	if (rules->expire > 0 && s->answered >= rules->expire)
		return RETRY_EXPIRED;
	return retry_overdue(rules, s) ? RETRY_HELD_TOO_LONG : RETRY_AGAIN;
}

bool
retry_warns(const struct retry_rules *rules, const struct retry_state *s)
{
	return rules->warn_after > 0 && !s->warned &&
	    s->held >= rules->warn_after;
}
