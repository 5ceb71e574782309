/* SPDX-License-Identifier: ISC */
/* Our secret in a server's mouth: some repeat what they did not understand. */
#ifndef POSTHORN_MASK_H
#define POSTHORN_MASK_H

#include <stdbool.h>
#include <stddef.h>

struct mask {
	const char	*secret;	/* password or token; outlives this */
	size_t		 len;		/* 0: nothing to hide */
};

/* Do the n octets hold the secret, as it is or inside base64, whatever stands
 * around it there?  In base64 one of less than four octets is not found. */
bool	mask_finds(const struct mask *m, const char *text, size_t n);

#endif
