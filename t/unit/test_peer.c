/* SPDX-License-Identifier: ISC */
/* Who is at the other end. */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "front/peer.h"
#include "someone.h"

START_TEST(pipes)
{
	struct identity me = someone();
	char words[PEER_WORDS];
	int fd[2];

	ck_assert_int_eq(pipe(fd), 0);
	peer_words(words, fd[0], &me);
	ck_assert_str_eq(words, "uid 1000, jo");
	me.user = (char *)(uintptr_t)"j(o)\"\\\n\xc3";
	peer_words(words, fd[0], &me);
	ck_assert_str_eq(words, "uid 1000, j?o?????");
	peer_words(words, -1, &me);
	ck_assert_str_eq(words, "uid 1000, j?o?????");
}
END_TEST

START_TEST(unix_socket)
{
	struct identity me = someone();
	char words[PEER_WORDS], want[64];
	int fd[2], n;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	peer_words(words, fd[0], &me);
	n = snprintf(want, sizeof(want), "uid %lu", (unsigned long)getuid());
	ck_assert_int_eq(strncmp(words, want, (size_t)n), 0);
}
END_TEST

/* A connection on loopback: 0 IPv4, 1 IPv6, 2 IPv4 to a socket of IPv6. */
static int
connected(int how, int *client)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6,
		.sin6_addr = in6addr_loopback };
	struct sockaddr_in four = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr *to = how == 1 ? (struct sockaddr *)&six :
	    (struct sockaddr *)&four;
	socklen_t n = how == 1 ? sizeof(six) : sizeof(four), k = sizeof(six);
	int s = socket(how == 0 ? AF_INET : AF_INET6, SOCK_STREAM, 0), off = 0;

	if (how == 2) {
		setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
		six.sin6_addr = in6addr_any;
	}
	if (s < 0 || bind(s, how == 0 ? (struct sockaddr *)&four :
	    (struct sockaddr *)&six, how == 0 ? sizeof(four) :
	    sizeof(six)) != 0 || listen(s, 1) != 0)
		return -1;
	ck_assert_int_eq(getsockname(s, how == 0 ? (struct sockaddr *)&four :
	    (struct sockaddr *)&six, &k), 0);
	if (how == 2)
		four.sin_port = six.sin6_port;
	*client = socket(to->sa_family, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(*client, to, n), 0);
	return accept(s, NULL, NULL);
}

START_TEST(tcp)
{
	static const char *const want[] = { "[127.0.0.1]", "[IPv6:::1]",
		"[127.0.0.1]" };
	struct identity me = someone();
	char words[PEER_WORDS], whole[64];
	int client, s = connected(_i, &client);

	if (s < 0)
		return;			/* no IPv6 here */
	peer_words(words, s, &me);
	snprintf(whole, sizeof(whole), "%s, uid %lu", want[_i],
	    (unsigned long)getuid());
	/* A system may not tell the uid. */
	if (strchr(words, ',') == NULL)
		ck_assert_str_eq(words, want[_i]);
	else
		ck_assert_int_eq(strncmp(words, whole, strlen(whole)), 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("peer");
	TCase *c = tcase_create("all");

	tcase_add_test(c, pipes);
	tcase_add_test(c, unix_socket);
	tcase_add_loop_test(c, tcp, 0, 3);
	suite_add_tcase(s, c);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
