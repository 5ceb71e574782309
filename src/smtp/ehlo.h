/* SPDX-License-Identifier: ISC */
/* What a server says it can do: the EHLO reply, read. */
#ifndef POSTHORN_EHLO_H
#define POSTHORN_EHLO_H

#include <stdbool.h>
#include <stdint.h>

#include "smtp/reply.h"

struct capabilities {
	bool		 starttls;
	bool		 pipelining;	/* RFC 2920 */
	bool		 size;		/* RFC 1870 */
	uint64_t	 size_max;	/* 0: no fixed limit */
	bool		 eightbit;	/* 8BITMIME, RFC 6152 */
	bool		 utf8;		/* SMTPUTF8, RFC 6531 */
	bool		 chunking;	/* RFC 3030 */
	bool		 dsn;		/* RFC 3461 */
	bool		 requiretls;	/* RFC 8689 */
	unsigned	 mailmax;	/* LIMITS, RFC 9422; 0: none */
	unsigned	 rcptmax;
	uint32_t	 auth;		/* sasl_bit of each known mechanism */
	char		 auth_text[256]; /* all that was named, printable */
};

/* Reads the text of a 250 to EHLO: unknown keywords and malformed parameters
 * are passed over, keywords are read in any case, "AUTH=" is read like
 * "AUTH " (old servers).  Never fails. */
void	ehlo_parse(const struct reply *r, struct capabilities *c);

#endif
