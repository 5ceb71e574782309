/* SPDX-License-Identifier: ISC */
/* One queued message: the records of its journal, written. */
#include <string.h>

#include "queue/entry.h"

static void
record_recipient(struct jot_pen *p, const struct recipient *r)
{
	char notify[DSN_WORDS];

	dsn_words(r->notify, notify);
	jot_text(p, r->address);
	jot_text(p, notify);
	jot_text(p, envelope_orcpt_of(r));
}

int
entry_record_envelope(const struct entry *e, struct buf *b)
{
	const struct envelope *v = &e->envelope;
	const struct message *m = &e->message;
	struct jot_pen p;
	size_t i;

	jot_begin(&p, b, "envelope");
	jot_number(&p, e->retry.arrived);
	jot_number(&p, (int64_t)e->uid);
	jot_number(&p, e->next);
	jot_text(&p, e->config);
	jot_text(&p, e->account);
	jot_text(&p, v->sender);
	jot_text(&p, dsn_ret_word((enum dsn_ret)v->ret));
	jot_text(&p, v->envid);
	jot_number(&p, v->body_8bit);
	jot_number(&p, (int64_t)m->body_length);
	jot_number(&p, m->eightbit);
	jot_number(&p, m->eightbit_header);
	jot_number(&p, m->utf8);
	jot_number(&p, (int64_t)m->longest);
	jot_number(&p, (int64_t)v->n);
	for (i = 0; i < v->n && !p.full; i++)
		record_recipient(&p, &v->rcpt[i]);
	jot_number(&p, v->utf8_asked);
	jot_number(&p, v->require_tls);
	jot_number(&p, (int64_t)m->longest_header);
	return jot_end(&p);
}

static int
record_time(const char *type, time_t now, struct buf *b)
{
	struct jot_pen p;

	jot_begin(&p, b, type);
	jot_number(&p, now);
	return jot_end(&p);
}

int
entry_record_doubt(const struct entry *e, time_t now, struct buf *b)
{
	(void)e;
	return record_time("doubt", now, b);
}

int
entry_record_notice(const struct entry *e, time_t now, struct buf *b)
{
	(void)e;
	return record_time("notice", now, b);
}

/* The advice behind the text's NUL. */
static const char *
advice_of(const struct recipient *r)
{
	return r->text != NULL ? r->text + strlen(r->text) + 1 : NULL;
}

static bool
same_words(const struct recipient *a, const struct recipient *b)
{
	if (a->text == NULL || b->text == NULL)
		return a->text == b->text;
	return strcmp(a->text, b->text) == 0 &&
	    strcmp(advice_of(a), advice_of(b)) == 0;
}

/* What the journal says: never is the end, so not before the sender knows. */
static enum verdict
noted(const struct recipient *r)
{
	return r->verdict == VERDICT_NEVER && !r->told ? VERDICT_LATER :
	    (enum verdict)r->verdict;
}

static bool
same_outcome(const struct recipient *a, const struct recipient *b, bool brief)
{
	return noted(a) == noted(b) && a->scope == b->scope &&
	    a->fault == b->fault && a->stage == b->stage &&
	    a->in_doubt == b->in_doubt && a->code == b->code &&
	    memcmp(a->enhanced, b->enhanced, sizeof(a->enhanced)) == 0 &&
	    (brief || same_words(a, b));
}

static bool
has_news(const struct recipient *r)
{
	return r->settled || r->text != NULL;
}

/* Recipients from i on that share i's outcome. */
static size_t
stretch(const struct envelope *v, size_t i, bool brief)
{
	size_t k = i;

	while (k < v->n && has_news(&v->rcpt[k]) &&
	    same_outcome(&v->rcpt[i], &v->rcpt[k], brief))
		k++;
	return k - i;
}

static void
record_stretch(struct jot_pen *p, const struct recipient *r, size_t first,
    size_t n, bool brief)
{
	size_t i;

	jot_number(p, (int64_t)first);
	jot_number(p, (int64_t)n);
	jot_number(p, noted(r));
	jot_number(p, r->scope);
	jot_number(p, r->fault);
	jot_number(p, r->stage);
	jot_number(p, r->in_doubt);
	jot_number(p, r->code);
	for (i = 0; i < 3; i++)
		jot_number(p, r->enhanced[i]);
	jot_text(p, brief ? NULL : r->text);
	jot_text(p, brief ? NULL : advice_of(r));
}

static int
record_attempt(const struct entry *e, bool brief, struct buf *b)
{
	const struct envelope *v = &e->envelope;
	struct jot_pen p;
	size_t i, n;

	jot_begin(&p, b, "attempt");
	jot_number(&p, e->retry.last);
	jot_number(&p, e->retry.attempts);
	jot_number(&p, e->retry.answered);
	jot_number(&p, e->retry.held);
	jot_number(&p, e->retry.warned);
	jot_number(&p, e->next);
	jot_number(&p, e->doubtful);
	for (i = 0; i < v->n && !p.full; i += n > 0 ? n : 1) {
		n = stretch(v, i, brief);
		if (n > 0)
			record_stretch(&p, &v->rcpt[i], i, n, brief);
	}
	return jot_end(&p);
}

int
entry_record_attempt(const struct entry *e, struct buf *b)
{
	return record_attempt(e, false, b);
}

int
entry_record_brief(const struct entry *e, struct buf *b)
{
	return record_attempt(e, true, b);
}
