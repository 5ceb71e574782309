/* SPDX-License-Identifier: ISC */
/* --explain: what would be done with this command line and this message. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "front/changes.h"
#include "front/explain.h"
#include "front/human.h"
#include "front/intake.h"
#include "front/origins.h"
#include "front/reasons.h"
#include "front/report.h"

#define WIDTH	200u

struct explain {
	const struct call	*c;
	struct submission	 s;
	struct intake		 in;
	struct buf		 before;	/* the header as it came */
};

static void
put(const char *before, const char *text, const char *behind)
{
	fputs(before, stdout);
	human_text(stdout, text, WIDTH);
	fputs(behind, stdout);
}

/* ---- What comes of it ---------------------------------------------------- */

static void
explain_message(const struct explain *x)
{
	const struct message *m = &x->s.entry.message;

	printf("message %llu octets", (unsigned long long)m->length);
	if (m->eightbit || m->eightbit_header)
		fputs(", not all of them ASCII", stdout);
	if (m->longest > 998)
		printf(", a line of %zu", m->longest);
	putchar('\n');
}

static enum deliver_how
explain_how(const struct call *c)
{
	switch (c->options->delivery) {
	case DELIVERY_NOW:
		return DELIVER_NOW;
	case DELIVERY_BACKGROUND:
		return DELIVER_BACKGROUND;
	case DELIVERY_QUEUED:
		return DELIVER_QUEUED;
	default:
		return c->options->verbose ? DELIVER_NOW :
		    c->settings->queue.deliver;
	}
}

static void
explain_delivery(const struct call *c)
{
	static const char *const words[] = {
		[DELIVER_NOW] = "now; what has to wait is queued in ",
		[DELIVER_BACKGROUND] =
		    "in the background, once it is queued in ",
		[DELIVER_QUEUED] = "by the next run of the queue in ",
	};

	fputs("delivery ", stdout);
	if (c->settings->relays)
		puts("by posthorn behind that socket, which reads "
		    "the configuration that cannot be read here");
	else if (c->place->open)
		put(words[explain_how(c)], c->place->store.path, "\n");
	else
		puts("now, without a queue");
	puts(c->place->open ?
	    "exit status 0, once a server or the queue has it for every "
	    "recipient" :
	    "exit status 0, once the server has it for every recipient; else "
	    "what its answer means");
}

static int
explain_refused(const struct outcome *o)
{
	put("refused: ", o->text, "\n");
	printf("exit status %d\n", report_status(o));
	return -1;
}

static int
explain_tell(struct explain *x, int r, const struct outcome *o)
{
	if (r == 0 || o->fault != FAULT_INPUT) {
		reasons_show(stdout, x->c, &x->before);
		puts("to");
		origins_show(stdout, x->c, &x->before);
	}
	if (r < 0)
		return explain_refused(o);
	puts("header");
	changes_show(stdout, &x->before, &x->in.header);
	explain_message(x);
	explain_delivery(x->c);
	return 0;
}

/* ---- In order ------------------------------------------------------------ */

static void
explain_init(struct explain *x, const struct call *c, struct place *nowhere)
{
	memset(x, 0, sizeof(*x));
	x->c = c;
	x->s.options = c->options;
	x->s.from = c->from;
	x->s.settings = c->settings;
	x->s.me = c->me;
	/* Nothing of it is to be found where a queue is. */
	x->s.place = nowhere;
	entry_init(&x->s.entry);
	x->in.s = &x->s;
	x->in.in = mem_alloc(sizeof(*x->in.in));
	x->in.dot = c->options->dot;
	x->in.before = &x->before;
	buf_init(&x->in.header, LIMIT_HEADER + 65536);
	buf_init(&x->before, LIMIT_HEADER);
}

static void
explain_free(struct explain *x)
{
	message_close(&x->s.entry.message);
	entry_free(&x->s.entry);
	buf_free(&x->in.header);
	buf_free(&x->before);
	free(x->in.in);
}

int
explain_run(const struct call *c, struct outcome *o)
{
	struct place nowhere = { .open = false };
	struct explain x;
	int r;

	explain_init(&x, c, &nowhere);
	r = intake_run(&x.in, o);
	r = explain_tell(&x, r, o);
	explain_free(&x);
	if (fflush(stdout) == 0 || r < 0)
		return r;
	return outcome_errno(o, FAULT_OS, STAGE_NONE,
	    "cannot write to standard output");
}
