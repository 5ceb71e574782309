/* SPDX-License-Identifier: ISC */
/* Going through a folder of the queue. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "queue/walk.h"

DIR *
walk_open(int dirfd, const char *path, enum store_folder where,
    struct outcome *o)
{
	int fd = openat(dirfd, folder_name(where),
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;

	if (d == NULL) {
		folder_fail(o, "cannot list", path, folder_name(where));
		if (fd >= 0)
			close(fd);
	}
	return d;
}

const char *
walk_next(DIR *d, struct stat *st)
{
	const struct dirent *e;

	for (;;) {
		errno = 0;
		e = readdir(d);
		if (e == NULL)
			return NULL;
		if (folder_is_id(e->d_name) && fstatat(dirfd(d), e->d_name,
		    st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st->st_mode))
			return e->d_name;
	}
}
