/* SPDX-License-Identifier: ISC */
/* A submission from stdin to its outcomes: the story of one message. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <syslog.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "front/addressing.h"
#include "front/deadletter.h"
#include "front/handover.h"
#include "front/submit.h"
#include "mail/header.h"
#include "mail/input.h"
#include "mail/message.h"
#include "mail/repair.h"
#include "queue/journal.h"

/* What the steps of one submission hand on. */
struct draft {
	struct submission	*s;
	struct input		*in;
	struct buf		 header;
	struct entry		*entry;		/* of s */
	const struct account	*account;
	struct deliver_trace	 trace;
	enum keep_end		 end;
	int64_t			 began;		/* clock_ms */
};

/* Time and chance: unique per message, fit for a Message-ID. */
static void
draft_id(char id[ENTRY_ID])
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	unsigned char r[9];
	uint64_t t = (uint64_t)clock_now();
	size_t i;

	if (getrandom(r, sizeof(r), 0) != (ssize_t)sizeof(r))
		for (i = 0; i < sizeof(r); i++)
			r[i] = (unsigned char)(clock_ms() >> i);
	for (i = 7; i > 0; i--, t /= 36)
		id[i - 1] = digits[t % 36];
	for (i = 0; i < sizeof(r); i++)
		id[7 + i] = digits[r[i] % 36];
	id[7 + i] = '\0';
}

/* The header block, and whether there is any message at all to speak of. */
static int
draft_read(struct draft *d, struct outcome *o)
{
	const struct submission *s = d->s;

	if (s->from->no_input) {
		errno = EBADF;
		return outcome_errno(o, FAULT_INPUT, STAGE_INPUT,
		    "cannot read the message from standard input");
	}
	input_open(d->in, 0, s->options->dot, s->settings->max_message_size);
	return input_header(d->in, &d->header, o);
}

/* Account, reverse-path, recipients. */
static int
draft_account(struct draft *d, struct outcome *o)
{
	struct submission *s = d->s;

	d->account = addressing_run(&s->entry.envelope, s->options, s->settings,
	    s->me, &d->header, o);
	return d->account == NULL ? -1 : 0;
}

/* All edits of the header but the one that waits for the body. */
static int
draft_repair(struct draft *d, struct outcome *o)
{
	const struct submission *s = d->s;
	const struct identity *me = s->me;
	const struct options *opt = s->options;
	struct repair r = { 0 };

	r.hands_off = opt->hands_off;
	r.rewrite = d->account->rewrite;
	r.from_name = d->account->from_name;
	r.from_address = d->account->from_address;
	r.sender = s->entry.envelope.sender;
	r.full_name = opt->full_name != NULL ? opt->full_name : me->full_name;
	r.domain = me->qualifies ? me->domain : NULL;
	r.local_names = me->local;
	r.id_domain = strchr(me->domain, '.') != NULL &&
	    !identity_localhost(me->domain) ? me->domain :
	    me->host != NULL ? me->host : "posthorn.invalid";
	r.id = d->entry->id;
	r.now = clock_now();
	r.received = s->settings->received;
	r.user = me->user;
	r.uid = me->uid;
	r.by = me->host != NULL ? me->host : me->domain;
	r.hops = opt->hops;
	return repair_header(&d->header, &r, o);
}

/* Everything there is on stdin is read before any connection is opened. */
static int
draft_spool(struct draft *d, struct outcome *o)
{
	const struct place *p = d->s->place;

	if (message_open(&d->entry->message, p->open ? p->store.path : NULL,
	    o) < 0 ||
	    message_body(&d->entry->message, d->in, d->header.len, o) < 0)
		return -1;
	input_drain(d->in);
	if (d->in->nul > 0)
		log_note(LOG_NOTICE, "%s: %llu NUL octets dropped",
		    d->entry->id, (unsigned long long)d->in->nul);
	if (d->in->after_dot)
		log_note(LOG_WARNING, "%s: the input went on behind a line "
		    "with a lone dot, which ended the message; -i avoids that",
		    d->entry->id);
	return message_header(&d->entry->message, &d->header, o);
}

/* From here on the message is whole. */
static int
draft_deliver(struct draft *d, struct outcome *o)
{
	struct submission *s = d->s;
	struct handover h = { .keep = { .options = s->options,
		.from = s->from, .settings = s->settings, .me = s->me,
		.place = s->place, .account = d->account,
		.entry = d->entry } };
	int r = handover_run(&h, o);

	d->trace = h.trace;
	d->end = h.keep.end;
	s->split = h.split;
	s->end = h.keep.end;
	return r;
}

static void
draft_log(const struct draft *d, const struct outcome *o)
{
	const struct journal_entry e = { d->entry->id,
		d->account != NULL ? d->account->name : NULL,
		&d->entry->envelope, d->entry->message.length, &d->trace,
		clock_ms() - d->began, keep_word(d->end), false };

	journal_message(&e, o);
}

/* For callers that asked for their errors by mail, and so do not look at what
 * we say: what nobody took is kept where they live. */
static void
draft_letter(struct draft *d, const struct outcome *o)
{
	const struct submission *s = d->s;
	const struct deadletter l = { s->me, &d->entry->message, &d->header,
		d->in };

	if (d->end == KEEP_NOWHERE && o->fault != FAULT_INPUT &&
	    (s->options->errors == ERROR_MAIL ||
	    s->options->errors == ERROR_BERKNET))
		deadletter_save(&l);
}

static int
draft_run(struct draft *d, struct outcome *o)
{
	int r = -1;

	if (draft_read(d, o) == 0 && draft_account(d, o) == 0 &&
	    draft_repair(d, o) == 0 && draft_spool(d, o) == 0)
		r = draft_deliver(d, o);
	/* A child that only stayed for others has nothing to tell. */
	if (d->end != KEEP_NOWHERE || !d->s->split)
		draft_log(d, o);
	if (r < 0)
		draft_letter(d, o);
	return r;
}

int
submit_message(struct submission *s, struct outcome *o)
{
	struct draft d = { .s = s, .entry = &s->entry };
	int r;

	d.in = mem_alloc(sizeof(*d.in));
	d.began = clock_ms();
	buf_init(&d.header, LIMIT_HEADER + 65536);
	draft_id(s->entry.id);
	r = draft_run(&d, o);
	message_close(&s->entry.message);
	buf_free(&d.header);
	free(d.in);
	return r;
}
