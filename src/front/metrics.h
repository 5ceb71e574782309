/* SPDX-License-Identifier: ISC */
/* --status: how the accounts and the queue do, for people and for
 * monitoring. */
#ifndef POSTHORN_METRICS_H
#define POSTHORN_METRICS_H

#include "base/outcome.h"
#include "conf/settings.h"
#include "front/command.h"
#include "front/identity.h"
#include "front/place.h"

/*
 * Prints, as text, JSON (one object) or OpenMetrics, what is known of each
 * account's hosts and what waits in the queue, as far as it is the caller's.
 * -1, FAULT_DELAY: a host is down, or mail waits for longer than warn_after;
 * not with OpenMetrics, where whoever collects it would throw it away then.
 * Else FAULT_OS.
 */
int	metrics_run(const struct options *op, const struct settings *settings,
	    struct place *place, const struct identity *me,
	    struct outcome *o);

#endif
