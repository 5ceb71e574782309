/* SPDX-License-Identifier: ISC */
/* MAIL and RCPT: the envelope, piece by piece. */
#include <string.h>

#include "front/arrival.h"
#include "front/mailing.h"
#include "front/params.h"
#include "front/recipients.h"
#include "mail/address.h"
#include "mail/others.h"

/* ---- MAIL ---------------------------------------------------------------- */

static int
mail_size(const struct sitting *s, const struct params *p, struct outcome *o)
{
	static const uint16_t too_large[3] = { 5, 3, 4 };
	const uint64_t max = s->call->settings->max_message_size;

	if (max == 0 || p->size <= max)
		return 0;
	outcome_fail(o, FAULT_DATA, STAGE_INPUT,
	    "more than %llu octets are not taken", (unsigned long long)max);
	outcome_codes(o, 552, too_large);
	return -1;
}

/* Bare names will be completed; here is only seen whether that can be. */
static int
mail_sender(const struct sitting *s, const struct params *p,
    struct outcome *o)
{
	static const uint16_t bad_sender[3] = { 5, 1, 7 };
	struct buf b;
	int r;

	buf_init(&b, LIMIT_ADDRESS * 2);
	r = address_one(&b, p->path, s->call->me->domain, o);
	buf_free(&b);
	if (r < 0)
		outcome_codes(o, 553, bad_sender);
	return r;
}

void
mailing_mail(struct sitting *s, char *arg)
{
	struct params p;
	struct outcome o;

	if (s->mail) {
		sitting_reply(s, 503, "5.5.1", "there is a sender already; "
		    "RSET forgets it");
		return;
	}
	if (params_read(&p, arg, PARAMS_MAIL, false, &o) < 0 ||
	    mail_size(s, &p, &o) < 0 || mail_sender(s, &p, &o) < 0) {
		sitting_refuse(s, &o);
		return;
	}
	sitting_begin(s, p.path);
	s->utf8 = p.utf8;
	s->envelope.body_8bit = p.body_8bit;
	s->envelope.utf8_asked = p.utf8;
	envelope_dsn(&s->envelope, p.ret, p.envid);
	sitting_reply(s, 250, "2.1.0", "sender ok");
}

/* ---- RCPT ---------------------------------------------------------------- */

/* What one address became; all of it or nothing. */
static int
rcpt_take(struct envelope *e, const struct envelope *one, struct outcome *o)
{
	static const uint16_t too_many[3] = { 4, 5, 3 };
	const struct envelope *x;
	size_t i;

	if (others_count(e) + others_count(one) > LIMIT_RECIPIENTS) {
		outcome_fail(o, FAULT_DELAY, STAGE_RCPT,
		    "more than %u recipients", LIMIT_RECIPIENTS);
		outcome_codes(o, 452, too_many);
		return -1;
	}
	for (x = one; x != NULL; x = x->others)
		for (i = 0; i < x->n; i++)
			if (others_add(e, x == one ? NULL : x->sender,
			    x->rcpt[i].address, o) < 0)
				return -1;
	return 0;
}

static int
rcpt_read(struct sitting *s, const struct params *p, struct outcome *o)
{
	static const uint16_t no_address[3] = { 5, 1, 3 };
	struct envelope one;
	int r;

	envelope_init(&one);
	r = recipients_mailbox(&one, p->path, strlen(p->path), &s->book, o);
	if (r < 0 && o->fault == FAULT_DATA)
		outcome_codes(o, 553, no_address);
	if (r == 0)
		r = rcpt_take(&s->envelope, &one, o);
	envelope_free(&one);
	if (r == 0)
		others_wish(&s->envelope, p->notify, p->orcpt);
	else
		arrival_codes(o);
	return r;
}

void
mailing_rcpt(struct sitting *s, char *arg)
{
	struct params p;
	struct outcome o;

	if (!s->mail) {
		sitting_reply(s, 503, "5.5.1", "MAIL must come first");
		return;
	}
	if (s->chunks) {
		sitting_reply(s, 503, "5.5.1", "the message has begun");
		return;
	}
	if (params_read(&p, arg, PARAMS_RCPT, s->utf8, &o) == 0 &&
	    rcpt_read(s, &p, &o) == 0) {
		sitting_reply(s, 250, "2.1.5", "recipient ok");
		return;
	}
	s->refused = true;
	sitting_refuse(s, &o);
}
