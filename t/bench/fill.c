/* SPDX-License-Identifier: ISC */
/*
 * Fills a queue with messages that have been tried once, without syncing.
 *
 *	fill DIRECTORY COUNT [OCTETS]
 *
 * OCTETS is the length of each message, 2,000 without it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "queue/qfile.h"

#define HEADER	"From: joe@example.org\r\nTo: ann@example.org\r\n" \
	"Subject: one of many\r\n\r\n"
#define START	1320

static void
make_entry(struct entry *e, size_t octets, long i)
{
	struct outcome o;
	char address[64];

	entry_init(e);
	entry_id(e->id);
	e->config = mem_dup("/etc/posthorn.conf");
	e->account = mem_dup("main");
	e->uid = getuid();
	e->message.start = START;
	e->message.length = octets;
	e->message.body_length = octets - strlen(HEADER);
	e->message.utf8 = true;
	e->message.longest = 60;
	e->retry.arrived = clock_now() - 3600 - i % 86400;
	e->retry.last = clock_now() - 60;
	e->retry.attempts = 3;
	e->next = clock_now() + i % 3600;
	envelope_sender(&e->envelope, "joe@example.org");
	snprintf(address, sizeof(address), "user%ld@example.org", i);
	envelope_add(&e->envelope, address, &o);
	outcome_fail(&o, FAULT_NETWORK, STAGE_CONNECT,
	    "cannot connect to smtp.example.org:587: Connection refused");
	envelope_settle_rest(&e->envelope, &o);
}

static int
write_entry(int dirfd, const struct entry *e, const char *octets)
{
	char head[STORE_HEAD + 1];
	struct buf b;
	int fd, r;

	buf_init(&b, 1u << 24);
	qfile_head(head, e);
	r = buf_add(&b, head, STORE_HEAD);
	memset(buf_room(&b, START - STORE_HEAD), 0, START - STORE_HEAD);
	b.len = START;
	if (r < 0 || buf_add(&b, octets, e->message.length) < 0 ||
	    entry_record_envelope(e, &b) < 0 ||
	    entry_record_attempt(e, &b) < 0)
		return -1;
	fd = openat(dirfd, e->id, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    0600);
	r = fd < 0 ? -1 : file_write(fd, b.data, b.len);
	if (fd >= 0)
		close(fd);
	buf_free(&b);
	return r;
}

int
main(int argc, char **argv)
{
	size_t octets = argc > 3 ? strtoul(argv[3], NULL, 10) : 2000;
	long i, n = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
	struct outcome o;
	struct store s;
	struct entry e;
	char *text;
	int r = 0;

	if (argc < 3 || octets < 200)
		return 64;
	if (store_open(&s, argv[1], false, &o) < 0) {
		fprintf(stderr, "fill: %s\n", o.text);
		return 1;
	}
	text = mem_alloc(octets);
	memset(text, 'x', octets);
	memcpy(text, HEADER, strlen(HEADER));
	memcpy(text + octets - 2, "\r\n", 2);
	for (i = 0; i < n && r == 0; i++) {
		make_entry(&e, octets, i);
		r = write_entry(s.dirfd, &e, text);
		entry_free(&e);
	}
	free(text);
	store_close(&s);
	if (r < 0)
		perror("fill");
	return r < 0;
}
