/* SPDX-License-Identifier: ISC */
/* One queued message with its history and its text. */
#include <inttypes.h>
#include <stdint.h>
#include <string.h>

#include "base/file.h"
#include "front/human.h"
#include "front/show.h"
#include "mail/repair.h"

#define CHUNK		16384u
#define JOURNAL_MAX	(16u << 20)	/* what of the history is shown */
#define NAME		11		/* columns of what a line is about */

static void
put_name(FILE *out, const char *name)
{
	fprintf(out, "%-*s", NAME, name);
}

static void
put_text(FILE *out, const char *name, const char *text)
{
	put_name(out, name);
	human_text(out, text, SIZE_MAX);
	putc('\n', out);
}

/* "Sun, 22 Nov 2026 01:22:04 +0000 (3 min ago)" */
static void
put_time(FILE *out, const char *name, time_t t, time_t now)
{
	char date[40], human[HUMAN_MAX];

	repair_date(date, t);
	if (t > now)
		human_until(human, t, now);
	else
		human_ago(human, t, now);
	put_name(out, name);
	fprintf(out, "%s (%s)", date, human);
}

/* ---- The envelope ------------------------------------------------------ */

static void
put_recipient(FILE *out, const struct recipient *r)
{
	put_name(out, "to:");
	human_text(out, r->address, SIZE_MAX);
	if (r->settled && r->verdict == VERDICT_DELIVERED)
		fputs(", delivered", out);
	else if (r->settled && r->verdict == VERDICT_NEVER)
		fputs(", refused", out);
	if (r->text != NULL && *r->text != '\0') {
		fputs(": ", out);
		human_text(out, r->text, SIZE_MAX);
	}
	putc('\n', out);
}

static void
put_envelope(FILE *out, const struct listed *m, time_t now)
{
	const struct entry *e = m->e;
	const struct recipient *r = listing_first(&e->envelope);
	char size[HUMAN_MAX];
	size_t i;

	put_text(out, "id:", m->id);
	put_text(out, "folder:", listing_folder(m->where));
	put_text(out, "from:", e->envelope.sender[0] != '\0' ?
	    e->envelope.sender : "<>");
	for (i = 0; i < e->envelope.n; i++)
		put_recipient(out, &e->envelope.rcpt[i]);
	put_text(out, "account:", e->account);
	put_text(out, "config:", e->config);
	human_size(size, e->message.length);
	put_name(out, "size:");
	fprintf(out, "%s (%" PRIu64 " octets)\n", size, e->message.length);
	put_name(out, "user id:");
	fprintf(out, "%lu\n", (unsigned long)m->uid);
	if (m->where == STORE_ACTIVE && m->next <= 0)
		put_text(out, "next try:", "none");
	else if (m->where == STORE_ACTIVE) {
		put_time(out, "next try:", m->next, now);
		putc('\n', out);
	}
	if (m->reason != NULL && (r == NULL || m->reason != r->text))
		put_text(out, "reason:", m->reason);
	if (m->busy)
		put_text(out, "", "is being delivered now");
	if (e->doubtful)
		put_text(out, "", "it may have arrived already");
}

/* ---- History ----------------------------------------------------------- */

static int64_t
number(struct jot *j)
{
	int64_t v = 0;

	return jot_take_number(j, &v) ? v : 0;
}

/* The words of an attempt's first stretch of recipients that has any.  *last:
 * of the attempt before; what people do is written as one that is not
 * counted. */
static void
put_attempt(FILE *out, struct jot *j, int64_t *last)
{
	const int64_t n = number(j);
	struct buf text;
	int i;

	if (n == *last) {
		fputs(", made due by hand", out);
		return;
	}
	*last = n;
	if (n == 0) {
		fputs(", released to begin anew", out);
		return;
	}
	fprintf(out, ", attempt %" PRId64, n);
	for (i = 0; i < 5; i++)		/* answered .. doubtful */
		number(j);
	buf_init(&text, 1u << 16);
	while (text.len == 0 && jot_more(j)) {
		for (i = 0; i < 11; i++)	/* first .. enhanced */
			number(j);
		if (!jot_take_text(j, &text))
			break;
		if (text.len > 0) {
			fputs(": ", out);
			human_text(out, text.data, SIZE_MAX);
		}
		if (text.len == 0)
			jot_take_text(j, &text);	/* advice */
	}
	buf_free(&text);
}

static void
put_record(FILE *out, struct jot *j, time_t now, int64_t *last)
{
	static const struct {
		const char *type, *words;
	} types[] = {
		{ "attempt", "" },
		{ "doubt", ", the message is about to be handed over" },
		{ "notice", ", the sender was told of the delay" },
	};
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (!jot_is(j, types[i].type))
			continue;
		put_time(out, "", (time_t)number(j), now);
		fputs(types[i].words, out);
		if (i == 0)
			put_attempt(out, j, last);
		putc('\n', out);
	}
}

static void
put_history(FILE *out, const struct entry *e, time_t now)
{
	const uint64_t at = (uint64_t)e->message.start + e->message.length;
	struct buf b;
	struct jot j;
	int64_t last = 0;
	size_t n, used = 0;
	char *to;

	put_time(out, "history:", e->retry.arrived, now);
	fputs(", arrived\n", out);
	buf_init(&b, JOURNAL_MAX);
	n = (size_t)(e->journal_end - at);
	to = e->journal_end - at <= JOURNAL_MAX ? buf_room(&b, n) : NULL;
	if (to != NULL && file_pread(e->message.fd, to, n, (off_t)at) == 0) {
		b.len = n;
		while ((n = jot_read(b.data + used, b.len - used, &j)) > 0) {
			put_record(out, &j, now, &last);
			used += n;
		}
	}
	buf_free(&b);
}

/* ---- The text ---------------------------------------------------------- */

/* Without the CRs that line ends have on the wire; for a terminal without
 * anything that would move its cursor. */
static void
put_octets(FILE *out, const char *p, size_t n, bool clean)
{
	size_t i;

	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c == '\r')
			continue;
		if (clean && (c == 0x7f || (c < 0x20 && c != '\n' &&
		    c != '\t')))
			c = '?';
		putc(c, out);
	}
}

static int
put_message(FILE *out, const struct entry *e, bool whole, bool clean,
    struct outcome *o)
{
	uint64_t left = whole ? e->message.length :
	    e->message.length - e->message.body_length;
	off_t at = e->message.start;
	char chunk[CHUNK];
	size_t n;

	for (; left > 0 && ferror(out) == 0; left -= n, at += (off_t)n) {
		n = left < CHUNK ? (size_t)left : CHUNK;
		if (file_pread(e->message.fd, chunk, n, at) != 0)
			return outcome_errno(o, FAULT_OS, STAGE_INPUT,
			    "cannot read %s", e->id);
		put_octets(out, chunk, n, clean);
	}
	return 0;
}

int
show_entry(FILE *out, const struct listed *m, time_t now, bool whole,
    bool clean, struct outcome *o)
{
	put_envelope(out, m, now);
	put_history(out, m->e, now);
	putc('\n', out);
	return put_message(out, m->e, whole, clean, o);
}
