/* SPDX-License-Identifier: ISC */
/* Who a message is from: the reverse-path, and the account it chooses. */
#ifndef POSTHORN_SENDER_H
#define POSTHORN_SENDER_H

#include "base/buf.h"
#include "base/outcome.h"
#include "conf/settings.h"
#include "front/identity.h"

/* What the caller said of it. */
struct sender_wish {
	const char	*given;		/* of -f or -r, or NULL */
	const char	*account;	/* of --account, or NULL */
};

/* What chooses the account by its `match`: -f, completed by our domain, or,
 * without it, the author in the header; into b, empty if there is neither. */
void	sender_choice(struct buf *b, const struct sender_wish *w,
	    const struct identity *me, const struct buf *header);
/* The account: the one named; else the one whose `match` fits sender_choice;
 * else the default.  NULL: FAULT_CONFIG. */
const struct account	*sender_account(const struct settings *s,
	    const struct sender_wish *w, const struct identity *me,
	    const struct buf *header, struct outcome *o);
/*
 * The reverse-path (wire form; empty is <>) into b: what -f says; else the
 * account's `from`; else the author in the header if that is not local; else
 * the user at our domain (where that is "", another posthorn looks for the
 * author: the user's bare name).  A local one becomes `from` as rewrite-from
 * says, the null one, as null-sender says, `from` or, without it, the login if
 * that is an address.
 */
int	sender_path(struct buf *b, const struct account *a,
	    const struct sender_wish *w, const struct identity *me,
	    const struct buf *header, struct outcome *o);

#endif
