/* SPDX-License-Identifier: ISC */
/*
 * Small things worth remembering between runs: records by key, one file each,
 * in a directory of our own, or of our group.  Nothing here can fail a
 * delivery: a record that is missing, damaged, foreign or unwritable is simply
 * not remembered.
 */
#ifndef POSTHORN_STATE_H
#define POSTHORN_STATE_H

#include <stdbool.h>

#include "base/buf.h"

struct state {
	int	dirfd;		/* -1: nothing is remembered */
	bool	shared;		/* by several uids of one group */
};

/* Opens (makes, 0700, with missing parents) the directory; it must be a
 * directory of ours (effective uid) that nobody else can write.  NULL or
 * anything wrong: an empty state that forgets. */
void	state_open(struct state *s, const char *directory);
/* Opens the folder "state" below dirfd, which stays the caller's.  Not shared:
 * made if it is missing, and of the same kind as above.  Shared: it must be
 * there, 2770, of our effective group (root: of any); its records are 0660
 * and may belong to any uid, but not be open to others.  Anything wrong: an
 * empty state. */
void	state_open_in(struct state *s, int dirfd, bool shared);
/* Reads the record into value (cleared first; at most LIMIT_STATE octets);
 * false if there is none.  O_NOFOLLOW, regular files of ours only (shared: of
 * the group's only), length and CRC-32C checked; a damaged record is
 * removed. */
bool	state_get(const struct state *s, const char *key, struct buf *value);
/* Replaces the record under a lock, atomically; NULL removes it.  key is any
 * printable text (it is encoded for the file name). */
void	state_put(const struct state *s, const char *key, const char *value);
void	state_close(struct state *s);

#endif
