/* SPDX-License-Identifier: ISC */
/* A configuration file, opened once, judged by its descriptor, read whole. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "conf/conffile.h"

#define CONFFILE_GROUP "posthorn"

/* Is it the group that the installed program alone is in? */
static bool
conffile_own_group(gid_t gid)
{
	const struct group *g;

	/* Set-gid to it: no need to ask for its name. */
	if (gid == getegid() && gid != getgid())
		return true;
	g = getgrgid(gid);
	return g != NULL && strcmp(g->gr_name, CONFFILE_GROUP) == 0;
}

static int
conffile_fail(struct outcome *o, const char *path, const char *words)
{
	return outcome_fail(o, FAULT_CONFIG, STAGE_CONFIG, "%s %s", path,
	    words);
}

static int
conffile_judge(const char *path, const struct stat *st, struct outcome *o)
{
	if (!S_ISREG(st->st_mode))
		return conffile_fail(o, path, "is not a regular file");
	if (st->st_uid != 0 && st->st_uid != getuid() &&
	    st->st_uid != geteuid()) {
		conffile_fail(o, path, "belongs to another user, who could "
		    "make us run what he likes");
		return outcome_advise(o, "chown %s %s",
		    getuid() == 0 ? "root" : "it to you or root:", path);
	}
	if ((st->st_mode & 002) != 0) {
		conffile_fail(o, path, "can be written by everybody");
		return outcome_advise(o, "chmod go-w %s", path);
	}
	if ((st->st_mode & 020) != 0 && st->st_gid != 0 &&
	    !conffile_own_group(st->st_gid)) {
		conffile_fail(o, path, "can be written by its group");
		return outcome_advise(o, "chmod g-w %s", path);
	}
	return 0;
}

static int
conffile_cannot(struct outcome *o, const char *path)
{
	int why = errno;

	outcome_errno(o, FAULT_CONFIG, STAGE_CONFIG, "cannot read %s", path);
	if (why == ENOENT)
		return outcome_advise(o, "posthorn.conf(5) has examples to "
		    "start from");
	if (why == EACCES)
		return outcome_advise(o, "is posthorn installed set-gid "
		    "%s, and not under no_new_privs or nosuid?",
		    CONFFILE_GROUP);
	return -1;
}

static void
conffile_note(struct conffile *s, const char *path, const struct stat *st)
{
	s->path = mem_dup(path);
	s->mode = st->st_mode;
	s->gid = st->st_gid;
	s->dev = st->st_dev;
	s->ino = st->st_ino;
	s->size = st->st_size;
	s->mtime = st->st_mtim;
}

int
conffile_open(struct conffile *s, const char *path, struct outcome *o)
{
	struct stat st;
	int r, fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	memset(s, 0, sizeof(*s));
	if (fd < 0)
		return conffile_cannot(o, path);
	if (fstat(fd, &st) != 0) {
		r = conffile_cannot(o, path);
		goto out;
	}
	r = conffile_judge(path, &st, o);
	if (r != 0)
		goto out;
	conffile_note(s, path, &st);
	buf_init(&s->text, LIMIT_CONFIG);
	if (file_slurp(fd, &s->text) != 0) {
		r = errno == EFBIG ? conffile_fail(o, path,
		    "is larger than 1 MiB") : conffile_cannot(o, path);
		conffile_close(s);
	}
out:
	close(fd);
	return r;
}

void
conffile_memory(struct conffile *s, const char *name, const char *text,
    size_t n)
{
	memset(s, 0, sizeof(*s));
	s->path = mem_dup(name);
	buf_init(&s->text, n);
	buf_add(&s->text, text, n);
}

int
conffile_secret(const struct conffile *s, struct outcome *o)
{
	const char *who;

	if ((s->mode & 004) != 0)
		who = "everybody";
	else if ((s->mode & 040) != 0 && !conffile_own_group(s->gid))
		who = "its group";
	else
		return 0;
	outcome_fail(o, FAULT_CONFIG, STAGE_CONFIG,
	    "%s holds a password and can be read by %s", s->path, who);
	return outcome_advise(o, "chmod 600 %s (or, where posthorn is "
	    "installed set-gid: chgrp " CONFFILE_GROUP " %s && chmod 640 %s)",
	    s->path, s->path, s->path);
}

char *
conffile_relative(const struct conffile *s, const char *name)
{
	const char *slash = strrchr(s->path, '/');
	struct buf b;
	char *path;

	if (*name == '/' || slash == NULL)
		return mem_dup(name);
	buf_init(&b, PATH_MAX);
	if (buf_add(&b, s->path, (size_t)(slash + 1 - s->path)) != 0 ||
	    buf_puts(&b, name) != 0)
		buf_clear(&b);	/* which no file is called */
	path = mem_dup(b.data);
	buf_free(&b);
	return path;
}

void
conffile_close(struct conffile *s)
{
	free(s->path);
	s->path = NULL;
	buf_wipe(&s->text);
}
