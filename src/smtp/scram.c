/* SPDX-License-Identifier: ISC */
/* SCRAM-SHA-1, -256, -512 and -PLUS (RFC 5802, RFC 7677), as SASL steps. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "base/limits.h"
#include "base/mem.h"
#include "smtp/attribute.h"
#include "smtp/saslprep.h"
#include "smtp/scram.h"

#define SCRAM_HASH_MAX	64u
#define SCRAM_RANDOM	18u	/* octets; a multiple of 3 needs no padding */

struct scram_hash {
	const char	*name;
	gnutls_mac_algorithm_t mac;
	gnutls_digest_algorithm_t digest;
	size_t		 len;
};

static const struct scram_hash scram_hashes[] = {
	{ "SCRAM-SHA-512", GNUTLS_MAC_SHA512, GNUTLS_DIG_SHA512, 64 },
	{ "SCRAM-SHA-256", GNUTLS_MAC_SHA256, GNUTLS_DIG_SHA256, 32 },
	{ "SCRAM-SHA-1", GNUTLS_MAC_SHA1, GNUTLS_DIG_SHA1, 20 },
};

struct scram {
	const struct scram_hash *hash;
	unsigned	 stage;		/* our next word: row of scram_words */
	char		*nonce;		/* ours */
	struct buf	 header;	/* what c= encodes */
	struct buf	 auth;		/* AuthMessage, growing */
	unsigned char	 signature[SCRAM_HASH_MAX]; /* the server's, to be */
};

/* A server-first-message, taken apart. */
struct scram_first {
	struct attribute	nonce;
	gnutls_datum_t		salt;
	unsigned		rounds;
};

void
scram_end(struct sasl *x)
{
	struct scram *s = x->scram;

	if (s == NULL)
		return;
	free(s->nonce);
	buf_wipe(&s->header);
	buf_wipe(&s->auth);
	mem_wipe(s, sizeof(*s));
	gnutls_global_deinit();
	x->scram = NULL;
}

int
scram_begin_with(struct sasl *x, const char *nonce)
{
	unsigned char random[SCRAM_RANDOM];
	const struct scram_hash *h = scram_hashes;
	struct buf words;
	struct scram *s;
	int r = 0;

	scram_end(x);
	if (gnutls_global_init() < 0)
		return -1;
	buf_init(&words, LIMIT_NONCE);
	if (nonce != NULL)
		r = buf_puts(&words, nonce);
	else if (gnutls_rnd(GNUTLS_RND_NONCE, random, sizeof(random)) < 0)
		r = -1;
	else
		r = attribute_encode(&words, random, sizeof(random));
	if (r < 0) {
		buf_free(&words);
		gnutls_global_deinit();
		return -1;
	}
	while (strncmp(h->name, x->mech->name, strlen(h->name)) != 0)
		h++;
	s = mem_alloc(sizeof(*s));
	s->hash = h;
	s->nonce = mem_ndup(words.data, words.len);
	buf_free(&words);
	buf_init(&s->header, sizeof(x->login->binding_data) + 32);
	buf_init(&s->auth, (size_t)LIMIT_CHALLENGE * 4);
	x->scram = s;
	return 0;
}

static int
scram_malformed(const struct sasl *x, struct outcome *o, const char *what)
{
	return outcome_fail(o, FAULT_PROTOCOL, STAGE_AUTH,
	    "the server's %s message is malformed: %s", x->mech->name, what);
}

/* What SASLprep has against the name or the password. */
static int
scram_unfit(const struct sasl *x, struct outcome *o, const char *which,
    const char *why)
{
	outcome_fail(o, FAULT_LOGIN, STAGE_AUTH, "%s cannot be used: the %s %s",
	    x->mech->name, which, why);
	return outcome_advise(o, "correct it, or name a mechanism that takes "
	    "it as it is: auth = {\"PLAIN\"}");
}

/* GS2 header (RFC 5802 section 7) and what c= binds to. */
static int
scram_header(struct sasl *x)
{
	const struct sasl_login *login = x->login;
	struct buf *header = &x->scram->header;

	if ((x->mech->needs & SASL_NEEDS_BINDING) != 0)
		return buf_printf(header, "p=%s,,",
		    tls_binding_name(login->binding));
	if (login->binding != TLS_BINDING_NONE && login->binding_len > 0 &&
	    !login->plus_offered)
		return buf_puts(header, "y,,");
	return buf_puts(header, "n,,");
}

static int
scram_first_word(struct sasl *x, const char *challenge, size_t n,
    struct buf *response, struct outcome *o)
{
	const struct sasl_login *login = x->login;
	struct scram *s = x->scram;
	const char *wrong;
	struct buf user;
	int r;

	(void)challenge;
	if (n > 0)
		return scram_malformed(x, o, "it comes before ours");
	buf_init(&user, (size_t)LIMIT_SECRET * 3);
	wrong = saslprep_add(&user, login->user, strlen(login->user));
	if (wrong != NULL) {
		buf_wipe(&user);
		return scram_unfit(x, o, "user name", wrong);
	}
	r = buf_puts(&s->auth, "n=");
	if (r == 0)
		r = sasl_name(&s->auth, user.data);
	if (r == 0)
		r = buf_printf(&s->auth, ",r=%s", s->nonce);
	buf_wipe(&user);
	if (r < 0 || scram_header(x) < 0 ||
	    buf_add(response, s->header.data, s->header.len) < 0 ||
	    buf_add(response, s->auth.data, s->auth.len) < 0)
		return scram_unfit(x, o, "user name", "is too long");
	if ((x->mech->needs & SASL_NEEDS_BINDING) != 0 &&
	    buf_add(&s->header, login->binding_data, login->binding_len) < 0)
		return scram_unfit(x, o, "channel binding", "is too long");
	return 0;
}

/* e=: the server's word why not. */
static int
scram_refused(struct sasl *x, const struct attribute *f, struct outcome *o)
{
	static const char *const binding[] = {
		"channel-bindings-dont-match",
		"channel-binding-not-supported",
		"unsupported-channel-binding-type",
		"server-does-support-channel-binding",
	};
	size_t i;

	for (i = 0; i < sizeof(binding) / sizeof(binding[0]); i++)
		if (f->len == strlen(binding[i]) &&
		    memcmp(f->value, binding[i], f->len) == 0)
			x->binding_refused = true;
	outcome_fail(o, FAULT_LOGIN, STAGE_AUTH, "the server refused the %s "
	    "login: %.*s", x->mech->name, (int)(f->len < 100 ? f->len : 100),
	    f->value);
	if (x->binding_refused)
		return outcome_advise(o, "its end of the TLS line is not ours: "
		    "a proxy that decrypts, an attacker, or a server that "
		    "cannot bind");
	return outcome_advise(o, "check \"user\" and the password");
}

/* Takes the attributes that `wanted` names, in that order, into f; what
 * follows them is no concern of ours, unless it is "m=" or one of them once
 * more. */
static int
scram_fields(struct sasl *x, const char *p, size_t n, const char *wanted,
    struct attribute *f, struct outcome *o)
{
	const size_t want = strlen(wanted);
	struct attribute one;
	size_t k;

	for (k = 0; n > 0 || k < want; k++) {
		if (!attribute_take(&p, &n, &one))
			return scram_malformed(x, o, n == 0 ?
			    "it ends too early" : "it is no attribute list");
		if (one.name == 'm') {
			outcome_fail(o, FAULT_LOGIN, STAGE_AUTH, "the server "
			    "wants an extension of %s that is unknown here",
			    x->mech->name);
			return outcome_advise(o, "name another mechanism in "
			    "\"auth\"");
		}
		if (k == 0 && one.name == 'e')
			return scram_refused(x, &one, o);
		if (k < want && one.name != wanted[k])
			return scram_malformed(x, o, "an attribute is missing "
			    "or out of order");
		if (k >= want && strchr(wanted, one.name) != NULL)
			return scram_malformed(x, o, "an attribute is there "
			    "twice");
		if (k < want)
			f[k] = one;
	}
	return 0;
}

static int
scram_check_nonce(struct sasl *x, const struct attribute *f,
    struct outcome *o)
{
	const char *ours = x->scram->nonce;
	const size_t len = strlen(ours);
	size_t i;

	if (f->len > LIMIT_NONCE)
		return scram_malformed(x, o, "its nonce is too long");
	for (i = 0; i < f->len; i++)
		if (f->value[i] <= ' ' || f->value[i] >= 0x7f)
			return scram_malformed(x, o, "its nonce holds what no "
			    "nonce holds");
	if (f->len <= len || memcmp(f->value, ours, len) != 0)
		return outcome_fail(o, FAULT_LOGIN, STAGE_AUTH, "the server's "
		    "%s nonce does not continue ours: it is no answer to our "
		    "words", x->mech->name);
	return 0;
}

static int
scram_check_rounds(struct sasl *x, const struct attribute *f,
    unsigned *rounds, struct outcome *o)
{
	size_t i;

	*rounds = 0;
	for (i = 0; i < f->len; i++) {
		if (f->value[i] < '0' || f->value[i] > '9' ||
		    f->value[0] == '0')
			return scram_malformed(x, o, "its iteration count is "
			    "no number");
		if (*rounds <= LIMIT_ROUNDS_MAX)
			*rounds = *rounds * 10 + (unsigned)(f->value[i] - '0');
	}
	if (*rounds >= LIMIT_ROUNDS_MIN && *rounds <= LIMIT_ROUNDS_MAX)
		return 0;
	outcome_fail(o, FAULT_LOGIN, STAGE_AUTH, "the server wants %s%u "
	    "iterations for %s; %u to %u are safe",
	    *rounds > LIMIT_ROUNDS_MAX ? "more than " : "",
	    *rounds > LIMIT_ROUNDS_MAX ? LIMIT_ROUNDS_MAX : *rounds,
	    x->mech->name, LIMIT_ROUNDS_MIN, LIMIT_ROUNDS_MAX);
	return outcome_advise(o, "ask its operator to store the password "
	    "anew, or name another mechanism in \"auth\"");
}

static int
scram_hmac(const struct scram_hash *h, const unsigned char *key,
    const void *p, size_t n, unsigned char *out)
{
	return gnutls_hmac_fast(h->mac, key, h->len, p, n, out);
}

/* RFC 5802 section 3: the proof, and the signature to be expected. */
static int
scram_prove(struct scram *s, const struct buf *password,
    const struct scram_first *first, unsigned char *proof)
{
	const gnutls_datum_t key = { (unsigned char *)password->data,
		(unsigned)password->len };
	unsigned char salted[SCRAM_HASH_MAX], client[SCRAM_HASH_MAX] = { 0 };
	unsigned char stored[SCRAM_HASH_MAX], server[SCRAM_HASH_MAX];
	const struct scram_hash *h = s->hash;
	size_t i;
	int r;

	r = gnutls_pbkdf2(h->mac, &key, &first->salt, first->rounds, salted,
	    h->len);
	if (r >= 0)
		r = scram_hmac(h, salted, "Client Key", 10, client);
	if (r >= 0)
		r = gnutls_hash_fast(h->digest, client, h->len, stored);
	if (r >= 0)
		r = scram_hmac(h, stored, s->auth.data, s->auth.len, proof);
	if (r >= 0)
		r = scram_hmac(h, salted, "Server Key", 10, server);
	if (r >= 0)
		r = scram_hmac(h, server, s->auth.data, s->auth.len,
		    s->signature);
	for (i = 0; i < h->len && r >= 0; i++)
		proof[i] ^= client[i];
	explicit_bzero(salted, sizeof(salted));
	explicit_bzero(client, sizeof(client));
	explicit_bzero(stored, sizeof(stored));
	explicit_bzero(server, sizeof(server));
	return r;
}

/* client-final-message, now that the server's words are found good. */
static int
scram_answer(struct sasl *x, const struct scram_first *first,
    struct buf *response, struct outcome *o)
{
	unsigned char proof[SCRAM_HASH_MAX];
	struct scram *s = x->scram;
	size_t start = s->auth.len;
	struct buf password;
	const char *wrong;
	int r;

	if (buf_puts(&s->auth, "c=") < 0 ||
	    attribute_encode(&s->auth, s->header.data, s->header.len) < 0 ||
	    buf_printf(&s->auth, ",r=%.*s", (int)first->nonce.len,
	    first->nonce.value) < 0 || buf_add(response,
	    s->auth.data + start, s->auth.len - start) < 0)
		return scram_malformed(x, o, "it is too long");
	buf_init(&password, (size_t)LIMIT_SECRET * 3);
	wrong = saslprep_add(&password, x->login->secret,
	    x->login->secret_len);
	r = wrong == NULL ? scram_prove(s, &password, first, proof) : 0;
	buf_wipe(&password);
	if (wrong != NULL)
		return scram_unfit(x, o, "password", wrong);
	if (r < 0)
		return outcome_fail(o, FAULT_LOGIN, STAGE_AUTH,
		    "%s cannot be computed: %s", x->mech->name,
		    gnutls_strerror(r));
	if (buf_puts(response, ",p=") < 0 ||
	    attribute_encode(response, proof, s->hash->len) < 0)
		return scram_malformed(x, o, "it is too long");
	return 0;
}

static int
scram_second_word(struct sasl *x, const char *challenge, size_t n,
    struct buf *response, struct outcome *o)
{
	struct attribute f[3];
	struct scram_first first;
	struct scram *s = x->scram;
	int r;

	if (scram_fields(x, challenge, n, "rsi", f, o) < 0 ||
	    scram_check_nonce(x, &f[0], o) < 0 ||
	    scram_check_rounds(x, &f[2], &first.rounds, o) < 0)
		return -1;
	first.nonce = f[0];
	if (buf_putc(&s->auth, ',') < 0 ||
	    buf_add(&s->auth, challenge, n) < 0 ||
	    buf_putc(&s->auth, ',') < 0)
		return scram_malformed(x, o, "it is too long");
	if (!attribute_decode(&f[1], &first.salt))
		return scram_malformed(x, o, "its salt is not base64");
	r = scram_answer(x, &first, response, o);
	gnutls_free(first.salt.data);
	return r;
}

static int
scram_last_word(struct sasl *x, const char *challenge, size_t n,
    struct buf *response, struct outcome *o)
{
	const struct scram *s = x->scram;
	struct attribute f[1];
	gnutls_datum_t v;

	(void)response;
	if (scram_fields(x, challenge, n, "v", f, o) < 0)
		return -1;
	if (!attribute_decode(&f[0], &v))
		return scram_malformed(x, o, "its signature is not base64");
	x->proven = v.size == s->hash->len &&
	    gnutls_memcmp(v.data, s->signature, s->hash->len) == 0;
	gnutls_free(v.data);
	if (x->proven)
		return 0;
	outcome_fail(o, FAULT_LOGIN, STAGE_AUTH, "the server's %s signature is "
	    "wrong: it does not know the password", x->mech->name);
	return outcome_advise(o, "somebody may pose as the server; no mail was "
	    "given to it");
}

static int (*const scram_words[])(struct sasl *, const char *, size_t,
    struct buf *, struct outcome *) = {
	scram_first_word, scram_second_word, scram_last_word,
};

int
scram_step(struct sasl *x, const char *challenge, size_t n,
    struct buf *response, struct outcome *o)
{
	unsigned stage;

	if (x->scram == NULL && scram_begin_with(x, NULL) < 0)
		return outcome_fail(o, FAULT_OS, STAGE_AUTH,
		    "GnuTLS has no random octets for %s", x->mech->name);
	stage = x->scram->stage;
	if (stage >= sizeof(scram_words) / sizeof(scram_words[0]))
		return outcome_fail(o, FAULT_PROTOCOL, STAGE_AUTH, "the server "
		    "asks for more after the last word of %s", x->mech->name);
	/* A word that failed is not to be tried again. */
	x->scram->stage = sizeof(scram_words) / sizeof(scram_words[0]);
	if (scram_words[stage](x, challenge, n, response, o) < 0)
		return -1;
	x->scram->stage = stage + 1;
	return 0;
}
