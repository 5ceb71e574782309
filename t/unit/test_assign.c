/* SPDX-License-Identifier: ISC */
/* Values that cannot be, and keys that contradict each other. */
#include "refused.h"

#define HEX16 "0123456789abcdef"
#define HEX64 HEX16 HEX16 HEX16 HEX16

static const struct refusal bad[] = {
	/* Words. */
	{ A "tls = startls }", ":3: tls = \"startls\": expected one of "
	    "starttls, implicit, off", "did you mean \"starttls\"?" },
	{ A "tls = on }", ":3: tls = \"on\": expected one of", "" },
	{ A "protocol = x }", ":3: protocol = \"x\": expected one of smtp",
	    "" },
	{ A "ip = 5 }", ":3: ip = \"5\": expected one of any, 4, 6", "" },
	{ A "pipeline = fast }", "expected one of safe, full, off", "" },
	{ A "rewrite-from = yes }", "expected one of never, local, always",
	    "" },
	{ A "null-sender = drop }", "expected one of keep, account", "" },
	{ A "tls-trust = x }", "expected one of ca", "" },
	{ A "tls-verify = maybe }", ":3: tls-verify = \"maybe\": expected "
	    "true or false", "" },
	{ "received = some", "expected one of full, minimal, none", "" },
	{ "queue { runner = x }", "expected one of auto, external", "" },
	{ "queue { runner = atuo }", "expected one of auto, external",
	    "did you mean \"auto\"?" },
	{ "queue {\ndeliver = later }", ":2: deliver = \"later\": expected one "
	    "of now, background, queued", "" },
	{ "queue { deliver = queue }", "expected one of",
	    "did you mean \"queued\"?" },
	{ "log { facility = \"local8\" }", "facility = \"local8\"",
	    "did you mean \"local" },
	{ "aliases = \"etc/aliases\"", ":1: aliases = \"etc/aliases\": "
	    "expected an absolute path", "" },
	{ "traffic-log = perhaps", ":1: traffic-log = \"perhaps\": expected "
	    "true or false", "" },
	/* Senders made for each caller. */
	{ A "from = \"%U\" }", ":3: from = \"%U\": expected", "" },
	{ A "from = \"%u@%H\" }", ":3: from = \"%u@%H\": expected %U (the "
	    "user)", "" },
	{ A "from = \"a@b.org%\" }", "expected %U (the user)", "" },
	{ A "from = \"%U@%H, b@x.org\" }", ":3: from = \"%U@%H, b@x.org\": "
	    "expected", "" },
	{ A "from = \"x@%U%%.org\" }", ":3: from", "" },
	/* Accounts like another one. */
	{ A "inherit = a }", ":3: inherit = \"a\": there is no such account "
	    "above this one", "" },
	{ "account exmaple { host = h }\n" A "inherit = example }",
	    ":4: inherit = \"example\": there is no such account",
	    "did you mean \"exmaple\"?" },
	{ A "inherit = b }\naccount b { host = h }", ":3: inherit = \"b\"",
	    "" },
	{ A "user = u\npassword = 's3cr' }\naccount b {\ninherit = a\n"
	    "password-file = /x\npassword-command = y }",
	    ":8: account \"b\": password-file and password-command", "" },
	{ A "tls-fingerprint = \"sha256:" HEX64 "\" }\n"
	    "account b {\ninherit = a\ntls = off }",
	    ":5: account \"b\": tls-fingerprint means nothing without TLS",
	    "" },
	{ "log { format = xml }", "expected one of text, json", "" },
	{ "log { file = \"log\" }", "expected an absolute path", "" },
	/* Numbers, durations, sizes. */
	{ A "port = 0 }", ":3: port = \"0\": expected a number from 1", "" },
	{ A "port = 65536 }", ":3: port = \"65536\": expected", "" },
	{ A "port = smtp }", ":3: port = \"smtp\": expected", "" },
	{ A "port = 587; }", ":3: port = \"587;\": expected", "" },
	{ A "port = -1 }", ":3: port = \"-1\": expected", "" },
	{ A "port = 99999999999999999999 }", ":3: port = ", "" },
	{ A "timeout = 30 }", ":3: timeout = \"30\": expected a duration",
	    "" },
	{ A "timeout = 0s }", "expected a duration", "" },
	{ A "timeout = 30x }", "expected a duration", "" },
	{ A "timeout = 1h30m }", "expected a duration", "" },
	{ A "timeout = 366d }", "expected a duration", "" },
	{ A "timeout = 31536001s }", "expected a duration", "" },
	{ A "timeout = 18446744073709551617s }", "expected a duration", "" },
	{ A "timeout = '' }", ":3: timeout = \"\": expected something", "" },
	{ A "connect-timeout = s }", "expected a duration", "" },
	{ A "final-timeout = -5m }", "expected a duration", "" },
	{ A "max-recipients = 0 }", "a number from 1 to 1000000", "" },
	{ A "max-recipients = 1000001 }", "a number from 1 to 1000000", "" },
	{ "max-message-size = 0", "expected a size", "" },
	{ "max-message-size = 25MB", "expected a size", "" },
	{ "max-message-size = 25m", "expected a size", "" },
	{ "max-message-size = 9999999999G", "expected a size", "" },
	{ "max-message-size = 1048577G", "expected a size", "" },
	/* The queue. */
	{ "queue { directory = spool }", ":1: directory = \"spool\": expected "
	    "an absolute path (write ~ as \"${HOME}\"), or none", "" },
	{ "queue { directory = None }", "absolute path", "" },
	{ "queue { directory = \"~/mail\" }", "write ~ as", "" },
	{ "queue { patience = 10 }", ":1: patience = \"10\": expected a "
	    "duration from 1s to 365d, such as 30s, 5m, 1h or 2d; or 0", "" },
	{ "queue { patience = 500ms }", "2d; or 0", "" },
	{ "queue { patience = 00x }", "2d; or 0", "" },
	{ "queue { patience = 0ss }", "2d; or 0", "" },
	{ "queue { patience = -1s }", "2d; or 0", "" },
	{ "queue { min-retry = 0 }", ":1: min-retry = \"0\": expected a "
	    "duration from 1s", "" },
	{ "queue { min-retry = 0s }", "expected a duration from 1s", "" },
	{ "queue { max-retry = 0s }", "expected a duration from 1s", "" },
	{ "queue { max-retry = 1w }", "expected a duration from 1s", "" },
	{ "queue { warn-after = never }", "2d; or 0", "" },
	{ "queue { expire = 5 }", "2d; or 0", "" },
	{ "queue { expire = 366d }", "2d; or 0", "" },
	{ "queue { max-hold = 1M }", "2d; or 0", "" },
	{ "queue { keep-failed = no }", "2d; or 0", "" },
	{ "queue { keep-failed = \"30 d\" }", "2d; or 0", "" },
	{ "queue { bounce-to = root }", ":1: bounce-to = \"root\": expected "
	    "one address, user@domain or Name <user@domain>", "" },
	{ "queue { bounce-to = \"<>\" }", "expected one address", "" },
	{ "queue { bounce-to = \"a@b.org, c@d.org\" }", "expected one", "" },
	{ "queue { bounce-to = \"A <a@b.org> x\" }", "expected one", "" },
	{ "queue { bounce-to = \"|/bin/mail@b.org\" }", "expected one", "" },
	{ "queue { connections = 0 }", "expected a number from 1 to 64", "" },
	{ "queue { connections = 65 }", "expected a number from 1 to 64", "" },
	{ "queue { connections = 4294967297 }", "expected a number", "" },
	{ "queue { connections = many }", "expected a number", "" },
	{ "queue { max-size = 0 }", "expected a size", "" },
	{ "queue { max-size = 0G }", "expected a size", "" },
	{ "queue { max-size = 10% }", "expected a size", "" },
	{ "queue { min-free = 51% }", ":1: min-free = \"51%\": expected a size "
	    "such as 500M or 2G, a share from 0% to 50%, or 0", "" },
	{ "queue { min-free = \"100 %\" }", "a share from 0% to 50%", "" },
	{ "queue { min-free = 4294967297% }", "a share from 0% to 50%", "" },
	{ "queue { min-free = \"%\" }", "a share from 0% to 50%", "" },
	{ "queue { min-free = -5% }", "a share from 0% to 50%", "" },
	{ "queue { min-free = 5%% }", "a share from 0% to 50%", "" },
	{ "queue { min-free = 5.5% }", "a share from 0% to 50%", "" },
	{ "queue { min-free = 0k }", "a share from 0% to 50%", "" },
	{ "queue { min-free = lots }", "a share from 0% to 50%", "" },
	{ "queue {\nmin-retry = 2h\n}", ":2: queue: min-retry (2h) is longer "
	    "than max-retry (1h, its default)", "" },
	{ "queue {\n\nmax-retry = 30s }", ":3: queue: min-retry (1m, its "
	    "default) is longer than max-retry (30s)", "" },
	{ "queue {\nmax-retry = 90m\nmin-retry = 2d }", ":3: queue: min-retry "
	    "(2d) is longer than max-retry (90m)", "" },
	{ A "port = 25 }\nqueue { min-retry = 61s\nmax-retry = 1m }\n",
	    ":5: queue: min-retry (61s) is longer than max-retry (1m)", "" },
	{ "queue { directory = none\ndeliver = queued }", ":2: queue: deliver "
	    "= \"queued\" and directory = \"none\" contradict", "" },
	{ "queue { deliver = background\ndirectory = none }", ":1: queue: "
	    "deliver = \"background\" and directory", "" },
	/* Hosts and names. */
	{ "account a {\n\n}", ":3: account \"a\" has no host", "" },
	{ "account a { user = u }", ":1: account \"a\" has no host", "" },
	{ "account a { host = \"\" }", "host = \"\": expected something", "" },
	{ "account a { host = \"a b\" }", "expected name, name:port", "" },
	{ "account a { host = \"a:\" }", "a port from 1 to 65535", "" },
	{ "account a { host = \"a:0\" }", "a port from 1 to 65535", "" },
	{ "account a { host = \"a:65536\" }", "a port from 1 to", "" },
	{ "account a { host = \"a:587:25\" }", "expected name", "" },
	{ "account a { host = \":25\" }", "expected name", "" },
	{ "account a { host = \"a..b\" }", "expected name", "" },
	{ "account a { host = \"-a\" }", "expected name", "" },
	{ "account a { host = \"1.2.3\" }", "expected name", "" },
	{ "account a { host = \"1.2.3.256\" }", "expected name", "" },
	{ "account a { host = \"1.2.3.4.\" }", "expected name", "" },
	{ A "tls-name = \"5.\" }", "expected a host name or an", "" },
	{ "account a { host = \"[::1\" }", "expected name", "" },
	{ "account a { host = \"[::1]x\" }", "expected name", "" },
	{ "account a { host = \"[mail]:25\" }", "expected name", "" },
	{ "account a { host = \"unix:x\" }", "unix: and an absolute path", "" },
	{ "account a { host = \"smtp://h\" }", "expected name", "" },
	{ "account a { host = { \"ok.example.org\",\n\"b d\" } }",
	    ":2: host = \"b d\": expected", "" },
	{ "account a { host = { a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q } }",
	    "at most 16 hosts", "" },
	{ "domain = \"x y\"", ":1: domain = \"x y\": expected a domain", "" },
	{ "domain = \"-x-.org\"", "expected a domain name", "" },
	{ A "ehlo-name = \"a b\" }", ":3: ehlo-name = \"a b\": expected", "" },
	{ A "tls-name = \"a/b\" }", "expected a host name", "" },
	{ A "source-address = \"localhost\" }", "expected an IPv4 or IPv6",
	    "" },
	{ A "source-address = \"1.2.3\" }", "expected an IPv4 or IPv6", "" },
	{ A "from = \"nobody\" }", ":3: from = \"nobody\": expected one "
	    "address", "" },
	{ A "from = \"a@b.org, c@d.org\" }", "expected one address", "" },
	{ A "from = \"A <a@b.org> x\" }", "expected one address", "" },
	{ A "from = \"<>\" }", "expected one address", "" },
	/* Files, lists and pins. */
	{ A U "password-file = \"pw\" }", ":4: password-file = \"pw\": expected"
	    " an absolute path", "" },
	{ A U "password-file = \"~/pw\" }", "write ~ as", "" },
	{ A "tls-ca-file = \"ca.pem\" }", "expected an absolute path", "" },
	{ A "tls-certificate = \"c.pem\" }", "absolute path or a pkcs11:",
	    "" },
	{ A U "password-command = \"cat /etc/pw\" }", "no shell takes it",
	    "" },
	{ A U "password-command = { \"./pw\" } }", "its absolute path", "" },
	{ A U "credential = \"a/b\" }", "expected a credential's name", "" },
	{ A U "credential = \"..\" }", "expected a credential's name", "" },
	{ A "tls-fingerprint = \"sha1:00\" }", "expected sha256: or", "" },
	{ A "tls-fingerprint = \"sha256:00\" }", "64 hexadecimal", "" },
	{ A "tls-fingerprint = \"sha256:0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef00\" }", "64 hexadecimal", "" },
	{ A "tls-fingerprint = \"sha256:0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdeg\" }", "64 hexadecimal", "" },
	{ A "tls-fingerprint = \"0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef\" }", "64 hexadecimal", "" },
	/* Logins. */
	{ A U "}", ":3: account \"a\": user without password", "" },
	{ A "password = 's3cret' }", ":3: account \"a\": password without "
	    "user", "" },
	{ A "token-command = t }", ":3: account \"a\": token-command without",
	    "" },
	{ A U "password = 's3cret'\npassword-file = \"/x\" }",
	    ":5: account \"a\": password and password-file: one source", "" },
	{ A U "token-command = x\npassword = 's3cret' }",
	    ":4: account \"a\": password and token-command: one", "" },
	{ A U "password = ''}", ":4: password: expected something", "" },
	{ A U "password = s3cret horse }", ":4: more stands behind the value "
	    "of password: put it in single quotes", "" },
	{ A U "password = 's3cret' 'horse' }", ":4: more stands behind the",
	    "" },
	{ A U "password = s3cr#et\n }", ":4: a value with one of", "" },
	{ A U "password = s3cr+et\n }", ":4: a value with one of", "" },
	{ A U "password = 's3cr'et'\n }", ":4: a value with one of", "" },
	{ A U "password = \"s3cret\\n\" }", ":4: in double quotes", "" },
	{ A U "password = { s3cret } }", ":4: password takes one value", "" },
	{ A U "password 's3cret' }", ":4: password lacks its =", "" },
	{ A U "password = 'x' auth = PLIAN }", ":4: auth = \"PLIAN\": there "
	    "is no such mechanism", "did you mean \"PLAIN\"?" },
	{ A U "password = 'x' auth = DIGEST-MD5 }", "no such mechanism", "" },
	{ A U "password = 'x' auth = xyzzy }", "no such mechanism",
	    "auto, off, or a list" },
	{ A U "password = 'x' auth = { off, PLAIN } }", "to stand alone", "" },
	{ A U "password = 'x' auth = { PLAIN, off } }", "no such mechanism",
	    "" },
	{ A U "password = 'x'\nauth = XOAUTH2 }", ":5: account \"a\": auth "
	    "names no mechanism that works", "" },
	{ A U "token-command = x\nauth = PLAIN }", "auth names no mechanism",
	    "" },
	{ A U "password = 'x'\nauth = EXTERNAL }", "auth names no mechanism",
	    "" },
	{ A "auth = PLAIN }", ":3: account \"a\": auth without user", "" },
	/* TLS. */
	{ A "tls-key = \"/k\" }", ":3: account \"a\": tls-key without "
	    "tls-certificate", "" },
	{ A "tls = off\ntls-certificate = \"/c\" }", ":4: account \"a\": "
	    "tls-certificate means nothing without TLS", "" },
	{ A "tls = off\ntls-fingerprint = \"sha256:0123456789abcdef0123456789"
	    "abcdef0123456789abcdef0123456789abcdef\" }",
	    ":4: account \"a\": tls-fingerprint means nothing", "" },
	{ A "tls-verify = no\ntls-fingerprint = \"sha256:0123456789abcdef01234"
	    "56789abcdef0123456789abcdef0123456789abcdef\" }",
	    "contradict each other", "" },
	{ "account a { host = { \"a:465\", \"b:587\" } }", "mixes port 465",
	    "" },
	{ "account a { host = { \"unix:/x\", \"b\" } }", "mixes port 465",
	    "" },
	{ "account a { host = \"unix:/x\" tls = starttls }", "set tls-name",
	    "" },
	/* What belongs together. */
	{ A "rewrite-from = always }", ":3: account \"a\": rewrite-from = "
	    "\"always\" without from", "" },
	{ A "null-sender = account }", "null-sender = \"account\" without",
	    "" },
	{ A "ip = 4\nsource-address = \"::1\" }", "not of the family", "" },
	{ A "ip = 6\nsource-address = \"127.0.0.1\" }", "not of the family",
	    "" },
	{ "\ndefault-account = work\naccount wrok { host = h }",
	    ":2: default-account = \"work\": there is no such account",
	    "did you mean \"wrok\"?" },
	{ "domain = x.org", "/etc/c: there is no account in it", "account" },
	{ "", "/etc/c: there is no account in it", "" },
};

START_TEST(refused)
{
	refused_by(&bad[_i], false);
}
END_TEST

static Suite *
suite(void)
{
	Suite *u = suite_create("assign");
	TCase *t = tcase_create("assign");

	tcase_add_loop_test(t, refused, 0, sizeof(bad) / sizeof(bad[0]));
	suite_add_tcase(u, t);
	return u;
}

int
main(void)
{
	return unit_main(suite());
}
