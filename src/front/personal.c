/* SPDX-License-Identifier: ISC */
/* What of the settings is different for each caller. */
#include <stdlib.h>
#include <string.h>

#include "conf/template.h"
#include "conf/value.h"
#include "front/personal.h"

static int
personal_fail(const struct settings *s, const struct account *a,
    const char *text, struct outcome *o)
{
	outcome_fail(o, FAULT_CONFIG, STAGE_CONFIG, "%s: account \"%.80s\": "
	    "from = \"%.80s\" is \"%.120s\" here, no address to answer to",
	    s->path, a->name, a->from_template, text);
	return outcome_advise(o, "set `domain`, or write the address out");
}

static int
personal_sender(const struct settings *s, struct account *a,
    const struct identity *me, struct outcome *o)
{
	const struct template_facts facts = { me->user,
		me->host != NULL ? me->host : me->domain, me->domain };
	const char *at;
	struct buf b;
	int rc = 0;

	buf_init(&b, LIMIT_PHRASE);
	free(a->from_name);
	a->from_name = NULL;
	if (template_expand(&b, a->from_template, &facts) != NULL ||
	    value_mailbox(b.data, &a->from_name, &a->from_address) != NULL)
		rc = personal_fail(s, a, b.data, o);
	else {
		at = strrchr(a->from_address, '@');
		if (at == NULL || identity_localhost(at + 1))
			rc = personal_fail(s, a, b.data, o);
	}
	buf_free(&b);
	return rc;
}

int
personal_senders(struct settings *s, const struct identity *me,
    struct outcome *o)
{
	size_t i;

	for (i = 0; i < s->accounts_n; i++)
		if (s->accounts[i].from_template != NULL &&
		    personal_sender(s, &s->accounts[i], me, o) < 0)
			return -1;
	return 0;
}
