/* SPDX-License-Identifier: ISC */
/* Content-Type and Content-Disposition, woven anew. */
#ifndef POSTHORN_PARAMETERS_H
#define POSTHORN_PARAMETERS_H

#include <stddef.h>

#include "mail/weave.h"

/*
 * The body of such a field: parameters whose values are not ASCII, or too
 * long for a line, are written as RFC 2231 has it (name*=utf-8''..., in
 * pieces name*0*= ... where that is long); one that stands there so already
 * beside its plain form makes the plain one go.  Comments as in phrases.
 */
void	parameters_weave(struct weave *w, const char *s, size_t n);

#endif
