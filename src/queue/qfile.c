/* SPDX-License-Identifier: ISC */
/* One queue file: its first line, its journal, its lock. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/crc.h"
#include "base/file.h"
#include "base/log.h"
#include "queue/qfile.h"

#define MAGIC		"posthorn "
#define VERSION		"1 "
#define READ_CHUNK	8192u		/* of the journal, at least */
#define RECORD_MAX	(1u << 30)
#define WINDOW		8192u		/* a file up to this is read at once */

/* A message on its way from a file into memory. */
struct opening {
	const struct store	*s;
	enum store_folder	 where;
	char			 path[FOLDER_PATH];
	struct entry		*e;
	uint64_t		 size;		/* of the file */
	const char		*why;		/* it is damaged */
	struct outcome		*o;
	char			*window;	/* WINDOW octets, in which */
	size_t			 seen;		/* stand so many of the file */
};

void
qfile_head(char head[STORE_HEAD + 1], const struct entry *e)
{
	int n = snprintf(head, STORE_HEAD + 1,
	    MAGIC VERSION "%s %" PRIu64 " %" PRIu64 " ", e->id,
	    (uint64_t)e->message.start, e->message.length);

	snprintf(head + n, STORE_HEAD + 1 - (size_t)n, "%08" PRIx32 "%*s\n",
	    crc32c(0, head, (size_t)n), STORE_HEAD - n - 8 - 1, "");
}

static enum store_found
opening_fail(struct opening *p, const char *what)
{
	folder_fail(p->o, what, p->s->path, p->path);
	return STORE_ERROR;
}

static enum store_found
opening_damaged(struct opening *p, const char *why)
{
	p->why = why;
	return STORE_DAMAGED;
}

/* Most files are small: one call gets all of it. */
static void
opening_look(struct opening *p)
{
	size_t n = p->size <= WINDOW ? (size_t)p->size : STORE_HEAD;

	p->seen = file_pread(p->e->message.fd, p->window, n, 0) == 0 ? n : 0;
}

/* Reads n octets; what is not there is damage, what cannot be read is not. */
static enum store_found
opening_read(struct opening *p, void *to, size_t n, uint64_t at)
{
	if (at <= p->seen && n <= p->seen - at) {
		memcpy(to, p->window + at, n);
		return STORE_LOADED;
	}
	if (file_pread(p->e->message.fd, to, n, (off_t)at) == 0)
		return STORE_LOADED;
	if (errno == 0)
		return opening_damaged(p, "it is cut short");
	return opening_fail(p, "cannot read");
}

/* A number as we write it and the blank behind it; NULL: it is none. */
static const char *
head_number(const char *s, uint64_t *value)
{
	const char *first = s;

	for (*value = 0; *s >= '0' && *s <= '9'; s++)
		if (__builtin_mul_overflow(*value, 10, value) ||
		    __builtin_add_overflow(*value, (uint64_t)(*s - '0'), value))
			return NULL;
	if (s == first || *s != ' ' || (*first == '0' && s > first + 1))
		return NULL;
	return s + 1;
}

/* The sum of what stands before s, then blanks and the line's end. */
static bool
head_ends(const char *head, const char *s)
{
	uint32_t sum = crc32c(0, head, (size_t)(s - head));
	size_t n = (size_t)(s - head) + 8;
	int shift;

	if (n >= STORE_HEAD)
		return false;
	for (shift = 28; shift >= 0; shift -= 4)
		if (*s++ != "0123456789abcdef"[sum >> shift & 15])
			return false;
	while (n < STORE_HEAD - 1 && head[n] == ' ')
		n++;
	return n == STORE_HEAD - 1 && head[n] == '\n';
}

/* The line must be, octet for octet, what we would write. */
static enum store_found
read_head(struct opening *p)
{
	struct message *m = &p->e->message;
	char head[STORE_HEAD + 1];
	enum store_found f = opening_read(p, head, STORE_HEAD, 0);
	const size_t magic = strlen(MAGIC), id = magic + strlen(VERSION);
	const char *s = head + id + ENTRY_ID;
	uint64_t start;

	if (f != STORE_LOADED)
		return f;
	head[STORE_HEAD] = '\0';
	if (strncmp(head, MAGIC, magic) != 0)
		return opening_damaged(p, "it does not begin as it must");
	if (strncmp(head + magic, VERSION, strlen(VERSION)) != 0 &&
	    head[magic + strspn(head + magic, "0123456789")] == ' ' &&
	    head[magic] != ' ')
		return STORE_FOREIGN;
	if (strncmp(head + magic, VERSION, strlen(VERSION)) != 0 ||
	    s[-1] != ' ' ||
	    (s = head_number(s, &start)) == NULL ||
	    (s = head_number(s, &m->length)) == NULL)
		return opening_damaged(p, "its first line is malformed");
	if (memcmp(head + id, p->e->id, ENTRY_ID - 1) != 0 ||
	    !head_ends(head, s))
		return opening_damaged(p, "its first line is not its own");
	if (start < STORE_HEAD || start > p->size ||
	    m->length > p->size - start)
		return opening_damaged(p, "it is cut short");
	m->start = (off_t)start;
	return STORE_LOADED;
}

/* Makes b, which holds what stands in the file before `end`, hold the whole
 * next line: false when the file has none. */
static bool
journal_fill(struct opening *p, struct buf *b, uint64_t *end,
    enum store_found *f)
{
	uint64_t left = p->size - *end;
	size_t need = b->len > 8 ? jot_length(b->data, b->len) : 9, n;
	char *to;

	if (need <= b->len)
		return need > 0;
	if (need - b->len > left || need > RECORD_MAX)
		return false;
	n = need - b->len > READ_CHUNK ? need - b->len : READ_CHUNK;
	n = n < left ? n : (size_t)left;
	to = buf_room(b, n);
	if (to == NULL || (*f = opening_read(p, to, n, *end)) != STORE_LOADED) {
		/* Cut meanwhile by who holds the lock: that was no record. */
		if (*f == STORE_DAMAGED)
			*f = STORE_LOADED;
		return false;
	}
	b->len += n;
	b->data[b->len] = '\0';
	*end += n;
	return journal_fill(p, b, end, f);
}

/* Takes the good records at the beginning of n octets; how many they are. */
static size_t
apply_records(struct entry *e, const char *p, size_t n)
{
	size_t used = 0, k;
	struct jot j;

	while ((k = jot_read(p + used, n - used, &j)) > 0 &&
	    entry_apply(e, &j) == 0) {
		e->journal_end += k;
		used += k;
	}
	return used;
}

/* A journal of any length, a piece at a time. */
static enum store_found
read_pieces(struct opening *p)
{
	enum store_found f = STORE_LOADED;
	uint64_t end = p->e->journal_end;
	struct buf b;
	size_t n;

	buf_init(&b, RECORD_MAX + READ_CHUNK);
	while (journal_fill(p, &b, &end, &f) &&
	    (n = apply_records(p->e, b.data, b.len)) > 0)
		buf_drop(&b, n);
	buf_free(&b);
	return f;
}

static enum store_found
read_journal(struct opening *p)
{
	struct entry *e = p->e;
	enum store_found f = STORE_LOADED;

	e->journal_end = (uint64_t)e->message.start + e->message.length;
	if (p->seen == p->size)
		apply_records(e, p->window + e->journal_end,
		    p->seen - (size_t)e->journal_end);
	else
		f = read_pieces(p);
	if (f == STORE_LOADED && e->config == NULL)
		f = opening_damaged(p, "its envelope cannot be read");
	return f;
}

/* No link left, or another file at the name: somebody else was done with it
 * between our opening and our lock. */
static enum store_found
still_there(struct opening *p, const struct stat *st)
{
	struct stat now;

	if (st->st_nlink == 0)
		return STORE_GONE;
	if (fstatat(p->s->dirfd, p->path, &now, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? STORE_GONE :
		    opening_fail(p, "cannot look at");
	return now.st_ino == st->st_ino && now.st_dev == st->st_dev ?
	    STORE_LOADED : STORE_GONE;
}

static enum store_found
opening_open(struct opening *p, int flags)
{
	p->e->message.fd = openat(p->s->dirfd, p->path, flags | O_NOFOLLOW |
	    O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (p->e->message.fd >= 0)
		return STORE_LOADED;
	switch (errno) {
	case ENOENT:
		return STORE_GONE;
	case ELOOP:
	case EISDIR:
	case ENXIO:
		return STORE_FOREIGN;
	default:
		return opening_fail(p, "cannot open");
	}
}

static enum store_found
opening_run(struct opening *p, bool lock)
{
	struct entry *e = p->e;
	struct stat st;
	enum store_found f = opening_open(p, lock ? O_RDWR : O_RDONLY);

	if (f != STORE_LOADED)
		return f;
	if (lock && file_lock(e->message.fd, false) != 0)
		return errno == EWOULDBLOCK ? STORE_BUSY :
		    opening_fail(p, "cannot lock");
	if (fstat(e->message.fd, &st) != 0)
		return opening_fail(p, "cannot look at");
	if (!S_ISREG(st.st_mode))
		return STORE_FOREIGN;
	f = lock ? still_there(p, &st) : STORE_LOADED;
	p->size = (uint64_t)st.st_size;
	if (f == STORE_LOADED) {
		opening_look(p);
		f = read_head(p);
	}
	if (f == STORE_LOADED)
		f = read_journal(p);
	e->uid = st.st_uid;
	return f;
}

/* Out of the way, as it is: its lock is ours. */
static void
set_aside(struct opening *p)
{
	char to[FOLDER_PATH];

	if (p->where == STORE_FAILED)
		return;
	folder_path(to, STORE_FAILED, p->e->id);
	if (folder_rename(p->s->dirfd, p->path, to) == 0) {
		log_note(LOG_ERR, "queue: %s/%s is damaged (%s): moved to %s",
		    p->s->path, p->path, p->why, to);
		return;
	}
	log_note(LOG_ERR, "queue: %s/%s is damaged (%s) and cannot be moved "
	    "to %s: %s", p->s->path, p->path, p->why, to, strerror(errno));
}

static enum store_found
opening_entry(const struct store *s, enum store_folder where, const char *id,
    struct entry *e, bool lock, struct outcome *o)
{
	char window[WINDOW];
	struct opening p = { .s = s, .where = where, .e = e, .o = o,
		.window = window };
	enum store_found f = STORE_GONE;

	entry_init(e);
	outcome_clear(o);
	if (folder_is_id(id)) {
		memcpy(e->id, id, sizeof(e->id));
		folder_path(p.path, where, id);
		e->message.place = s->path;
		f = opening_run(&p, lock);
	}
	if (f == STORE_DAMAGED) {
		outcome_fail(o, FAULT_OS, STAGE_INPUT, "%s/%s is damaged: %s",
		    s->path, p.path, p.why);
		if (lock)
			set_aside(&p);
	}
	if (f != STORE_LOADED)
		store_release(e);
	return f;
}

enum store_found
store_load(const struct store *s, enum store_folder where, const char *id,
    struct entry *e, struct outcome *o)
{
	return opening_entry(s, where, id, e, true, o);
}

enum store_found
store_peek(const struct store *s, enum store_folder where, const char *id,
    struct entry *e, struct outcome *o)
{
	return opening_entry(s, where, id, e, false, o);
}

void
store_release(struct entry *e)
{
	message_close(&e->message);
	entry_free(e);
}

int
qfile_put(int fd, const void *p, size_t n, uint64_t at)
{
	ssize_t k;
	int why;

	while ((k = pwrite(fd, p, n, (off_t)at)) < 0 && errno == EINTR)
		;
	if (k >= 0 && (size_t)k == n)
		return 0;
	why = k < 0 ? errno : ENOSPC;
	(void)!ftruncate(fd, (off_t)at);
	errno = why;
	return -1;
}

/* Cuts off what stands behind the last good record.  Not where there is
 * nothing: that would give back the room that is reserved. */
static int
cut_journal(const struct store *s, const struct entry *e, struct outcome *o)
{
	struct stat st;

	if (fstat(e->message.fd, &st) != 0)
		return folder_fail(o, "cannot look at", s->path, e->id);
	if ((uint64_t)st.st_size != e->journal_end &&
	    ftruncate(e->message.fd, (off_t)e->journal_end) != 0)
		return folder_fail(o, "cannot cut", s->path, e->id);
	return 0;
}

static void
hint(const struct entry *e)
{
	const struct timespec t[2] = {
		{ .tv_nsec = UTIME_OMIT }, { .tv_sec = e->next },
	};

	if (e->next != 0)
		(void)futimens(e->message.fd, t);
}

int
store_append(const struct store *s, struct entry *e, const struct buf *b,
    bool sync, struct outcome *o)
{
	int fd = e->message.fd;

	if (cut_journal(s, e, o) < 0)
		return -1;
	if (qfile_put(fd, b->data, b->len, e->journal_end) < 0)
		return folder_fail(o, "cannot write to", s->path, e->id);
	hint(e);
	if (sync && file_sync(fd) != 0) {
		folder_fail(o, "cannot sync", s->path, e->id);
		(void)!ftruncate(fd, (off_t)e->journal_end);
		return -1;
	}
	e->journal_end += b->len;
	return 0;
}

int
store_reserve(const struct store *s, struct entry *e, size_t n,
    struct outcome *o)
{
	int r;

	if (cut_journal(s, e, o) < 0)
		return -1;
	while ((r = fallocate(e->message.fd, FALLOC_FL_KEEP_SIZE,
	    (off_t)e->journal_end, (off_t)n)) != 0 && errno == EINTR)
		;
	if (r != 0 && errno != EOPNOTSUPP && errno != ENOSYS)
		return folder_fail(o, "no room behind", s->path, e->id);
	return 0;
}
