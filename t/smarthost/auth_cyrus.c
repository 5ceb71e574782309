/* SPDX-License-Identifier: ISC */
/* AUTH verified by Cyrus SASL (libsasl2). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sasl/sasl.h>
#include <sasl/saslplug.h>
#include <sasl/saslutil.h>

#include "auth.h"

/* The library's callbacks have no room for more than this one pointer. */
static const struct options *options;

struct cyrus {
	sasl_conn_t		*conn;
	sasl_channel_binding_t	 binding;
	struct octets		 data;
};

/* Gives the one user's password to the library, which puts an @ and an empty
 * realm behind a name without one. */
static int
lookup(void *glob_context __attribute__((unused)),
    sasl_server_params_t *sparams, unsigned flags __attribute__((unused)),
    const char *user, unsigned ulen)
{
	const struct propval *p;

	if (ulen > 0 && user[ulen - 1] == '@')
		ulen--;
	if (options->password == NULL || strlen(options->user) != ulen ||
	    memcmp(options->user, user, ulen) != 0)
		return SASL_NOUSER;
	p = sparams->utils->prop_get(sparams->propctx);
	for (; p != NULL && p->name != NULL; p++) {
		if (strcmp(p->name, "*userPassword") != 0 &&
		    strcmp(p->name, "userPassword") != 0)
			continue;
		if (p->values != NULL)
			sparams->utils->prop_erase(sparams->propctx, p->name);
		sparams->utils->prop_set(sparams->propctx, p->name,
		    options->password, (int)strlen(options->password));
	}
	return SASL_OK;
}

static sasl_auxprop_plug_t plug = {
	.auxprop_lookup = lookup,
};

static int
plug_init(const sasl_utils_t *utils __attribute__((unused)),
    int max_version, int *out_version, sasl_auxprop_plug_t **out,
    const char *name __attribute__((unused)))
{
	static char plug_name[] = "smarthost";

	if (max_version < SASL_AUXPROP_PLUG_VERSION)
		return SASL_BADVERS;
	*out_version = SASL_AUXPROP_PLUG_VERSION;
	plug.name = plug_name;
	*out = &plug;
	return SASL_OK;
}

static int
get_option(void *context __attribute__((unused)),
    const char *plugin __attribute__((unused)), const char *option,
    const char **result, unsigned *len)
{
	static const char *const values[][2] = {
		{ "pwcheck_method", "auxprop" },
		{ "auxprop_plugin", "smarthost" },
		{ "log_level", "0" },
	};
	size_t i;

	*result = NULL;
	for (i = 0; i < sizeof values / sizeof values[0]; i++)
		if (strcmp(option, values[i][0]) == 0)
			*result = values[i][1];
	if (strcmp(option, "scram_iteration_counter") == 0)
		*result = options->iterations;
	if (*result == NULL)
		return SASL_FAIL;
	if (len != NULL)
		*len = (unsigned)strlen(*result);
	return SASL_OK;
}

static int
be_quiet(void *context __attribute__((unused)),
    int level __attribute__((unused)),
    const char *message __attribute__((unused)))
{
	return SASL_OK;
}

void
auth_cyrus_init(const struct options *o)
{
	static sasl_callback_t callbacks[] = {
		{ SASL_CB_GETOPT, NULL, NULL },
		{ SASL_CB_LOG, NULL, NULL },
		{ SASL_CB_LIST_END, NULL, NULL },
	};

	options = o;
	callbacks[0].proc = (int (*)(void))(void *)get_option;
	callbacks[1].proc = (int (*)(void))(void *)be_quiet;
	if (sasl_server_init(callbacks, "smarthost") != SASL_OK)
		die("libsasl2 does not start");
	if (sasl_auxprop_add_plugin("smarthost", plug_init) != SASL_OK)
		die("libsasl2 does not take our user");
}

static enum verdict
judge(struct exchange *x, int r, const char *data, unsigned n,
    struct octets *out)
{
	struct cyrus *c = x->state;
	const void *name = NULL;

	/* After a failure it may point to what is freed already. */
	if (data != NULL && (r == SASL_OK || r == SASL_CONTINUE))
		octets_put(out, data, n);
	switch (r) {
	case SASL_CONTINUE:
		return AUTH_MORE;
	case SASL_OK:
		if (sasl_getprop(c->conn, SASL_USERNAME, &name) == SASL_OK &&
		    name != NULL)
			snprintf(x->identity, sizeof x->identity, "%s",
			    (const char *)name);
		if (strchr(x->identity, '@') ==
		    x->identity + strlen(x->identity) - 1)
			*strchr(x->identity, '@') = '\0';
		return AUTH_GOOD;
	case SASL_NOMECH:
		return AUTH_UNKNOWN;
	default:
		if (getenv("SMARTHOST_DEBUG") != NULL)
			fprintf(stderr, "libsasl2: %d %s\n", r,
			    sasl_errdetail(c->conn));
		return AUTH_BAD;
	}
}

static enum verdict
cyrus_start(struct exchange *x, const char *in, size_t n, struct octets *out)
{
	struct session *s = x->s;
	sasl_security_properties_t p = { .max_ssf = 0, .maxbufsize = 0 };
	sasl_ssf_t ssf = s->wire.tls != NULL ? 128 : 0;
	struct cyrus *c = xmalloc(sizeof *c);
	const char *data = NULL;
	unsigned size = 0;
	int r;

	x->state = c;
	if (sasl_server_new("smtp", options->hostname, "", NULL, NULL, NULL,
	    0, &c->conn) != SASL_OK)
		die("libsasl2: no connection");
	(void)sasl_setprop(c->conn, SASL_SSF_EXTERNAL, &ssf);
	if (s->peer[0] != '\0')
		(void)sasl_setprop(c->conn, SASL_AUTH_EXTERNAL, s->peer);
	(void)sasl_setprop(c->conn, SASL_SEC_PROPS, &p);
	c->binding.name = auth_binding(s, &c->data);
	c->binding.data = (const unsigned char *)c->data.p;
	c->binding.len = c->data.n;
	if (c->binding.name != NULL)
		(void)sasl_setprop(c->conn, SASL_CHANNEL_BINDING, &c->binding);
	r = sasl_server_start(c->conn, x->mechanism, in, (unsigned)n, &data,
	    &size);
	return judge(x, r, data, size, out);
}

static enum verdict
cyrus_step(struct exchange *x, const char *in, size_t n, struct octets *out)
{
	struct cyrus *c = x->state;
	const char *data = NULL;
	unsigned size = 0;
	int r;

	r = sasl_server_step(c->conn, in, (unsigned)n, &data, &size);
	return judge(x, r, data, size, out);
}

static void
cyrus_end(struct exchange *x)
{
	struct cyrus *c = x->state;

	if (c == NULL)
		return;
	sasl_dispose(&c->conn);
	octets_free(&c->data);
	free(c);
	x->state = NULL;
}

const struct verifier auth_cyrus = { cyrus_start, cyrus_step, cyrus_end };
