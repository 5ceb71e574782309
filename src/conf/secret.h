/* SPDX-License-Identifier: ISC */
/* The password or token of an account, in one locked buffer. */
#ifndef POSTHORN_SECRET_H
#define POSTHORN_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/outcome.h"
#include "conf/account.h"

struct secret {
	char	*data;		/* NUL-terminated; locked in memory, left out
				 * of core dumps */
	size_t	 len;		/* 0 and data "" : there is none */
	size_t	 size;		/* of the mapping */
	bool	 token;		/* an OAuth2 access token */
};

/*
 * Fetches the account's secret from its source: literal, first line of a
 * file (which must not be readable by others than owner and group; a final
 * CR is cut), command, systemd credential (/run/credentials or
 * $CREDENTIALS_DIRECTORY as handed in by credentials; directory owned by root
 * or us), token command.  No source set: an empty secret, success.  Fails
 * FAULT_CONFIG at STAGE_SECRET; never quotes the secret.
 */
int	secret_open(struct secret *s, const struct account *a,
	    const char *credentials, const char *const child_env[],
	    struct outcome *o);
/* Overwrites, unlocks, frees; an all-zero one is fine. */
void	secret_close(struct secret *s);

#endif
