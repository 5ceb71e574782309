/* SPDX-License-Identifier: ISC */
/* Which queued messages are meant: by id, recipient, sender, reason. */
#include <string.h>

#include "queue/select.h"

static bool
contains(const char *text, const char *part)
{
	return text != NULL && strcasestr(text, part) != NULL;
}

static bool
waits(const struct recipient *r)
{
	return !r->settled || r->verdict == VERDICT_LATER;
}

/* Has a recipient that waits the text in its address, or in its words? */
static bool
anybody(const struct selector *s, const struct envelope *v)
{
	const struct recipient *r;
	size_t i;

	for (i = 0; i < v->n; i++) {
		r = &v->rcpt[i];
		if (waits(r) && contains(s->kind == 'R' ? r->address : r->text,
		    s->text))
			return true;
	}
	return false;
}

static bool
fits(const struct selector *s, const struct entry *e)
{
	switch (s->kind) {
	case 'I':
		return contains(e->id, s->text) != s->negated;
	case 'R':
	case 'Q':
		return anybody(s, &e->envelope) != s->negated;
	case 'S':
		return contains(e->envelope.sender, s->text) != s->negated;
	default:
		return true;
	}
}

bool
select_fits(const struct selector *s, size_t n, const struct entry *e)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!fits(&s[i], e))
			return false;
	return true;
}

bool
select_id_fits(const struct selector *s, size_t n, const char *id)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (s[i].kind == 'I' &&
		    contains(id, s[i].text) == s[i].negated)
			return false;
	return true;
}
