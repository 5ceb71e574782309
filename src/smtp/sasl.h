/* SPDX-License-Identifier: ISC */
/*
 * SASL, the client's side: a table of mechanisms, the choice among them, the
 * exchange.  Knows neither SMTP nor sockets: challenge in, response out, both
 * without base64.
 */
#ifndef POSTHORN_SASL_H
#define POSTHORN_SASL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/outcome.h"
#include "net/tls.h"

/* What a mechanism needs, as bits. */
#define SASL_NEEDS_PASSWORD	1u
#define SASL_NEEDS_TOKEN	2u
#define SASL_NEEDS_BINDING	4u	/* -PLUS: channel binding */
#define SASL_NEEDS_CERTIFICATE	8u	/* a client certificate was sent, and
					 * there is no password or token */
#define SASL_NEEDS_SECRECY	16u	/* the secret travels as it is: verified
					 * TLS only, or tls = "off" said so */
/* What it offers. */
#define SASL_ONE_FLIGHT		32u	/* may be pipelined with its initial
					 * response (RFC 4954 section 4) */
#define SASL_CLIENT_FIRST	64u	/* begins with an initial response */
#define SASL_PROVES		128u	/* the server has to prove that it knows
					 * the password, too */

/* All that an exchange may use; the strings outlive it. */
struct sasl_login {
	const char	*user;
	const char	*secret;	/* password or token */
	size_t		 secret_len;
	bool		 token;
	bool		 has_secret;
	bool		 certificate;	/* ours was sent in the handshake */
	bool		 secrecy;	/* see SASL_NEEDS_SECRECY */
	const char	*host;		/* for OAUTHBEARER (RFC 7628) */
	uint16_t	 port;
	enum tls_binding binding;	/* NONE: no -PLUS possible */
	unsigned char	 binding_data[256];
	size_t		 binding_len;
	bool		 plus_offered;	/* the server named a -PLUS: a plain
					 * SCRAM with a binding at hand says
					 * "y" only when false (RFC 5802 6) */
};

struct sasl;

/* One row a mechanism, strongest first. */
struct mechanism {
	const char	*name;
	unsigned	 needs;		/* SASL_NEEDS_* and what it offers */
	/* Consumes the server's challenge (n octets; step 0 of a mechanism
	 * that begins has none) and appends the response.  Fails FAULT_LOGIN
	 * (the server proved to be wrong: scope account) or FAULT_PROTOCOL. */
	int		(*step)(struct sasl *x, const char *challenge,
			    size_t n, struct buf *response, struct outcome *o);
	/* Wipes and frees what the steps keep in x, or NULL. */
	void		(*end)(struct sasl *x);
};

/* An exchange under way. */
struct sasl {
	const struct mechanism	*mech;
	const struct sasl_login	*login;
	unsigned		 steps;		/* taken so far */
	bool			 proven;	/* nothing more is owed by the
						 * server (SCRAM: its signature
						 * was right); success without
						 * it is no success */
	bool			 binding_refused; /* a failed -PLUS: the server
						 * said that its binding was
						 * the reason */
	char			 said[128];	/* why the server refused a
						 * token, from its JSON (it
						 * says 535 next): printable,
						 * may be empty */
	struct scram		*scram;		/* scram.c's, or NULL */
};

/* The table (mechanisms.c), ended by a NULL name. */
extern const struct mechanism sasl_mechanisms[];
/* The row of that name (any case), or NULL. */
const struct mechanism	*sasl_find(const char *name, size_t n);
/*
 * The strongest mechanism that is offered (bit i: row i of the table, see
 * ehlo.h), not excluded (same bits), allowed (names in the order to be tried,
 * or NULL: the table's order) and whose needs the login fills.  NULL: none;
 * then *o says why (FAULT_LOGIN, STAGE_AUTH: what is offered, what would be
 * needed), but verdict and scope are as for FAULT_LOGIN.
 */
const struct mechanism	*sasl_choose(uint32_t offered, uint32_t excluded,
	    char *const allowed[], const struct sasl_login *login,
	    struct outcome *o);
/* The bit of a row. */
uint32_t	sasl_bit(const struct mechanism *m);
/* Appends a name as GS2 wants it (RFC 5801 section 4): "," is "=2C", "=" is
 * "=3D".  -1: no room (part of it may be there). */
int	sasl_name(struct buf *to, const char *name);

void	sasl_begin(struct sasl *x, const struct mechanism *m,
	    const struct sasl_login *login);
/* One step; see struct mechanism.  The response is a secret. */
int	sasl_step(struct sasl *x, const char *challenge, size_t n,
	    struct buf *response, struct outcome *o);
/* The server said 235, with optional final data: is all proven?  0, or -1
 * FAULT_LOGIN (the server did not prove that it knows the password). */
int	sasl_finish(struct sasl *x, const char *data, size_t n,
	    struct outcome *o);
/* Wipes and frees what the exchange holds. */
void	sasl_end(struct sasl *x);

#endif
