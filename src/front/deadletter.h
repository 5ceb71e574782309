/* SPDX-License-Identifier: ISC */
/* dead.letter: the last place for a message that nobody took, for callers
 * that do not look at exit statuses (-oem, -oew, -oee). */
#ifndef POSTHORN_DEADLETTER_H
#define POSTHORN_DEADLETTER_H

#include "base/buf.h"
#include "front/identity.h"
#include "mail/input.h"
#include "mail/message.h"

/* What there is of the message: whole in its spool file (message.fd), else its
 * header block and the body still to be read, else (in NULL) all of it on
 * descriptor 0. */
struct deadletter {
	const struct identity	*me;
	const struct message	*message;
	const struct buf	*header;
	struct input		*in;
};

/*
 * Appends it to ~/dead.letter in mbox form (LF line ends, "From " quoted),
 * with the caller's rights: 0600, no link followed, a regular file of the
 * caller's in a home that is the caller's; locked; what cannot be written whole
 * is taken back.  -1: FAULT_OS with words.
 */
int	deadletter_save(const struct deadletter *d);

#endif
