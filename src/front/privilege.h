/* SPDX-License-Identifier: ISC */
/*
 * What a caller hands down besides argv and stdin is garbage or worse: this
 * makes the process's surroundings known, and drops rights.
 */
#ifndef POSTHORN_PRIVILEGE_H
#define POSTHORN_PRIVILEGE_H

#include <stdbool.h>

#include "base/outcome.h"

/* What is taken from the environment before it is forgotten; owned. */
struct surroundings {
	bool	 set_id;	/* we have rights that our caller lacks */
	bool	 no_input;	/* descriptor 0 was closed */
	char	*name;		/* NAME, or NULL */
	char	*config_home;	/* XDG_CONFIG_HOME */
	char	*state_home;	/* XDG_STATE_HOME */
	char	*credentials;	/* CREDENTIALS_DIRECTORY; NULL in set-id use */
};

/*
 * To be called first: opens /dev/null for closed descriptors 0 to 2, closes
 * the rest, resets signals (HUP, INT, TERM and ALRM then end the process with
 * 75 and one line), mask, timers, umask (077), soft limits, core dumps and
 * ptrace; reads *s.  In set-id use the environment is already rebuilt.
 * Fails FAULT_OS when a hard limit is too small to work with.
 */
int	privilege_start(struct surroundings *s, struct outcome *o);
/* Rebuilds the environment from nothing: PATH and LANG. */
void	privilege_environment(void);
/* Gives up rights the caller lacks, for good. */
int	privilege_drop(struct outcome *o);
/* From here on the message is where it should be: signals no longer make it
 * look lost. */
void	privilege_settled(void);
void	privilege_done(struct surroundings *s);

#endif
