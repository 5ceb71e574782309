/* SPDX-License-Identifier: ISC */
/* Where the queue is, for this configuration and this caller. */
#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "front/place.h"

#define SYSTEM_CONFIG	SYSCONFDIR "/posthorn.conf"
#define SYSTEM_QUEUE	LOCALSTATEDIR "/spool/posthorn"

/* Have we rights that the caller lacks? */
static bool
have_more(void)
{
	return geteuid() != getuid() || getegid() != getgid();
}

/* A directory made by the installation for everybody who runs set-group-id. */
static bool
is_system(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
	    (st.st_mode & 02070) == 02070;
}

/* Is the system's queue there for us?  Root makes it where it is missing. */
static bool
system_usable(void)
{
	struct stat st;

	if (geteuid() == 0 || have_more())
		return true;
	return stat(SYSTEM_QUEUE, &st) == 0 && (st.st_uid == geteuid() ||
	    ((st.st_mode & 02070) == 02070 && st.st_gid == getegid()));
}

static char *
place_own(const struct surroundings *from, const struct identity *me)
{
	return identity_path(me, from->state_home, ".local/state",
	    "posthorn");
}

/* The caller frees; NULL: the user has no place for one. */
static char *
place_path(const struct settings *settings, const struct surroundings *from,
    const struct identity *me)
{
	if (settings->queue.directory != NULL)
		return mem_dup(settings->queue.directory);
	if (strcmp(settings->path, SYSTEM_CONFIG) == 0 && system_usable())
		return mem_dup(SYSTEM_QUEUE);
	return place_own(from, me);
}

/* Without a queue: what one run learns for the next is kept in the user's own
 * directory, which is not a place to make files in with rights that the user
 * lacks. */
static void
place_state(struct place *p, const struct surroundings *from,
    const struct identity *me)
{
	char *path = have_more() ? NULL : identity_path(me, from->state_home,
	    ".local/state", "posthorn/state");

	state_open(&p->state, path);
	free(path);
}

int
place_open(struct place *p, const struct settings *settings,
    const struct surroundings *from, const struct identity *me,
    struct outcome *o)
{
	char *path;
	int r;

	memset(p, 0, sizeof(*p));
	p->store.dirfd = p->state.dirfd = -1;
	path = settings->queue.none ? NULL : place_path(settings, from, me);
	if (path != NULL)
		r = store_open(&p->store, path, is_system(path), o);
	else if (settings->queue.none)
		r = 0;
	else
		r = outcome_fail(o, FAULT_CONFIG, STAGE_CONFIG,
		    "no place for a queue: %s has no home directory",
		    me->user);
	p->open = path != NULL && r == 0;
	if (p->open)
		state_open_in(&p->state, p->store.dirfd, p->store.system);
	else
		place_state(p, from, me);
	free(path);
	return r;
}

void
place_close(struct place *p)
{
	state_close(&p->state);
	if (p->open)
		store_close(&p->store);
	p->open = false;
}
