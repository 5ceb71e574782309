/* SPDX-License-Identifier: ISC */
/* What keys say together: defaults that depend on others, contradictions. */
#ifndef POSTHORN_SETTLE_H
#define POSTHORN_SETTLE_H

#include "conf/draft.h"

/* The draft's account is read: completes and checks it.  -1: FAULT_CONFIG. */
int	settle_account(struct draft *d);
/* All is read: the fallback account, at least one account. */
int	settle_settings(struct draft *d);

#endif
