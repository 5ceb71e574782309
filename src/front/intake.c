/* SPDX-License-Identifier: ISC */
/* A message taken in: read, addressed, repaired, spooled. */
#include <sys/random.h>

#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "base/clock.h"
#include "base/log.h"
#include "front/addressing.h"
#include "front/intake.h"
#include "mail/header.h"
#include "mail/message.h"
#include "mail/repair.h"

/* Time and chance: unique per message, fit for a Message-ID. */
static void
intake_id(char id[ENTRY_ID])
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	unsigned char r[9];
	uint64_t t = (uint64_t)clock_now();
	size_t i;

	/* Not worth waiting for, early at boot. */
	if (getrandom(r, sizeof(r), GRND_NONBLOCK) != (ssize_t)sizeof(r))
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
intake_read(struct intake *t, struct outcome *o)
{
	const struct submission *s = t->s;

	if (t->fd == 0 && s->from->no_input) {
		errno = EBADF;
		return outcome_errno(o, FAULT_INPUT, STAGE_INPUT,
		    "cannot read the message from standard input");
	}
	input_open(t->in, t->fd, t->dot, s->settings->max_message_size);
	if (input_header(t->in, &t->header, o) < 0)
		return -1;
	if (t->before != NULL)
		(void)buf_add(t->before, t->header.data, t->header.len);
	return 0;
}

/* Account, reverse-path, recipients. */
static int
intake_account(struct intake *t, struct outcome *o)
{
	struct submission *s = t->s;

	const struct sender_wish wish = { t->sender != NULL &&
	    strcmp(t->sender, s->me->user) == 0 ? NULL : t->sender,
	    s->options->account };

	t->account = t->sender != NULL ?
	    addressing_sender(&s->entry.envelope, &wish, s->settings, s->me,
	    &t->header, o) :
	    addressing_run(&s->entry.envelope, s->options, s->settings,
	    s->me, &t->header, o);
	return t->account == NULL ? -1 : 0;
}

/* Who does the rest cannot know -F. */
static int
intake_name(struct intake *t, const struct repair *r, struct outcome *o)
{
	const struct options *opt = t->s->options;
	struct field from;

	if (!t->s->settings->relays || opt->full_name == NULL ||
	    opt->hands_off || header_find(&t->header, "From", &from) ||
	    repair_from(&t->header, "From", r) == 0)
		return 0;
	return outcome_fail(o, FAULT_DATA, STAGE_INPUT,
	    "the header block is longer than %zu octets", t->header.max);
}

/* All edits of the header but the one that waits for the body. */
static int
intake_repair(struct intake *t, struct outcome *o)
{
	const struct submission *s = t->s;
	const struct identity *me = s->me;
	const struct options *opt = s->options;
	struct repair r = { 0 };

	r.hands_off = opt->hands_off || s->settings->relays;
	r.rewrite = t->account->rewrite;
	r.from_name = t->account->from_name;
	r.from_address = t->account->from_address;
	r.sender = s->entry.envelope.sender;
	r.given_name = opt->full_name;
	r.full_name = me->full_name;
	r.domain = me->qualifies ? me->domain : NULL;
	r.local_names = me->local;
	r.id_domain = strchr(me->domain, '.') != NULL &&
	    !identity_localhost(me->domain) ? me->domain :
	    me->host != NULL ? me->host : "posthorn.invalid";
	r.id = t->s->entry.id;
	r.now = clock_now();
	r.received = s->settings->received;
	r.to = opt->no_recipient;
	r.envelope = &s->entry.envelope;
	r.came = t->came;
	r.with = t->with;
	r.user = me->user;
	r.uid = me->uid;
	r.by = me->host != NULL ? me->host : me->domain;
	r.hops = opt->hops;
	return repair_header(&t->header, &r, o) < 0 ||
	    intake_name(t, &r, o) < 0 ? -1 : 0;
}

/* Everything there is on stdin is read before any connection is opened. */
static int
intake_spool(struct intake *t, struct outcome *o)
{
	const struct place *p = t->s->place;

	if (message_open(&t->s->entry.message, p->open ? p->store.path : NULL,
	    o) < 0 ||
	    message_body(&t->s->entry.message, t->in, t->header.len, o) < 0)
		return -1;
	input_drain(t->in);
	if (t->in->nul > 0)
		log_note(LOG_NOTICE, "%s: %llu NUL octets dropped",
		    t->s->entry.id, (unsigned long long)t->in->nul);
	if (t->in->after_dot)
		log_note(LOG_WARNING, "%s: the input went on behind a line "
		    "with a lone dot, which ended the message; -i avoids that",
		    t->s->entry.id);
	return message_header(&t->s->entry.message, &t->header, o);
}

int
intake_run(struct intake *t, struct outcome *o)
{
	intake_id(t->s->entry.id);
	return intake_read(t, o) == 0 && intake_account(t, o) == 0 &&
	    intake_repair(t, o) == 0 && intake_spool(t, o) == 0 ? 0 : -1;
}
