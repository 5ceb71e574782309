/* SPDX-License-Identifier: ISC */
/* Every ceiling of the program in one table, each with its reason. */
#ifndef POSTHORN_LIMITS_H
#define POSTHORN_LIMITS_H

/* Messages. */
#define LIMIT_HEADER	(16u << 20)	/* header block, octets; beyond: 65 */
#define LIMIT_INPUT	65536u		/* one read from standard input */
#define LIMIT_RECIPIENTS 1000000u	/* envelope; far above any caller */
#define LIMIT_RECEIVED	30u		/* trace fields; more is a loop */
#define LIMIT_PHRASE	4096u		/* a full name, of -F, NAME, GECOS */

/* Addresses: RFC 5321 section 4.5.3.1, RFC 3696 erratum 1690. */
#define LIMIT_LOCAL	64u		/* local part we would generate */
#define LIMIT_DOMAIN	255u
#define LIMIT_ADDRESS	1024u		/* accepted; the server judges 256 */
#define LIMIT_NESTING	32u		/* comments inside comments */
#define LIMIT_ALIASES	(16u << 20)	/* aliases(5), an :include: file */
#define LIMIT_ALIAS_DEPTH 32u		/* names behind names */

/* SMTP replies. */
#define LIMIT_LINE	8192u		/* one reply line, with its end */
#define LIMIT_REPLY	8192u		/* a reply's text that is kept */
#define LIMIT_REPLY_ALL	(1u << 20)	/* a reply's octets before we give up */
#define LIMIT_CHALLENGE	12288u		/* RFC 4954 section 4: base64 line */
#define LIMIT_WORDS	512u		/* the words kept of one failure */
#define LIMIT_ADVICE	256u

/* SMTP sessions. */
#define LIMIT_GROUP	32768u		/* octets of commands in one flight */
#define LIMIT_EARLY_BODY 65536u		/* a body that rides with MAIL */
#define LIMIT_FLIGHT	131072u		/* window of a body on its way */
#define LIMIT_MECHANISMS 4u		/* AUTH mechanisms tried in a session */
#define LIMIT_HOSTS	16u		/* hosts of one account */
#define LIMIT_ADDRESSES	16u		/* addresses tried for one host */
#define LIMIT_RCPT_DEFAULT 100u		/* recipients of one transaction */

/* SCRAM: RFC 7677 section 4 for the lower bound; the upper keeps a hostile
 * server from using us up. */
#define LIMIT_ROUNDS_MIN 4096u
#define LIMIT_ROUNDS_MAX 1000000u
#define LIMIT_NONCE	1024u

/* Configuration, secrets, state, children. */
#define LIMIT_CONFIG	(1u << 20)	/* one configuration file */
#define LIMIT_INCLUDE	8u		/* nesting */
#define LIMIT_SECRET	16384u		/* a password or token */
#define LIMIT_STATE	4096u		/* one record */
#define LIMIT_CHILD_MS	30000		/* a command for a secret */
#define LIMIT_PEM	(16u << 20)	/* a bundle, CRL or pin file */
#define LIMIT_CHAIN	16u		/* certificates of one chain */
#define LIMIT_LOG_LINE	4096u

#endif
