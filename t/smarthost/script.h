/* SPDX-License-Identifier: ISC */
/*
 * Reply scripts: what the server does otherwise than a correct one would.
 *
 * Line by line; what begins with # is comment (its "# key: value" lines are
 * for whoever runs the script).  Statements:
 *
 *	offer [clear|tls] LINE	a further line of the EHLO reply
 *	withdraw [clear|tls] WORD	a default line left out
 *	bdat-as-commands	a refused chunk is read as commands
 *	on EVENT [CONDITION]... [ACTION [ ; ACTION]...]
 *	expect EVENT [CONDITION]... [ACTION [ ; ACTION]...]
 *
 * and actions, one a line, which belong to the last `on` or `expect`.  `on`
 * holds whenever its conditions do; the `expect` rules hold once each and in
 * their order, so that a dialogue can be told as a story.
 *
 * Events: CONNECT GREETING EHLO HELO STARTTLS HANDSHAKE AUTH CHALLENGE
 * RESPONSE AUTH-END MAIL RCPT DATA BDAT OCTETS MESSAGE RSET NOOP VRFY QUIT
 * OTHER END.  HANDSHAKE comes before the TLS handshake, CHALLENGE before each
 * 334, RESPONSE after a client's line in an exchange that the script drives,
 * OCTETS N when N octets of a body have come, MESSAGE with the reply to the
 * whole message, END when the client has closed.
 *
 * Conditions: N (the Nth time on this connection), N+ (from then on), clear,
 * tls, conn N (the Nth connection), after EVENT, match "TEXT" (in the line).
 *
 * Actions:
 *	reply TEXT	TEXT and CRLF
 *	raw "TEXT"	exactly this (\r \n \t \0 \\ \" \xHH)
 *	default		what a correct server says
 *	as CODE		counts as that reply, whatever was said
 *	delay MS	what was said so far goes out, then a pause
 *	flush		what was said so far goes out
 *	drip MS		from here on octet by octet, MS between them
 *	cut		connection closed (no close_notify)
 *	close		the same in order
 *	cut-after N	closed after N further octets
 *	reset		closed by RST
 *	ignore		no answer
 *	stall MS	no reading for so long
 *	flood N "TEXT"	TEXT N times (0: until the client is gone)
 *	starttls-then "TEXT"	220 and TEXT in one write
 *	swallow-message	a message is read up to its dot and dropped
 */
#ifndef SMARTHOST_SCRIPT_H
#define SMARTHOST_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

enum event {
	EVENT_NONE,
	EVENT_CONNECT,
	EVENT_GREETING,
	EVENT_EHLO,
	EVENT_HELO,
	EVENT_STARTTLS,
	EVENT_HANDSHAKE,
	EVENT_AUTH,
	EVENT_CHALLENGE,
	EVENT_RESPONSE,
	EVENT_AUTH_END,
	EVENT_MAIL,
	EVENT_RCPT,
	EVENT_DATA,
	EVENT_BDAT,
	EVENT_OCTETS,
	EVENT_MESSAGE,
	EVENT_RSET,
	EVENT_NOOP,
	EVENT_VRFY,
	EVENT_QUIT,
	EVENT_OTHER,
	EVENT_END,
	EVENTS
};

enum act {
	ACT_REPLY,
	ACT_RAW,
	ACT_DEFAULT,
	ACT_AS,
	ACT_DELAY,
	ACT_FLUSH,
	ACT_DRIP,
	ACT_CUT,
	ACT_CLOSE,
	ACT_CUT_AFTER,
	ACT_RESET,
	ACT_IGNORE,
	ACT_STALL,
	ACT_FLOOD,
	ACT_STARTTLS_THEN,
	ACT_SWALLOW
};

enum phase {
	PHASE_ANY,
	PHASE_CLEAR,
	PHASE_TLS
};

struct action {
	enum act	 act;
	long		 number;
	char		*text;
	size_t		 n;
};

struct rule {
	enum event	 event;
	unsigned long	 from, to;	/* from 0: always */
	enum phase	 phase;
	unsigned	 conn;		/* 0: any */
	enum event	 after;		/* EVENT_NONE: any time */
	char		*match;		/* or NULL */
	bool		 once;		/* an `expect` */
	struct action	*actions;
	size_t		 actions_n;
};

struct offer {
	enum phase	 phase;
	char		*line;
};

struct script {
	struct rule	*rules;
	size_t		 rules_n;
	struct offer	*offers;
	size_t		 offers_n;
	struct offer	*withdrawn;
	size_t		 withdrawn_n;
	bool		 bdat_as_commands;
};

/* Reads a script; ends the program with its line when it is wrong. */
void	script_load(struct script *s, const char *path);
/* EVENT_OTHER for a verb that is none. */
enum event script_event(const char *name, size_t n);
const char *script_event_name(enum event e);

#endif
