/* SPDX-License-Identifier: ISC */
/* The texts of --help and --version. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "front/usage.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "(version unknown)"
#endif
#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif

static const char help[] =
"Usage: sendmail [OPTION]... [--] RECIPIENT... < MESSAGE\n"
"       sendmail -t [OPTION]... < MESSAGE\n"
"       sendmail -bs | sendmail -bv ADDRESS... | newaliases\n"
"       mailq | sendmail -q | posthorn --queue VERB ID... | posthorn --status\n"
"\n"
"Sends the message on standard input through the mail server that the\n"
"configuration names, over verified TLS.  Exit status 0 means that the server\n"
"or the queue (on disk) has the message for every recipient.\n"
"\n"
"  -t               take recipients from To, Cc and Bcc as well\n"
"  -f ADDRESS       the envelope sender, where errors go (\"<>\": nowhere)\n"
"  -F NAME          the full name, for a From field that has none\n"
"  -i               a line with a single dot does not end the message\n"
"  -v               show the dialogue with the server\n"
"  -odi, -odb, -odq deliver now, in the background, or by the next run\n"
"  -N WHEN, -R PART, -V ID\n"
"                   which notices the sender gets (RFC 3461)\n"
"  -n               do not look up aliases\n"
"  -G               do not repair the header\n"
"  -C, --config FILE\n"
"                   use this configuration, not ~/.config/posthorn.conf or\n"
"                   " SYSCONFDIR "/posthorn.conf\n"
"  --account NAME   use this account of the configuration\n"
"  --               what follows are recipients, whatever they begin with\n"
"\n"
"  -bs, -bS         speak SMTP on standard input; -bS: without replies\n"
"  -bv, -bt         say where mail for these addresses would go\n"
"  -bi, newaliases  check the aliases\n"
"  -bC, --check     check the configuration\n"
"  --explain        with a call that takes a message: say what would be done\n"
"                   with it, and send nothing\n"
"\n"
"  mailq, -bp       show the queue (--json: for programs)\n"
"  -q, -qf          run the queue now; -qf: what is not due yet as well\n"
"  -q15m            the same every 15 minutes, in the foreground\n"
"  --queue VERB ID...\n"
"                   show, hold, release, delete, retry or bounce messages\n"
"  --status         how the accounts do (--openmetrics: for programs)\n"
"  -bh, -bH         what is known of the servers; forget it\n"
"  --help           show this text\n"
"  --version        show the version\n"
"\n"
"Flags of sendmail, Postfix, Exim and OpenSMTPD that a program may pass are\n"
"accepted.  posthorn(8) lists them, and posthorn.conf(5) what to configure.\n";

static const char version[] =
"posthorn " PACKAGE_VERSION "\n"
"Configuration: ~/.config/posthorn.conf, else " SYSCONFDIR "/posthorn.conf\n"
"Licence: ISC.  There is no warranty.\n";

static int
print(FILE *f, const char *text)
{
	return fputs(text, f) < 0 || fflush(f) != 0 ? -1 : 0;
}

int
usage_help(FILE *f)
{
	return print(f, help);
}

int
usage_version(FILE *f)
{
	return print(f, version);
}
