/* SPDX-License-Identifier: ISC */
/* Names inside the queue's directory, and words for what goes wrong there. */
#ifndef POSTHORN_FOLDER_H
#define POSTHORN_FOLDER_H

#include <stdbool.h>

#include "base/outcome.h"

enum store_folder {
	STORE_ACTIVE,
	STORE_FAILED,
	STORE_HOLD,
	STORE_TMP		/* of publish and tidy only */
};

#define FOLDER_PATH	32

/* "." or the folder's name, as openat(2) wants it. */
const char	*folder_name(enum store_folder where);
/* The path of a message, relative to the queue's directory. */
void	folder_path(char path[FOLDER_PATH], enum store_folder where,
	    const char *id);
/* Can this be a message's id? */
bool	folder_is_id(const char *name);
/* Renames, never over an existing file (where the system can promise it): 0,
 * or -1 with errno. */
int	folder_rename(int dirfd, const char *from, const char *to);
/* errno as an outcome, "WHAT DIRECTORY/NAME: why": FAULT_DELAY when a disk, a
 * quota or a limit is used up, else FAULT_OS; -1. */
int	folder_fail(struct outcome *o, const char *what, const char *directory,
	    const char *name);

#endif
