/* SPDX-License-Identifier: ISC */
/* Records by key: kept, replaced, and forgotten when anything is odd. */
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/crc.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/state.h"
#include "unit.h"

static char top[64], dir[128];
static struct state st;
static struct buf value;

static void
setup(void)
{
	strcpy(top, "/tmp/posthorn-state.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	snprintf(dir, sizeof(dir), "%s/a/b/state", top);
	state_open(&st, dir);
	ck_assert_int_ge(st.dirfd, 0);
	buf_init(&value, LIMIT_STATE);
}

static void
teardown(void)
{
	char command[200];

	buf_free(&value);
	state_close(&st);
	snprintf(command, sizeof(command), "rm -rf '%s'", top);
	ck_assert_int_eq(system(command), 0);
}

/* The record's file: the only one that does not begin with a dot. */
static const char *
record(void)
{
	static char name[256];
	DIR *d = opendir(dir);
	struct dirent *e;
	size_t n = 0;

	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.') {
			snprintf(name, sizeof(name), "%.255s", e->d_name);
			n++;
		}
	closedir(d);
	return n == 1 ? name : NULL;
}

START_TEST(sums)
{
	/* RFC 3720 appendix B.4, and the common check value. */
	unsigned char zero[32] = { 0 };

	ck_assert_uint_eq(crc32c(0, zero, 32), 0x8a9136aa);
	ck_assert_uint_eq(crc32c(0, "123456789", 9), 0xe3069283);
	ck_assert_uint_eq(crc32c(crc32c(0, "12345", 5), "6789", 4),
	    0xe3069283);
	ck_assert_uint_eq(crc32c(0, "", 0), 0);
}
END_TEST

START_TEST(keeps)
{
	struct stat s;

	ck_assert(!state_get(&st, "k", &value));
	state_put(&st, "k", "one");
	ck_assert(state_get(&st, "k", &value));
	ck_assert_str_eq(value.data, "one");
	state_put(&st, "k", "two\nlines");
	ck_assert(state_get(&st, "k", &value));
	ck_assert_str_eq(value.data, "two\nlines");
	state_put(&st, "k", "");
	ck_assert(state_get(&st, "k", &value));
	ck_assert_str_eq(value.data, "");
	ck_assert_int_eq(fstatat(st.dirfd, "k", &s, 0), 0);
	ck_assert_uint_eq(s.st_mode & 07777, 0600);
	state_put(&st, "k", NULL);
	ck_assert(!state_get(&st, "k", &value));
	state_put(&st, "k", NULL);
	ck_assert_int_eq(stat(dir, &s), 0);
	ck_assert_uint_eq(s.st_mode & 07777, 0700);
}
END_TEST

static const char *const keys[] = {
	"plain smtp.example.org:587 robot@example.org",
	"../../etc/passwd", ".", "..", "/", ".lock", "a/b", "100%", "%2F",
	"gr\xc3\xbcn", "\xff\xfe",
};

START_TEST(any_key)
{
	state_put(&st, keys[_i], "v");
	ck_assert(state_get(&st, keys[_i], &value));
	ck_assert_str_eq(value.data, "v");
	ck_assert_ptr_nonnull(record());
	ck_assert(!state_get(&st, "other", &value));
	state_put(&st, keys[_i], NULL);
	ck_assert_ptr_null(record());
}
END_TEST

START_TEST(long_keys)
{
	char a[901], b[901], c[1100];

	memset(a, 'k', 900);
	a[900] = '\0';
	strcpy(b, a);
	b[899] = 'x';
	state_put(&st, a, "first");
	state_put(&st, b, "second");
	ck_assert(state_get(&st, a, &value));
	ck_assert_str_eq(value.data, "first");
	ck_assert(state_get(&st, b, &value));
	ck_assert_str_eq(value.data, "second");
	memset(c, '/', sizeof(c) - 1);
	c[sizeof(c) - 1] = '\0';
	state_put(&st, c, "too long");
	ck_assert(!state_get(&st, c, &value));
	c[1000] = '\0';
	state_put(&st, c, "fits");
	ck_assert(state_get(&st, c, &value));
}
END_TEST

START_TEST(bad_keys)
{
	state_put(&st, "a\nb", "v");
	ck_assert(!state_get(&st, "a\nb", &value));
	state_put(&st, "", "v");
	ck_assert(!state_get(&st, "", &value));
	ck_assert_ptr_null(record());
}
END_TEST

START_TEST(value_limit)
{
	static char v[LIMIT_STATE + 2];

	memset(v, 'v', LIMIT_STATE);
	state_put(&st, "k", v);
	ck_assert(state_get(&st, "k", &value));
	ck_assert_uint_eq(value.len, LIMIT_STATE);
	v[LIMIT_STATE] = 'v';
	state_put(&st, "k", v);
	ck_assert(!state_get(&st, "k", &value));
}
END_TEST

/* Every octet of a record changed, every length cut: forgotten, removed. */
START_TEST(damage)
{
	struct buf whole;
	size_t i;
	int fd;

	state_put(&st, "key", "value");
	buf_init(&whole, 1000);
	fd = openat(st.dirfd, "key", O_RDONLY);
	ck_assert_int_eq(file_slurp(fd, &whole), 0);
	close(fd);
	for (i = 0; i < whole.len; i++) {
		whole.data[i] ^= 0x01;
		file_replace(st.dirfd, "key", whole.data, whole.len);
		whole.data[i] ^= 0x01;
		ck_assert_msg(!state_get(&st, "key", &value), "octet %zu", i);
		ck_assert_ptr_null(record());
		file_replace(st.dirfd, "key", whole.data, i);
		ck_assert_msg(!state_get(&st, "key", &value), "cut %zu", i);
		ck_assert_ptr_null(record());
	}
	buf_puts(&whole, "x");
	file_replace(st.dirfd, "key", whole.data, whole.len);
	ck_assert(!state_get(&st, "key", &value));
	whole.len--;
	file_replace(st.dirfd, "other", whole.data, whole.len);
	ck_assert(!state_get(&st, "other", &value));
	file_replace(st.dirfd, "key", whole.data, whole.len);
	ck_assert(state_get(&st, "key", &value));
	buf_free(&whole);
}
END_TEST

START_TEST(odd_files)
{
	static char big[20000];

	ck_assert_int_eq(symlinkat("/etc/passwd", st.dirfd, "k"), 0);
	ck_assert(!state_get(&st, "k", &value));
	ck_assert_int_eq(mkfifoat(st.dirfd, "k", 0600), 0);
	ck_assert(!state_get(&st, "k", &value));
	ck_assert_ptr_null(record());
	ck_assert_int_eq(mkdirat(st.dirfd, "k", 0700), 0);
	ck_assert(!state_get(&st, "k", &value));
	state_put(&st, "k", "v");
	ck_assert(!state_get(&st, "k", &value));
	unlinkat(st.dirfd, "k", AT_REMOVEDIR);
	file_replace(st.dirfd, "k", big, sizeof(big));
	ck_assert(!state_get(&st, "k", &value));
	file_replace(st.dirfd, "k", "", 0);
	ck_assert(!state_get(&st, "k", &value));
}
END_TEST

START_TEST(foreign_file)
{
	if (geteuid() != 0)
		return;
	state_put(&st, "k", "v");
	ck_assert_int_eq(fchownat(st.dirfd, "k", 12345, 0, 0), 0);
	ck_assert(!state_get(&st, "k", &value));
}
END_TEST

static void
open_fails(const char *path)
{
	struct state s;

	state_open(&s, path);
	ck_assert_int_eq(s.dirfd, -1);
	state_put(&s, "k", "v");
	ck_assert(!state_get(&s, "k", &value));
	state_close(&s);
}

START_TEST(no_directory)
{
	char path[200];

	open_fails(NULL);
	open_fails("");
	open_fails("/dev/null");
	open_fails("/proc/nowhere/state");
	snprintf(path, sizeof(path), "%s/link", top);
	ck_assert_int_eq(symlink(dir, path), 0);
	open_fails(path);
	ck_assert_int_eq(chmod(dir, 0777), 0);
	open_fails(dir);
	ck_assert_int_eq(chmod(dir, 0720), 0);
	open_fails(dir);
	ck_assert_int_eq(chmod(dir, 0755), 0);
	if (geteuid() == 0) {
		ck_assert_int_eq(chown(dir, 12345, 0), 0);
		open_fails(dir);
		ck_assert_int_eq(chown(dir, 0, 0), 0);
	}
	state_close(&st);
	state_open(&st, dir);
	ck_assert_int_ge(st.dirfd, 0);
}
END_TEST

/* A neighbour that holds the lock costs a little time, nothing more. */
START_TEST(lock_is_held)
{
	int fd;

	state_put(&st, "k", "old");
	fd = openat(st.dirfd, ".lock", O_RDWR);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(file_lock(fd, true), 0);
	state_put(&st, "k", "new");
	ck_assert(state_get(&st, "k", &value));
	ck_assert_str_eq(value.data, "old");
	close(fd);
	state_put(&st, "k", "new");
	ck_assert(state_get(&st, "k", &value));
	ck_assert_str_eq(value.data, "new");
}
END_TEST

START_TEST(side_by_side)
{
	char text[64];
	int i, k, status;

	for (k = 0; k < 4; k++)
		if (fork() == 0) {
			for (i = 0; i < 50; i++) {
				snprintf(text, sizeof(text), "%d-%d", k, i);
				state_put(&st, "shared", text);
				if (!state_get(&st, "shared", &value))
					_exit(1);
			}
			_exit(0);
		}
	for (k = 0; k < 4; k++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_ptr_nonnull(record());
}
END_TEST

/* ---- In a folder below another directory ---- */

#define GROUP	4321

static int
open_top(void)
{
	int fd = open(top, O_RDONLY | O_DIRECTORY);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static void
share_folder(void)
{
	snprintf(dir, sizeof(dir), "%s/state", top);
	ck_assert_int_eq(mkdir(dir, 0700), 0);
	ck_assert_int_eq(chmod(dir, 02770), 0);
}

START_TEST(below)
{
	int fd = open_top();
	struct stat s;

	state_close(&st);
	state_open_in(&st, fd, false);
	ck_assert_int_ge(st.dirfd, 0);
	snprintf(dir, sizeof(dir), "%s/state", top);
	ck_assert_int_eq(stat(dir, &s), 0);
	ck_assert_uint_eq(s.st_mode & 07777, 0700);
	state_put(&st, "k", "v");
	ck_assert_int_eq(fstatat(st.dirfd, "k", &s, 0), 0);
	ck_assert_uint_eq(s.st_mode & 07777, 0600);
	state_close(&st);
	state_open_in(&st, fd, false);
	ck_assert(state_get(&st, "k", &value));
	ck_assert_str_eq(value.data, "v");
	/* Not while others can write there. */
	state_close(&st);
	ck_assert_int_eq(chmod(dir, 0720), 0);
	state_open_in(&st, fd, false);
	ck_assert_int_eq(st.dirfd, -1);
	ck_assert(!state_get(&st, "k", &value));
	ck_assert_int_eq(chmod(dir, 0700), 0);
	state_open_in(&st, -1, false);
	ck_assert_int_eq(st.dirfd, -1);
	close(fd);
}
END_TEST

START_TEST(shared_folder)
{
	static const mode_t bad[] = {
		0770, 02771, 02774, 02750, 02700, 0700, 02777,
	};
	int fd = open_top();
	struct stat s;
	size_t i;

	state_close(&st);
	/* It is not ours to make. */
	state_open_in(&st, fd, true);
	ck_assert_int_eq(st.dirfd, -1);
	share_folder();
	umask(077);
	state_open_in(&st, fd, true);
	ck_assert_int_ge(st.dirfd, 0);
	state_put(&st, "k", "v");
	ck_assert(state_get(&st, "k", &value));
	ck_assert_str_eq(value.data, "v");
	ck_assert_int_eq(fstatat(st.dirfd, "k", &s, 0), 0);
	ck_assert_uint_eq(s.st_mode & 07777, 0660);
	ck_assert_int_eq(fstatat(st.dirfd, ".lock", &s, 0), 0);
	ck_assert_uint_eq(s.st_mode & 07777, 0660);
	ck_assert_str_eq(record(), "k");
	/* What others can read could be anybody's. */
	ck_assert_int_eq(fchmodat(st.dirfd, "k", 0664, 0), 0);
	ck_assert(!state_get(&st, "k", &value));
	ck_assert_ptr_null(record());
	state_close(&st);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(chmod(dir, bad[i]), 0);
		state_open_in(&st, fd, true);
		ck_assert_msg(st.dirfd == -1, "%o", bad[i]);
	}
	close(fd);
}
END_TEST

/* What a crash left of a write does not stop the next one. */
START_TEST(leftovers)
{
	int fd = open_top();

	share_folder();
	state_close(&st);
	state_open_in(&st, fd, true);
	file_replace(st.dirfd, ".new", "half", 4);
	state_put(&st, "k", "v");
	ck_assert(state_get(&st, "k", &value));
	ck_assert_int_eq(faccessat(st.dirfd, ".new", F_OK, 0), -1);
	close(fd);
}
END_TEST

static void
become(uid_t uid, gid_t gid)
{
	if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 ||
	    setresuid(uid, uid, uid) != 0)
		_exit(9);
	umask(077);
}

/* As another uid: reads `want` (NULL: nothing), then writes `put`.  0, or
 * where it went wrong. */
static int
as(uid_t uid, gid_t gid, int fd, const char *want, const char *put)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		become(uid, gid);
		state_open_in(&st, fd, true);
		if (st.dirfd < 0)
			_exit(1);
		if (state_get(&st, "k", &value) != (want != NULL))
			_exit(2);
		if (want != NULL && strcmp(value.data, want) != 0)
			_exit(3);
		state_put(&st, "k", put);
		if (put != NULL && (!state_get(&st, "k", &value) ||
		    strcmp(value.data, put) != 0))
			_exit(4);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

START_TEST(across_uids)
{
	int fd = open_top();

	if (geteuid() != 0)
		return;
	share_folder();
	ck_assert_int_eq(chown(dir, 0, GROUP), 0);
	ck_assert_int_eq(chmod(dir, 02770), 0);
	ck_assert_int_eq(chmod(top, 0755), 0);
	ck_assert_int_eq(as(1001, GROUP, fd, NULL, "one"), 0);
	ck_assert_int_eq(as(1002, GROUP, fd, "one", "two"), 0);
	ck_assert_int_eq(as(1001, GROUP, fd, "two", "three"), 0);
	ck_assert_int_eq(as(0, 0, fd, "three", "root's"), 0);
	ck_assert_int_eq(as(1002, GROUP, fd, "root's", NULL), 0);
	ck_assert_int_eq(as(1001, GROUP, fd, NULL, "last"), 0);
	/* Without the group nothing is there. */
	ck_assert_int_eq(as(1001, 1001, fd, NULL, "x"), 1);
	/* In another group's folder neither. */
	ck_assert_int_eq(chown(dir, 1001, 1001), 0);
	ck_assert_int_eq(chmod(dir, 02770), 0);
	ck_assert_int_eq(as(1001, GROUP, fd, NULL, "x"), 1);
	close(fd);
}
END_TEST

/* First of all of them to write, side by side: the lock is nobody's alone. */
START_TEST(shared_start)
{
	int fd = open_top(), i, k, status;
	char text[32];

	if (geteuid() != 0)
		return;
	share_folder();
	ck_assert_int_eq(chown(dir, 0, GROUP), 0);
	ck_assert_int_eq(chmod(dir, 02770), 0);
	ck_assert_int_eq(chmod(top, 0755), 0);
	for (k = 0; k < 4; k++)
		if (fork() == 0) {
			become((uid_t)(1001 + k), GROUP);
			state_open_in(&st, fd, true);
			for (i = 0; i < 30; i++) {
				snprintf(text, sizeof(text), "%d-%d", k, i);
				state_put(&st, "k", text);
				if (!state_get(&st, "k", &value))
					_exit(1);
			}
			_exit(0);
		}
	for (k = 0; k < 4; k++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_str_eq(record(), "k");
	ck_assert_int_eq(as(1009, GROUP, fd, NULL, NULL), 2);
	close(fd);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("state");
	TCase *t = tcase_create("state");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, sums);
	tcase_add_test(t, keeps);
	tcase_add_loop_test(t, any_key, 0, sizeof(keys) / sizeof(keys[0]));
	tcase_add_test(t, long_keys);
	tcase_add_test(t, bad_keys);
	tcase_add_test(t, value_limit);
	tcase_add_test(t, damage);
	tcase_add_test(t, odd_files);
	tcase_add_test(t, foreign_file);
	tcase_add_test(t, no_directory);
	tcase_add_test(t, lock_is_held);
	tcase_add_test(t, side_by_side);
	tcase_add_test(t, below);
	tcase_add_test(t, shared_folder);
	tcase_add_test(t, leftovers);
	tcase_add_test(t, across_uids);
	tcase_add_test(t, shared_start);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
