/* SPDX-License-Identifier: ISC */
/* Going through a folder of the queue. */
#ifndef POSTHORN_WALK_H
#define POSTHORN_WALK_H

#include <sys/stat.h>

#include <dirent.h>

#include "queue/folder.h"

/* The folder of the queue's directory (path: for words), to be closed by
 * closedir(3); NULL: *o says why. */
DIR	*walk_open(int dirfd, const char *path, enum store_folder where,
	    struct outcome *o);
/* The next message's id, NULL at the end (errno 0) or on failure.  Those that
 * vanish on the way are not there. */
const char	*walk_next(DIR *d, struct stat *st);

#endif
