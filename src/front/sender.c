/* SPDX-License-Identifier: ISC */
/* Who a message is from: the reverse-path, and the account it chooses. */
#include <string.h>

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

void
sender_choice(struct buf *b, const struct sender_wish *w,
    const struct identity *me, const struct buf *header)
{
	struct outcome ignored;

	buf_clear(b);
	if (w->given != NULL)
		address_one(b, w->given, me->domain, &ignored);
	else
		sender_author(b, header);
}

const struct account *
sender_account(const struct settings *s, const struct sender_wish *w,
    const struct identity *me, const struct buf *header, struct outcome *o)
{
	const struct account *a;
	struct buf b;

	if (w->account != NULL) {
		a = account_named(s->accounts, s->accounts_n, w->account);
		if (a == NULL)
			outcome_fail(o, FAULT_CONFIG, STAGE_CONFIG,
			    "%s has no account \"%s\"", s->path, w->account);
		return a;
	}
	buf_init(&b, LIMIT_ADDRESS * 2);
	sender_choice(&b, w, me, header);
	a = b.len > 0 ? account_match(s->accounts, s->accounts_n, b.data) :
	    NULL;
	buf_free(&b);
	return a != NULL ? a : s->fallback;
}

static bool
sender_is_local(const char *address, const struct identity *me)
{
	const char *at = strrchr(address, '@');

	return at == NULL || identity_is_local(me, at + 1);
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

/* null-sender = "account". */
static int
sender_no_null(struct buf *b, const struct account *a)
{
	struct outcome ignored;

	if (a->from_address != NULL)
		return buf_puts(b, a->from_address);
	if (a->user == NULL || strchr(a->user, '@') == NULL ||
	    address_one(b, a->user, NULL, &ignored) < 0)
		buf_clear(b);
	return 0;
}

static int
sender_given(struct buf *b, const struct account *a, const char *given,
    const struct identity *me, struct outcome *o)
{
	bool bare;

	if (address_one(b, given, me->domain, o) < 0)
		return -1;
	if (b->len == 0)
		return a->null_sender_account ? sender_no_null(b, a) : 0;
	bare = strchr(given, '@') == NULL;
	if (!sender_rewrites(a, b->data, bare, me))
		return 0;
	buf_clear(b);
	return buf_puts(b, a->from_address);
}

/* The user at our domain, whatever the user database allows in a name. */
static int
sender_user(struct buf *b, const struct identity *me, struct outcome *o)
{
	struct address a = { 0 };

	a.local = me->user;
	a.local_len = strlen(me->user);
	a.domain = "";
	a.bare = true;
	return address_wire(b, &a, me->domain, o);
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
	if (*me->domain != '\0')
		sender_author(b, header);
	if (b->len > 0 && !sender_is_local(b->data, me))
		return 0;
	buf_clear(b);
	return sender_user(b, me, o);
}
