/* SPDX-License-Identifier: ISC */
/* Room in the queue: what may still come in, and what is cleared away. */
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <fcntl.h>
#include <syslog.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "queue/store.h"
#include "queue/walk.h"

#define DAY	(24 * 60 * 60)

static int
add_sizes(const struct store *s, enum store_folder where, uint64_t *sum,
    struct outcome *o)
{
	DIR *d = walk_open(s->dirfd, s->path, where, o);
	struct stat st;

	if (d == NULL)
		return -1;
	while (walk_next(d, &st) != NULL)
		*sum += (uint64_t)st.st_size;
	closedir(d);
	return 0;
}

static int
no_room(const struct store *s, const char *key, uint64_t limit,
    const char *words, uint64_t is, struct outcome *o)
{
	const double mega = 1e6;

	outcome_fail(o, FAULT_DELAY, STAGE_INPUT,
	    "the queue %s takes no more: %s is %.1f MB, %s %.1f MB", s->path,
	    key, (double)limit / mega, words, (double)is / mega);
	return outcome_advise(o, "make room in %s (mailq shows what waits), "
	    "or change %s", s->path, key);
}

int
store_admits(const struct store *s, uint64_t octets, uint64_t max_size,
    uint64_t min_free, struct outcome *o)
{
	uint64_t sum = 0, left;
	struct statvfs vfs;

	if (max_size > 0) {
		if (add_sizes(s, STORE_ACTIVE, &sum, o) < 0 ||
		    add_sizes(s, STORE_HOLD, &sum, o) < 0 ||
		    add_sizes(s, STORE_FAILED, &sum, o) < 0)
			return -1;
		if (sum > max_size || octets > max_size - sum)
			return no_room(s, "max-size", max_size,
			    "and with this message it would have",
			    sum + octets, o);
	}
	if (min_free == 0)
		return 0;
	if (fstatvfs(s->dirfd, &vfs) != 0)
		return folder_fail(o, "cannot look at", s->path, "");
	left = (uint64_t)vfs.f_bavail * vfs.f_frsize;
	if (left < octets || left - octets < min_free)
		return no_room(s, "min-free", min_free,
		    "and its file system has left", left, o);
	return 0;
}

/* Removes d/name unless somebody has locked it, or put another file there
 * while we looked. */
static bool
tidy_file(DIR *d, const char *name, const struct stat *seen)
{
	struct stat st, now;
	bool gone = false;
	int fd = openat(dirfd(d), name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
	    O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return false;
	if (file_lock(fd, false) == 0 && fstat(fd, &st) == 0 &&
	    fstatat(dirfd(d), name, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_ino == seen->st_ino && now.st_ino == seen->st_ino)
		gone = unlinkat(dirfd(d), name, 0) == 0;
	close(fd);
	return gone;
}

/* What is damaged, or of another version, is not ours to throw away. */
static bool
tidy_knows(const struct store *s, enum store_folder where, const char *name)
{
	struct outcome o;
	struct entry e;

	if (where != STORE_FAILED)
		return true;
	if (store_peek(s, where, name, &e, &o) != STORE_LOADED)
		return false;
	store_release(&e);
	return true;
}

static void
tidy_folder(const struct store *s, enum store_folder where, int64_t keep,
    time_t now)
{
	struct outcome o;
	DIR *d = walk_open(s->dirfd, s->path, where, &o);
	struct stat st;
	const char *name;

	if (d == NULL)
		return;
	while ((name = walk_next(d, &st)) != NULL)
		if (now - st.st_ctime > keep && tidy_knows(s, where, name) &&
		    tidy_file(d, name, &st) && where == STORE_FAILED)
			log_note(LOG_NOTICE, "queue: %s was in failed for "
			    "%lld days: removed", name,
			    (long long)(now - st.st_ctime) / DAY);
	closedir(d);
}

void
store_tidy(const struct store *s, int64_t keep, time_t now)
{
	tidy_folder(s, STORE_TMP, DAY, now);
	if (keep > 0)
		tidy_folder(s, STORE_FAILED, keep, now);
}
