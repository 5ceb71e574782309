/* SPDX-License-Identifier: ISC */
/* One call of the program: what it was asked, by whom, and where it is. */
#ifndef POSTHORN_CALL_H
#define POSTHORN_CALL_H

#include "conf/settings.h"
#include "front/identity.h"
#include "front/options.h"
#include "front/place.h"
#include "front/privilege.h"

struct call {
	const struct options		*options;
	const struct surroundings	*from;
	const struct settings		*settings;
	const struct identity		*me;
	struct place			*place;		/* may not be open */
};

#endif
