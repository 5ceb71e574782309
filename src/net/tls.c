/* SPDX-License-Identifier: ISC */
/* A GnuTLS session as a layer of a stream. */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "base/mem.h"
#include "net/binding.h"
#include "net/handshake.h"
#include "net/record.h"
#include "net/tls.h"

struct tls {
	struct record	 record;	/* first: what the stream knows */
	gnutls_certificate_credentials_t cred;
	struct tls_params params;
	bool		 strict;	/* the certificate must be judged */
	bool		 asked;		/* it was */
	struct outcome	 judged;	/* how */
	const struct stream_ops *below;
	void		*below_ctx;
};

/* Keeps the library from starting, and so from reading the environment,
 * before main has cleaned it. */
GNUTLS_SKIP_GLOBAL_INIT

/* Why a client certificate could not be had. */
static int
tls_certificate_fail(const struct tls_params *p, int code, struct outcome *o)
{
	const char *key = p->key != NULL ? p->key : p->certificate;

	if (gnutls_url_is_supported(p->certificate) == 0 &&
	    access(p->certificate, R_OK) == -1)
		return outcome_errno(o, FAULT_CONFIG, STAGE_TLS,
		    "tls-certificate %s", p->certificate);
	if (gnutls_url_is_supported(key) == 0 && access(key, R_OK) == -1)
		return outcome_errno(o, FAULT_CONFIG, STAGE_TLS,
		    "tls-key %s", key);
	outcome_fail(o, FAULT_CONFIG, STAGE_TLS,
	    "tls-certificate %s with key %s: %s", p->certificate,
	    p->key != NULL ? p->key : "in the same file",
	    gnutls_strerror(code));
	if (code == GNUTLS_E_DECRYPTION_FAILED)
		outcome_advise(o, "the key is encrypted; keep it decrypted in "
		    "a file that only the service can read");
	else if (p->key == NULL)
		outcome_advise(o, "if the key is in a file of its own, name "
		    "it in tls-key");
	return -1;
}

static int
tls_credentials(struct tls *t, struct outcome *o)
{
	const struct tls_params *p = &t->params;
	int rc = gnutls_certificate_allocate_credentials(&t->cred);

	if (rc < 0)
		return outcome_fail(o, FAULT_OS, STAGE_TLS, "GnuTLS: %s",
		    gnutls_strerror(rc));
	if (p->certificate == NULL)
		return 0;
	rc = gnutls_certificate_set_x509_key_file2(t->cred, p->certificate,
	    p->key != NULL ? p->key : p->certificate, GNUTLS_X509_FMT_PEM,
	    NULL, 0);
	return rc < 0 ? tls_certificate_fail(p, rc, o) : 0;
}

/* Called in the handshake as soon as the certificate is there; GnuTLS sends
 * nothing under a certificate that is refused here. */
static int
tls_judge(gnutls_session_t session)
{
	struct tls *t = gnutls_session_get_ptr(session);

	t->asked = true;
	return trust_check(session, t->cred, &t->params.trust, &t->judged);
}

/* A last dot is not part of the name on the wire (RFC 6066 section 3). */
static int
tls_name(struct tls *t, const char *name)
{
	size_t n = strlen(name);

	if (n > 1 && name[n - 1] == '.')
		n--;
	return gnutls_server_name_set(t->record.session, GNUTLS_NAME_DNS,
	    name, n);
}

static int
tls_session(struct tls *t, struct outcome *o)
{
	const struct tls_params *p = &t->params;
	gnutls_session_t *s = &t->record.session;
	const char *bad = NULL;
	int rc;

	rc = gnutls_init(s, GNUTLS_CLIENT | GNUTLS_NONBLOCK |
	    GNUTLS_NO_SIGNAL | GNUTLS_NO_TICKETS | GNUTLS_FORCE_CLIENT_CERT);
	if (rc < 0)
		return outcome_fail(o, FAULT_OS, STAGE_TLS, "GnuTLS: %s",
		    gnutls_strerror(rc));
	rc = gnutls_priority_set_direct(*s, p->priority, &bad);
	if (rc < 0)
		return outcome_fail(o, FAULT_CONFIG, STAGE_TLS,
		    rc == GNUTLS_E_INVALID_REQUEST && bad != NULL ?
		    "tls-priority \"%s\" is not understood from \"%s\" on" :
		    "tls-priority \"%s\": %s", p->priority,
		    rc == GNUTLS_E_INVALID_REQUEST && bad != NULL ? bad :
		    gnutls_strerror(rc));
	rc = gnutls_credentials_set(*s, GNUTLS_CRD_CERTIFICATE, t->cred);
	if (rc >= 0 && p->sni != NULL && tls_name(t, p->sni) < 0)
		return outcome_fail(o, FAULT_CONFIG, STAGE_TLS,
		    "\"%s\" cannot be the name of a server", p->sni);
	if (rc < 0)
		return outcome_fail(o, FAULT_OS, STAGE_TLS, "GnuTLS: %s",
		    gnutls_strerror(rc));
	gnutls_session_set_ptr(*s, t);
	gnutls_session_set_verify_function(*s, tls_judge);
	return 0;
}

struct tls *
tls_prepare(const struct tls_params *p, struct outcome *o)
{
	struct tls *t;
	int rc = gnutls_global_init();

	if (rc < 0) {
		outcome_fail(o, FAULT_OS, STAGE_TLS, "GnuTLS: %s",
		    gnutls_strerror(rc));
		return NULL;
	}
	t = mem_alloc(sizeof(*t));
	t->params = *p;
	t->strict = p->trust.verify ||
	    (p->trust.pins != NULL && p->trust.pins[0] != NULL);
	outcome_clear(&t->judged);
	if (tls_credentials(t, o) == 0 && tls_session(t, o) == 0)
		return t;
	tls_free(t);
	return NULL;
}

void
tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	if (t->below != NULL && t->below->close != NULL)
		t->below->close(t->below_ctx);
	if (t->record.session != NULL)
		gnutls_deinit(t->record.session);
	if (t->cred != NULL)
		gnutls_certificate_free_credentials(t->cred);
	wire_free(&t->record.wire);
	mem_wipe(t, sizeof(*t));
}

static void
tls_close(void *ctx)
{
	static_assert(offsetof(struct tls, record) == 0, "ctx is both");
	tls_free(ctx);
}

static const struct stream_ops tls_ops = {
	.read = record_read,
	.write = record_write,
	.flush = record_flush,
	.clean_end = record_clean_end,
	.why = record_why,
	.bye = record_bye,
	.close = tls_close,
};

/* A cipher suite without certificates would slip past the verify function. */
static int
tls_unasked(const struct tls *t, struct outcome *o)
{
	if (t->asked || !t->strict)
		return 0;
	return outcome_fail(o, FAULT_TRUST, STAGE_TLS,
	    "the server presented no certificate");
}

int
tls_start(struct tls *t, struct stream *s, int64_t deadline,
    struct outcome *o)
{
	wire_attach(&t->record.wire, t->record.session, s->fd);
	if (handshake_run(&t->record, &t->judged, deadline, o) == -1 ||
	    tls_unasked(t, o) == -1 ||
	    (t->params.server_first &&
	    handshake_flush(&t->record, deadline, o) == -1)) {
		tls_free(t);
		return -1;
	}
	t->below = s->ops;
	t->below_ctx = s->ctx;
	stream_layer(s, &tls_ops, t);
	return 0;
}

const char *
tls_version(const struct tls *t)
{
	return gnutls_protocol_get_name(
	    gnutls_protocol_get_version(t->record.session));
}

const char *
tls_cipher(const struct tls *t)
{
#if GNUTLS_VERSION_NUMBER >= 0x030704
	return gnutls_ciphersuite_get(t->record.session);
#else
	return gnutls_cipher_get_name(gnutls_cipher_get(t->record.session));
#endif
}

bool
tls_verified(const struct tls *t)
{
	return t->strict && t->asked && t->judged.fault == FAULT_NONE;
}

bool
tls_has_certificate(const struct tls *t)
{
	gnutls_session_t s = t->record.session;

	return gnutls_certificate_client_get_request_status(s) != 0 &&
	    gnutls_certificate_get_ours(s) != NULL;
}

size_t
tls_channel_binding(const struct tls *t, enum tls_binding type,
    unsigned char *data, size_t size)
{
	return binding_data(t->record.session, type, data, size);
}

const char *
tls_binding_name(enum tls_binding type)
{
	static const char *const names[] = {
		[TLS_BINDING_NONE] = "none",
		[TLS_BINDING_EXPORTER] = "tls-exporter",
		[TLS_BINDING_UNIQUE] = "tls-unique",
		[TLS_BINDING_END_POINT] = "tls-server-end-point",
	};

	return names[type];
}
