/* SPDX-License-Identifier: ISC */
/* How a message gets its name in the queue: linked, or copied and renamed. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "queue/publish.h"
#include "queue/qfile.h"

#define COPY_CHUNK	65536u
#define JOURNAL_MAX	(1u << 30)

struct publishing {
	struct store	*s;
	struct entry	*e;
	struct stat	 st;		/* of the file as it was found */
	enum publish_way way;
	bool		 renaming;	/* it has a name in tmp/ */
	struct outcome	*o;
};

static int
publish_fail(struct publishing *p, const char *what)
{
	return folder_fail(p->o, what, p->s->path, p->e->id);
}

/* ---- A copy, where the spool cannot be linked ---------------------------- */

static int
copy_octets(struct publishing *p, int to)
{
	const struct message *m = &p->e->message;
	char *room = mem_alloc(COPY_CHUNK);
	uint64_t done, n;
	int r = 0;

	for (done = 0; done < m->length && r == 0; done += n) {
		off_t at = m->start + (off_t)done;

		n = m->length - done < COPY_CHUNK ? m->length - done :
		    COPY_CHUNK;
		r = file_pread(m->fd, room, (size_t)n, at);
		if (r == 0)
			r = file_pwrite(to, room, (size_t)n, at);
	}
	free(room);
	return r;
}

/* A new file: unnamed if that can be linked here, else in tmp/. */
static int
copy_open(struct publishing *p)
{
	char path[FOLDER_PATH];
	int fd = -1;

	if (p->way != PUBLISH_RENAME)
		fd = openat(p->s->dirfd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC,
		    0600);
	if (fd >= 0)
		return fd;
	p->way = PUBLISH_RENAME;
	folder_path(path, STORE_TMP, p->e->id);
	fd = openat(p->s->dirfd, path, O_CREAT | O_EXCL | O_RDWR |
	    O_NOFOLLOW | O_CLOEXEC, 0600);
	p->renaming = fd >= 0;
	return fd;
}

/* Locks first: nobody shall take a file in tmp/ for a leftover.  The copy
 * takes the spool's place, descriptor and all. */
static int
copy_message(struct publishing *p)
{
	struct message *m = &p->e->message;
	int fd = copy_open(p), r;

	if (fd < 0)
		return publish_fail(p, "cannot make");
	r = file_lock(fd, false) != 0 || copy_octets(p, fd) != 0 ||
	    dup3(fd, m->fd, O_CLOEXEC) < 0 || fstat(m->fd, &p->st) != 0;
	if (r != 0)
		publish_fail(p, "cannot write");
	else
		m->place = p->s->path;
	close(fd);
	return r != 0 ? -1 : 0;
}

/* ---- The file made complete ---------------------------------------------- */

static bool
has_history(const struct entry *e)
{
	size_t i;

	for (i = 0; i < e->envelope.n; i++)
		if (e->envelope.rcpt[i].settled ||
		    e->envelope.rcpt[i].text != NULL)
			return true;
	return e->retry.attempts > 0 || e->doubtful;
}

static int
put_journal(struct publishing *p)
{
	struct entry *e = p->e;
	uint64_t end = (uint64_t)e->message.start + e->message.length;
	struct buf b;
	int r = 0;

	buf_init(&b, JOURNAL_MAX);
	if (entry_record_envelope(e, &b) < 0 ||
	    (has_history(e) && entry_record_attempt(e, &b) < 0))
		r = outcome_fail(p->o, FAULT_DATA, STAGE_INPUT,
		    "the envelope is larger than %u octets", JOURNAL_MAX);
	else if (((uint64_t)p->st.st_size > end &&
	    ftruncate(e->message.fd, (off_t)end) != 0) ||
	    qfile_put(e->message.fd, b.data, b.len, end) < 0)
		r = publish_fail(p, "cannot write");
	else
		e->journal_end = end + b.len;
	buf_free(&b);
	return r;
}

static int
complete_file(struct publishing *p)
{
	struct entry *e = p->e;
	const struct timespec t[2] = {
		{ .tv_nsec = UTIME_OMIT }, { .tv_sec = e->next },
	};
	const mode_t mode = p->s->system ? 0660 : 0600;
	char head[STORE_HEAD + 1];
	int fd = e->message.fd;

	e->uid = p->st.st_uid;
	qfile_head(head, e);
	if (file_pwrite(fd, head, STORE_HEAD, 0) != 0)
		return publish_fail(p, "cannot write");
	if (put_journal(p) < 0)
		return -1;
	/* The umask may have taken rights away. */
	if ((p->st.st_mode & 07777) != mode && fchmod(fd, mode) != 0)
		return publish_fail(p, "cannot give rights to");
	if (e->next != 0)
		(void)futimens(fd, t);
	if (file_sync(fd) != 0)
		return publish_fail(p, "cannot sync");
	return 0;
}

/* ---- Its name ------------------------------------------------------------ */

/* 0, or -1 with errno. */
static int
link_file(struct publishing *p)
{
	char self[40];
	int fd = p->e->message.fd, dirfd = p->s->dirfd;

	if (p->way == PUBLISH_PROC) {
		snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
		if (linkat(AT_FDCWD, self, dirfd, p->e->id,
		    AT_SYMLINK_FOLLOW) == 0)
			return 0;
		if (errno != ENOENT)
			return -1;
		p->way = PUBLISH_EMPTY;
	}
	return linkat(fd, "", dirfd, p->e->id, AT_EMPTY_PATH);
}

/* After a link that failed: could a copy fare better? */
static bool
copy_may_help(void)
{
	return errno == ENOENT || errno == EXDEV || errno == EPERM ||
	    errno == EACCES || errno == EOPNOTSUPP || errno == EINVAL ||
	    errno == ENOSYS || errno == EMLINK;
}

static int
name_file(struct publishing *p)
{
	char path[FOLDER_PATH];

	if (!p->renaming) {
		if (link_file(p) == 0)
			return 0;
		if (!copy_may_help())
			return publish_fail(p, "cannot name");
		p->way = PUBLISH_RENAME;
		if (copy_message(p) < 0 || complete_file(p) < 0)
			return -1;
	}
	folder_path(path, STORE_TMP, p->e->id);
	if (folder_rename(p->s->dirfd, path, p->e->id) != 0)
		return publish_fail(p, "cannot name");
	p->renaming = false;
	return 0;
}

/* A file of ours on the directory's file system, unnamed, and of its group
 * where the group matters. */
static bool
can_be_linked(const struct publishing *p)
{
	return p->way != PUBLISH_RENAME && S_ISREG(p->st.st_mode) &&
	    p->st.st_nlink == 0 && p->st.st_dev == p->s->dev &&
	    p->st.st_uid == geteuid() &&
	    (!p->s->system || p->st.st_gid == p->s->gid);
}

static int
publish_steps(struct publishing *p)
{
	struct entry *e = p->e;

	if (fstat(e->message.fd, &p->st) != 0)
		return publish_fail(p, "cannot look at the file of");
	if (!can_be_linked(p)) {
		if (copy_message(p) < 0)
			return -1;
	} else if (file_lock(e->message.fd, false) != 0)
		return publish_fail(p, "cannot lock");
	if (complete_file(p) < 0 || name_file(p) < 0)
		return -1;
	if (file_sync_dir(p->s->dirfd) == 0)
		return 0;
	publish_fail(p, "cannot sync the directory of");
	unlinkat(p->s->dirfd, e->id, 0);
	return -1;
}

int
publish_entry(struct store *s, struct entry *e, enum publish_way first,
    struct outcome *o)
{
	struct publishing p = { .s = s, .e = e, .way = first, .o = o };
	char path[FOLDER_PATH];
	int r;

	if (!folder_is_id(e->id) || e->message.start < STORE_HEAD)
		return outcome_fail(o, FAULT_BUG, STAGE_INPUT,
		    "a message without an id, or without room before it");
	r = publish_steps(&p);
	if (r < 0 && p.renaming) {
		folder_path(path, STORE_TMP, e->id);
		unlinkat(s->dirfd, path, 0);
	}
	return r;
}

int
store_enter(struct store *s, struct entry *e, struct outcome *o)
{
	return publish_entry(s, e, PUBLISH_PROC, o);
}
