/* SPDX-License-Identifier: ISC */
/* hoststat and purgestat: what is remembered of the smarthosts. */
#ifndef POSTHORN_HOSTS_H
#define POSTHORN_HOSTS_H

#include "front/call.h"

/* A line for each host of each account: when it last took a message, its last
 * fault, the next try. */
int	hosts_show(const struct call *c, struct outcome *o);
/* Forgets all that, so that each is tried at once. */
int	hosts_purge(const struct call *c, struct outcome *o);

#endif
