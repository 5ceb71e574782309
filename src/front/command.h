/* SPDX-License-Identifier: ISC */
/*
 * What the command line asks for, as plain values, and the notes made while
 * it is read.  Strings point into argv, which must outlive them.
 */
#ifndef POSTHORN_COMMAND_H
#define POSTHORN_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mail/dsn.h"
#include "mail/repair.h"
#include "queue/select.h"

/* What is to be done; sendmail's letters, then our own words.  All of them
 * are parsed; which ones work is main's knowledge. */
enum mode {
	MODE_DELIVER,		/* -bm, -ba: take a message */
	MODE_SMTP,		/* -bs: SMTP on stdin and stdout */
	MODE_BATCH,		/* -bS, rsmtp: the same without replies */
	MODE_MAILQ,		/* -bp, mailq */
	MODE_COUNT,		/* -bP, -bpc: how many are queued */
	MODE_ALIASES,		/* -bi, -I, newaliases: check the aliases */
	MODE_VERIFY,		/* -bv: where would it go; operands */
	MODE_TEST,		/* -bt */
	MODE_HOSTSTAT,		/* -bh, hoststat */
	MODE_PURGESTAT,		/* -bH, purgestat */
	MODE_QUEUE_RUN,		/* -q..., runq */
	MODE_CHECK,		/* -bC, --check */
	MODE_SETUP,		/* --setup ADDRESS */
	MODE_IMPORT,		/* --import FILE */
	MODE_EXPLAIN,		/* --explain, with no mode but -bm */
	MODE_COMPOSE,		/* --compose */
	MODE_QUEUE,		/* --queue VERB ID... */
	MODE_STATUS,		/* --status */
	MODE_OAUTH_LOGIN,	/* --oauth-login */
	MODE_VERSION,		/* --version, -bV */
	MODE_HELP		/* --help */
};

/* -B */
enum body_kind {
	BODY_KIND_UNSAID,
	BODY_KIND_7BIT,
	BODY_KIND_8BITMIME,
	BODY_KIND_BINARYMIME
};

/* -od */
enum delivery {
	DELIVERY_UNSAID,	/* as the configuration says */
	DELIVERY_NOW,		/* i, f */
	DELIVERY_BACKGROUND,	/* b */
	DELIVERY_QUEUED		/* q, d */
};

/* -oe, -e */
enum error_mode {
	ERROR_PRINT,		/* p, the default */
	ERROR_MAIL,		/* m, w */
	ERROR_QUIET,		/* q */
	ERROR_BERKNET		/* e: mailed, exit 0 */
};


/* What -q asks for; with MODE_MAILQ the selectors choose what is shown. */
struct queue_run {
	int64_t		 interval;	/* seconds; 0: run once */
	bool		 force;		/* -qf: whatever the next try is */
	bool		 held;		/* -qff: those on hold as well */
	bool		 lost;		/* -qL: damaged entries */
	bool		 linger;	/* --runner: until nothing is left */
	int64_t		 pause;		/* ... seconds before it begins */
	struct selector	*selectors;	/* all must fit */
	size_t		 selectors_n;
	const char	*hold;		/* -Q: hold what fits, with this
					 * reason (may be ""); or NULL */
};

struct options {
	enum mode	 mode;
	bool		 mode_given;	/* said, not by our name alone */
	bool		 explain;	/* --explain: becomes the mode */
	const char	*config;	/* -C, --config; or NULL */
	const char	*account;	/* --account; or NULL */

	/* submission */
	const char	*sender;	/* -f, -r, as written: the last one;
					 * NULL: none; "" and "<>" are null */
	const char	*full_name;	/* -F; NULL: none; "": no name */
	bool		 from_header;	/* -t */
	bool		 dot;		/* a lone dot ends (default); off by
					 * -i, -oi, -O IgnoreDots */
	bool		 hands_off;	/* -G */
	bool		 no_aliases;	/* -n */
	const char	*alias_file;	/* -oA, -O AliasFile: acts with -bi
					 * only; or NULL */
	unsigned	 hops;		/* -h */
	enum body_kind	 body;
	bool		 body_8bit;	/* body is 8BITMIME or BINARYMIME */
	enum delivery	 delivery;
	enum error_mode	 errors;
	bool		 quiet;		/* errors is ERROR_QUIET */
	unsigned	 notify;	/* -N: enum dsn_notify, or'ed */
	enum dsn_ret	 ret;		/* -R */
	const char	*envid;		/* -V: valid xtext, or NULL */
	bool		 utf8;		/* -U, -O SMTPUTF8=yes */
	bool		 require_tls;	/* -O REQUIRETLS=yes */
	enum repair_to	 no_recipient;	/* -O NoRecipientAction */
	char		**recipients;	/* the words that are no options:
					 * recipients (lists, as written), or
					 * what the mode works on; owned array,
					 * NULL-terminated */
	size_t		 recipients_n;

	/* what we show and note */
	bool		 verbose;	/* -v, -ov, -d, --debug */
	bool		 json;		/* --json */
	bool		 openmetrics;	/* --openmetrics */
	const char	*debug;		/* -dTEXT, --debug (""), or NULL; with
					 * a text that begins with '0' the
					 * version is to be shown first */
	const char	*log_tag;	/* -L; or NULL */
	const char	*traffic;	/* -X: see traffic.h */

	struct queue_run queue;

	/* Printable lines, owned: what was odd, to be said at once; and what
	 * was accepted without effect, for -v. */
	char		**warnings;
	size_t		 warnings_n;
	char		**remarks;
	size_t		 remarks_n;
};

/* The defaults; room for as many recipients as there are words in argv. */
void	command_init(struct options *op, int argc);
void	command_free(struct options *op);
/* The lines above; beyond 32 of a kind they are dropped. */
void	command_warn(struct options *op, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	command_remark(struct options *op, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* Sets a mode that was said in argv (our name only suggests one). */
void	command_mode(struct options *op, enum mode mode);
/* Has the text a control character (the tab is one unless tab_ok)? */
bool	command_unprintable(const char *text, bool tab_ok);

#endif
