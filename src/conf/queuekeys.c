/* SPDX-License-Identifier: ISC */
/* The keys of the queue, and what they say together. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/queuekeys.h"
#include "conf/value.h"

#define CONNECTIONS_MAX	64
#define PERCENT_MAX	50
#define OR_ZERO "a duration from 1s to 365d, such as 30s, 5m, 1h or 2d; or 0"

const char *
queuekeys_directory(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	struct queue_settings *q = &d->s->queue;

	(void)k, (void)to, (void)n;
	q->none = strcmp(v[0], "none") == 0;
	if (q->none)
		return NULL;
	if (value_path(v[0]) != NULL)
		return "an absolute path (write ~ as \"${HOME}\"), or none";
	return draft_copy(&q->directory, v[0]);
}

/* "0", with or without a unit. */
static bool
is_zero(const char *s)
{
	size_t zeros = strspn(s, "0");

	s += zeros;
	return zeros > 0 &&
	    (*s == '\0' || (strchr("smhd", *s) != NULL && s[1] == '\0'));
}

const char *
queuekeys_patience(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	int64_t *ms = to;

	(void)d, (void)k, (void)n;
	*ms = 0;
	return is_zero(v[0]) || value_duration(v[0], ms) == NULL ? NULL :
	    OR_ZERO;
}

const char *
queuekeys_wait(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	int64_t *seconds = to, ms = 0;
	const char *expected = value_duration(v[0], &ms);

	(void)d, (void)k, (void)n;
	*seconds = ms / 1000;
	return expected;
}

const char *
queuekeys_limit(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	int64_t *seconds = to;

	*seconds = 0;
	return is_zero(v[0]) || queuekeys_wait(d, k, to, v, n) == NULL ?
	    NULL : OR_ZERO;
}

const char *
queuekeys_mailbox(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	char *name = NULL;
	const char *expected = value_mailbox(v[0], &name, to);

	(void)d, (void)k, (void)n;
	free(name);
	return expected;
}

const char *
queuekeys_connections(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	unsigned long number = 0;
	unsigned *count = to;

	(void)d, (void)k, (void)n;
	if (value_number(v[0], 1, CONNECTIONS_MAX, &number) != NULL)
		return "a number from 1 to 64";
	*count = (unsigned)number;
	return NULL;
}

/* The number of "5 %" or "5%". */
static bool
is_percent(const char *s, unsigned long *percent)
{
	char digits[4];
	size_t n = strspn(s, "0123456789");

	if (n >= sizeof(digits))
		return false;
	memcpy(digits, s, n);
	digits[n] = '\0';
	s += n;
	s += strspn(s, " ");
	return strcmp(s, "%") == 0 &&
	    value_number(digits, 0, PERCENT_MAX, percent) == NULL;
}

const char *
queuekeys_free(struct draft *d, const struct key *k, void *to,
    const char *const v[], size_t n)
{
	struct queue_settings *q = &d->s->queue;
	unsigned long percent = 0;

	(void)k, (void)to, (void)n;
	q->min_free = 0;
	if (!is_percent(v[0], &percent) && strcmp(v[0], "0") != 0 &&
	    value_size(v[0], &q->min_free) != NULL)
		return "a size such as 500M or 2G, a share from 0% to 50%, "
		    "or 0";
	q->min_free_percent = (unsigned)percent;
	return NULL;
}

/* Where the key stands, or 0. */
static int
settle_given(const struct draft *d, const char *name)
{
	return d->lines[keys_index(SECTION_QUEUE, name)];
}

/* A duration as people write it. */
static const char *
settle_duration(char text[32], int64_t seconds)
{
	static const struct {
		char	unit;
		int64_t	seconds;
	} units[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };
	size_t i = 0;

	while (seconds % units[i].seconds != 0)
		i++;
	snprintf(text, 32, "%" PRId64 "%c", seconds / units[i].seconds,
	    units[i].unit);
	return text;
}

int
queuekeys_settle(struct draft *d)
{
	const struct queue_settings *q = &d->s->queue;
	int at = settle_given(d, "min-retry");
	int max = settle_given(d, "max-retry");
	char shorter[32], longer[32];

	if (q->none && q->deliver != DELIVER_NOW)
		return draft_fail(d, settle_given(d, "deliver"),
		    "queue: deliver = \"%s\" and directory = \"none\" "
		    "contradict each other",
		    q->deliver == DELIVER_QUEUED ? "queued" : "background");
	if (q->min_retry <= q->max_retry)
		return 0;
	return draft_fail(d, at > max ? at : max,
	    "queue: min-retry (%s%s) is longer than max-retry (%s%s)",
	    settle_duration(longer, q->min_retry), at != 0 ? "" :
	    ", its default", settle_duration(shorter, q->max_retry),
	    max != 0 ? "" : ", its default");
}
