/* SPDX-License-Identifier: ISC */
/* SASL: the table, the choice and its words, the one-line mechanisms. */
#include <stdio.h>
#include <string.h>

#include "unit.h"

#include "base/buf.h"
#include "smtp/sasl.h"

static struct sasl_login login;
static struct sasl x;
static struct buf said;
static struct outcome o;

static void
setup(void)
{
	memset(&login, 0, sizeof(login));
	memset(&x, 0, sizeof(x));
	buf_init(&said, 4096);
	outcome_clear(&o);
}

static void
teardown(void)
{
	sasl_end(&x);
	buf_wipe(&said);
}

static void
secret(const char *user, const char *words, bool token)
{
	login.user = user;
	login.secret = words;
	login.secret_len = strlen(words);
	login.has_secret = true;
	login.token = token;
}

static void
begin(const char *name)
{
	const struct mechanism *m = sasl_find(name, strlen(name));

	ck_assert_ptr_nonnull(m);
	sasl_end(&x);
	sasl_begin(&x, m, &login);
}

static int
hear(const char *words)
{
	buf_clear(&said);
	return sasl_step(&x, words, words == NULL ? 0 : strlen(words), &said,
	    &o);
}

static void
says(const char *challenge, const void *words, size_t n)
{
	ck_assert_msg(hear(challenge) == 0, "%s", o.text);
	ck_assert_uint_eq(said.len, n);
	ck_assert_mem_eq(said.data, words, n);
}

START_TEST(order)
{
	static const char *const names[] = { "EXTERNAL", "SCRAM-SHA-512-PLUS",
		"SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-512",
		"SCRAM-SHA-256", "SCRAM-SHA-1", "OAUTHBEARER", "XOAUTH2",
		"CRAM-MD5", "PLAIN", "LOGIN" };
	const struct mechanism *m;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		m = &sasl_mechanisms[i];
		ck_assert_str_eq(m->name, names[i]);
		ck_assert_ptr_eq(sasl_find(names[i], strlen(names[i])), m);
		ck_assert_uint_eq(sasl_bit(m), 1u << i);
		/* Whoever gets the secret itself gets it in secrecy. */
		ck_assert((m->needs & SASL_NEEDS_SECRECY) != 0 ||
		    strncmp(m->name, "SCRAM", 5) == 0 ||
		    strcmp(m->name, "CRAM-MD5") == 0 ||
		    strcmp(m->name, "EXTERNAL") == 0);
	}
	ck_assert_ptr_null(sasl_mechanisms[i].name);
	ck_assert_ptr_nonnull(sasl_find("scram-Sha-256", 13));
	ck_assert_ptr_null(sasl_find("PLAIN", 4));
	ck_assert_ptr_null(sasl_find("PLAINS", 6));
	ck_assert_ptr_null(sasl_find("", 0));
	ck_assert_ptr_null(sasl_find("GSSAPI", 6));
}
END_TEST

/* A list of names, separated by spaces, as bits. */
static uint32_t
bits(const char *names)
{
	const struct mechanism *m;
	uint32_t all = 0;
	size_t n;

	for (; *names != '\0'; names += n + (names[n] == ' ')) {
		n = strcspn(names, " ");
		m = sasl_find(names, n);
		ck_assert_msg(m != NULL, "%s", names);
		all |= sasl_bit(m);
	}
	return all;
}

#define ALL "EXTERNAL SCRAM-SHA-512-PLUS SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS " \
	"SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1 OAUTHBEARER XOAUTH2 " \
	"CRAM-MD5 PLAIN LOGIN"
#define PASSWORD	1u
#define TOKEN		2u
#define CERTIFICATE	4u
#define SECRECY		8u
#define BINDING		16u
#define NOUSER		32u

static const struct {
	const char	*offered;
	const char	*excluded;
	const char	*allowed;	/* NULL: any */
	unsigned	 has;
	const char	*chosen;	/* NULL: none */
	const char	*text;
	const char	*advice;
} choices[] = {
	{ ALL, "", NULL, PASSWORD | SECRECY | BINDING, "SCRAM-SHA-512-PLUS",
	    NULL, NULL },
	{ ALL, "", NULL, PASSWORD | SECRECY, "SCRAM-SHA-512", NULL, NULL },
	{ ALL, "", NULL, PASSWORD, "SCRAM-SHA-512", NULL, NULL },
	{ ALL, "", NULL, PASSWORD | CERTIFICATE, "SCRAM-SHA-512", NULL, NULL },
	{ ALL, "", NULL, CERTIFICATE | SECRECY | BINDING, "EXTERNAL", NULL,
	    NULL },
	{ ALL, "", NULL, CERTIFICATE | NOUSER, "EXTERNAL", NULL, NULL },
	{ ALL, "", NULL, TOKEN | SECRECY | BINDING | CERTIFICATE,
	    "OAUTHBEARER", NULL, NULL },
	{ "XOAUTH2 PLAIN", "", NULL, TOKEN | SECRECY, "XOAUTH2", NULL, NULL },
	{ ALL, "OAUTHBEARER", NULL, TOKEN | SECRECY, "XOAUTH2", NULL, NULL },
	{ "LOGIN PLAIN", "", NULL, PASSWORD | SECRECY, "PLAIN", NULL, NULL },
	{ "LOGIN PLAIN CRAM-MD5", "", NULL, PASSWORD | SECRECY, "CRAM-MD5",
	    NULL, NULL },
	{ "LOGIN PLAIN CRAM-MD5", "CRAM-MD5", NULL, PASSWORD | SECRECY,
	    "PLAIN", NULL, NULL },
	/* The administrator's order. */
	{ ALL, "", "login scram-sha-1 PLAIN", PASSWORD | SECRECY, "LOGIN",
	    NULL, NULL },
	{ ALL, "", "login scram-sha-1 PLAIN", PASSWORD, "SCRAM-SHA-1", NULL,
	    NULL },
	{ ALL, "LOGIN SCRAM-SHA-1", "LOGIN SCRAM-SHA-1 PLAIN",
	    PASSWORD | SECRECY, "PLAIN", NULL, NULL },
	{ ALL, "", "GSSAPI PLAIN", PASSWORD | SECRECY, "PLAIN", NULL, NULL },
	/* None fits: what is offered, what we have, what to do. */
	{ "PLAIN", "", NULL, PASSWORD, NULL,
	    "server offers PLAIN (needs verified TLS); we have a password",
	    "PLAIN sends the secret as it is, so it needs verified TLS" },
	{ "EXTERNAL PLAIN LOGIN", "", NULL, PASSWORD, NULL,
	    "EXTERNAL (needs a client certificate, no password), PLAIN (needs "
	    "verified TLS), LOGIN (needs verified TLS); we have a password",
	    "PLAIN sends" },
	{ "XOAUTH2 OAUTHBEARER", "", NULL, PASSWORD | SECRECY, NULL,
	    "OAUTHBEARER (needs a token), XOAUTH2 (needs a token); we have a "
	    "password", "OAUTHBEARER needs an OAuth2 token: set \"token-com" },
	{ "PLAIN SCRAM-SHA-256", "", NULL, TOKEN | SECRECY, NULL,
	    "SCRAM-SHA-256 (needs a password), PLAIN (needs a password); we "
	    "have a token", "SCRAM-SHA-256 needs a password: set" },
	{ "XOAUTH2", "", NULL, TOKEN, NULL, "XOAUTH2 (needs verified TLS); "
	    "we have a token", "XOAUTH2 sends the secret as it is" },
	{ "EXTERNAL", "", NULL, PASSWORD | CERTIFICATE, NULL,
	    "EXTERNAL (needs a client certificate, no password)",
	    "EXTERNAL needs a client certificate (\"tls-certificate\")" },
	{ "PLAIN", "", NULL, CERTIFICATE | SECRECY, NULL,
	    "we have a client certificate", "PLAIN needs a password" },
	{ "PLAIN", "", NULL, SECRECY, NULL,
	    "we have no password, token or client certificate",
	    "PLAIN needs a password" },
	{ "PLAIN", "", NULL, PASSWORD | SECRECY | NOUSER, NULL,
	    "PLAIN (needs a user name)", "set \"user\"" },
	{ "SCRAM-SHA-1-PLUS", "", NULL, PASSWORD | SECRECY, NULL,
	    "SCRAM-SHA-1-PLUS (needs channel binding)", "cannot give" },
	{ "PLAIN LOGIN", "PLAIN LOGIN", NULL, PASSWORD | SECRECY, NULL,
	    "PLAIN (refused before), LOGIN (refused before)",
	    "PLAIN was refused by the server" },
	{ "PLAIN LOGIN", "", "SCRAM-SHA-256", PASSWORD | SECRECY, NULL,
	    "PLAIN (not in \"auth\"), LOGIN (not in \"auth\")",
	    "PLAIN could be used: add it to \"auth\"" },
	{ "PLAIN", "", "PLAIN", PASSWORD, NULL, "PLAIN (needs verified TLS)",
	    "to \"off\"" },
	{ "", "", NULL, PASSWORD, NULL, "no mechanism that is known here",
	    "inside TLS only" },
	{ "", "", NULL, PASSWORD | SECRECY, NULL, "no mechanism that is known",
	    "ask its operator" },
};

START_TEST(choice)
{
	const unsigned has = choices[_i].has;
	char list[128] = "";
	char *allowed[8], *rest = list;
	const struct mechanism *m;
	size_t n = 0;

	snprintf(list, sizeof(list), "%s", choices[_i].allowed != NULL ?
	    choices[_i].allowed : "");
	while (n < 8 && (allowed[n] = strsep(&rest, " ")) != NULL)
		n++;
	login.user = (has & NOUSER) != 0 ? NULL : "user";
	login.secret = "hunter2";
	login.secret_len = 7;
	login.has_secret = (has & (PASSWORD | TOKEN)) != 0;
	login.token = (has & TOKEN) != 0;
	login.certificate = (has & CERTIFICATE) != 0;
	login.secrecy = (has & SECRECY) != 0;
	login.binding = (has & BINDING) != 0 ? TLS_BINDING_EXPORTER :
	    TLS_BINDING_NONE;
	login.binding_len = 32;
	m = sasl_choose(bits(choices[_i].offered), bits(choices[_i].excluded),
	    choices[_i].allowed != NULL ? allowed : NULL, &login, &o);
	if (choices[_i].chosen != NULL) {
		ck_assert_msg(m != NULL, "%s", o.text);
		ck_assert_str_eq(m->name, choices[_i].chosen);
		return;
	}
	ck_assert_ptr_null(m);
	ck_assert_int_eq((int)o.fault, FAULT_LOGIN);
	ck_assert_int_eq((int)o.stage, STAGE_AUTH);
	ck_assert_int_eq((int)o.verdict, VERDICT_LATER);
	ck_assert_int_eq((int)o.scope, SCOPE_ACCOUNT);
	ck_assert_msg(strstr(o.text, choices[_i].text) != NULL, "%s", o.text);
	ck_assert_msg(strstr(o.advice, choices[_i].advice) != NULL, "%s",
	    o.advice);
	ck_assert_ptr_null(strstr(o.text, "hunter2"));
}
END_TEST

/* The whole table on offer, and nothing at hand: cut, not overrun. */
START_TEST(long_words)
{
	ck_assert_ptr_null(sasl_choose(bits(ALL), bits(ALL), NULL, &login,
	    &o));
	ck_assert_uint_lt(strlen(o.text), LIMIT_WORDS);
	ck_assert_ptr_nonnull(strstr(o.text, "EXTERNAL"));
}
END_TEST

START_TEST(external)
{
	login.certificate = true;
	begin("EXTERNAL");
	says(NULL, "", 0);
	ck_assert_int_eq(sasl_finish(&x, NULL, 0, &o), 0);
	login.user = "robot@example.org";
	begin("EXTERNAL");
	says("", "robot@example.org", 17);
	ck_assert_int_eq(hear(""), -1);
	ck_assert_int_eq((int)o.fault, FAULT_PROTOCOL);
}
END_TEST

START_TEST(plain)
{
	secret("tim", "tanstaaftanstaaf", false);
	begin("PLAIN");
	says(NULL, "\0tim\0tanstaaftanstaaf", 21);
	ck_assert_int_eq(sasl_finish(&x, "whatever", 8, &o), 0);
	ck_assert_int_eq(hear("more?"), -1);
	ck_assert_int_eq((int)o.fault, FAULT_PROTOCOL);
	ck_assert_ptr_nonnull(strstr(o.text, "PLAIN"));
	ck_assert_ptr_null(strstr(o.text, "tanstaaf"));
	login.secret_len = 17;		/* with its NUL */
	begin("PLAIN");
	ck_assert_int_eq(hear(NULL), -1);
	ck_assert_int_eq((int)o.fault, FAULT_LOGIN);
}
END_TEST

START_TEST(prompts)
{
	secret("tim", "tanstaaf", false);
	begin("LOGIN");
	says("Username:", "tim", 3);
	says("Password:", "tanstaaf", 8);
	ck_assert_int_eq(sasl_finish(&x, NULL, 0, &o), 0);
	ck_assert_int_eq(hear("Again:"), -1);
	ck_assert_int_eq((int)o.fault, FAULT_PROTOCOL);
	begin("LOGIN");
	says("User Name\0", "tim", 3);
	says("", "tanstaaf", 8);
	begin("LOGIN");
	says(NULL, "tim", 3);
	says("Mot de passe?", "tanstaaf", 8);
}
END_TEST

/* RFC 2195 section 2. */
START_TEST(cram)
{
	static const char answer[] = "tim b913a602c7eda7a495b4e6e7334d3890";

	secret("tim", "tanstaaftanstaaf", false);
	begin("CRAM-MD5");
	says("<1896.697170952@postoffice.reston.mci.net>", answer,
	    strlen(answer));
	ck_assert_int_eq(hear("<again>"), -1);
	ck_assert_int_eq((int)o.fault, FAULT_PROTOCOL);
	begin("CRAM-MD5");
	ck_assert_int_eq(hear(""), -1);
	ck_assert_int_eq((int)o.fault, FAULT_PROTOCOL);
}
END_TEST

/* RFC 7628 section 4.1, but for the order of its key-value pairs. */
START_TEST(bearer)
{
	static const char first[] = "n,a=user@example.com,\1"
	    "host=server.example.com\1port=587\1"
	    "auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\1\1";
	static const char bare[] = "n,a=a=2Cb=3Dc,\1auth=Bearer t\1\1";

	secret("user@example.com", "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==",
	    true);
	login.host = "server.example.com";
	login.port = 587;
	begin("OAUTHBEARER");
	says(NULL, first, strlen(first));
	ck_assert_int_eq(sasl_finish(&x, NULL, 0, &o), 0);
	says("{\"status\":\"invalid_token\",\"scope\":\"example_scope\","
	    "\"openid-configuration\":\"https://example.com/o\"}", "\1", 1);
	ck_assert_str_eq(x.said, "invalid_token, scope example_scope");
	ck_assert_int_eq(hear("{}"), -1);
	ck_assert_int_eq((int)o.fault, FAULT_PROTOCOL);
	secret("a,b=c", "t", true);
	login.host = NULL;
	begin("OAUTHBEARER");
	says(NULL, bare, strlen(bare));
}
END_TEST

START_TEST(xoauth2)
{
	static const char first[] =
	    "user=someuser@example.com\1auth=Bearer ya29.vF9dft4qmTc2\1\1";

	secret("someuser@example.com", "ya29.vF9dft4qmTc2", true);
	begin("XOAUTH2");
	says(NULL, first, strlen(first));
	says("{\"status\" : \"400\", \"schemes\":\"Bearer\", \"scope\": "
	    "\"https://mail.google.com/\"}", "", 0);
	ck_assert_str_eq(x.said, "400, scope https://mail.google.com/");
	ck_assert_int_eq(hear("{}"), -1);
}
END_TEST

static const struct {
	const char	*json;
	const char	*said;
} reasons[] = {
	{ "", "" },
	{ "{}", "" },
	{ "not json", "" },
	{ "\"status\"", "" },
	{ "\"status\":", "" },
	{ "\"status\":400", "" },
	{ "\"status\":\"", "" },
	{ "\"status\":\"40", "40" },
	{ "\"status\"\"x\"", "x" },
	{ "{\"scope\":\"a\"}", "" },
	{ "{\"status\":\"a\\\"b\x1b\n\xff\"}", "a?" },
	{ "{\"status\":\"a\x1b[2Jb\xff\"}", "a?[2Jb?" },
	{ "{\"status\":\"0123456789012345678901234567890123456789"
	    "0123456789\"}",
	    "01234567890123456789012345678901234567890123456" },
	/* The token is not for the log. */
	{ "{\"status\":\"bad: ya29.vF9dft4qmTc2\"}", "" },
	{ "{\"status\":\"bad: ya29.vF9\"}", "" },
	{ "{\"status\":\"9dft4qmT\"}", "" },
	{ "{\"status\":\"400\",\"scope\":\"9dft4qmT\"}", "" },
};

START_TEST(reason)
{
	secret("user", "ya29.vF9dft4qmTc2", true);
	begin("XOAUTH2");
	ck_assert_int_eq(hear(NULL), 0);
	ck_assert_int_eq(hear(reasons[_i].json), 0);
	ck_assert_str_eq(x.said, reasons[_i].said);
}
END_TEST

static const struct {
	const char	*user;
	const char	*token;
} unclean[] = {
	{ "user", "tok\1en" }, { "user", "tok en" }, { "user", "token\n" },
	{ "user", "tok\xc3\xa9n" }, { "user", "token\x7f" },
	{ "us\1er", "token" }, { "us\ner", "token" }, { "user\x7f", "token" },
};

START_TEST(token_injection)
{
	static const char *const names[] = { "XOAUTH2", "OAUTHBEARER" };
	size_t i;

	secret(unclean[_i].user, unclean[_i].token, true);
	for (i = 0; i < 2; i++) {
		begin(names[i]);
		ck_assert_int_eq(hear(NULL), -1);
		ck_assert_int_eq((int)o.fault, FAULT_LOGIN);
		ck_assert_uint_eq(said.len, 0);
		ck_assert_ptr_null(strstr(o.text, "tok\1"));
	}
}
END_TEST

/* Each mechanism with less room than its words take. */
START_TEST(no_room)
{
	static const char *const names[] = { "EXTERNAL", "OAUTHBEARER",
		"XOAUTH2", "CRAM-MD5", "PLAIN", "LOGIN", "SCRAM-SHA-1" };
	size_t i, n, whole;
	struct buf b;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		secret("user", "hunter2", false);
		login.host = "mail.example.org";
		begin(names[i]);
		ck_assert_int_eq(hear(strcmp(names[i], "CRAM-MD5") == 0 ?
		    "<x>" : NULL), 0);
		whole = said.len;
		for (n = 0; n < whole; n++) {
			begin(names[i]);
			buf_init(&b, n);
			ck_assert_int_eq(sasl_step(&x, "<x>", strcmp(names[i],
			    "CRAM-MD5") == 0 ? 3 : 0, &b, &o), -1);
			ck_assert_int_eq((int)o.fault, FAULT_LOGIN);
			ck_assert_ptr_null(strstr(o.text, "hunter2"));
			buf_wipe(&b);
		}
	}
}
END_TEST

START_TEST(ends)
{
	struct sasl none;

	memset(&none, 0, sizeof(none));
	sasl_end(&none);
	secret("user", "secret", false);
	begin("SCRAM-SHA-256");
	sasl_end(&x);
	begin("SCRAM-SHA-256");
	ck_assert_int_eq(hear(NULL), 0);
	sasl_end(&x);
	ck_assert_ptr_null(x.scram);
	ck_assert_ptr_null(x.login);
	sasl_end(&x);
}
END_TEST

static void
add_loop(TCase *t, const TTest *test, size_t n)
{
	tcase_add_loop_test(t, test, 0, (int)n);
}
#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

int
main(void)
{
	Suite *s = suite_create("sasl");
	TCase *t = tcase_create("sasl");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, order);
	add_loop(t, choice, COUNT(choices));
	tcase_add_test(t, long_words);
	tcase_add_test(t, external);
	tcase_add_test(t, plain);
	tcase_add_test(t, prompts);
	tcase_add_test(t, cram);
	tcase_add_test(t, bearer);
	tcase_add_test(t, xoauth2);
	add_loop(t, reason, COUNT(reasons));
	add_loop(t, token_injection, COUNT(unclean));
	tcase_add_test(t, no_room);
	tcase_add_test(t, ends);
	suite_add_tcase(s, t);
	return unit_main(s);
}
