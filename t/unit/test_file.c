/* SPDX-License-Identifier: ISC */
/* Whole reads and writes, replacement, locks. */
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "unit.h"

static char dir[64];
static int dirfd_;

static void
setup(void)
{
	strcpy(dir, "/tmp/posthorn-file.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	dirfd_ = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(dirfd_, 0);
}

static size_t
count(void)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	size_t n = 0;

	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.' || strlen(e->d_name) > 2;
	closedir(d);
	return n;
}

static void
teardown(void)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while ((e = readdir(d)) != NULL)
		unlinkat(dirfd_, e->d_name, 0);
	closedir(d);
	close(dirfd_);
	ck_assert_int_eq(rmdir(dir), 0);
}

/* A child that feeds the pipe slowly, an octet at a time. */
static pid_t
feed(int fd, size_t n)
{
	pid_t p = fork();

	if (p != 0)
		return p;
	while (n-- > 0) {
		usleep(2000);
		if (write(fd, "x", 1) != 1)
			_exit(1);
	}
	_exit(0);
}

START_TEST(reads_nonblocking)
{
	int fd[2];
	struct buf b;
	pid_t p;

	ck_assert_int_eq(pipe(fd), 0);
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	p = feed(fd[1], 20);
	close(fd[1]);
	buf_init(&b, 100);
	buf_puts(&b, "<");
	ck_assert_int_eq(file_slurp(fd[0], &b), 0);
	ck_assert_uint_eq(b.len, 21);
	ck_assert_str_eq(b.data, "<xxxxxxxxxxxxxxxxxxxx");
	buf_free(&b);
	close(fd[0]);
	waitpid(p, NULL, 0);
}
END_TEST

START_TEST(writes_nonblocking)
{
	static char big[1 << 20];
	int fd[2];
	pid_t p;
	int status;

	memset(big, 'a', sizeof(big));
	ck_assert_int_eq(pipe(fd), 0);
	fcntl(fd[1], F_SETFL, O_NONBLOCK);
	p = fork();
	if (p == 0) {
		struct buf b;

		close(fd[1]);
		usleep(20000);
		buf_init(&b, sizeof(big) + 1);
		_exit(file_slurp(fd[0], &b) == 0 && b.len == sizeof(big) ?
		    0 : 1);
	}
	ck_assert_int_eq(file_write(fd[1], big, sizeof(big)), 0);
	close(fd[0]);
	close(fd[1]);
	waitpid(p, &status, 0);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(slurp_ceiling)
{
	struct buf b;
	int fd = openat(dirfd_, "a", O_RDWR | O_CREAT, 0600);

	ck_assert_int_eq(file_write(fd, "0123456789", 10), 0);
	lseek(fd, 0, SEEK_SET);
	buf_init(&b, 10);
	ck_assert_int_eq(file_slurp(fd, &b), 0);
	ck_assert_str_eq(b.data, "0123456789");
	buf_free(&b);
	lseek(fd, 0, SEEK_SET);
	buf_init(&b, 9);
	errno = 0;
	ck_assert_int_eq(file_slurp(fd, &b), -1);
	ck_assert_int_eq(errno, EFBIG);
	buf_free(&b);
	close(fd);
}
END_TEST

START_TEST(slurp_large)
{
	static char big[300000];
	struct buf b;
	int fd = openat(dirfd_, "a", O_RDWR | O_CREAT, 0600);

	memset(big, 'q', sizeof(big));
	ck_assert_int_eq(file_write(fd, big, sizeof(big)), 0);
	lseek(fd, 0, SEEK_SET);
	buf_init(&b, 1 << 20);
	ck_assert_int_eq(file_slurp(fd, &b), 0);
	ck_assert_uint_eq(b.len, sizeof(big));
	ck_assert_uint_eq(strlen(b.data), sizeof(big));
	buf_free(&b);
	close(fd);
}
END_TEST

START_TEST(slurp_errors)
{
	struct buf b;

	buf_init(&b, 10);
	ck_assert_int_eq(file_slurp(dirfd_, &b), -1);
	ck_assert_int_eq(errno, EISDIR);
	ck_assert_int_eq(file_slurp(-1, &b), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(file_write(-1, "x", 1), -1);
	ck_assert_int_eq(errno, EBADF);
	buf_free(&b);
}
END_TEST

START_TEST(at_offsets)
{
	char s[8] = "";
	int fd = openat(dirfd_, "a", O_RDWR | O_CREAT, 0600);

	ck_assert_int_eq(file_write(fd, "0123456789", 10), 0);
	ck_assert_int_eq(file_pwrite(fd, "ab", 2, 4), 0);
	ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), 10);
	ck_assert_int_eq(file_pread(fd, s, 4, 3), 0);
	ck_assert_str_eq(s, "3ab6");
	errno = EIO;
	ck_assert_int_eq(file_pread(fd, s, 4, 8), -1);
	ck_assert_int_eq(errno, 0);
	ck_assert_int_eq(file_pread(fd, s, 0, 100), 0);
	ck_assert_int_eq(file_pread(-1, s, 1, 0), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(file_sync(fd), 0);
	ck_assert_int_eq(file_sync_dir(dirfd_), 0);
	ck_assert_int_eq(file_sync(-1), -1);
	close(fd);
}
END_TEST

START_TEST(full_disk)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(file_write(fd, "x", 1), -1);
	ck_assert_int_eq(errno, ENOSPC);
	close(fd);
}
END_TEST

START_TEST(replaces)
{
	struct stat st;
	struct buf b;
	int fd;

	umask(0777);
	ck_assert_int_eq(file_replace(dirfd_, "r", "one", 3), 0);
	ck_assert_int_eq(file_replace(dirfd_, "r", "two!", 4), 0);
	umask(022);
	ck_assert_uint_eq(count(), 1);
	ck_assert_int_eq(fstatat(dirfd_, "r", &st, 0), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	fd = openat(dirfd_, "r", O_RDONLY);
	buf_init(&b, 10);
	ck_assert_int_eq(file_slurp(fd, &b), 0);
	ck_assert_str_eq(b.data, "two!");
	buf_free(&b);
	close(fd);
	ck_assert_int_eq(file_replace(dirfd_, "empty", "", 0), 0);
}
END_TEST

START_TEST(replace_fails_clean)
{
	ck_assert_int_eq(mkdirat(dirfd_, "d", 0700), 0);
	ck_assert_int_eq(file_replace(dirfd_, "d", "x", 1), -1);
	ck_assert_int_eq(errno, EISDIR);
	ck_assert_uint_eq(count(), 1);
	unlinkat(dirfd_, "d", AT_REMOVEDIR);
	ck_assert_int_eq(file_replace(-1, "x", "x", 1), -1);
}
END_TEST

START_TEST(locks)
{
	int a = openat(dirfd_, "l", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int b = openat(dirfd_, "l", O_RDWR | O_CLOEXEC);

	ck_assert_int_eq(file_lock(a, false), 0);
	ck_assert_int_eq(file_lock(b, false), -1);
	ck_assert_int_eq(errno, EWOULDBLOCK);
	close(a);
	ck_assert_int_eq(file_lock(b, true), 0);
	close(b);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("file");
	TCase *t = tcase_create("file");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, reads_nonblocking);
	tcase_add_test(t, writes_nonblocking);
	tcase_add_test(t, slurp_ceiling);
	tcase_add_test(t, slurp_large);
	tcase_add_test(t, slurp_errors);
	tcase_add_test(t, at_offsets);
	tcase_add_test(t, full_disk);
	tcase_add_test(t, replaces);
	tcase_add_test(t, replace_fails_clean);
	tcase_add_test(t, locks);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
