/* SPDX-License-Identifier: ISC */
/* Who submits, and on which machine: never from the environment or the DNS. */
#ifndef POSTHORN_IDENTITY_H
#define POSTHORN_IDENTITY_H

#include <sys/types.h>

#include <stdbool.h>

#include "base/outcome.h"

#define IDENTITY_NAMES	5

struct identity {
	uid_t		 uid;		/* the real one */
	char		*user;		/* login name, or "uid1000" */
	char		*home;		/* of the password database, or NULL */
	char		*full_name;	/* NAME, else GECOS; or NULL */
	char		*host;		/* this machine's full name, or NULL
					 * when none with a dot is known but
					 * localhost.localdomain */
	char		*domain;	/* configured, /etc/mailname (unless
					 * it is a public provider's), or the
					 * host's; "localhost" at worst */
	char		*daemon;	/* MAILER-DAEMON at host or domain */
	bool		 qualifies;	/* domain may complete recipients */
	const char	*local[IDENTITY_NAMES + 1]; /* names of this host */
	char		*short_host;	/* its first label, or NULL */
	char		*mailname;	/* or NULL */
};

/* The part that does not need the configuration: uid, user, home.  name is
 * NAME of the environment, or NULL. */
void	identity_user(struct identity *me, const char *name);
/* Where fd is a Unix socket, the user becomes who connected to it: uid, user
 * and full name; home stays ours. */
void	identity_peer(struct identity *me, int fd);
/* The rest.  configured is the setting `domain`, or NULL; it may complete
 * recipients even where it is a public provider's.  "": names without a domain
 * stay so, since it is another posthorn that will complete them. */
void	identity_host(struct identity *me, const char *configured);
/* Is it the domain of a public mail provider, where a local name would be
 * somebody else's mailbox? */
bool	identity_public(const char *domain);
/* Is it one of this host's names, in any case, with or without the root's
 * dot? */
bool	identity_is_local(const struct identity *me, const char *domain);
/* Is it a name that every machine has: localhost, localhost.localdomain? */
bool	identity_localhost(const char *domain);
/* FAULT_CONFIG: a bare recipient, and no domain to complete it. */
int	identity_unqualified(const struct identity *me, const char *name,
	    struct outcome *o);
/* A path below a user's directory of some kind: XDG (absolute, or it does not
 * count), else home/otherwise; NULL when there is neither, else the
 * caller's. */
char	*identity_path(const struct identity *me, const char *xdg,
	    const char *otherwise, const char *name);
void	identity_free(struct identity *me);

#endif
