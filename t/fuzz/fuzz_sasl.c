/* SPDX-License-Identifier: ISC */
/*
 * Every mechanism against any server, after a choice among any offer.  First
 * octets: the mechanism, what the login has, what is offered and excluded (two
 * octets each); then challenges, one a line; the last is said with success.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "smtp/scram.h"

#define SECRET	"ya29.vF9dft4qmTc2"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
explained(const struct outcome *o, bool told)
{
	must(o->fault == FAULT_LOGIN || o->fault == FAULT_PROTOCOL);
	must(o->text[0] != '\0');
	must(told || strstr(o->text, SECRET) == NULL);
	must(strstr(o->advice, SECRET) == NULL);
}

static void
choose(const uint8_t *d, const struct sasl_login *login, struct outcome *o)
{
	static char one[] = "plain", two[] = "SCRAM-SHA-1", three[] = "GSSAPI";
	char *const some[] = { three, two, one, NULL };
	const uint32_t offered = (d[0] | (uint32_t)d[1] << 8) & 0xfff;
	const uint32_t excluded = d[2] | (uint32_t)d[3] << 8;
	const struct mechanism *m;

	m = sasl_choose(offered, excluded, (d[1] & 0x80) != 0 ? some : NULL,
	    login, o);
	if (m == NULL) {
		explained(o, false);
		return;
	}
	must((offered & ~excluded & sasl_bit(m)) != 0);
	must(login->secrecy || (m->needs & SASL_NEEDS_SECRECY) == 0);
	must(login->token || (m->needs & SASL_NEEDS_TOKEN) == 0);
	must(!login->token || (m->needs & SASL_NEEDS_PASSWORD) == 0);
}

static void
talk(struct sasl *x, const char *p, size_t n, struct outcome *o)
{
	/* A server that says the secret itself may be quoted. */
	const bool told = memmem(p, n, SECRET, strlen(SECRET)) != NULL;
	const char *line;
	struct buf said;
	unsigned steps = 0;
	int r = 0;

	buf_init(&said, 16384);
	if ((x->mech->needs & SASL_CLIENT_FIRST) != 0)
		r = sasl_step(x, NULL, 0, &said, o);
	while (r == 0 && (line = memchr(p, '\n', n)) != NULL) {
		must(++steps < 4);
		buf_clear(&said);
		r = sasl_step(x, p, (size_t)(line - p), &said, o);
		must(strlen(x->said) < sizeof(x->said) &&
		    strstr(x->said, SECRET) == NULL);
		n -= (size_t)(line - p) + 1;
		p = line + 1;
	}
	if (r < 0 || sasl_finish(x, p, n, o) < 0)
		explained(o, told);
	buf_wipe(&said);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sasl_login login;
	struct outcome o;
	struct sasl x;

	if (size < 6)
		return 0;
	memset(&login, 0, sizeof(login));
	login.user = "robot@example.org";
	login.secret = SECRET;
	login.secret_len = strlen(SECRET);
	login.has_secret = (data[1] & 1) == 0;
	login.token = (data[1] & 3) == 2;
	login.certificate = (data[1] & 4) != 0;
	login.secrecy = (data[1] & 8) != 0;
	login.binding = data[1] >> 4 & 3;
	login.binding_len = login.binding == TLS_BINDING_NONE ? 0 : 32;
	login.host = "mail.example.org";
	login.port = 587;
	outcome_clear(&o);
	choose(data + 2, &login, &o);
	login.binding = TLS_BINDING_EXPORTER;
	sasl_begin(&x, &sasl_mechanisms[data[0] % 12u], &login);
	if (strncmp(x.mech->name, "SCRAM", 5) == 0)
		must(scram_begin_with(&x, "abc") == 0);
	talk(&x, (const char *)data + 6, size - 6, &o);
	sasl_end(&x);
	return 0;
}
