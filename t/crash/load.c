/* SPDX-License-Identifier: ISC */
/*
 * Says what is in a queue: for each message one line of length, sum of its
 * octets, reverse-path, recipients that wait, and "doubtful" if it is.
 *
 *	load DIRECTORY
 *
 * Exits 1 when anything else is there: a file that is no whole message, one
 * set aside in failed/, one that is locked.  What lies in tmp/ is nobody's.
 *
 *	load -
 *
 * For each line of standard input, the path of a queue: such a line for each
 * message in each folder, the folder's name and the message's X-Token (or -)
 * before it; "bad FOLDER ID WORDS" for what is none; and a line "end".
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc.h"
#include "base/file.h"
#include "queue/store.h"

static const struct {
	enum store_folder	 where;
	const char		*name;
} folders[] = {
	{ STORE_ACTIVE, "active" }, { STORE_HOLD, "hold" },
	{ STORE_FAILED, "failed" },
};

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
	    e->envelope.sender[0] != '\0' ? e->envelope.sender : "<>");
	for (i = 0; i < e->envelope.n; i++)
		if (!e->envelope.rcpt[i].settled)
			printf(" %s", e->envelope.rcpt[i].address);
	printf("%s\n", e->doubtful ? " doubtful" : "");
}

static void
show_token(const struct message *m)
{
	static const char field[] = "\nX-Token: ";
	char room[16385];
	size_t n = m->length < 16384 ? (size_t)m->length : 16384;
	const char *p = NULL;

	if (file_pread(m->fd, room, n, m->start) == 0) {
		room[n] = '\0';
		p = strstr(room, field);
	}
	if (p != NULL)
		p += strlen(field);
	printf("%.*s ", p != NULL ? (int)strcspn(p, "\r\n") : 1,
	    p != NULL ? p : "-");
}

static int
load_one(const struct store *s, size_t folder, const char *id, bool token)
{
	struct entry e;
	struct outcome o;
	uint32_t crc;
	int bad = 1;

	if (store_load(s, folders[folder].where, id, &e, &o) == STORE_LOADED) {
		bad = sum(&e.message, &crc) != 0;
		if (!bad && token) {
			printf("%s ", folders[folder].name);
			show_token(&e.message);
		}
		if (!bad)
			show(&e, crc);
		store_release(&e);
	}
	if (bad && token)
		printf("bad %s %s %s\n", folders[folder].name, id, o.text);
	else if (bad)
		fprintf(stderr, "load: %s: %s\n", id, o.text);
	return bad;
}

static int
load_all(const struct store *s, size_t folder, bool token)
{
	struct store_name *names = NULL;
	struct outcome o;
	size_t n = 0, i;
	int bad = 0;

	if (store_list(s, folders[folder].where, &names, &n, &o) < 0) {
		printf("bad %s\n", o.text);
		return 1;
	}
	for (i = 0; i < n; i++)
		bad |= load_one(s, folder, names[i].id, token);
	free(names);
	return bad;
}

/* What is damaged is set aside on the way, and then found there. */
static int
serve(void)
{
	char path[4096];
	struct store s;
	struct outcome o;
	size_t i;

	while (fgets(path, sizeof(path), stdin) != NULL) {
		path[strcspn(path, "\n")] = '\0';
		if (store_open(&s, path, false, &o) == 0) {
			for (i = 0; i < sizeof(folders) / sizeof(folders[0]);
			    i++)
				load_all(&s, i, true);
			store_close(&s);
		} else
			printf("bad %s\n", o.text);
		printf("end\n");
		fflush(stdout);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct store s;
	struct outcome o;
	struct store_name *names = NULL;
	size_t failed = 0;
	int bad;

	if (argc == 2 && strcmp(argv[1], "-") == 0)
		return serve();
	if (argc != 2 || store_open(&s, argv[1], false, &o) < 0 ||
	    store_list(&s, STORE_FAILED, &names, &failed, &o) < 0)
		return 2;
	free(names);
	bad = load_all(&s, 0, false);
	store_close(&s);
	return bad || failed > 0;
}
