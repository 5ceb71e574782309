/* SPDX-License-Identifier: ISC */
/* Header fields made fit for servers that take ASCII and short lines only. */
#include <string.h>

#include "mail/downgrade.h"
#include "mail/header.h"
#include "mail/parameters.h"
#include "mail/phrases.h"
#include "mail/weave.h"
#include "mail/words.h"

/* A line longer than this can pass the limit once it is encoded. */
#define LINE_GROWS	300u

enum form {
	FORM_TEXT,
	FORM_ADDRESSES,
	FORM_PHRASES,
	FORM_PARAMETERS,
	FORM_TOKENS
};

/* Fields that are no text. */
static const struct {
	const char	*name;
	enum form	 form;
} forms[] = {
	{ "From", FORM_ADDRESSES },
	{ "Sender", FORM_ADDRESSES },
	{ "Reply-To", FORM_ADDRESSES },
	{ "To", FORM_ADDRESSES },
	{ "Cc", FORM_ADDRESSES },
	{ "Bcc", FORM_ADDRESSES },
	{ "Resent-From", FORM_ADDRESSES },
	{ "Resent-Sender", FORM_ADDRESSES },
	{ "Resent-Reply-To", FORM_ADDRESSES },
	{ "Resent-To", FORM_ADDRESSES },
	{ "Resent-Cc", FORM_ADDRESSES },
	{ "Resent-Bcc", FORM_ADDRESSES },
	{ "Apparently-To", FORM_ADDRESSES },
	{ "Disposition-Notification-To", FORM_ADDRESSES },
	{ "Errors-To", FORM_ADDRESSES },
	{ "Mail-Followup-To", FORM_ADDRESSES },
	{ "Mail-Reply-To", FORM_ADDRESSES },
	{ "Return-Receipt-To", FORM_ADDRESSES },
	{ "Keywords", FORM_PHRASES },
	{ "List-Id", FORM_PHRASES },
	{ "Content-Type", FORM_PARAMETERS },
	{ "Content-Disposition", FORM_PARAMETERS },
	{ "ARC-Authentication-Results", FORM_TOKENS },
	{ "ARC-Message-Signature", FORM_TOKENS },
	{ "ARC-Seal", FORM_TOKENS },
	{ "Authentication-Results", FORM_TOKENS },
	{ "Autocrypt", FORM_TOKENS },
	{ "Content-ID", FORM_TOKENS },
	{ "Content-Language", FORM_TOKENS },
	{ "Content-Location", FORM_TOKENS },
	{ "Content-Transfer-Encoding", FORM_TOKENS },
	{ "DKIM-Signature", FORM_TOKENS },
	{ "Date", FORM_TOKENS },
	{ "In-Reply-To", FORM_TOKENS },
	{ "List-Archive", FORM_TOKENS },
	{ "List-Help", FORM_TOKENS },
	{ "List-Owner", FORM_TOKENS },
	{ "List-Post", FORM_TOKENS },
	{ "List-Subscribe", FORM_TOKENS },
	{ "List-Unsubscribe", FORM_TOKENS },
	{ "List-Unsubscribe-Post", FORM_TOKENS },
	{ "MIME-Version", FORM_TOKENS },
	{ "Message-ID", FORM_TOKENS },
	{ "Received", FORM_TOKENS },
	{ "Received-SPF", FORM_TOKENS },
	{ "References", FORM_TOKENS },
	{ "Resent-Date", FORM_TOKENS },
	{ "Resent-Message-ID", FORM_TOKENS },
	{ "Return-Path", FORM_TOKENS },
	{ "TLS-Required", FORM_TOKENS },
};

static enum form
form_of(const struct buf *h, const struct field *f)
{
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (header_is(h, f, forms[i].name))
			return forms[i].form;
	return FORM_TEXT;
}

/* The longest line of n octets, without CRLF. */
static size_t
longest_line(const char *s, size_t n)
{
	const char *end = s + n, *lf;
	size_t longest = 0, len;

	for (; s < end; s = lf + 1) {
		lf = memchr(s, '\n', (size_t)(end - s));
		if (lf == NULL)
			lf = end;
		len = (size_t)(lf - s);
		if (lf < end && len > 0 && lf[-1] == '\r')
			len--;
		if (len > longest)
			longest = len;
	}
	return longest;
}

static void
weave_field(struct weave *w, const struct buf *h, const struct field *f)
{
	const char *body = h->data + f->body;
	size_t n = f->body_end - f->body;

	weave_raw(w, h->data + f->start, f->body - f->start);
	w->begun = false;
	switch (form_of(h, f)) {
	case FORM_TEXT:
		weave_words(w, WEAVE_TEXT, body, n);
		break;
	case FORM_ADDRESSES:
	case FORM_PHRASES:
		phrases_weave(w, form_of(h, f) == FORM_PHRASES, body, n);
		break;
	case FORM_PARAMETERS:
		parameters_weave(w, body, n);
		break;
	case FORM_TOKENS:
		weave_words(w, WEAVE_LEFT, body, n);
		break;
	}
	weave_raw(w, h->data + f->body_end, f->end - f->body_end);
}

int
downgrade_header(struct buf *out, const struct buf *h, bool ascii, bool lines)
{
	struct weave w;
	struct field f;
	size_t pos = 0, n, longest;

	while (header_next(h, &pos, &f)) {
		n = f.end - f.start;
		memset(&w, 0, sizeof(w));
		w.out = out;
		w.ascii = ascii && !words_ascii(h->data + f.start, n);
		longest = lines || w.ascii ?
		    longest_line(h->data + f.start, n) : 0;
		w.lines = (lines && longest > WEAVE_LINE) ||
		    (w.ascii && longest > LINE_GROWS);
		if (f.name_len == 0 || (!w.ascii && !w.lines))
			weave_raw(&w, h->data + f.start, n);
		else
			weave_field(&w, h, &f);
		if (w.full)
			return -1;
	}
	return 0;
}
