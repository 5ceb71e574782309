/* SPDX-License-Identifier: ISC */
/* Room in the queue: what may still come in, and what is cleared away. */
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/file.h"
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
no_room(const struct store *s, struct outcome *o, const char *what,
    uint64_t is, uint64_t limit)
{
	outcome_fail(o, FAULT_DELAY, STAGE_INPUT,
	    "the queue %s takes no more: %s %" PRIu64 " octets, the limit is "
	    "%" PRIu64, s->path, what, is, limit);
	return outcome_advise(o, "look at mailq, make room in %s, or change "
	    "max-size and min-free", s->path);
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
			return no_room(s, o, "with this message it has",
			    sum + octets, max_size);
	}
	if (min_free == 0)
		return 0;
	if (fstatvfs(s->dirfd, &vfs) != 0)
		return folder_fail(o, "cannot look at", s->path, "");
	left = (uint64_t)vfs.f_bavail * vfs.f_frsize;
	if (left < octets || left - octets < min_free)
		return no_room(s, o, "its file system has free",
		    left, min_free);
	return 0;
}

/* Removes d/name unless somebody has locked it, or put another file there
 * while we looked. */
static void
tidy_file(DIR *d, const char *name, const struct stat *seen)
{
	struct stat st, now;
	int fd = openat(dirfd(d), name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
	    O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return;
	if (file_lock(fd, false) == 0 && fstat(fd, &st) == 0 &&
	    fstatat(dirfd(d), name, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_ino == seen->st_ino && now.st_ino == seen->st_ino)
		(void)unlinkat(dirfd(d), name, 0);
	close(fd);
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
		if (now - st.st_ctime > keep)
			tidy_file(d, name, &st);
	closedir(d);
}

void
store_tidy(const struct store *s, int64_t keep, time_t now)
{
	tidy_folder(s, STORE_TMP, DAY, now);
	if (keep > 0)
		tidy_folder(s, STORE_FAILED, keep, now);
}
