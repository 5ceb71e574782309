/* SPDX-License-Identifier: ISC */
/* From the first header to the last delimiter, each part once to look and
 * once to write. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "mail/downgrade.h"
#include "mail/encode.h"
#include "mail/entity.h"
#include "mail/mime.h"
#include "mail/parts.h"
#include "mail/sink.h"

#define LINE	998u
/* So many escaped octets do not make a text unreadable. */
#define FEW	64u
/* What one step of encoding takes; what it can become fits the sink. */
#define PIECE	8192u

struct work {
	const struct message *m;
	unsigned	 what;
	const char	*directory;
	struct message	*out;
	struct parts	 parts;
	struct sink	 sink;
	struct entity	 e;		/* the one being worked on */
	off_t		 body;		/* its body */
	bool		 blank;		/* a blank line stands before it */
	bool		 done;
	off_t		 at;		/* where the next one begins */
};

/* How a stretch of content is written. */
struct plan {
	struct edit	 edit;
	bool		 blank;		/* behind the header, even if there
					 * was no blank line */
	bool		 encode;
	enum encode_how	 how;
};

/* Conversion required but not supported (RFC 3463 section 3.7). */
static int
refuse(struct outcome *o, const char *words)
{
	static const uint16_t codes[3] = { 5, 6, 3 };

	outcome_fail(o, FAULT_REFUSED, STAGE_MESSAGE, "%s", words);
	outcome_codes(o, 0, codes);
	return -1;
}

static bool
needs(const struct work *w, const struct facts *f)
{
	return (w->what & MIME_BODY7 && f->eightbit) ||
	    (w->what & MIME_LINES && f->longest > LINE);
}

/* `who` would have to be changed for what it has. */
static int
refuse_change(const struct work *w, const char *who, const struct facts *f,
    struct outcome *o)
{
	bool eight = w->what & MIME_BODY7 && f->eightbit;
	char words[LIMIT_WORDS];

	snprintf(words, sizeof(words), "%s has %s, and to change it would "
	    "damage it", who, eight ? "8-bit text, which the server does not "
	    "take" : "a line of more than 998 octets");
	refuse(o, words);
	return outcome_advise(o, "%s", eight ? "use a server that offers "
	    "8BITMIME" : "write lines of at most 998 octets");
}

static const char *
charset(const struct facts *f)
{
	if (!f->eightbit)
		return "us-ascii";
	return facts_all_utf8(f) ? "utf-8" : "unknown-8bit";
}

/* Text stays readable unless it is mostly something else; the line ends of
 * other content are not lines' (RFC 2045 section 6.7), unless it is nearly
 * all text. */
static enum encode_how
choose(const struct media *t, const struct stretch *s)
{
	uint64_t n = (uint64_t)(s->end - s->from);
	bool text = strcmp(t->type, "text") == 0 ||
	    strcmp(t->type, "message") == 0 ||
	    strcmp(t->type, "multipart") == 0;

	return s->escapes <= (text ? n / 3 + FEW : n / 16) ?
	    ENCODE_QUOTED : ENCODE_BASE64;
}

static void
plan_encoding(const struct work *w, const struct stretch *s, struct plan *p)
{
	p->how = choose(&w->e.media, s);
	p->edit.encoding = p->how == ENCODE_BASE64 ? "base64" :
	    "quoted-printable";
	p->edit.charset = charset(&s->facts);
	p->edit.version = w->e.message;
	p->edit.retype = w->e.kind == ENTITY_PARTS;
}

/* For content that is a leaf, or for one that cannot be changed. */
static int
plan_leaf(const struct work *w, const struct stretch *s, struct plan *p,
    struct outcome *o)
{
	const struct entity *e = &w->e;
	char who[80];

	if (!needs(w, &s->facts)) {
		if (w->what & MIME_BODY7 && e->media.eight &&
		    s->facts.longest <= LINE)
			p->edit.encoding = "7bit";
		return 0;
	}
	if (e->kind == ENTITY_SEALED)
		return refuse_change(w, e->words, &s->facts, o);
	if (e->media.encoding == MEDIA_STRANGE) {
		snprintf(who, sizeof(who), "a part encoded as \"%s\"",
		    e->media.said);
		return refuse_change(w, who, &s->facts, o);
	}
	p->encode = p->blank = true;
	if (e->media.encoding == MEDIA_QUOTED)
		p->how = ENCODE_REQUOTED;
	else if (e->media.encoding == MEDIA_BASE64)
		p->how = ENCODE_REWRAPPED;
	else
		plan_encoding(w, s, p);
	return 0;
}

/* A part's header counts as body: what is left in it that the server does
 * not take cannot go there. */
static bool
header_fits(const struct work *w, const struct buf *h)
{
	struct facts f;

	facts_begin(&f);
	facts_note(&f, h->data, h->len);
	return !needs(w, &f);
}

static int
write_header(struct work *w, const struct buf *h, bool blank,
    struct outcome *o)
{
	if (w->e.top) {
		if (message_open(w->out, w->directory, o) < 0)
			return -1;
		return sink_open(&w->sink, w->out, h, o);
	}
	if (!header_fits(w, h))
		return refuse(o, "the header of an attached part or message "
		    "cannot be written in ASCII and short lines");
	if (sink_write(&w->sink, h->data, h->len, o) < 0)
		return -1;
	return w->blank || blank ? sink_write(&w->sink, "\r\n", 2, o) : 0;
}

/* Edits the entity's header, makes it fit and writes it; there are never
 * three of it. */
static int
put_header(struct work *w, const struct plan *p, struct outcome *o)
{
	struct buf edited, fit;
	unsigned ascii = w->e.top ? MIME_HEADER7 : MIME_HEADER7 | MIME_BODY7;
	int r;

	buf_init(&edited, 2 * (size_t)LIMIT_HEADER);
	buf_init(&fit, 2 * (size_t)LIMIT_HEADER);
	r = entity_edit(&edited, &w->e.h, &p->edit);
	buf_free(&w->e.h);
	if (r < 0 || downgrade_header(&fit, &edited, (w->what & ascii) != 0,
	    (w->what & MIME_LINES) != 0) < 0)
		r = refuse(o, "a header is too large once it is encoded");
	else
		r = write_header(w, &fit, p->blank, o);
	buf_free(&fit);
	buf_free(&edited);
	return r;
}

static int
put_raw(struct work *w, off_t at, off_t end, struct outcome *o)
{
	const char *s;
	size_t n;

	for (; at < end; at += (off_t)n) {
		s = parts_view(&w->parts, at, &n, o);
		if (s == NULL)
			return -1;
		if ((off_t)n > end - at)
			n = (size_t)(end - at);
		if (sink_write(&w->sink, s, n, o) < 0)
			return -1;
	}
	return 0;
}

static int
put_encoded(struct work *w, const struct stretch *s, struct encode *e,
    struct outcome *o)
{
	off_t at = s->from;
	const char *p;
	char *to;
	size_t n;

	for (; at < s->end; at += (off_t)n) {
		p = parts_view(&w->parts, at, &n, o);
		to = sink_room(&w->sink, ENCODE_ROOM(PIECE), o);
		if (p == NULL || to == NULL)
			return -1;
		if (n > PIECE)
			n = PIECE;
		if ((off_t)n > s->end - at)
			n = (size_t)(s->end - at);
		sink_used(&w->sink, encode_run(e, p, n, to));
	}
	to = sink_room(&w->sink, ENCODE_ROOM(0), o);
	if (to == NULL)
		return -1;
	sink_used(&w->sink, encode_end(e, s->level < 0, to));
	return 0;
}

static int
put_content(struct work *w, const struct stretch *s, const struct plan *p,
    struct outcome *o)
{
	struct encode e;

	if (!p->encode)
		return put_raw(w, s->from, s->end, o);
	encode_begin(&e, p->how);
	e.seven = (w->what & MIME_BODY7) != 0;
	e.lines = (w->what & MIME_LINES) != 0;
	return put_encoded(w, s, &e, o);
}

/* What stands before the first part or behind the last. */
static int
put_aside(struct work *w, const struct stretch *s, struct outcome *o)
{
	struct plan p = { .encode = needs(w, &s->facts), .how = ENCODE_ROUGH };

	return put_content(w, s, &p, o);
}

static int
put_delimiter(struct work *w, const struct stretch *s, struct outcome *o)
{
	const struct level *l = &w->parts.level[s->level];

	if (s->next - s->mark - 2 <= (off_t)LINE || !(w->what & MIME_LINES))
		return put_raw(w, s->end, s->next, o);
	/* Blanks make it too long. */
	if (put_raw(w, s->end, s->mark + 2 + (off_t)l->len, o) < 0)
		return -1;
	return sink_write(&w->sink, s->close ? "--\r\n" : "\r\n",
	    s->close ? 4 : 2, o);
}

/* Behind a stretch of content: to the next part's header. */
static int
go_on(struct work *w, struct stretch *s, struct outcome *o)
{
	while (s->level >= 0) {
		w->parts.depth = (size_t)s->level + !s->close;
		w->at = s->next;
		if (put_delimiter(w, s, o) < 0)
			return -1;
		if (!s->close)
			return 0;
		if (parts_scan(&w->parts, s->next, s, o) < 0 ||
		    put_aside(w, s, o) < 0)
			return -1;
	}
	w->done = true;
	return 0;
}

/* Can a boundary stand in delimiter lines as the server wants them? */
static bool
good_boundary(const struct work *w)
{
	const struct media *t = &w->e.media;

	return t->boundary_len > 0 && !(w->what & (MIME_BODY7 |
	    MIME_HEADER7) && facts_eightbit(t->boundary, t->boundary_len));
}

/* Looks for the first delimiter of the multipart the body seems to be; when
 * there is none, s is the whole body. */
static int
enter(struct work *w, struct stretch *s, bool *entered, struct outcome *o)
{
	*entered = false;
	if (!good_boundary(w))
		return parts_scan(&w->parts, w->body, s, o);
	if (!parts_enter(&w->parts, &w->e.media)) {
		w->e.kind = ENTITY_SEALED;
		w->e.words = "a part inside too many others";
		return parts_scan(&w->parts, w->body, s, o);
	}
	if (parts_scan(&w->parts, w->body, s, o) < 0)
		return -1;
	*entered = s->level + 1 == (int)w->parts.depth && !s->close;
	if (*entered)
		return 0;
	w->parts.depth--;
	return s->level < (int)w->parts.depth ? 0 :
	    parts_scan(&w->parts, w->body, s, o);
}

static void
plan_container(const struct work *w, struct plan *p)
{
	if (w->what & MIME_BODY7 && w->e.media.eight)
		p->edit.encoding = "7bit";
	p->edit.version = w->e.top;
}

static int
do_message(struct work *w, struct outcome *o)
{
	struct plan p = { .blank = true };

	plan_container(w, &p);
	w->at = w->body;
	return put_header(w, &p, o);
}

static int
do_content(struct work *w, struct outcome *o)
{
	struct plan p = { .blank = false };
	struct stretch s;
	bool entered = false;
	int r;

	r = w->e.kind == ENTITY_PARTS ? enter(w, &s, &entered, o) :
	    parts_scan(&w->parts, w->body, &s, o);
	if (r < 0)
		return -1;
	if (entered) {
		plan_container(w, &p);
		p.blank = needs(w, &s.facts);
	} else if (plan_leaf(w, &s, &p, o) < 0)
		return -1;
	if (put_header(w, &p, o) < 0)
		return -1;
	if ((entered ? put_aside(w, &s, o) : put_content(w, &s, &p, o)) < 0)
		return -1;
	return go_on(w, &s, o);
}

/* The message's own header is where it says, whatever lines it has. */
static int
read_top(struct work *w, struct outcome *o)
{
	size_t n = (size_t)(w->m->body - 2 - w->m->start);
	char *to = buf_room(&w->e.h, n);

	w->body = w->m->body;
	w->blank = true;
	if (to == NULL)
		return refuse(o, "the header is too large");
	if (file_pread(w->m->fd, to, n, w->m->start) < 0)
		return outcome_errno(o, FAULT_OS, STAGE_MESSAGE,
		    "cannot read the message back");
	w->e.h.len = n;
	to[n] = '\0';
	return 0;
}

static int
do_entity(struct work *w, bool top, bool message, struct outcome *o)
{
	const struct parts *p = &w->parts;
	int r;

	w->e.top = top;
	w->e.message = message;
	buf_init(&w->e.h, top ? LIMIT_HEADER : PARTS_HEADER);
	r = top ? read_top(w, o) : parts_header(&w->parts, w->at, &w->e.h,
	    &w->body, &w->blank, o);
	if (r == 0) {
		entity_read(&w->e, !message && p->depth > 0 &&
		    p->level[p->depth - 1].digest);
		r = w->e.kind == ENTITY_MESSAGE ? do_message(w, o) :
		    do_content(w, o);
	}
	buf_free(&w->e.h);
	return r;
}

int
mime_convert(const struct message *m, unsigned what, const char *directory,
    struct message *out, struct outcome *o)
{
	struct work w = { .m = m, .what = what, .directory = directory,
		.out = out };
	bool top = true, message = true;
	int r = 0;

	out->fd = -1;
	parts_open(&w.parts, m);
	while (r == 0 && !w.done) {
		r = do_entity(&w, top, message, o);
		message = w.e.kind == ENTITY_MESSAGE;
		top = false;
	}
	if (r == 0)
		r = sink_end(&w.sink, o);
	sink_free(&w.sink);
	parts_free(&w.parts);
	if (r < 0)
		message_close(out);
	return r;
}
