/* SPDX-License-Identifier: ISC */
/* What libconfuse would take or misplace is refused, at its line. */
#include "refused.h"

/* Every one is refused with the words, and the line in front. */
static const struct refusal bad[] = {
	/* Files that end too early, and quotes. */
	{ A "", ":1: account { begins here and is not closed", "" },
	{ "\n\nlog {\n", ":3: log { begins here and is not closed", "" },
	{ A "auth = { PLAIN\n", ":3: the list that begins here", "" },
	{ "\n/* never\n closed * /\n", ":2: the comment /* is not closed", "" },
	{ A "}\n/*", ":4: the comment /* is not closed", "" },
	{ A "}\n/*/", ":4: the comment /* is not closed", "" },
	{ "\ndomain = \"x.org\n", ":2: a quote \" is not closed", "" },
	{ "\ndomain = 'x.org\n'", ":2: a quote ' is not closed", "" },
	{ "domain = 'x.org\\'", ":1: a quote ' is not closed", "" },
	{ "domain = \"", ":1: a quote \" is not closed", "" },
	{ "domain =", ":1: the file ends behind domain", "" },
	{ "domain", ":1: the file ends behind domain", "" },
	{ "\naccount \"x\"", ":2: the file ends behind account", "" },
	{ "include(\"x\"", ":1: the list that begins here", "" },
	{ A "}\n}\n", ":4: } without {", "" },
	/* Syntax. */
	{ "domain \"x.org\"", ":1: domain lacks its =", "" },
	{ "domain { }", ":1: { stands here without =", "" },
	{ "{ }", ":1: { stands here without a key", "" },
	{ "domain = { a }", ":1: domain takes one value, not a list", "" },
	{ "domain = = x", ":1: = is not expected here", "" },
	{ "domain = x.org, y.org", ":1: , is not expected here", "" },
	{ "account { host = h }", ":1: account needs a name", "" },
	{ "account a b { host = h }", ":1: account lacks its {", "" },
	{ "log x { }", ":1: log lacks its {", "" },
	{ A "auth = { PLAIN,, LOGIN }\n}", ":3: , is not expected", "" },
	{ A "auth = { , LOGIN }\n}", ":3: , is not expected", "" },
	{ "include(\"a\" \"b\")", ":1: a comma is missing", "" },
	{ "include(a}", ":1: include lacks its )", "" },
	{ "include(,)", ":1: , is not expected here", "" },
	{ "account = a", ":1: = is not expected here", "" },
	{ "account \"\" { host = h }", ":1: an account needs a name", "" },
	{ "\"domain\" = x.org", ":1: expected a key, found a quoted", "" },
	{ "domain = x.org \"y\"", ":1: more stands behind the value of domain",
	    "" },
	{ A "auth = { }\n}", ":3: auth is an empty list", "" },
	{ A "auth += PLAIN }", ":3: + is not expected here", "" },
	{ A "auth = { PLAIN LOGIN }\n}", ":3: a comma is missing between "
	    "the values of auth", "" },
	{ A "user }", ":3: user has no value", "" },
	{ A "; }", ":3: expected a key, found \";\"", "" },
	{ "include \"x\"", ":1: include lacks its (", "" },
	{ "include()", ":1: include needs one file", "" },
	{ "include(\"a\", \"b\")", ":1: include needs one file", "" },
	{ "include(\"\")", ":1: include needs one file", "" },
	/* Characters libconfuse would skip or misread. */
	{ A "match = *@example.org }", ":3: * is not expected here", "" },
	{ A "user = a+b@example.org }", ":3: a value with one of", "" },
	{ A "user = a*b }", ":3: a value with one of", "" },
	{ A "user = a#b\n}", ":3: a value with one of", "" },
	{ A "user = a//b }", ":3: a value with one of", "" },
	{ A "user = a/*b }", ":3: a value with one of", "" },
	{ A "user = a'b' }", ":3: a value with one of", "" },
	{ A "user = ${HOME} }", ":3: a value with one of", "" },
	{ A "user = x${HOME} }", ":3: a value with one of", "" },
	{ A "user = a(b) }", ":3: ( is not expected here", "" },
	{ "domain = x\x01.org", ":1: a control character (0x01)", "" },
	{ "domain = \"x\x01\"", ":1: a control character in quotes", "" },
	{ "domain = 'x\ty'", ":1: a control character in quotes", "" },
	{ "# c\r\ndomain = x\rlog", ":2: a control character (0x0d)", "" },
	{ "domain = x.org \r", ":1: a control character (0x0d)", "" },
	{ "domain = \"x\x7fy\"", ":1: a control character in quotes", "" },
	{ "domain = x\x7f", ":1: domain has a control character", "" },
	/* Escapes and variables. */
	{ A "user = \"a\\x41\" }", ":3: in double quotes \\ stands only",
	    "single quotes" },
	{ A "user = \"a\\101\" }", ":3: in double quotes \\ stands only", "" },
	{ A "user = \"a\\n\" }", ":3: in double quotes \\ stands only", "" },
	{ A "user = \"a\\\nb\" }", ":3: in double quotes \\ stands only", "" },
	{ A "user = \"${PH_NOT_SET}\" }",
	    ":3: the variable PH_NOT_SET is not set", "" },
	{ A "user = \"${PH_CONTROL}\" }", ":3: user has a control character",
	    "" },
	{ A "user = \"${PH_EMPTY}\" }", ":3: user = \"\": expected something",
	    "" },
	{ A "user = \"${}\" }", ":3: expected ${NAME}", "" },
	{ A "user = \"${A B}\" }", ":3: expected ${NAME}", "" },
	{ A "user = \"${HOME\" } #}", ":3: expected ${NAME}", "" },
	{ A "user = \"${HOME:-x\" }\n # }", ":3: expected ${NAME}", "" },
	{ A "user = \"${HOME:+x}\" }", ":3: expected ${NAME}", "" },
	{ A "user = \"${NO:-${HOME}}\" }", ":3: expected ${NAME}", "" },
	{ A "user = \"${NO:-a{b}c}\" }", ":3: expected ${NAME}", "" },
	{ "account \"${PH_CONTROL}\" {\nhost = h }",
	    ":2: an account needs a name", "" },
	{ "include(\"${PH_CONTROL}\")", ":1: include needs one file", "" },
	{ A U "password = \"s3cret${HOME}\" }",
	    ":4: password has ${ in double quotes", "single quotes" },
	/* Keys. */
	{ "hots = x", ":1: there is no key \"hots\" at the top level", "" },
	{ A "hots = x }", ":3: there is no key \"hots\" in account",
	    "did you mean \"host\"?" },
	{ A "passwrd = 's3cret' }", ":3: there is no key \"passwrd\"",
	    "did you mean \"password\"?" },
	{ A "tls_verify = no }", ":3: there is no key \"tls_verify\"",
	    "did you mean \"tls-verify\"?" },
	{ A "Password = 's3cret' }", ":3: there is no key \"Password\"",
	    "did you mean \"password\"?" },
	{ A "password:s3cret }", ":3: there is no key \"password...\"",
	    "did you mean \"password\"?" },
	{ "doamin = x.org", ":1: there is no key",
	    "did you mean \"domain\"?" },
	{ "Account \"a\" { }", ":1: there is no key \"Account\"",
	    "did you mean \"account\"?" },
	{ "accuont \"a\" { }", ":1: there is no key \"accuont\"",
	    "did you mean \"account\"?" },
	{ "xyzzyplugh = 1", ":1: there is no key \"xyzzyplugh\"", "" },
	{ "host = x.org", ":1: there is no key \"host\" at the top level",
	    "it belongs inside account \"NAME\" { }" },
	{ A "domain = x.org }", ":3: there is no key \"domain\" in account",
	    "it belongs at the top level" },
	{ A "account b { host = x }", ":3: there is no key \"account\"",
	    "is a } missing above?" },
	{ A "facility = x }", ":3: there is no key", "inside log { }" },
	{ A "include(\"x\") }", ":3: there is no key \"include\"",
	    "at the top level" },
	{ "posthorn-end = x", ":1: there is no key \"posthorn-end\"", "" },
	{ "account|host = x", ":1: there is no key \"account...\"", "" },
	{ "expire = 5d", ":1: there is no key \"expire\" at the top level",
	    "it belongs inside queue { }" },
	{ A "connections = 4 }", ":3: there is no key \"connections\" in",
	    "inside queue { }" },
	{ "queue { timeout = 5m }", ":1: there is no key \"timeout\" in queue",
	    "inside account \"NAME\" { }" },
	{ "queue {\nkeep-faild = 5d }", ":2: there is no key \"keep-faild\"",
	    "did you mean \"keep-failed\"?" },
	/* Keys given twice. */
	{ "domain = a.org\ndomain = b.org", ":2: domain is given twice", "" },
	{ A "user = a\nuser = b }", ":4: user is given twice", "" },
	{ A "host = b }", ":3: host is given twice; a list is written", "" },
	{ "log { syslog = no }\nlog { syslog = no }", ":2: log is given twice",
	    "" },
	{ "queue {\nexpire = 1d\nexpire = 1d }", ":3: expire is given twice",
	    "" },
	{ "queue { }\nqueue { }", ":2: queue is given twice", "" },
	{ "queue { bounce-to = { \"a@b.org\" } }",
	    ":1: bounce-to takes one value, not a list", "" },
	{ A "}\n" A "}", ":4: found duplicate title 'a'", "" },
	{ A "}\naccount \"b\" { host = x }\n\naccount 'a' { host = h }",
	    ":6: found duplicate title 'a'", "" },
	/* Not in this version. */
	{ "\nallow \"x\" { }", ":2: allow is not in this version", "" },
	{ A "rate = \"100/1h\" }", ":3: rate is not in this version", "" },
	{ A "proxy = x }", ":3: proxy is not in this version", "" },
	{ A "dane = true }", ":3: dane = \"true\" is not in this version",
	    "" },
	{ A "dane = x }", ":3: dane = \"x\": expected true or false", "" },
	{ A "tls-resume = yes }", ":3: tls-resume = \"yes\" is not in this",
	    "" },
	{ A "tls-trust = first-use }", ":3: tls-trust = \"first-use\" is not",
	    "" },
	{ A "protocol = lmtp }", ":3: protocol = \"lmtp\" is not in this",
	    "" },
	{ "account a {\nhost = \"srv:example.org\" }",
	    ":2: host = \"srv:example.org\" is not in this version", "" },
	{ A "auth = GSSAPI }", ":3: auth = \"GSSAPI\" is not in this", "" },
	{ "queue {\nflood = 10m }", ":2: flood is not in this version", "" },
	/* Comments do not move the lines. */
	{ "/* a */ # b\n/* c\n\n */ // d\nhots = x", ":5: there is no", "" },
	{ A "}\n/* c\n */ domain = x.org /* d */ domain = y.org",
	    ":5: domain is given twice", "" },
	{ "/* a\n */\n/* b */ /* c */\naccount a {\n /*\n*/ host = x\nport=x}",
	    ":7: port = ", "" },
};

START_TEST(refused)
{
	refused_by(&bad[_i], false);
}
END_TEST

/* What a set-id program must not take from its caller. */
static const struct refusal set_id[] = {
	{ A "user = \"${HOME}\" }", "/etc/c:3: ${...} cannot be used",
	    "" },
	{ A "user = \"${HOME:-x}\" }", "/etc/c:3: ${...} cannot be used",
	    "" },
	{ "domain = \"${PH_NOT_SET:-x.org}\"", "/etc/c:1: ${...} cannot",
	    "" },
	{ A U "credential = \"pw\" }", "/etc/c:4: credential cannot be",
	    "password-file" },
};

START_TEST(refused_set_id)
{
	refused_by(&set_id[_i], true);
}
END_TEST

static Suite *
suite(void)
{
	Suite *u = suite_create("traps");
	TCase *t = tcase_create("traps");

	tcase_add_loop_test(t, refused, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_loop_test(t, refused_set_id, 0,
	    sizeof(set_id) / sizeof(set_id[0]));
	suite_add_tcase(u, t);
	return u;
}

int
main(void)
{
	return unit_main(suite());
}
