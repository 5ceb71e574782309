/* SPDX-License-Identifier: ISC */
/* SASL, the client's side: the choice of a mechanism and the exchange. */
#include <string.h>
#include <strings.h>

#include "smtp/sasl.h"

/* What else can stand against a row, beside the needs of sasl.h. */
#define LACKS_USER	(1u << 16)
#define LACKS_LEAVE	(1u << 17)	/* the configuration names others */
#define LACKS_FAVOUR	(1u << 18)	/* excluded: refused before */

/* Rows in the order in which one is named as the reason; what it costs an
 * admin to change it; the words in brackets, and the advice, which begins
 * with the mechanism's name. */
static const struct lack {
	unsigned	 bit;
	unsigned	 cost;
	const char	*words;
	const char	*advice;
} lacks[] = {
	{ LACKS_LEAVE, 1, "not in \"auth\"",
	    "could be used: add it to \"auth\"" },
	{ SASL_NEEDS_CERTIFICATE, 8,
	    "needs a client certificate, no password",
	    "needs a client certificate (\"tls-certificate\") and no "
	    "password or token" },
	{ SASL_NEEDS_TOKEN, 6, "needs a token",
	    "needs an OAuth2 token: set \"token-command\"" },
	{ SASL_NEEDS_PASSWORD, 4, "needs a password",
	    "needs a password: set \"user\" and \"password-file\"" },
	{ LACKS_USER, 2, "needs a user name",
	    "needs a user name: set \"user\"" },
	{ SASL_NEEDS_SECRECY, 2, "needs verified TLS",
	    "sends the secret as it is, so it needs verified TLS: set \"tls\" "
	    "to \"starttls\" or \"implicit\" (or to \"off\", if the line is "
	    "safe)" },
	{ SASL_NEEDS_BINDING, 9, "needs channel binding",
	    "needs channel binding, which this connection cannot give" },
	{ LACKS_FAVOUR, 3, "refused before",
	    "was refused by the server or did not work; it may offer what it "
	    "cannot do: name a mechanism that works in \"auth\"" },
};
#define LACKS	(sizeof(lacks) / sizeof(lacks[0]))

const struct mechanism *
sasl_find(const char *name, size_t n)
{
	const struct mechanism *m;

	for (m = sasl_mechanisms; m->name != NULL; m++)
		if (strlen(m->name) == n && strncasecmp(m->name, name, n) == 0)
			return m;
	return NULL;
}

uint32_t
sasl_bit(const struct mechanism *m)
{
	return (uint32_t)1 << (m - sasl_mechanisms);
}

int
sasl_name(struct buf *to, const char *name)
{
	int r = 0;

	for (; *name != '\0' && r == 0; name++)
		r = *name == ',' ? buf_puts(to, "=2C") :
		    *name == '=' ? buf_puts(to, "=3D") : buf_putc(to, *name);
	return r;
}

/* What the login does not have of the mechanism's needs, as bits. */
static unsigned
sasl_lacks(const struct mechanism *m, const struct sasl_login *login)
{
	unsigned has = 0;
	unsigned lack;

	if (login->has_secret)
		has |= login->token ? SASL_NEEDS_TOKEN : SASL_NEEDS_PASSWORD;
	if (login->certificate && !login->has_secret)
		has |= SASL_NEEDS_CERTIFICATE;
	if (login->binding != TLS_BINDING_NONE && login->binding_len > 0)
		has |= SASL_NEEDS_BINDING;
	if (login->secrecy)
		has |= SASL_NEEDS_SECRECY;
	lack = m->needs & ~has & (SASL_NEEDS_PASSWORD | SASL_NEEDS_TOKEN |
	    SASL_NEEDS_BINDING | SASL_NEEDS_CERTIFICATE | SASL_NEEDS_SECRECY);
	if ((m->needs & (SASL_NEEDS_PASSWORD | SASL_NEEDS_TOKEN)) != 0 &&
	    (login->user == NULL || login->user[0] == '\0'))
		lack |= LACKS_USER;
	return lack;
}

static bool
sasl_allowed(const struct mechanism *m, char *const allowed[])
{
	size_t i;

	if (allowed == NULL)
		return true;
	for (i = 0; allowed[i] != NULL; i++)
		if (strcasecmp(allowed[i], m->name) == 0)
			return true;
	return false;
}

static unsigned
sasl_cost(unsigned bits)
{
	unsigned sum = 0;
	size_t i;

	for (i = 0; i < LACKS; i++)
		if ((lacks[i].bit & bits) != 0)
			sum += lacks[i].cost;
	return sum;
}

/* What is to be said first about these bits. */
static const struct lack *
sasl_lack(unsigned bits)
{
	size_t i;

	for (i = 0; i < LACKS - 1 && (lacks[i].bit & bits) == 0; i++)
		;
	return &lacks[i];
}

static const char *
sasl_means(const struct sasl_login *login)
{
	if (login->has_secret)
		return login->token ? "a token" : "a password";
	return login->certificate ? "a client certificate" :
	    "no password, token or client certificate";
}

/* Says why none of the offered mechanisms can be used, and what would be the
 * least to change. */
static void
sasl_explain(uint32_t offered, uint32_t excluded, char *const allowed[],
    const struct sasl_login *login, struct outcome *o)
{
	const struct mechanism *m, *near = NULL;
	unsigned lack, least = 0;
	struct buf words;

	buf_init(&words, LIMIT_WORDS);
	for (m = sasl_mechanisms; m->name != NULL; m++) {
		if ((offered & sasl_bit(m)) == 0)
			continue;
		lack = sasl_lacks(m, login) |
		    (sasl_allowed(m, allowed) ? 0 : LACKS_LEAVE) |
		    ((excluded & sasl_bit(m)) == 0 ? 0 : LACKS_FAVOUR);
		buf_printf(&words, "%s%s (%s)", words.len > 0 ? ", " : "",
		    m->name, sasl_lack(lack)->words);
		if (near == NULL || sasl_cost(lack) < sasl_cost(least)) {
			near = m;
			least = lack;
		}
	}
	outcome_fail(o, FAULT_LOGIN, STAGE_AUTH, "no login is possible: the "
	    "server offers %s; we have %s", near != NULL ? words.data :
	    "no mechanism that is known here", sasl_means(login));
	if (near != NULL)
		outcome_advise(o, "%s %s", near->name,
		    sasl_lack(least)->advice);
	else if (!login->secrecy)
		outcome_advise(o, "many servers offer AUTH inside TLS only: "
		    "set \"tls\" to \"starttls\" or \"implicit\"");
	else
		outcome_advise(o, "ask its operator how to log in, or leave "
		    "out \"user\" if it takes mail without a login");
	buf_free(&words);
}

const struct mechanism *
sasl_choose(uint32_t offered, uint32_t excluded, char *const allowed[],
    const struct sasl_login *login, struct outcome *o)
{
	const struct mechanism *m;
	size_t i;

	for (i = 0; allowed != NULL ? allowed[i] != NULL :
	    sasl_mechanisms[i].name != NULL; i++) {
		m = allowed == NULL ? &sasl_mechanisms[i] :
		    sasl_find(allowed[i], strlen(allowed[i]));
		if (m != NULL && (offered & ~excluded & sasl_bit(m)) != 0 &&
		    sasl_lacks(m, login) == 0)
			return m;
	}
	sasl_explain(offered, excluded, allowed, login, o);
	return NULL;
}

void
sasl_begin(struct sasl *x, const struct mechanism *m,
    const struct sasl_login *login)
{
	memset(x, 0, sizeof(*x));
	x->mech = m;
	x->login = login;
	x->proven = (m->needs & SASL_PROVES) == 0;
}

int
sasl_step(struct sasl *x, const char *challenge, size_t n,
    struct buf *response, struct outcome *o)
{
	int r = x->mech->step(x, challenge, n, response, o);

	x->steps++;
	return r;
}

int
sasl_finish(struct sasl *x, const char *data, size_t n, struct outcome *o)
{
	struct buf none;
	int r = 0;

	if (!x->proven && n > 0) {
		buf_init(&none, LIMIT_CHALLENGE);
		r = sasl_step(x, data, n, &none, o);
		buf_wipe(&none);
	}
	if (x->proven)
		return 0;
	if (r < 0 && o->fault == FAULT_LOGIN)
		return -1;
	outcome_fail(o, FAULT_LOGIN, STAGE_AUTH, "the server says that the %s "
	    "login succeeded, but did not prove that it knows the password",
	    x->mech->name);
	return outcome_advise(o, "somebody may pose as the server; no mail was "
	    "given to it");
}

void
sasl_end(struct sasl *x)
{
	if (x->mech != NULL && x->mech->end != NULL)
		x->mech->end(x);
	explicit_bzero(x, sizeof(*x));
}
