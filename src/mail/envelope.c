/* SPDX-License-Identifier: ISC */
/* The envelope: reverse-path and recipients, each with its own outcome. */
#include <sys/random.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "mail/envelope.h"

/* Below this many recipients looking at each is cheaper than a table. */
#define FEW	16u

void
envelope_init(struct envelope *e)
{
	memset(e, 0, sizeof(*e));
	e->sender = mem_dup("");
}

void
envelope_free(struct envelope *e)
{
	struct envelope *next, *behind = e->others;
	size_t i;

	for (; behind != NULL; behind = next) {
		next = behind->others;
		behind->others = NULL;
		envelope_free(behind);
		free(behind);
	}
	for (i = 0; i < e->n; i++) {
		free(e->rcpt[i].address);
		free(e->rcpt[i].text);
	}
	free(e->rcpt);
	free(e->slots);
	free(e->sender);
	free(e->envid);
	memset(e, 0, sizeof(*e));
}

static bool
is_ascii(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s > 0x7f)
			return false;
	return true;
}

void
envelope_sender(struct envelope *e, const char *address)
{
	char *copy = mem_dup(address);

	free(e->sender);
	e->sender = copy;
	if (!is_ascii(copy))
		e->utf8 = true;
}

void
envelope_dsn(struct envelope *e, enum dsn_ret ret, const char *envid)
{
	char *copy = envid != NULL ? mem_dup(envid) : NULL;

	free(e->envid);
	e->envid = copy;
	e->ret = (uint8_t)ret;
}

void
envelope_notify(struct envelope *e, size_t first, unsigned notify)
{
	size_t i;

	for (i = first; i < e->n; i++)
		e->rcpt[i].notify = (uint8_t)notify;
}

/* In one piece with the address: most have none. */
void
envelope_orcpt(struct envelope *e, size_t i, const char *orcpt)
{
	struct recipient *r = &e->rcpt[i];
	size_t address = strlen(r->address) + 1, n = strlen(orcpt) + 1;
	char *both;

	assert(i < e->n);
	both = mem_alloc(address + n);
	memcpy(both, r->address, address);
	memcpy(both + address, orcpt, n);
	free(r->address);
	r->address = both;
	r->orcpt = true;
}

const char *
envelope_orcpt_of(const struct recipient *r)
{
	return r->orcpt ? r->address + strlen(r->address) + 1 : NULL;
}

static uint64_t
rotate(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

static void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

/* SipHash-1-3: who chooses the addresses cannot choose their slots. */
static uint64_t
envelope_hash(const uint64_t key[2], const char *s)
{
	uint64_t v[4] = { key[0] ^ 0x736f6d6570736575u,
		key[1] ^ 0x646f72616e646f6du, key[0] ^ 0x6c7967656e657261u,
		key[1] ^ 0x7465646279746573u };
	size_t n = strlen(s), left = n;
	uint64_t word;

	for (; left >= 8; left -= 8, s += 8) {
		memcpy(&word, s, 8);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	word = 0;
	memcpy(&word, s, left);
	word ^= (uint64_t)n << 56;
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* The slot of the address, or the free one where it belongs.  A slot holds
 * the recipient's number plus one. */
static size_t
envelope_slot(const struct envelope *e, const char *address)
{
	size_t mask = e->slots_n - 1;
	size_t at = (size_t)envelope_hash(e->key, address) & mask;

	while (e->slots[at] != 0 &&
	    strcmp(e->rcpt[e->slots[at] - 1].address, address) != 0)
		at = (at + 1) & mask;
	return at;
}

static void
envelope_rehash(struct envelope *e)
{
	size_t i;

	if (e->slots_n == 0 &&
	    getrandom(e->key, sizeof(e->key), GRND_NONBLOCK) < 0) {
		e->key[0] = (uintptr_t)e->rcpt;
		e->key[1] = (uintptr_t)e->sender;
	}
	e->slots_n = e->slots_n == 0 ? 4 * FEW : e->slots_n * 2;
	free(e->slots);
	e->slots = mem_alloc(e->slots_n * sizeof(*e->slots));
	for (i = 0; i < e->n; i++)
		e->slots[envelope_slot(e, e->rcpt[i].address)] =
		    (uint32_t)(i + 1);
}

bool
envelope_has(const struct envelope *e, const char *address)
{
	size_t i;

	if (e->slots_n > 0)
		return e->slots[envelope_slot(e, address)] != 0;
	for (i = 0; i < e->n; i++)
		if (strcmp(e->rcpt[i].address, address) == 0)
			return true;
	return false;
}

int
envelope_add(struct envelope *e, const char *address, struct outcome *o)
{
	struct recipient *r;

	if (envelope_has(e, address))
		return 0;
	if (e->n >= LIMIT_RECIPIENTS)
		return outcome_fail(o, FAULT_DATA, STAGE_INPUT,
		    "more than %u recipients", LIMIT_RECIPIENTS);
	if (e->n == e->cap) {
		e->cap = e->cap == 0 ? 4 : e->cap + e->cap / 2;
		e->rcpt = mem_grow(e->rcpt, e->cap, sizeof(*e->rcpt));
	}
	r = &e->rcpt[e->n++];
	memset(r, 0, sizeof(*r));
	r->address = mem_dup(address);
	if (!is_ascii(address))
		e->utf8 = true;
	/* at most three slots of four are taken */
	if (e->n > FEW && e->n >= e->slots_n / 4 * 3)
		envelope_rehash(e);
	else if (e->slots_n > 0)
		e->slots[envelope_slot(e, address)] = (uint32_t)e->n;
	return 0;
}

/* Text and advice in one piece, a NUL behind each. */
static char *
envelope_words(const struct outcome *o)
{
	size_t text = strlen(o->text), advice = strlen(o->advice);
	char *s;

	if (o->verdict == VERDICT_DELIVERED || text + advice == 0)
		return NULL;
	s = mem_alloc(text + advice + 2);
	memcpy(s, o->text, text);
	memcpy(s + text + 1, o->advice, advice);
	return s;
}

void
envelope_settle(struct envelope *e, size_t i, const struct outcome *o)
{
	struct recipient *r = &e->rcpt[i];

	assert(i < e->n);
	envelope_reopen(e, i);
	free(r->text);
	r->text = envelope_words(o);
	r->in_doubt = o->in_doubt;
	r->told = false;
	r->verdict = (uint8_t)o->verdict;
	r->scope = (uint8_t)o->scope;
	r->fault = (uint8_t)o->fault;
	r->stage = (uint8_t)o->stage;
	r->code = o->code;
	memcpy(r->enhanced, o->enhanced, sizeof(r->enhanced));
	envelope_keep(e, i);
}

void
envelope_settle_rest(struct envelope *e, const struct outcome *o)
{
	size_t i;

	for (i = envelope_next(e, 0); i < e->n; i = envelope_next(e, i + 1))
		envelope_settle(e, i, o);
}

void
envelope_reopen(struct envelope *e, size_t i)
{
	struct recipient *r = &e->rcpt[i];

	if (!r->settled)
		return;
	r->settled = false;
	e->ended[r->verdict]--;
	if (i < e->first)
		e->first = i;
}

void
envelope_keep(struct envelope *e, size_t i)
{
	struct recipient *r = &e->rcpt[i];

	if (r->settled)
		return;
	r->settled = true;
	e->ended[r->verdict]++;
}

size_t
envelope_next(struct envelope *e, size_t i)
{
	while (e->first < e->n && e->rcpt[e->first].settled)
		e->first++;
	if (i < e->first)
		i = e->first;
	while (i < e->n && e->rcpt[i].settled)
		i++;
	return i;
}

size_t
envelope_open(const struct envelope *e)
{
	return e->n - e->ended[VERDICT_DELIVERED] - e->ended[VERDICT_LATER] -
	    e->ended[VERDICT_NEVER];
}

size_t
envelope_count(const struct envelope *e, enum verdict v)
{
	return e->ended[v];
}

void
envelope_outcome(const struct envelope *e, size_t i, struct outcome *o)
{
	const struct recipient *r = &e->rcpt[i];
	size_t text;

	assert(i < e->n);
	outcome_clear(o);
	o->verdict = r->verdict;
	o->scope = r->scope;
	o->fault = r->fault;
	o->stage = r->stage;
	o->in_doubt = r->in_doubt;
	o->code = r->code;
	memcpy(o->enhanced, r->enhanced, sizeof(o->enhanced));
	if (r->text == NULL)
		return;
	text = strlen(r->text);
	memcpy(o->text, r->text, text + 1);
	memcpy(o->advice, r->text + text + 1, strlen(r->text + text + 1) + 1);
}
