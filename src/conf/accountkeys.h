/* SPDX-License-Identifier: ISC */
/* The keys of an account whose values have a form of their own. */
#ifndef POSTHORN_ACCOUNTKEYS_H
#define POSTHORN_ACCOUNTKEYS_H

#include "conf/draft.h"

/* See draft.h; each sets its own fields of the draft's account. */
draft_setter	accountkeys_hosts, accountkeys_port, accountkeys_auth,
		accountkeys_from, accountkeys_pins, accountkeys_credential;

/* Can one of the account's `auth` mechanisms work with what it has? */
bool	accountkeys_auth_fits(const struct account *a);

#endif
