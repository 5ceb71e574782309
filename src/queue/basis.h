/* SPDX-License-Identifier: ISC */
/* What a runner lives by: its program and the files of its configuration. */
#ifndef POSTHORN_BASIS_H
#define POSTHORN_BASIS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "conf/settings.h"

struct basis {
	const struct settings	*settings;
	bool			 set_id;	/* see settings_load */
	char			 program[PATH_MAX];	/* "": not known */
	struct settings_file	 code;		/* the same, as it was */
	uint32_t		 refused;	/* what was not believed, */
	char			 why[LIMIT_WORDS];	/* "": nothing was */
	int64_t			 again;		/* clock_ms: not looked at
						 * before */
};

/* As it is now; the settings as they were read, and they stay. */
void	basis_begin(struct basis *b, const struct settings *s, bool set_id);
/*
 * Is it another one by now, and one that can be used: the configuration is
 * valid, the program can be executed?  One that cannot (a file moved away,
 * half written or wrong) is logged, once, and not believed: the caller goes on
 * with what it has.
 */
bool	basis_changed(struct basis *b);
/* It changed, and could not be used in the end: for so many seconds it counts
 * as unchanged. */
void	basis_defer(struct basis *b, int64_t seconds);

#endif
