/* SPDX-License-Identifier: ISC */
/*
 * SCRAM against any server.  First octet: the hash and the binding; then the
 * server's messages, one a line; the last line is said with its success.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "smtp/scram.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

/* Many rounds are slow, and tell nothing that few do not. */
static bool
slow(const char *p, size_t n)
{
	const char *end = p + n;
	size_t digits;

	while ((p = memmem(p, (size_t)(end - p), "i=", 2)) != NULL) {
		p += 2;
		for (digits = 0; p < end && *p >= '0' && *p <= '9'; p++)
			digits++;
		if (digits > 4 && digits < 8)
			return true;
	}
	return false;
}

static void
talk(struct sasl *x, const char *p, size_t n, struct outcome *o)
{
	/* A server that says the password itself may be quoted. */
	const bool told = memmem(p, n, "pencil", 6) != NULL;
	const char *line;
	struct buf said;
	size_t k;
	int r;

	buf_init(&said, 16384);
	r = sasl_step(x, NULL, 0, &said, o);
	while (r == 0 && (line = memchr(p, '\n', n)) != NULL) {
		k = (size_t)(line - p);
		buf_clear(&said);
		must(!x->proven);
		r = sasl_step(x, p, k, &said, o);
		must(r < 0 || x->proven || strncmp(said.data, "c=", 2) == 0);
		must(!x->proven || (r == 0 && k > 2 && p[0] == 'v' &&
		    said.len == 0));
		if (x->proven)
			break;
		n -= k + 1;
		p = line + 1;
	}
	if (r == 0)
		r = sasl_finish(x, p, n, o);
	must((r == 0) == x->proven);
	must(r == 0 || o->text[0] != '\0');
	must(r == 0 || told || strstr(o->text, "pencil") == NULL);
	buf_wipe(&said);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "SCRAM-SHA-1", "SCRAM-SHA-256",
		"SCRAM-SHA-512", "SCRAM-SHA-256-PLUS" };
	static const char *const nonces[] = { "fyko+d2lbbFgONRv9qkxdawL",
		"rOprNGfwEbeRWgbNEkqO", "rOprNGfwEbeRWgbNEkqO", "abc" };
	struct sasl_login login;
	struct outcome o;
	struct sasl x;
	unsigned which;

	if (size < 1 || slow((const char *)data, size))
		return 0;
	which = data[0] % 4u;
	memset(&login, 0, sizeof(login));
	login.user = "user";
	login.secret = "pencil";
	login.secret_len = 6;
	login.has_secret = true;
	if (which == 3) {
		login.binding = TLS_BINDING_EXPORTER;
		login.binding_len = 32;
	}
	outcome_clear(&o);
	sasl_begin(&x, sasl_find(names[which], strlen(names[which])), &login);
	must(scram_begin_with(&x, nonces[which]) == 0);
	talk(&x, (const char *)data + 1, size - 1, &o);
	sasl_end(&x);
	return 0;
}
