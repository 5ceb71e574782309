/* SPDX-License-Identifier: ISC */
/* Names to addresses, under a deadline. */
#ifndef POSTHORN_RESOLVE_H
#define POSTHORN_RESOLVE_H

#include <sys/socket.h>

#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/outcome.h"

struct endpoint {
	struct sockaddr_storage	addr;
	socklen_t		len;
};

struct endpoints {
	struct endpoint	e[LIMIT_ADDRESSES];
	size_t		n;
};

/*
 * The addresses of name (a host name, U-labels are mapped by IDNA; or a
 * literal, which asks nobody) and port, of family (AF_UNSPEC: both),
 * interleaved by family, IPv6 first (RFC 8305 section 4), in the system's
 * order within one.  Fails FAULT_NETWORK at STAGE_RESOLVE, whatever the
 * resolver said, with its words.
 * Both families are one question, so that /etc/hosts settles a name that is
 * in it.  A question not answered in 200 ms is also put for each family by
 * itself, side by side: when one has answered, IPv6 is waited for another
 * 50 ms (section 3), and IPv4 for a second, since without it nothing is left
 * where IPv6 is broken.  What is not done by the deadline goes on in a thread
 * of its own and hurts nobody.
 */
int	resolve_host(const char *name, uint16_t port, int family,
	    int64_t deadline, struct endpoints *ends, struct outcome *o);
/* Interleaves two families' addresses, up to LIMIT_ADDRESSES. */
void	resolve_merge(const struct endpoints *six, const struct endpoints *four,
	    struct endpoints *ends);
/* "192.0.2.1" or "2001:db8::1" of an endpoint into text; returns text. */
const char	*resolve_text(const struct endpoint *e, char text[64]);

#endif
