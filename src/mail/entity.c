/* SPDX-License-Identifier: ISC */
/* One entity of a MIME message. */
#include <string.h>

#include "mail/entity.h"
#include "mail/header.h"

/* NULL subtype: any.  What is signed must stay as it is (RFC 1847 section
 * 2.1, RFC 3156 section 3); fragments and references are 7-bit by definition
 * (RFC 2046 sections 5.2.2 and 5.2.3). */
static const struct {
	const char		*type, *subtype;
	enum entity_kind	 kind;
	const char		*words;
} kinds[] = {
	{ "multipart", "signed", ENTITY_SEALED, "a signed part" },
	{ "multipart", "encrypted", ENTITY_SEALED, "an encrypted part" },
	{ "multipart", NULL, ENTITY_PARTS, NULL },
	{ "message", "rfc822", ENTITY_MESSAGE, NULL },
	{ "message", "global", ENTITY_MESSAGE, NULL },
	{ "message", "partial", ENTITY_SEALED, "a piece of a message" },
	{ "message", "external-body", ENTITY_SEALED,
	    "a reference to a text elsewhere" }
};

void
entity_read(struct entity *e, bool digest)
{
	struct media *t = &e->media;
	size_t i;

	media_read(t, &e->h);
	if (digest && !t->typed) {
		strcpy(t->type, "message");
		strcpy(t->subtype, "rfc822");
	}
	e->kind = ENTITY_LEAF;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].subtype == NULL ?
		    strcmp(t->type, kinds[i].type) == 0 :
		    media_is(t, kinds[i].type, kinds[i].subtype))
			break;
	if (i == sizeof(kinds) / sizeof(kinds[0]))
		return;
	e->kind = kinds[i].kind;
	e->words = kinds[i].words;
	/* Nobody looks for parts in base64 (RFC 2045 section 6.4 forbids it);
	 * an encoded message is a leaf (RFC 6532 section 3.5).  A word that
	 * nobody knows keeps nobody from looking. */
	if (t->encoding == MEDIA_PLAIN || t->encoding == MEDIA_STRANGE ||
	    e->kind == ENTITY_SEALED)
		return;
	e->kind = e->kind == ENTITY_PARTS ? ENTITY_SEALED : ENTITY_LEAF;
	e->words = "a multipart that is said to be encoded";
}

static int
add_field(struct buf *out, const char *name, const char *value)
{
	if (buf_puts(out, name) < 0 || buf_puts(out, value) < 0)
		return -1;
	return buf_puts(out, "\r\n");
}

/* One field of h; *encoded: the encoding has been said. */
static int
edit_field(struct buf *out, const struct buf *h, const struct field *f,
    const struct edit *edit, bool *encoded)
{
	if (edit->encoding != NULL &&
	    header_is(h, f, "Content-Transfer-Encoding")) {
		if (*encoded)
			return 0;
		*encoded = true;
		return add_field(out, "Content-Transfer-Encoding: ",
		    edit->encoding);
	}
	if (edit->retype && header_is(h, f, "Content-Type") &&
	    buf_puts(out, "X-Original-") < 0)
		return -1;
	return buf_add(out, h->data + f->start, f->end - f->start);
}

int
entity_edit(struct buf *out, const struct buf *h, const struct edit *edit)
{
	struct field f;
	size_t pos = 0;
	bool encoded = false;

	while (header_next(h, &pos, &f))
		if (edit_field(out, h, &f, edit, &encoded) < 0)
			return -1;
	if (edit->version && !header_find(h, "MIME-Version", &f) &&
	    add_field(out, "MIME-Version: ", "1.0") < 0)
		return -1;
	if (edit->charset != NULL && (edit->retype ||
	    !header_find(h, "Content-Type", &f)) && add_field(out,
	    "Content-Type: text/plain; charset=", edit->charset) < 0)
		return -1;
	if (edit->encoding == NULL || encoded)
		return 0;
	return add_field(out, "Content-Transfer-Encoding: ", edit->encoding);
}
