/* SPDX-License-Identifier: ISC */
/* A message that came by SMTP and is whole. */
#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "front/arrival.h"
#include "front/copies.h"
#include "front/intake.h"
#include "front/summon.h"
#include "queue/deliver.h"
#include "queue/journal.h"

/* Names that a reply has room for. */
#define NAMES	160

/* ---- What a client is told ----------------------------------------------- */

static const struct {
	uint16_t	code;
	uint16_t	status[3];
} codes[] = {
	[FAULT_NONE] = { 250, { 2, 0, 0 } },
	[FAULT_USAGE] = { 554, { 5, 5, 4 } },
	[FAULT_DATA] = { 554, { 5, 6, 0 } },
	[FAULT_NOUSER] = { 550, { 5, 1, 1 } },
	[FAULT_REFUSED] = { 554, { 5, 0, 0 } },
	[FAULT_UNBUILT] = { 554, { 5, 3, 3 } },
	[FAULT_BUG] = { 451, { 4, 3, 0 } },
	[FAULT_OS] = { 451, { 4, 3, 0 } },
	[FAULT_INPUT] = { 451, { 4, 3, 0 } },
	[FAULT_DELAY] = { 452, { 4, 3, 1 } },
	[FAULT_NETWORK] = { 451, { 4, 4, 1 } },
	[FAULT_STARTTLS] = { 451, { 4, 7, 0 } },
	[FAULT_PROTOCOL] = { 451, { 4, 5, 0 } },
	[FAULT_LOGIN] = { 451, { 4, 7, 0 } },
	[FAULT_CONFIG] = { 451, { 4, 3, 5 } },
	[FAULT_TRUST] = { 451, { 4, 7, 0 } },
};

void
arrival_codes(struct outcome *o)
{
	/* What was read is a file of ours: the client may come again. */
	const uint16_t class = o->verdict == VERDICT_DELIVERED ? 2 :
	    o->verdict == VERDICT_LATER || o->fault == FAULT_INPUT ? 4 : 5;

	if (o->enhanced[0] == 0)
		memcpy(o->enhanced, codes[o->fault].status,
		    sizeof(o->enhanced));
	else if (o->code == 0 && o->enhanced[1] == 3 && o->enhanced[2] == 4)
		o->code = 552;
	o->enhanced[0] = class;
	/* We do not close (421), nor did our client say anything wrong. */
	if (o->code == 421)
		o->code = 451;
	if (o->code / 100 != class || (o->code >= 500 && o->code <= 504))
		o->code = codes[o->fault].code;
	if (o->code / 100 != class)
		o->code = class == 2 ? 250 : class == 4 ? 451 : 554;
}

/* Those whose verdict is v, as many as there is room for. */
static void
arrival_names(const struct envelope *e, enum verdict v, char names[NAMES])
{
	size_t i, at = 0, left = 0, n;

	names[0] = '\0';
	for (i = 0; i < e->n; i++) {
		if (e->rcpt[i].verdict != v)
			continue;
		n = strlen(e->rcpt[i].address);
		if (left > 0 || at + n + 32 > NAMES)
			left++;
		else
			at += (size_t)snprintf(names + at, NAMES - at, "%s%s",
			    at > 0 ? ", " : "", e->rcpt[i].address);
	}
	if (left > 0)
		snprintf(names + at, NAMES - at, "%s%zu %s%s", at > 0 ?
		    " and " : "", left, at > 0 ? "more" : "recipient",
		    at > 0 || left == 1 ? "" : "s");
}

/* The words of an outcome, without the one whose it is in front of them. */
static const char *
arrival_why(const struct envelope *e, const struct outcome *o)
{
	const char *address;
	size_t i, n;

	for (i = 0; i < e->n && e->rcpt[i].verdict != o->verdict; i++)
		;
	address = i < e->n ? e->rcpt[i].address : "";
	n = strlen(address);
	return n > 0 && strncmp(o->text, address, n) == 0 &&
	    strncmp(o->text + n, ": ", 2) == 0 ? o->text + n + 2 : o->text;
}

/* Of several recipients some have it and some do not. */
static void
arrival_split(const struct envelope *e, struct outcome *o)
{
	const size_t done = envelope_count(e, VERDICT_DELIVERED);
	struct outcome sum = *o;
	char names[NAMES];

	if (e->n < 2 || envelope_count(e, o->verdict) == e->n)
		return;
	arrival_names(e, o->verdict, names);
	snprintf(o->text, sizeof(o->text), "%s: %.200s (%zu of %zu %s it)",
	    names, arrival_why(e, &sum), done, e->n,
	    done == 1 ? "has" : "have");
}

/* ---- Taking it ----------------------------------------------------------- */

static const int stopping[] = { SIGHUP, SIGINT, SIGTERM, SIGALRM };
#define STOPPING	(sizeof(stopping) / sizeof(stopping[0]))

/* An attempt that settles all ends with these signals ignored, and there may
 * be another message behind it. */
static void
arrival_signals(struct sigaction was[STOPPING], bool restore)
{
	size_t i;

	for (i = 0; i < STOPPING; i++)
		sigaction(stopping[i], restore ? &was[i] : NULL,
		    restore ? NULL : &was[i]);
}

/* Nobody is waited for here: a runner delivers.  It is summoned once it finds
 * the message unlocked. */
static int
arrival_handover(struct submission *s, const struct intake *t,
    struct deliver_trace *trace, struct outcome *o)
{
	struct options op = *s->options;
	struct settings set = *s->settings;
	struct submission copy;
	struct sigaction was[STOPPING];
	int r;

	op.delivery = DELIVERY_QUEUED;
	set.queue.external = true;
	arrival_signals(was, false);
	copy = *s;
	copy.options = &op;
	copy.settings = &set;
	r = copies_handover(&copy, t->account, trace, o);
	s->entry = copy.entry;
	s->end = copy.end;
	s->unkept = copy.unkept;
	arrival_signals(was, true);
	return r;
}

static void
arrival_log(const struct submission *s, const struct account *account,
    const struct deliver_trace *trace, int64_t began, const struct outcome *o)
{
	const struct journal_entry e = { s->entry.id,
		account != NULL ? account->name : NULL, &s->entry.envelope,
		s->entry.message.length, trace, clock_ms() - began,
		keep_word(s->end), false };

	journal_message(&e, o);
}

static bool
arrival_waits(const struct submission *s)
{
	return s->options->delivery == DELIVERY_QUEUED ||
	    (s->options->delivery == DELIVERY_UNSAID &&
	    s->settings->queue.deliver == DELIVER_QUEUED);
}

static void
arrival_summon(const struct submission *s)
{
	const struct summon w = { s->options, s->settings, s->from,
		s->place };

	summon_runner(&w, arrival_waits(s) ?
	    s->settings->queue.min_retry : 0);
	/* Runners that ended since. */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static void
arrival_words(const struct submission *s, const struct deliver_trace *trace,
    int r, struct outcome *o)
{
	if (r < 0) {
		arrival_split(&s->entry.envelope, o);
	} else {
		outcome_clear(o);
		if (s->place->open)
			snprintf(o->text, sizeof(o->text), "queued as %s",
			    s->entry.id);
		else
			snprintf(o->text, sizeof(o->text), "delivered as %s: "
			    "%.200s", s->entry.id, trace->answer);
	}
	arrival_codes(o);
}

int
arrival_take(const struct arrival *a, struct outcome *o)
{
	const struct call *c = a->call;
	struct submission s = { .options = c->options, .from = c->from,
		.settings = c->settings, .me = c->me, .place = c->place };
	struct intake t = { .s = &s, .in = a->in, .fd = a->fd,
		.sender = a->sender, .came = a->came, .with = a->with };
	struct deliver_trace trace = { 0 };
	const int64_t began = clock_ms();
	int r;

	entry_init(&s.entry);
	envelope_free(&s.entry.envelope);
	s.entry.envelope = *a->envelope;
	envelope_init(a->envelope);
	buf_init(&t.header, LIMIT_HEADER + 65536);
	r = intake_run(&t, o);
	if (r == 0)
		r = arrival_handover(&s, &t, &trace, o);
	arrival_log(&s, t.account, &trace, began, o);
	arrival_words(&s, &trace, r, o);
	buf_free(&t.header);
	message_close(&s.entry.message);
	if (r == 0)
		arrival_summon(&s);
	entry_free(&s.entry);
	return r;
}
