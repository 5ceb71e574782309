/* SPDX-License-Identifier: ISC */
/* The texts of --help and --version. */
#ifndef POSTHORN_USAGE_H
#define POSTHORN_USAGE_H

#include <stdio.h>

/* Print the text; 0, or -1 (errno set) when it could not be written. */
int	usage_help(FILE *f);
int	usage_version(FILE *f);

#endif
