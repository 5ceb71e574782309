/* SPDX-License-Identifier: ISC */
/* A handshake carried through, or said in words why it was not. */
#ifndef POSTHORN_HANDSHAKE_H
#define POSTHORN_HANDSHAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/outcome.h"
#include "net/record.h"

/*
 * Shakes hands over r's session and wire.  A verify function that refuses the
 * certificate leaves its words in *judged, which are then the result.  On
 * failure our alert has been sent as far as that could be done at once.
 * -1: see tls_start.
 */
int	handshake_run(struct record *r, const struct outcome *judged,
	    int64_t deadline, struct outcome *o);
/* Gets everything that waits in r's wire out.  0, for a broken connection
 * too: what the server said last is read before it is called that; -1: the
 * deadline passed, FAULT_NETWORK. */
int	handshake_flush(struct record *r, int64_t deadline,
	    struct outcome *o);

#endif
