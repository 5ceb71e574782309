/* SPDX-License-Identifier: ISC */
/* What a notice is about: its facts, and what it says of each recipient. */
#include <stdio.h>
#include <string.h>

#include "queue/notice.h"

static bool
is_about(const struct recipient *r, enum notice kind)
{
	const bool failed = r->settled && r->verdict == VERDICT_NEVER &&
	    !r->told;
	const bool waits = !r->settled || r->verdict == VERDICT_LATER;

	switch (kind) {
	case NOTICE_FAILED:
		return failed && dsn_wants_failure(r->notify);
	case NOTICE_UNWANTED:
		return failed && !dsn_wants_failure(r->notify);
	case NOTICE_DELAYED:
		return waits && dsn_wants_delay(r->notify);
	default:
		return waits;
	}
}

size_t
notice_next(const struct envelope *e, enum notice kind, size_t i)
{
	while (i < e->n && !is_about(&e->rcpt[i], kind))
		i++;
	return i;
}

size_t
notice_count(const struct envelope *e, enum notice kind)
{
	size_t i, n = 0;

	for (i = 0; i < e->n; i++)
		n += is_about(&e->rcpt[i], kind);
	return n;
}

/* 4 or 5 as the server said it; 0: it said nothing. */
static unsigned
class_of(const struct recipient *r)
{
	return r->enhanced[0] != 0 ? r->enhanced[0] : r->code / 100u;
}

bool
notice_expired(const struct recipient *r)
{
	if (!r->settled || r->verdict != VERDICT_NEVER)
		return false;
	return class_of(r) == 4 || r->fault >= FAULT_DELAY ||
	    r->fault == FAULT_BUG || r->fault == FAULT_OS;
}

void
notice_status(const struct recipient *r, enum notice kind,
    char status[NOTICE_STATUS])
{
	unsigned subject = r->enhanced[1], detail = r->enhanced[2];

	if (notice_expired(r)) {
		snprintf(status, NOTICE_STATUS, "4.4.7");
		return;
	}
	if ((r->enhanced[0] != 4 && r->enhanced[0] != 5) || subject > 999 ||
	    detail > 999)
		subject = detail = 0;
	snprintf(status, NOTICE_STATUS, "%d.%u.%u",
	    kind == NOTICE_FAILED ? 5 : 4, subject % 1000, detail % 1000);
}

const char *
notice_said(const struct recipient *r)
{
	const char *from, *at;
	char code[16];

	if (r->text == NULL || r->code == 0)
		return NULL;
	/* the address may hold anything */
	at = strstr(r->text, r->address);
	from = at == NULL ? r->text : at + strlen(r->address);
	snprintf(code, sizeof(code), ": %u ", (unsigned)r->code);
	at = strstr(from, code);
	return at == NULL ? NULL : at + strlen(code);
}
