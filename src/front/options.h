/* SPDX-License-Identifier: ISC */
/*
 * argv, and the name we were called by, become one struct options; nothing
 * else reads argv.
 */
#ifndef POSTHORN_OPTIONS_H
#define POSTHORN_OPTIONS_H

#include "base/outcome.h"
#include "front/command.h"

/*
 * Reads the command line as sendmail 8.17 does, with what Postfix, Exim and
 * OpenSMTPD take as well: clusters ("-ti"), values attached or as the next
 * word, flags also behind recipients, "--" before the last words.  What any
 * of them accepts while it takes a message never fails; what has no effect is
 * a remark, what is odd a warning.  argv must outlive *op; argc may be 0.
 *
 * 0, or -1 (nothing to free) with FAULT_USAGE for what is not known, lacks
 * its value or belongs to another program, for a mode and -t that exclude
 * each other, and for a message without a recipient or -t; FAULT_DATA for
 * control characters in an address; FAULT_UNBUILT for rmail.  Modes that do
 * not work yet are no failure here.
 */
int	options_parse(struct options *op, int argc, char *const argv[],
	    struct outcome *o);
void	options_free(struct options *op);

#endif
