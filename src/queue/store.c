/* SPDX-License-Identifier: ISC */
/*
 * The queue's directory: DIR/ID is a message, DIR/failed and DIR/hold keep
 * messages, DIR/tmp those that are being copied in.  A message's states, and
 * what a crash of any process, or of the machine, leaves of each:
 *
 *	no name		the spool of a submitter, who still owns the message.
 *			Crash: the system forgets it.
 *	tmp/ID		being copied in by who holds its lock.  Crash: a
 *			leftover without a lock; store_tidy removes it.
 *	ID, no lock	queued, and whole: the file was synced before it got
 *			this name.  The submitter is told so once the
 *			directory is synced too; a crash before that leaves
 *			it here or nowhere, and the submitter knows of
 *			neither: the message may come twice, if he sends it
 *			again, but never half.
 *	ID, locked	somebody works on it: the submitter who goes on to
 *			deliver (he had the lock before the name), a runner,
 *			a tool.  Crash: the lock ends with the process; what
 *			the journal says stands.
 *	... torn record	the end of an append that was cut.  Readers stop in
 *			front of it; the next append cuts it off first.
 *	... doubt last	an attempt may have handed the message over, and
 *			nobody noted how it ended.  Read as doubtful; it is
 *			tried again.
 *	failed/ID	neither delivered nor bounced, or damaged and set
 *			aside untouched; kept for a time, and shown.
 *	hold/ID		waits for somebody to release it.
 *	no name again	done with.  A power cut before the directory is
 *			synced can bring it back as it was: it comes twice.
 *
 * From state to state leads one link, rename or unlink by who holds the lock;
 * between folders a power cut leaves the old name, the new one or, on file
 * systems that do not rename in one step, both.  After locking everybody
 * looks again: without a link, or with another file at the name, somebody
 * else was done with it.  Nobody waits for a lock, and no lock is held that
 * another message would need.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "queue/store.h"
#include "queue/walk.h"

_Static_assert(sizeof(struct store_name) == 32, "of 100,000 messages each");

/* ---- Opening ------------------------------------------------------------- */

/* Makes one directory, on disk too: a message in it is only as safe as its
 * name.  Somebody else may be as far at the same moment. */
static int
make_one(const char *path)
{
	char *above, *slash;
	int fd;

	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return -1;
	above = mem_dup(path);
	slash = strrchr(above, '/');
	if (slash != NULL)
		slash[slash == above] = '\0';
	fd = open(slash != NULL ? above : ".", O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC);
	if (fd >= 0) {
		(void)file_sync_dir(fd);
		close(fd);
	}
	free(above);
	return 0;
}

/* Makes a user's own directory and what is missing above it. */
static int
make_directory(const char *directory)
{
	char *path = mem_dup(directory), *p;
	int r;

	for (p = path + (*path != '\0'); *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		(void)make_one(path);
		*p = '/';
	}
	r = make_one(path);
	free(path);
	return r;
}

/* A directory that is only ours, or only the group's. */
static int
check_directory(const struct store *s, const struct stat *st,
    const char *name, struct outcome *o)
{
	const char *slash = name[0] != '\0' ? "/" : "";

	if (!S_ISDIR(st->st_mode))
		return outcome_fail(o, FAULT_CONFIG, STAGE_INPUT,
		    "%s%s%s is no directory", s->path, slash, name);
	if (!s->system && (st->st_uid != geteuid() ||
	    (st->st_mode & 022) != 0)) {
		outcome_fail(o, FAULT_CONFIG, STAGE_INPUT,
		    "%s%s%s is not yours alone to write", s->path, slash,
		    name);
		return outcome_advise(o, "chmod 700 %s%s%s, as its owner",
		    s->path, slash, name);
	}
	if (s->system && ((st->st_mode & 07) != 0 ||
	    (st->st_mode & 02070) != 02070 || st->st_gid != s->gid ||
	    (geteuid() != 0 && st->st_gid != getegid()))) {
		outcome_fail(o, FAULT_CONFIG, STAGE_INPUT,
		    "%s%s%s is not the mail group's alone (mode %04o, "
		    "group %ld)", s->path, slash, name,
		    (unsigned)(st->st_mode & 07777), (long)st->st_gid);
		return outcome_advise(o,
		    "chmod 2770 %s%s%s, chgrp as the program's group",
		    s->path, slash, name);
	}
	return 0;
}

static int
open_folder(const struct store *s, const char *name, struct outcome *o)
{
	struct stat st;
	int r = fstatat(s->dirfd, name, &st, AT_SYMLINK_NOFOLLOW);

	if (r != 0 && errno == ENOENT && !s->system) {
		if (mkdirat(s->dirfd, name, 0700) != 0 && errno != EEXIST)
			return folder_fail(o, "cannot make", s->path, name);
		(void)file_sync_dir(s->dirfd);
		r = fstatat(s->dirfd, name, &st, AT_SYMLINK_NOFOLLOW);
	}
	if (r != 0) {
		outcome_errno(o, errno == ENOENT ? FAULT_CONFIG : FAULT_OS,
		    STAGE_INPUT, "cannot look at %s/%s", s->path, name);
		return outcome_advise(o, "make it, like the directory it is "
		    "in");
	}
	return check_directory(s, &st, name, o);
}

static int
open_top(struct store *s, struct outcome *o)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	struct stat st;

	s->dirfd = open(s->path, flags);
	if (s->dirfd < 0 && errno == ENOENT && !s->system &&
	    make_directory(s->path) == 0)
		s->dirfd = open(s->path, flags);
	if (s->dirfd < 0)
		return outcome_errno(o, errno == ENOENT || errno == ENOTDIR ||
		    errno == EACCES ? FAULT_CONFIG : FAULT_OS, STAGE_INPUT,
		    "cannot open the queue %s", s->path);
	if (fstat(s->dirfd, &st) != 0)
		return folder_fail(o, "cannot look at", s->path, "");
	s->dev = st.st_dev;
	s->gid = st.st_gid;
	return check_directory(s, &st, "", o);
}

int
store_open(struct store *s, const char *path, bool system, struct outcome *o)
{
	static const char *const folders[] = {
		"failed", "hold", "tmp", "state", "run",
	};
	size_t i;
	int r;

	memset(s, 0, sizeof(*s));
	s->dirfd = -1;
	s->path = mem_dup(path);
	s->system = system;
	r = open_top(s, o);
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]) && r == 0; i++)
		r = open_folder(s, folders[i], o);
	if (r < 0)
		store_close(s);
	return r;
}

void
store_close(struct store *s)
{
	if (s->dirfd >= 0)
		close(s->dirfd);
	s->dirfd = -1;
	free(s->path);
	s->path = NULL;
}

/* ---- What is in a folder ------------------------------------------------- */

/* Oldest first; those of the same second in one order for everybody. */
static int
older(const void *a, const void *b)
{
	const struct store_name *x = a, *y = b;

	if (x->next != y->next)
		return x->next < y->next ? -1 : 1;
	return memcmp(x->id, y->id, sizeof(x->id));
}

int
store_list(const struct store *s, enum store_folder where,
    struct store_name **names, size_t *n, struct outcome *o)
{
	DIR *d = walk_open(s->dirfd, s->path, where, o);
	struct store_name *list = NULL;
	const char *id;
	struct stat st;
	size_t cap = 0;
	int r = 0;

	*names = NULL;
	*n = 0;
	if (d == NULL)
		return -1;
	while ((id = walk_next(d, &st)) != NULL) {
		if (*n == cap) {
			cap = cap < 64 ? 64 : cap + cap / 4;
			list = mem_grow(list, cap, sizeof(*list));
		}
		memcpy(list[*n].id, id, ENTRY_ID);
		list[*n].uid = st.st_uid;
		list[(*n)++].next = where == STORE_FAILED ? st.st_ctime :
		    st.st_mtime;
	}
	if (errno != 0)
		r = folder_fail(o, "cannot list", s->path, folder_name(where));
	closedir(d);
	if (r == 0 && *n > 0) {
		qsort(list, *n, sizeof(*list), older);
		*names = list;
		return 0;
	}
	free(list);
	*n = 0;
	return r;
}

bool
store_any(const struct store *s, enum store_folder where)
{
	struct outcome o;
	struct stat st;
	DIR *d = walk_open(s->dirfd, s->path, where, &o);
	bool any = d != NULL && walk_next(d, &st) != NULL;

	if (d != NULL)
		closedir(d);
	return any;
}

/* ---- Names given up ------------------------------------------------------ */

int
store_remove(const struct store *s, struct entry *e, enum store_folder from,
    struct outcome *o)
{
	char path[FOLDER_PATH];

	folder_path(path, from, e->id);
	if (unlinkat(s->dirfd, path, 0) != 0 && errno != ENOENT)
		return folder_fail(o, "cannot remove", s->path, path);
	return 0;
}

static int
sync_folder(const struct store *s, enum store_folder where)
{
	int fd, r;

	if (where == STORE_ACTIVE)
		return file_sync_dir(s->dirfd);
	fd = openat(s->dirfd, folder_name(where),
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	r = fd >= 0 ? file_sync_dir(fd) : -1;
	if (fd >= 0)
		close(fd);
	return r;
}

/* The new name is on disk before the old one is gone from it. */
int
store_move(const struct store *s, struct entry *e, enum store_folder from,
    enum store_folder to, struct outcome *o)
{
	char old[FOLDER_PATH], new[FOLDER_PATH];

	folder_path(old, from, e->id);
	folder_path(new, to, e->id);
	if (folder_rename(s->dirfd, old, new) != 0)
		return folder_fail(o, "cannot move", s->path, old);
	if (sync_folder(s, to) != 0 || sync_folder(s, from) != 0)
		return folder_fail(o, "cannot sync", s->path, new);
	return 0;
}

int
store_settle(const struct store *s, struct outcome *o)
{
	if (file_sync_dir(s->dirfd) != 0)
		return folder_fail(o, "cannot sync", s->path, "");
	return 0;
}
