/* SPDX-License-Identifier: ISC */
/* What a MIME entity's header says of its body: Content-Type (RFC 2045
 * section 5, RFC 2231) and Content-Transfer-Encoding (section 6). */
#ifndef POSTHORN_MEDIA_H
#define POSTHORN_MEDIA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Octets of a boundary; RFC 2046 section 5.1.1 has 70. */
#define MEDIA_BOUNDARY	200u

enum media_encoding {
	MEDIA_PLAIN,		/* 7bit, 8bit, binary, none */
	MEDIA_QUOTED,
	MEDIA_BASE64,
	MEDIA_STRANGE
};

struct media {
	bool		typed;		/* there is a Content-Type */
	char		type[32];	/* lower case; text/plain where there
					 * is none or no good one */
	char		subtype[64];
	char		boundary[MEDIA_BOUNDARY + 1];
	size_t		boundary_len;	/* 0: none, or none that could be */
	enum media_encoding encoding;
	bool		eight;		/* it says 8bit or binary */
	char		said[32];	/* the encoding's name, lower case */
};

/* Reads the first field of each name in h. */
void	media_read(struct media *t, const struct buf *h);
bool	media_is(const struct media *t, const char *type, const char *subtype);

#endif
