/* SPDX-License-Identifier: ISC */
/* Secrets from every source, and none of them in the words of a failure. */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "conf/secret.h"
#include "unit.h"

static char dir[64], path[100];
static struct account a;
static struct secret s;
static struct outcome o;

static void
setup(void)
{
	strcpy(dir, "/tmp/posthorn-secret.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/pw", dir);
	memset(&a, 0, sizeof(a));
	a.name = strdup("test");
	outcome_clear(&o);
	umask(077);
}

static void
teardown(void)
{
	char command[100];

	secret_close(&s);
	free(a.name);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	ck_assert_int_eq(system(command), 0);
}

static void
put(const void *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(file_write(fd, p, n), 0);
	close(fd);
}

static void
opens(const char *text)
{
	ck_assert_msg(secret_open(&s, &a, dir, NULL, &o) == 0, "%s", o.text);
	ck_assert_str_eq(s.data, text);
	ck_assert_uint_eq(s.len, strlen(text));
	secret_close(&s);
	ck_assert_ptr_null(s.data);
}

static void
fails(const char *credentials, const char *words, const char *advice)
{
	ck_assert_int_eq(secret_open(&s, &a, credentials, NULL, &o), -1);
	ck_assert_msg(strstr(o.text, words) != NULL, "%s", o.text);
	ck_assert_msg(strstr(o.advice, advice) != NULL, "%s", o.advice);
	ck_assert_ptr_null(strstr(o.text, "s3cret"));
	ck_assert_int_eq((int)o.fault, FAULT_CONFIG);
	ck_assert_int_eq((int)o.stage, STAGE_SECRET);
	ck_assert_ptr_null(s.data);
}

START_TEST(none)
{
	opens("");
	ck_assert(!s.token);
	secret_close(&s);
}
END_TEST

START_TEST(literal)
{
	a.secret.password = (char[]){ "correct horse" };
	ck_assert_int_eq(secret_open(&s, &a, NULL, NULL, &o), 0);
	ck_assert(!s.token);
	ck_assert_uint_ge(s.size, s.len + 1);
	secret_close(&s);
	opens("correct horse");
}
END_TEST

START_TEST(literal_too_long)
{
	static char big[LIMIT_SECRET + 2];

	memset(big, 'x', LIMIT_SECRET);
	a.secret.password = big;
	opens(big);
	memset(big, 'x', LIMIT_SECRET + 1);
	memcpy(big, "s3cret", 6);
	fails(NULL, "account test is too long", "");
}
END_TEST

static const struct {
	const char	*text;
	size_t		 n;
	const char	*secret;	/* NULL: refused, with the words */
	const char	*words;
} files[] = {
	{ "s3cret\n", 7, "s3cret", "" },
	{ "s3cret", 6, "s3cret", "" },
	{ "s3cret\r\nmore", 12, "s3cret", "" },
	{ " s3cret \n", 9, " s3cret ", "" },
	{ "a\rb\n", 4, "a\rb", "" },
	{ "s3cret\n\0", 8, "s3cret", "" },
	{ "", 0, NULL, "has an empty first line" },
	{ "\ns3cret", 7, NULL, "has an empty first line" },
	{ "\r\n", 2, NULL, "has an empty first line" },
	{ "s3\0cret\n", 8, NULL, "has a NUL" },
};

START_TEST(from_file)
{
	put(files[_i].text, files[_i].n);
	a.secret.password_file = path;
	if (files[_i].secret != NULL)
		opens(files[_i].secret);
	else
		fails(NULL, files[_i].words, "");
	a.secret.password_file = NULL;
	a.secret.credential = (char[]){ "pw" };
	if (files[_i].secret != NULL)
		opens(files[_i].secret);
	else
		fails(dir, files[_i].words, "");
}
END_TEST

START_TEST(file_rights)
{
	static const mode_t open_modes[] = { 0604, 0602, 0601, 0644, 0666 };
	size_t i;

	put("s3cret\n", 7);
	a.secret.password_file = path;
	for (i = 0; i < 5; i++) {
		ck_assert_int_eq(chmod(path, open_modes[i]), 0);
		fails(NULL, "is open to everybody", "chmod o= /tmp/");
	}
	ck_assert_int_eq(chmod(path, 0640), 0);
	opens("s3cret");
}
END_TEST

START_TEST(odd_files)
{
	static char big[LIMIT_SECRET + 1];

	a.secret.password_file = path;
	fails(NULL, "No such file", "");
	ck_assert_int_eq(mkdir(path, 0700), 0);
	fails(NULL, "is not a regular file", "");
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	fails(NULL, "is not a regular file", "");
	ck_assert_int_eq(unlink(path), 0);
	put(big, sizeof(big));
	fails(NULL, "is too large", "");
}
END_TEST

START_TEST(credentials)
{
	char other[100];

	a.secret.credential = (char[]){ "pw" };
	fails(NULL, "credential pw was not handed in", "LoadCredential=pw:");
	fails("relative", "was not handed in", "");
	fails("/nonexistent", "cannot open the credentials' directory", "");
	fails(dir, "cannot read credential pw: No such file", "");
	put("s3cret", 6);
	ck_assert_int_eq(chmod(path, 0444), 0);
	opens("s3cret");
	snprintf(other, sizeof(other), "%s/other", dir);
	ck_assert_int_eq(rename(path, other), 0);
	ck_assert_int_eq(symlink(other, path), 0);
	fails(dir, "cannot read credential pw", "");
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rename(other, path), 0);
	ck_assert_int_eq(chmod(dir, 0770), 0);
	fails(dir, "must belong to root or to us", "");
	ck_assert_int_eq(chmod(dir, 0700), 0);
	if (geteuid() == 0) {
		ck_assert_int_eq(chown(dir, 12345, 0), 0);
		fails(dir, "must belong to root or to us", "");
		ck_assert_int_eq(chown(dir, 0, 0), 0);
	}
	opens("s3cret");
}
END_TEST

START_TEST(commands)
{
	char *good[] = { (char[]){ "printf" },
	    (char[]){ "s3cret\\r\\nmore" }, NULL };
	char *bad[] = { (char[]){ "sh" }, (char[]){ "-c" },
	    (char[]){ "echo s3cret; echo oh no >&2; exit 7" }, NULL };

	a.secret.password_command = good;
	opens("s3cret");
	a.secret.password_command = bad;
	fails(NULL, "command sh failed with exit status 7: oh no", "");
	a.secret.password_command = NULL;
	a.secret.token_command = good;
	ck_assert_int_eq(secret_open(&s, &a, NULL, NULL, &o), 0);
	ck_assert(s.token);
	ck_assert_str_eq(s.data, "s3cret");
	secret_close(&s);
	ck_assert(!s.token);
	a.secret.token_command = bad;
	fails(NULL, "exit status 7", "");
}
END_TEST

START_TEST(command_environment)
{
	char *argv[] = { (char[]){ "sh" }, (char[]){ "-c" },
	    (char[]){ "echo \"$HOME/$X\"" }, NULL };
	const char *env[] = { "PATH=/bin", "X=y", NULL };

	a.secret.password_command = argv;
	opens("/");
	ck_assert_int_eq(secret_open(&s, &a, NULL, env, &o), 0);
	ck_assert_str_eq(s.data, "/y");
}
END_TEST

static Suite *
suite(void)
{
	Suite *u = suite_create("secret");
	TCase *t = tcase_create("secret");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, none);
	tcase_add_test(t, literal);
	tcase_add_test(t, literal_too_long);
	tcase_add_loop_test(t, from_file, 0,
	    sizeof(files) / sizeof(files[0]));
	tcase_add_test(t, file_rights);
	tcase_add_test(t, odd_files);
	tcase_add_test(t, credentials);
	tcase_add_test(t, commands);
	tcase_add_test(t, command_environment);
	suite_add_tcase(u, t);
	return u;
}

int
main(void)
{
	return unit_main(suite());
}
