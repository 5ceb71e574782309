/* SPDX-License-Identifier: ISC */
/* Queued messages as they are shown. */
#include <sys/ioctl.h>

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "front/human.h"
#include "front/json.h"
#include "front/listing.h"

#define WIDTH		80u	/* of a terminal that does not say */
#define WIDTH_MIN	72u
#define INDENT		4
#define BUFFER		65536u
#define UNLIMITED	SIZE_MAX

static bool
waits(const struct recipient *r)
{
	return !r->settled || r->verdict == VERDICT_LATER;
}

/* What became of a recipient so far; in failed/ nobody waits. */
static const char *
state_of(const struct listed *m, const struct recipient *r)
{
	if (waits(r))
		return m->where == STORE_FAILED ? "failed" : "waiting";
	return r->verdict == VERDICT_NEVER ? "refused" : "delivered";
}

static const char *
words_of(const struct recipient *r)
{
	return r->text != NULL && r->text[0] != '\0' ? r->text : NULL;
}

const char *
listing_folder(enum store_folder where)
{
	return where == STORE_ACTIVE ? "active" : folder_name(where);
}

const struct recipient *
listing_first(const struct envelope *v)
{
	const struct recipient *refused = NULL;
	size_t i;

	for (i = 0; i < v->n; i++) {
		if (waits(&v->rcpt[i]))
			return &v->rcpt[i];
		if (refused == NULL && v->rcpt[i].verdict == VERDICT_NEVER)
			refused = &v->rcpt[i];
	}
	return refused != NULL || v->n == 0 ? refused : &v->rcpt[0];
}

void
listing_init(struct listing *l, FILE *out, bool json, bool verbose)
{
	const int fd = fileno(out);
	struct winsize w;

	memset(l, 0, sizeof(*l));
	l->out = out;
	l->form = json ? LISTING_JSON : isatty(fd) ? LISTING_TABLE :
	    LISTING_LINES;
	l->verbose = verbose;
	l->now = clock_now();
	l->width = WIDTH;
	if (l->form != LISTING_TABLE)
		(void)setvbuf(out, NULL, _IOFBF, BUFFER);
	if (l->form == LISTING_TABLE && ioctl(fd, TIOCGWINSZ, &w) == 0 &&
	    w.ws_col > 0)
		l->width = w.ws_col > WIDTH_MIN ? w.ws_col : WIDTH_MIN;
}

static const char *
sender_of(const struct entry *e)
{
	return e->envelope.sender[0] != '\0' ? e->envelope.sender : "<>";
}

/* ---- The table --------------------------------------------------------- */

static void
table_heading(struct listing *l, enum store_folder where)
{
	static const char *const headings[] = {
		[STORE_ACTIVE] = NULL, [STORE_HOLD] = "On hold:",
		[STORE_FAILED] = "Failed, neither delivered nor returned:",
	};

	if (!l->begun)
		fprintf(l->out, "%-17s %7s %7s %10s  %s\n", "ID", "AGE",
		    "SIZE", "NEXT TRY", "FROM > TO");
	if ((!l->begun || where != l->section) && headings[where] != NULL)
		fprintf(l->out, "%s\n", headings[where]);
	l->begun = true;
	l->section = where;
}

/* "FROM > TO +2" in what is left of the line. */
static void
table_who(const struct listing *l, const struct entry *e, size_t left)
{
	const struct recipient *r = listing_first(&e->envelope);
	const char *to = r != NULL ? r->address : "";
	size_t waiting = entry_waiting(e), from, n = human_width(to);
	char more[24] = "";

	if (waiting > 1)
		snprintf(more, sizeof(more), " +%zu", waiting - 1);
	left -= 3 + strlen(more);
	from = human_width(sender_of(e));
	/* Who is short gives the other what he does not need. */
	if (from + n > left && from > left / 2)
		from = n < left / 2 ? left - n : left / 2;
	human_text(l->out, sender_of(e), from);
	fputs(" > ", l->out);
	human_text(l->out, to, left - from);
	fprintf(l->out, "%s\n", more);
}

static void
table_words(const struct listing *l, const char *words)
{
	fprintf(l->out, "%*s", INDENT, "");
	human_text(l->out, words, l->verbose ? UNLIMITED :
	    l->width - INDENT);
	putc('\n', l->out);
}

static void
table_recipients(const struct listing *l, const struct listed *m)
{
	const struct envelope *v = &m->e->envelope;
	const struct recipient *r;
	size_t i;

	for (i = 0; i < v->n; i++) {
		r = &v->rcpt[i];
		fprintf(l->out, "%*s%-9s ", INDENT, "",
		    state_of(m, r));
		human_text(l->out, r->address, UNLIMITED);
		if (words_of(r) != NULL) {
			fputs(": ", l->out);
			human_text(l->out, words_of(r), UNLIMITED);
		}
		putc('\n', l->out);
	}
}

static void
table_show(struct listing *l, const struct listed *m)
{
	const struct entry *e = m->e;
	char age[HUMAN_MAX], size[HUMAN_MAX], next[HUMAN_MAX] = "-";

	table_heading(l, m->where);
	if (e == NULL) {
		fprintf(l->out, "%s\n", m->id);
		table_words(l, m->reason);
		return;
	}
	human_span(age, human_since(e->retry.arrived, l->now));
	human_size(size, e->message.length);
	if (m->where == STORE_ACTIVE && m->next > 0)
		human_until(next, m->next, l->now);
	fprintf(l->out, "%s%c %7s %7s %10s  ", m->id, m->busy ? '*' : ' ',
	    age, size, next);
	table_who(l, e, l->width - 46);
	if (e->doubtful)
		table_words(l, "it may have arrived already");
	if (m->reason != NULL)
		table_words(l, m->reason);
	if (l->verbose)
		table_recipients(l, m);
}

/* ---- A line a message -------------------------------------------------- */

static void
line_digits(FILE *out, char before, int value)
{
	putc(before, out);
	putc('0' + value / 10 % 10, out);
	putc('0' + value % 10, out);
}

/* The time as RFC 3339 has it, in UTC.  By hand, for there may be many. */
static void
line_time(FILE *out, time_t t)
{
	struct tm tm;

	if (t <= 0 || gmtime_r(&t, &tm) == NULL || tm.tm_year > 8099) {
		fputs("\t-", out);
		return;
	}
	line_digits(out, '\t', (tm.tm_year + 1900) / 100);
	putc('0' + tm.tm_year % 100 / 10, out);
	putc('0' + tm.tm_year % 10, out);
	line_digits(out, '-', tm.tm_mon + 1);
	line_digits(out, '-', tm.tm_mday);
	line_digits(out, 'T', tm.tm_hour);
	line_digits(out, ':', tm.tm_min);
	line_digits(out, ':', tm.tm_sec);
	putc('Z', out);
}

static void
line_text(FILE *out, const char *text)
{
	putc('\t', out);
	human_text(out, text != NULL && *text != '\0' ? text : "-",
	    UNLIMITED);
}

static void
line_number(FILE *out, uint64_t value)
{
	char digits[24], *p = digits + sizeof(digits);

	do
		*--p = (char)('0' + value % 10);
	while ((value /= 10) > 0);
	putc('\t', out);
	fwrite(p, 1, (size_t)(digits + sizeof(digits) - p), out);
}

static void
line_recipients(FILE *out, const struct listed *m)
{
	const struct envelope *v = &m->e->envelope;
	size_t i;

	for (i = 0; i < v->n; i++) {
		line_text(out, v->rcpt[i].address);
		line_text(out, state_of(m, &v->rcpt[i]));
		line_text(out, words_of(&v->rcpt[i]));
		putc('\n', out);
	}
}

static void
line_show(const struct listing *l, const struct listed *m)
{
	const struct entry *e = m->e;
	const struct recipient *r;
	FILE *out = l->out;

	fputs(m->id, out);
	line_text(out, e == NULL ? "unreadable" : m->busy ? "busy" :
	    listing_folder(m->where));
	line_number(out, m->uid);
	if (e == NULL) {
		fputs("\t-\t-\t-\t-\t-\t-\t-", out);
		line_text(out, m->reason);
		putc('\n', out);
		return;
	}
	line_time(out, e->retry.arrived);
	line_time(out, m->where == STORE_ACTIVE ? m->next : 0);
	line_number(out, e->retry.attempts);
	line_number(out, e->message.length);
	line_text(out, sender_of(e));
	r = listing_first(&e->envelope);
	line_text(out, r != NULL ? r->address : NULL);
	line_number(out, entry_waiting(e));
	line_text(out, m->reason);
	putc('\n', out);
	if (l->verbose)
		line_recipients(out, m);
}

/* ---- JSON -------------------------------------------------------------- */

static void
json_recipient(struct json *j, const struct listed *m,
    const struct recipient *r)
{
	char enhanced[24];

	snprintf(enhanced, sizeof(enhanced), "%u.%u.%u", r->enhanced[0],
	    r->enhanced[1], r->enhanced[2]);
	json_open(j, NULL);
	json_string(j, "address", r->address);
	json_string(j, "state", state_of(m, r));
	json_string(j, "words", words_of(r));
	json_number(j, "code", r->code);
	json_string(j, "enhanced", r->enhanced[0] != 0 ? enhanced : NULL);
	json_close(j);
}

static void
json_entry(struct json *j, const struct listed *m)
{
	const struct entry *e = m->e;
	const struct envelope *v = &e->envelope;
	size_t i;

	json_time(j, "arrived", e->retry.arrived);
	json_time(j, "next", m->where == STORE_ACTIVE ? m->next : 0);
	json_time(j, "last", e->retry.last);
	json_number(j, "attempts", e->retry.attempts);
	json_number(j, "size", (int64_t)e->message.length);
	json_string(j, "from", v->sender);
	json_list(j, "recipients");
	for (i = 0; i < v->n; i++)
		json_recipient(j, m, &v->rcpt[i]);
	json_list_end(j);
	json_string(j, "account", e->account);
	json_string(j, "config", e->config);
	json_flag(j, "doubtful", e->doubtful);
}

static void
json_show(const struct listing *l, const struct listed *m)
{
	struct json j = { l->out, false };

	json_open(&j, NULL);
	json_string(&j, "id", m->id);
	json_string(&j, "folder", listing_folder(m->where));
	json_number(&j, "uid", (int64_t)m->uid);
	json_flag(&j, "readable", m->e != NULL);
	if (m->e != NULL)
		json_entry(&j, m);
	json_string(&j, "reason", m->reason);
	json_flag(&j, "busy", m->busy);
	json_flag(&j, "held", m->where == STORE_HOLD);
	json_flag(&j, "failed", m->where == STORE_FAILED);
	json_close(&j);
	putc('\n', l->out);
}

void
listing_show(struct listing *l, const struct listed *m)
{
	switch (l->form) {
	case LISTING_TABLE:
		table_show(l, m);
		break;
	case LISTING_LINES:
		line_show(l, m);
		break;
	default:
		json_show(l, m);
		break;
	}
}
