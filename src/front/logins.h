/* SPDX-License-Identifier: ISC */
/* Where an account's mail goes, and how it logs in: told for --explain. */
#ifndef POSTHORN_LOGINS_H
#define POSTHORN_LOGINS_H

#include <stdio.h>

#include "conf/account.h"

/* A line on out for each host, in the order they are tried, and one for the
 * mechanisms, in the order they would be tried if the server offers them.  No
 * secret is looked at. */
void	logins_show(FILE *out, const struct account *a);

#endif
