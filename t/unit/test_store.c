/* SPDX-License-Identifier: ISC */
/* The queue's directory: every way in, every way out, and what is no mail. */
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "queue/publish.h"
#include "queue/store.h"
#include "unit.h"

#define CONTENT "Subject: x\r\n\r\nhello\r\n"

static char top[64], dir[128];
static struct store s;
static struct entry e, f;
static struct outcome o;

static void
setup(void)
{
	umask(077);
	strcpy(top, "/tmp/posthorn-store.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	snprintf(dir, sizeof(dir), "%s/a/b/queue", top);
	ck_assert_int_eq(store_open(&s, dir, false, &o), 0);
	memset(&e, 0, sizeof(e));
	memset(&f, 0, sizeof(f));
	e.message.fd = f.message.fd = -1;
}

static void
teardown(void)
{
	char command[200];

	store_release(&e);
	store_release(&f);
	store_close(&s);
	umount2(dir, MNT_DETACH);
	snprintf(command, sizeof(command), "rm -rf '%s'", top);
	ck_assert_int_eq(system(command), 0);
}

/* A spool as message_open makes it, with a body of so many octets more. */
static void
spool(struct entry *x, const char *where, size_t more)
{
	char *p = mem_alloc(more + 1);

	entry_init(x);
	memset(p, 'x', more);
	entry_id(x->id);
	ck_assert_int_eq(message_open(&x->message, where, &o), 0);
	x->message.start = 500;
	x->message.length = strlen(CONTENT) + more;
	x->message.body_length = 7 + more;
	x->message.body = 514;
	ck_assert_int_eq(file_pwrite(x->message.fd, CONTENT, strlen(CONTENT),
	    500), 0);
	ck_assert_int_eq(file_pwrite(x->message.fd, p, more,
	    500 + (off_t)strlen(CONTENT)), 0);
	free(p);
	x->config = mem_dup("/etc/posthorn.conf");
	x->account = mem_dup("main");
	x->retry.arrived = clock_now();
	envelope_sender(&x->envelope, "joe@example.org");
	envelope_add(&x->envelope, "ann@example.org", &o);
	envelope_add(&x->envelope, "bob@example.org", &o);
}

static void
enter(struct entry *x)
{
	spool(x, dir, 0);
	ck_assert_msg(store_enter(&s, x, &o) == 0, "%s", o.text);
}

static const char *
path_of(const char *name)
{
	static char path[300];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void
check_content(const struct entry *x)
{
	char text[64] = "";

	ck_assert_uint_ge(x->message.length, strlen(CONTENT));
	ck_assert_int_eq(file_pread(x->message.fd, text, strlen(CONTENT),
	    x->message.start), 0);
	ck_assert_str_eq(text, CONTENT);
	ck_assert_str_eq(x->config, "/etc/posthorn.conf");
	ck_assert_str_eq(x->envelope.sender, "joe@example.org");
	ck_assert_uint_eq(x->envelope.n, 2);
	ck_assert_int_eq(x->message.body, x->message.start +
	    (off_t)(x->message.length - x->message.body_length));
}

static size_t
count(enum store_folder where)
{
	struct store_name *names;
	size_t n;

	ck_assert_int_eq(store_list(&s, where, &names, &n, &o), 0);
	free(names);
	return n;
}

/* Everything in a folder, whatever its name. */
static size_t
everything(const char *name)
{
	DIR *d = opendir(path_of(name));
	const struct dirent *x;
	size_t n = 0;

	ck_assert_ptr_nonnull(d);
	while ((x = readdir(d)) != NULL)
		n += x->d_name[0] != '.';
	closedir(d);
	return n;
}

#define EMPTY 5		/* the folders */

static enum store_found
load(const char *id)
{
	store_release(&f);
	return store_load(&s, STORE_ACTIVE, id, &f, &o);
}

static enum store_found
peek(enum store_folder where, const char *id)
{
	store_release(&f);
	return store_peek(&s, where, id, &f, &o);
}

/* In a process of its own: a lock of ours does not keep ourselves out. */
static enum store_found
load_elsewhere(const char *id)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit((int)load(id));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return (enum store_found)WEXITSTATUS(status);
}

/* ---- Directories --------------------------------------------------------- */

START_TEST(makes)
{
	struct stat st;

	ck_assert_int_eq(stat(dir, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0700);
	ck_assert_uint_eq(everything("."), EMPTY);
	ck_assert_int_eq(stat(path_of("failed"), &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0700);
	store_close(&s);
	ck_assert_int_eq(store_open(&s, dir, false, &o), 0);
}
END_TEST

START_TEST(refuses_directories)
{
	struct store t;

	ck_assert_int_eq(chmod(dir, 0770), 0);
	ck_assert_int_eq(store_open(&t, dir, false, &o), -1);
	ck_assert_int_eq(o.fault, FAULT_CONFIG);
	ck_assert_str_ne(o.advice, "");
	ck_assert_int_eq(chmod(dir, 0755), 0);
	ck_assert_int_eq(store_open(&t, dir, false, &o), 0);
	store_close(&t);
	ck_assert_int_eq(chmod(path_of("hold"), 0702), 0);
	ck_assert_int_eq(store_open(&t, dir, false, &o), -1);
	ck_assert_ptr_nonnull(strstr(o.text, "hold"));
	ck_assert_int_eq(rmdir(path_of("hold")), 0);
	ck_assert_int_eq(symlink("failed", path_of("hold")), 0);
	ck_assert_int_eq(store_open(&t, dir, false, &o), -1);
	ck_assert_ptr_nonnull(strstr(o.text, "no directory"));
	ck_assert_int_eq(store_open(&t, "/dev/null", false, &o), -1);
	ck_assert_int_eq(o.fault, FAULT_CONFIG);
	ck_assert_int_eq(store_open(&t, "/proc/nowhere", false, &o), -1);
	ck_assert_int_eq(store_open(&t, "", false, &o), -1);
}
END_TEST

/* A system queue is made by the installation. */
START_TEST(system_directory)
{
	static const char *const folders[] = {
		".", "failed", "hold", "tmp", "state", "run",
	};
	struct store t;
	struct stat st;
	size_t i;

	ck_assert_int_eq(store_open(&t, dir, true, &o), -1);
	ck_assert_int_eq(o.fault, FAULT_CONFIG);
	ck_assert_int_eq(store_open(&t, path_of("nowhere"), true, &o), -1);
	ck_assert_int_eq(access(path_of("nowhere"), F_OK), -1);
	for (i = 0; i < 6; i++)
		ck_assert_int_eq(chmod(path_of(folders[i]), 02770), 0);
	ck_assert_msg(store_open(&t, dir, true, &o) == 0, "%s", o.text);
	umask(0177);
	spool(&e, dir, 0);
	ck_assert_int_eq(store_enter(&t, &e, &o), 0);
	ck_assert_int_eq(fstat(e.message.fd, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0660);
	store_close(&t);
	ck_assert_int_eq(chmod(path_of("."), 02771), 0);
	ck_assert_int_eq(store_open(&t, dir, true, &o), -1);
	ck_assert_int_eq(chmod(path_of("."), 02770), 0);
	ck_assert_int_eq(rmdir(path_of("tmp")), 0);
	ck_assert_int_eq(store_open(&t, dir, true, &o), -1);
	ck_assert_int_eq(o.fault, FAULT_CONFIG);
}
END_TEST

/* A spool of the wrong group is copied into a file of the right one. */
START_TEST(system_group)
{
	static const char *const folders[] = {
		".", "failed", "hold", "tmp", "state", "run",
	};
	const gid_t group = 4321;
	struct store t;
	struct stat st;
	size_t i;
	int status;

	if (geteuid() != 0)
		return;
	for (i = 0; i < 6; i++) {
		ck_assert_int_eq(chown(path_of(folders[i]), 0, group), 0);
		ck_assert_int_eq(chmod(path_of(folders[i]), 02770), 0);
	}
	ck_assert_int_eq(store_open(&t, dir, true, &o), 0);
	spool(&e, top, 0);
	ck_assert_int_eq(fstat(e.message.fd, &st), 0);
	ck_assert_int_ne(st.st_gid, group);
	ck_assert_int_eq(store_enter(&t, &e, &o), 0);
	ck_assert_int_eq(fstat(e.message.fd, &st), 0);
	ck_assert_int_eq(st.st_gid, group);
	ck_assert_uint_eq(st.st_nlink, 1);
	check_content(&e);
	store_close(&t);
	/* Another's queue, and a group that is not ours. */
	if (fork() == 0) {
		if (setgroups(0, NULL) != 0 || setgid(99) != 0 ||
		    setuid(99) != 0)
			_exit(2);
		_exit(store_open(&t, dir, true, &o) == 0 ||
		    store_open(&t, dir, false, &o) == 0);
	}
	ck_assert_int_gt(wait(&status), 0);
	ck_assert_int_eq(status, 0);
}
END_TEST

/* ---- In ------------------------------------------------------------------ */

static void
check_entered(void)
{
	struct stat st, name;

	ck_assert_int_eq(fstat(e.message.fd, &st), 0);
	ck_assert_int_eq(stat(path_of(e.id), &name), 0);
	ck_assert_uint_eq(st.st_ino, name.st_ino);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	ck_assert_uint_eq(st.st_nlink, 1);
	ck_assert_uint_eq(e.uid, geteuid());
	ck_assert_int_eq(fcntl(e.message.fd, F_GETFD), FD_CLOEXEC);
	ck_assert_uint_eq((uint64_t)st.st_size, e.journal_end);
	ck_assert_uint_eq(everything("."), EMPTY + 1);
	ck_assert_uint_eq(everything("tmp"), 0);
	check_content(&e);
	/* Ours until we let go of it. */
	ck_assert_int_eq(load_elsewhere(e.id), STORE_BUSY);
	ck_assert_int_eq(load(e.id), STORE_BUSY);
	ck_assert_int_eq(peek(STORE_ACTIVE, e.id),
	    STORE_LOADED);
	check_content(&f);
	store_release(&f);
	store_release(&e);
	ck_assert_int_eq(load(e.id), STORE_LOADED);
	check_content(&f);
	ck_assert_str_eq(f.id, e.id);
	ck_assert_uint_eq(f.journal_end, e.journal_end);
	ck_assert_uint_eq(f.uid, geteuid());
}

/* All ways from a spool in the queue, and from elsewhere. */
START_TEST(ways)
{
	static const char *const places[] = { NULL, "", "/dev/shm", "/" };
	static const mode_t umasks[] = { 077, 0777, 0, 022 };
	enum publish_way way = (enum publish_way)(_i % 3);
	const char *place = places[_i / 3];
	char other[100];
	int fd;

	umask(umasks[_i / 3]);
	if (place != NULL && *place == '\0') {
		snprintf(other, sizeof(other), "%s", top);
		place = other;
	}
	spool(&e, _i / 3 == 0 ? dir : place, (size_t)_i * 50000);
	fd = e.message.fd;
	ck_assert_msg(publish_entry(&s, &e, way, &o) == 0, "%s", o.text);
	ck_assert_int_eq(fd, e.message.fd);
	check_entered();
}
END_TEST

/* A spool in memory, and one whose name was removed: no link can help. */
START_TEST(other_spools)
{
	char name[100];

	spool(&e, dir, 100000);
	close(e.message.fd);
	if (_i == 0)
		e.message.fd = memfd_create("x", MFD_CLOEXEC);
	else {
		snprintf(name, sizeof(name), "%s/XXXXXX", top);
		e.message.fd = mkostemp(name, O_CLOEXEC);
		unlink(name);
	}
	ck_assert_int_eq(file_pwrite(e.message.fd, CONTENT, strlen(CONTENT),
	    500), 0);
	ck_assert_int_eq(ftruncate(e.message.fd, 500 +
	    (off_t)e.message.length), 0);
	ck_assert_msg(store_enter(&s, &e, &o) == 0, "%s", o.text);
	check_entered();
}
END_TEST

/* What was tried before it came here is not forgotten. */
START_TEST(history)
{
	struct stat st;

	spool(&e, dir, 0);
	outcome_clear(&o);
	envelope_settle(&e.envelope, 0, &o);
	outcome_fail(&o, FAULT_DELAY, STAGE_RCPT, "greylisted");
	envelope_settle(&e.envelope, 1, &o);
	e.retry.attempts = 1;
	e.retry.last = 1700000000;
	e.next = 1700000060;
	ck_assert_int_eq(store_enter(&s, &e, &o), 0);
	store_release(&e);
	ck_assert_int_eq(load(e.id), STORE_LOADED);
	ck_assert_uint_eq(entry_waiting(&f), 1);
	ck_assert(f.envelope.rcpt[0].settled);
	ck_assert_str_eq(f.envelope.rcpt[1].text, "greylisted");
	ck_assert_int_eq(f.next, 1700000060);
	ck_assert_int_eq(fstat(f.message.fd, &st), 0);
	ck_assert_int_eq(st.st_mtime, 1700000060);
}
END_TEST

/* What fails leaves nothing, and the message can be read still. */
START_TEST(leaves_nothing)
{
	enum publish_way way = (enum publish_way)_i;
	char *id;

	enter(&f);
	id = mem_dup(f.id);
	spool(&e, dir, 0);
	memcpy(e.id, id, ENTRY_ID);
	ck_assert_int_eq(publish_entry(&s, &e, way, &o), -1);
	ck_assert_int_eq(o.fault, FAULT_OS);
	ck_assert_uint_eq(everything("."), EMPTY + 1);
	ck_assert_uint_eq(everything("tmp"), 0);
	check_content(&e);
	/* Under another name it goes in, now from an odd place. */
	entry_id(e.id);
	ck_assert_int_eq(publish_entry(&s, &e, way, &o), 0);
	ck_assert_uint_eq(count(STORE_ACTIVE), 2);
	strcpy(e.id, "../../etc/passwd");
	ck_assert_int_eq(store_enter(&s, &e, &o), -1);
	ck_assert_int_eq(o.fault, FAULT_BUG);
	free(id);
}
END_TEST

/* 1 MiB in all: what does not fit is told so, whatever it is. */
START_TEST(full_disk)
{
	size_t size, in = 0, out = 0;
	struct entry x;

	if (geteuid() != 0 || mount("none", dir, "tmpfs", 0,
	    "size=1m,mode=0700") != 0)
		return;
	store_close(&s);
	ck_assert_int_eq(store_open(&s, dir, false, &o), 0);
	for (size = 0; size < 1200000; size += 61111) {
		spool(&x, size % 2 ? dir : top, 0);
		/* A hole in the spool is none in the queue. */
		x.message.length += size;
		if (ftruncate(x.message.fd, 500 + (off_t)x.message.length)
		    != 0)
			abort();
		if (publish_entry(&s, &x, (enum publish_way)_i, &o) == 0)
			in++;
		else {
			ck_assert_int_eq(o.fault, FAULT_DELAY);
			ck_assert_ptr_nonnull(strstr(o.advice, "room"));
			out++;
		}
		store_release(&x);
		ck_assert_uint_eq(count(STORE_ACTIVE), in);
		ck_assert_uint_eq(everything("."), EMPTY + in);
		ck_assert_uint_eq(everything("tmp"), 0);
	}
	ck_assert_uint_gt(in, 1);
	ck_assert_uint_gt(out, 1);
}
END_TEST

START_TEST(full_disk_append)
{
	struct buf b;
	size_t n = 0;
	int fd;
	uint64_t end;

	if (geteuid() != 0 || mount("none", dir, "tmpfs", 0,
	    "size=256k,mode=0700") != 0)
		return;
	store_close(&s);
	ck_assert_int_eq(store_open(&s, dir, false, &o), 0);
	enter(&e);
	/* Room that is reserved is there when nothing else is. */
	ck_assert_int_eq(store_reserve(&s, &e, 5000, &o), 0);
	fd = open(path_of("hog"), O_CREAT | O_WRONLY, 0600);
	while (write(fd, dir, 100) > 0)
		n++;
	ck_assert_uint_gt(n, 10);
	close(fd);
	buf_init(&b, 1 << 20);
	while (b.len < 4900)
		entry_record_notice(&e, 1, &b);
	ck_assert_int_eq(store_append(&s, &e, &b, true, &o), 0);
	end = e.journal_end;
	while (b.len < 9000)
		entry_record_notice(&e, 1, &b);
	ck_assert_int_eq(store_append(&s, &e, &b, true, &o), -1);
	ck_assert_int_eq(o.fault, FAULT_DELAY);
	ck_assert_uint_eq(e.journal_end, end);
	ck_assert_int_eq(store_reserve(&s, &e, 100000, &o), -1);
	ck_assert_int_eq(o.fault, FAULT_DELAY);
	store_release(&e);
	ck_assert_int_eq(load(e.id), STORE_LOADED);
	ck_assert_uint_eq(f.journal_end, end);
	buf_free(&b);
}
END_TEST

/* ---- Journal ------------------------------------------------------------- */

START_TEST(appends)
{
	struct buf b;
	struct stat st;
	uint64_t end;

	enter(&e);
	buf_init(&b, 10000);
	entry_record_doubt(&e, 1, &b);
	ck_assert_int_eq(store_reserve(&s, &e, 4096, &o), 0);
	ck_assert_int_eq(store_append(&s, &e, &b, false, &o), 0);
	end = e.journal_end;
	/* What a crash left behind is cut off, longer or shorter. */
	ck_assert_int_eq(file_pwrite(e.message.fd, "0000002f attempt 3 a",
	    20, (off_t)end), 0);
	ck_assert_int_eq(file_pwrite(e.message.fd, "junk", 4,
	    (off_t)end + 5000), 0);
	store_release(&e);
	ck_assert_int_eq(load(e.id), STORE_LOADED);
	ck_assert(f.doubtful);
	ck_assert_uint_eq(f.journal_end, end);
	buf_clear(&b);
	f.retry.attempts = 7;
	f.next = 1700000000;
	entry_record_attempt(&f, &b);
	entry_record_notice(&f, 5, &b);
	ck_assert_int_eq(store_append(&s, &f, &b, true, &o), 0);
	ck_assert_int_eq(fstat(f.message.fd, &st), 0);
	ck_assert_uint_eq((uint64_t)st.st_size, end + b.len);
	ck_assert_int_eq(st.st_mtime, 1700000000);
	store_release(&f);
	ck_assert_int_eq(load(e.id), STORE_LOADED);
	ck_assert_uint_eq(f.retry.attempts, 7);
	ck_assert(f.retry.warned);
	check_content(&f);
	buf_free(&b);
}
END_TEST

/* A journal of many records, larger than one read, one of them large. */
START_TEST(long_journal)
{
	struct buf b;
	char address[64];
	size_t i;

	spool(&e, dir, 0);
	for (i = 0; i < 3000; i++) {
		snprintf(address, sizeof(address), "%zu@example.org", i);
		envelope_add(&e.envelope, address, &o);
	}
	ck_assert_int_eq(store_enter(&s, &e, &o), 0);
	buf_init(&b, 1 << 20);
	for (i = 1; i < 1000; i++) {
		e.retry.attempts = (unsigned)i;
		entry_record_attempt(&e, &b);
	}
	ck_assert_int_eq(store_append(&s, &e, &b, false, &o), 0);
	store_release(&e);
	ck_assert_int_eq(load(e.id), STORE_LOADED);
	ck_assert_uint_eq(f.retry.attempts, 999);
	ck_assert_uint_eq(f.envelope.n, 3002);
	ck_assert_uint_eq(f.journal_end, e.journal_end);
	buf_free(&b);
}
END_TEST

/* ---- Names --------------------------------------------------------------- */

START_TEST(lists)
{
	struct store_name *names;
	struct stat st;
	size_t n, i;

	for (i = 0; i < 100; i++) {
		spool(&e, dir, 0);
		e.next = 2000000000 - (time_t)(i * 7919 % 100);
		ck_assert_int_eq(store_enter(&s, &e, &o), 0);
		store_release(&e);
	}
	ck_assert_int_eq(store_list(&s, STORE_ACTIVE, &names, &n, &o), 0);
	ck_assert_uint_eq(n, 100);
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(names[i].next, 1999999901 + (time_t)i);
		ck_assert_uint_eq(names[i].uid, geteuid());
		ck_assert_int_eq(stat(path_of(names[i].id), &st), 0);
		ck_assert_int_eq(st.st_mtime, names[i].next);
	}
	free(names);
	ck_assert_int_eq(store_list(&s, STORE_HOLD, &names, &n, &o), 0);
	ck_assert_uint_eq(n, 0);
	ck_assert_ptr_null(names);
	free(names);
}
END_TEST

START_TEST(moves)
{
	char old[ENTRY_ID];

	enter(&e);
	ck_assert_int_eq(store_move(&s, &e, STORE_ACTIVE, STORE_HOLD, &o), 0);
	ck_assert_uint_eq(count(STORE_ACTIVE), 0);
	ck_assert_uint_eq(count(STORE_HOLD), 1);
	ck_assert_int_eq(load(e.id), STORE_GONE);
	store_release(&e);
	ck_assert_int_eq(store_load(&s, STORE_HOLD, e.id, &f, &o),
	    STORE_LOADED);
	check_content(&f);
	ck_assert_int_eq(store_move(&s, &f, STORE_HOLD, STORE_FAILED, &o), 0);
	ck_assert_int_eq(store_move(&s, &f, STORE_HOLD, STORE_FAILED, &o), -1);
	ck_assert_int_eq(store_move(&s, &f, STORE_FAILED, STORE_ACTIVE, &o),
	    0);
	/* Never over another one. */
	memcpy(old, f.id, ENTRY_ID);
	enter(&e);
	ck_assert_int_eq(store_move(&s, &e, STORE_ACTIVE, STORE_HOLD, &o), 0);
	memcpy(f.id, e.id, ENTRY_ID);
	ck_assert_int_eq(renameat(s.dirfd, old, s.dirfd, e.id), 0);
	ck_assert_int_eq(store_move(&s, &f, STORE_ACTIVE, STORE_HOLD, &o), -1);
	ck_assert_uint_eq(count(STORE_ACTIVE), 1);
	ck_assert_uint_eq(count(STORE_HOLD), 1);
	ck_assert_int_eq(store_settle(&s, &o), 0);
}
END_TEST

START_TEST(removes)
{
	enter(&e);
	ck_assert_int_eq(store_remove(&s, &e, STORE_ACTIVE, &o), 0);
	ck_assert_int_eq(store_remove(&s, &e, STORE_ACTIVE, &o), 0);
	ck_assert_int_eq(store_settle(&s, &o), 0);
	ck_assert_uint_eq(everything("."), EMPTY);
	ck_assert_int_eq(load(e.id), STORE_GONE);
	check_content(&e);
}
END_TEST

START_TEST(ids)
{
	static const char *const bad[] = {
		"", ".", "..", "tmp", "failed", "../../../etc/pas",
		"0123456789abcde", "0123456789abcdefg", "0123456789ABCDEF",
		"0123456789abcde/", "/etc/passwd",
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(load(bad[i]), STORE_GONE);
		ck_assert_int_eq(peek(STORE_HOLD, bad[i]),
		    STORE_GONE);
	}
	ck_assert_int_eq(load("0123456789abcdef"), STORE_GONE);
}
END_TEST

/* ---- What is no mail, or no longer --------------------------------------- */

static void
put(const char *name, const void *p, size_t n)
{
	int fd = openat(s.dirfd, name, O_CREAT | O_WRONLY | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(file_write(fd, p, n), 0);
	close(fd);
}

static void
put_text(const char *name, const char *text)
{
	put(name, text, strlen(text));
}

/* The octets of the file, or NULL. */
static char *
get(const char *name, size_t *n)
{
	struct stat st;
	char *p;
	int fd = openat(s.dirfd, name, O_RDONLY);

	if (fd < 0)
		return NULL;
	ck_assert_int_eq(fstat(fd, &st), 0);
	*n = (size_t)st.st_size;
	p = mem_alloc(*n + 1);
	ck_assert_int_eq(file_pread(fd, p, *n, 0), 0);
	close(fd);
	return p;
}

/* Loads: must be damaged, moved to failed/, and not an octet changed. */
static void
check_set_aside(const char *id, const char *p, size_t n)
{
	char path[FOLDER_PATH], *now;
	size_t len;

	put(id, p, n);
	ck_assert_int_eq(peek(STORE_ACTIVE, id),
	    STORE_DAMAGED);
	ck_assert_int_eq(faccessat(s.dirfd, id, F_OK, 0), 0);
	ck_assert_int_eq(load(id), STORE_DAMAGED);
	ck_assert_str_ne(o.text, "");
	ck_assert_int_eq(faccessat(s.dirfd, id, F_OK, 0), -1);
	folder_path(path, STORE_FAILED, id);
	now = get(path, &len);
	ck_assert_ptr_nonnull(now);
	ck_assert_uint_eq(len, n);
	ck_assert_int_eq(memcmp(now, p, n), 0);
	free(now);
	/* There it stays. */
	ck_assert_int_eq(store_load(&s, STORE_FAILED, id, &f, &o),
	    STORE_DAMAGED);
	ck_assert_int_eq(unlinkat(s.dirfd, path, 0), 0);
}

START_TEST(damaged)
{
	char *whole;
	size_t n, i, journal;

	enter(&e);
	store_release(&e);
	whole = get(e.id, &n);
	journal = 500 + strlen(CONTENT);
	check_set_aside(e.id, "", 0);
	check_set_aside(e.id, "hello\n", 6);
	/* Cut anywhere before the end of the envelope. */
	for (i = 0; i < n; i += i < 130 || i > 490 ? 1 : 40)
		check_set_aside(e.id, whole, i);
	/* One octet of the first line, or of the envelope. */
	for (i = 0; i < n; i++) {
		if (i >= STORE_HEAD && i < journal)
			continue;
		whole[i] ^= 4;
		/* "posthorn 5 ..." is another version. */
		if (i != 9)
			check_set_aside(e.id, whole, n);
		whole[i] ^= 4;
	}
	/* A good file under another's name. */
	check_set_aside("0123456789abcdef", whole, n);
	put(e.id, whole, n);
	ck_assert_int_eq(load(e.id), STORE_LOADED);
	free(whole);
}
END_TEST

/* failed/ has one of that name already: it stays where it is. */
START_TEST(damaged_twice)
{
	put_text("0123456789abcdef", "x");
	put_text("failed/0123456789abcdef", "y");
	ck_assert_int_eq(load("0123456789abcdef"), STORE_DAMAGED);
	ck_assert_uint_eq(count(STORE_ACTIVE), 1);
	ck_assert_uint_eq(count(STORE_FAILED), 1);
}
END_TEST

START_TEST(other_versions)
{
	static const char *const texts[] = {
		"posthorn 2 0123456789abcdef whatever\n", "posthorn 10 \n",
		"posthorn 0 x",
	};
	char text[STORE_HEAD + 10];
	size_t i, n;
	char *p;

	for (i = 0; i < 3; i++) {
		memset(text, ' ', sizeof(text));
		memcpy(text, texts[i], strlen(texts[i]));
		put("0123456789abcdef", text, sizeof(text));
		ck_assert_int_eq(load("0123456789abcdef"), STORE_FOREIGN);
		ck_assert_int_eq(peek(STORE_ACTIVE,
		    "0123456789abcdef"), STORE_FOREIGN);
		p = get("0123456789abcdef", &n);
		ck_assert_uint_eq(n, sizeof(text));
		ck_assert_int_eq(memcmp(p, text, n), 0);
		free(p);
	}
}
END_TEST

START_TEST(foreign)
{
	struct store_name *names;
	size_t n;

	put_text("README", "not mail");
	put_text(".hidden", "");
	put_text("0123456789abcde", "");
	put_text("0123456789abcdeF", "");
	put_text("core", "");
	put_text("tmp/keep", "");
	put_text("failed/keep", "");
	ck_assert_int_eq(mkdir(path_of("0000000000000001"), 0700), 0);
	ck_assert_int_eq(mkfifo(path_of("0000000000000002"), 0600), 0);
	enter(&e);
	store_release(&e);
	ck_assert_int_eq(symlink(e.id, path_of("0000000000000003")), 0);
	ck_assert_int_eq(symlink("nowhere", path_of("0000000000000004")), 0);
	ck_assert_int_eq(store_list(&s, STORE_ACTIVE, &names, &n, &o), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(names[0].id, e.id);
	free(names);
	ck_assert_int_eq(load("0000000000000001"), STORE_FOREIGN);
	ck_assert_int_eq(load("0000000000000002"), STORE_FOREIGN);
	ck_assert_int_eq(load("0000000000000003"), STORE_FOREIGN);
	ck_assert_int_eq(load("0000000000000004"), STORE_FOREIGN);
	ck_assert_int_eq(peek(STORE_ACTIVE, "0000000000000001"), STORE_FOREIGN);
	ck_assert_int_eq(peek(STORE_ACTIVE, "0000000000000002"), STORE_FOREIGN);
	store_tidy(&s, 1, clock_now() + 1000000000);
	ck_assert_uint_eq(everything("."), EMPTY + 9);
	ck_assert_uint_eq(everything("tmp"), 1);
	ck_assert_uint_eq(everything("failed"), 1);
	ck_assert_int_eq(load(e.id), STORE_LOADED);
}
END_TEST

START_TEST(unreadable)
{
	int status;

	if (geteuid() != 0)
		return;
	enter(&e);
	store_release(&e);
	ck_assert_int_eq(chmod(top, 0711), 0);
	ck_assert_int_eq(chmod(path_of(".."), 0711), 0);
	ck_assert_int_eq(chmod(path_of("../.."), 0711), 0);
	ck_assert_int_eq(chmod(dir, 0777), 0);
	ck_assert_int_eq(chmod(path_of("failed"), 0777), 0);
	if (fork() == 0) {
		if (setgroups(0, NULL) != 0 || setgid(99) != 0 ||
		    setuid(99) != 0)
			_exit(2);
		_exit(load(e.id) != STORE_ERROR || o.fault != FAULT_OS);
	}
	ck_assert_int_gt(wait(&status), 0);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(count(STORE_ACTIVE), 1);
}
END_TEST

/* ---- Others at work ------------------------------------------------------ */

/* Between opening and locking the other one was faster. */
START_TEST(late_lock)
{
	struct entry x;

	enter(&e);
	/* Done, and its name is another's. */
	ck_assert_int_eq(store_remove(&s, &e, STORE_ACTIVE, &o), 0);
	spool(&x, dir, 0);
	memcpy(x.id, e.id, ENTRY_ID);
	ck_assert_int_eq(store_enter(&s, &x, &o), 0);
	ck_assert_int_eq(load(e.id), STORE_BUSY);
	store_release(&e);
	ck_assert_int_eq(load(e.id), STORE_BUSY);
	store_release(&x);
	ck_assert_int_eq(load(e.id), STORE_LOADED);
}
END_TEST

START_TEST(tidies)
{
	time_t now = clock_now();
	int fd;

	put_text("tmp/0000000000000001", "x");
	put_text("tmp/0000000000000002", "x");
	put_text("failed/0000000000000003", "damaged");
	enter(&e);
	ck_assert_int_eq(store_move(&s, &e, STORE_ACTIVE, STORE_FAILED, &o), 0);
	store_release(&e);
	put_text("hold/0000000000000005", "x");
	put_text("0000000000000006", "x");
	fd = open(path_of("tmp/0000000000000002"), O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	store_tidy(&s, 1000, now + 500);
	ck_assert_uint_eq(everything("tmp"), 2);
	ck_assert_uint_eq(everything("failed"), 2);
	store_tidy(&s, 1000, now + 1500);
	ck_assert_uint_eq(everything("tmp"), 2);
	/* What is damaged stays, for somebody to look at. */
	ck_assert_uint_eq(everything("failed"), 1);
	store_tidy(&s, 0, now + 90000);
	ck_assert_uint_eq(everything("tmp"), 1);
	ck_assert_uint_eq(everything("failed"), 1);
	close(fd);
	/* A clock that went back harms nobody. */
	store_tidy(&s, 1000, now - 90000);
	ck_assert_uint_eq(everything("tmp"), 1);
	store_tidy(&s, 1000, now + 90000);
	ck_assert_uint_eq(everything("tmp"), 0);
	ck_assert_uint_eq(count(STORE_HOLD), 1);
	ck_assert_uint_eq(count(STORE_ACTIVE), 1);
}
END_TEST

START_TEST(admits)
{
	struct stat st;
	uint64_t size;

	ck_assert_int_eq(store_admits(&s, 1 << 20, 0, 0, &o), 0);
	enter(&e);
	ck_assert_int_eq(fstat(e.message.fd, &st), 0);
	size = (uint64_t)st.st_size;
	ck_assert_int_eq(store_admits(&s, 1000, size + 1000, 0, &o), 0);
	ck_assert_int_eq(store_admits(&s, 1001, size + 1000, 0, &o), -1);
	ck_assert_int_eq(o.fault, FAULT_DELAY);
	ck_assert_str_ne(o.advice, "");
	ck_assert_int_eq(store_admits(&s, 0, size - 1, 0, &o), -1);
	ck_assert_int_eq(store_admits(&s, UINT64_MAX, size, 0, &o), -1);
	/* Those held and failed are there, too. */
	ck_assert_int_eq(store_move(&s, &e, STORE_ACTIVE, STORE_HOLD, &o), 0);
	ck_assert_int_eq(store_admits(&s, 1001, size + 1000, 0, &o), -1);
	ck_assert_int_eq(store_admits(&s, 1000, 0, 1000, &o), 0);
	ck_assert_int_eq(store_admits(&s, 1000, 0, UINT64_MAX, &o), -1);
	ck_assert_int_eq(o.fault, FAULT_DELAY);
	ck_assert_int_eq(store_admits(&s, UINT64_MAX, 0, 1, &o), -1);
}
END_TEST

#define WRITERS 8
#define TAKERS 4
#define EACH 250

static void
write_some(int way)
{
	struct store t;
	struct entry x;
	int i;

	if (store_open(&t, dir, false, &o) != 0)
		_exit(1);
	for (i = 0; i < EACH; i++) {
		spool(&x, dir, 0);
		if (publish_entry(&t, &x, (enum publish_way)(way % 3), &o)
		    != 0)
			_exit(2);
		store_release(&x);
	}
	_exit(0);
}

/* Takes what it can get until told that there will be no more; each id taken
 * is one line in the log. */
static void
take_some(int log, const char *stop)
{
	struct store_name *names;
	struct entry x;
	size_t n, i;
	bool last;
	char line[ENTRY_ID + 1];

	do {
		last = access(stop, F_OK) == 0;
		if (store_list(&s, STORE_ACTIVE, &names, &n, &o) != 0)
			_exit(1);
		for (i = 0; i < n; i++) {
			enum store_found r = store_load(&s, STORE_ACTIVE,
			    names[i].id, &x, &o);

			if (r == STORE_BUSY || r == STORE_GONE)
				continue;
			if (r != STORE_LOADED || x.envelope.n != 2)
				_exit(2);
			snprintf(line, sizeof(line), "%.16s\n", x.id);
			if (write(log, line, 17) != 17 ||
			    store_remove(&s, &x, STORE_ACTIVE, &o) != 0)
				_exit(3);
			store_release(&x);
		}
		free(names);
	} while (!last || n > 0);
	_exit(0);
}

static int
line_order(const void *a, const void *b)
{
	return memcmp(a, b, 17);
}

/* Nothing is lost and nothing taken twice. */
START_TEST(crowd)
{
	pid_t pid[WRITERS + TAKERS];
	char stop[300], *log;
	int fd, i, status;
	size_t n, k;

	strcpy(stop, path_of("../stop"));
	fd = open(path_of("../log"), O_CREAT | O_RDWR | O_APPEND, 0600);
	for (i = 0; i < WRITERS + TAKERS; i++)
		if ((pid[i] = fork()) == 0) {
			if (i < WRITERS)
				write_some(i);
			take_some(fd, stop);
		}
	for (i = 0; i < WRITERS + TAKERS; i++) {
		ck_assert_int_eq(waitpid(pid[i], &status, 0), pid[i]);
		ck_assert_int_eq(status, 0);
		if (i == WRITERS - 1)
			close(open(stop, O_CREAT | O_WRONLY, 0600));
	}
	log = get("../log", &n);
	ck_assert_uint_eq(n, 17 * WRITERS * EACH);
	qsort(log, WRITERS * EACH, 17, line_order);
	for (k = 17; k < n; k += 17)
		ck_assert_int_ne(memcmp(log + k, log + k - 17, 17), 0);
	ck_assert_uint_eq(everything("."), EMPTY);
	ck_assert_uint_eq(everything("tmp"), 0);
	ck_assert_uint_eq(everything("failed"), 0);
	free(log);
	close(fd);
}
END_TEST

static Suite *
suite(void)
{
	Suite *x = suite_create("store");
	TCase *t = tcase_create("store");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 240);
	tcase_add_test(t, makes);
	tcase_add_test(t, refuses_directories);
	tcase_add_test(t, system_directory);
	tcase_add_test(t, system_group);
	tcase_add_loop_test(t, ways, 0, 12);
	tcase_add_loop_test(t, other_spools, 0, 2);
	tcase_add_test(t, history);
	tcase_add_loop_test(t, leaves_nothing, 0, 3);
	tcase_add_loop_test(t, full_disk, 0, 3);
	tcase_add_test(t, full_disk_append);
	tcase_add_test(t, appends);
	tcase_add_test(t, long_journal);
	tcase_add_test(t, lists);
	tcase_add_test(t, moves);
	tcase_add_test(t, removes);
	tcase_add_test(t, ids);
	tcase_add_test(t, damaged);
	tcase_add_test(t, damaged_twice);
	tcase_add_test(t, other_versions);
	tcase_add_test(t, foreign);
	tcase_add_test(t, unreadable);
	tcase_add_test(t, late_lock);
	tcase_add_test(t, tidies);
	tcase_add_test(t, admits);
	tcase_add_test(t, crowd);
	suite_add_tcase(x, t);
	return x;
}

int
main(void)
{
	return unit_main(suite());
}
