/* SPDX-License-Identifier: ISC */
/*
 * The queue's directory: one file a message, no index, safe with any number
 * of processes.  The file's states and what each crash leaves behind are
 * written on top of store.c; what is done to one file stands in qfile.c, how
 * it gets its name in publish.c, limits and cleaning in room.c.
 */
#ifndef POSTHORN_STORE_H
#define POSTHORN_STORE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/outcome.h"
#include "queue/entry.h"
#include "queue/folder.h"

/* The first line of a queue file: "posthorn 1 ID START LENGTH CRC", padded
 * with blanks to this many octets, line end included. */
#define STORE_HEAD	128

struct store {
	int	 dirfd;
	char	*path;		/* owned */
	bool	 system;	/* group-owned, shared by several uids */
	dev_t	 dev;		/* of the directory, and its group */
	gid_t	 gid;
};

/* Opens the directory and its folders failed, hold, tmp, state, run; makes
 * what is missing (0700 for a user's own; a system queue is made by the
 * installation and only checked: group-owned, not for others).  FAULT_CONFIG
 * or FAULT_OS with words. */
int	store_open(struct store *s, const char *path, bool system,
	    struct outcome *o);
void	store_close(struct store *s);

/*
 * Publishes a message that stands in a spool file made in this directory
 * (message_open): writes the first line, the envelope record and, when there
 * was an attempt already or a recipient has an outcome, that; syncs the file,
 * gives it its name, syncs the directory: one sync each.  A spool that lies
 * elsewhere is copied first.  e->message.fd (the same number) is then the
 * queue file, locked by us before it got its name; e->uid is set.  e->id,
 * message, envelope and the rest are the caller's to fill.  On failure nothing
 * is left behind, and the message can still be read: FAULT_DELAY (disk full,
 * limits), FAULT_DATA (an envelope over 1 GiB) or FAULT_OS.
 */
int	store_enter(struct store *s, struct entry *e, struct outcome *o);

/* One name found in the directory. */
struct store_name {
	char	 id[ENTRY_ID];
	uid_t	 uid;
	time_t	 next;		/* mtime: a hint; STORE_FAILED: when it
				 * came there */
};
/* All names in a folder, oldest `next` first; *names is the caller's to free.
 * 32 octets each; nothing is opened.  What is not named as messages are, or
 * is no regular file, is passed over. */
int	store_list(const struct store *s, enum store_folder where,
	    struct store_name **names, size_t *n, struct outcome *o);

/* Is there any message in the folder?  Looks no further than to the first. */
bool	store_any(const struct store *s, enum store_folder where);

enum store_found {
	STORE_LOADED,		/* and locked */
	STORE_BUSY,		/* somebody else works on it */
	STORE_GONE,
	STORE_FOREIGN,		/* another version, a link: left alone */
	STORE_DAMAGED,		/* set aside in failed/, *o says why */
	STORE_ERROR		/* *o says what */
};
/* Opens, locks (without waiting) and reads one; e is initialised here, and
 * holds something only when it is STORE_LOADED.  An id that cannot be one is
 * gone. */
enum store_found	store_load(const struct store *s,
	    enum store_folder where, const char *id, struct entry *e,
	    struct outcome *o);
/* Reads without locking, for listings; moves nothing. */
enum store_found	store_peek(const struct store *s,
	    enum store_folder where, const char *id, struct entry *e,
	    struct outcome *o);

/* Appends records (b of entry_record_*) behind the last good one, cutting off
 * what a crash left there; sync: fsync before it returns.  Sets mtime to
 * e->next where we may (the file is ours, or we are root): it is a hint.  On
 * failure (as store_enter) nothing was appended. */
int	store_append(const struct store *s, struct entry *e,
	    const struct buf *b, bool sync, struct outcome *o);
/* Room for n octets behind the journal, so that a later append cannot fail
 * for lack of it (fallocate, size kept; where that is not known: true). */
int	store_reserve(const struct store *s, struct entry *e, size_t n,
	    struct outcome *o);
/* Done: unlinks it; one that is gone is no failure.  The sync of the directory
 * is left to store_settle. */
int	store_remove(const struct store *s, struct entry *e,
	    enum store_folder from, struct outcome *o);
/* Renames it, never over another one, and syncs both folders. */
int	store_move(const struct store *s, struct entry *e,
	    enum store_folder from, enum store_folder to, struct outcome *o);
int	store_settle(const struct store *s, struct outcome *o);
/* Closes the file (and so unlocks it) and frees e. */
void	store_release(struct entry *e);

/* May another message of so many octets come in?  Counts what is there
 * against max_size (octets, 0: none), and the file system's free space
 * against min_free (octets).  FAULT_DELAY. */
int	store_admits(const struct store *s, uint64_t octets, uint64_t max_size,
	    uint64_t min_free, struct outcome *o);
/* Removes unlocked leftovers in tmp/ older than a day, and messages (not what
 * is damaged) that have been in failed/ for more than keep seconds (0: no
 * limit), each with a line in the log.  Age is the time
 * since the file was last changed in any way, its name included. */
void	store_tidy(const struct store *s, int64_t keep, time_t now);

#endif
