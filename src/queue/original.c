/* SPDX-License-Identifier: ISC */
/* What a notice wants to know of the message it is about. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/limits.h"
#include "mail/header.h"
#include "mail/words.h"
#include "queue/original.h"

#define ID_OCTETS	800u		/* of a Message-ID worth a reference */

int
original_read(const struct entry *e, struct buf *h, struct outcome *o)
{
	const struct message *m = &e->message;
	size_t n = m->body - 2 > m->start ? (size_t)(m->body - 2 - m->start) :
	    0;
	char *room, *lf;

	buf_init(h, LIMIT_HEADER);
	if (n > LIMIT_HEADER)
		n = LIMIT_HEADER;
	room = buf_room(h, n);
	if (file_pread(m->fd, room, n, m->start) < 0)
		return outcome_errno(o, FAULT_OS, STAGE_INPUT,
		    "cannot read the message %s back", e->id);
	lf = memrchr(room, '\n', n);
	h->len = lf == NULL ? 0 : (size_t)(lf - room) + 1;
	if (h->cap > 0)
		h->data[h->len] = '\0';
	return 0;
}

/* Behind blanks, line ends and comments. */
static size_t
skip(const struct buf *h, size_t p, size_t end)
{
	unsigned depth = 0;

	for (; p < end; p++) {
		char c = h->data[p];

		if (c == '(')
			depth++;
		else if (c == ')' && depth > 0)
			depth--;
		else if (c == '\\' && depth > 0)
			p++;
		else if (depth == 0 && (c == '\0' ||
		    strchr(" \t\r\n", c) == NULL))
			break;
	}
	return p < end ? p : end;
}

/* Is the first word of the field's body this one? */
static bool
says(const struct buf *h, const struct field *f, const char *word)
{
	size_t p = skip(h, f->body, f->body_end), n = strlen(word);

	return f->body_end - p >= n &&
	    strncasecmp(h->data + p, word, n) == 0 &&
	    (p + n == f->body_end ||
	    strchr(" \t\r\n;(", h->data[p + n]) != NULL);
}

/* Fields that tell an automatic message (RFC 3834 section 2). */
static bool
is_automatic(const struct buf *h, const struct field *f)
{
	static const struct {
		const char *name, *word;
	} marks[] = {
		{ "Precedence", "bulk" }, { "Precedence", "list" },
		{ "Precedence", "junk" }, { "X-Loop", ORIGINAL_LOOP },
		{ "Content-Type", "multipart/report" },
	};
	size_t i;

	if (header_is(h, f, "Auto-Submitted"))
		return !says(h, f, "no") &&
		    skip(h, f->body, f->body_end) < f->body_end;
	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (header_is(h, f, marks[i].name) &&
		    says(h, f, marks[i].word))
			return true;
	return false;
}

bool
original_automatic(const struct buf *h)
{
	struct field f;
	size_t pos = 0;

	while (header_next(h, &pos, &f))
		if (is_automatic(h, &f))
			return true;
	return false;
}

bool
original_utf8(const struct buf *h)
{
	return words_utf8(h->data, h->len);
}

size_t
original_id(const struct buf *h, const char **id)
{
	struct field f;
	const char *p;
	size_t at = 0, n = 0, start;

	if (header_count(h, "Message-ID") != 1 ||
	    !header_find(h, "Message-ID", &f))
		return 0;
	start = skip(h, f.body, f.body_end);
	p = h->data + start;
	while (start + n < f.body_end && p[n] > ' ' && p[n] < 0x7f &&
	    (n == 0 || (p[n] != '<' && p[n - 1] != '>'))) {
		at += p[n] == '@' && n > 1;
		n++;
	}
	if (n < 5 || n > ID_OCTETS || p[0] != '<' || p[n - 1] != '>' ||
	    at != 1 || p[n - 2] == '@' ||
	    skip(h, start + n, f.body_end) < f.body_end)
		return 0;
	*id = p;
	return n;
}
