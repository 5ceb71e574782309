/* SPDX-License-Identifier: ISC */
/* The file of aliases, and lists: read and judged. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "front/book.h"
#include "front/privilege.h"

#define BOOK_OPEN	(O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

void
book_init(struct book *b, const struct settings *set,
    const struct identity *me, bool off)
{
	memset(b, 0, sizeof(*b));
	b->me = me;
	b->off = off || set->relays;
	b->must = set->aliases != NULL;
	b->path = b->must ? set->aliases : SYSCONFDIR "/aliases";
}

void
book_free(struct book *b)
{
	aliases_free(&b->table);
	b->loaded = false;
}

/* ---- Files --------------------------------------------------------------- */

static int
book_cannot(const char *path, struct outcome *o)
{
	int why = errno;

	outcome_errno(o, FAULT_CONFIG, STAGE_CONFIG, "cannot read %s", path);
	if (why == EACCES)
		return outcome_advise(o, "names of this machine are looked up "
		    "there: chmod a+r %s", path);
	if (why == ENOENT)
		return outcome_advise(o, "make the file, or take its name out "
		    "of the configuration");
	if (why == ELOOP)
		return outcome_advise(o, "it is a link: name the file itself");
	return -1;
}

/* Who can write it decides where mail goes. */
static int
book_judge(const char *path, const struct stat *st, struct outcome *o)
{
	if (!S_ISREG(st->st_mode))
		return outcome_fail(o, FAULT_CONFIG, STAGE_CONFIG,
		    "%s is not a regular file", path);
	if ((st->st_mode & 022) == 0 || ((st->st_mode & 002) == 0 &&
	    (st->st_gid == 0 || (st->st_gid == getegid() &&
	    st->st_gid != getgid()))))
		return 0;
	outcome_fail(o, FAULT_CONFIG, STAGE_CONFIG,
	    "%s can be written by %s, who could redirect mail", path,
	    (st->st_mode & 002) != 0 ? "everybody" : "its group");
	return outcome_advise(o, "chmod go-w %s", path);
}

static int
book_owner(const char *path, const struct stat *st, struct outcome *o)
{
	if (st->st_uid == 0 || st->st_uid == getuid() ||
	    st->st_uid == geteuid())
		return 0;
	outcome_fail(o, FAULT_CONFIG, STAGE_CONFIG,
	    "%s belongs to another user, who could redirect mail", path);
	return outcome_advise(o, "chown %s %s",
	    getuid() == 0 ? "root" : "it to you or root:", path);
}

/* Reads what fd is open on into t. */
static int
book_slurp(struct buf *t, int fd, const char *path, struct outcome *o)
{
	if (file_slurp(fd, t) == 0)
		return 0;
	if (errno == EFBIG)
		return outcome_fail(o, FAULT_CONFIG, STAGE_CONFIG,
		    "%s is larger than %u octets", path, LIMIT_ALIASES);
	return book_cannot(path, o);
}

static int
book_read(const struct book *b, struct buf *t, int fd, struct outcome *o)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return book_cannot(b->path, o);
	return book_judge(b->path, &st, o) < 0 ||
	    book_owner(b->path, &st, o) < 0 ||
	    book_slurp(t, fd, b->path, o) < 0 ? -1 : 0;
}

int
book_load(struct book *b, struct outcome *o)
{
	struct buf t;
	int fd, r = 0;

	if (b->loaded)
		return 0;
	buf_init(&t, LIMIT_ALIASES);
	fd = b->as_caller ? privilege_open_as_caller(b->path, BOOK_OPEN, 0) :
	    open(b->path, BOOK_OPEN);
	if (fd >= 0) {
		r = book_read(b, &t, fd, o);
		close(fd);
	} else if (b->must || (errno != ENOENT && errno != ENOTDIR))
		r = book_cannot(b->path, o);
	if (r == 0)
		book_text(b, t.data, t.len);
	buf_free(&t);
	return r;
}

void
book_text(struct book *b, const char *text, size_t n)
{
	aliases_parse(&b->table, text, n, b->me->local);
	b->loaded = true;
}

int
book_include(struct buf *t, const char *path, struct outcome *o)
{
	struct stat st;
	int fd = privilege_open_as_caller(path, BOOK_OPEN | O_NOFOLLOW, 0), r;

	buf_init(t, LIMIT_ALIASES);
	if (fd < 0)
		return book_cannot(path, o);
	r = fstat(fd, &st) != 0 ? book_cannot(path, o) :
	    book_judge(path, &st, o) < 0 || book_slurp(t, fd, path, o) < 0 ?
	    -1 : 0;
	close(fd);
	if (r < 0)
		buf_free(t);
	return r;
}

/* ---- Names --------------------------------------------------------------- */

bool
book_is_local(const struct book *b, const struct address *a)
{
	return a->bare || identity_is_local(b->me, a->domain);
}

/* "name+detail": any detail, else none. */
static struct alias *
book_detail(const struct book *b, const char *local, size_t n)
{
	const char *plus = memchr(local, '+', n);
	char any[LIMIT_ADDRESS + 2];
	size_t at = plus != NULL ? (size_t)(plus - local) : 0;
	struct alias *a;

	if (at == 0 || at + 2 > sizeof(any))
		return NULL;
	memcpy(any, local, at);
	memcpy(any + at, "+*", 2);
	a = aliases_find(&b->table, any, at + 2);
	return a != NULL ? a : aliases_find(&b->table, local, at);
}

static struct alias *
book_rest(const struct book *b)
{
	static const char *const names[] = { "default", "*" };
	struct alias *a = NULL;
	size_t i;

	for (i = 0; i < 2 && a == NULL; i++)
		a = aliases_find(&b->table, names[i], strlen(names[i]));
	return a != NULL && a->open && a->round == b->round ? NULL : a;
}

struct alias *
book_find(const struct book *b, const char *local, size_t n)
{
	struct alias *a = aliases_find(&b->table, local, n);

	if (a == NULL)
		a = book_detail(b, local, n);
	return a != NULL ? a : book_rest(b);
}
