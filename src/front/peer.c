/* SPDX-License-Identifier: ISC */
/* Who is at the other end of standard input. */
#include <sys/socket.h>
#include <sys/time.h>

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "front/peer.h"

union peer_address {
	struct sockaddr		 sa;
	struct sockaddr_in	 in;
	struct sockaddr_in6	 in6;
	struct sockaddr_storage	 all;
};

/* A name that can do no harm inside a comment. */
static void
peer_user(char *words, size_t size, uid_t uid, const char *name)
{
	char clean[65];
	size_t i;

	for (i = 0; name != NULL && i < 64 && name[i] != '\0'; i++)
		clean[i] = name[i] > ' ' && name[i] < 0x7f &&
		    strchr("()\\\",", name[i]) == NULL ? name[i] : '?';
	clean[i] = '\0';
	snprintf(words, size, "uid %lu%s%s", (unsigned long)uid,
	    i > 0 ? ", " : "", clean);
}

static void
peer_uid(char *words, size_t size, uid_t uid)
{
	const struct passwd *pw = getpwuid(uid);

	peer_user(words, size, uid, pw != NULL ? pw->pw_name : NULL);
}

/* ---- TCP ----------------------------------------------------------------- */

/* IPv4 that came in by IPv6 is IPv4. */
static void
peer_unmap(union peer_address *a)
{
	struct sockaddr_in in = { .sin_family = AF_INET };

	if (a->sa.sa_family != AF_INET6 ||
	    !IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr))
		return;
	in.sin_port = a->in6.sin6_port;
	memcpy(&in.sin_addr, a->in6.sin6_addr.s6_addr + 12, 4);
	a->in = in;
}

static const void *
peer_octets(const union peer_address *a, size_t *n)
{
	const bool v6 = a->sa.sa_family == AF_INET6;

	*n = v6 ? 16 : 4;
	return v6 ? (const void *)&a->in6.sin6_addr :
	    (const void *)&a->in.sin_addr;
}

static in_port_t
peer_port(const union peer_address *a)
{
	return a->sa.sa_family == AF_INET6 ? a->in6.sin6_port :
	    a->in.sin_port;
}

/* The question whose socket it is that goes from peer to us. */
struct peer_question {
	struct nlmsghdr		 head;
	struct inet_diag_req_v2	 body;
};

static void
peer_ask(struct peer_question *q, const union peer_address *peer,
    const union peer_address *us)
{
	size_t n, m;
	const void *src = peer_octets(peer, &n), *dst = peer_octets(us, &m);

	memset(q, 0, sizeof(*q));
	q->head.nlmsg_len = sizeof(*q);
	q->head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
	q->head.nlmsg_flags = NLM_F_REQUEST;
	q->body.sdiag_family = (uint8_t)peer->sa.sa_family;
	q->body.sdiag_protocol = IPPROTO_TCP;
	q->body.idiag_states = ~0u;
	q->body.id.idiag_sport = peer_port(peer);
	q->body.id.idiag_dport = peer_port(us);
	q->body.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
	q->body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	memcpy(q->body.id.idiag_src, src, n);
	memcpy(q->body.id.idiag_dst, dst, m);
}

static bool
peer_answer(int s, const struct peer_question *q, uid_t *uid)
{
	union {
		struct nlmsghdr	 head;
		char		 all[1024];
	} a;
	struct inet_diag_msg *d;
	ssize_t n;

	if (send(s, q, sizeof(*q), 0) != (ssize_t)sizeof(*q))
		return false;
	n = recv(s, &a, sizeof(a), 0);
	if (n < (ssize_t)NLMSG_LENGTH(sizeof(*d)) ||
	    a.head.nlmsg_type != SOCK_DIAG_BY_FAMILY)
		return false;
	d = NLMSG_DATA(&a.head);
	/* Of a socket that nobody has any more there is no inode. */
	*uid = d->idiag_uid;
	return d->idiag_inode != 0;
}

static bool
peer_owner(const union peer_address *peer, const union peer_address *us,
    uid_t *uid)
{
	const struct timeval second = { 1, 0 };
	struct peer_question q;
	bool known;
	int s;

	if (peer->sa.sa_family != us->sa.sa_family)
		return false;
	s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (s < 0)
		return false;
	setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
	peer_ask(&q, peer, us);
	known = peer_answer(s, &q, uid);
	close(s);
	return known;
}

static void
peer_tcp(char words[PEER_WORDS], int fd, union peer_address *peer)
{
	char text[INET6_ADDRSTRLEN];
	union peer_address us = { .all.ss_family = AF_UNSPEC };
	socklen_t n = sizeof(us);
	uid_t uid;
	size_t len;
	const void *octets;
	int at;

	peer_unmap(peer);
	octets = peer_octets(peer, &len);
	inet_ntop(peer->sa.sa_family, octets, text, sizeof(text));
	at = snprintf(words, PEER_WORDS, "[%s%s]", len == 16 ? "IPv6:" : "",
	    text);
	if (getsockname(fd, &us.sa, &n) != 0)
		return;
	peer_unmap(&us);
	if (!peer_owner(peer, &us, &uid))
		return;
	words[at++] = ',';
	words[at++] = ' ';
	peer_uid(words + at, PEER_WORDS - (size_t)at, uid);
}

/* ---- Any ----------------------------------------------------------------- */

void
peer_words(char words[PEER_WORDS], int fd, const struct identity *me)
{
	union peer_address peer = { .all.ss_family = AF_UNSPEC };
	struct ucred who;
	socklen_t n = sizeof(peer), k = sizeof(who);
	const bool is = getpeername(fd, &peer.sa, &n) == 0;

	if (is && (peer.sa.sa_family == AF_INET ||
	    peer.sa.sa_family == AF_INET6))
		peer_tcp(words, fd, &peer);
	else if (is && peer.sa.sa_family == AF_UNIX &&
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &k) == 0)
		peer_uid(words, PEER_WORDS, who.uid);
	else
		peer_user(words, PEER_WORDS, me->uid, me->user);
}
