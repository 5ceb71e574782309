/* SPDX-License-Identifier: ISC */
/* MAIL and RCPT: the envelope, piece by piece. */
#ifndef POSTHORN_MAILING_H
#define POSTHORN_MAILING_H

#include "front/sitting.h"

/* Each takes what stands behind its verb, changes it, and replies. */
void	mailing_mail(struct sitting *s, char *arg);
void	mailing_rcpt(struct sitting *s, char *arg);

#endif
