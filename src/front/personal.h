/* SPDX-License-Identifier: ISC */
/* What of the settings is different for each caller. */
#ifndef POSTHORN_PERSONAL_H
#define POSTHORN_PERSONAL_H

#include "conf/settings.h"
#include "front/identity.h"

/* Senders with %U and the like become those of this caller on this host.
 * FAULT_CONFIG: that is no address that anybody could answer. */
int	personal_senders(struct settings *s, const struct identity *me,
	    struct outcome *o);

#endif
