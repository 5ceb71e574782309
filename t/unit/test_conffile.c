/* SPDX-License-Identifier: ISC */
/* Files, their rights, and files inside files. */
#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "conf/settings.h"
#include "unit.h"

static char dir[64];
static int at;
static struct settings s;
static struct outcome o;

static void
setup(void)
{
	strcpy(dir, "/tmp/posthorn-conf.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	at = open(dir, O_RDONLY | O_DIRECTORY);
	ck_assert_int_ge(at, 0);
	ck_assert_int_eq(mkdirat(at, "sub", 0700), 0);
	umask(077);
}

static void
teardown(void)
{
	char command[200];

	close(at);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	ck_assert_int_eq(system(command), 0);
}

static void
put(const char *name, const char *text)
{
	int fd = openat(at, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(file_write(fd, text, strlen(text)), 0);
	close(fd);
}

static int
load(const char *name)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	outcome_clear(&o);
	return settings_load(&s, path, false, &o);
}

static void
loads(const char *name)
{
	ck_assert_msg(load(name) == 0, "%s", o.text);
	settings_free(&s);
}

static void
fails(const char *name, const char *words, const char *advice)
{
	ck_assert_int_eq(load(name), -1);
	ck_assert_msg(strstr(o.text, words) != NULL, "%s, not %s", o.text,
	    words);
	ck_assert_msg(strstr(o.advice, advice) != NULL, "%s: %s, not %s",
	    o.text, o.advice, advice);
	ck_assert_int_eq((int)o.fault, FAULT_CONFIG);
	settings_free(&s);
}

#define PLAIN "account a { host = h.example.org }\n"
#define SECRET "account a { host = h.example.org user = u password = 'x' }\n"

static const struct {
	mode_t		 mode;
	const char	*plain, *secret;	/* NULL: it loads */
} rights[] = {
	{ 0600, NULL, NULL },
	{ 0400, NULL, NULL },
	{ 0700, NULL, NULL },
	{ 0644, NULL, "holds a password and can be read by everybody" },
	{ 0604, NULL, "holds a password and can be read by everybody" },
	{ 0640, NULL, "holds a password and can be read by its group" },
	{ 0602, "can be written by everybody", "written by everybody" },
	{ 0666, "can be written by everybody", "written by everybody" },
	{ 0620, "can be written by its group", "written by its group" },
	{ 0660, "can be written by its group", "written by its group" },
};

START_TEST(modes)
{
	put("plain", PLAIN);
	put("secret", SECRET);
	if (geteuid() == 0) {
		ck_assert_int_eq(fchownat(at, "plain", 0, 12345, 0), 0);
		ck_assert_int_eq(fchownat(at, "secret", 0, 12345, 0), 0);
	}
	ck_assert_int_eq(fchmodat(at, "plain", rights[_i].mode, 0), 0);
	ck_assert_int_eq(fchmodat(at, "secret", rights[_i].mode, 0), 0);
	if (rights[_i].plain == NULL)
		loads("plain");
	else
		fails("plain", rights[_i].plain, "chmod ");
	if (rights[_i].secret == NULL)
		loads("secret");
	else
		fails("secret", rights[_i].secret, "chmod ");
}
END_TEST

/* The group of a set-gid program, and the one called posthorn. */
START_TEST(own_group)
{
	const struct group *g = getgrnam("posthorn");

	if (geteuid() != 0)
		return;
	put("secret", SECRET);
	ck_assert_int_eq(fchmodat(at, "secret", 0660, 0), 0);
	ck_assert_int_eq(fchownat(at, "secret", 0, 12345, 0), 0);
	fails("secret", "can be written by its group", "chmod g-w");
	ck_assert_int_eq(setegid(12345), 0);
	loads("secret");
	ck_assert_int_eq(setegid(getgid()), 0);
	if (g == NULL)
		return;
	ck_assert_int_eq(fchownat(at, "secret", 0, g->gr_gid, 0), 0);
	loads("secret");
}
END_TEST

START_TEST(owners)
{
	if (geteuid() != 0)
		return;
	put("c", PLAIN);
	ck_assert_int_eq(fchownat(at, "c", 12345, 0, 0), 0);
	fails("c", "belongs to another user", "chown root");
	ck_assert_int_eq(chmod(dir, 0755), 0);
	ck_assert_int_eq(fchmodat(at, "c", 0644, 0), 0);
	ck_assert_int_eq(setresuid(12345, 12345, 0), 0);
	loads("c");
	ck_assert_int_eq(setresuid(0, 0, 0), 0);
	ck_assert_int_eq(fchownat(at, "c", 0, 0, 0), 0);
	ck_assert_int_eq(setresuid(12345, 12345, 0), 0);
	loads("c");
	ck_assert_int_eq(setresuid(0, 0, 0), 0);
	ck_assert_int_eq(fchmodat(at, "c", 0600, 0), 0);
	ck_assert_int_eq(setresuid(12345, 12345, 0), 0);
	fails("c", "Permission denied", "set-gid");
	ck_assert_int_eq(setresuid(0, 0, 0), 0);
}
END_TEST

START_TEST(no_files)
{
	static char big[LIMIT_CONFIG + 2];

	fails("none", "No such file", "posthorn.conf(5)");
	fails("sub", "is not a regular file", "");
	ck_assert_int_eq(mkfifoat(at, "fifo", 0600), 0);
	fails("fifo", "is not a regular file", "");
	memset(big, '\n', LIMIT_CONFIG + 1);
	put("big", big);
	fails("big", "is larger than 1 MiB", "");
	big[LIMIT_CONFIG] = '\0';
	memcpy(big + LIMIT_CONFIG - strlen(PLAIN), PLAIN, strlen(PLAIN));
	put("big", big);
	loads("big");
}
END_TEST

START_TEST(relative_path)
{
	char path[200];

	put("c", PLAIN);
	ck_assert_int_eq(chdir(dir), 0);
	ck_assert_int_eq(settings_load(&s, "c", false, &o), 0);
	snprintf(path, sizeof(path), "%s/c", dir);
	ck_assert_str_eq(s.path, path);
	settings_free(&s);
	ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

START_TEST(includes)
{
	char path[300];

	put("c", "include(\"sub/one\")\ndomain = x.org\n");
	put("sub/one", "account one { host = a }\ninclude('two')\n"
	    "include(\"../three\")");
	put("sub/two", "account two { host = b }\n# no line end");
	snprintf(path, sizeof(path), "default-account = three\n"
	    "include(\"%s/four\")\naccount three { host = c }", dir);
	put("three", path);
	put("four", "");
	ck_assert_msg(load("c") == 0, "%s", o.text);
	ck_assert_uint_eq(s.accounts_n, 3);
	ck_assert_str_eq(s.accounts[0].name, "one");
	ck_assert_str_eq(s.accounts[1].name, "two");
	ck_assert_str_eq(s.accounts[2].name, "three");
	ck_assert_ptr_eq(s.fallback, &s.accounts[2]);
	ck_assert_str_eq(s.domain, "x.org");
	settings_free(&s);
}
END_TEST

/* Includes that fail, and where. */
static const struct {
	const char	*outer, *inner, *words;
} nested[] = {
	{ "\ninclude(\"none\")", "", "/c:2: include: cannot read /tmp/" },
	{ "\ninclude(\"sub\")", "", "/c:2: include: /tmp/" },
	{ "include(\"i\")", "account a {", "/i:1: account { begins here" },
	{ "include(\"i\")", "\n/*", "/i:2: the comment /* is not closed" },
	{ "include(\"i\")", "domain = \"x", "/i:1: a quote" },
	{ "include(\"i\")\n}", "account a {", "/c:2: } without {" },
	{ "account a {\ninclude(\"i\")\n}", "host = x", "/c:2: there is no "
	    "key \"include\" in account" },
	{ "include(\"i\")", "\nhots = x", "/i:2: there is no key" },
	{ "include(\"i\")", "\n\naccount a { host = '' }", "/i:3: host" },
	{ "include(\"i\")\nhots = x", PLAIN, "/c:2: there is no key" },
	{ "include(\"i\")\n\naccount b { }", PLAIN, "/c:3: account \"b\" has" },
	{ "domain = x.org\ninclude(\"i\")", "domain = y.org",
	    "/i:1: domain is given twice" },
	{ "include(\"i\")\ndomain = x.org", "\n\ndomain = y.org",
	    "/i:3: domain is given twice" },
	{ PLAIN "include(\"i\")", "\n" PLAIN, "/i:2: found duplicate title" },
	{ "include(\"i\")\ninclude(\"i\")", PLAIN, "/i:1: found duplicate" },
	{ "include(\"i\")\n" PLAIN, "default-account = b",
	    "/i:1: default-account = \"b\"" },
	{ "include(\"i\")", "account a { include }", "/i:1: there is no" },
	{ "include(\"i\")", "include(\"i\")", "/i:1: include: more than 8" },
	{ "include(\"c\")", "", "/c:1: include: more than 8 files deep" },
};

START_TEST(includes_refused)
{
	put("c", nested[_i].outer);
	put("i", nested[_i].inner);
	fails("c", nested[_i].words, "");
}
END_TEST

START_TEST(include_rights)
{
	put("c", "include(\"i\")");
	put("i", SECRET);
	loads("c");
	ck_assert_int_eq(fchmodat(at, "c", 0644, 0), 0);
	loads("c");
	ck_assert_int_eq(fchmodat(at, "i", 0644, 0), 0);
	fails("c", "/i holds a password", "chmod 600 /tmp/");
	ck_assert_int_eq(fchmodat(at, "i", 0602, 0), 0);
	fails("c", "/i can be written by everybody", "chmod go-w /tmp/");
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(fchmodat(at, "i", 0600, 0), 0);
	ck_assert_int_eq(fchownat(at, "i", 12345, 0, 0), 0);
	fails("c", "/c:1: include: /tmp/", "chown root");
}
END_TEST

START_TEST(include_depth)
{
	char name[8] = "1", text[40];
	int i;

	for (i = 1; i <= 9; i++) {
		name[0] = (char)('0' + i);
		snprintf(text, sizeof(text), "include(\"%d\")", i + 1);
		put(name, i == 9 ? PLAIN : text);
	}
	loads("1");
	put("0", "include(\"1\")");
	fails("0", "/8:1: include: more than 8 files deep", "");
}
END_TEST

START_TEST(chosen)
{
	const uid_t me = 12345;
	char home[200];

	snprintf(home, sizeof(home), "%s/c", dir);
	ck_assert_str_eq(settings_choose(NULL, "/sys", me), "/sys");
	ck_assert_str_eq(settings_choose(home, "/sys", 0), "/sys");
	put("c", PLAIN);
	ck_assert_str_eq(settings_choose(home, "/sys", geteuid()),
	    geteuid() == 0 || geteuid() >= 1000 ? home : "/sys");
	if (geteuid() != 0)
		return;
	ck_assert_str_eq(settings_choose(home, "/sys", me), home);
	ck_assert_str_eq(settings_choose(home, "/sys", 999), "/sys");
	ck_assert_str_eq(settings_choose(home, "/sys", 33), "/sys");
	ck_assert_str_eq(settings_choose(home, "/sys", 1000), home);
	ck_assert_int_eq(fchownat(at, "c", me, 0, 0), 0);
	ck_assert_str_eq(settings_choose(home, "/sys", me), home);
	ck_assert_str_eq(settings_choose(home, "/sys", me + 1), "/sys");
	ck_assert_str_eq(settings_choose(home, "/sys", 0), "/sys");
	ck_assert_int_eq(fchmodat(at, "c", 0602, 0), 0);
	ck_assert_str_eq(settings_choose(home, "/sys", me), "/sys");
}
END_TEST

static Suite *
suite(void)
{
	Suite *u = suite_create("conffile");
	TCase *t = tcase_create("conffile");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, modes, 0, sizeof(rights) / sizeof(rights[0]));
	tcase_add_test(t, own_group);
	tcase_add_test(t, owners);
	tcase_add_test(t, no_files);
	tcase_add_test(t, relative_path);
	tcase_add_test(t, includes);
	tcase_add_loop_test(t, includes_refused, 0,
	    sizeof(nested) / sizeof(nested[0]));
	tcase_add_test(t, include_rights);
	tcase_add_test(t, include_depth);
	tcase_add_test(t, chosen);
	suite_add_tcase(u, t);
	return u;
}

int
main(void)
{
	return unit_main(suite());
}
