/* SPDX-License-Identifier: ISC */
/* What a runner lives by: its program and the files of its configuration. */
#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crc.h"
#include "base/log.h"
#include "queue/basis.h"

/* Where our program is: an upgrade puts another one under its name. */
static void
basis_program(char path[PATH_MAX])
{
	static const char gone[] = " (deleted)";
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
	size_t len = n > 0 ? (size_t)n : 0, tail = sizeof(gone) - 1;

	path[len] = '\0';
	if (len > tail && strcmp(path + len - tail, gone) == 0)
		path[len - tail] = '\0';
}

/* The file as it is now; all 0 if there is none. */
static struct settings_file
basis_look(const char *path)
{
	struct settings_file f;
	struct stat st;

	memset(&f, 0, sizeof(f));
	if (stat(path, &st) == 0) {
		f.dev = st.st_dev;
		f.ino = st.st_ino;
		f.size = st.st_size;
		f.mtime = st.st_mtim;
	}
	return f;
}

static bool
basis_same(const struct settings_file *a, const struct settings_file *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	    a->mtime.tv_sec == b->mtime.tv_sec &&
	    a->mtime.tv_nsec == b->mtime.tv_nsec;
}

void
basis_begin(struct basis *b, const struct settings *s, bool set_id)
{
	memset(b, 0, sizeof(*b));
	b->settings = s;
	b->set_id = set_id;
	basis_program(b->program);
	b->code = basis_look(b->program);
}

/* sum: of what there is now. */
static bool
basis_differs(const struct basis *b, uint32_t *sum)
{
	const struct settings *s = b->settings;
	struct settings_file now = basis_look(b->program);
	bool same = basis_same(&now, &b->code);
	size_t i;

	*sum = crc32c(0, &now, sizeof(now));
	for (i = 0; i < s->files_n; i++) {
		now = basis_look(s->files[i].path);
		same = same && basis_same(&now, &s->files[i]);
		*sum = crc32c(*sum, &now, sizeof(now));
	}
	return !same;
}

static bool
basis_executable(const struct basis *b)
{
	struct stat st;

	if (b->program[0] == '\0' || stat(b->program, &st) != 0)
		return false;
	errno = EACCES;
	return S_ISREG(st.st_mode) && access(b->program, X_OK) == 0;
}

/* NULL: it can be used; else what cannot, and *o tells why. */
static const char *
basis_unusable(const struct basis *b, struct outcome *o)
{
	struct settings now;

	if (!basis_executable(b)) {
		outcome_errno(o, FAULT_OS, STAGE_NONE, "cannot execute %s",
		    b->program);
		return "program";
	}
	if (settings_load(&now, b->settings->path, b->set_id, o) < 0)
		return "configuration";
	settings_free(&now);
	return NULL;
}

bool
basis_changed(struct basis *b)
{
	struct outcome o;
	const char *what;
	uint32_t sum;

	if (clock_ms() < b->again)
		return false;
	if (!basis_differs(b, &sum)) {
		b->why[0] = '\0';
		return false;
	}
	what = basis_unusable(b, &o);
	if (what == NULL)
		return true;
	/* What it includes may be none of the files we know: the words tell
	 * that somebody tried to mend it. */
	if (sum != b->refused || strcmp(o.text, b->why) != 0)
		log_note(LOG_ERR, "the %s changed and is not used: %s%s%s",
		    what, o.text, o.advice[0] != '\0' ? "; " : "", o.advice);
	b->refused = sum;
	memcpy(b->why, o.text, sizeof(b->why));
	return false;
}

void
basis_defer(struct basis *b, int64_t seconds)
{
	b->again = clock_deadline(seconds * 1000);
}
