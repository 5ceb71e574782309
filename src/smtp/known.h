/* SPDX-License-Identifier: ISC */
/* What earlier sessions taught us of a host and login, through base/state. */
#ifndef POSTHORN_KNOWN_H
#define POSTHORN_KNOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/state.h"
#include "net/tls.h"

struct known {
	uint32_t	 rides;		/* sasl_bit of a mechanism that worked
					 * here in one flight; 0: none */
	uint32_t	 broken;	/* mechanisms that cannot work here,
					 * while there is one that can */
	bool		 plus;		/* a -PLUS login has succeeded */
	enum tls_binding binding;	/* the binding it used; NONE: unknown */
	bool		 changed;	/* differs from the record */
};

/* Reads the record of host, port and login; nothing known where there is
 * none. */
void	known_load(struct known *k, const struct state *state,
	    const char *host, uint16_t port, const char *login);
/* Writes it back if it changed. */
void	known_save(struct known *k, const struct state *state,
	    const char *host, uint16_t port, const char *login);

#endif
