/* SPDX-License-Identifier: ISC */
/*
 * The way in for who cannot read the system's configuration, because a set-id
 * bit did nothing for it (NoNewPrivileges): a socket, RUNSTATEDIR
 * "/posthorn/submit", behind which posthorn itself listens (-bs).
 */
#ifndef POSTHORN_WAYIN_H
#define POSTHORN_WAYIN_H

#include "base/outcome.h"
#include "conf/settings.h"

/*
 * To be called after config, the system's, could not be read, *o saying so.
 * 0: the file is there, we lack the right to read it, and there is the way in:
 * *s are settings of one account that hands everything to the socket as it
 * is, with no queue of its own.  -1: *o stands; its advice is about the way
 * in, where that would have helped.
 *
 * Only root may be able to put a socket there, or mail would go to whoever
 * did: the directories have to be root's, and nobody else's to write.
 */
int	wayin_settings(struct settings *s, const char *config,
	    struct outcome *o);

#endif
