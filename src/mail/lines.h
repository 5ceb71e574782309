/* SPDX-License-Identifier: ISC */
/*
 * A body's octets made into lines that all end in CRLF, whatever they ended
 * in, a stretch at a time: the result does not depend on where the stretches
 * are cut.  Pure; nothing grows.
 */
#ifndef POSTHORN_LINES_H
#define POSTHORN_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lines {
	bool		dot;		/* a lone dot ends, ".." loses one */
	bool		ended;
	bool		line_start;	/* the next octet follows an LF (or is
					 * the first): where dots matter */
	bool		dot_held;	/* a dot there, not yet understood */
	bool		open;		/* the last line put out has no end */
	bool		bare;		/* cr CRs are line ends, still to be
					 * put out */
	uint64_t	cr;		/* CRs seen, no LF behind them yet */
};

void	lines_begin(struct lines *l, bool dot);
/*
 * Turns n octets of p (no NUL; n == 0: the body ends here) into lines in
 * out, which has room for size octets, at least 2 * n + 4.  *used is how many
 * of p were taken; the call is repeated with the rest.  Sets l->ended behind
 * the lone dot or when the end is done; with l->bare set there is more to put
 * out: call again with what is left, even if that is nothing.  Returns the
 * octets put out.
 */
size_t	lines_run(struct lines *l, const char *p, size_t n, size_t *used,
	    char *out, size_t size);

#endif
