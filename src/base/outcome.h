/* SPDX-License-Identifier: ISC */
/*
 * How it went: the only error type that crosses a module's border.  Functions
 * that can fail return 0 or -1 and fill the struct outcome that is their last
 * argument; who notices a fault finds its words, and nobody guesses again.
 * No allocation.
 */
#ifndef POSTHORN_OUTCOME_H
#define POSTHORN_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"

/* later: another try can succeed; never: none can. */
enum verdict {
	VERDICT_DELIVERED,
	VERDICT_LATER,
	VERDICT_NEVER
};

/* What the fault belongs to, and so what waits: one recipient, the message,
 * all mail of the account, all mail through that host. */
enum scope {
	SCOPE_MESSAGE,
	SCOPE_RECIPIENT,
	SCOPE_ACCOUNT,
	SCOPE_HOST
};

/* The kind of fault; main turns it into an exit status (sysexits.h). */
enum fault {
	FAULT_NONE,		/*  0 */
	FAULT_USAGE,		/* 64 never, message */
	FAULT_DATA,		/* 65 never, message */
	FAULT_NOUSER,		/* 67 never, recipient: refused for good */
	FAULT_REFUSED,		/* 69 never, message: refused for good */
	FAULT_UNBUILT,		/* 69 never, message: not in this version */
	FAULT_BUG,		/* 70 later, message */
	FAULT_OS,		/* 71 later, message: the system said no */
	FAULT_INPUT,		/* 74 never, message: reading it failed */
	FAULT_DELAY,		/* 75 later, message: 4yz and the like */
	FAULT_NETWORK,		/* 75 later, host: name, connection, time */
	FAULT_STARTTLS,		/* 75 later, host: not offered or refused */
	FAULT_PROTOCOL,		/* 76 later, host: it does not speak SMTP */
	FAULT_LOGIN,		/* 77 later, account */
	FAULT_CONFIG,		/* 78 later, account */
	FAULT_TRUST		/* 78 later, host: certificate not verified */
};

enum stage {
	STAGE_NONE,
	STAGE_OPTIONS,
	STAGE_INPUT,		/* reading and keeping the message */
	STAGE_CONFIG,
	STAGE_SECRET,
	STAGE_RESOLVE,
	STAGE_CONNECT,
	STAGE_GREETING,
	STAGE_EHLO,
	STAGE_STARTTLS,
	STAGE_TLS,
	STAGE_AUTH,
	STAGE_MAIL,
	STAGE_RCPT,
	STAGE_DATA,		/* DATA or a BDAT that is not the last */
	STAGE_MESSAGE,		/* the reply to the whole message */
	STAGE_QUIT
};

struct outcome {
	enum verdict	verdict;
	enum scope	scope;
	enum fault	fault;
	enum stage	stage;
	bool		in_doubt;	/* last octets out, reply not read */
	uint16_t	code;		/* SMTP reply code, 0: none */
	uint16_t	enhanced[3];	/* RFC 3463; [0] == 0: none */
	char		text[LIMIT_WORDS];	/* printable, one line */
	char		advice[LIMIT_ADVICE];	/* what to do; may be empty */
};

/* Delivered, no text. */
void	outcome_clear(struct outcome *o);
/* Records fault f noticed at stage s; verdict and scope are those of the
 * fault's kind (callers may change them afterwards).  The words become one
 * printable line (control characters and invalid UTF-8 are replaced) and are
 * cut at a character's border.  Returns -1, so that callers can return it. */
int	outcome_fail(struct outcome *o, enum fault f, enum stage s,
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* The same with ": " and strerror(errno) behind the words. */
int	outcome_errno(struct outcome *o, enum fault f, enum stage s,
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Sets the one line of advice; returns -1. */
int	outcome_advise(struct outcome *o, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* Sets code and enhanced code (NULL: none). */
void	outcome_codes(struct outcome *o, unsigned code,
	    const uint16_t enhanced[3]);
/* Makes s (n octets, NUL-terminated at s[n]) one printable line in place:
 * control characters, DEL, C1 and malformed UTF-8 become '?' (tabs and line
 * breaks a space); returns the new length.  Never grows. */
size_t	outcome_clean(char *s, size_t n);
/* A word for logs and reports: "connect", "auth", "rcpt" ... */
const char	*stage_name(enum stage s);
/* "delivered", "later", "never". */
const char	*verdict_name(enum verdict v);

#endif
