/* SPDX-License-Identifier: ISC */
/* What earlier sessions taught us of a host and login, through base/state. */
#include <stdio.h>
#include <string.h>

#include "smtp/known.h"
#include "smtp/sasl.h"

/* A record is words: "rides=PLAIN broken=CRAM-MD5,LOGIN plus
 * binding=tls-exporter". */

static void
known_key(struct buf *key, const char *host, uint16_t port, const char *login)
{
	buf_init(key, 2048);
	if (buf_printf(key, "login %s %u %s", host, port, login) < 0)
		buf_clear(key);
}

static uint32_t
known_mechanisms(const char *p, size_t n)
{
	const struct mechanism *m;
	uint32_t bits = 0;
	size_t k;

	while (n > 0) {
		for (k = 0; k < n && p[k] != ','; k++)
			continue;
		m = sasl_find(p, k);
		if (m != NULL)
			bits |= sasl_bit(m);
		k += k < n;
		p += k;
		n -= k;
	}
	return bits;
}

static enum tls_binding
known_binding(const char *p, size_t n)
{
	enum tls_binding b;
	const char *name;

	for (b = TLS_BINDING_EXPORTER; b <= TLS_BINDING_END_POINT; b++) {
		name = tls_binding_name(b);
		if (strlen(name) == n && memcmp(name, p, n) == 0)
			return b;
	}
	return TLS_BINDING_NONE;
}

static void
known_word(struct known *k, const char *p, size_t n)
{
	if (n > 6 && memcmp(p, "rides=", 6) == 0)
		k->rides = known_mechanisms(p + 6, n - 6);
	else if (n > 7 && memcmp(p, "broken=", 7) == 0)
		k->broken = known_mechanisms(p + 7, n - 7);
	else if (n > 8 && memcmp(p, "binding=", 8) == 0)
		k->binding = known_binding(p + 8, n - 8);
	else if (n == 4 && memcmp(p, "plus", 4) == 0)
		k->plus = true;
}

void
known_load(struct known *k, const struct state *state, const char *host,
    uint16_t port, const char *login)
{
	struct buf key, value;
	const char *p;
	size_t n;

	memset(k, 0, sizeof(*k));
	known_key(&key, host, port, login);
	buf_init(&value, LIMIT_STATE);
	if (key.len > 0 && state_get(state, key.data, &value)) {
		for (p = value.data; *p != '\0'; p += n) {
			p += strspn(p, " \n");
			n = strcspn(p, " \n");
			known_word(k, p, n);
		}
	}
	buf_free(&key);
	buf_free(&value);
}

static void
known_names(struct buf *b, const char *word, uint32_t bits)
{
	const struct mechanism *m;
	char mark = '=';

	if (bits == 0)
		return;
	buf_printf(b, " %s", word);
	for (m = sasl_mechanisms; m->name != NULL; m++) {
		if ((bits & sasl_bit(m)) == 0)
			continue;
		buf_printf(b, "%c%s", mark, m->name);
		mark = ',';
	}
}

void
known_save(struct known *k, const struct state *state, const char *host,
    uint16_t port, const char *login)
{
	struct buf key, value;

	if (!k->changed)
		return;
	known_key(&key, host, port, login);
	buf_init(&value, LIMIT_STATE);
	known_names(&value, "rides", k->rides);
	known_names(&value, "broken", k->broken);
	if (k->plus)
		buf_puts(&value, " plus");
	if (k->binding != TLS_BINDING_NONE)
		buf_printf(&value, " binding=%s", tls_binding_name(k->binding));
	if (key.len > 0)
		state_put(state, key.data, value.len > 0 ? value.data : NULL);
	k->changed = false;
	buf_free(&key);
	buf_free(&value);
}
