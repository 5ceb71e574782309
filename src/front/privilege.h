/* SPDX-License-Identifier: ISC */
/*
 * What a caller hands down besides argv and stdin is garbage or worse: this
 * makes the process's surroundings known, and drops rights.
 *
 * Installed set-group-ID, the program has one right that its caller lacks: the
 * group that owns the system's configuration and queue.  Nothing else may be
 * opened with it.  So, of every path:
 *
 *	the system's configuration, what it names, the queue	open(2)
 *	-C FILE, a user's configuration, --debug		after
 *								privilege_drop
 *	all others from argv, stdin, a home or the environment	privilege_open_
 *								as_caller
 *
 * A question about such a path is one as well: access(2) asks as the caller,
 * stat(2) does not.
 */
#ifndef POSTHORN_PRIVILEGE_H
#define POSTHORN_PRIVILEGE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

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
/* open(2) with O_CLOEXEC and O_NOCTTY, with the caller's rights alone: what is
 * made belongs to the caller's group.  -1 with errno. */
int	privilege_open_as_caller(const char *path, int flags, mode_t mode);
/* Root becomes somebody else for good: real, effective and saved ids, no
 * other group.  FAULT_OS; the process is fit for nothing then. */
int	privilege_become(uid_t uid, gid_t gid, struct outcome *o);
/* Whom root is to become to work on the queue of this directory: its owner;
 * where that is root, the user posthorn.  false: there is nobody but root. */
bool	privilege_owner(int dirfd, uid_t *uid, gid_t *gid);
/*
 * For a process that is to outlive its caller, just after fork: a session of
 * its own, / as its directory, 0 to 2 on /dev/null, no other descriptor but
 * the n in keep (the log file's is to be among them), default signals but PIPE
 * and XFSZ, which stay ignored.  The connection to syslog is closed: log_open
 * anew.  The cgroup stays the caller's.  FAULT_OS; to be ended then.
 */
int	privilege_detach(const int keep[], size_t n, struct outcome *o);
/* From here on the message is where it should be: signals no longer make it
 * look lost. */
void	privilege_settled(void);
void	privilege_done(struct surroundings *s);

#endif
