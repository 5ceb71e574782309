/* SPDX-License-Identifier: ISC */
/* DATA and BDAT: the message itself, and what becomes of it. */
#ifndef POSTHORN_CONTENTS_H
#define POSTHORN_CONTENTS_H

#include "front/sitting.h"

/* Each takes what stands behind its verb, reads what comes behind that, and
 * replies; unless input ends first, or the replies before it cannot be
 * written: then nothing is kept (s->talk.end). */
void	contents_data(struct sitting *s, char *arg);
void	contents_bdat(struct sitting *s, char *arg);

#endif
