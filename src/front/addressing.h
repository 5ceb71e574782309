/* SPDX-License-Identifier: ISC */
/* The envelope of a submission: by which account, from whom, to whom. */
#ifndef POSTHORN_ADDRESSING_H
#define POSTHORN_ADDRESSING_H

#include "base/buf.h"
#include "base/outcome.h"
#include "conf/settings.h"
#include "front/command.h"
#include "front/identity.h"
#include "front/sender.h"
#include "mail/envelope.h"

/*
 * Fills e from the command line and, with -t, from the header block as the
 * caller wrote it; duplicates are removed, behind aliases too.  Those that get
 * it from an owner are behind e (mail/others.h), which itself may have nobody
 * then.  Returns the account that the
 * message goes by, or NULL: no such account, an address that cannot be one,
 * no recipient at all (FAULT_DATA).
 */
const struct account	*addressing_run(struct envelope *e,
	    const struct options *op, const struct settings *set,
	    const struct identity *me, const struct buf *header,
	    struct outcome *o);
/* The account and the reverse-path alone (see sender.h). */
const struct account	*addressing_sender(struct envelope *e,
	    const struct sender_wish *wish, const struct settings *set,
	    const struct identity *me, const struct buf *header,
	    struct outcome *o);

#endif
