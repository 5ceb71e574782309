/* SPDX-License-Identifier: ISC */
/* The envelopes behind an envelope. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/others.h"

/* The envelope of that owner, behind e; a new one goes to the end. */
static struct envelope *
others_of(struct envelope *e, const char *owner)
{
	struct envelope *last = e, *made;

	for (; last->others != NULL; last = last->others)
		if (strcmp(last->others->sender, owner) == 0)
			return last->others;
	made = mem_alloc(sizeof(*made));
	envelope_init(made);
	envelope_sender(made, owner);
	last->others = made;
	return made;
}

int
others_add(struct envelope *e, const char *owner, const char *address,
    struct outcome *o)
{
	const struct envelope *in = e;

	do {
		if (envelope_has(in, address))
			return 0;
		in = in->others;
	} while (in != NULL);
	return envelope_add(owner != NULL ? others_of(e, owner) : e, address,
	    o);
}

size_t
others_count(const struct envelope *e)
{
	size_t n = 0;

	for (; e != NULL; e = e->others)
		n += e->n;
	return n;
}

void
others_wish(struct envelope *e, unsigned notify, const char *orcpt)
{
	size_t i;

	for (; e != NULL; e = e->others) {
		envelope_notify(e, e->wished, notify);
		for (i = e->wished; i < e->n && orcpt != NULL; i++)
			envelope_orcpt(e, i, orcpt);
		e->wished = e->n;
	}
}

struct envelope *
others_take(struct envelope *e)
{
	struct envelope *taken = e->others;

	if (taken == NULL)
		return NULL;
	e->others = taken->others;
	taken->others = NULL;
	envelope_dsn(taken, (enum dsn_ret)e->ret, e->envid);
	taken->body_8bit = e->body_8bit;
	taken->utf8_asked = e->utf8_asked;
	taken->require_tls = e->require_tls;
	return taken;
}

void
others_promote(struct envelope *e)
{
	struct envelope *first, *behind;

	if (e->n > 0 || e->others == NULL)
		return;
	first = others_take(e);
	behind = e->others;
	e->others = NULL;
	envelope_free(e);
	*e = *first;
	e->others = behind;
	free(first);
}

void
others_fold(struct envelope *e, const struct envelope *from)
{
	const struct recipient *r;
	struct outcome o;
	size_t i, at;

	for (i = 0; i < from->n; i++) {
		r = &from->rcpt[i];
		at = e->n;
		if (envelope_add(e, r->address, &o) < 0 || e->n == at)
			continue;
		e->rcpt[at].notify = r->notify;
		if (r->orcpt)
			envelope_orcpt(e, at, envelope_orcpt_of(r));
		if (!r->settled)
			continue;
		envelope_outcome(from, i, &o);
		envelope_settle(e, at, &o);
		e->rcpt[at].told = r->told;
	}
}

void
others_free(struct envelope *e)
{
	if (e != NULL)
		envelope_free(e);
	free(e);
}
