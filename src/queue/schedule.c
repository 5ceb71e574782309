/* SPDX-License-Identifier: ISC */
/* Who goes next, by which host, in how many sessions. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "queue/schedule.h"

#define ALONE		8u	/* messages that wait for one session */
#define STRIKES		3u
#define DEATHS		3u

void
schedule_init(struct lane *l, const struct account *a, unsigned limit)
{
	memset(l, 0, sizeof(*l));
	l->account = a;
	l->limit = limit > 0 ? limit : 1;
	l->hosts_n = a != NULL ? (unsigned)a->hosts_n : 1;
	if (l->hosts_n > LIMIT_HOSTS)
		l->hosts_n = LIMIT_HOSTS;
}

void
schedule_free(struct lane *l)
{
	free(l->rows);
	memset(l, 0, sizeof(*l));
}

void
schedule_health(struct lane *l, unsigned i, const struct health *h, bool down)
{
	l->hosts[i].out = down;
	l->hosts[i].probation = h->failures > 0;
	l->hosts[i].until = down ? h->until : 0;
}

/* ---- What waits ---------------------------------------------------------- */

void
schedule_add(struct lane *l, uint32_t row)
{
	if (l->n == l->cap) {
		l->cap = l->cap < 16 ? 16 : l->cap + l->cap / 2;
		l->rows = mem_grow(l->rows, l->cap, sizeof(*l->rows));
	}
	l->rows[l->n++] = row;
}

void
schedule_return(struct lane *l, uint32_t row)
{
	/* It was taken from the front, so there is room. */
	if (l->first > 0)
		l->rows[--l->first] = row;
	else
		schedule_add(l, row);
}

void
schedule_clear(struct lane *l)
{
	l->first = l->n = 0;
}

bool
schedule_take(struct lane *l, uint32_t *row)
{
	if (l->stopped || l->first == l->n)
		return false;
	*row = l->rows[l->first++];
	return true;
}

size_t
schedule_waiting(const struct lane *l)
{
	return l->stopped ? 0 : l->n - l->first;
}

/* ---- Sessions ------------------------------------------------------------ */

int
schedule_host(const struct lane *l)
{
	unsigned i;

	for (i = 0; i < l->hosts_n; i++)
		if (!l->hosts[i].out)
			return (int)i;
	return -1;
}

bool
schedule_wants(const struct lane *l, unsigned slow)
{
	int host = schedule_host(l);
	size_t waiting = schedule_waiting(l);

	if (waiting == 0 || host < 0 || l->sessions >= l->limit)
		return false;
	if (l->sessions == 0)
		return true;
	if (l->opening > 0)
		return false;
	if (slow >= l->sessions)
		return true;
	return waiting > ALONE && (l->judged || !l->hosts[host].probation);
}

bool
schedule_last(const struct lane *l)
{
	unsigned i, left = 0;

	for (i = 0; i < l->hosts_n; i++)
		left += !l->hosts[i].out;
	return left <= 1 && l->sessions == 0;
}

unsigned
schedule_ahead(const struct lane *l, unsigned i)
{
	return l->hosts[i].probation && !l->judged ? 1 : SCHEDULE_AHEAD;
}

void
schedule_begun(struct lane *l)
{
	l->sessions++;
	l->opening++;
}

void
schedule_opened(struct lane *l)
{
	l->opening--;
}

void
schedule_judged(struct lane *l, unsigned host)
{
	l->judged = true;
	l->strikes = 0;
	l->hosts[host].probation = false;
}

void
schedule_closed(struct lane *l, bool opened)
{
	l->sessions--;
	l->opening -= !opened;
}

enum schedule_end
schedule_trouble(struct lane *l, unsigned host, bool opened,
    const struct outcome *why)
{
	if (why->fault == FAULT_NONE)
		return SCHEDULE_ON;
	/* It may be one session too many. */
	if (why->stage < STAGE_MAIL && l->sessions > l->opening) {
		l->limit = l->sessions;
		return SCHEDULE_ON;
	}
	if (why->scope == SCOPE_ACCOUNT) {
		schedule_stop(l);
		return SCHEDULE_ACCOUNT;
	}
	/* It may have been the message. */
	if (opened && why->stage >= STAGE_MAIL && ++l->strikes < STRIKES)
		return SCHEDULE_ON;
	l->hosts[host].out = true;
	if (schedule_host(l) < 0)
		schedule_stop(l);
	return SCHEDULE_HOST;
}

void
schedule_died(struct lane *l)
{
	if (++l->deaths >= DEATHS)
		schedule_stop(l);
}

void
schedule_stop(struct lane *l)
{
	l->stopped = true;
}

time_t
schedule_until(const struct lane *l)
{
	time_t first = 0;
	unsigned i;

	for (i = 0; i < l->hosts_n; i++) {
		if (!l->hosts[i].out)
			return 0;
		if (first == 0 || l->hosts[i].until < first)
			first = l->hosts[i].until;
	}
	return first;
}
