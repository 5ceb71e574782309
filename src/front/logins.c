/* SPDX-License-Identifier: ISC */
/* Where an account's mail goes, and how it logs in. */
#include <string.h>

#include "front/human.h"
#include "front/logins.h"
#include "front/outlook.h"
#include "smtp/sasl.h"

#define WIDTH	200u

static const char *
tls_words(const struct account *a)
{
	if (a->tls == TLS_OFF)
		return "without TLS";
	if (a->tls_fingerprints != NULL)
		return a->tls == TLS_IMPLICIT ?
		    "TLS from the start, pinned" : "STARTTLS, pinned";
	if (!a->tls_verify)
		return a->tls == TLS_IMPLICIT ?
		    "TLS from the start, not verified" :
		    "STARTTLS, not verified";
	return a->tls == TLS_IMPLICIT ? "TLS from the start, verified" :
	    "STARTTLS, verified";
}

/* What we would have at hand in a session as it should be. */
static void
login_fill(struct sasl_login *l, const struct account *a)
{
	const struct secret_source *s = &a->secret;

	memset(l, 0, sizeof(*l));
	l->user = a->user;
	l->token = s->token_command != NULL;
	l->has_secret = l->token || s->password != NULL ||
	    s->password_file != NULL || s->password_command != NULL ||
	    s->credential != NULL;
	l->certificate = a->tls_certificate != NULL;
	l->secrecy = true;
	if (a->tls != TLS_OFF) {
		l->binding = TLS_BINDING_EXPORTER;
		l->binding_len = 1;
	}
}

static void
show_mechanisms(FILE *out, const struct account *a)
{
	const struct mechanism *m;
	struct sasl_login l;
	struct outcome none;
	uint32_t tried = 0;

	login_fill(&l, a);
	while ((m = sasl_choose(UINT32_MAX, tried, a->auth, &l,
	    &none)) != NULL) {
		fprintf(out, "%s%s", tried != 0 ? ", " : "", m->name);
		tried |= sasl_bit(m);
	}
	if (tried == 0)
		fputs("no mechanism that is known here", out);
}

void
logins_show(FILE *out, const struct account *a)
{
	char name[OUTLOOK_HOST];
	size_t i;

	for (i = 0; i < a->hosts_n; i++) {
		outlook_host(name, &a->hosts[i]);
		fprintf(out, "  %s %s, %s\n", i == 0 ? "to" : "else", name,
		    tls_words(a));
	}
	if (a->auth_off || (a->user == NULL && a->tls_certificate == NULL)) {
		fputs("  without a login\n", out);
		return;
	}
	fputs("  login ", out);
	if (a->user != NULL) {
		fputs("as ", out);
		human_text(out, a->user, WIDTH);
		fputs(" ", out);
	}
	fputs("by the first that the server offers of: ", out);
	show_mechanisms(out, a);
	putc('\n', out);
}
