/* SPDX-License-Identifier: ISC */
/* What a sender wants to be told, and how SMTP says so (RFC 3461). */
#ifndef POSTHORN_DSN_H
#define POSTHORN_DSN_H

#include <stdbool.h>

#include "base/buf.h"

/* NOTIFY, or'ed; 0 is unsaid: failures, and delays, are told of. */
enum dsn_notify {
	DSN_NEVER = 1,		/* stands alone */
	DSN_SUCCESS = 2,
	DSN_FAILURE = 4,
	DSN_DELAY = 8,
	DSN_REPORT = 16		/* alone: a report of ours.  Others read NEVER
				 * (section 6.2); here it is not forgotten when
				 * it is refused, but kept. */
};

/* RET */
enum dsn_ret {
	DSN_RET_UNSAID,
	DSN_RET_FULL,
	DSN_RET_HDRS
};

#define DSN_WORDS	40	/* all of NOTIFY's, and NUL */
#define DSN_ENVID	100	/* octets of an ENVID, section 4.4 */
#define DSN_ORCPT	500	/* and of an ORCPT, section 4.2 */

/* The words of a set, with commas, "" of none, and back: -1 of what is none.
 * Case does not matter. */
void	dsn_words(unsigned notify, char words[DSN_WORDS]);
int	dsn_notify(const char *words);
const char	*dsn_ret_word(enum dsn_ret ret);
int	dsn_ret(const char *word);
/* Is the sender to hear of a failure, of a delay? */
bool	dsn_wants_failure(unsigned notify);
bool	dsn_wants_delay(unsigned notify);

/* Section 4: printable ASCII without '=', and '+' only before two digits of
 * hexadecimal in upper case. */
bool	dsn_is_xtext(const char *s);
/* Appends what xtext stands for; that may be any octet. */
void	dsn_decode(struct buf *b, const char *xtext);
/* Appends the ORCPT of an address (wire form): "rfc822;" and xtext, or, not
 * ASCII, "utf-8;" and the form for servers with SMTPUTF8 (RFC 6533 section
 * 3).  Nothing for a bare name, which is no address elsewhere. */
void	dsn_orcpt(struct buf *b, const char *address);

#endif
