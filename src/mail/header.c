/* SPDX-License-Identifier: ISC */
/* A header block: field scanner and editor. */
#include <string.h>
#include <strings.h>

#include "mail/header.h"

static bool
name_octet(char c)
{
	return c > ' ' && c < 0x7f && c != ':';
}

static size_t
line_end(const struct buf *h, size_t pos)
{
	const char *lf = memchr(h->data + pos, '\n', h->len - pos);

	return lf == NULL ? h->len : (size_t)(lf - h->data) + 1;
}

/* Behind the last line of the field that begins at pos. */
static size_t
field_end(const struct buf *h, size_t pos)
{
	size_t end = line_end(h, pos);

	while (end < h->len && (h->data[end] == ' ' || h->data[end] == '\t'))
		end = line_end(h, end);
	return end;
}

static size_t
without_line_end(const struct buf *h, size_t from, size_t end)
{
	if (end > from && h->data[end - 1] == '\n')
		end--;
	if (end > from && h->data[end - 1] == '\r')
		end--;
	return end;
}

bool
header_next(const struct buf *h, size_t *pos, struct field *f)
{
	size_t p = *pos;

	if (p >= h->len)
		return false;
	f->start = p;
	f->end = *pos = field_end(h, p);
	f->body_end = without_line_end(h, p, f->end);
	while (p < f->body_end && name_octet(h->data[p]))
		p++;
	f->name_len = p - f->start;
	while (p < f->body_end && strchr(" \t\r\n", h->data[p]) != NULL &&
	    h->data[p] != '\0')
		p++;
	f->body = p + 1;
	if (p >= f->body_end || h->data[p] != ':' || f->name_len == 0) {
		f->name_len = 0;
		f->body = f->start;
	}
	return true;
}

bool
header_is(const struct buf *h, const struct field *f, const char *name)
{
	return f->name_len > 0 && strlen(name) == f->name_len &&
	    strncasecmp(h->data + f->start, name, f->name_len) == 0;
}

bool
header_find(const struct buf *h, const char *name, struct field *f)
{
	size_t pos = 0;

	while (header_next(h, &pos, f))
		if (header_is(h, f, name))
			return true;
	return false;
}

size_t
header_count(const struct buf *h, const char *name)
{
	struct field f;
	size_t pos = 0, n = 0;

	while (header_next(h, &pos, &f))
		if (header_is(h, &f, name))
			n++;
	return n;
}

bool
header_line_is_field(const char *line, size_t n)
{
	size_t p = 0, name;

	while (p < n && name_octet(line[p]))
		p++;
	name = p;
	while (p < n && (line[p] == ' ' || line[p] == '\t'))
		p++;
	if (name == 0)
		return false;
	return p < n ? line[p] == ':' : p > name;
}

static bool
is_one_of(const struct buf *h, const struct field *f,
    const char *const names[])
{
	for (; *names != NULL; names++)
		if (header_is(h, f, *names))
			return true;
	return false;
}

size_t
header_remove(struct buf *h, const char *const names[])
{
	struct field f;
	size_t pos = 0, to = 0, n = 0;

	while (header_next(h, &pos, &f)) {
		if (is_one_of(h, &f, names)) {
			n++;
			continue;
		}
		/* what is moved lies before pos: the scan never sees it */
		if (to != f.start)
			memmove(h->data + to, h->data + f.start,
			    f.end - f.start);
		to += f.end - f.start;
	}
	if (n > 0) {
		h->len = to;
		h->data[to] = '\0';
	}
	return n;
}

int
header_prepend(struct buf *h, const char *lines)
{
	return buf_splice(h, 0, 0, lines, strlen(lines));
}

int
header_append(struct buf *h, const char *lines)
{
	return buf_puts(h, lines);
}

/* A second field of a name in a block means that the next block began. */
static bool
resent_seen(const struct buf *h, const struct field *f, unsigned *seen)
{
	static const char *const names[] = { "Resent-Date", "Resent-From",
		"Resent-Sender", "Resent-To", "Resent-Cc", "Resent-Bcc",
		"Resent-Message-ID", "Resent-Reply-To" };
	unsigned i, bit;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!header_is(h, f, names[i]))
			continue;
		bit = 1u << i;
		if (*seen & bit)
			return true;
		*seen |= bit;
	}
	return false;
}

bool
header_resent(const struct buf *h, size_t *start, size_t *end)
{
	struct field f;
	size_t pos = 0;
	unsigned seen = 0;
	bool found = false;

	while (header_next(h, &pos, &f)) {
		if (found && (header_is(h, &f, "Received") ||
		    header_is(h, &f, "Return-Path")))
			break;
		if (f.name_len <= 7 ||
		    strncasecmp(h->data + f.start, "Resent-", 7) != 0)
			continue;
		if (resent_seen(h, &f, &seen))
			break;
		if (!found)
			*start = f.start;
		*end = f.end;
		found = true;
	}
	return found;
}
