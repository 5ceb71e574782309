/* SPDX-License-Identifier: ISC */
/* The one line in the log that tells the admin of a message. */
#include <stdio.h>
#include <syslog.h>

#include "base/log.h"
#include "queue/journal.h"

/* What is kept free behind the recipients for their number. */
#define REST	40

static void
journal_recipients(const struct envelope *e, char *to, size_t size)
{
	size_t i, at = 0;

	to[0] = '\0';
	for (i = 0; i < e->n && at + REST < size; i++)
		at += (size_t)snprintf(to + at, size - at, "%s%.*s",
		    i > 0 ? "," : "", (int)(size - at - REST),
		    e->rcpt[i].address);
	if (i < e->n)
		snprintf(to + at, size - at, ",... (%zu in all)", e->n);
}

static const char *
known(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

static const char *
journal_outcome(const struct journal_entry *j, const struct outcome *o)
{
	if (o->in_doubt)
		return "in-doubt";
	return j->end != NULL ? j->end : verdict_name(o->verdict);
}

void
journal_message(const struct journal_entry *j, const struct outcome *o)
{
	char to[600], size[24], seconds[24], status[24] = "", part[48];
	size_t taken = envelope_count(j->envelope, VERDICT_DELIVERED);
	const struct log_field f[] = {
		{ "id", j->id }, { "account", j->account },
		{ "from", j->envelope->sender },
		{ "to", j->envelope->n > 0 ? to : NULL },
		{ "size", j->size > 0 ? size : NULL },
		{ "host", known(j->trace->host) },
		{ "tls", known(j->trace->tls) },
		{ "auth", known(j->trace->auth) },
		{ "seconds", seconds },
		{ "outcome", journal_outcome(j, o) },
		{ "duplicate", j->doubtful ? "possible" : NULL },
		{ "delivered", taken > 0 && taken < j->envelope->n ?
		    part : NULL },
		{ "status", o->enhanced[0] != 0 ? status : NULL },
		{ "text", known(o->verdict == VERDICT_DELIVERED ?
		    j->trace->answer : o->text) },
	};

	journal_recipients(j->envelope, to, sizeof(to));
	snprintf(size, sizeof(size), "%llu", (unsigned long long)j->size);
	snprintf(seconds, sizeof(seconds), "%lld.%03lld",
	    (long long)(j->ms / 1000), (long long)(j->ms % 1000));
	snprintf(part, sizeof(part), "%zu of %zu", taken, j->envelope->n);
	snprintf(status, sizeof(status), "%u.%u.%u", o->enhanced[0],
	    o->enhanced[1], o->enhanced[2]);
	log_event(o->verdict == VERDICT_DELIVERED ? LOG_INFO :
	    j->end != NULL ? LOG_WARNING : LOG_ERR, f,
	    sizeof(f) / sizeof(f[0]));
}
