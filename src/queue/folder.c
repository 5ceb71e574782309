/* SPDX-License-Identifier: ISC */
/* Names inside the queue's directory, and words for what goes wrong there. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "queue/entry.h"
#include "queue/folder.h"

const char *
folder_name(enum store_folder where)
{
	static const char *const names[] = {
		[STORE_ACTIVE] = ".", [STORE_FAILED] = "failed",
		[STORE_HOLD] = "hold", [STORE_TMP] = "tmp",
	};

	return names[where];
}

void
folder_path(char path[FOLDER_PATH], enum store_folder where, const char *id)
{
	if (where == STORE_ACTIVE)
		snprintf(path, FOLDER_PATH, "%.16s", id);
	else
		snprintf(path, FOLDER_PATH, "%s/%.16s", folder_name(where),
		    id);
}

bool
folder_is_id(const char *name)
{
	return strlen(name) == ENTRY_ID - 1 && strspn(name,
	    "0123456789abcdefghijklmnopqrstuvwxyz") == ENTRY_ID - 1;
}

int
folder_rename(int dirfd, const char *from, const char *to)
{
	if (renameat2(dirfd, from, dirfd, to, RENAME_NOREPLACE) == 0)
		return 0;
	/* File systems that do not know the flag. */
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	return renameat(dirfd, from, dirfd, to);
}

int
folder_fail(struct outcome *o, const char *what, const char *directory,
    const char *name)
{
	static const int full[] = {
		ENOSPC, EDQUOT, EFBIG, EMFILE, ENFILE, ENOMEM, ENOBUFS,
	};
	const int why = errno;
	enum fault f = FAULT_OS;
	size_t i;

	for (i = 0; i < sizeof(full) / sizeof(full[0]); i++)
		if (why == full[i])
			f = FAULT_DELAY;
	errno = why;
	outcome_errno(o, f, STAGE_INPUT, "%s %s%s%s", what, directory,
	    name[0] != '\0' ? "/" : "", name);
	if (why == ENOSPC || why == EDQUOT)
		outcome_advise(o, "make room in %s", directory);
	return -1;
}
