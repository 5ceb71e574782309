/* SPDX-License-Identifier: ISC */
/* How each host has been doing, for every process. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue/health.h"
#include "queue/retry.h"

/* A record is "good=T bad=T failures=N until=T fault=WORD code=N text=WORDS",
 * what is zero left out; the words are the rest of the line. */

enum {
	FRESH = 60,			/* a success is noted this often */
	SET_BACK = 60 * 60,		/* of a clock that jumped */
	WAIT_MAX = 7 * 24 * 60 * 60
};

static const char *const faults[] = {
	[FAULT_NONE] = "none", [FAULT_USAGE] = "usage",
	[FAULT_DATA] = "data", [FAULT_NOUSER] = "nouser",
	[FAULT_REFUSED] = "refused", [FAULT_UNBUILT] = "unbuilt",
	[FAULT_BUG] = "bug", [FAULT_OS] = "os", [FAULT_INPUT] = "input",
	[FAULT_DELAY] = "delay", [FAULT_NETWORK] = "network",
	[FAULT_STARTTLS] = "starttls", [FAULT_PROTOCOL] = "protocol",
	[FAULT_LOGIN] = "login", [FAULT_CONFIG] = "config",
	[FAULT_TRUST] = "trust",
};

#define FAULTS	(sizeof(faults) / sizeof(faults[0]))

/* Empty where there can be none. */
static void
health_key(struct buf *key, const struct state *state,
    const struct account *a, const struct host *host)
{
	buf_init(key, 2048);
	if (state == NULL || buf_printf(key, "health %s %u %s", host->name,
	    (unsigned)host->port, a->user != NULL ? a->user : "") < 0)
		buf_clear(key);
}

/* ---- Reading ----------------------------------------------------------- */

/* n digits, nothing else, at most max. */
static bool
number(const char *p, size_t n, int64_t max, int64_t *to)
{
	char *end;

	if (n == 0 || n > 18 || strspn(p, "0123456789") < n)
		return false;
	*to = strtoll(p, &end, 10);
	return end == p + n && *to <= max;
}

static bool
fault_word(const char *p, size_t n, enum fault *to)
{
	size_t i;

	for (i = 0; i < FAULTS; i++)
		if (strlen(faults[i]) == n && memcmp(faults[i], p, n) == 0) {
			*to = (enum fault)i;
			return true;
		}
	return false;
}

/* "name=" at p, *n octets left: how many octets it has, or 0. */
static size_t
is_named(const char *p, size_t n, const char *name)
{
	size_t k = strlen(name);

	return n > k && memcmp(p, name, k) == 0 && p[k] == '=' ? k + 1 : 0;
}

/* One word but the last. */
static bool
health_word(struct health *h, const char *p, size_t n)
{
	static const char *const names[] = {
		"good", "bad", "failures", "until", "code",
	};
	int64_t v[5] = { h->good, h->bad, h->failures, h->until, h->code };
	static const int64_t max[5] = {
		INT64_MAX, INT64_MAX, UINT32_MAX, INT64_MAX, 999,
	};
	size_t i, k;

	if ((k = is_named(p, n, "fault")) > 0)
		return fault_word(p + k, n - k, &h->fault);
	for (i = 0; i < 5; i++)
		if ((k = is_named(p, n, names[i])) > 0)
			break;
	if (i == 5 || !number(p + k, n - k, max[i], &v[i]))
		return false;
	h->good = (time_t)v[0];
	h->bad = (time_t)v[1];
	h->failures = (unsigned)v[2];
	h->until = (time_t)v[3];
	h->code = (uint16_t)v[4];
	return true;
}

static bool
health_read(struct health *h, const char *p)
{
	size_t n;

	for (; *p != '\0'; p += n) {
		p += *p == ' ';
		if (is_named(p, strlen(p), "text") > 0) {
			n = (size_t)snprintf(h->text, sizeof(h->text), "%s",
			    p + 5);
			if (n < sizeof(h->text))
				outcome_clean(h->text, n);
			return n < sizeof(h->text);
		}
		n = strcspn(p, " ");
		if (!health_word(h, p, n))
			return false;
	}
	return true;
}

/* Nobody waits longer than we would have said. */
static bool
is_sane(const struct health *h)
{
	return h->until == 0 || (h->until >= h->bad && h->bad > 0 &&
	    h->until - h->bad <= WAIT_MAX);
}

void
health_load(struct health *h, const struct state *state,
    const struct account *a, const struct host *host)
{
	struct buf key, value;

	memset(h, 0, sizeof(*h));
	health_key(&key, state, a, host);
	buf_init(&value, LIMIT_STATE);
	if (key.len > 0 && state_get(state, key.data, &value) &&
	    (strlen(value.data) != value.len ||
	    !health_read(h, value.data) || !is_sane(h)))
		memset(h, 0, sizeof(*h));
	buf_free(&key);
	buf_free(&value);
}

/* ---- Writing ----------------------------------------------------------- */

static void
put_number(struct buf *b, const char *name, int64_t v)
{
	if (v > 0)
		buf_printf(b, "%s%s=%" PRId64, b->len > 0 ? " " : "", name, v);
}

static void
health_save(const struct health *h, const struct state *state,
    const struct account *a, const struct host *host)
{
	struct buf key, value;

	health_key(&key, state, a, host);
	buf_init(&value, LIMIT_STATE);
	put_number(&value, "good", h->good);
	put_number(&value, "bad", h->bad);
	put_number(&value, "failures", h->failures);
	put_number(&value, "until", h->until);
	if (h->fault != FAULT_NONE)
		buf_printf(&value, " fault=%s", faults[h->fault]);
	put_number(&value, "code", h->code);
	if (h->text[0] != '\0')
		buf_printf(&value, " text=%s", h->text);
	if (key.len > 0)
		state_put(state, key.data, value.data);
	buf_free(&key);
	buf_free(&value);
}

void
health_good(struct health *h, const struct state *state,
    const struct account *a, const struct host *host, time_t now)
{
	if (h->failures == 0 && h->until == 0 && h->good <= now &&
	    now - h->good < FRESH)
		return;
	h->good = now;
	h->failures = 0;
	h->until = 0;
	health_save(h, state, a, host);
}

static int64_t
clamp(int64_t v, int64_t min, int64_t max)
{
	if (v > max)
		v = max;
	return v < min ? min : v;
}

void
health_bad(struct health *h, const struct state *state,
    const struct account *a, const struct host *host,
    const struct outcome *o, int64_t min_retry, int64_t max_retry, time_t now)
{
	int64_t wait;

	if (h->failures < UINT32_MAX)
		h->failures++;
	wait = clamp(retry_probe(h->failures), min_retry, max_retry);
	if (o->fault == FAULT_NETWORK && o->code == 0)
		wait = min_retry;
	if (o->fault == FAULT_LOGIN)
		wait = clamp(wait, RETRY_LOGIN, INT64_MAX);
	h->bad = now;
	h->until = now + (time_t)clamp(wait, 1, WAIT_MAX);
	h->fault = o->fault;
	h->code = o->code;
	snprintf(h->text, sizeof(h->text), "%s", o->text);
	health_save(h, state, a, host);
}

bool
health_down(const struct health *h, time_t now)
{
	return now < h->until && now >= h->bad - SET_BACK;
}

void
health_forget(const struct state *state, const struct account *a,
    const struct host *host)
{
	struct buf key;

	health_key(&key, state, a, host);
	if (key.len > 0)
		state_put(state, key.data, NULL);
	buf_free(&key);
}
