/* SPDX-License-Identifier: ISC */
/* The command line of the test server. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "octets.h"
#include "options.h"

enum kind {
	KIND_STRING,
	KIND_FLAG,
	KIND_NUMBER,
	KIND_LIST,
	KIND_MODE,
	KIND_LIBRARY
};

/* One row an option: where its value goes. */
struct row {
	const char	*name;
	enum kind	 kind;
	size_t		 at;
	const char	*help;
};

#define AT(member) offsetof(struct options, member)

static const struct row rows[] = {
	{ "mode", KIND_MODE, AT(mode), "plain, starttls or implicit" },
	{ "sasl", KIND_LIBRARY, AT(library), "cyrus or gsasl" },
	{ "auth", KIND_STRING, AT(auth), "mechanisms to offer" },
	{ "user", KIND_STRING, AT(user), "login; none: no AUTH" },
	{ "password", KIND_STRING, AT(password), "its password" },
	{ "token", KIND_STRING, AT(token), "its OAuth2 token" },
	{ "binding", KIND_STRING, AT(binding),
	    "exporter, unique, end-point, auto or none" },
	{ "iterations", KIND_STRING, AT(iterations), "of SCRAM" },
	{ "no-require-auth", KIND_FLAG, AT(no_require_auth),
	    "MAIL without AUTH" },
	{ "pki", KIND_STRING, AT(pki), "folder of the throw-away CA" },
	{ "make-pki", KIND_FLAG, AT(make_pki), "make it and end" },
	{ "leaf", KIND_STRING, AT(leaf), "good, wrong-name, expired, "
	    "not-yet, client-only, cn-only, self-signed, rsa, rsa1024" },
	{ "cert", KIND_STRING, AT(cert), "PEM chain instead" },
	{ "key", KIND_STRING, AT(key), "and its key" },
	{ "client-ca", KIND_STRING, AT(client_ca),
	    "ask for a client certificate of this CA" },
	{ "priority", KIND_STRING, AT(priority), "GnuTLS priority string" },
	{ "tls12", KIND_FLAG, AT(tls12), "TLS 1.2 only" },
	{ "tls13", KIND_FLAG, AT(tls13), "TLS 1.3 only" },
	{ "no-ems", KIND_FLAG, AT(no_ems), "no extended master secret" },
	{ "tickets", KIND_FLAG, AT(tickets), "session tickets" },
	{ "out", KIND_STRING, AT(out), "folder of the records" },
	{ "no-log", KIND_FLAG, AT(no_log), "no copy of every octet" },
	{ "port-file", KIND_STRING, AT(port_file), "gets the port" },
	{ "unix", KIND_STRING, AT(unix_path), "listen there too" },
	{ "ipv6", KIND_FLAG, AT(ipv6), "on [::1] too" },
	{ "size", KIND_NUMBER, AT(size), "largest message, 100 MiB; 0: any" },
	{ "port", KIND_NUMBER, AT(port), "0: any" },
	{ "life", KIND_NUMBER, AT(life), "seconds, 60" },
	{ "connections", KIND_NUMBER, AT(connections), "end after so many" },
	{ "serial", KIND_FLAG, AT(serial), "one connection at a time" },
	{ "settle", KIND_NUMBER, AT(settle),
	    "ms to wait for more before answering" },
	{ "timeout", KIND_NUMBER, AT(timeout), "ms for the client, 30000" },
	{ "script", KIND_STRING, AT(script), "the dialogue, as data" },
	{ "hostname", KIND_STRING, AT(hostname), "ours" },
	{ "offer", KIND_LIST, AT(offers), "a further EHLO line" },
	{ "withdraw", KIND_LIST, AT(withdrawn), "a default one not to send" },
};

#define ROWS (sizeof rows / sizeof rows[0])

static void
usage(void)
{
	size_t i;

	fputs("usage: smarthost [--OPTION [VALUE]]... [-- COMMAND...]\n",
	    stderr);
	for (i = 0; i < ROWS; i++)
		fprintf(stderr, "  --%-16s %s\n", rows[i].name, rows[i].help);
	fputs("A command runs with SMARTHOST_PORT set; the server ends with "
	    "it and with its status.\n", stderr);
	exit(EX_USAGE);
}

static int
word_index(const char *word, const char *const list[])
{
	int i;

	for (i = 0; list[i] != NULL; i++)
		if (strcmp(list[i], word) == 0)
			return i;
	usage();
	return -1;
}

static void
list_add(const char **list, const char *value)
{
	size_t n = 0;

	while (list[n] != NULL)
		n++;
	if (n >= 63)
		die("too many --offer or --withdraw");
	list[n] = value;
}

static void
set(struct options *o, const struct row *r, const char *value)
{
	static const char *const modes[] = { "plain", "starttls", "implicit",
	    NULL };
	static const char *const libraries[] = { "cyrus", "gsasl", NULL };
	char *at = (char *)o + r->at;

	switch (r->kind) {
	case KIND_STRING:
		*(const char **)(void *)at = value;
		break;
	case KIND_FLAG:
		*(bool *)(void *)at = true;
		break;
	case KIND_NUMBER:
		*(unsigned *)(void *)at = (unsigned)strtoul(value, NULL, 10);
		break;
	case KIND_LIST:
		list_add((const char **)(void *)at, value);
		break;
	case KIND_MODE:
		o->mode = (enum mode)word_index(value, modes);
		break;
	case KIND_LIBRARY:
		o->library = (enum library)word_index(value, libraries);
		break;
	}
}

void
options_parse(struct options *o, int argc, char *argv[])
{
	struct option longs[ROWS + 1];
	size_t i;
	int index;

	memset(o, 0, sizeof *o);
	o->mode = MODE_STARTTLS;
	o->life = 60;
	o->size = 100 << 20;
	o->timeout = 30000;
	o->hostname = "smtp.example.test";
	o->binding = "auto";
	o->leaf = "good";
	o->out = ".";
	o->pki = "pki";
	memset(longs, 0, sizeof longs);
	for (i = 0; i < ROWS; i++) {
		longs[i].name = rows[i].name;
		longs[i].has_arg = rows[i].kind == KIND_FLAG ? no_argument :
		    required_argument;
	}
	while ((i = (size_t)getopt_long(argc, argv, "+", longs, &index)) ==
	    0)
		set(o, &rows[index], optarg);
	if (i != (size_t)-1)
		usage();
	if (argc > optind)
		o->command = argv + optind;
}
