/* SPDX-License-Identifier: ISC */
/* Address fields made fit to leave: qualified, masqueraded, else untouched. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "mail/source.h"
#include "mail/address.h"
#include "mail/words.h"
#include "mail/repair.h"

#define LINE_OCTETS	998u	/* RFC 5322 section 2.1.1 */

/* A field on its way from the block into the new one. */
struct edit {
	struct buf		*out;
	const struct repair	*r;
	const char		*text;		/* of the body */
	size_t			 len;
	size_t			 copied;	/* of the body, so far */
	size_t			 last;		/* behind the last address */
	enum repair_kind	 kind;
	bool			 changed;
};

/* Octets in the last line of b; looks back no further than matters. */
static size_t
column(const struct buf *b)
{
	size_t n = b->len < 2 * LINE_OCTETS ? b->len : 2 * LINE_OCTETS;
	const char *end = b->data + b->len;
	const char *lf = memrchr(end - n, '\n', n);

	return lf == NULL ? n : (size_t)(end - lf) - 1;
}

static bool
is_local(const struct repair *r, const char *domain)
{
	const char *const *name = r->local_names;
	size_t n = strlen(domain);

	if (n > 0 && domain[n - 1] == '.')
		n--;
	for (; name != NULL && *name != NULL; name++)
		if (strlen(*name) == n && strncasecmp(*name, domain, n) == 0)
			return true;
	return false;
}

static bool
is_masked(const struct repair *r, const char *domain)
{
	if (r->from_address == NULL || r->rewrite == REWRITE_NEVER)
		return false;
	return r->rewrite == REWRITE_ALWAYS || *domain == '\0' ||
	    is_local(r, domain);
}

static int
add_address(struct buf *out, const char *address, bool named)
{
	const char *gap = "";

	if (named)
		gap = column(out) + strlen(address) + 3 > LINE_OCTETS ?
		    "\r\n " : " ";
	return buf_printf(out, named ? "%s<%s>\r\n" : "%s%s\r\n", gap,
	    address);
}

static bool
add_name(struct buf *out, const char *name)
{
	return name != NULL && *name != '\0' &&
	    words_phrase(out, name, strlen(name)) == 0;
}

/* Can the display name stay octet for octet?  Not with what has to be quoted
 * or encoded. */
static bool
is_fit(const char *raw, size_t n)
{
	bool encoded = memmem(raw, n, "=?", 2) != NULL;
	size_t i;

	for (i = 0; i < n; i++)
		if ((unsigned char)raw[i] > 0x7f ||
		    (!encoded && source_any(raw[i], "@[].\\")))
			return false;
	return n > 0;
}

static bool
add_old_address(struct buf *out, const struct address *a)
{
	struct buf old;
	bool named;

	buf_init(&old, LIMIT_ADDRESS + LIMIT_DOMAIN + 1);
	named = buf_puts(&old, a->local) == 0 &&
	    (a->bare || (buf_putc(&old, '@') == 0 &&
	    buf_puts(&old, a->domain) == 0)) && add_name(out, old.data);
	buf_free(&old);
	return named;
}

/* The address of who submits, not that of another user or program. */
static bool
is_user(const struct repair *r, const struct address *a)
{
	return r->user != NULL && strcmp(a->local, r->user) == 0 &&
	    (a->bare || is_local(r, a->domain));
}

static int
masquerade(struct edit *e, const struct address *a)
{
	const char *raw = e->text + a->phrase_start;
	size_t n = a->phrase_end - a->phrase_start;
	bool named;

	if (*a->phrase != '\0' && is_fit(raw, n))
		named = buf_add(e->out, raw, n) == 0;
	else
		named = add_name(e->out, a->phrase) ||
		    add_name(e->out, e->r->given_name) ||
		    add_name(e->out, e->r->from_name) ||
		    (is_user(e->r, a) && add_name(e->out, e->r->full_name)) ||
		    add_old_address(e->out, a);
	return add_address(e->out, e->r->from_address, named);
}

static bool
is_address(const struct address *a, const char *wire)
{
	struct outcome o;
	struct buf b;
	bool same;

	buf_init(&b, LIMIT_ADDRESS);
	same = !a->bare && address_wire(&b, a, NULL, &o) == 0 &&
	    strcmp(b.data, wire) == 0;
	buf_free(&b);
	return same;
}

/* Whether the body is one address that is to be replaced; if so, the scanner
 * holds it. */
static bool
is_replaced(const struct edit *e, struct address_scan *s, struct address *a)
{
	struct address_scan next;
	struct address more;
	struct outcome o;
	bool only;

	if (address_next(s, a, &o) != 1 || !is_masked(e->r, a->domain) ||
	    is_address(a, e->r->from_address))
		return false;
	address_scan(&next, e->text, e->len);
	next.pos = s->pos;
	next.group = s->group;
	only = address_next(&next, &more, &o) == 0;
	address_done(&next);
	return only;
}

/* 1: the new body is written; 0: it is not to be. */
static int
replace_sender(struct edit *e)
{
	struct address_scan s;
	struct address a;
	int rc = 0;

	address_scan(&s, e->text, e->len);
	if (is_replaced(e, &s, &a))
		rc = masquerade(e, &a) < 0 ? -1 : 1;
	address_done(&s);
	return rc;
}

static int
copy_to(struct edit *e, size_t to)
{
	size_t from = e->copied;

	e->copied = to;
	return buf_add(e->out, e->text + from, to - from);
}

/* Breaks the line at `mark`, where an element begins, if what follows makes
 * it too long and it is not broken there already. */
static int
fold(struct edit *e, size_t mark, size_t more)
{
	struct source in = { e->text, e->len };
	size_t p, n;

	if (mark < e->copied)
		return 0;
	if (copy_to(e, mark) < 0)
		return -1;
	if (column(e->out) + more <= LINE_OCTETS)
		return 0;
	for (p = mark; (n = source_blank(&in, p)) > 0; p += n)
		if (n > 1)
			return 0;
	return buf_puts(e->out, p > mark ? "\r\n" : "\r\n ");
}

static int
qualify(struct edit *e, const struct address *a, size_t mark)
{
	size_t start = a->start + (e->text[a->start] == '\\' ? 1 : 0);

	if (fold(e, mark, a->end - mark + strlen(e->r->domain) + 1) < 0 ||
	    copy_to(e, a->start) < 0)
		return -1;
	e->copied = start;
	e->changed = true;
	return copy_to(e, a->end) < 0 || buf_putc(e->out, '@') < 0 ||
	    buf_puts(e->out, e->r->domain) < 0 ? -1 : 0;
}

/* Old style lists get their commas. */
static int
separate(struct edit *e, const struct address *a)
{
	if (e->last == 0 ||
	    memchr(e->text + e->last, ';', a->start - e->last) != NULL)
		return 0;
	return copy_to(e, e->last) < 0 || buf_putc(e->out, ',') < 0 ? -1 : 0;
}

/* All bare names of a field; 0: not done (it cannot be parsed, or there are
 * none), 1: done. */
static int
qualify_all(struct edit *e)
{
	struct address_scan s;
	struct address a;
	struct outcome o;
	size_t mark = 0;
	int rc, bad = 0;

	address_scan(&s, e->text, e->len);
	for (; (rc = address_next(&s, &a, &o)) == 1 && bad == 0;
	    mark = s.pos, e->last = a.end) {
		if (s.blanks && e->last > 0 &&
		    e->kind != REPAIR_RECIPIENTS)
			rc = -1;
		/* Without its backslash it would begin an encoded word. */
		if (a.bare && strncmp(e->text + a.start, "\\=?", 3) == 0)
			rc = -1;
		if (s.blanks && rc > 0)
			bad = separate(e, &a);
		if (rc < 0)
			break;
		if (a.bare && bad == 0)
			bad = qualify(e, &a, mark);
	}
	address_done(&s);
	if (bad == 0 && rc == 0 && e->changed)
		bad = copy_to(e, e->len) < 0 || buf_puts(e->out, "\r\n") < 0;
	return bad != 0 ? -1 : rc == 0 && e->changed;
}

int
repair_addresses(struct buf *out, const struct buf *h,
    const struct field *f, enum repair_kind kind, const struct repair *r)
{
	struct edit e = { .out = out, .r = r, .text = h->data + f->body,
		.len = f->body_end - f->body, .kind = kind };
	const char *name = h->data + f->start;
	size_t mark = out->len;
	int rc = 0;

	if (kind == REPAIR_SENDER && r->from_address != NULL) {
		if (buf_add(out, name, f->name_len) < 0 ||
		    buf_puts(out, ": ") < 0 || (rc = replace_sender(&e)) < 0)
			return -1;
		if (rc > 0)
			return 0;
		words_cut(out, mark);
	}
	if (r->domain != NULL) {
		if (buf_add(out, name, f->body - f->start) < 0 ||
		    (rc = qualify_all(&e)) < 0)
			return -1;
		if (rc > 0)
			return 0;
		words_cut(out, mark);
	}
	return buf_add(out, name, f->end - f->start);
}

int
repair_from(struct buf *out, const char *field, const struct repair *r)
{
	const char *address = r->sender, *name = r->full_name;
	const char *at = strrchr(address, '@');
	char daemon[LIMIT_DOMAIN + 20];
	bool named;

	if (r->from_address != NULL && (*address == '\0' ||
	    is_masked(r, at == NULL ? "" : at + 1)))
		address = r->from_address;
	if (*address == '\0') {
		snprintf(daemon, sizeof(daemon), "MAILER-DAEMON@%s",
		    r->domain != NULL ? r->domain : r->id_domain);
		address = daemon;
	}
	if (r->given_name != NULL)
		name = r->given_name;
	else if (r->from_address != NULL && r->from_name != NULL &&
	    strcmp(address, r->from_address) == 0)
		name = r->from_name;
	if (buf_printf(out, "%s: ", field) < 0)
		return -1;
	named = add_name(out, name);
	return add_address(out, address, named);
}
