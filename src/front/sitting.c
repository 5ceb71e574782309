/* SPDX-License-Identifier: ISC */
/* One session of the server: its state, and what is replied. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "front/report.h"
#include "front/sitting.h"

void
sitting_open(struct sitting *s, const struct call *c, int in, int out,
    int stop, bool batch)
{
	const struct place *p = c->place;

	memset(s, 0, offsetof(struct sitting, in));
	s->call = c;
	s->batch = batch;
	outcome_clear(&s->first);
	envelope_init(&s->envelope);
	gather_open(&s->data, p->open ? p->store.path : NULL,
	    c->settings->max_message_size);
	talk_open(&s->talk, in, batch ? -1 : out, stop);
	peer_words(s->peer, in, c->me);
	sitting_name(s, "unknown");
}

void
sitting_close(struct sitting *s)
{
	sitting_reset(s);
	envelope_free(&s->envelope);
	gather_close(&s->data);
	talk_close(&s->talk);
}

void
sitting_begin(struct sitting *s, const char *sender)
{
	const struct call *c = s->call;

	s->mail = true;
	s->sender = mem_dup(sender);
	book_init(&s->book, c->settings, c->me, c->options->no_aliases);
}

void
sitting_reset(struct sitting *s)
{
	if (s->mail)
		book_free(&s->book);
	free(s->sender);
	s->sender = NULL;
	envelope_free(&s->envelope);
	envelope_init(&s->envelope);
	gather_reset(&s->data);
	s->mail = s->chunks = s->utf8 = s->refused = false;
}

/* What RFC 5321 section 4.1.2 has no place for becomes a question mark. */
void
sitting_name(struct sitting *s, const char *name)
{
	char clean[SITTING_NAME];
	size_t i, n = strnlen(name, sizeof(clean) - 1);

	for (i = 0; i < n; i++)
		clean[i] = name[i] > ' ' && name[i] < 0x7f &&
		    strchr("()<>@,;\\\"", name[i]) == NULL ? name[i] : '?';
	clean[i] = '\0';
	snprintf(s->came, sizeof(s->came), "from %s (%s)", clean, s->peer);
}

/* ---- Replies ------------------------------------------------------------- */

void
sitting_failed(struct sitting *s, const struct outcome *o)
{
	if (s->first.fault == FAULT_NONE)
		s->first = *o;
}

/* What nobody is told by a reply. */
static void
sitting_note(const struct sitting *s, const char *line)
{
	if (!s->call->options->quiet)
		report_note("line %lu, %s: %s", s->talk.lines, s->command,
		    line);
}

static void
sitting_line(struct sitting *s, unsigned code, const char *line)
{
	struct outcome o;

	/* Commands that are none, or not now: nobody who speaks SMTP. */
	if (code >= 500 && code <= 504)
		s->errors++;
	if (!s->batch) {
		talk_say(&s->talk, line);
		return;
	}
	if (code < 400)
		return;
	sitting_note(s, line);
	outcome_fail(&o, code < 500 ? FAULT_DELAY : FAULT_DATA, STAGE_INPUT,
	    "%s: %s", s->command, line);
	sitting_failed(s, &o);
}

static void __attribute__((format(printf, 4, 0)))
sitting_words(char line[TALK_REPLY], unsigned code, const char *mark,
    const char *fmt, va_list ap)
{
	int n = snprintf(line, TALK_REPLY, "%u%s", code, mark);

	vsnprintf(line + n, TALK_REPLY - (size_t)n, fmt, ap);
}

void
sitting_reply(struct sitting *s, unsigned code, const char *status,
    const char *fmt, ...)
{
	char line[TALK_REPLY], mark[32];
	va_list ap;

	snprintf(mark, sizeof(mark), " %s%s", status != NULL ? status : "",
	    status != NULL ? " " : "");
	va_start(ap, fmt);
	sitting_words(line, code, mark, fmt, ap);
	va_end(ap);
	sitting_line(s, code, line);
}

void
sitting_more(struct sitting *s, unsigned code, const char *fmt, ...)
{
	char line[TALK_REPLY];
	va_list ap;

	va_start(ap, fmt);
	sitting_words(line, code, "-", fmt, ap);
	va_end(ap);
	talk_say(&s->talk, line);
}

void
sitting_refuse(struct sitting *s, const struct outcome *o)
{
	char status[24];

	if (s->batch)
		sitting_failed(s, o);
	snprintf(status, sizeof(status), "%u.%u.%u", o->enhanced[0],
	    o->enhanced[1], o->enhanced[2]);
	sitting_reply(s, o->code, status, "%s", o->text);
}
