/* SPDX-License-Identifier: ISC */
/* Who is at the other end of standard input. */
#ifndef POSTHORN_PEER_H
#define POSTHORN_PEER_H

#include <stddef.h>

#include "front/identity.h"

#define PEER_WORDS	160

/*
 * Words for a comment in Received: of a Unix socket the uid that connected
 * ("uid 1000, alice"); of one of TCP its address as a literal and, if it is on
 * this machine and the system tells, the uid ("[127.0.0.1], uid 1000, alice");
 * else ours.
 */
void	peer_words(char words[PEER_WORDS], int fd, const struct identity *me);

#endif
