/* SPDX-License-Identifier: ISC */
/* One entity of a MIME message, the message itself or a part: what its
 * header makes of its body, and what that header becomes. */
#ifndef POSTHORN_ENTITY_H
#define POSTHORN_ENTITY_H

#include <stdbool.h>

#include "base/buf.h"
#include "mail/media.h"

enum entity_kind {
	ENTITY_LEAF,
	ENTITY_PARTS,		/* a multipart */
	ENTITY_MESSAGE,		/* a whole message is the body */
	ENTITY_SEALED		/* may not be changed */
};

struct entity {
	struct buf	 h;		/* its header block */
	struct media	 media;
	enum entity_kind kind;
	const char	*words;		/* for ENTITY_SEALED: "a signed part" */
	bool		 top, message;	/* it is the message; is one at all */
};

/* What becomes of a header; all zero: nothing. */
struct edit {
	const char	*encoding;	/* the Content-Transfer-Encoding, in
					 * place of the first one or behind */
	const char	*charset;	/* Content-Type: text/plain, where
					 * there is none */
	bool		 retype;	/* the Content-Type there is goes on
					 * as X-Original-Content-Type */
	bool		 version;	/* MIME-Version, if there is none */
};

/* Fills media, kind and words from h; in a multipart/digest (RFC 2046 section
 * 5.1.5) what has no type is a message. */
void	entity_read(struct entity *e, bool digest);
/* Appends the edited h to out; -1 past out's ceiling. */
int	entity_edit(struct buf *out, const struct buf *h,
	    const struct edit *edit);

#endif
