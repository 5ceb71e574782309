/* SPDX-License-Identifier: ISC */
/* What becomes of a submitted message after an attempt to deliver it. */
#include <syslog.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "front/aftermath.h"
#include "mail/dsn.h"
#include "queue/deliver.h"
#include "queue/rules.h"

static void
aftermath_rules(const struct keep *k, struct finish_rules *r)
{
	const struct identity *me = k->me;

	rules_set(r, k->settings, k->account,
	    me->host != NULL ? me->host : me->domain, me->daemon,
	    &k->place->state);
}

/* Finishes what was counted and is in the queue. */
static void
aftermath_run(struct keep *k, const struct finish_rules *r)
{
	static const enum keep_end ends[] = {
		[FINISH_GONE] = KEEP_NOWHERE, [FINISH_WAITS] = KEEP_QUEUED,
		[FINISH_FAILED] = KEEP_FAILED, [FINISH_ERROR] = KEEP_QUEUED,
	};
	const struct envelope *v = &k->entry->envelope;
	size_t i;
	struct outcome o;
	enum finish_end end = finish_run(&k->place->store, k->entry, r,
	    clock_now(), &o);

	if (end == FINISH_ERROR)
		log_note(LOG_ERR, "%s: %s", k->entry->id, o.text);
	k->end = ends[end];
	for (i = 0; i < v->n && end == FINISH_GONE; i++)
		if (v->rcpt[i].verdict == VERDICT_NEVER &&
		    dsn_wants_failure(v->rcpt[i].notify))
			k->end = KEEP_BOUNCED;
	if (k->end == KEEP_QUEUED)
		(void)file_sync(k->entry->message.fd);
}

/* The message is in the queue, with us, and nobody waits. */
void
aftermath_finish(struct keep *k, struct outcome *sum)
{
	struct finish_rules r;
	struct outcome o;

	deliver_sum(&k->entry->envelope, sum);
	aftermath_rules(k, &r);
	finish_count(k->entry, &r, clock_now());
	aftermath_run(k, &r);
	if (store_settle(&k->place->store, &o) < 0)
		log_note(LOG_ERR, "%s", o.text);
}

/* Some are delivered or refused, some can still be tried. */
static int
aftermath_rest(struct keep *k)
{
	struct finish_rules r;
	struct outcome full;

	aftermath_rules(k, &r);
	finish_count(k->entry, &r, clock_now());
	if (keep_enter(k, &full) < 0) {
		log_note(LOG_ERR, "%s: not queued: %s", k->entry->id,
		    full.text);
		return -1;
	}
	if (!finish_waits(k->entry, &r))
		aftermath_run(k, &r);
	keep_summon(k, 0);
	return 0;
}

/* Everybody refused it, as the exit status will say; some callers do not look
 * at that. */
static int
aftermath_refused(struct keep *k)
{
	struct envelope *e = &k->entry->envelope;
	struct store *s = &k->place->store;
	struct outcome full;
	size_t i;

	if (k->options->errors == ERROR_BERKNET)
		return aftermath_rest(k);
	for (i = 0; i < e->n; i++)
		e->rcpt[i].told = true;
	if (keep_enter(k, &full) < 0 || store_move(s, k->entry,
	    STORE_ACTIVE, STORE_FAILED, &full) < 0)
		log_note(LOG_ERR, "%s: refused, and not kept: %s",
		    k->entry->id, full.text);
	else
		k->end = KEEP_FAILED;
	return -1;
}

int
aftermath_settle(struct keep *k, struct outcome *o)
{
	const struct envelope *e = &k->entry->envelope;

	deliver_sum(e, o);
	if (o->verdict == VERDICT_DELIVERED)
		return 0;
	if (!k->place->open)
		return -1;
	return envelope_count(e, VERDICT_NEVER) == e->n ?
	    aftermath_refused(k) : aftermath_rest(k);
}
