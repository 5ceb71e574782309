/* SPDX-License-Identifier: ISC */
/* Field bodies written anew, word by word: encoded words where octets are not
 * ASCII, folds where lines are long, all else as it was. */
#ifndef POSTHORN_WEAVE_H
#define POSTHORN_WEAVE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define WEAVE_LINE	998u	/* RFC 5322 section 2.1.1 */
#define WEAVE_FOLD	78u
#define WEAVE_CODED	76u	/* RFC 2047 section 2 */

struct weave {
	struct buf	*out;
	bool		 ascii;		/* encode octets over 127 */
	bool		 lines;		/* fold, also text without blanks */
	size_t		 col;		/* octets of the line so far */
	bool		 begun;		/* there is a word in the body */
	bool		 coded;		/* an encoded word is on the line */
	bool		 touching;	/* ... the last thing on it */
	size_t		 ahead;		/* octets that stay together behind the
					 * words that are woven; 0: unknown */
	bool		 full;		/* out's ceiling was passed */
};

/* What words are made of, and may become. */
enum weave_kind {
	WEAVE_TEXT,		/* anything; encoded words */
	WEAVE_PHRASE,		/* quoted strings too; encoded words */
	WEAVE_COMMENT,		/* quoted pairs, no parentheses; encoded
				 * words */
	WEAVE_LEFT		/* tokens, which stay */
};

/* n octets as they are. */
void	weave_raw(struct weave *w, const char *s, size_t n);
/* Words with blanks (and folds) between, before and behind them. */
void	weave_words(struct weave *w, enum weave_kind kind, const char *s,
	    size_t n);
/* A blank (which may be a fold), before `next` octets that stay together;
 * 0: nothing more comes. */
void	weave_blank(struct weave *w, const char *s, size_t n, size_t next);
/* A special, kept off an encoded word. */
void	weave_special(struct weave *w, char c);
/* A comment, of n octets with its parentheses. */
void	weave_comment(struct weave *w, const char *s, size_t n);
/* Is there anything to encode in the word? */
bool	weave_wants(const struct weave *w, const char *s, size_t n);
/* Octets of the blanks (and folds) s begins with. */
size_t	weave_blanks(const char *s, size_t n);

#endif
