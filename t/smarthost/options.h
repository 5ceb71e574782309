/* SPDX-License-Identifier: ISC */
/* The command line of the test server. */
#ifndef SMARTHOST_OPTIONS_H
#define SMARTHOST_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum mode {
	MODE_PLAIN,
	MODE_STARTTLS,
	MODE_IMPLICIT
};

enum library {
	LIBRARY_CYRUS,
	LIBRARY_GSASL
};

struct options {
	enum mode	 mode;
	enum library	 library;
	const char	*auth;		/* mechanisms offered; NULL: a default */
	const char	*user;		/* NULL: no AUTH */
	const char	*password;
	const char	*token;		/* for OAUTHBEARER and XOAUTH2 */
	const char	*binding;	/* exporter, unique, end-point, auto,
					 * none */
	const char	*iterations;	/* SCRAM; NULL: the library's */
	bool		 no_require_auth;
	const char	*pki;		/* folder of the throw-away CA */
	const char	*leaf;		/* kind of certificate, see pki.h */
	const char	*cert;		/* given ones instead */
	const char	*key;
	const char	*client_ca;	/* ask for a client certificate */
	const char	*priority;
	bool		 tls12;
	bool		 tls13;
	bool		 no_ems;	/* no extended master secret */
	bool		 tickets;
	const char	*out;		/* folder of the records */
	bool		 no_log;	/* no conn-N.in */
	const char	*port_file;
	const char	*unix_path;
	bool		 ipv6;		/* on [::1] too */
	unsigned	 size;		/* the largest message; 0: any */
	unsigned	 port;
	unsigned	 life;		/* seconds */
	unsigned	 connections;	/* 0: no end */
	bool		 serial;	/* one at a time */
	int		 settle;
	int		 timeout;	/* milliseconds for the client */
	const char	*script;
	const char	*hostname;
	const char	*offers[64];	/* further EHLO lines, NULL-ended */
	const char	*withdrawn[64];	/* default ones left out */
	char		**command;	/* run it and end with it, or NULL */
	bool		 make_pki;
};

/* Fills o; ends the program with 64 when they are wrong. */
void	options_parse(struct options *o, int argc, char *argv[]);

#endif
