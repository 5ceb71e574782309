/* SPDX-License-Identifier: ISC */
/* The table of keys becomes libconfuse's tables, a file what they say. */
#ifndef POSTHORN_GRAMMAR_H
#define POSTHORN_GRAMMAR_H

#include "conf/draft.h"
#include "conf/conffile.h"

/* Reads the file, and what it includes, into the draft.  -1: FAULT_CONFIG
 * with file and line. */
int	grammar_parse(struct draft *d, struct conffile *src);

#endif
