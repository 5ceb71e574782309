/* SPDX-License-Identifier: ISC */
/*
 * Puts the message on standard input into a queue.
 *
 *	enter DIRECTORY WAY [PLACE] <MESSAGE
 *
 * WAY is proc, empty or rename; PLACE the directory of the spool, "memory"
 * for none: the queue's without it.  Prints "accepted" and exits 0 only when
 * the queue has it; else says why not and exits 75.
 */
#include <sys/mman.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "queue/publish.h"

static enum publish_way
way_named(const char *name)
{
	if (strcmp(name, "proc") == 0)
		return PUBLISH_PROC;
	return strcmp(name, "empty") == 0 ? PUBLISH_EMPTY : PUBLISH_RENAME;
}

static int
open_spool(struct message *m, const char *place, struct outcome *o)
{
	if (strcmp(place, "memory") != 0)
		return message_open(m, place, o);
	if (message_open(m, NULL, o) < 0)
		return -1;
	close(m->fd);
	m->place = "memory";
	m->fd = memfd_create("message", MFD_CLOEXEC);
	return m->fd < 0 ? outcome_errno(o, FAULT_OS, STAGE_INPUT,
	    "no memory") : 0;
}

static int
read_message(struct entry *e, const char *place, struct outcome *o)
{
	struct input *in = mem_alloc(sizeof(*in));
	struct buf h;
	int r;

	buf_init(&h, LIMIT_HEADER);
	input_open(in, 0, false, 0);
	r = input_header(in, &h, o);
	if (r == 0)
		r = open_spool(&e->message, place, o);
	if (r == 0)
		r = message_body(&e->message, in, h.len, o);
	if (r == 0)
		r = message_header(&e->message, &h, o);
	buf_free(&h);
	mem_wipe(in, 0);
	return r;
}

static int
enter(struct store *s, struct entry *e, const char *way, const char *place,
    struct outcome *o)
{
	if (read_message(e, place, o) < 0)
		return -1;
	entry_id(e->id);
	e->config = mem_dup("/etc/posthorn.conf");
	e->account = mem_dup("main");
	e->retry.arrived = 1700000000;
	envelope_sender(&e->envelope, "joe@example.org");
	envelope_add(&e->envelope, "ann@example.org", o);
	envelope_add(&e->envelope, "bob@example.org", o);
	if (strcmp(way, "proc") == 0)
		return store_enter(s, e, o);
	return publish_entry(s, e, way_named(way), o);
}

int
main(int argc, char **argv)
{
	struct outcome o;
	struct store s;
	struct entry e;
	int r;

	if (argc < 3)
		return 64;
	entry_init(&e);
	r = store_open(&s, argv[1], false, &o);
	if (r == 0) {
		r = enter(&s, &e, argv[2], argc > 3 ? argv[3] : argv[1], &o);
		/* By one call, so that it is said or not. */
		if (r == 0)
			r = file_write(1, "accepted\n", 9);
		else
			fprintf(stderr, "enter: %s\n", o.text);
		store_close(&s);
	} else
		fprintf(stderr, "enter: %s\n", o.text);
	store_release(&e);
	return r == 0 ? 0 : 75;
}
