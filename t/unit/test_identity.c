/* SPDX-License-Identifier: ISC */
/* Who and where we are. */
#include <sys/socket.h>

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "someone.h"

START_TEST(names)
{
	static const struct { const char *name; bool is; } local[] = {
		{ "localhost", true }, { "LocalHost", true },
		{ "localhost.localdomain", true },
		{ "localhost.localdomain6", true },
		{ "localhosting.example", false }, { "example.org", false },
	}, shared[] = {
		{ "gmail.com", true }, { "GMail.com", true },
		{ "mail.gmail.com", false }, { "example.org", false },
	};
	size_t i;

	for (i = 0; i < sizeof(local) / sizeof(local[0]); i++)
		ck_assert_msg(identity_localhost(local[i].name) == local[i].is,
		    "%s", local[i].name);
	for (i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
		ck_assert_msg(identity_public(shared[i].name) == shared[i].is,
		    "%s", shared[i].name);
}
END_TEST

START_TEST(user)
{
	const struct passwd *pw = getpwuid(getuid());
	struct identity me;

	/* The environment has no say. */
	setenv("USER", "mallory", 1);
	setenv("LOGNAME", "mallory", 1);
	setenv("HOME", "/tmp/mallory", 1);
	identity_user(&me, "Jo Doe");
	ck_assert_uint_eq(me.uid, getuid());
	ck_assert_str_ne(me.user, "mallory");
	if (pw != NULL)
		ck_assert_str_eq(me.user, pw->pw_name);
	if (me.home != NULL)
		ck_assert_str_ne(me.home, "/tmp/mallory");
	ck_assert_str_eq(me.full_name, "Jo Doe");
	identity_free(&me);
}
END_TEST

/* What may complete recipients, when it is configured. */
START_TEST(configured)
{
	static const struct { const char *domain; bool qualifies; } t[] = {
		{ "example.org", true }, { "gmail.com", true },
		{ "localhost", false }, { "localhost.localdomain", false },
		{ "host", false }, { "host.local", false },
		{ "HOST.LOCAL", false }, { "x.localdomain", false },
		{ "local.example", true },
	};
	struct identity me;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		identity_user(&me, NULL);
		identity_host(&me, t[i].domain);
		ck_assert_str_eq(me.domain, t[i].domain);
		ck_assert_msg(me.qualifies == t[i].qualifies, "%s",
		    t[i].domain);
		identity_free(&me);
	}
}
END_TEST

/* Whatever this machine is called. */
START_TEST(here)
{
	struct identity me;
	size_t i;

	identity_user(&me, NULL);
	identity_host(&me, NULL);
	ck_assert(me.domain[0] != '\0');
	ck_assert(!identity_public(me.domain));
	if (me.host != NULL) {
		ck_assert_ptr_nonnull(strchr(me.host, '.'));
		ck_assert(!identity_localhost(me.host));
	}
	if (me.short_host != NULL)
		ck_assert_ptr_null(strchr(me.short_host, '.'));
	ck_assert_str_eq(me.local[0], "localhost");
	for (i = 0; me.local[i] != NULL; i++)
		ck_assert_uint_lt(i, IDENTITY_NAMES);
	identity_free(&me);
}
END_TEST

/* Another posthorn completes names: none here does. */
START_TEST(relayed)
{
	struct identity me;

	identity_user(&me, NULL);
	identity_host(&me, "");
	ck_assert_str_eq(me.domain, "");
	ck_assert(me.qualifies);
	ck_assert_str_eq(me.local[0], "localhost");
	identity_free(&me);
}
END_TEST

/* Who is at the other end of a Unix socket; of nothing else. */
START_TEST(peer)
{
	struct identity me;
	char *was;
	int fd[2];

	identity_user(&me, "Name");
	was = mem_dup(me.user);
	ck_assert_int_eq(pipe(fd), 0);
	identity_peer(&me, fd[0]);
	ck_assert_str_eq(me.full_name, "Name");
	close(fd[0]);
	close(fd[1]);
	identity_peer(&me, fd[0]);
	ck_assert_str_eq(me.full_name, "Name");

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	me.uid++;
	identity_peer(&me, fd[0]);
	ck_assert_uint_eq(me.uid, getuid());
	ck_assert_str_eq(me.user, was);
	ck_assert(me.full_name == NULL || strcmp(me.full_name, "Name") != 0);
	close(fd[0]);
	close(fd[1]);
	free(was);
	identity_free(&me);
}
END_TEST

START_TEST(unqualified)
{
	struct identity me = someone();
	struct outcome o;

	me.mailname = (char *)(uintptr_t)"gmail.com";
	ck_assert_int_eq(identity_unqualified(&me, "root", &o), -1);
	ck_assert_int_eq(o.fault, FAULT_CONFIG);
	ck_assert_ptr_nonnull(strstr(o.text, "\"root\""));
	ck_assert_ptr_nonnull(strstr(o.text, "\"gmail.com\""));
	ck_assert(o.advice[0] != '\0');
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("identity");
	TCase *t = tcase_create("identity");

	suite_add_tcase(s, t);
	tcase_add_test(t, names);
	tcase_add_test(t, user);
	tcase_add_test(t, configured);
	tcase_add_test(t, here);
	tcase_add_test(t, relayed);
	tcase_add_test(t, peer);
	tcase_add_test(t, unqualified);
	return unit_main(s);
}
