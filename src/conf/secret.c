/* SPDX-License-Identifier: ISC */
/* The password or token of an account, in one locked buffer. */
#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/child.h"
#include "base/file.h"
#include "base/limits.h"
#include "conf/secret.h"

static int
secret_fail(struct outcome *o, const char *what, const char *name,
    const char *words)
{
	return outcome_fail(o, FAULT_CONFIG, STAGE_SECRET, "%s %s %s", what,
	    name, words);
}

/* The text moves into memory that is neither swapped nor dumped. */
static int
secret_keep(struct secret *s, const struct buf *b, struct outcome *o)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size = (b->len / page + 1) * page;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return outcome_errno(o, FAULT_OS, STAGE_SECRET,
		    "no memory for the secret");
	/* Neither is worth failing for: limits may forbid the first. */
	(void)mlock(p, size);
#ifdef MADV_DONTDUMP
	(void)madvise(p, size, MADV_DONTDUMP);
#endif
	memcpy(p, b->data, b->len);
	s->data = p;
	s->len = b->len;
	s->size = size;
	return 0;
}

/* Cuts b to its first line; it must have something in it, and no NUL. */
static int
secret_line(struct buf *b, const char *what, const char *name,
    struct outcome *o)
{
	char *lf = memchr(b->data, '\n', b->len);

	if (lf != NULL)
		b->len = (size_t)(lf - b->data);
	if (b->len > 0 && b->data[b->len - 1] == '\r')
		b->len--;
	if (b->len == 0)
		return secret_fail(o, what, name, "has an empty first line");
	if (memchr(b->data, '\0', b->len) != NULL)
		return secret_fail(o, what, name, "has a NUL in its first "
		    "line");
	b->data[b->len] = '\0';
	return 0;
}

/* The first line of an open file, whose descriptor is closed here. */
static int
secret_read(int fd, struct buf *b, const char *what, const char *name,
    bool judge, struct outcome *o)
{
	struct stat st;
	int r = -1;

	if (fd < 0)
		return outcome_errno(o, FAULT_CONFIG, STAGE_SECRET,
		    "cannot read %s %s", what, name);
	if (fstat(fd, &st) != 0)
		outcome_errno(o, FAULT_CONFIG, STAGE_SECRET,
		    "cannot read %s %s", what, name);
	else if (!S_ISREG(st.st_mode))
		secret_fail(o, what, name, "is not a regular file");
	else if (judge && (st.st_mode & 007) != 0) {
		secret_fail(o, what, name, "is open to everybody");
		outcome_advise(o, "chmod o= %s", name);
	} else if (file_slurp(fd, b) == 0)
		r = secret_line(b, what, name, o);
	else if (errno == EFBIG)
		secret_fail(o, what, name, "is too large for a secret");
	else
		outcome_errno(o, FAULT_CONFIG, STAGE_SECRET,
		    "cannot read %s %s", what, name);
	close(fd);
	return r;
}

#define SECRET_OPEN (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

static int
secret_file(struct buf *b, const char *path, struct outcome *o)
{
	return secret_read(open(path, SECRET_OPEN), b, "password-file", path,
	    true, o);
}

static int
secret_credential(struct buf *b, const char *name, const char *directory,
    struct outcome *o)
{
	struct stat st;
	int dir, r;

	if (directory == NULL || *directory != '/') {
		secret_fail(o, "credential", name, "was not handed in");
		return outcome_advise(o, "the service needs "
		    "LoadCredential=%s:/path (systemd.exec(5))", name);
	}
	dir = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return outcome_errno(o, FAULT_CONFIG, STAGE_SECRET,
		    "cannot open the credentials' directory %s", directory);
	if (fstat(dir, &st) != 0 || (st.st_mode & 022) != 0 ||
	    (st.st_uid != 0 && st.st_uid != geteuid()))
		r = secret_fail(o, "the credentials' directory", directory,
		    "must belong to root or to us, writable by nobody else");
	else
		r = secret_read(openat(dir, name, SECRET_OPEN | O_NOFOLLOW),
		    b, "credential", name, false, o);
	close(dir);
	return r;
}

static int
secret_command(struct buf *b, char *const argv[],
    const char *const child_env[], struct outcome *o)
{
	return child_first_line((const char *const *)argv, child_env, b,
	    LIMIT_CHILD_MS, o);
}

int
secret_open(struct secret *s, const struct account *a,
    const char *credentials, const char *const child_env[],
    struct outcome *o)
{
	const struct secret_source *from = &a->secret;
	struct buf b;
	int r = 0;

	memset(s, 0, sizeof(*s));
	s->token = from->token_command != NULL;
	buf_init(&b, LIMIT_SECRET);
	if (from->password != NULL && buf_puts(&b, from->password) != 0)
		r = secret_fail(o, "the password of account", a->name,
		    "is too long");
	else if (from->password_file != NULL)
		r = secret_file(&b, from->password_file, o);
	else if (from->credential != NULL)
		r = secret_credential(&b, from->credential, credentials, o);
	else if (from->password_command != NULL)
		r = secret_command(&b, from->password_command, child_env, o);
	else if (from->token_command != NULL)
		r = secret_command(&b, from->token_command, child_env, o);
	if (r == 0)
		r = secret_keep(s, &b, o);
	buf_wipe(&b);
	return r;
}

void
secret_close(struct secret *s)
{
	if (s->data != NULL) {
		explicit_bzero(s->data, s->size);
		munmap(s->data, s->size);
	}
	memset(s, 0, sizeof(*s));
}
