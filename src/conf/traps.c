/* SPDX-License-Identifier: ISC */
/* What libconfuse would take without a word is refused here. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "conf/traps.h"

/* What may come next. */
enum expect {
	EXPECT_KEY,
	EXPECT_REST,		/* of what a key began: '=', '{', '(', name */
	EXPECT_VALUE,
	EXPECT_LIST		/* values, commas and the end of the list */
};

struct traps {
	struct draft	*d;
	char		*p, *end;
	int		 line;
	enum expect	 expect;
	enum section	 section;
	int		 opened;	/* line where the section began */
	int		 list;		/* line where the list began */
	bool		 empty;		/* the list, so far */
	bool		 text;		/* the last token was a value of the
					 * list, or the section's name */
	const struct key *key;		/* the last one */
	int		 key_line;
	bool		 seen[KEYS];	/* in this section */
	bool		 secret;
};

#define WORD_END " \t\r\n#\"'={}()+,*"
#define KEY_CHARS "abcdefghijklmnopqrstuvwxyz" \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

/* A name in the file we may repeat: never more than what could be a key. */
static int
traps_unknown(struct traps *t, const char *word, size_t n)
{
	const char *nearest, *where = keys_section(t->section);
	const struct key *k;
	size_t len = strspn(word, KEY_CHARS);

	if (len > n)
		len = n;
	if (t->key != NULL && t->key->kind == KIND_SECRET &&
	    t->key_line == t->line)
		return draft_fail(t->d, t->line, "more stands behind the "
		    "value of %s: put it in single quotes", t->key->name);
	if (len == 0)
		return draft_fail(t->d, t->line, "expected a key, found "
		    "\"%c\"", isgraph((unsigned char)*word) ? *word : '?');
	nearest = keys_nearest(t->section, word, len);
	k = len == n ? keys_anywhere(word, n) : NULL;
	draft_fail(t->d, t->line, "there is no key \"%.*s%s\"%s%s",
	    len > 40 ? 40 : (int)len, word, len < n ? "..." : "",
	    *where != '\0' ? " in " : " at the top level", where);
	if (k != NULL && k->section == SECTION_TOP)
		return outcome_advise(t->d->o, "it belongs at the top level; "
		    "is a } missing above?");
	if (k != NULL)
		return outcome_advise(t->d->o, "it belongs inside %s%s { }",
		    keys_section(k->section), k->section == SECTION_ACCOUNT ?
		    " \"NAME\"" : "");
	if (nearest != NULL)
		return outcome_advise(t->d->o, "did you mean \"%s\"?",
		    nearest);
	return -1;
}

static int
traps_key(struct traps *t, const char *word, size_t n)
{
	const struct key *k = keys_find(t->section, word, n);
	bool *seen;

	if (k == NULL)
		return traps_unknown(t, word, n);
	if (k->kind == KIND_UNBUILT)
		return draft_fail(t->d, t->line, "%s is not in this version",
		    k->name);
	seen = t->section == SECTION_TOP ? &t->d->seen[k - keys] :
	    &t->seen[k - keys];
	if (*seen && k->kind != KIND_INCLUDE && k->opens != SECTION_ACCOUNT)
		return draft_fail(t->d, t->line, "%s is given twice%s",
		    k->name, k->list ? "; a list is written { \"a\", \"b\" }" :
		    "");
	*seen = true;
	t->secret = t->secret || k->kind == KIND_SECRET;
	t->key = k;
	t->key_line = t->line;
	t->expect = EXPECT_REST;
	t->text = false;
	return 0;
}

/* A word or a quoted string stands here. */
static int
traps_text(struct traps *t, const char *word, size_t n, bool quoted)
{
	if (t->expect == EXPECT_KEY && quoted)
		return t->key != NULL && t->key_line == t->line ?
		    draft_fail(t->d, t->line, "more stands behind the value "
		    "of %s", t->key->name) :
		    draft_fail(t->d, t->line, "expected a key, found a "
		    "quoted text");
	if (t->expect == EXPECT_KEY)
		return traps_key(t, word, n);
	if (t->expect == EXPECT_REST && t->key->kind != KIND_SECTION)
		return draft_fail(t->d, t->line, "%s lacks its %c",
		    t->key->name, t->key->kind == KIND_INCLUDE ? '(' : '=');
	if (t->expect == EXPECT_REST &&
	    (t->text || t->key->opens != SECTION_ACCOUNT))
		return draft_fail(t->d, t->line, "%s lacks its {",
		    t->key->name);
	if (t->expect == EXPECT_LIST && t->text)
		return draft_fail(t->d, t->line, "a comma is missing between "
		    "the values of %s", t->key->name);
	if (t->expect == EXPECT_VALUE)
		t->expect = EXPECT_KEY;
	t->text = true;
	t->empty = false;
	return 0;
}

static int
traps_word(struct traps *t)
{
	const char *word = t->p;
	size_t n = 0;

	while (word + n < t->end && strchr(WORD_END, word[n]) == NULL &&
	    (unsigned char)word[n] >= 0x20)
		n++;
	t->p += n;
	if (memmem(word, n, "//", 2) != NULL ||
	    memmem(word, n, "/*", 2) != NULL ||
	    (t->p < t->end && *t->p != '\0' &&
	    strchr("#\"'+*", *t->p) != NULL) ||
	    (n > 0 && word[n - 1] == '/' && t->p < t->end && *t->p == '*') ||
	    (word[n - 1] == '$' && t->p < t->end && *t->p == '{'))
		return draft_fail(t->d, t->line, "a value with one of "
		    "# + * // $ { or a quote in it must stand in quotes");
	return traps_text(t, word, n, false);
}

/* ${NAME} or ${NAME:-default} in double quotes; p is behind "${". */
static int
traps_variable(struct traps *t, const char *p)
{
	const char *name = p;
	char copy[64];
	size_t n;

	if (t->key != NULL && t->key->kind == KIND_SECRET) {
		draft_fail(t->d, t->line, "%s has ${ in double quotes, where "
		    "it stands for a variable", t->key->name);
		return outcome_advise(t->d->o, "put secrets in single "
		    "quotes: nothing is replaced there");
	}
	if (t->d->set_id)
		return draft_fail(t->d, t->line, "${...} cannot be used by a "
		    "set-id posthorn: its caller could set the variable");
	n = strspn(p, KEY_CHARS);
	p += n;
	if (n > 0 && p[0] == ':' && p[1] == '-')
		p += strcspn(p, "{}\"\\\n");
	if (n == 0 || n >= sizeof(copy) || *p != '}')
		return draft_fail(t->d, t->line, "expected ${NAME} or "
		    "${NAME:-default}");
	memcpy(copy, name, n);
	copy[n] = '\0';
	if (name[n] == '}' && getenv(copy) == NULL)
		return draft_fail(t->d, t->line, "the variable %s is not set",
		    copy);
	return 0;
}

static int
traps_escape(struct traps *t, const char *p)
{
	if (*p == '"' || *p == '\\')
		return 0;
	draft_fail(t->d, t->line, "in double quotes \\ stands only before "
	    "\" and \\");
	return outcome_advise(t->d->o, "put the text in single quotes");
}

static int
traps_string(struct traps *t)
{
	const char quote = *t->p;
	const char *begin = ++t->p;

	for (; t->p < t->end && *t->p != quote; t->p++) {
		unsigned char c = (unsigned char)*t->p;

		if (c == '\n')
			break;
		if (c < 0x20 || c == 0x7f)
			return draft_fail(t->d, t->line,
			    "a control character in quotes");
		if (c == '\\' && quote == '"' &&
		    traps_escape(t, t->p + 1) != 0)
			return -1;
		if (c == '\\' && (t->p[1] == quote || t->p[1] == '\\'))
			t->p++;
		else if (c == '$' && quote == '"' && t->p[1] == '{' &&
		    traps_variable(t, t->p + 2) != 0)
			return -1;
	}
	if (t->p >= t->end || *t->p == '\n')
		return draft_fail(t->d, t->line, "a quote %c is not closed on "
		    "its line", quote);
	t->p++;
	return traps_text(t, begin, (size_t)(t->p - begin - 1), true);
}

static void
traps_line_comment(struct traps *t)
{
	while (t->p < t->end && *t->p != '\n')
		*t->p++ = ' ';
}

static int
traps_block_comment(struct traps *t)
{
	const int begin = t->line;
	char *close = memmem(t->p + 2, (size_t)(t->end - t->p - 2), "*/", 2);

	if (close == NULL)
		return draft_fail(t->d, begin, "the comment /* is not closed");
	for (; t->p < close + 2; t->p++)
		if (*t->p == '\n')
			t->line++;
		else
			*t->p = ' ';
	return 0;
}

static int
traps_open(struct traps *t)
{
	if (t->expect == EXPECT_VALUE) {
		t->expect = EXPECT_LIST;
		t->list = t->line;
		t->empty = true;
		t->text = false;
		if (t->key->list)
			return 0;
		return draft_fail(t->d, t->line, "%s takes one value, not a "
		    "list", t->key->name);
	}
	if (t->expect != EXPECT_REST || t->key->kind != KIND_SECTION)
		return draft_fail(t->d, t->line, "{ stands here without "
		    "%s", t->expect == EXPECT_REST ? "=" : "a key");
	if (t->key->opens == SECTION_ACCOUNT && !t->text)
		return draft_fail(t->d, t->line, "account needs a name: "
		    "account \"NAME\" {");
	t->section = t->key->opens;
	t->opened = t->line;
	t->expect = EXPECT_KEY;
	memset(t->seen, 0, sizeof(t->seen));
	return 0;
}

static int
traps_close(struct traps *t)
{
	if (t->expect == EXPECT_LIST && t->key->kind == KIND_INCLUDE)
		return draft_fail(t->d, t->line, "include lacks its )");
	if (t->expect == EXPECT_LIST) {
		t->expect = EXPECT_KEY;
		return !t->empty ? 0 : draft_fail(t->d, t->line,
		    "%s is an empty list", t->key->name);
	}
	if (t->expect != EXPECT_KEY)
		return draft_fail(t->d, t->line, "%s has no value",
		    t->key->name);
	if (t->section == SECTION_TOP)
		return draft_fail(t->d, t->line, "} without {");
	t->section = SECTION_TOP;
	return 0;
}

static int
traps_mark(struct traps *t)
{
	char c = *t->p++;

	switch (c) {
	case '{':
		return traps_open(t);
	case '}':
		return traps_close(t);
	case '=':
		if (t->expect != EXPECT_REST || t->key->kind == KIND_SECTION)
			break;
		t->expect = EXPECT_VALUE;
		return 0;
	case '(':
		if (t->expect != EXPECT_REST || t->key->kind != KIND_INCLUDE)
			break;
		t->expect = EXPECT_LIST;
		t->list = t->line;
		return 0;
	case ')':
		if (t->expect != EXPECT_LIST || t->key->kind != KIND_INCLUDE)
			break;
		t->expect = EXPECT_KEY;
		return 0;
	case ',':
		if (t->expect != EXPECT_LIST || !t->text)
			break;
		t->text = false;
		return 0;
	default:
		break;
	}
	return draft_fail(t->d, t->line, "%c is not expected here; a value "
	    "with such characters must stand in quotes", c);
}

/* One token, comment or blank. */
static int
traps_step(struct traps *t)
{
	unsigned char c = (unsigned char)*t->p;
	bool more = t->p + 1 < t->end;

	if (c == '\n') {
		t->line++;
		t->p++;
	} else if (c == ' ' || c == '\t' ||
	    (c == '\r' && more && t->p[1] == '\n'))
		t->p++;
	else if (c < 0x20 || c == 0x7f)
		return draft_fail(t->d, t->line, "a control character (0x%02x)",
		    c);
	else if (c == '#' || (c == '/' && more && t->p[1] == '/'))
		traps_line_comment(t);
	else if (c == '/' && more && t->p[1] == '*')
		return traps_block_comment(t);
	else if (c == '"' || c == '\'')
		return traps_string(t);
	else if (strchr("{}()=,+*", c) != NULL)
		return traps_mark(t);
	else
		return traps_word(t);
	return 0;
}

int
traps_check(struct draft *d, struct buf *text, bool *secret)
{
	struct traps t = { .d = d, .line = 1 };

	t.p = text->data;
	t.end = t.p + text->len;
	/* A byte order mark is only there because of the editor. */
	if (text->len >= 3 && memcmp(t.p, "\xef\xbb\xbf", 3) == 0)
		memset(t.p, ' ', 3);
	while (t.p < t.end)
		if (traps_step(&t) != 0)
			return -1;
	*secret = t.secret;
	if (t.expect == EXPECT_LIST)
		return draft_fail(d, t.list, "the list that begins here is "
		    "not closed");
	if (t.expect != EXPECT_KEY)
		return draft_fail(d, t.key_line, "the file ends behind %s",
		    t.key->name);
	if (t.section != SECTION_TOP)
		return draft_fail(d, t.opened, "%s { begins here and is not "
		    "closed", keys_section(t.section));
	return 0;
}
