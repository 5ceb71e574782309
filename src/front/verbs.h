/* SPDX-License-Identifier: ISC */
/* The commands of RFC 5321, in a table. */
#ifndef POSTHORN_VERBS_H
#define POSTHORN_VERBS_H

#include "front/sitting.h"

/* Obeys a command line of n octets, which it changes, and replies. */
void	verbs_run(struct sitting *s, char *line, size_t n);
/* How we call ourselves. */
const char	*verbs_host(const struct sitting *s);

#endif
