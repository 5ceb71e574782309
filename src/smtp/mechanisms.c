/* SPDX-License-Identifier: ISC */
/* The table of SASL mechanisms, and those that need no file of their own. */
#include <stdio.h>
#include <string.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "smtp/sasl.h"
#include "smtp/scram.h"

static int
mechanism_full(const struct sasl *x, struct outcome *o)
{
	return outcome_fail(o, FAULT_LOGIN, STAGE_AUTH, "user name and secret "
	    "are too long for %s", x->mech->name);
}

/* The server went on asking when everything was said. */
static int
mechanism_over(const struct sasl *x, struct outcome *o)
{
	return outcome_fail(o, FAULT_PROTOCOL, STAGE_AUTH, "the server asks "
	    "for more after the last word of %s", x->mech->name);
}

/* RFC 4422 appendix A: who we want to be, or nothing. */
static int
external_step(struct sasl *x, const char *challenge, size_t n,
    struct buf *response, struct outcome *o)
{
	(void)challenge;
	(void)n;
	if (x->steps > 0)
		return mechanism_over(x, o);
	if (x->login->user != NULL && buf_puts(response, x->login->user) < 0)
		return mechanism_full(x, o);
	return 0;
}

/* RFC 4616. */
static int
plain_step(struct sasl *x, const char *challenge, size_t n,
    struct buf *response, struct outcome *o)
{
	const struct sasl_login *login = x->login;

	(void)challenge;
	(void)n;
	if (x->steps > 0)
		return mechanism_over(x, o);
	if (memchr(login->secret, '\0', login->secret_len) != NULL)
		return outcome_fail(o, FAULT_LOGIN, STAGE_AUTH,
		    "the password holds a NUL, which PLAIN cannot carry");
	if (buf_putc(response, '\0') < 0 ||
	    buf_puts(response, login->user) < 0 ||
	    buf_putc(response, '\0') < 0 ||
	    buf_add(response, login->secret, login->secret_len) < 0)
		return mechanism_full(x, o);
	return 0;
}

/* Never written down: two prompts, whatever their words. */
static int
login_step(struct sasl *x, const char *challenge, size_t n,
    struct buf *response, struct outcome *o)
{
	const struct sasl_login *login = x->login;

	(void)challenge;
	(void)n;
	if (x->steps > 1)
		return mechanism_over(x, o);
	if ((x->steps == 0 ? buf_puts(response, login->user) :
	    buf_add(response, login->secret, login->secret_len)) < 0)
		return mechanism_full(x, o);
	return 0;
}

/* RFC 2195. */
static int
cram_step(struct sasl *x, const char *challenge, size_t n,
    struct buf *response, struct outcome *o)
{
	const struct sasl_login *login = x->login;
	unsigned char mac[16];
	size_t i;
	int r;

	if (x->steps > 0)
		return mechanism_over(x, o);
	if (n == 0)
		return outcome_fail(o, FAULT_PROTOCOL, STAGE_AUTH,
		    "the server's CRAM-MD5 challenge is empty");
	r = gnutls_global_init();
	if (r >= 0) {
		r = gnutls_hmac_fast(GNUTLS_MAC_MD5, login->secret,
		    login->secret_len, challenge, n, mac);
		gnutls_global_deinit();
	}
	if (r < 0)
		return outcome_fail(o, FAULT_LOGIN, STAGE_AUTH,
		    "CRAM-MD5 cannot be computed: %s", gnutls_strerror(r));
	r = buf_printf(response, "%s ", login->user);
	for (i = 0; i < sizeof(mac) && r == 0; i++)
		r = buf_printf(response, "%02x", (unsigned)mac[i]);
	return r < 0 ? mechanism_full(x, o) : 0;
}

/* The value of that key, where it is a string; cut at the room given. */
static void
json_string(const char *json, size_t n, const char *key, char *to, size_t size)
{
	const char *p = n > 0 ? memmem(json, n, key, strlen(key)) : NULL;
	const char *end;
	size_t k = 0;

	to[0] = '\0';
	if (p == NULL)
		return;
	end = json + n;
	p += strlen(key);
	while (p < end && memchr(" \t\r\n:", *p, 5) != NULL)
		p++;
	if (p == end || *p++ != '"')
		return;
	for (; p < end && *p != '"' && k + 1 < size; p++)
		to[k++] = *p == '\\' ? '?' : *p;
	outcome_clean(to, k);
}

/* Keeps the reason in the server's JSON (RFC 7628 section 3.2.2), unless it
 * hands us our own secret back. */
static void
token_said(struct sasl *x, const char *json, size_t n)
{
	const struct sasl_login *login = x->login;
	char status[48], scope[64];

	json_string(json, n, "\"status\"", status, sizeof(status));
	json_string(json, n, "\"scope\"", scope, sizeof(scope));
	if (status[0] == '\0' || login->secret_len == 0)
		return;
	snprintf(x->said, sizeof(x->said), "%s%s%s", status,
	    scope[0] != '\0' ? ", scope " : "", scope);
	if (memmem(x->said, strlen(x->said), login->secret,
	    login->secret_len < 8 ? login->secret_len : 8) != NULL ||
	    (strlen(status) >= 8 && memmem(login->secret, login->secret_len,
	    status, strlen(status)) != NULL) ||
	    (strlen(scope) >= 8 && memmem(login->secret, login->secret_len,
	    scope, strlen(scope)) != NULL))
		x->said[0] = '\0';
}

/* Both token mechanisms separate by ^A, so neither part may hold one. */
static int
token_clean(const struct sasl *x, struct outcome *o)
{
	const struct sasl_login *login = x->login;
	const char *c;
	size_t i;

	for (i = 0; i < login->secret_len; i++)
		if (login->secret[i] <= ' ' || login->secret[i] >= 0x7f) {
			outcome_fail(o, FAULT_LOGIN, STAGE_AUTH, "the token "
			    "holds an octet that no token holds (RFC 6750)");
			return outcome_advise(o, "\"token-command\" has to "
			    "print the token alone, on one line");
		}
	for (c = login->user; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return outcome_fail(o, FAULT_LOGIN, STAGE_AUTH,
			    "the user name holds a control character");
	return 0;
}

/* RFC 7628; a second challenge is the server's reason to refuse, and wants a
 * dummy before the refusal itself comes. */
static int
bearer_step(struct sasl *x, const char *challenge, size_t n,
    struct buf *response, struct outcome *o)
{
	const struct sasl_login *login = x->login;
	int r;

	if (x->steps > 1)
		return mechanism_over(x, o);
	if (x->steps == 1) {
		token_said(x, challenge, n);
		return buf_putc(response, '\1') < 0 ? mechanism_full(x, o) : 0;
	}
	if (token_clean(x, o) < 0)
		return -1;
	r = buf_puts(response, "n,a=");
	if (r == 0)
		r = sasl_name(response, login->user);
	if (r == 0 && login->host != NULL && login->host[0] != '\0')
		r = buf_printf(response, ",\1host=%s\1port=%u", login->host,
		    (unsigned)login->port);
	else if (r == 0)
		r = buf_putc(response, ',');
	if (r < 0 || buf_puts(response, "\1auth=Bearer ") < 0 ||
	    buf_add(response, login->secret, login->secret_len) < 0 ||
	    buf_puts(response, "\1\1") < 0)
		return mechanism_full(x, o);
	return 0;
}

/* What Google and Microsoft had before RFC 7628; the dummy is empty. */
static int
xoauth2_step(struct sasl *x, const char *challenge, size_t n,
    struct buf *response, struct outcome *o)
{
	const struct sasl_login *login = x->login;

	if (x->steps > 1)
		return mechanism_over(x, o);
	if (x->steps == 1) {
		token_said(x, challenge, n);
		return 0;
	}
	if (token_clean(x, o) < 0)
		return -1;
	if (buf_printf(response, "user=%s\1auth=Bearer ", login->user) < 0 ||
	    buf_add(response, login->secret, login->secret_len) < 0 ||
	    buf_puts(response, "\1\1") < 0)
		return mechanism_full(x, o);
	return 0;
}

#define SCRAM	(SASL_NEEDS_PASSWORD | SASL_CLIENT_FIRST | SASL_PROVES)
#define PLUS	(SCRAM | SASL_NEEDS_BINDING)
#define TOKEN	(SASL_NEEDS_TOKEN | SASL_NEEDS_SECRECY | SASL_CLIENT_FIRST)

const struct mechanism sasl_mechanisms[] = {
	{ "EXTERNAL", SASL_NEEDS_CERTIFICATE | SASL_ONE_FLIGHT |
	    SASL_CLIENT_FIRST, external_step, NULL },
	{ "SCRAM-SHA-512-PLUS", PLUS, scram_step, scram_end },
	{ "SCRAM-SHA-256-PLUS", PLUS, scram_step, scram_end },
	{ "SCRAM-SHA-1-PLUS", PLUS, scram_step, scram_end },
	{ "SCRAM-SHA-512", SCRAM, scram_step, scram_end },
	{ "SCRAM-SHA-256", SCRAM, scram_step, scram_end },
	{ "SCRAM-SHA-1", SCRAM, scram_step, scram_end },
	{ "OAUTHBEARER", TOKEN, bearer_step, NULL },
	{ "XOAUTH2", TOKEN, xoauth2_step, NULL },
	{ "CRAM-MD5", SASL_NEEDS_PASSWORD, cram_step, NULL },
	{ "PLAIN", SASL_NEEDS_PASSWORD | SASL_NEEDS_SECRECY | SASL_ONE_FLIGHT |
	    SASL_CLIENT_FIRST, plain_step, NULL },
	{ "LOGIN", SASL_NEEDS_PASSWORD | SASL_NEEDS_SECRECY, login_step, NULL },
	{ NULL, 0, NULL, NULL }
};
