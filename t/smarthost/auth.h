/* SPDX-License-Identifier: ISC */
/* One AUTH exchange, verified by a library that is not ours. */
#ifndef SMARTHOST_AUTH_H
#define SMARTHOST_AUTH_H

#include "session.h"

enum verdict {
	AUTH_MORE,	/* out is the next challenge */
	AUTH_GOOD,
	AUTH_BAD,	/* 535 */
	AUTH_MALFORMED,	/* 501 */
	AUTH_UNKNOWN	/* 504: no such mechanism */
};

struct exchange {
	struct session	*s;
	const char	*mechanism;	/* upper case */
	void		*state;		/* the library's */
	char		 identity[256];	/* authorised as */
};

/* in is NULL when the client gave no initial response. */
struct verifier {
	enum verdict	(*start)(struct exchange *x, const char *in, size_t n,
			    struct octets *out);
	enum verdict	(*step)(struct exchange *x, const char *in, size_t n,
			    struct octets *out);
	void		(*end)(struct exchange *x);
};

extern const struct verifier auth_cyrus;
extern const struct verifier auth_gsasl;
extern const struct verifier auth_bearer;	/* OAUTHBEARER, XOAUTH2 */

/* Once, before the first connection. */
void	auth_cyrus_init(const struct options *o);

/* The channel binding in force: its name ("tls-exporter"), the data added to
 * data; NULL when there is none. */
const char *auth_binding(struct session *s, struct octets *data);

#endif
