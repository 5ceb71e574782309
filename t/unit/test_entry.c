/* SPDX-License-Identifier: ISC */
/* What a journal says: written and read back, cut, corrupted, hostile. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "queue/entry.h"
#include "unit.h"

#define STATES 8

static struct entry e, f;
static struct buf b;
static struct outcome o;
static uint64_t seed;

static void
setup(void)
{
	entry_init(&e);
	entry_init(&f);
	buf_init(&b, 1u << 28);
	seed = 1;
}

static void
teardown(void)
{
	entry_free(&e);
	entry_free(&f);
	buf_free(&b);
}

/* The same numbers each time. */
static unsigned
dice(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static char *
random_text(char *to, size_t size)
{
	size_t i, n = dice((unsigned)size);

	for (i = 0; i < n; i++)
		to[i] = (char)(1 + dice(255));
	to[n] = '\0';
	return to;
}

static void
random_settle(struct entry *x, size_t i)
{
	char text[200], advice[100];

	outcome_fail(&o, (enum fault)(dice(FAULT_TRUST) + 1),
	    (enum stage)dice(STAGE_QUIT + 1), "no %s",
	    random_text(text, sizeof(text)));
	outcome_advise(&o, "%s", random_text(advice, sizeof(advice)));
	o.verdict = (enum verdict)dice(3);
	o.scope = (enum scope)dice(SCOPE_HOST + 1);
	o.in_doubt = dice(2);
	o.code = (uint16_t)dice(600);
	o.enhanced[0] = (uint16_t)dice(6);
	o.enhanced[1] = (uint16_t)dice(1000);
	o.enhanced[2] = (uint16_t)dice(65536);
	envelope_settle(&x->envelope, i, &o);
	x->envelope.rcpt[i].told = o.verdict == VERDICT_NEVER;
	if (o.verdict == VERDICT_LATER)
		envelope_reopen(&x->envelope, i);
}

static void
random_wishes(struct envelope *v)
{
	char orcpt[60];
	size_t i;

	envelope_dsn(v, (enum dsn_ret)dice(3), dice(2) ? "a+2Bb" : NULL);
	for (i = 0; i < v->n; i++) {
		v->rcpt[i].notify = (uint8_t)(dice(3) == 0 ? 1u << dice(5) :
		    dice(8) << 1);
		snprintf(orcpt, sizeof(orcpt), "rfc822;%zu+2B%u@X", i,
		    dice(100));
		if (dice(4) == 0)
			envelope_orcpt(v, i, orcpt);
	}
}

static void
random_entry(struct entry *x, unsigned recipients)
{
	char text[600], address[700];
	unsigned i;

	x->config = mem_dup(random_text(text, sizeof(text)));
	x->account = mem_dup(random_text(text, 60));
	envelope_sender(&x->envelope, random_text(text, 100));
	x->envelope.body_8bit = dice(2);
	for (i = 0; i < recipients; i++) {
		snprintf(address, sizeof(address), "%u-%s@example.org", i,
		    random_text(text, recipients > 1000 ? 8 : 300));
		ck_assert_int_eq(envelope_add(&x->envelope, address, &o), 0);
	}
	random_wishes(&x->envelope);
	x->message.start = 1000;
	x->message.length = 5000 + dice(1000);
	x->message.body_length = dice(4000);
	x->message.body = x->message.start +
	    (off_t)(x->message.length - x->message.body_length);
	x->message.eightbit = dice(2);
	x->message.eightbit_header = dice(2);
	x->message.utf8 = dice(2);
	x->message.longest = dice(1000);
	x->message.longest_header = dice(2000);
	x->envelope.utf8_asked = dice(2);
	x->envelope.require_tls = dice(2);
	x->retry.arrived = 1700000000 + (time_t)dice(1000000);
	x->next = dice(2) ? 0 : x->retry.arrived + 60;
	x->uid = dice(70000);
	entry_id(x->id);
}

static bool
same_text(const char *x, const char *y)
{
	return x == NULL || y == NULL ? x == y : strcmp(x, y) == 0;
}

static bool
same_recipient(const struct recipient *x, const struct recipient *y)
{
	const char *xa = x->text != NULL ? x->text + strlen(x->text) + 1 : NULL;
	const char *ya = y->text != NULL ? y->text + strlen(y->text) + 1 : NULL;

	return strcmp(x->address, y->address) == 0 &&
	    same_text(envelope_orcpt_of(x), envelope_orcpt_of(y)) &&
	    x->notify == y->notify &&
	    same_text(x->text, y->text) && same_text(xa, ya) &&
	    x->settled == y->settled && x->in_doubt == y->in_doubt &&
	    x->told == y->told &&
	    x->verdict == y->verdict && x->scope == y->scope &&
	    x->fault == y->fault && x->stage == y->stage &&
	    x->code == y->code &&
	    memcmp(x->enhanced, y->enhanced, sizeof(x->enhanced)) == 0;
}

static bool
same_entry(const struct entry *x, const struct entry *y)
{
	const struct message *m = &x->message, *k = &y->message;
	size_t i;

	if (x->envelope.n != y->envelope.n)
		return false;
	for (i = 0; i < x->envelope.n; i++)
		if (!same_recipient(&x->envelope.rcpt[i],
		    &y->envelope.rcpt[i]))
			return false;
	return same_text(x->config, y->config) &&
	    same_text(x->account, y->account) &&
	    strcmp(x->envelope.sender, y->envelope.sender) == 0 &&
	    x->envelope.utf8 == y->envelope.utf8 &&
	    x->envelope.ret == y->envelope.ret &&
	    same_text(x->envelope.envid, y->envelope.envid) &&
	    x->envelope.body_8bit == y->envelope.body_8bit &&
	    m->start == k->start && m->length == k->length &&
	    m->body_length == k->body_length && m->body == k->body &&
	    m->eightbit == k->eightbit && m->utf8 == k->utf8 &&
	    m->eightbit_header == k->eightbit_header &&
	    m->longest == k->longest &&
	    m->longest_header == k->longest_header &&
	    x->envelope.utf8_asked == y->envelope.utf8_asked &&
	    x->envelope.require_tls == y->envelope.require_tls &&
	    x->retry.arrived == y->retry.arrived &&
	    x->retry.last == y->retry.last &&
	    x->retry.attempts == y->retry.attempts &&
	    x->retry.answered == y->retry.answered &&
	    x->retry.held == y->retry.held &&
	    x->retry.warned == y->retry.warned && x->next == y->next &&
	    x->doubtful == y->doubtful && x->uid == y->uid;
}

/* Reads as many records as are good; how many. */
static size_t
replay(struct entry *x, const char *p, size_t n)
{
	struct jot j;
	size_t k, count = 0;

	x->message.start = e.message.start;
	x->message.length = e.message.length;
	while ((k = jot_read(p, n, &j)) > 0 && entry_apply(x, &j) == 0) {
		p += k;
		n -= k;
		count++;
	}
	return count;
}

static void
again(struct entry *x)
{
	entry_free(x);
	entry_init(x);
}

START_TEST(ids)
{
	char id[ENTRY_ID], other[ENTRY_ID];
	unsigned seen[256] = { 0 }, i, k, digits = 0;

	for (i = 0; i < 5000; i++) {
		entry_id(id);
		entry_id(other);
		ck_assert_uint_eq(strlen(id), 16);
		ck_assert_str_ne(id, other);
		for (k = 0; k < 16; k++)
			seen[(unsigned char)id[k]]++;
	}
	for (i = 0; i < 256; i++) {
		bool may = (i >= '0' && i <= '9') || (i >= 'a' && i <= 'z');

		ck_assert(may || seen[i] == 0);
		digits += seen[i] > 0;
		/* 2,222 of each, give or take far less than this. */
		ck_assert(!may || (seen[i] > 1800 && seen[i] < 2700));
	}
	ck_assert_uint_eq(digits, 36);
}
END_TEST

START_TEST(round_trip)
{
	unsigned i, k;

	for (i = 0; i < 300; i++) {
		again(&e);
		again(&f);
		buf_clear(&b);
		random_entry(&e, i < 5 ? i : dice(40));
		ck_assert_int_eq(entry_record_envelope(&e, &b), 0);
		ck_assert_uint_eq(replay(&f, b.data, b.len), 1);
		ck_assert(same_entry(&e, &f));
		for (k = 0; k < e.envelope.n; k++)
			if (dice(2))
				random_settle(&e, k);
		e.retry.attempts = dice(100);
		e.retry.last = e.retry.arrived + (time_t)dice(100000);
		e.retry.answered = dice(100000);
		e.retry.held = i % 5 == 0 ? INT64_MAX : dice(100000);
		e.next = e.retry.last + (time_t)dice(3600);
		e.doubtful = dice(2);
		ck_assert_int_eq(entry_record_doubt(&e, 5, &b), 0);
		ck_assert_int_eq(entry_record_attempt(&e, &b), 0);
		again(&f);
		ck_assert_uint_eq(replay(&f, b.data, b.len), 3);
		ck_assert(same_entry(&e, &f));
		ck_assert_uint_eq(entry_waiting(&e), entry_waiting(&f));
	}
}
END_TEST

START_TEST(crowd)
{
	size_t i, one;

	random_entry(&e, 100000);
	ck_assert_int_eq(entry_record_envelope(&e, &b), 0);
	/* All wait for the same reason: that is said once. */
	outcome_fail(&o, FAULT_NETWORK, STAGE_CONNECT, "no route");
	envelope_settle_rest(&e.envelope, &o);
	one = b.len;
	ck_assert_int_eq(entry_record_attempt(&e, &b), 0);
	ck_assert_uint_lt(b.len - one, 200);
	ck_assert_uint_eq(replay(&f, b.data, b.len), 2);
	/* Settled by the attempt, but not for good. */
	ck_assert_uint_eq(entry_waiting(&e), 0);
	ck_assert_uint_eq(entry_waiting(&f), 100000);
	for (i = 0; i < e.envelope.n; i++) {
		envelope_reopen(&e.envelope, i);
		ck_assert(same_recipient(&e.envelope.rcpt[i],
		    &f.envelope.rcpt[i]));
	}
	/* Each for its own. */
	for (i = 0; i < e.envelope.n; i++)
		random_settle(&e, i);
	ck_assert_int_eq(entry_record_attempt(&e, &b), 0);
	again(&f);
	ck_assert_uint_eq(replay(&f, b.data, b.len), 3);
	ck_assert(same_entry(&e, &f));
}
END_TEST

/* Never stays later in the journal until the sender knows. */
START_TEST(untold)
{
	char text[4] = "r0";
	size_t i;

	random_entry(&e, 0);
	for (i = 0; i < 6; i++, text[1]++)
		envelope_add(&e.envelope, text, &o);
	outcome_fail(&o, FAULT_NOUSER, STAGE_RCPT, "no such user");
	outcome_advise(&o, "ask them");
	outcome_codes(&o, 550, NULL);
	for (i = 0; i < 5; i++)
		envelope_settle(&e.envelope, i, &o);
	e.envelope.rcpt[1].told = e.envelope.rcpt[2].told = true;
	outcome_clear(&o);
	envelope_settle(&e.envelope, 5, &o);
	ck_assert_int_eq(entry_record_envelope(&e, &b), 0);
	ck_assert_int_eq(entry_record_attempt(&e, &b), 0);
	ck_assert_uint_eq(replay(&f, b.data, b.len), 2);
	ck_assert_uint_eq(entry_waiting(&e), 0);
	ck_assert_uint_eq(entry_waiting(&f), 3);
	for (i = 0; i < 5; i++) {
		const struct recipient *r = &f.envelope.rcpt[i];

		ck_assert(r->told == (i == 1 || i == 2));
		ck_assert(r->settled == r->told);
		ck_assert_int_eq(r->verdict, r->told ? VERDICT_NEVER :
		    VERDICT_LATER);
		ck_assert_str_eq(r->text, "no such user");
		ck_assert_str_eq(r->text + 13, "ask them");
		ck_assert_uint_eq(r->code, 550);
	}
	ck_assert(f.envelope.rcpt[5].settled && !f.envelope.rcpt[5].told);
	/* Told afterwards. */
	for (i = 0; i < 5; i++)
		e.envelope.rcpt[i].told = true;
	ck_assert_int_eq(entry_record_attempt(&e, &b), 0);
	again(&f);
	ck_assert_uint_eq(replay(&f, b.data, b.len), 3);
	ck_assert_uint_eq(entry_waiting(&f), 0);
	ck_assert(same_entry(&e, &f));
	/* And settled anew: nobody knows of that. */
	outcome_fail(&o, FAULT_NOUSER, STAGE_RCPT, "still not");
	envelope_settle(&f.envelope, 0, &o);
	ck_assert(!f.envelope.rcpt[0].told);
}
END_TEST

START_TEST(doubt)
{
	random_entry(&e, 2);
	entry_record_envelope(&e, &b);
	ck_assert_int_eq(entry_record_doubt(&e, 100, &b), 0);
	ck_assert_uint_eq(replay(&f, b.data, b.len), 2);
	ck_assert(f.doubtful);
	/* The attempt says how it ended. */
	e.retry.attempts = 1;
	ck_assert_int_eq(entry_record_attempt(&e, &b), 0);
	again(&f);
	ck_assert_uint_eq(replay(&f, b.data, b.len), 3);
	ck_assert(!f.doubtful);
	/* One that never came stays, whatever the next one says. */
	f.doubtful = true;
	f.retry.attempts = 2;
	ck_assert_int_eq(entry_record_attempt(&f, &b), 0);
	again(&f);
	ck_assert_uint_eq(replay(&f, b.data, b.len), 4);
	ck_assert(f.doubtful);
	ck_assert_uint_eq(f.retry.attempts, 2);
}
END_TEST

START_TEST(notice)
{
	random_entry(&e, 1);
	entry_record_envelope(&e, &b);
	ck_assert_int_eq(entry_record_notice(&e, 100, &b), 0);
	ck_assert_uint_eq(replay(&f, b.data, b.len), 2);
	ck_assert(f.retry.warned);
}
END_TEST

/* A journal of some records in b; states[k] is what k of them say. */
static void
story(struct entry states[STATES], size_t ends[STATES])
{
	size_t k;

	random_entry(&e, 3);
	for (k = 1; k < STATES; k++) {
		switch (k) {
		case 1:
			entry_record_envelope(&e, &b);
			break;
		case 2:
		case 5:
			entry_record_doubt(&e, 7, &b);
			break;
		case 4:
			entry_record_notice(&e, 8, &b);
			break;
		default:
			e.retry.attempts = (unsigned)k;
			e.retry.last = 1700000000 + (time_t)k;
			e.next = e.retry.last + 60;
			e.retry.warned = k > 4;
			random_settle(&e, k % 3);
			entry_record_attempt(&e, &b);
		}
		ends[k] = b.len;
	}
	ends[0] = 0;
	for (k = 0; k < STATES; k++) {
		entry_init(&states[k]);
		ck_assert_uint_eq(replay(&states[k], b.data, ends[k]), k);
	}
}

/* However a journal is cut, what is read is what was true at some time, and
 * the last time that is whole. */
START_TEST(truncation)
{
	struct entry states[STATES];
	size_t ends[STATES], i, k, n;

	story(states, ends);
	for (i = 0, k = 0; i <= b.len; i++) {
		again(&f);
		n = replay(&f, b.data, i);
		while (k + 1 < STATES && ends[k + 1] <= i)
			k++;
		ck_assert_uint_eq(n, k);
		ck_assert(same_entry(&f, &states[k]));
	}
	for (k = 0; k < STATES; k++)
		entry_free(&states[k]);
}
END_TEST

/* However one octet is changed, reading stops in front of its record. */
START_TEST(corruption)
{
	struct entry states[STATES];
	size_t ends[STATES], i, k;
	int x;

	story(states, ends);
	for (i = 0, k = 0; i < b.len; i++) {
		while (ends[k + 1] <= i)
			k++;
		for (x = 1; x < 256; x += i % 7 == 0 ? 1 : 37) {
			b.data[i] = (char)(b.data[i] ^ x);
			again(&f);
			ck_assert_uint_eq(replay(&f, b.data, b.len), k);
			ck_assert(same_entry(&f, &states[k]));
			b.data[i] = (char)(b.data[i] ^ x);
		}
	}
	for (k = 0; k < STATES; k++)
		entry_free(&states[k]);
}
END_TEST

/* A record with a good sum and these fields. */
static int
forge(const char *type, const char *fields)
{
	char copy[500], *p = copy, *word;
	struct jot_pen pen;
	struct jot j;

	snprintf(copy, sizeof(copy), "%s", fields);
	buf_clear(&b);
	jot_begin(&pen, &b, type);
	while ((word = strsep(&p, " ")) != NULL)
		if (*word != '\0')
			jot_text(&pen, strcmp(word, "-") == 0 ? "" : word);
	ck_assert_int_eq(jot_end(&pen), 0);
	ck_assert_uint_eq(jot_read(b.data, b.len, &j), b.len);
	return entry_apply(&f, &j);
}

START_TEST(first_is_envelope)
{
	ck_assert_int_eq(forge("doubt", "1"), -1);
	ck_assert_int_eq(forge("attempt", "1 1 1 0 0 1 0"), -1);
	ck_assert_int_eq(forge("later-version", "1"), -1);
	ck_assert(!f.doubtful);
	f.message.length = 9;
	ck_assert_int_eq(forge("envelope",
	    "1 2 0 /c a s - - 0 9 0 0 1 3 2 x - - y - -"), 0);
	ck_assert_uint_eq(f.envelope.n, 2);
	ck_assert_str_eq(f.envelope.rcpt[1].address, "y");
	/* There is one. */
	ck_assert_int_eq(forge("envelope",
	    "1 2 0 /c a s - - 0 9 0 0 1 3 1 x - -"), -1);
	ck_assert_uint_eq(f.envelope.n, 2);
	/* What is not known is passed over. */
	ck_assert_int_eq(forge("later-version", "1"), 0);
	ck_assert_int_eq(forge("later-version", ""), 0);
}
END_TEST

START_TEST(bad_envelopes)
{
	static const char *const bad[] = {
		"", "1", "1 2 0 /c a s - -",
		"x 2 0 /c a s - - 0 9 0 0 1 3 0",
		"1 -2 0 /c a s - - 0 9 0 0 1 3 0",
		"1 4294967296 0 /c a s - - 0 9 0 0 1 3 0",
		"1 2 0 /c a s - - 2 9 0 0 1 3 0",
		"1 2 0 /c a s - - 0 10 0 0 1 3 0",	/* length is 9 */
		"1 2 0 /c a s - - 0 -1 0 0 1 3 0",
		"1 2 0 /c a s - - 0 9 0 0 1 3 1",
		"1 2 0 /c a s - - 0 9 0 0 1 3 1 x -",
		"1 2 0 /c a s - - 0 9 0 0 1 3 -1",
		"1 2 0 /c a s - - 0 9 0 0 1 3 2 x - - x - -",
		"1 2 0 /c a s - - 0 9 0 0 1 3 99999999 x - -",
		"1 2 0 /c a s - - 0 9 0 0 1 3 1000000 x - -",
		"1 2 0 /c a s BODY - 0 9 0 0 1 3 0",
		"1 2 0 /c a s FULL a=b 0 9 0 0 1 3 0",
		"1 2 0 /c a s - a\tRET 0 9 0 0 1 3 0",
		"1 2 0 /c a s - - 0 9 0 0 1 3 1 x ALWAYS -",
		"1 2 0 /c a s - - 0 9 0 0 1 3 1 x NEVER,DELAY -",
		"1 2 0 /c a s - - 0 9 0 0 1 3 1 x DELAY rfc822;a=b",
		"1 2 0 /c a s - - 0 9 0 0 1 3 1 x DELAY rfc822;\r\nDATA",
		"1 2 0 /c a s - - 0 9 0 0 1 3 0 1",
		"1 2 0 /c a s - - 0 9 0 0 1 3 0 2 0 5",
		"1 2 0 /c a s - - 0 9 0 0 1 3 0 0 yes 5",
		"1 2 0 /c a s - - 0 9 0 0 1 3 0 0 1 -1",
	};
	size_t i;

	f.message.length = 9;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(forge("envelope", bad[i]) == -1, "%s", bad[i]);
		ck_assert_ptr_null(f.config);
		ck_assert_uint_eq(f.envelope.n, 0);
	}
	ck_assert_int_eq(forge("envelope",
	    "1 2 0 /c a s - - 0 9 0 0 1 3 0 1 1 77 later fields"), 0);
	ck_assert(f.envelope.utf8_asked && f.envelope.require_tls);
	ck_assert_uint_eq(f.message.longest_header, 77);
	/* As older versions wrote it. */
	entry_free(&f);
	entry_init(&f);
	f.message.length = 9;
	ck_assert_int_eq(forge("envelope",
	    "1 2 0 /c a s - - 0 9 0 0 1 3 0"), 0);
	ck_assert(!f.envelope.utf8_asked && !f.envelope.require_tls);
	ck_assert_uint_eq(f.message.longest_header, 0);
}
END_TEST

START_TEST(bad_attempts)
{
	static const char *const bad[] = {
		"", "1 1 1 1 0 1", "1 -1 1 1 0 1 0", "1 1 -1 1 0 1 0",
		"1 1 1 -1 0 1 0", "1 1 1 x 0 1 0",
		"1 1 1 9223372036854775808 0 1 0",
		"1 1 1 1 2 1 0", "1 1 1 1 0 1 x",
		"1 1 1 1 0 1 1 0",
		"1 1 1 1 0 1 1 0 1 2 0 1 1 0 550 5 1 1 t",
		"1 1 1 1 0 1 1 3 1 2 0 1 1 0 550 5 1 1 t a",
		"1 1 1 1 0 1 1 2 2 2 0 1 1 0 550 5 1 1 t a",
		"1 1 1 1 0 1 1 0 0 2 0 1 1 0 550 5 1 1 t a",
		"1 1 1 1 0 1 1 -1 1 2 0 1 1 0 550 5 1 1 t a",
		"1 1 1 1 0 1 1 0 9223372036854775807 2 0 1 1 0 550 5 1 1 t a",
		"1 1 1 1 0 1 1 0 1 3 0 1 1 0 550 5 1 1 t a",
		"1 1 1 1 0 1 1 0 1 2 4 1 1 0 550 5 1 1 t a",
		"1 1 1 1 0 1 1 0 1 2 0 99 1 0 550 5 1 1 t a",
		"1 1 1 1 0 1 1 0 1 2 0 1 99 0 550 5 1 1 t a",
		"1 1 1 1 0 1 1 0 1 2 0 1 1 2 550 5 1 1 t a",
		"1 1 1 1 0 1 1 0 1 2 0 1 1 0 65536 5 1 1 t a",
		"1 1 1 1 0 1 1 0 1 2 0 1 1 0 550 5 1 70000 t a",
		/* The first stretch is good, the second is not. */
		"1 1 1 1 0 1 1 0 1 2 0 1 1 0 550 5 1 1 t a 1 1",
	};
	size_t i;

	f.message.length = 9;
	ck_assert_int_eq(forge("envelope",
	    "1 2 0 /c a s - - 0 9 0 0 1 3 3 x - - y - - z - -"), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(forge("attempt", bad[i]) == -1, "%s", bad[i]);
		ck_assert_uint_eq(entry_waiting(&f), 3);
		ck_assert_uint_eq(f.retry.attempts, 0);
		ck_assert(!f.doubtful);
	}
	ck_assert_int_eq(forge("doubt", "x"), -1);
	ck_assert(!f.doubtful);
	ck_assert_int_eq(forge("notice", ""), -1);
	ck_assert(!f.retry.warned);
	ck_assert_int_eq(forge("attempt",
	    "1 1 1 1 0 1 1 1 2 2 0 1 1 0 550 5 1 1 t a"), 0);
	ck_assert_uint_eq(entry_waiting(&f), 1);
	ck_assert_str_eq(f.envelope.rcpt[2].text, "t");
}
END_TEST

/* Verdicts and codes are there, words are not; and it is as short as is
 * promised, whatever was said. */
START_TEST(brief)
{
	struct outcome x;
	size_t i, full, before;

	random_entry(&e, 400);
	for (i = 0; i < 400; i++) {
		outcome_fail(&x, FAULT_TRUST, STAGE_MESSAGE, "words %zu", i);
		x.verdict = i % 3 == 0 ? VERDICT_DELIVERED : VERDICT_LATER;
		x.scope = SCOPE_HOST;
		x.in_doubt = true;
		x.code = (uint16_t)(UINT16_MAX - i);
		x.enhanced[0] = x.enhanced[1] = x.enhanced[2] = UINT16_MAX;
		envelope_settle(&e.envelope, i, &x);
	}
	e.retry.last = e.next = INT64_MIN;
	e.retry.attempts = UINT32_MAX;
	e.retry.answered = e.retry.held = INT64_MAX;
	ck_assert_int_eq(entry_record_envelope(&e, &b), 0);
	before = b.len;
	ck_assert_int_eq(entry_record_brief(&e, &b), 0);
	ck_assert_uint_le(b.len - before, ENTRY_BRIEF +
	    400 * ENTRY_BRIEF_EACH);
	ck_assert_uint_eq(replay(&f, b.data, b.len), 2);
	ck_assert_uint_eq(entry_waiting(&f), 400 - 134);
	for (i = 0; i < 400; i++) {
		ck_assert_uint_eq(f.envelope.rcpt[i].code, UINT16_MAX - i);
		ck_assert_ptr_null(f.envelope.rcpt[i].text);
	}
	/* what differs by its words alone is one */
	for (i = 0; i < 400; i++)
		e.envelope.rcpt[i].code = 451;
	full = b.len;
	ck_assert_int_eq(entry_record_attempt(&e, &b), 0);
	full = b.len - full;
	for (i = 0; i < 400; i++)
		if (i % 3 == 0)
			envelope_outcome(&e.envelope, 1, &x),
			    envelope_settle(&e.envelope, i, &x);
	before = b.len;
	ck_assert_int_eq(entry_record_brief(&e, &b), 0);
	ck_assert_uint_lt(b.len - before, ENTRY_BRIEF + ENTRY_BRIEF_EACH);
	ck_assert_uint_gt(full, 400 * 20);
}
END_TEST

START_TEST(ceiling)
{
	struct buf small;

	random_entry(&e, 100);
	buf_init(&small, 500);
	buf_puts(&small, "x");
	ck_assert_int_eq(entry_record_envelope(&e, &small), -1);
	ck_assert_str_eq(small.data, "x");
	random_settle(&e, 5);
	small.max = 20;
	ck_assert_int_eq(entry_record_attempt(&e, &small), -1);
	ck_assert_str_eq(small.data, "x");
	buf_free(&small);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("entry");
	TCase *t = tcase_create("entry");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, ids);
	tcase_add_test(t, round_trip);
	tcase_add_test(t, crowd);
	tcase_add_test(t, untold);
	tcase_add_test(t, doubt);
	tcase_add_test(t, notice);
	tcase_add_test(t, truncation);
	tcase_add_test(t, corruption);
	tcase_add_test(t, first_is_envelope);
	tcase_add_test(t, bad_envelopes);
	tcase_add_test(t, bad_attempts);
	tcase_add_test(t, brief);
	tcase_add_test(t, ceiling);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
