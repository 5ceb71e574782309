/* SPDX-License-Identifier: ISC */
/* Messages as they are named on the command line. */
#include <fnmatch.h>
#include <string.h>

#include "front/pick.h"

#define FROM	"from:"
#define TO	"to:"

/* What stands behind the prefix, or NULL. */
static const char *
behind(const char *word, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(word, prefix, n) == 0 ? word + n : NULL;
}

static bool
like(const char *pattern, const char *address)
{
	return fnmatch(pattern, address[0] != '\0' ? address : "<>",
	    FNM_CASEFOLD) == 0;
}

static bool
is_pattern_of_ids(const char *word)
{
	return behind(word, FROM) == NULL && behind(word, TO) == NULL;
}

static bool
word_may(const char *word, const char *id)
{
	return !is_pattern_of_ids(word) || strcmp(word, "all") == 0 ||
	    fnmatch(word, id, 0) == 0;
}

static bool
word_fits(const char *word, const struct entry *e)
{
	const char *pattern = behind(word, FROM);
	size_t i;

	if (pattern != NULL)
		return like(pattern, e->envelope.sender);
	pattern = behind(word, TO);
	if (pattern == NULL)
		return word_may(word, e->id);
	for (i = 0; i < e->envelope.n; i++)
		if (like(pattern, e->envelope.rcpt[i].address))
			return true;
	return false;
}

bool
pick_all(const struct pick *p)
{
	return p->words_n == 0 && p->selectors_n == 0;
}

bool
pick_by_id(const struct pick *p)
{
	size_t i;

	for (i = 0; i < p->words_n; i++)
		if (!is_pattern_of_ids(p->words[i]))
			return false;
	return p->selectors_n == 0;
}

bool
pick_names_ids(const char *word)
{
	return is_pattern_of_ids(word) && strcmp(word, "all") != 0;
}

bool
pick_may(const struct pick *p, const char *id)
{
	size_t i;

	if (!select_id_fits(p->selectors, p->selectors_n, id))
		return false;
	for (i = 0; i < p->words_n; i++)
		if (word_may(p->words[i], id))
			return true;
	return p->words_n == 0;
}

bool
pick_fits(const struct pick *p, const struct entry *e)
{
	size_t i;

	if (!select_fits(p->selectors, p->selectors_n, e))
		return false;
	for (i = 0; i < p->words_n; i++)
		if (word_fits(p->words[i], e))
			return true;
	return p->words_n == 0;
}
