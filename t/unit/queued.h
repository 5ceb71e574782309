/* SPDX-License-Identifier: ISC */
/* A queue of a test's own, messages in it, and what is printed of them. */
#ifndef POSTHORN_QUEUED_H
#define POSTHORN_QUEUED_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "front/identity.h"
#include "front/options.h"
#include "front/place.h"
#include "unit.h"

#define QUEUED_HEAD	"From: Jo <jo@example.org>\r\nSubject: hello\r\n\r\n"
#define QUEUED_BODY	"the body\x1b[2J\r\n"
#define QUEUED_CONFIG	"/etc/test.conf"

struct queued {
	char		 path[64];
	struct settings	 settings;
	struct place	 place;
	struct identity	 me;
	struct outcome	 o;
	char		*said;		/* by the last queued_run */
	int		 rc;
};

/* text: what stands in front of the accounts. */
static inline void
queued_open(struct queued *q, const char *text)
{
	char conf[1024];

	memset(q, 0, sizeof(*q));
	strcpy(q->path, "/tmp/posthorn-queued.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(q->path));
	snprintf(conf, sizeof(conf), "%s account \"main\" { host = { "
	    "\"a.example.org\", \"[::1]:26\" } user = \"x\" password = 'x' }\n"
	    "account \"spare\" { host = \"b.example.org\" }\n", text);
	ck_assert_msg(settings_parse(&q->settings, conf, strlen(conf),
	    QUEUED_CONFIG, false, &q->o) == 0, "%s", q->o.text);
	ck_assert_msg(store_open(&q->place.store, q->path, false, &q->o) == 0,
	    "%s", q->o.text);
	q->place.open = true;
	state_open_in(&q->place.state, q->place.store.dirfd, false);
	q->me.uid = getuid();
	q->me.host = q->me.domain = (char *)(uintptr_t)"srv.example.org";
	q->me.daemon = (char *)(uintptr_t)"MAILER-DAEMON@srv.example.org";
}

static inline void
queued_close(struct queued *q)
{
	char command[200];

	free(q->said);
	place_close(&q->place);
	settings_free(&q->settings);
	snprintf(command, sizeof(command), "rm -rf '%s'", q->path);
	ck_assert_int_eq(system(command), 0);
}

/* A message of joe's that arrived `age` seconds ago, to so many recipients;
 * words: of an attempt that failed, or NULL. */
static inline void
queued_enter(struct queued *q, char id[ENTRY_ID], const char *sender,
    size_t recipients, int64_t age, const char *words)
{
	struct message *m;
	struct entry e;
	struct outcome x;
	char address[64];
	size_t i;

	entry_init(&e);
	entry_id(e.id);
	m = &e.message;
	ck_assert_int_eq(message_open(m, q->path, &q->o), 0);
	m->start = 500;
	m->length = strlen(QUEUED_HEAD QUEUED_BODY);
	m->body_length = strlen(QUEUED_BODY);
	m->body = 500 + (off_t)strlen(QUEUED_HEAD);
	ck_assert_int_eq(file_pwrite(m->fd, QUEUED_HEAD QUEUED_BODY,
	    m->length, 500), 0);
	e.config = mem_dup(QUEUED_CONFIG);
	e.account = mem_dup("main");
	e.retry.arrived = clock_now() - age;
	e.next = clock_now() + 100;
	envelope_sender(&e.envelope, sender);
	for (i = 0; i < recipients; i++) {
		snprintf(address, sizeof(address), "to%zu@example.org", i);
		envelope_add(&e.envelope, address, &q->o);
	}
	if (words != NULL) {
		outcome_fail(&x, FAULT_DELAY, STAGE_RCPT, "%s", words);
		outcome_codes(&x, 450, (const uint16_t[3]){ 4, 2, 0 });
		envelope_settle_rest(&e.envelope, &x);
		e.retry.last = clock_now() - 60;
		e.retry.attempts = 2;
	}
	ck_assert_msg(store_enter(&q->place.store, &e, &q->o) == 0, "%s",
	    q->o.text);
	memcpy(id, e.id, ENTRY_ID);
	store_release(&e);
}

/* Everything the call prints on standard output. */
#define QUEUED_SAY(q, call) do { \
	FILE *queued_to = tmpfile(); \
	int queued_old = dup(1); \
	fflush(stdout); \
	ck_assert_int_eq(dup2(fileno(queued_to), 1), 1); \
	(q)->rc = (call); \
	fflush(stdout); \
	dup2(queued_old, 1); \
	close(queued_old); \
	queued_take(q, queued_to); \
} while (0)

static inline void
queued_take(struct queued *q, FILE *from)
{
	struct buf b;

	buf_init(&b, 1u << 24);
	ck_assert_int_eq(lseek(fileno(from), 0, SEEK_SET), 0);
	ck_assert_int_eq(file_slurp(fileno(from), &b), 0);
	fclose(from);
	free(q->said);
	q->said = mem_ndup(b.data, b.len);
	buf_free(&b);
}

static inline bool
queued_said(const struct queued *q, const char *text)
{
	return strstr(q->said, text) != NULL;
}

/* The words of a command line into *op; free by options_free. */
static inline void
queued_options(struct options *op, char *const argv[])
{
	struct outcome o;
	int argc = 0;

	while (argv[argc] != NULL)
		argc++;
	ck_assert_msg(options_parse(op, argc, argv, &o) == 0, "%s", o.text);
}

#endif
