/* SPDX-License-Identifier: ISC */
/* From a file's name to complete settings. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "conf/draft.h"
#include "conf/grammar.h"
#include "conf/settings.h"
#include "conf/settle.h"
#include "conf/conffile.h"

/* Takes the file; the settings are complete, or empty again. */
static int
load_file(struct settings *s, struct conffile *src, bool set_id,
    struct outcome *o)
{
	struct draft d = { .s = s, .set_id = set_id, .file = src->path,
	    .o = o };
	int r;

	settings_init(s);
	s->path = mem_dup(src->path);
	r = grammar_parse(&d, src);
	if (r == 0)
		r = settle_settings(&d);
	draft_free(&d);
	conffile_close(src);
	if (r != 0)
		settings_free(s);
	return r;
}

/* The path made absolute; the caller frees.  NULL: errno is set. */
static char *
load_absolute(const char *path)
{
	char here[PATH_MAX];
	struct buf b;
	char *whole = NULL;

	if (*path == '/')
		return mem_dup(path);
	if (getcwd(here, sizeof(here)) == NULL)
		return NULL;
	buf_init(&b, PATH_MAX);
	if (buf_printf(&b, "%s/%s", strcmp(here, "/") == 0 ? "" : here,
	    path) == 0)
		whole = mem_dup(b.data);
	else
		errno = ENAMETOOLONG;
	buf_free(&b);
	return whole;
}

int
settings_load(struct settings *s, const char *path, bool set_id,
    struct outcome *o)
{
	struct conffile src;
	char *whole = load_absolute(path);
	int r;

	memset(s, 0, sizeof(*s));
	if (whole == NULL)
		return outcome_errno(o, FAULT_CONFIG, STAGE_CONFIG,
		    "cannot find %s", path);
	r = conffile_open(&src, whole, o);
	free(whole);
	return r == 0 ? load_file(s, &src, set_id, o) : -1;
}

int
settings_parse(struct settings *s, const char *text, size_t n,
    const char *name, bool set_id, struct outcome *o)
{
	struct conffile src;

	conffile_memory(&src, name, text, n);
	return load_file(s, &src, set_id, o);
}
