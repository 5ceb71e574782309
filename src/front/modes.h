/* SPDX-License-Identifier: ISC */
/* What we are asked to be: -b, the name we were called by, -q. */
#ifndef POSTHORN_MODES_H
#define POSTHORN_MODES_H

#include <stdbool.h>

#include "base/outcome.h"
#include "front/command.h"

/* -b with its word, e.g. "s", "pc": sets the mode, or fails: FAULT_USAGE for
 * what is another program, with a hint.  Beyond words that are known whole
 * the first letter decides, as in sendmail. */
int	modes_letter(struct options *op, const char *word, struct outcome *o);
/* The name we were called by (argv[0], may be NULL or ""): directories, what
 * stands behind the first dot and a cross compiler's prefix do not count; an
 * unknown name is sendmail's.  Sets what is the default under that name. */
int	modes_name(struct options *op, const char *name, struct outcome *o);
/* Was it msmtp's name, which has an -a? */
bool	modes_name_msmtp(const char *name);
/* -q with what is attached to it; next is the word behind it or NULL.  1 if
 * that was used up, 0 if not, -1: FAULT_USAGE. */
int	modes_queue(struct options *op, const char *text, const char *next,
	    struct outcome *o);
/* A time as sendmail writes it: numbers, each with s, m, h, d or w behind it,
 * `unit` seconds when that is missing (0: it must be there).  The seconds, or
 * -1 if it is none. */
int64_t	modes_time(const char *text, int64_t unit);
/* What the mode is called in words for people: "-bs (SMTP on standard
 * input)". */
const char	*modes_words(enum mode mode);

#endif
