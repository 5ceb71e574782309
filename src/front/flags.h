/* SPDX-License-Identifier: ISC */
/* The table of one-letter flags, sendmail's and its successors', and the
 * table of our own long ones. */
#ifndef POSTHORN_FLAGS_H
#define POSTHORN_FLAGS_H

#include <stdbool.h>

#include "base/outcome.h"
#include "front/command.h"

enum form {
	FORM_NONE,		/* -x */
	FORM_VALUE,		/* -xVALUE or -x VALUE */
	FORM_ATTACHED,		/* -x or -xVALUE */
	FORM_CLUSTER		/* the same, but what can be more flags is */
};

struct flag {
	char		 letter;	/* 0: a long one */
	const char	*name;		/* of a long one, without dashes */
	enum form	 form;
	/*
	 * value: "" when there is none; next: the word behind, or NULL.
	 * Returns 1 if next was used up, 0 if not, -1 with *o filled.
	 */
	int		(*act)(struct options *op, const struct flag *f,
			    const char *value, const char *next,
			    struct outcome *o);
	int		 number;	/* for act: a mode, an offset */
};

/* The flag, or NULL. */
const struct flag	*flags_letter(char letter);
const struct flag	*flags_name(const char *name, size_t n);
/* Can the text, behind a flag in its word, be flags as well: some without
 * values, and at the end one that takes any? */
bool	flags_cluster(const char *text);
/* A word that as a whole asks for another program ("-tls-on-connect",
 * "-Mrm"): fills *o and returns true. */
bool	flags_foreign(const char *word, struct outcome *o);

#endif
