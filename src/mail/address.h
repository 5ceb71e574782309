/* SPDX-License-Identifier: ISC */
/*
 * RFC 5322 address lists, read as people write them and as section 4 obliges
 * us to read them: groups, nested comments, quoted local parts, routes,
 * encoded words with commas, domain literals, white space around dots.
 */
#ifndef POSTHORN_ADDRESS_H
#define POSTHORN_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/outcome.h"
#include "mail/source.h"

/* One mailbox of a list.  Strings are the scanner's, valid until the next
 * call; spans are offsets into the scanned text. */
struct address {
	const char	*local;		/* of the local part, unquoted */
	size_t		 local_len;
	const char	*domain;	/* "" when bare; literals in [ ] */
	bool		 bare;		/* a local part only */
	size_t		 start, end;	/* span of the addr-spec */
	const char	*phrase;	/* display name, unquoted, or the
					 * comment behind; "" when there is
					 * none; not RFC 2047-decoded */
	size_t		 phrase_start, phrase_end; /* span of the display name
					 * before '<'; equal: none */
};

struct address_scan {
	struct source	 in;
	size_t		 pos;		/* behind what was scanned; between
					 * calls: where an element begins */
	bool		 group;		/* inside name: ... ; */
	bool		 blanks;	/* old style: blanks separate too */
	struct buf	 local, domain, phrase;
};

/* Starts on len octets of text (a field body, folded or not, or an argument;
 * it must outlive the scan).  In a text without comma, '<', quotes, colon or
 * comment, blanks separate addresses too (sendmail's old style). */
void	address_scan(struct address_scan *s, const char *text, size_t len);
/* The next mailbox: 1 and *a, 0 at the end, -1 (FAULT_DATA, with the piece of
 * text that cannot be an address) on malformed text.  Empty list members and
 * empty groups are passed over.  NUL, CR, LF that do not fold, and other
 * control characters are errors; so are a local part or domain over the
 * limits of limits.h, pipes ("|prog"), files ("/x" bare) and ":include:".
 * Outside groups ';' separates as ',' does; a final '>' or ';' may be missing;
 * the backslash of \user is dropped.  After an error nothing more is found. */
int	address_next(struct address_scan *s, struct address *a,
	    struct outcome *o);
void	address_done(struct address_scan *s);

/*
 * The form that goes on the wire and into the envelope, appended to b:
 * local@domain by RFC 5321 section 4.1.2, the local part quoted only where it
 * must be, the domain as A-labels (IDNA 2008) in lower case with a final dot
 * removed.  A bare address gets `domain` (NULL: fails FAULT_CONFIG, with
 * advice; "": it stays bare).  Refused, FAULT_DATA: what is not printable
 * UTF-8, '<' and '>' even in quotes (they could end the path for a careless
 * server), a domain that address_domain refuses.  On failure nothing is
 * added.
 */
int	address_wire(struct buf *b, const struct address *a,
	    const char *domain, struct outcome *o);
/* Exactly one mailbox in the text, e.g. of -f or `from`: its wire form into
 * b, which is emptied first.  An empty text or "<>" leaves it so (the null
 * reverse-path). */
int	address_one(struct buf *b, const char *text, const char *domain,
	    struct outcome *o);
/* A domain as A-labels in lower case, checked as LDH labels (underscores are
 * let through) or an address literal; appended to b.  Fails FAULT_DATA. */
int	address_domain(struct buf *b, const char *domain, struct outcome *o);

#endif
