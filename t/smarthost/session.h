/* SPDX-License-Identifier: ISC */
/* One connection of the test server: state, and the rooms that share it. */
#ifndef SMARTHOST_SESSION_H
#define SMARTHOST_SESSION_H

#include <stdbool.h>
#include <stdio.h>

#include <gnutls/gnutls.h>

#include "octets.h"
#include "options.h"
#include "script.h"
#include "wire.h"

/* Everything that all connections share. */
struct server {
	struct options			 options;
	struct script			 script;
	gnutls_certificate_credentials_t credentials;
	gnutls_datum_t			 ticket_key;
};

struct session {
	struct wire	 wire;
	const struct server *server;
	unsigned	 number;	/* of the connection, from 1 */
	bool		 over;
	bool		 helo;
	bool		 authenticated;
	/* The transaction. */
	bool		 mail;
	char		*mail_line;
	struct octets	 rcpts;		/* JSON strings with commas */
	size_t		 accepted;	/* recipients */
	unsigned	 rcpt_flight;	/* of the first accepted one */
	unsigned	 auth_flight;
	FILE		*body;
	size_t		 octets;	/* of this message so far */
	bool		 refused;	/* a chunk, or early */
	unsigned	 messages;	/* begun, for file names */
	/* The script. */
	unsigned long	 seen[EVENTS];
	bool		*used;		/* by rule */
	bool		 bare_lf;	/* in commands or body */
	bool		 bare_cr;
	struct octets	 said;		/* the answer being given */
	struct octets	 offered;	/* the last EHLO's answer */
	/* The record: JSON fragments. */
	struct octets	 commands;
	struct octets	 early;
	struct octets	 done;		/* messages */
	size_t		 body_octets;
	char		 peer[256];	/* CN of the client's certificate */
	char		*mechanism;
	char		*identity;
	char		 bound[32];	/* channel binding */
	char		*sni;
};

/* session.c: the whole connection. */
void	session_run(const struct server *server, int fd, unsigned number);

/* play.c: the answer to an event, from the script or `text` (lines with CRLF
 * between them; NULL: none).  Returns the code that counts, 0 for none, or
 * PLAY_DEFAULT when the event is the caller's (text NULL). */
#define PLAY_DEFAULT (-1)
int	play_answer(struct session *s, enum event e, const char *line,
	    size_t n, const char *text);
/* The same where nobody asked: returns 0 when no rule did anything. */
int	play_event(struct session *s, enum event e);

/* session.c: TLS, from the record on. */
int	session_tls(struct session *s);

/* commands.c: one line of the client. */
void	command_run(struct session *s, const char *line, size_t n);
bool	command_offered(const struct session *s, const char *word);

/* ehlo.c: the correct answer to EHLO. */
void	ehlo_build(const struct session *s, struct octets *o);

/* body.c: DATA's body after 354; BDAT's chunk.  The reset of a transaction. */
void	body_data(struct session *s);
void	body_bdat(struct session *s, const char *line, size_t n);
void	body_reset(struct session *s);

/* auth.c: the AUTH command and its exchange. */
void	auth_run(struct session *s, const char *line, size_t n);

/* record.c: what happened. */
void	record_open(struct session *s);
void	record_early(struct session *s, const char *what);
void	record_command(struct session *s, enum event e, const char *line,
	    size_t n);
void	record_message(struct session *s, const char *how, int code);
void	record_write(struct session *s);

#endif
