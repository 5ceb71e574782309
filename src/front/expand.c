/* SPDX-License-Identifier: ISC */
/* Addresses and what they stand for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/mem.h"
#include "front/expand.h"

#define OWNER	"owner-"

/* One address on its way through the aliases. */
struct walk {
	struct expansion	*x;
	struct book		*b;
	struct alias		*stack[LIMIT_ALIAS_DEPTH];
	size_t			 depth;
};

static int	expand_one(struct walk *w, const struct address *a,
		    bool literal, const char *owner, struct outcome *o);

void
expand_init(struct expansion *x)
{
	memset(x, 0, sizeof(*x));
}

void
expand_free(struct expansion *x)
{
	size_t i;

	for (i = 0; i < x->n; i++)
		free(x->to[i].address);
	for (i = 0; i < x->owners_n; i++)
		free(x->owners[i]);
	free(x->to);
	free(x->owners);
	expand_init(x);
}

/* ---- Words --------------------------------------------------------------- */

/* Of a member: where it stands, in front of what is wrong with it. */
static int
expand_where(struct outcome *o, const char *path, unsigned line)
{
	const struct outcome why = *o;

	outcome_fail(o, FAULT_CONFIG, STAGE_CONFIG, "%s:%u: %s", path, line,
	    why.text);
	return outcome_advise(o, "%s", why.advice[0] != '\0' ? why.advice :
	    "correct that line; newaliases shows all that are wrong");
}

/* The chain that leads back to a, or on and on. */
static int
expand_loop(const struct walk *w, const struct alias *a, const char *what,
    struct outcome *o)
{
	static const uint16_t loop[3] = { 5, 4, 6 };
	char chain[300];
	size_t i, at = 0;

	for (i = 0; i < w->depth && at < sizeof(chain) - 80; i++)
		at += (size_t)snprintf(chain + at, sizeof(chain) - at,
		    "%.64s -> ", w->stack[i]->name);
	outcome_fail(o, FAULT_NOUSER, STAGE_INPUT, "%s:%u: %s: %s%s%.64s",
	    w->b->path, w->stack[w->depth - 1]->line, what, chain,
	    i < w->depth ? "... -> " : "", a->name);
	outcome_codes(o, 0, loop);
	return outcome_advise(o, "to end at a name itself, write it with a "
	    "backslash: \\%.64s", a->name);
}

/* ---- Who is reached ------------------------------------------------------ */

static int
expand_wire(struct buf *wire, const struct address *a, const struct walk *w,
    struct outcome *o)
{
	const struct identity *me = w->b->me;

	if (a->bare && !me->qualifies)
		return identity_unqualified(me, a->local, o);
	return address_wire(wire, a, me->domain, o);
}

static int
expand_reach(const struct walk *w, const struct address *a, const char *owner,
    struct outcome *o)
{
	struct expansion *x = w->x;
	struct buf wire;
	int r;

	if (x->n >= LIMIT_RECIPIENTS)
		return outcome_fail(o, FAULT_DATA, STAGE_INPUT,
		    "more than %u recipients", LIMIT_RECIPIENTS);
	buf_init(&wire, LIMIT_ADDRESS * 2);
	r = expand_wire(&wire, a, w, o);
	if (r == 0) {
		if (x->n == x->cap) {
			x->cap = x->cap == 0 ? 4 : x->cap * 2;
			x->to = mem_grow(x->to, x->cap, sizeof(*x->to));
		}
		x->to[x->n].address = mem_ndup(wire.data, wire.len);
		x->to[x->n++].owner = owner;
	}
	buf_free(&wire);
	return r;
}

/* ---- Owners -------------------------------------------------------------- */

static const char *
expand_own(struct expansion *x, const char *address, size_t n)
{
	if (x->owners_n == x->owners_cap) {
		x->owners_cap = x->owners_cap == 0 ? 4 : x->owners_cap * 2;
		x->owners = mem_grow(x->owners, x->owners_cap,
		    sizeof(*x->owners));
	}
	x->owners[x->owners_n] = mem_ndup(address, n);
	return x->owners[x->owners_n++];
}

/* The one address behind an alias: its wire form into b, and the alias of its
 * own, if it has one, into *next.  false: there is not just one. */
static bool
expand_single(const struct walk *w, const struct alias *a, struct buf *b,
    const struct alias **next)
{
	struct members m;
	struct member one, more;
	struct outcome o;
	bool found = false;

	*next = NULL;
	buf_clear(b);
	if (a->fault != NULL)
		return false;
	aliases_members(a, &m);
	if (members_next(&m, &one, &o) == 1 && one.path == NULL &&
	    address_wire(b, &one.address, w->b->me->domain, &o) == 0) {
		if (!one.literal && book_is_local(w->b, &one.address))
			*next = aliases_find(&w->b->table, one.address.local,
			    one.address.local_len);
		found = members_next(&m, &more, &o) == 0;
	}
	members_done(&m);
	if (*next == a)
		*next = NULL;
	return found;
}

/* From whom those behind an alias get the message. */
static const char *
expand_owner(const struct walk *w, const struct alias *a, const char *owner)
{
	char name[sizeof(OWNER) + LIMIT_ADDRESS];
	const struct alias *next;
	struct address self = { .local = name, .domain = "", .bare = true };
	struct outcome o;
	struct buf b;
	size_t turns = 0;
	bool one = true;

	if (strncmp(a->name, OWNER, strlen(OWNER)) == 0)
		return owner;
	snprintf(name, sizeof(name), OWNER "%s", a->name);
	self.local_len = strlen(name);
	next = aliases_find(&w->b->table, name, self.local_len);
	if (next == NULL)
		return owner;
	buf_init(&b, LIMIT_ADDRESS * 2);
	while (one && next != NULL)
		one = turns++ < LIMIT_ALIAS_DEPTH &&
		    expand_single(w, next, &b, &next);
	if (!one)
		buf_clear(&b);
	if (b.len > 0 || address_wire(&b, &self, w->b->me->domain, &o) == 0)
		owner = expand_own(w->x, b.data, b.len);
	buf_free(&b);
	return owner;
}

/* ---- Aliases ------------------------------------------------------------- */

static long	expand_members(struct walk *w, struct members *m,
		    const char *path, const char *owner, struct outcome *o);

static int
expand_list(struct walk *w, const char *path, const struct buf *text,
    const char *owner, struct outcome *o)
{
	struct members m;
	long n;

	members_scan(&m, text->data, text->len, 1, true);
	n = expand_members(w, &m, path, owner, o);
	members_done(&m);
	return n < 0 ? -1 : 0;
}

/* A member in that line; what lies behind it has its own. */
static int
expand_member(struct walk *w, const struct member *member, const char *path,
    unsigned line, const char *owner, struct outcome *o)
{
	struct buf text;
	int r;

	if (member->path == NULL) {
		r = expand_one(w, &member->address, member->literal, owner, o);
		return r < 0 && o->fault == FAULT_DATA ?
		    expand_where(o, path, line) : r;
	}
	if (book_include(&text, member->path, o) < 0)
		return expand_where(o, path, line);
	r = expand_list(w, member->path, &text, owner, o);
	buf_free(&text);
	return r;
}

/* How many there are, or -1. */
static long
expand_members(struct walk *w, struct members *m, const char *path,
    const char *owner, struct outcome *o)
{
	struct member member;
	long n = 0;
	int r;

	for (; (r = members_next(m, &member, o)) > 0; n++)
		if (expand_member(w, &member, path, m->line, owner, o) < 0)
			return -1;
	return r < 0 ? expand_where(o, path, m->line) : n;
}

static int
expand_bad(const struct walk *w, const struct alias *a, const char *why,
    struct outcome *o)
{
	outcome_fail(o, FAULT_CONFIG, STAGE_CONFIG, "%s: %s", a->name, why);
	return expand_where(o, w->b->path, a->line);
}

static int
expand_alias(struct walk *w, struct alias *a, const char *owner,
    struct outcome *o)
{
	struct members m;
	long n;

	if (a->round == w->b->round)
		return a->open ? expand_loop(w, a,
		    "aliases lead back to themselves", o) : 0;
	if (w->depth == LIMIT_ALIAS_DEPTH)
		return expand_loop(w, a, "aliases are nested too deeply", o);
	if (a->fault != NULL)
		return expand_bad(w, a, a->fault, o);
	a->round = w->b->round;
	a->open = true;
	w->stack[w->depth++] = a;
	aliases_members(a, &m);
	n = expand_members(w, &m, w->b->path, expand_owner(w, a, owner), o);
	members_done(&m);
	w->depth--;
	a->open = false;
	if (n == 0)
		return expand_bad(w, a, "no address behind the colon", o);
	return n < 0 ? -1 : 0;
}

static int
expand_one(struct walk *w, const struct address *a, bool literal,
    const char *owner, struct outcome *o)
{
	struct address self;
	struct alias *found;

	if (literal || w->b->off || !book_is_local(w->b, a))
		return expand_reach(w, a, owner, o);
	if (book_load(w->b, o) < 0)
		return -1;
	found = book_find(w->b, a->local, a->local_len);
	if (found == NULL)
		return expand_reach(w, a, owner, o);
	if (w->depth == 0 || found != w->stack[w->depth - 1])
		return expand_alias(w, found, owner, o);
	self = *a;
	self.bare = true;
	return expand_reach(w, &self, owner, o);
}

int
expand_address(struct expansion *x, const struct address *a, bool literal,
    struct book *b, struct outcome *o)
{
	struct walk w = { .x = x, .b = b };
	size_t n = x->n;

	b->round++;
	if (expand_one(&w, a, literal, NULL, o) < 0)
		return -1;
	if (x->n > n)
		return 0;
	outcome_fail(o, FAULT_CONFIG, STAGE_CONFIG,
	    "%s: nobody is behind the alias \"%s\"", b->path, a->local);
	return outcome_advise(o, "the lists that it includes are empty");
}
