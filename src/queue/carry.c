/* SPDX-License-Identifier: ISC */
/* Queued messages, one after another over one open session. */
#include <assert.h>
#include <string.h>

#include "queue/carry.h"

static void
carry_begin(struct carrier *c, struct store *store)
{
	memset(c->pair, 0, sizeof(c->pair));
	c->store = store;
	c->begun[0] = '\0';
	c->at = 0;
	c->open = true;
	memset(&c->trace, 0, sizeof(c->trace));
	turn_trace(&c->trace, &c->session);
}

int
carry_open(struct carrier *c, struct store *store,
    const struct session_params *p, struct outcome *o)
{
	memset(&c->trace, 0, sizeof(c->trace));
	turn_trace_host(&c->trace, p->host);
	c->open = false;
	if (session_open(&c->session, p, o) < 0)
		return -1;
	carry_begin(c, store);
	return 0;
}

void
carry_adopt(struct carrier *c, struct store *store, struct session *s)
{
	session_move(&c->session, s);
	carry_begin(c, store);
}

/* A turn that has not begun. */
static struct turn *
carry_turn(struct carrier *c, unsigned which, struct entry *e)
{
	struct turn *t = &c->pair[which];

	turn_end(t);
	memset(t, 0, sizeof(*t));
	c->entry[which] = e;
	t->s = &c->session;
	t->m = &e->message;
	t->e = &e->envelope;
	t->trace = &c->trace;
	t->store = &c->store;
	t->entry = &c->entry[which];
	return t;
}

/* The turn of e: the one that is begun, or a new one. */
static struct turn *
carry_this(struct carrier *c, struct entry *e)
{
	struct turn *t = &c->pair[c->at];

	if (c->begun[0] == '\0')
		return carry_turn(c, c->at, e);
	assert(strcmp(c->begun, e->id) == 0);
	c->begun[0] = '\0';
	if (t->noted == c->entry[c->at])
		t->noted = e;
	c->entry[c->at] = e;
	turn_moved(t, &e->message, &e->envelope);
	return t;
}

/* After its turn: is next begun?  One whose octets went out with a session
 * that then broke is to be tried again, and marked. */
static void
carry_next(struct carrier *c, const struct turn *t, struct entry *next)
{
	struct envelope *v = &next->envelope;
	size_t i;

	c->at = !c->at;
	if (t->t.begun) {
		memcpy(c->begun, next->id, sizeof(c->begun));
		return;
	}
	if (t->noted == NULL)
		return;
	for (i = 0; i < v->n; i++)
		if (v->rcpt[i].settled && v->rcpt[i].in_doubt &&
		    v->rcpt[i].verdict == VERDICT_LATER) {
			envelope_reopen(v, i);
			next->doubtful = true;
		}
}

static void
carry_drop(struct carrier *c)
{
	if (c->open)
		session_drop(&c->session);
	c->open = false;
}

/* A login that cannot go with MAIL: once more, alone. */
static int
carry_reopen(struct carrier *c, struct outcome *o)
{
	struct session_params p = c->session.params;

	p.never_rides = true;
	p.connected = NULL;
	carry_drop(c);
	c->open = session_open(&c->session, &p, o) == 0;
	return c->open ? 0 : -1;
}

static int
carry_run(struct carrier *c, struct turn *t, struct turn *next)
{
	int r = turn_run(t, next);

	turn_trace(&c->trace, &c->session);
	if (r == 0 || c->session.login.again != LOGIN_NOT_RIDING ||
	    c->session.params.never_rides)
		return r;
	turn_end(t);
	if (next != NULL)
		turn_end(next);
	if (carry_reopen(c, &t->why) < 0)
		return -1;
	r = turn_run(t, next);
	turn_trace(&c->trace, &c->session);
	return r;
}

/* A session that broke, as t->why says: whose affair is it? */
static int
carry_broken(struct turn *t, struct outcome *why)
{
	if (t->why.scope == SCOPE_MESSAGE || t->why.scope == SCOPE_RECIPIENT)
		envelope_settle_rest(t->e, &t->why);
	else
		*why = t->why;
	/* What may have been taken is settled; the rest was not asked. */
	if (why->in_doubt) {
		why->in_doubt = false;
		why->advice[0] = '\0';
	}
	return -1;
}

static void
carry_ruled_out(const struct carrier *c, struct turn *t, bool *ruled_out,
    struct outcome *why)
{
	if (!t->ruled_out)
		return;
	if (c->session.params.account->hosts_n > 1) {
		*ruled_out = true;
		*why = t->why;
	} else
		envelope_settle_rest(t->e, &t->why);
}

int
carry_message(struct carrier *c, struct entry *e, struct entry *next,
    bool *ruled_out, struct outcome *why)
{
	struct session *s = &c->session;
	struct turn *t, *after = NULL;
	int r;

	outcome_clear(why);
	*ruled_out = false;
	c->trace.answer[0] = '\0';
	t = carry_this(c, e);
	/* A full disk is noticed before anything is said. */
	if (!t->t.begun && !turn_room(t, envelope_open(t->e), &t->why)) {
		envelope_settle_rest(t->e, &t->why);
		return carry_more(c) ? 0 : -1;
	}
	if (next != NULL)
		after = carry_turn(c, !c->at, next);
	r = carry_run(c, t, after);
	turn_end(t);
	if (after != NULL)
		carry_next(c, after, next);
	if (r < 0)
		carry_drop(c);
	if (turn_denied(t->e, s->asked, s->denied, s->authenticated, why))
		return -1;
	if (r < 0)
		return carry_broken(t, why);
	carry_ruled_out(c, t, ruled_out, why);
	return !t->again && carry_more(c) ? 0 : -1;
}

bool
carry_more(const struct carrier *c)
{
	return c->open && (c->begun[0] != '\0' ||
	    transaction_more(&c->session));
}

void
carry_close(struct carrier *c, int64_t wait_ms)
{
	turn_end(&c->pair[0]);
	turn_end(&c->pair[1]);
	if (c->open && c->begun[0] == '\0')
		session_close(&c->session, wait_ms);
	else
		carry_drop(c);	/* QUIT would be of the message */
	c->begun[0] = '\0';
	c->open = false;
}
