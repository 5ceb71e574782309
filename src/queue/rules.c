/* SPDX-License-Identifier: ISC */
/* What the settings say about trying again and telling of it. */
#include "queue/rules.h"

struct retry_rules
rules_pace(const struct settings *set)
{
	const struct queue_settings *q = &set->queue;

	return (struct retry_rules){ q->min_retry, q->max_retry,
		q->warn_after, q->expire, q->max_hold };
}

void
rules_set(struct finish_rules *r, const struct settings *set,
    const struct account *account, const char *host, const char *daemon,
    const struct state *state)
{
	r->retry = rules_pace(set);
	r->bounce_to = set->queue.bounce_to;
	r->host = host;
	r->from_name = "Mail Delivery System";
	r->from_address = account != NULL && account->from_address != NULL ?
	    account->from_address : daemon;
	r->account = account;
	r->state = state;
}
