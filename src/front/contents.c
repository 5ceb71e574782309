/* SPDX-License-Identifier: ISC */
/* DATA and BDAT: the message itself, and what becomes of it. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "front/arrival.h"
#include "front/contents.h"
#include "mail/others.h"

#define BDAT_DIGITS	18

/* Why there can be no message now; NULL: there can. */
static const char *
contents_early(const struct sitting *s, unsigned *code)
{
	*code = 503;
	if (!s->mail)
		return "MAIL must come first";
	if (others_count(&s->envelope) > 0)
		return NULL;
	if (!s->refused)
		return "RCPT must come first";
	*code = 554;
	return "no recipient was taken";
}

/* Half of a message is none. */
static void
contents_cut(struct sitting *s)
{
	struct outcome why, o;

	talk_why(&s->talk, &why);
	outcome_fail(&o, FAULT_INPUT, STAGE_INPUT,
	    "%.300s inside of a message, which is not taken", why.text);
	sitting_failed(s, &o);
}

/* It is whole. */
static void
contents_take(struct sitting *s)
{
	struct arrival a = { .call = s->call, .in = &s->in,
		.sender = s->sender, .came = s->came,
		.with = s->utf8 ? "UTF8SMTP" : s->extended ? "ESMTP" : "SMTP",
		.envelope = &s->envelope };
	struct outcome o;

	talk_flush(&s->talk);
	if (s->talk.replies.len > 0) {
		/* Nor would anybody hear of this one, and come again. */
		sitting_reset(s);
		return;
	}
	a.fd = s->data.fault.fault == FAULT_NONE ? gather_done(&s->data) : -1;
	if (a.fd < 0) {
		o = s->data.fault;
		arrival_codes(&o);
		sitting_refuse(s, &o);
	} else if (arrival_take(&a, &o) < 0) {
		sitting_refuse(s, &o);
	} else {
		s->errors = 0;
		sitting_reply(s, 250, "2.0.0", "%s", o.text);
	}
	sitting_reset(s);
}

/* ---- DATA ---------------------------------------------------------------- */

/* Who hears no reply sends the message all the same. */
static void
data_refuse(struct sitting *s, unsigned code, const char *words)
{
	sitting_reply(s, code, code == 501 ? "5.5.4" : "5.5.1", "%s", words);
	if (!s->batch)
		return;
	gather_drop(&s->data);
	if (gather_data(&s->data, &s->talk, s->lf) < 0)
		contents_cut(s);
	sitting_reset(s);
}

void
contents_data(struct sitting *s, char *arg)
{
	unsigned code;
	const char *early = contents_early(s, &code);

	if (*arg != '\0')
		data_refuse(s, 501, "DATA stands alone");
	else if (s->chunks)
		data_refuse(s, 503, "the message has begun with BDAT");
	else if (early != NULL)
		data_refuse(s, code, early);
	else {
		sitting_reply(s, 354, NULL, "the message, and then a line "
		    "with a lone dot");
		if (gather_data(&s->data, &s->talk, s->lf) < 0)
			contents_cut(s);
		else
			contents_take(s);
	}
}

/* ---- BDAT ---------------------------------------------------------------- */

/* "n" or "n LAST". */
static int
bdat_size(const char *arg, uint64_t *n, bool *last)
{
	size_t digits = strspn(arg, "0123456789");
	const char *word = arg + digits;

	word += strspn(word, " \t");
	*last = strcasecmp(word, "LAST") == 0;
	if (digits == 0 || digits > BDAT_DIGITS || (*word != '\0' && !*last) ||
	    (*last && word == arg + digits))
		return -1;
	*n = strtoull(arg, NULL, 10);
	return 0;
}

/* A chunk may follow, and nobody knows how long it is: what stands in there
 * could look like commands. */
static void
bdat_bad(struct sitting *s)
{
	s->over = true;
	sitting_reply(s, 501, "5.5.4", "the syntax is BDAT octets [LAST]; "
	    "closing");
}

static void
bdat_reply(struct sitting *s, uint64_t n)
{
	struct outcome o = s->data.fault;

	if (o.fault != FAULT_NONE) {
		arrival_codes(&o);
		sitting_refuse(s, &o);
		return;
	}
	sitting_reply(s, 250, "2.0.0", "%llu octets taken",
	    (unsigned long long)n);
}

void
contents_bdat(struct sitting *s, char *arg)
{
	unsigned code;
	const char *early = contents_early(s, &code);
	uint64_t n;
	bool last;

	if (bdat_size(arg, &n, &last) < 0) {
		bdat_bad(s);
		return;
	}
	if (early != NULL)
		gather_drop(&s->data);
	s->chunks = early == NULL;
	if (gather_chunk(&s->data, &s->talk, n) < 0) {
		contents_cut(s);
	} else if (early != NULL) {
		sitting_reply(s, code, "5.5.1", "%s", early);
		gather_reset(&s->data);
	} else if (last) {
		contents_take(s);
	} else
		bdat_reply(s, n);
}
