/* SPDX-License-Identifier: ISC */
/* One account's settings, complete and checked; the choice among them. */
#ifndef POSTHORN_ACCOUNT_H
#define POSTHORN_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mail/repair.h"

enum tls_mode {
	TLS_STARTTLS,
	TLS_IMPLICIT,
	TLS_OFF
};

enum pipeline {
	PIPELINE_SAFE,
	PIPELINE_FULL,
	PIPELINE_OFF
};

/* One entry of `host`. */
struct host {
	char		*name;		/* name, address without brackets, or
					 * the path of a unix: socket */
	uint16_t	 port;		/* 0 for a unix: socket */
	bool		 is_unix;
	bool		 is_address;	/* IPv4 or IPv6 literal */
	bool		 own_port;	/* port was said with the name */
};

/* Where the secret comes from; at most one is set. */
struct secret_source {
	char	*password;		/* literal */
	char	*password_file;
	char	**password_command;	/* NULL-terminated argv, or NULL */
	char	*credential;		/* systemd credential's name */
	char	**token_command;
};

struct account {
	char		*name;
	struct host	*hosts;
	size_t		 hosts_n;
	enum tls_mode	 tls;
	int		 family;	/* AF_UNSPEC, AF_INET, AF_INET6 */
	enum pipeline	 pipeline;
	unsigned	 max_recipients;	/* 0: not set */
	char		*user;		/* NULL: no AUTH */
	struct secret_source secret;
	char		**auth;		/* allowed mechanisms in order, upper
					 * case, NULL-terminated; NULL: auto */
	bool		 auth_off;
	char		*from_name;	/* of `from`, or NULL */
	char		*from_address;	/* wire form, or NULL */
	char		*from_template;	/* `from` with %U and the like, of
					 * which the two above are an example
					 * until they are made for the caller;
					 * or NULL */
	enum rewrite	 rewrite;
	bool		 null_sender_account;
	char		**match;	/* patterns, NULL-terminated, or NULL */
	char		*tls_ca_file;	/* NULL: system trust */
	char		*tls_crl_file;
	char		**tls_fingerprints; /* "sha256:HEX", "spki-sha256:HEX";
					 * checked; hex in lower case, no
					 * separators; or NULL */
	char		*tls_certificate;
	char		*tls_key;
	char		*tls_name;	/* NULL: the host's */
	char		*tls_priority;
	bool		 tls_verify;
	char		*ehlo_name;	/* NULL: full name or literal */
	char		*source_address;
	int64_t		 connect_timeout;	/* milliseconds */
	int64_t		 timeout;
	int64_t		 final_timeout;
};

#define ACCOUNT_PRIORITY \
	"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%PROFILE_MEDIUM"

/* An account with every default; name is copied. */
void	account_init(struct account *a, const char *name);
void	account_free(struct account *a);
/* The first of n accounts with a `match` pattern that fits sender (wire
 * form; fnmatch, in any case), or NULL. */
const struct account	*account_match(const struct account *accounts,
	    size_t n, const char *sender);
/* The account of that name, or NULL. */
const struct account	*account_named(const struct account *accounts,
	    size_t n, const char *name);

#endif
