/* SPDX-License-Identifier: ISC */
/* Who a message is from: the reverse-path, and the account it chooses. */
#include <string.h>
#include <strings.h>

#include "front/recipients.h"
#include "front/sender.h"
#include "mail/address.h"

/* The author's address: From, or of a resent message Resent-From. */
static void
sender_author(struct buf *b, const struct buf *header)
{
	recipients_author(b, header, "Resent-From");
	if (b->len == 0)
		recipients_author(b, header, "From");
}

const struct account *
sender_account(const struct settings *s, const struct sender_wish *w,
    const struct buf *header, struct outcome *o)
{
	const struct account *a;
	struct outcome ignored;
	struct buf b;

	if (w->account != NULL) {
		a = account_named(s->accounts, s->accounts_n, w->account);
		if (a == NULL)
			outcome_fail(o, FAULT_CONFIG, STAGE_CONFIG,
			    "%s has no account \"%s\"", s->path, w->account);
		return a;
	}
	buf_init(&b, LIMIT_ADDRESS * 2);
	if (w->given != NULL)
		address_one(&b, w->given, s->domain, &ignored);
	else
		sender_author(&b, header);
	a = b.len > 0 ? account_match(s->accounts, s->accounts_n, b.data) :
	    NULL;
	buf_free(&b);
	return a != NULL ? a : s->fallback;
}

static bool
sender_is_local(const char *address, const struct identity *me)
{
	const char *at = strrchr(address, '@');
	size_t i;

	for (i = 0; at != NULL && me->local[i] != NULL; i++)
		if (strcasecmp(at + 1, me->local[i]) == 0)
			return true;
	return at == NULL;
}

/* Does rewrite-from put the account's address in its place? */
static bool
sender_rewrites(const struct account *a, const char *address, bool bare,
    const struct identity *me)
{
	if (a->from_address == NULL || a->rewrite == REWRITE_NEVER)
		return false;
	return a->rewrite == REWRITE_ALWAYS || bare ||
	    sender_is_local(address, me);
}

static int
sender_given(struct buf *b, const struct account *a, const char *given,
    const struct identity *me, struct outcome *o)
{
	bool bare;

	if (address_one(b, given, me->domain, o) < 0)
		return -1;
	bare = strchr(given, '@') == NULL;
	if (b->len == 0 ? a->null_sender_account && a->from_address != NULL :
	    sender_rewrites(a, b->data, bare, me)) {
		buf_clear(b);
		buf_puts(b, a->from_address);
	}
	return 0;
}

int
sender_path(struct buf *b, const struct account *a,
    const struct sender_wish *w, const struct identity *me,
    const struct buf *header, struct outcome *o)
{
	buf_clear(b);
	if (w->given != NULL)
		return sender_given(b, a, w->given, me, o);
	if (a->from_address != NULL)
		return buf_puts(b, a->from_address);
	sender_author(b, header);
	if (b->len > 0 && !sender_is_local(b->data, me))
		return 0;
	buf_clear(b);
	return address_one(b, me->user, me->domain, o);
}
