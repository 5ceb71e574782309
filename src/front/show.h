/* SPDX-License-Identifier: ISC */
/* One queued message with its history and its text. */
#ifndef POSTHORN_SHOW_H
#define POSTHORN_SHOW_H

#include <stdbool.h>
#include <stdio.h>

#include "base/outcome.h"
#include "front/listing.h"

/* Envelope, history, then the message's header, or with `whole` all of it.
 * What is not printable is replaced where clean says so, for a terminal. */
int	show_entry(FILE *out, const struct listed *m, time_t now, bool whole,
	    bool clean, struct outcome *o);

#endif
