/* SPDX-License-Identifier: ISC */
/* A connected socket: addresses tried side by side, or a unix: socket. */
#ifndef POSTHORN_CONNECT_H
#define POSTHORN_CONNECT_H

#include <stdint.h>

#include "base/outcome.h"
#include "net/resolve.h"

/*
 * Connects to one of the addresses as RFC 8305 section 5 says: a new attempt
 * every 250 ms or as soon as one fails (but not within 100 ms of the last
 * while another is under way), the first to connect wins, the others are
 * closed.  Each attempt has `timeout` milliseconds.  source (NULL: any) is a
 * literal to bind to; addresses of the other family are skipped.  Returns a
 * non-blocking close-on-exec socket with TCP_NODELAY and sets *peer, or -1:
 * FAULT_NETWORK at STAGE_CONNECT, naming name, address, port and reason (of
 * the last to fail, a real answer before "no route"), and how many were
 * tried; FAULT_CONFIG for a source that is no address.
 */
int	connect_tcp(const char *name, const struct endpoints *ends,
	    const char *source, int64_t timeout, struct endpoint *peer,
	    struct outcome *o);
/* The same for a unix: stream socket; a full backlog is waited for. */
int	connect_unix(const char *path, int64_t timeout, struct outcome *o);
/* The local address of a connected socket as an SMTP address literal
 * ("[192.0.2.1]", "[IPv6:2001:db8::1]", RFC 5321 section 4.1.3) into text;
 * "[127.0.0.1]" for anything else. */
void	connect_literal(int fd, char text[80]);

#endif
