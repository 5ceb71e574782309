/* SPDX-License-Identifier: ISC */
/*
 * What an alias stands for, one by one: the text behind its colon, or the
 * lines of an :include: file.  Members are separated by commas, in a file by
 * line ends too; a '#' at a line's begin or behind a blank begins a comment.
 * Pure: nothing is opened or looked up.
 */
#ifndef POSTHORN_MEMBERS_H
#define POSTHORN_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/outcome.h"
#include "mail/address.h"

struct member {
	struct address	 address;	/* valid until the next call */
	bool		 literal;	/* \user: not to be looked up */
	const char	*path;		/* of :include:, absolute: there is no
					 * address then; or NULL */
};

struct members {
	const char	*text;
	size_t		 len, pos;
	bool		 lines;		/* a line's end separates */
	unsigned	 line;		/* of what was returned last */
	unsigned	 next;		/* ... and of pos */
	struct buf	 item;
	struct address_scan scan;
	bool		 scanning;	/* in item */
};

/* Starts on n octets of text, the first in that line; lines: it is a list of
 * :include:.  The text must outlive it. */
void	members_scan(struct members *m, const char *text, size_t n,
	    unsigned line, bool lines);
/*
 * The next one: 1 and *member, 0 at the end, -1 on what cannot be one: *o is
 * FAULT_CONFIG, the words without file and line; m->line is its line, and the
 * next call goes on behind it.  Refused are programs and files, a path that is
 * not absolute, control characters, quotes open at a line's end, and what
 * address_next refuses.
 */
int	members_next(struct members *m, struct member *member,
	    struct outcome *o);
void	members_done(struct members *m);

/* Is what stands at `start` of an address a backslash that keeps the name from
 * being looked up ("\root", with quotes around it or not)? */
bool	members_literal(const char *text, size_t n, size_t start);

#endif
