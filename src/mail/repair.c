/* SPDX-License-Identifier: ISC */
/* What a submission agent owes a header: the policy, in one pass. */
#include <string.h>

#include "base/limits.h"
#include "mail/words.h"
#include "mail/repair.h"

#define TO_MAX	50u		/* recipients in a To that we add */

/* What the block holds; a field with an empty body is not held, but for those
 * that say to whom it goes. */
struct facts {
	size_t	trace;
	bool	to;			/* To, Cc or one of their Resent- */
	bool	blind;			/* Bcc, Resent-Bcc */
	bool	date, from, id;
	bool	resent;			/* a Resent- block, and its fields */
	size_t	resent_start, resent_end;
	bool	resent_date, resent_from, resent_id;
};

/* Every field the policy knows. */
static const struct rule {
	const char	*name;
	enum {
		RULE_REMOVE,
		RULE_TRACE,
		RULE_DATE,
		RULE_FROM,
		RULE_ID,
		RULE_RESENT_DATE,
		RULE_RESENT_FROM,
		RULE_RESENT_ID,
		RULE_ADDRESSES,
		RULE_NONE
	}		 what;
	enum repair_kind kind;
} rules[] = {
	{ "Bcc", RULE_REMOVE, 0 },
	{ "Resent-Bcc", RULE_REMOVE, 0 },
	{ "Return-Path", RULE_REMOVE, 0 },
	{ "Received", RULE_TRACE, 0 },
	{ "Date", RULE_DATE, 0 },
	{ "From", RULE_FROM, REPAIR_SENDER },
	{ "Message-ID", RULE_ID, 0 },
	{ "Sender", RULE_ADDRESSES, REPAIR_SENDER },
	{ "Reply-To", RULE_ADDRESSES, REPAIR_OTHER },
	{ "To", RULE_ADDRESSES, REPAIR_RECIPIENTS },
	{ "Cc", RULE_ADDRESSES, REPAIR_RECIPIENTS },
	{ "Resent-Date", RULE_RESENT_DATE, 0 },
	{ "Resent-From", RULE_RESENT_FROM, REPAIR_SENDER },
	{ "Resent-Message-ID", RULE_RESENT_ID, 0 },
	{ "Resent-Sender", RULE_ADDRESSES, REPAIR_SENDER },
	{ "Resent-Reply-To", RULE_ADDRESSES, REPAIR_OTHER },
	{ "Resent-To", RULE_ADDRESSES, REPAIR_RECIPIENTS },
	{ "Resent-Cc", RULE_ADDRESSES, REPAIR_RECIPIENTS },
	{ NULL, RULE_NONE, 0 }
};

static const struct rule *
rule_of(const struct buf *h, const struct field *f)
{
	const struct rule *rule = rules;

	while (rule->name != NULL && !header_is(h, f, rule->name))
		rule++;
	return rule;
}

static bool
is_empty(const struct buf *h, const struct field *f)
{
	size_t p;

	for (p = f->body; p < f->body_end; p++)
		if (strchr(" \t\r\n", h->data[p]) == NULL)
			return false;
	return true;
}

static void
look_at(struct facts *facts, const struct buf *h, const struct field *f)
{
	const struct rule *rule = rule_of(h, f);
	bool first = facts->resent && f->start >= facts->resent_start &&
	    f->start < facts->resent_end;

	if (rule->what == RULE_TRACE)
		facts->trace++;
	facts->to |= rule->kind == REPAIR_RECIPIENTS;
	facts->blind |= rule->what == RULE_REMOVE &&
	    !header_is(h, f, "Return-Path");
	if (is_empty(h, f))
		return;
	facts->date |= rule->what == RULE_DATE;
	facts->from |= rule->what == RULE_FROM;
	facts->id |= rule->what == RULE_ID;
	facts->resent_date |= first && rule->what == RULE_RESENT_DATE;
	facts->resent_from |= first && rule->what == RULE_RESENT_FROM;
	facts->resent_id |= first && rule->what == RULE_RESENT_ID;
}

static void
look(struct facts *facts, const struct buf *h)
{
	struct field f;
	size_t pos = 0;

	memset(facts, 0, sizeof(*facts));
	facts->resent = header_resent(h, &facts->resent_start,
	    &facts->resent_end);
	while (header_next(h, &pos, &f))
		look_at(facts, h, &f);
}

/* Fields that are here without a body and will be added with one. */
static bool
is_void(const struct facts *facts, const struct buf *h,
    const struct field *f, const struct rule *rule)
{
	bool first = facts->resent && f->start >= facts->resent_start &&
	    f->start < facts->resent_end;

	switch (rule->what) {
	case RULE_DATE:
	case RULE_FROM:
	case RULE_ID:
		return is_empty(h, f);
	case RULE_RESENT_DATE:
	case RULE_RESENT_FROM:
	case RULE_RESENT_ID:
		return first && is_empty(h, f);
	default:
		return false;
	}
}

static int
copy_field(struct buf *out, const struct buf *h, const struct field *f,
    const struct facts *facts, const struct repair *r)
{
	const struct rule *rule = rule_of(h, f);

	if (f->name_len == 0 || rule->what == RULE_REMOVE)
		return 0;
	if (r->hands_off)
		return buf_add(out, h->data + f->start, f->end - f->start);
	if (is_void(facts, h, f, rule))
		return 0;
	if (rule->what == RULE_ADDRESSES || rule->what == RULE_FROM ||
	    rule->what == RULE_RESENT_FROM)
		return repair_addresses(out, h, f, rule->kind, r);
	return buf_add(out, h->data + f->start, f->end - f->start);
}

/* Those of the envelope in a To, one a line; 0: it is not for them. */
static int
add_all(struct buf *out, const struct envelope *e)
{
	size_t i;

	if (e == NULL || e->n == 0 || e->n > TO_MAX)
		return 0;
	for (i = 0; i < e->n; i++)
		if (buf_printf(out, "%s%s%s\r\n", i == 0 ? "To: " : "\t",
		    e->rcpt[i].address, i + 1 < e->n ? "," : "") < 0)
			return -1;
	return 1;
}

static int
add_to(struct buf *out, const struct facts *facts, const struct repair *r)
{
	int rc = 0;

	if (facts->to || r->to == REPAIR_TO_NONE)
		return 0;
	if (r->to == REPAIR_TO_ALL && !facts->blind)
		rc = add_all(out, r->envelope);
	if (rc == 0)
		rc = buf_puts(out, "To: undisclosed-recipients:;\r\n");
	return rc < 0 ? -1 : 0;
}

/* Date, From, To and Message-ID of the message itself, where missing. */
static int
add_missing(struct buf *out, const struct facts *facts,
    const struct repair *r)
{
	char date[40];

	repair_date(date, r->now);
	if (!facts->date && buf_printf(out, "Date: %s\r\n", date) < 0)
		return -1;
	if (!facts->from && repair_from(out, "From", r) < 0)
		return -1;
	if (add_to(out, facts, r) < 0)
		return -1;
	if (!facts->id && buf_printf(out, "Message-ID: <%s@%s>\r\n", r->id,
	    r->id_domain) < 0)
		return -1;
	return 0;
}

/* The same of the first Resent- block; two identifiers must differ. */
static int
add_resent(struct buf *out, const struct facts *facts,
    const struct repair *r)
{
	char date[40];

	repair_date(date, r->now);
	if (!facts->resent_date &&
	    buf_printf(out, "Resent-Date: %s\r\n", date) < 0)
		return -1;
	if (!facts->resent_from && repair_from(out, "Resent-From", r) < 0)
		return -1;
	if (!facts->resent_id &&
	    buf_printf(out, "Resent-Message-ID: <%s%s@%s>\r\n", r->id,
	    facts->id ? "" : ".r", r->id_domain) < 0)
		return -1;
	return 0;
}

static int
rebuild(struct buf *out, const struct buf *h, const struct facts *facts,
    const struct repair *r)
{
	struct field f;
	size_t pos = 0;

	if (repair_received(out, r) < 0)
		return -1;
	while (header_next(h, &pos, &f)) {
		if (facts->resent && !r->hands_off &&
		    f.start == facts->resent_start &&
		    add_resent(out, facts, r) < 0)
			return -1;
		if (copy_field(out, h, &f, facts, r) < 0)
			return -1;
	}
	if (r->hands_off)
		return 0;
	return add_missing(out, facts, r);
}

int
repair_header(struct buf *h, const struct repair *r, struct outcome *o)
{
	static const uint16_t loop[3] = { 5, 4, 6 };
	struct facts facts;
	struct buf out;

	look(&facts, h);
	if (facts.trace + r->hops > LIMIT_RECEIVED) {
		outcome_fail(o, FAULT_REFUSED, STAGE_INPUT,
		    "mail loop: %zu Received fields",
		    facts.trace + r->hops);
		outcome_codes(o, 0, loop);
		return -1;
	}
	buf_init(&out, h->max);
	/* one piece, not one grown by copying: what is not used costs nothing,
	 * and names that get a domain rarely double the block */
	if (buf_room(&out, 2 * h->len + 4096) == NULL)
		(void)buf_room(&out, out.max);
	if (rebuild(&out, h, &facts, r) < 0) {
		buf_free(&out);
		return outcome_fail(o, FAULT_DATA, STAGE_INPUT,
		    "the header block is longer than %zu octets", h->max);
	}
	buf_free(h);
	*h = out;
	return 0;
}
