/* SPDX-License-Identifier: ISC */
/*
 * Works on the one message in a queue as deliveries and tools do.
 *
 *	act DIRECTORY FOLDER STEP...
 *
 * FOLDER: active, hold or failed.  Steps, of which each says what it did when
 * it is done ("did STEP"):
 *
 *	doubt		a doubt record, and room behind it
 *	taken=ADDRESS	the recipient's mail is delivered
 *	later=ADDRESS	it was refused for now
 *	attempt		the record of how the attempt ended; not synced
 *	sync		the same, synced
 *	remove, settle	unlinks it; syncs the directory
 *	active, hold, failed	moves it there
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "queue/store.h"

struct act {
	struct store		 s;
	struct entry		 e;
	enum store_folder	 where;
	struct outcome		 o;
};

static enum store_folder
folder_named(const char *name)
{
	if (strcmp(name, "hold") == 0)
		return STORE_HOLD;
	return strcmp(name, "failed") == 0 ? STORE_FAILED : STORE_ACTIVE;
}

static int
settle(struct act *a, const char *address, bool taken)
{
	struct outcome o;
	size_t i;

	outcome_clear(&o);
	if (!taken)
		outcome_fail(&o, FAULT_NETWORK, STAGE_CONNECT, "%s",
		    "not now");
	for (i = 0; i < a->e.envelope.n; i++)
		if (strcmp(a->e.envelope.rcpt[i].address, address) == 0) {
			envelope_settle(&a->e.envelope, i, &o);
			return 0;
		}
	return outcome_fail(&a->o, FAULT_BUG, STAGE_INPUT, "nobody");
}

static int
append(struct act *a, bool doubt, bool sync)
{
	struct buf b;
	int r;

	buf_init(&b, 65536);
	a->e.retry.last = 1700000100;
	if (!doubt)
		a->e.retry.attempts++;
	r = doubt ? entry_record_doubt(&a->e, 1700000100, &b) :
	    entry_record_attempt(&a->e, &b);
	if (r == 0)
		r = store_append(&a->s, &a->e, &b, sync, &a->o);
	if (r == 0 && doubt)
		r = store_reserve(&a->s, &a->e, 4096, &a->o);
	buf_free(&b);
	return r;
}

static int
step(struct act *a, const char *what)
{
	enum store_folder to;
	int r;

	if (strncmp(what, "taken=", 6) == 0 || strncmp(what, "later=", 6) == 0)
		return settle(a, what + 6, what[0] == 't');
	if (strcmp(what, "doubt") == 0)
		return append(a, true, false);
	if (strcmp(what, "attempt") == 0 || strcmp(what, "sync") == 0)
		return append(a, false, what[0] == 's');
	if (strcmp(what, "remove") == 0)
		return store_remove(&a->s, &a->e, a->where, &a->o);
	if (strcmp(what, "settle") == 0)
		return store_settle(&a->s, &a->o);
	to = folder_named(what);
	r = store_move(&a->s, &a->e, a->where, to, &a->o);
	if (r == 0)
		a->where = to;
	return r;
}

static int
steps(struct act *a, char **what)
{
	char said[128];
	int n;

	for (; *what != NULL; what++) {
		if (step(a, *what) < 0)
			return -1;
		n = snprintf(said, sizeof(said), "did %s\n", *what);
		if (file_write(1, said, (size_t)n) != 0)
			return -1;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct act a;
	struct store_name *names;
	size_t n;
	int r = -1;

	if (argc < 4 || store_open(&a.s, argv[1], false, &a.o) < 0)
		return 64;
	a.where = folder_named(argv[2]);
	if (store_list(&a.s, a.where, &names, &n, &a.o) < 0 || n != 1)
		return 64;
	if (store_load(&a.s, a.where, names[0].id, &a.e, &a.o) ==
	    STORE_LOADED) {
		r = steps(&a, argv + 3);
		store_release(&a.e);
	}
	if (r < 0)
		fprintf(stderr, "act: %s\n", a.o.text);
	free(names);
	store_close(&a.s);
	return r < 0 ? 75 : 0;
}
