/* SPDX-License-Identifier: ISC */
/* What an alias stands for, one by one. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "mail/members.h"
#include "mail/source.h"

#define INCLUDE ":include:"

/* Where a member's text is taken apart. */
struct cut {
	bool		quoted;
	unsigned	comments;	/* depth */
	bool		angle;
	const char	*fault;		/* words, or NULL */
};

void
members_scan(struct members *m, const char *text, size_t n, unsigned line,
    bool lines)
{
	memset(m, 0, sizeof(*m));
	m->text = text;
	m->len = n;
	m->line = m->next = line;
	m->lines = lines;
	buf_init(&m->item, 4 * LIMIT_ADDRESS);
}

void
members_done(struct members *m)
{
	if (m->scanning)
		address_done(&m->scan);
	m->scanning = false;
	buf_free(&m->item);
}

bool
members_literal(const char *text, size_t n, size_t start)
{
	if (start < n && text[start] == '"')
		start++;
	return start + 1 < n && text[start] == '\\' &&
	    isalnum((unsigned char)text[start + 1]);
}

/* ---- One member's text --------------------------------------------------- */

static void
members_put(struct members *m, struct cut *c, char octet)
{
	if (buf_putc(&m->item, octet) < 0)
		c->fault = "it is too long";
}

/* A '#' that begins a comment, outside of quotes: up to the line's end. */
static bool
members_comment(struct members *m)
{
	const char *end;

	if (m->text[m->pos] != '#' ||
	    (m->pos > 0 && !source_any(m->text[m->pos - 1], " \t\n")))
		return false;
	end = memchr(m->text + m->pos, '\n', m->len - m->pos);
	m->pos = end != NULL ? (size_t)(end - m->text) : m->len;
	return true;
}

/* Behind a line's end.  true: the member ends there. */
static bool
members_line(struct members *m, struct cut *c)
{
	m->next++;
	m->pos++;
	if (c->quoted)
		c->fault = "its quotes are not closed";
	c->quoted = false;
	if (m->item.len > 0)
		members_put(m, c, ' ');
	else
		m->line = m->next;
	return m->lines;
}

/* What of quotes, comments and brackets the octet opens and closes. */
static void
members_track(struct cut *c, char octet)
{
	if (octet == '"' && c->comments == 0)
		c->quoted = !c->quoted;
	else if (c->quoted)
		return;
	else if (octet == '(')
		c->comments++;
	else if (octet == ')' && c->comments > 0)
		c->comments--;
	else if (octet == '<' && c->comments == 0)
		c->angle = true;
	else if (octet == '>' && c->comments == 0)
		c->angle = false;
}

/* One octet that ends no member. */
static void
members_octet(struct members *m, struct cut *c)
{
	char octet = m->text[m->pos++];

	if (octet == '\r' && (m->pos == m->len || m->text[m->pos] == '\n'))
		return;
	if (source_control(octet) && octet != '\t') {
		c->fault = "it has a control character";
		return;
	}
	if (m->item.len == 0 && source_any(octet, " \t"))
		return;
	members_track(c, octet);
	members_put(m, c, octet);
	/* What is escaped opens and closes nothing. */
	if (octet == '\\' && m->pos < m->len &&
	    !source_control(m->text[m->pos]))
		members_put(m, c, m->text[m->pos++]);
}

/* The next member's text into m->item; false at the end. */
static bool
members_cut(struct members *m, struct cut *c)
{
	memset(c, 0, sizeof(*c));
	buf_clear(&m->item);
	m->line = m->next;
	while (m->pos < m->len) {
		if (!c->quoted && c->comments == 0 && members_comment(m))
			continue;
		if (m->text[m->pos] == '\n') {
			if (members_line(m, c) && m->item.len > 0)
				break;
		} else if (m->text[m->pos] == ',' && !c->quoted &&
		    c->comments == 0 && !c->angle) {
			m->pos++;
			if (m->item.len > 0 || c->fault != NULL)
				break;
		} else
			members_octet(m, c);
	}
	if (c->quoted && c->fault == NULL)
		c->fault = "its quotes are not closed";
	while (m->item.len > 0 &&
	    source_any(m->item.data[m->item.len - 1], " \t"))
		m->item.data[--m->item.len] = '\0';
	return m->item.len > 0 || c->fault != NULL;
}

/* ---- What it is ---------------------------------------------------------- */

static int
members_fail(const struct members *m, const char *why, struct outcome *o)
{
	/* A list is somebody's file, or a link to another one's: what stands
	 * in it is not repeated to who happens to write to it. */
	if (m->lines)
		return outcome_fail(o, FAULT_CONFIG, STAGE_CONFIG, "%s", why);
	return outcome_fail(o, FAULT_CONFIG, STAGE_CONFIG, "\"%.200s\": %s",
	    m->item.data, why);
}

/* The path behind :include:, which quotes may stand around. */
static int
members_include(struct members *m, struct member *member, struct outcome *o)
{
	struct buf *b = &m->item;

	if (b->data[0] == '"') {
		if (b->len < 2 || b->data[b->len - 1] != '"')
			return members_fail(m, "its quotes are not closed", o);
		b->data[--b->len] = '\0';
		buf_drop(b, 1);
	}
	buf_drop(b, strlen(INCLUDE));
	buf_drop(b, strspn(b->data, " \t"));
	if (b->data[0] != '/')
		return members_fail(m, "the path of :include: is not absolute",
		    o);
	member->path = b->data;
	return 1;
}

/* 2: it is left to the scanner of addresses. */
static int
members_special(struct members *m, struct member *member, struct outcome *o)
{
	const char *s = m->item.data;

	if (*s == '"')
		s++;
	if (*s == '|')
		return members_fail(m, "programs are not run, mail goes to "
		    "the smarthost only", o);
	if (*s == '/' && strchr(s, '@') == NULL)
		return members_fail(m, "files are not written, mail goes to "
		    "the smarthost only", o);
	if (strncasecmp(s, INCLUDE, strlen(INCLUDE)) != 0)
		return 2;
	if (m->lines)
		return members_fail(m, "a list cannot include another", o);
	return members_include(m, member, o);
}

/* The next address in the item: as members_next. */
static int
members_address(struct members *m, struct member *member, struct outcome *o)
{
	struct outcome why;
	int r = address_next(&m->scan, &member->address, &why);

	if (r > 0)
		member->literal = members_literal(m->item.data, m->item.len,
		    member->address.start);
	else {
		address_done(&m->scan);
		m->scanning = false;
	}
	if (r < 0)
		outcome_fail(o, FAULT_CONFIG, STAGE_CONFIG, "%s", m->lines ?
		    "it is no address" : why.text);
	return r;
}

int
members_next(struct members *m, struct member *member, struct outcome *o)
{
	struct cut c;
	int r = 0;

	memset(member, 0, sizeof(*member));
	while (r == 0) {
		if (m->scanning) {
			r = members_address(m, member, o);
			continue;
		}
		if (!members_cut(m, &c))
			return 0;
		if (c.fault != NULL)
			return members_fail(m, c.fault, o);
		r = members_special(m, member, o);
		if (r != 2)
			continue;
		address_scan(&m->scan, m->item.data, m->item.len);
		m->scanning = true;
		r = 0;
	}
	return r;
}
