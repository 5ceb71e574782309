/* SPDX-License-Identifier: ISC */
/* What the settings say about trying again and telling of it. */
#ifndef POSTHORN_RULES_H
#define POSTHORN_RULES_H

#include "base/state.h"
#include "conf/settings.h"
#include "queue/finish.h"

struct retry_rules	rules_pace(const struct settings *set);
/* account: the entry's, or NULL; host: our name for notices, or NULL; daemon:
 * whom notices are from where the account has no `from`.  All must outlive
 * *r. */
void	rules_set(struct finish_rules *r, const struct settings *set,
	    const struct account *account, const char *host,
	    const char *daemon, const struct state *state);

#endif
