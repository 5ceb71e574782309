/* SPDX-License-Identifier: ISC */
/* What follows a delivery: others go along. */
#include <unistd.h>

#include "front/follow.h"
#include "front/patience.h"
#include "front/summon.h"
#include "queue/drain.h"

void
follow_summon(const struct keep *k)
{
	const struct summon w = { k->options, k->settings, k->from,
		k->place };

	summon_if_needed(&w);
}

void
follow_take(const struct keep *k, struct session *left)
{
	const struct worker_job j = { .store = &k->place->store,
		.settings = k->settings, .account = k->account,
		.host = left->params.host, .state = &k->place->state,
		.name = k->me->host, .ehlo_name = k->me->host,
		.from_address = k->me->daemon,
		.credentials = k->from->credentials, .force = true,
		.session = left };
	char ids[DRAIN_MAX][ENTRY_ID];

	drain_run(&j, ids, drain_find(&j, getuid(), ids));
	follow_summon(k);
}

bool
follow_drain(const struct keep *k, struct session *left)
{
	bool failed;

	if (!patience_split(&failed)) {
		if (failed)
			session_close(left, 0);
		else			/* the child speaks on it */
			session_drop(left);
		return false;
	}
	follow_take(k, left);
	return true;
}
