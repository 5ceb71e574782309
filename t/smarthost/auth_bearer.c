/* SPDX-License-Identifier: ISC */
/* OAUTHBEARER (RFC 7628) and XOAUTH2, checked by comparing strings. */
#include <stdio.h>
#include <string.h>

#include "auth.h"

/* Is the text a whole OAUTHBEARER message with our user and token? */
static bool
bearer(const struct options *o, const char *in, size_t n)
{
	char want[4400];
	const char *p, *end = in + n;

	snprintf(want, sizeof want, "n,a=%s,\1", o->user);
	if (n < strlen(want) || memcmp(in, want, strlen(want)) != 0)
		return false;
	if (n < 2 || memcmp(end - 2, "\1\1", 2) != 0)
		return false;
	for (p = in + strlen(want); p < end && *p != '\1';
	    p = (const char *)memchr(p, '\1', (size_t)(end - p)) + 1)
		if (memchr("hpa", *p, 3) == NULL)
			return false;
	if (p != end - 1)
		return false;
	snprintf(want, sizeof want, "\1auth=Bearer %s\1", o->token);
	return memmem(in, n, want, strlen(want)) != NULL &&
	    memmem(in, n, "\1host=", 6) != NULL &&
	    memmem(in, n, "\1port=", 6) != NULL;
}

static enum verdict
judge(struct exchange *x, const char *in, size_t n, struct octets *out)
{
	const struct options *o = &x->s->server->options;
	char want[4400];
	bool good;

	if (o->token == NULL)
		return AUTH_UNKNOWN;
	if (strcmp(x->mechanism, "XOAUTH2") == 0) {
		snprintf(want, sizeof want, "user=%s\1auth=Bearer %s\1\1",
		    o->user, o->token);
		good = n == strlen(want) && memcmp(in, want, n) == 0;
	} else {
		good = bearer(o, in, n);
	}
	if (good) {
		snprintf(x->identity, sizeof x->identity, "%s", o->user);
		return AUTH_GOOD;
	}
	x->state = x;
	octets_puts(out, "{\"status\":\"invalid_token\",\"scope\":\"smtp\"}");
	return AUTH_MORE;
}

static enum verdict
bearer_start(struct exchange *x, const char *in, size_t n, struct octets *out)
{
	if (in == NULL)
		return AUTH_MORE;
	return judge(x, in, n, out);
}

static enum verdict
bearer_step(struct exchange *x, const char *in, size_t n, struct octets *out)
{
	bool right;

	if (x->state == NULL)
		return judge(x, in, n, out);
	/* After the error: one ^A, or nothing (XOAUTH2). */
	right = strcmp(x->mechanism, "XOAUTH2") == 0 ? n == 0 :
	    n == 1 && in[0] == '\1';
	return right ? AUTH_BAD : AUTH_MALFORMED;
}

static void
bearer_end(struct exchange *x)
{
	x->state = NULL;
}

const struct verifier auth_bearer = { bearer_start, bearer_step, bearer_end };
