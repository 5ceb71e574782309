/* SPDX-License-Identifier: ISC */
/*
 * SASL against the server side of Cyrus SASL (libsasl2): every mechanism that
 * it has, all forms of channel binding, and what has to be refused.  Its users
 * live in an auxprop plugin of ours, so no file is read or written.
 */
#include <sasl/sasl.h>
#include <sasl/saslplug.h>

#include <stdio.h>
#include <string.h>

#include "unit.h"

#include "base/buf.h"
#include "smtp/sasl.h"

#define USER		"robot"
#define PASSWORD	"correct horse, battery=staple"

static const struct {
	const char	*user;
	const char	*password;
} users[] = {
	{ USER, PASSWORD },
	{ "a,b=c", "comma" },
	{ "fish", "caf\xc3\xa9 \xe2\x82\xac" "5" },
};

static const char *
password_of(const char *user, size_t n)
{
	const char *at = memchr(user, '@', n);
	size_t i;

	if (at != NULL)
		n = (size_t)(at - user);
	for (i = 0; i < sizeof(users) / sizeof(users[0]); i++)
		if (strlen(users[i].user) == n &&
		    memcmp(users[i].user, user, n) == 0)
			return users[i].password;
	return NULL;
}

static int
lookup(void *context, sasl_server_params_t *server, unsigned flags,
    const char *user, unsigned n)
{
	const char *password = password_of(user, n);
	const struct propval *p;
	const char *name;

	(void)context;
	p = server->utils->prop_get(server->propctx);
	for (; p != NULL && p->name != NULL; p++) {
		name = p->name;
		if ((flags & SASL_AUXPROP_AUTHZID) == 0) {
			if (name[0] != '*')
				continue;
			name++;
		} else if (name[0] == '*')
			continue;
		if (password == NULL || p->values != NULL ||
		    strcasecmp(name, SASL_AUX_PASSWORD_PROP) != 0)
			continue;
		server->utils->prop_set(server->propctx, p->name, password,
		    (int)strlen(password));
	}
	return password != NULL ? SASL_OK : SASL_NOUSER;
}

static int
plugin(const sasl_utils_t *utils, int newest, int *version,
    sasl_auxprop_plug_t **plug, const char *name)
{
	static char plug_name[] = "memory";
	static sasl_auxprop_plug_t memory = {
		.auxprop_lookup = lookup, .name = plug_name,
	};

	(void)utils;
	(void)newest;
	(void)name;
	*version = SASL_AUXPROP_PLUG_VERSION;
	*plug = &memory;
	return SASL_OK;
}

static int
option(void *context, const char *who, const char *name, const char **value,
    unsigned *len)
{
	static const char *const options[][2] = {
		{ "auxprop_plugin", "memory" },
		{ "pwcheck_method", "auxprop" },
		{ "log_level", "0" },
		{ "mech_list", "SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1 "
		    "CRAM-MD5 PLAIN LOGIN" },
	};
	size_t i;

	(void)context;
	(void)who;
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (strcmp(name, options[i][0]) == 0) {
			*value = options[i][1];
			if (len != NULL)
				*len = (unsigned)strlen(*value);
			return SASL_OK;
		}
	return SASL_FAIL;
}

static int
quiet(void *context, int level, const char *words)
{
	(void)context;
	(void)level;
	(void)words;
	return SASL_OK;
}

static const sasl_callback_t callbacks[] = {
	{ SASL_CB_GETOPT, (int (*)(void))(void (*)(void))option, NULL },
	{ SASL_CB_LOG, (int (*)(void))(void (*)(void))quiet, NULL },
	{ SASL_CB_LIST_END, NULL, NULL },
};

static struct sasl_login login;
static struct sasl x;
static struct outcome o;
static sasl_conn_t *server;
static sasl_channel_binding_t bound;

static void
setup(void)
{
	ck_assert_int_eq(sasl_auxprop_add_plugin("memory", plugin), SASL_OK);
	ck_assert_int_eq(sasl_server_init(callbacks, "posthorn-test"),
	    SASL_OK);
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
	sasl_done();
}

/* The server, with the binding data that it sees (NULL: none). */
static void
serve(enum tls_binding type, const char *data, size_t n, bool success_data)
{
	ck_assert_int_eq(sasl_server_new("smtp", "mail.example.org", NULL,
	    NULL, NULL, NULL, success_data ? SASL_SUCCESS_DATA : 0, &server),
	    SASL_OK);
	if (data == NULL)
		return;
	memset(&bound, 0, sizeof(bound));
	bound.name = tls_binding_name(type);
	bound.data = (const unsigned char *)data;
	bound.len = n;
	ck_assert_int_eq(sasl_setprop(server, SASL_CHANNEL_BINDING, &bound),
	    SASL_OK);
}

static void
bind_client(enum tls_binding type, const char *data, size_t n)
{
	login.binding = type;
	memcpy(login.binding_data, data, n);
	login.binding_len = n;
}

/* What came of an exchange. */
enum end { BOTH, SERVER_REFUSED, CLIENT_REFUSED };

static enum end
exchange(const char *name)
{
	const struct mechanism *m = sasl_find(name, strlen(name));
	const char *words = NULL;
	struct buf said;
	unsigned n = 0;
	int r, ours = 0;

	ck_assert_ptr_nonnull(m);
	buf_init(&said, 8192);
	sasl_begin(&x, m, &login);
	if ((m->needs & SASL_CLIENT_FIRST) != 0)
		ours = sasl_step(&x, NULL, 0, &said, &o);
	ck_assert_int_eq(ours, 0);
	r = sasl_server_start(server, name,
	    (m->needs & SASL_CLIENT_FIRST) != 0 ? said.data : NULL,
	    (unsigned)said.len, &words, &n);
	while (r == SASL_CONTINUE) {
		buf_clear(&said);
		ours = sasl_step(&x, words, n, &said, &o);
		if (ours < 0)
			break;
		r = sasl_server_step(server, said.data, (unsigned)said.len,
		    &words, &n);
	}
	if (r == SASL_OK && ours == 0)
		ours = sasl_finish(&x, words, n, &o);
	ck_assert_msg(r != SASL_NOMECH, "no plugin for %s", name);
	buf_wipe(&said);
	sasl_end(&x);
	sasl_dispose(&server);
	return ours < 0 ? CLIENT_REFUSED : r != SASL_OK ? SERVER_REFUSED :
	    BOTH;
}

static const char *const names[] = { "SCRAM-SHA-512", "SCRAM-SHA-256",
	"SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN" };

START_TEST(right)
{
	serve(TLS_BINDING_NONE, NULL, 0, _i % 2 == 0);
	ck_assert_msg(exchange(names[_i / 2]) == BOTH, "%s: %s",
	    names[_i / 2], o.text);
}
END_TEST

START_TEST(wrong_password)
{
	login.secret = "correct horse";
	login.secret_len = strlen(login.secret);
	serve(TLS_BINDING_NONE, NULL, 0, false);
	ck_assert_int_eq((int)exchange(names[_i]), SERVER_REFUSED);
}
END_TEST

START_TEST(wrong_user)
{
	login.user = "nobody";
	serve(TLS_BINDING_NONE, NULL, 0, false);
	ck_assert_int_eq((int)exchange(names[_i]), SERVER_REFUSED);
}
END_TEST

/* Every hash with every type; the last words either way. */
static const char *const plus[] = { "SCRAM-SHA-512-PLUS",
	"SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS" };
static const enum tls_binding types[] = { TLS_BINDING_EXPORTER,
	TLS_BINDING_UNIQUE, TLS_BINDING_END_POINT };
static const char seen[64] = "0123456789abcdef\0\1\2\3\xff\xfe,=";

START_TEST(plus_right)
{
	const enum tls_binding type = types[_i % 3];
	const char *name = plus[_i / 3 % 3];
	const size_t n = type == TLS_BINDING_UNIQUE ? 12 :
	    type == TLS_BINDING_EXPORTER ? 32 : 64;

	bind_client(type, seen, n);
	login.plus_offered = true;
	serve(type, seen, n, _i >= 9);
	ck_assert_msg(exchange(name) == BOTH, "%s %s: %s", name,
	    tls_binding_name(type), o.text);
}
END_TEST

/* One bit, the length, or the type is not the server's. */
START_TEST(plus_wrong)
{
	const enum tls_binding type = types[_i % 3];
	const char *name = plus[_i / 3 % 3];
	char other[64];

	memcpy(other, seen, sizeof(other));
	switch (_i / 9) {
	case 0:
		other[31] ^= 1;
		bind_client(type, other, 32);
		break;
	case 1:
		bind_client(type, seen, 31);
		break;
	case 2:
		bind_client(types[(_i + 1) % 3], seen, 32);
		break;
	}
	serve(type, seen, 32, false);
	ck_assert_int_ne((int)exchange(name), BOTH);
}
END_TEST

/* "y": a server that has binding data, and so could have offered -PLUS, knows
 * that somebody took the offer away. */
START_TEST(stripped)
{
	bind_client(TLS_BINDING_EXPORTER, seen, 32);
	login.plus_offered = false;
	serve(TLS_BINDING_EXPORTER, seen, 32, false);
	ck_assert_int_ne((int)exchange("SCRAM-SHA-256"), BOTH);
	/* To a server that has none it is an ordinary login, */
	serve(TLS_BINDING_NONE, NULL, 0, false);
	ck_assert_msg(exchange("SCRAM-SHA-256") == BOTH, "%s", o.text);
	/* and so it is where we chose to go without. */
	login.plus_offered = true;
	serve(TLS_BINDING_EXPORTER, seen, 32, false);
	ck_assert_msg(exchange("SCRAM-SHA-256") == BOTH, "%s", o.text);
}
END_TEST

START_TEST(odd_users)
{
	const size_t k = (size_t)_i / 6 + 1;

	login.user = users[k].user;
	login.secret = users[k].password;
	login.secret_len = strlen(login.secret);
	serve(TLS_BINDING_NONE, NULL, 0, false);
	ck_assert_msg(exchange(names[_i % 6]) == BOTH, "%s: %s",
	    names[_i % 6], o.text);
}
END_TEST

/* Spelled otherwise than the server has it. */
START_TEST(prepared)
{
	login.user = "\xef\xac\x81sh";
	login.secret = "caf\x65\xcc\x81\xc2\xa0\xe2\x82\xac\xef\xbc\x95";
	login.secret_len = strlen(login.secret);
	serve(TLS_BINDING_NONE, NULL, 0, false);
	ck_assert_msg(exchange(names[_i]) == BOTH, "%s: %s", names[_i],
	    o.text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sasl_cyrus");
	TCase *t = tcase_create("sasl_cyrus");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, right, 0, 12);
	tcase_add_loop_test(t, wrong_password, 0, 6);
	tcase_add_loop_test(t, wrong_user, 0, 6);
	tcase_add_loop_test(t, plus_right, 0, 18);
	tcase_add_loop_test(t, plus_wrong, 0, 27);
	tcase_add_test(t, stripped);
	tcase_add_loop_test(t, odd_users, 0, 12);
	tcase_add_loop_test(t, prepared, 0, 3);
	suite_add_tcase(s, t);
	return unit_main(s);
}
