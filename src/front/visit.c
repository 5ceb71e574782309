/* SPDX-License-Identifier: ISC */
/* Going through the queue's folders as far as the caller may. */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "front/privilege.h"
#include "front/visit.h"

void
visit_init(struct visit *v, const struct store *store,
    const struct identity *me)
{
	gid_t gid;

	memset(v, 0, sizeof(*v));
	v->store = store;
	v->uid = me->uid;
	if (!privilege_owner(store->dirfd, &v->owner, &gid))
		v->owner = 0;
	v->all = !store->system || me->uid == 0 || me->uid == v->owner;
}

bool
visit_may(const struct visit *v, uid_t uid)
{
	return v->all || v->uid == uid;
}

static bool
look_at(const struct visit *v, struct store_name *name)
{
	char path[FOLDER_PATH];
	struct stat st;

	folder_path(path, v->where, name->id);
	if (fstatat(v->store->dirfd, path, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISREG(st.st_mode))
		return false;
	name->uid = st.st_uid;
	name->next = v->where == STORE_FAILED ? st.st_ctime : st.st_mtime;
	return true;
}

static int
read_names(struct visit *v, DIR *d)
{
	const struct dirent *e;
	size_t cap = 0;

	while (errno = 0, (e = readdir(d)) != NULL) {
		if (!folder_is_id(e->d_name))
			continue;
		if (v->n == cap) {
			cap = cap < 64 ? 64 : cap + cap / 4;
			v->names = mem_grow(v->names, cap, sizeof(*v->names));
		}
		memset(&v->names[v->n], 0, sizeof(*v->names));
		memcpy(v->names[v->n++].id, e->d_name, ENTRY_ID);
	}
	return errno == 0 ? 0 : -1;
}

static int
by_next(const void *a, const void *b)
{
	const struct store_name *x = a, *y = b;

	if (x->next != y->next)
		return x->next < y->next ? -1 : 1;
	return memcmp(x->id, y->id, sizeof(x->id));
}

/* Those that vanish meanwhile are not there. */
static void
sort_names(struct visit *v)
{
	size_t i, n = 0;

	for (i = 0; i < v->n; i++)
		if (look_at(v, &v->names[i]))
			v->names[n++] = v->names[i];
	v->n = n;
	v->known = true;
	if (n > 0)
		qsort(v->names, n, sizeof(*v->names), by_next);
}

int
visit_folder(struct visit *v, enum store_folder where, struct outcome *o)
{
	DIR *d = NULL;
	int fd, r = -1;

	visit_end(v);
	v->where = where;
	fd = openat(v->store->dirfd, folder_name(where),
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && (d = fdopendir(fd)) == NULL)
		close(fd);
	if (d != NULL)
		r = read_names(v, d);
	if (r < 0)
		folder_fail(o, "cannot list", v->store->path,
		    folder_name(where));
	if (d != NULL)
		closedir(d);
	if (r == 0 && v->n <= VISIT_SORTED)
		sort_names(v);
	return r;
}

const struct store_name *
visit_next(struct visit *v)
{
	struct store_name *name;

	while (v->at < v->n) {
		name = &v->names[v->at++];
		if (v->all)
			return name;
		if (!v->known && !look_at(v, name))
			continue;
		if (name->uid == v->uid)
			return name;
		v->others++;
	}
	return NULL;
}

bool
visit_find(struct visit *v, enum store_folder where, const char *id,
    struct store_name *name)
{
	if (!folder_is_id(id))
		return false;
	v->where = where;
	memcpy(name->id, id, ENTRY_ID);
	return look_at(v, name) && visit_may(v, name->uid);
}

void
visit_end(struct visit *v)
{
	free(v->names);
	v->names = NULL;
	v->n = v->at = 0;
	v->known = false;
}
