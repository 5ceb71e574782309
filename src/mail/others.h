/* SPDX-License-Identifier: ISC */
/*
 * The envelopes behind an envelope: whoever is reached by an alias with an
 * owner- of its own gets the message from that owner, in a message apart.
 */
#ifndef POSTHORN_OTHERS_H
#define POSTHORN_OTHERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/outcome.h"
#include "mail/envelope.h"

/* Adds a recipient (wire form) that gets the message from `owner` (wire form;
 * NULL: from the sender of e); nobody is in two of the envelopes, the first
 * one stands.  -1 as envelope_add. */
int	others_add(struct envelope *e, const char *owner, const char *address,
	    struct outcome *o);
/* Recipients in all of them: none, then there is nobody at all. */
size_t	others_count(const struct envelope *e);
/* What NOTIFY (enum dsn_notify) and ORCPT (as envelope_orcpt, or NULL) say of
 * each recipient that came since the last call, in all of them. */
void	others_wish(struct envelope *e, unsigned notify, const char *orcpt);
/* An envelope without a recipient becomes the first one behind it, sender and
 * all; its RET, ENVID and the like stay.  Any other stays as it is. */
void	others_promote(struct envelope *e);
/* Takes the first one behind e out of the chain; the caller's.  RET, ENVID and
 * the like are those of e.  NULL: there is none. */
struct envelope	*others_take(struct envelope *e);
/* Adds the recipients of `from` to e, with their outcomes and wishes; it stays
 * the caller's. */
void	others_fold(struct envelope *e, const struct envelope *from);
/* Frees one that was taken. */
void	others_free(struct envelope *e);

#endif
