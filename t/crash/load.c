/* SPDX-License-Identifier: ISC */
/*
 * Says what is in a queue: for each message one line of length, sum of its
 * octets, reverse-path, recipients that wait, and "doubtful" if it is.
 *
 *	load DIRECTORY
 *
 * Exits 1 when anything else is there: a file that is no whole message, one
 * set aside in failed/, one that is locked.  What lies in tmp/ is nobody's.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/crc.h"
#include "base/file.h"
#include "queue/store.h"

static int
sum(const struct message *m, uint32_t *crc)
{
	char room[8192];
	uint64_t done, n;

	for (*crc = 0, done = 0; done < m->length; done += n) {
		n = m->length - done < sizeof(room) ? m->length - done :
		    sizeof(room);
		if (file_pread(m->fd, room, (size_t)n,
		    m->start + (off_t)done) != 0)
			return -1;
		*crc = crc32c(*crc, room, (size_t)n);
	}
	return 0;
}

static void
show(const struct entry *e, uint32_t crc)
{
	size_t i;

	printf("%" PRIu64 " %08" PRIx32 " %s", e->message.length, crc,
	    e->envelope.sender);
	for (i = 0; i < e->envelope.n; i++)
		if (!e->envelope.rcpt[i].settled)
			printf(" %s", e->envelope.rcpt[i].address);
	printf("%s\n", e->doubtful ? " doubtful" : "");
}

static int
load_one(const struct store *s, const char *id)
{
	struct entry e;
	struct outcome o;
	uint32_t crc;
	int bad;

	switch (store_load(s, STORE_ACTIVE, id, &e, &o)) {
	case STORE_LOADED:
		bad = sum(&e.message, &crc) != 0;
		if (!bad)
			show(&e, crc);
		store_release(&e);
		break;
	default:
		bad = 1;
	}
	if (bad)
		fprintf(stderr, "load: %s: %s\n", id, o.text);
	return bad;
}

int
main(int argc, char **argv)
{
	struct store s;
	struct outcome o;
	struct store_name *names = NULL;
	size_t n = 0, failed = 0, i;
	int bad = 0;

	if (argc != 2 || store_open(&s, argv[1], false, &o) < 0 ||
	    store_list(&s, STORE_FAILED, &names, &failed, &o) < 0)
		return 2;
	free(names);
	if (store_list(&s, STORE_ACTIVE, &names, &n, &o) < 0)
		return 2;
	for (i = 0; i < n; i++)
		bad |= load_one(&s, names[i].id);
	free(names);
	store_close(&s);
	return bad || failed > 0;
}
