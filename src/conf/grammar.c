/* SPDX-License-Identifier: ISC */
/* The table of keys becomes libconfuse's tables, a file what they say. */
#include <assert.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <confuse.h>

#include "base/limits.h"
#include "base/mem.h"
#include "conf/assign.h"
#include "conf/grammar.h"
#include "conf/queuekeys.h"
#include "conf/settle.h"
#include "conf/traps.h"
#include "conf/value.h"

/* Appended to every file: only if it is then found *set* at the top level was
 * the whole file read as such.  Its name is in no table of ours. */
#define SENTINEL "posthorn-end"
#define SENTINEL_TEXT "\n" SENTINEL " = \"reached\"\n"

/* An option that no file can name: it takes our state to the callbacks, for
 * which libconfuse has no argument. */
#define STATE "\n"

/* One run of the parser. */
struct grammar {
	struct draft	*d;
	const struct conffile *src;	/* being read */
	unsigned	 depth;		/* of includes */
	bool		 ended;		/* this file's sentinel was set */
	bool		 failed;	/* the outcome has the words */
	const cfg_opt_t	*option;	/* last assigned, and how many values */
	unsigned	 values;
};

static struct grammar *
grammar_state(cfg_t *cfg)
{
	cfg_opt_t *opt = cfg_getopt(cfg, STATE);

	assert(opt != NULL);
	return (struct grammar *)(void *)opt->simple_value.ptr;
}

/* libconfuse's own complaints. */
static void __attribute__((format(printf, 2, 0)))
grammar_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	struct grammar *g = grammar_state(cfg);
	char words[256];

	if (g->failed)
		return;
	g->failed = true;
	vsnprintf(words, sizeof(words), fmt, ap);
	draft_fail(g->d, cfg->line, "%s", words);
}

/* An option of an account: the account begins with its first one. */
static int
grammar_account(struct grammar *g, cfg_t *section)
{
	const char *title = cfg_title(section);

	if (g->d->a != NULL)
		return 0;
	if (title == NULL || *title == '\0' || value_has_control(title))
		return draft_fail(g->d, g->d->line, "an account needs a "
		    "name without control characters");
	draft_account(g->d, title);
	return 0;
}

static int
grammar_assign(struct grammar *g, const struct key *k, cfg_opt_t *opt)
{
	const char *v[ASSIGN_VALUES];
	unsigned n = cfg_opt_size(opt), i;

	if (n > ASSIGN_VALUES)
		return draft_fail(g->d, g->d->line,
		    "%s has more than %d values", k->name, ASSIGN_VALUES);
	for (i = 0; i < n; i++)
		v[i] = cfg_opt_getnstr(opt, i);
	if (g->option != opt)
		g->values = 0;
	g->option = opt;
	while (g->values < n)
		if (assign(g->d, k, v, ++g->values) != 0)
			return -1;
	if (k->kind == KIND_SECRET && n > 0)
		explicit_bzero(opt->values[0]->string, strlen(v[0]));
	return 0;
}

static enum section
grammar_section(cfg_t *cfg)
{
	int s;

	for (s = SECTIONS - 1; s > SECTION_TOP; s--)
		if (strcmp(keys_section((enum section)s), cfg_name(cfg)) == 0)
			break;
	return (enum section)s;
}

/* libconfuse has set a value. */
static int
grammar_value(cfg_t *cfg, cfg_opt_t *opt)
{
	struct grammar *g = grammar_state(cfg);
	enum section section = grammar_section(cfg);
	const char *name = cfg_opt_name(opt);
	const struct key *k = keys_find(section, name, strlen(name));

	assert(k != NULL);
	g->d->line = cfg->line;
	if ((section == SECTION_ACCOUNT && grammar_account(g, cfg) != 0) ||
	    grammar_assign(g, k, opt) != 0)
		g->failed = true;
	return g->failed ? -1 : 0;
}

/* libconfuse has read a section to its end. */
static int
grammar_section_end(cfg_t *cfg, cfg_opt_t *opt)
{
	struct grammar *g = grammar_state(cfg);
	cfg_t *section = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
	enum section which = grammar_section(section);

	g->d->line = cfg->line;
	if (which == SECTION_ACCOUNT &&
	    (grammar_account(g, section) != 0 || settle_account(g->d) != 0))
		g->failed = true;
	if (which == SECTION_QUEUE && queuekeys_settle(g->d) != 0)
		g->failed = true;
	return g->failed ? -1 : 0;
}

static int
grammar_sentinel(cfg_t *cfg, cfg_opt_t *opt)
{
	(void)opt;
	grammar_state(cfg)->ended = true;
	return 0;
}

/* One file, the first or an included one. */
static int
grammar_file(struct grammar *g, cfg_t *cfg, struct conffile *src)
{
	struct draft *d = g->d;
	bool secret = false;
	FILE *f;
	int r;

	draft_file(d, src);
	g->src = src;
	if (traps_check(d, &src->text, &secret) != 0 ||
	    (secret && conffile_secret(src, d->o) != 0))
		return -1;
	src->text.max += sizeof(SENTINEL_TEXT);
	buf_puts(&src->text, SENTINEL_TEXT);
	f = fmemopen(src->text.data, src->text.len, "r");
	if (f == NULL)
		return outcome_errno(d->o, FAULT_OS, STAGE_CONFIG,
		    "cannot read %s", src->path);
	cfg->filename = mem_dup(src->path);
	g->ended = false;
	r = cfg_parse_fp(cfg, f);
	fclose(f);
	free(cfg->filename);
	cfg->filename = NULL;
	if (r == CFG_SUCCESS && g->ended)
		return 0;
	if (!g->failed)
		draft_fail(d, cfg->line, "the file ends too early");
	g->failed = true;
	return -1;
}

/* Words of a file that cannot be included, behind the place that names it. */
static int
grammar_blame(struct grammar *g, int line, const char *file)
{
	char words[LIMIT_WORDS], advice[LIMIT_ADVICE];

	memcpy(words, g->d->o->text, sizeof(words));
	memcpy(advice, g->d->o->advice, sizeof(advice));
	g->d->file = file;
	draft_fail(g->d, line, "include: %s", words);
	return outcome_advise(g->d->o, "%s", advice);
}

static int
grammar_nested(struct grammar *g, cfg_t *cfg, const char *name)
{
	const struct conffile *outer = g->src;
	struct conffile src;
	char *file = cfg->filename, *path = conffile_relative(outer, name);
	int line = cfg->line, r;

	r = conffile_open(&src, path, g->d->o);
	free(path);
	if (r != 0)
		return grammar_blame(g, line, outer->path);
	cfg->filename = NULL;
	r = grammar_file(g, cfg, &src);
	cfg->filename = file;
	cfg->line = line;
	if (r != 0)	/* the words name the file; that one may go now */
		g->failed = true;
	conffile_close(&src);
	g->ended = false;
	g->src = outer;
	g->d->file = outer->path;
	return r;
}

static int
grammar_include(cfg_t *cfg, cfg_opt_t *opt, int argc, const char **argv)
{
	struct grammar *g = grammar_state(cfg);
	int r;

	(void)opt;
	if (argc != 1 || *argv[0] == '\0' || value_has_control(argv[0]))
		r = draft_fail(g->d, cfg->line, "include needs one file, as "
		    "in include(\"accounts.conf\")");
	else if (g->depth == LIMIT_INCLUDE)
		r = draft_fail(g->d, cfg->line, "include: more than %u files "
		    "deep (does a file include itself?)", LIMIT_INCLUDE);
	else {
		g->depth++;
		r = grammar_nested(g, cfg, argv[0]);
		g->depth--;
	}
	g->failed = r != 0;
	return r;
}

/* One row of ours as libconfuse's. */
static cfg_opt_t
grammar_option(const struct key *k, cfg_opt_t *sections[SECTIONS])
{
	cfg_opt_t opt = { .name = k->name, .flags = CFGF_NODEFAULT };

	if (k->kind == KIND_SECTION) {
		opt.type = CFGT_SEC;
		opt.flags = k->opens != SECTION_ACCOUNT ? CFGF_NONE :
		    CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES;
		opt.subopts = sections[k->opens];
		opt.validcb = grammar_section_end;
	} else if (k->kind == KIND_INCLUDE) {
		opt.type = CFGT_FUNC;
		opt.flags = CFGF_NONE;
		opt.func = grammar_include;
	} else {
		opt.type = CFGT_STR;
		opt.flags |= k->list ? CFGF_LIST : CFGF_NONE;
		opt.validcb = grammar_value;
	}
	return opt;
}

/* The options of one section, ended by an empty one. */
static void
grammar_options(struct grammar *g, enum section section, cfg_opt_t *to,
    cfg_opt_t *sections[SECTIONS])
{
	const cfg_opt_t end = CFG_END();
	size_t i, n = 0;

	for (i = 0; i < KEYS; i++)
		if (keys[i].section == section &&
		    keys[i].kind != KIND_UNBUILT)
			to[n++] = grammar_option(&keys[i], sections);
	if (section == SECTION_TOP)
		to[n++] = (cfg_opt_t){ .name = SENTINEL, .type = CFGT_STR,
		    .flags = CFGF_NODEFAULT, .validcb = grammar_sentinel };
	to[n++] = (cfg_opt_t){ .name = STATE, .type = CFGT_PTR,
	    .flags = CFGF_NODEFAULT, .simple_value.ptr = (void **)(void *)g };
	to[n] = end;
}

int
grammar_parse(struct draft *d, struct conffile *src)
{
	struct grammar g = { .d = d };
	cfg_opt_t options[SECTIONS][KEYS + 3];
	cfg_opt_t *sections[SECTIONS] = { NULL };
	cfg_t *cfg;
	int s, r;

	for (s = SECTIONS - 1; s >= 0; s--) {
		sections[s] = options[s];
		grammar_options(&g, (enum section)s, options[s], sections);
	}
	cfg = cfg_init(options[SECTION_TOP], CFGF_NONE);
	if (cfg == NULL)
		return outcome_errno(d->o, FAULT_OS, STAGE_CONFIG,
		    "cannot read %s", src->path);
	/* It takes the caller's locale, which is no business of ours. */
	setlocale(LC_ALL, "C");
	cfg_set_error_function(cfg, grammar_error);
	r = grammar_file(&g, cfg, src);
	cfg_free(cfg);
	return r;
}
