/* SPDX-License-Identifier: ISC */
/*
 * SASL against the server side of GNU SASL (libgsasl): a second view of SCRAM
 * and its channel bindings, EXTERNAL, and of SASLprep.
 */
#include <gsasl.h>

#include <stdio.h>
#include <string.h>

#include "unit.h"

#include "base/buf.h"
#include "smtp/sasl.h"
#include "smtp/saslprep.h"

#define USER		"robot"
#define PASSWORD	"correct horse, battery=staple"

static struct sasl_login login;
static struct sasl x;
static struct outcome o;
static Gsasl *context;

/* What the server knows. */
static const char *known_user;
static const char *known_password;
static const char *exporter;	/* binding data in base64, or NULL */
static const char *unique;

static int
known(Gsasl *ctx, Gsasl_session *session, Gsasl_property p)
{
	const char *name;

	(void)ctx;
	switch ((int)p) {
	case GSASL_PASSWORD:
		name = gsasl_property_fast(session, GSASL_AUTHID);
		if (name == NULL || strcmp(name, known_user) != 0)
			return GSASL_AUTHENTICATION_ERROR;
		gsasl_property_set(session, p, known_password);
		return GSASL_OK;
	case GSASL_CB_TLS_EXPORTER:
	case GSASL_CB_TLS_UNIQUE:
		name = p == GSASL_CB_TLS_UNIQUE ? unique : exporter;
		if (name == NULL)
			return GSASL_NO_CALLBACK;
		gsasl_property_set(session, p, name);
		return GSASL_OK;
	case GSASL_VALIDATE_EXTERNAL:
		name = gsasl_property_fast(session, GSASL_AUTHZID);
		return strcmp(name != NULL ? name : "", known_user) == 0 ?
		    GSASL_OK : GSASL_AUTHENTICATION_ERROR;
	}
	return GSASL_NO_CALLBACK;
}

static void
setup(void)
{
	ck_assert_int_eq(gsasl_init(&context), GSASL_OK);
	gsasl_callback_set(context, known);
	known_user = USER;
	known_password = PASSWORD;
	exporter = unique = NULL;
	memset(&login, 0, sizeof(login));
	login.user = USER;
	login.secret = PASSWORD;
	login.secret_len = strlen(PASSWORD);
	login.has_secret = login.secrecy = true;
	memset(&x, 0, sizeof(x));
	outcome_clear(&o);
}

static void
teardown(void)
{
	sasl_end(&x);
	gsasl_done(context);
}

/* What came of an exchange.  last_as_challenge: the words that come with the
 * server's success are sent as one more challenge, as SMTP does it. */
enum end { BOTH, SERVER_REFUSED, CLIENT_REFUSED };

static enum end
exchange(const char *name, bool last_as_challenge)
{
	const struct mechanism *m = sasl_find(name, strlen(name));
	Gsasl_session *server = NULL;
	char *words = NULL;
	struct buf said;
	size_t n = 0;
	int r, ours = 0;

	ck_assert_ptr_nonnull(m);
	ck_assert_msg(gsasl_server_start(context, name, &server) == GSASL_OK,
	    "no %s", name);
	buf_init(&said, 8192);
	sasl_begin(&x, m, &login);
	if ((m->needs & SASL_CLIENT_FIRST) != 0)
		ours = sasl_step(&x, NULL, 0, &said, &o);
	r = gsasl_step(server, said.data, said.len, &words, &n);
	while (ours == 0 && (r == GSASL_NEEDS_MORE ||
	    (r == GSASL_OK && last_as_challenge && n > 0))) {
		buf_clear(&said);
		ours = sasl_step(&x, words, n, &said, &o);
		gsasl_free(words);
		words = NULL;
		n = 0;
		if (r == GSASL_OK) {
			ck_assert_uint_eq(said.len, 0);
			break;
		}
		if (ours == 0)
			r = gsasl_step(server, said.data, said.len, &words,
			    &n);
	}
	if (r == GSASL_OK && ours == 0)
		ours = sasl_finish(&x, words, n, &o);
	if (words != NULL)
		gsasl_free(words);
	buf_wipe(&said);
	sasl_end(&x);
	gsasl_finish(server);
	return ours < 0 ? CLIENT_REFUSED : r != GSASL_OK ? SERVER_REFUSED :
	    BOTH;
}

static const char *const names[] = { "SCRAM-SHA-256", "SCRAM-SHA-1",
	"CRAM-MD5", "PLAIN", "LOGIN" };

START_TEST(right)
{
	ck_assert_msg(exchange(names[_i / 2], _i % 2 == 0) == BOTH, "%s: %s",
	    names[_i / 2], o.text);
}
END_TEST

START_TEST(wrong_password)
{
	login.secret = "correct horse";
	login.secret_len = strlen(login.secret);
	ck_assert_int_eq((int)exchange(names[_i], false), SERVER_REFUSED);
}
END_TEST

START_TEST(wrong_user)
{
	login.user = "nobody";
	ck_assert_int_eq((int)exchange(names[_i], false), SERVER_REFUSED);
}
END_TEST

START_TEST(external)
{
	login.has_secret = false;
	login.certificate = true;
	ck_assert_int_eq((int)exchange("EXTERNAL", false), BOTH);
	login.user = "somebody";
	ck_assert_int_eq((int)exchange("EXTERNAL", false), SERVER_REFUSED);
	known_user = "";
	login.user = NULL;
	ck_assert_int_eq((int)exchange("EXTERNAL", false), BOTH);
}
END_TEST

static const char *const plus[] = { "SCRAM-SHA-256-PLUS",
	"SCRAM-SHA-1-PLUS" };

START_TEST(plus_right)
{
	login.binding = _i % 2 == 0 ? TLS_BINDING_EXPORTER :
	    TLS_BINDING_UNIQUE;
	*(_i % 2 == 0 ? &exporter : &unique) = "YmluZGluZyBkYXRh";
	memcpy(login.binding_data, "binding data", 12);
	login.binding_len = 12;
	login.plus_offered = true;
	ck_assert_msg(exchange(plus[_i / 2 % 2], _i >= 4) == BOTH, "%s: %s",
	    plus[_i / 2 % 2], o.text);
}
END_TEST

START_TEST(plus_wrong)
{
	login.binding = _i % 2 == 0 ? TLS_BINDING_EXPORTER :
	    TLS_BINDING_UNIQUE;
	*(_i % 2 == 0 ? &exporter : &unique) = "YmluZGluZyBkYXRh";
	memcpy(login.binding_data, "binding datA", 12);
	login.binding_len = 12;
	ck_assert_int_eq((int)exchange(plus[_i / 2], false), SERVER_REFUSED);
}
END_TEST

START_TEST(odd_users)
{
	known_user = login.user = "a,b=c\xc3\xa9";
	known_password = "caf\xc3\xa9 5";
	login.secret = _i < 2 ? "cafe\xcc\x81\xc2\xa0\xef\xbc\x95" :
	    known_password;
	login.secret_len = strlen(login.secret);
	ck_assert_msg(exchange(names[_i], false) == BOTH, "%s: %s", names[_i],
	    o.text);
}
END_TEST

/* The rows where both have to agree. */
static const char *const strings[] = {
	/* RFC 4013 section 3. */
	"I\xc2\xadX", "user", "USER", "\xc2\xaa", "\xe2\x85\xa8", "\x07",
	/* Spaces, nothings. */
	"a\xc2\xa0" "b", "a\xe1\x9a\x80" "b", "a\xe2\x80\x83" "b",
	"a\xe2\x80\x8b" "b", "a\xe2\x80\xaf" "b", "a\xe3\x80\x80" "b",
	"a\xe2\x80\x8c" "b", "a\xe2\x80\x8d" "b", "a\xcd\x8f" "b",
	"a\xe1\xa0\x8b" "b", "a\xe2\x81\xa0" "b", "a\xef\xb8\x8f" "b",
	"\xef\xbb\xbf" "a", " a ",
	/* Composition, compatibility. */
	"cafe\xcc\x81", "caf\xc3\xa9", "\xef\xac\x81sh", "\xef\xac\x80",
	"\xef\xac\x83", "\xef\xac\x84", "\xef\xac\x85", "\xef\xac\x86",
	"\xc2\xa8", "\xc2\xaf", "\xc2\xb2\xc2\xb3\xc2\xb9", "\xc2\xb4",
	"\xc2\xb5", "\xc2\xb8", "\xc2\xba", "\xc2\xbc\xc2\xbd\xc2\xbe",
	"\xe2\x80\xa6", "\xe2\x80\xa5", "\xe2\x80\xbc", "\xe2\x81\xb0",
	"\xe2\x81\xb4\xe2\x81\xb9\xe2\x82\x80\xe2\x82\x89", "\xe2\x81\xbf",
	"\xe2\x84\x83\xe2\x84\x89", "\xe2\x84\x96", "\xe2\x84\xa0",
	"\xe2\x84\xa1", "\xe2\x84\xa2", "\xe2\x85\xa0\xe2\x85\xab",
	"\xe2\x91\xa0\xe2\x91\xa8", "\xef\xbc\x81\xef\xbd\x9e",
	"\xe2\x84\xab", "\xe2\x84\xa6", "\xea\xb0\x80",
	"\xe1\x84\x80\xe1\x85\xa1", "\xe2\x82\xac", "\xc3\x9f", "\xc4\xb0",
	"\xcf\x82", "\xd7\x90\xd7\x91", "\xe4\xb8\xad\xe6\x96\x87",
	/* Forbidden, and no UTF-8. */
	"a\tb", "a\x7f", "a\xc2\x85", "\xe2\x80\x8e" "a", "\xe2\x80\xae" "a",
	"\xe2\x80\xa8", "\xe2\x81\xaa", "\xee\x80\x80", "\xef\xbf\xb9",
	"\xef\xbf\xbd", "\xef\xbf\xbf", "\xef\xb7\x90", "\xe2\xbf\xb0",
	"\xf0\x9f\xbf\xbe", "\xf3\xa0\x80\x81", "\xf3\xa0\x81\x81",
	"\xf3\xb0\x80\x80", "\xf4\x8f\xbf\xbf", "\xd8\x9f\xdb\x9d",
	"\xe1\xa0\x8e", "\xff", "\xc0\x80", "\xe2\x82", "\xed\xa0\x80",
};
#define STRINGS	(sizeof(strings) / sizeof(strings[0]))

START_TEST(prepared)
{
	const char *from = strings[_i], *wrong;
	char *theirs = NULL;
	struct buf ours;
	int r;

	buf_init(&ours, 256);
	wrong = saslprep_add(&ours, from, strlen(from));
	r = gsasl_saslprep(from, GSASL_ALLOW_UNASSIGNED, &theirs, NULL);
	ck_assert_msg((wrong == NULL) == (r == GSASL_OK), "row %d: %s / %s",
	    _i, wrong, gsasl_strerror(r));
	if (wrong == NULL)
		ck_assert_str_eq(ours.data, theirs);
	gsasl_free(theirs);
	buf_wipe(&ours);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sasl_gsasl");
	TCase *t = tcase_create("sasl_gsasl");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, right, 0, 10);
	tcase_add_loop_test(t, wrong_password, 0, 5);
	tcase_add_loop_test(t, wrong_user, 0, 5);
	tcase_add_test(t, external);
	tcase_add_loop_test(t, plus_right, 0, 8);
	tcase_add_loop_test(t, plus_wrong, 0, 4);
	tcase_add_loop_test(t, odd_users, 0, 4);
	tcase_add_loop_test(t, prepared, 0, (int)STRINGS);
	suite_add_tcase(s, t);
	return unit_main(s);
}
