/* SPDX-License-Identifier: ISC */
/* AUTH over a dialogue: the choice, the exchange, what is learned. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"
#include "smtp/login.h"

enum { NO_SECRET = 1, CERTIFICATE = 2, TOKEN = 4, BINDING = 8, EAGER = 16,
	NOT_SECRET = 32, KNOWS_PLUS = 64, NOT_PLUS = 128 };

#define PLAIN	"AUTH PLAIN AHUAcHc=\r\n|\n"		/* u, pw */

/* known: as mechanisms by name. */
static const struct row {
	const char	*name;
	unsigned	 how;
	const char	*offer;
	const char	*allowed;
	const char	*rides, *broken;	/* before */
	const char	*turns[TURNS];
	const char	*says;
	int		 result;
	enum fault	 fault;
	const char	*words;			/* in text or advice */
	const char	*rides_after, *broken_after;
	enum login_again again;
} rows[] = {
	{ "PLAIN", 0, "PLAIN LOGIN", NULL, "", "", { "", "235 in\r\n" }, PLAIN,
	    0, FAULT_NONE, NULL, "PLAIN", "", LOGIN_NOT_AGAIN },
	{ "CRAM-MD5 before PLAIN", 0, "PLAIN CRAM-MD5", NULL, "PLAIN", "",
	    { "", "334 PDFAaD4=\r\n", "235 in\r\n" },
	    "AUTH CRAM-MD5\r\n|\n"
	    "dSA1NjFjMDcyNzI0ZWIyZWNlMWE3ZjMwZGFlNDc1NjEyMQ==\r\n|\n", 0,
	    FAULT_NONE, NULL, "", "", LOGIN_NOT_AGAIN },
	{ "refused as such: the next, and remembered", 0, "PLAIN CRAM-MD5",
	    NULL, "", "", { "", "504 no\r\n", "235 in\r\n" },
	    "AUTH CRAM-MD5\r\n|\n" PLAIN, 0, FAULT_NONE, NULL, "PLAIN",
	    "CRAM-MD5", LOGIN_NOT_AGAIN },
	{ "what is known not to work is left out", 0, "PLAIN CRAM-MD5", NULL,
	    "", "CRAM-MD5", { "", "235 in\r\n" }, PLAIN, 0, FAULT_NONE, NULL,
	    "PLAIN", "CRAM-MD5", LOGIN_NOT_AGAIN },
	{ "... unless there is nothing else", 0, "PLAIN LOGIN", NULL, "",
	    "PLAIN LOGIN", { "", "235 in\r\n" }, PLAIN, 0, FAULT_NONE, NULL,
	    "PLAIN", "", LOGIN_NOT_AGAIN },
	{ "all refused as such: nothing is learned", 0, "PLAIN LOGIN", NULL, "",
	    "", { "", "534 5.7.9 app password\r\n", "534 5.7.9 the same\r\n" },
	    PLAIN "AUTH LOGIN\r\n|\n", -1, FAULT_LOGIN, "the same", "", "",
	    LOGIN_NOT_AGAIN },
	{ "535 is the end", 0, "PLAIN LOGIN", NULL, "PLAIN", "",
	    { "", "535 5.7.8 who?\r\n" }, PLAIN, -1, FAULT_LOGIN, "who?",
	    "PLAIN", "", LOGIN_NOT_AGAIN },
	{ "454 is a delay", 0, "PLAIN", NULL, "", "",
	    { "", "454 4.7.0 later\r\n" }, PLAIN, -1, FAULT_DELAY, "later", "",
	    "", LOGIN_NOT_AGAIN },
	{ "250 is nonsense", 0, "PLAIN", NULL, "", "", { "", "250 ok\r\n" },
	    PLAIN, -1, FAULT_PROTOCOL, NULL, "", "", LOGIN_NOT_AGAIN },
	{ "nothing offered", 0, "", NULL, "", "", { "" }, "", -1, FAULT_LOGIN,
	    "offers no AUTH", "", "", LOGIN_NOT_AGAIN },
	{ "nothing known offered", 0, "NTLM", NULL, "", "", { "" }, "", -1,
	    FAULT_LOGIN, "NTLM", "", "", LOGIN_NOT_AGAIN },
	{ "no secret in clear", NOT_SECRET, "PLAIN LOGIN", NULL, "", "", { "" },
	    "", -1, FAULT_LOGIN, "verified TLS", "", "", LOGIN_NOT_AGAIN },
	{ "a certificate", CERTIFICATE | NO_SECRET, "PLAIN EXTERNAL", NULL, "",
	    "", { "", "235 in\r\n" }, "AUTH EXTERNAL dQ==\r\n|\n", 0,
	    FAULT_NONE, NULL, "EXTERNAL", "", LOGIN_NOT_AGAIN },
	{ "a certificate beside a password", CERTIFICATE, "PLAIN EXTERNAL",
	    NULL, "", "", { "", "235 in\r\n" }, PLAIN, 0, FAULT_NONE, NULL,
	    "PLAIN", "", LOGIN_NOT_AGAIN },
	{ "the order of the configuration", 0, "PLAIN CRAM-MD5", "PLAIN", "",
	    "", { "", "235 in\r\n" }, PLAIN, 0, FAULT_NONE, NULL, "PLAIN", "",
	    LOGIN_NOT_AGAIN },
	{ "a challenge that is no base64: cancelled", 0, "LOGIN", NULL, "", "",
	    { "", "334 !!\r\n", "501 cancelled\r\n" },
	    "AUTH LOGIN\r\n|\n*\r\n|\n", -1, FAULT_PROTOCOL, "not base64", "",
	    "", LOGIN_NOT_AGAIN },
	{ "more questions than LOGIN has", 0, "LOGIN", NULL, "", "",
	    { "", "334 VQ==\r\n", "334 UA==\r\n", "334 UA==\r\n",
	    "501 cancelled\r\n" },
	    "AUTH LOGIN\r\n|\ndQ==\r\n|\ncHc=\r\n|\n*\r\n|\n", -1,
	    FAULT_PROTOCOL, NULL, "", "", LOGIN_NOT_AGAIN },
	{ "the secret in the server's mouth", 0, "PLAIN", NULL, "", "",
	    { "", "500 what is \"AUTH PLAIN AHUAcHc=\" or pw?\r\n" }, PLAIN, -1,
	    FAULT_LOGIN, "repeats the secret", "", "", LOGIN_NOT_AGAIN },
	{ "-PLUS is insisted upon", KNOWS_PLUS | BINDING, "PLAIN SCRAM-SHA-256",
	    NULL, "", "", { "" }, "", -1, FAULT_LOGIN, "no longer offers", "",
	    "", LOGIN_NOT_AGAIN },
	{ "... not where the configuration says otherwise",
	    KNOWS_PLUS | BINDING, "PLAIN SCRAM-SHA-256", "PLAIN", "", "",
	    { "", "235 in\r\n" }, PLAIN, 0, FAULT_NONE, NULL, "PLAIN", "",
	    LOGIN_NOT_AGAIN },
	{ "... nor where there is no TLS to bind to", KNOWS_PLUS, "PLAIN", NULL,
	    "", "", { "", "235 in\r\n" }, PLAIN, 0, FAULT_NONE, NULL, "PLAIN",
	    "", LOGIN_NOT_AGAIN },
	{ "... nor with a token", KNOWS_PLUS | BINDING | TOKEN, "XOAUTH2", NULL,
	    "", "", { "", "235 in\r\n" },
	    "AUTH XOAUTH2 dXNlcj11AWF1dGg9QmVhcmVyIHB3AQE=\r\n|\n", 0,
	    FAULT_NONE, NULL, "", "", LOGIN_NOT_AGAIN },
	{ "cut", 0, "PLAIN", NULL, "", "", { "", "EOF" }, PLAIN, -1,
	    FAULT_NETWORK, "closed", "", "", LOGIN_NOT_AGAIN },
	{ "421", 0, "PLAIN", NULL, "", "", { "", "421 bye\r\n" }, PLAIN, -1,
	    FAULT_DELAY, "bye", "", "", LOGIN_NOT_AGAIN },
};

/* Mechanisms by name, blanks between; what is not known is in text only. */
static uint32_t
bits(const char *names)
{
	const struct mechanism *m;
	uint32_t all = 0;
	size_t n;

	for (; *names != '\0'; names += n + strspn(names + n, " ")) {
		n = strcspn(names, " ");
		m = sasl_find(names, n);
		if (m != NULL)
			all |= sasl_bit(m);
	}
	return all;
}

static void
login_make(struct login *l, struct known *k, const struct row *w,
    char *allowed[2])
{
	memset(l, 0, sizeof(*l));
	memset(k, 0, sizeof(*k));
	l->sasl.user = "u";
	l->sasl.secret = (w->how & NO_SECRET) ? "" : "pw";
	l->sasl.secret_len = strlen(l->sasl.secret);
	l->sasl.has_secret = l->sasl.secret_len > 0;
	l->sasl.token = (w->how & TOKEN) != 0;
	l->sasl.certificate = (w->how & CERTIFICATE) != 0;
	l->sasl.secrecy = (w->how & NOT_SECRET) == 0;
	l->sasl.binding = (w->how & BINDING) ? TLS_BINDING_EXPORTER :
	    TLS_BINDING_NONE;
	l->sasl.binding_len = (w->how & BINDING) ? 32 : 0;
	allowed[0] = (char *)(uintptr_t)w->allowed;
	allowed[1] = NULL;
	l->allowed = w->allowed != NULL ? allowed : NULL;
	l->known = k;
	k->rides = bits(w->rides);
	k->broken = bits(w->broken);
	k->plus = (w->how & KNOWS_PLUS) != 0;
}

START_TEST(table)
{
	const struct row *w = &rows[_i];
	struct capabilities caps = { 0 };
	struct dialogue d = { 0 };
	struct known k;
	struct login l;
	struct outcome o;
	struct buf out;
	struct peer p = { w->turns, 0, 0, &out };
	char *allowed[2];
	int r;

	buf_init(&out, 65536);
	outcome_clear(&o);
	login_make(&l, &k, w, allowed);
	caps.auth = bits(w->offer);
	snprintf(caps.auth_text, sizeof(caps.auth_text), "%s", w->offer);
	d.timeout = 1000;
	d.stream = stream_new(&peer_ops, &p, -1);
	r = login_run(&l, &d, &caps, &o);
	ck_assert_msg(strcmp(out.data, w->says) == 0, "%s: said\n%s", w->name,
	    out.data);
	ck_assert_msg(r == w->result && o.fault == w->fault,
	    "%s: %d, fault %d: %s", w->name, r, o.fault, o.text);
	if (w->words != NULL)
		ck_assert_msg(strstr(o.text, w->words) != NULL, "%s: %s",
		    w->name, o.text);
	ck_assert_msg(strstr(o.text, "cHc") == NULL && strstr(o.text, "pw") ==
	    NULL, "%s: the secret is told: %s", w->name, o.text);
	ck_assert_msg(k.rides == bits(w->rides_after) &&
	    k.broken == bits(w->broken_after), "%s: learned", w->name);
	ck_assert_msg(l.again == w->again, "%s: again", w->name);
	stream_close(d.stream);
	buf_free(&out);
}
END_TEST

/* What the answer to a login that rode teaches. */
START_TEST(ridden)
{
	static const struct {
		const char		*turns[2];
		int			 result;
		const char		*rides, *broken;
		enum login_again	 again;
	} t[] = {
		{ { "", "235 in\r\n" }, 0, "PLAIN", "", LOGIN_NOT_AGAIN },
		{ { "", "334 \r\n" }, -1, "", "", LOGIN_NOT_RIDING },
		{ { "", "535 no\r\n" }, -1, "", "", LOGIN_NOT_AGAIN },
		{ { "", "504 no\r\n" }, -1, "", "PLAIN", LOGIN_NOT_RIDING },
		{ { "", "454 no\r\n" }, -1, "", "", LOGIN_NOT_AGAIN },
	};
	static const struct row w = { .rides = "PLAIN", .broken = "" };
	struct capabilities caps = { .pipelining = true };
	struct dialogue d = { 0 };
	struct known k;
	struct login l;
	struct outcome o;
	struct buf out;
	struct peer p = { t[_i].turns, 0, 0, &out };
	char *allowed[2];

	buf_init(&out, 65536);
	login_make(&l, &k, &w, allowed);
	caps.auth = bits("PLAIN LOGIN");
	d.timeout = 1000;
	d.stream = stream_new(&peer_ops, &p, -1);
	ck_assert(login_may_ride(&l, &caps));
	ck_assert_int_eq(login_ride(&l, &d, &o), 0);
	ck_assert_str_eq(out.data, "");		/* not by itself */
	ck_assert_int_eq(dialogue_flush(&d, STAGE_AUTH, &o), 0);
	ck_assert_str_eq(out.data, PLAIN);
	ck_assert_int_eq(dialogue_reply(&d, STAGE_AUTH, 1000, &o), 0);
	ck_assert_int_eq(login_ridden(&l, &d, &o), t[_i].result);
	ck_assert_uint_eq(k.rides, bits(t[_i].rides));
	ck_assert_uint_eq(k.broken, bits(t[_i].broken));
	ck_assert_int_eq(l.again, t[_i].again);
	stream_close(d.stream);
	buf_free(&out);
}
END_TEST

START_TEST(may_ride)
{
	static const struct row w = { .rides = "", .broken = "" };
	struct capabilities caps = { .pipelining = true };
	struct known k;
	struct login l;
	char *allowed[2];

	login_make(&l, &k, &w, allowed);
	caps.auth = bits("PLAIN");
	ck_assert(!login_may_ride(&l, &caps));	/* not known to work */
	l.eager = true;
	ck_assert(login_may_ride(&l, &caps));
	caps.pipelining = false;
	ck_assert(!login_may_ride(&l, &caps));
	caps.pipelining = true;
	caps.auth = bits("PLAIN CRAM-MD5");	/* which is stronger */
	ck_assert(!login_may_ride(&l, &caps));
	caps.auth = bits("PLAIN");
	l.sasl.secrecy = false;
	ck_assert(!login_may_ride(&l, &caps));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("login");
	TCase *t = tcase_create("login");

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, table, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(t, ridden, 0, 5);
	tcase_add_test(t, may_ride);
	return unit_main(s);
}
