/* SPDX-License-Identifier: ISC */
/* Makes sure that somebody runs the queue. */
#ifndef POSTHORN_SUMMON_H
#define POSTHORN_SUMMON_H

#include <stdint.h>

#include "conf/settings.h"
#include "front/options.h"
#include "front/place.h"
#include "front/privilege.h"

struct summon {
	const struct options		*options;
	const struct settings		*settings;
	const struct surroundings	*from;
	const struct place		*place;
};

/*
 * With runner = "auto", unless one lives already: starts a detached runner of
 * our real uid, by executing ourselves anew, so that it inherits nothing but
 * what it is told (the configuration file if one was named, and the user's
 * directories outside set-id use).  It waits `pause` seconds before it begins.
 * That it cannot be started harms nothing but that: it is logged.
 */
void	summon_runner(const struct summon *w, int64_t pause);
/* The same, if a message of ours waits in the queue. */
void	summon_if_needed(const struct summon *w);
/* Becomes a fresh runner in this process; returns only if it cannot. */
void	summon_again(const struct summon *w);

#endif
