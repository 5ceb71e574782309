/* SPDX-License-Identifier: ISC */
/*
 * Any client of -bs and -bS.  First octet: bits 0 batch, 1 a limit of 300
 * octets a message, 2 no domain for bare names.  Then what the client says.
 */
#include <sys/mman.h>

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/file.h"
#include "front/server.h"

#define CONF	"queue { runner = \"external\" } account \"main\" { host = " \
	"\"a.example.org\" }"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/dev/shm/posthorn-fuzz.XXXXXX";

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
leave(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	if (system(command) != 0)
		_exit(1);
}

/* Messages in the queue, which is empty then. */
static size_t
taken(const struct store *s)
{
	struct store_name *names;
	struct outcome o;
	char file[ENTRY_ID + 1];
	size_t n, i;

	must(store_list(s, STORE_ACTIVE, &names, &n, &o) == 0);
	for (i = 0; i < n; i++) {
		snprintf(file, sizeof(file), "%s", names[i].id);
		must(unlinkat(s->dirfd, file, 0) == 0);
	}
	free(names);
	return n;
}

/* How many ends of a message there could be at all. */
static size_t
ends(const char *p, size_t n)
{
	size_t i, count = 0;

	for (i = 0; i < n; i++)
		count += (n - i >= 5 && memcmp(p + i, "\r\n.\r\n", 5) == 0) ||
		    (n - i >= 3 && memcmp(p + i, "\n.\n", 3) == 0) ||
		    (n - i >= 4 && strncasecmp(p + i, "last", 4) == 0);
	return count;
}

/* Replies are lines of printable ASCII; how many say that a message is
 * queued. */
static size_t
replies(const char *p, bool batch)
{
	const char *end;
	size_t count = 0;

	must(!batch || *p == '\0');
	for (; *p != '\0'; p = end + 2) {
		end = strstr(p, "\r\n");
		must(end != NULL && end - p >= 4 && end - p <= 510);
		must(p[0] >= '2' && p[0] <= '5' && (p[3] == ' ' ||
		    p[3] == '-'));
		count += strncmp(p, "250 2.0.0 queued as ", 20) == 0;
		for (; p < end; p++)
			must(*p >= ' ' && *p <= '~');
	}
	return count;
}

/* One client; everything else stays from one to the next. */
static void
serve(const struct call *c, const char *p, size_t n)
{
	const bool batch = c->options->mode == MODE_BATCH;
	int in = memfd_create("in", 0), out = memfd_create("out", 0), r;
	struct outcome o;
	struct buf b;
	size_t got, said;

	must(file_pwrite(in, p, n, 0) == 0);
	r = server_speak(c, in, out, -1, &o);
	must(r == (o.fault == FAULT_NONE ? 0 : -1));
	must(lseek(out, 0, SEEK_SET) == 0);
	buf_init(&b, 1 << 26);
	must(file_slurp(out, &b) == 0);
	got = taken(&c->place->store);
	said = replies(b.data, batch);
	must(batch || said == got);
	must(got <= ends(p, n));
	buf_free(&b);
	close(in);
	close(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct settings settings;
	static struct place place = { .state.dirfd = -1 };
	static char *argv[] = { (char *)(uintptr_t)"posthorn",
	    (char *)(uintptr_t)"-bs", NULL };
	struct surroundings from = { 0 };
	struct identity me = { .user = (char *)(uintptr_t)"jo",
		.host = (char *)(uintptr_t)"srv.example.org",
		.domain = (char *)(uintptr_t)"example.org",
		.daemon = (char *)(uintptr_t)"MAILER-DAEMON@example.org" };
	struct options op;
	struct outcome o;
	struct call c = { &op, &from, &settings, &me, &place };

	if (size < 1)
		return 0;
	if (!place.open) {
		must(mkdtemp(folder) != NULL && atexit(leave) == 0);
		must(settings_parse(&settings, CONF, strlen(CONF), "/x", false,
		    &o) == 0);
		must(store_open(&place.store, folder, false, &o) == 0);
		place.open = true;
	}
	must(options_parse(&op, 2, argv, &o) == 0);
	op.quiet = true;
	op.mode = (data[0] & 1) != 0 ? MODE_BATCH : MODE_SMTP;
	settings.max_message_size = (data[0] & 2) != 0 ? 300 : 0;
	me.qualifies = (data[0] & 4) == 0;
	serve(&c, (const char *)data + 1, size - 1);
	options_free(&op);
	return 0;
}
