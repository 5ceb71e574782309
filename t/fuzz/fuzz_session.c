/* SPDX-License-Identifier: ISC */
/*
 * Messages to any server, without TLS: greeting to QUIT.  First octet: bits
 * 0-1 pipeline (0, 3: safe), 2 a login, 3 nothing, 4 three recipients,
 * 5 one that is not ASCII, 6 an 8-bit body, 7 AUTH as configured.  Then what
 * the server says: behind each '|' what it says one flight later.
 */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "smtp/path.h"
#include "smtp/transaction.h"

#define MARK	"clementine"
#define STEPS	1000000u	/* of the stream; more is no end */

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct server {
	const char	*from, *at, *end;	/* said, said so far */
	size_t		 may;		/* flights that came */
	size_t		 past;		/* '|' passed */
	unsigned	 steps;
	bool		 safe, login;
	bool		 marked;	/* octets of the message came */
	struct buf	 heard;
};

static void
must(bool holds)
{
	if (!holds)
		abort();
}

/* Has the server said a line that begins so? */
static bool
said(const struct server *x, const char *code)
{
	const char *p;

	for (p = x->from; p + 3 <= x->at; p++)
		if ((p == x->from || p[-1] == '\n' || p[-1] == '|') &&
		    memcmp(p, code, 3) == 0)
			return true;
	return false;
}

static ssize_t
server_read(void *ctx, void *p, size_t n, short *wait)
{
	struct server *x = ctx;
	char *to = p;
	size_t k = 0;

	must(++x->steps < STEPS);
	while (x->at < x->end && k < n) {
		if (*x->at == '|') {
			if (x->past >= x->may)
				break;
			x->past++;
			x->at++;
			continue;
		}
		to[k++] = *x->at++;
	}
	if (k > 0 || x->at == x->end)
		return (ssize_t)k;
	*wait = POLLIN;
	errno = EAGAIN;
	return -1;
}

static ssize_t
server_write(void *ctx, const void *p, size_t n, short *wait)
{
	struct server *x = ctx;

	(void)wait;
	must(++x->steps < STEPS);
	must(buf_add(&x->heard, p, n) == 0);
	if (strstr(x->heard.data, MARK) == NULL)
		return (ssize_t)n;
	x->marked = true;
	/* No octet of the message before its turn. */
	must(!x->login || said(x, "235"));
	must(!x->safe || said(x, "354"));
	return (ssize_t)n;
}

static int
server_flush(void *ctx, short *wait)
{
	struct server *x = ctx;

	(void)wait;
	x->may++;
	return 0;
}

static const struct stream_ops server_ops = {
	.read = server_read, .write = server_write, .flush = server_flush,
};

static void
message_make(struct message *m, bool eightbit)
{
	static int fd = -1;
	static const char text[] = "H: v\r\n\r\n." MARK "\r\n.\r\nend\r\n";

	if (fd == -1) {
		char name[] = "/tmp/fuzz_session.XXXXXX";

		fd = mkstemp(name);
		must(fd >= 0);
		unlink(name);
		must(file_write(fd, text, sizeof(text) - 1) == 0);
	}
	memset(m, 0, sizeof(*m));
	m->fd = fd;
	m->length = sizeof(text) - 1;
	m->eightbit = eightbit;
}

static void
envelope_make(struct envelope *e, unsigned how)
{
	struct outcome o;

	envelope_init(e);
	envelope_sender(e, "s@example.org");
	must(envelope_add(e, "a@example.org", &o) == 0);
	if ((how & 0x10) != 0)
		must(envelope_add(e, "b@example.org", &o) == 0 &&
		    envelope_add(e, "c@example.org", &o) == 0);
	if ((how & 0x20) != 0)
		must(envelope_add(e, "\303\274@example.org", &o) == 0);
}

static size_t
unsettled(const struct envelope *e)
{
	size_t i, n = 0;

	for (i = 0; i < e->n; i++)
		n += !e->rcpt[i].settled;
	return n;
}

/* What one phase came to: 0, or -1 with words. */
static int
judged(int r, const struct outcome *o)
{
	if (r >= 0)
		return 0;
	must(o->fault != FAULT_NONE && o->text[0] != '\0');
	must(o->verdict != VERDICT_DELIVERED);
	return -1;
}

/* The transactions of one message, the last one with the first of next behind
 * it; each gets on, or the session ends (-1). */
static int
talk_one(struct session *s, const struct message *m, struct transaction *t,
    struct envelope *e, struct transaction *next, struct envelope *after)
{
	struct outcome o;
	size_t left;
	int r = 0;

	while (r == 0 && (left = unsettled(e)) > 0) {
		if (!t->begun) {
			if (!transaction_more(s) ||
			    path_possible(s, m, e, &o) < 0)
				return 0;
			transaction_end(t);
			transaction_init(t, s, m, e,
			    e->utf8 && s->line.caps.utf8);
		}
		r = transaction_begin(t, &o);
		must(judged(r, &o) == (r < 0 ? -1 : 0));
		if (r == TRANSACTION_READY && next != NULL &&
		    transaction_last(t) &&
		    path_possible(s, m, after, &o) == 0) {
			transaction_end(next);
			transaction_init(next, s, m, after,
			    after->utf8 && s->line.caps.utf8);
			next->recorded = m->eightbit;
			r = transaction_send(t, next, &o);
		} else if (r == TRANSACTION_READY)
			r = transaction_send(t, NULL, &o);
		must(judged(r, &o) == (r < 0 ? -1 : 0));
		transaction_end(t);
		must(r < 0 || unsettled(e) < left);
		must(next == NULL || !next->begun || unsettled(e) == 0);
	}
	return r;
}

static void
talk(struct session *s, const struct message *m, struct envelope e[2])
{
	struct transaction t[2];
	int r;

	memset(t, 0, sizeof(t));
	r = talk_one(s, m, &t[0], &e[0], &t[1], &e[1]);
	must(r == 0 || !t[1].begun);
	must(t[1].begun || !t[0].begun);
	if (r == 0 && (t[1].begun || transaction_more(s)))
		r = talk_one(s, m, &t[1], &e[1], NULL, NULL);
	transaction_end(&t[0]);
	transaction_end(&t[1]);
	if (r < 0)
		session_drop(s);
	else
		session_close(s, 0);
}

static void
settled(const struct envelope *e, const struct server *x)
{
	size_t i;

	for (i = 0; i < e->n; i++) {
		if (!e->rcpt[i].settled)
			continue;
		must(e->rcpt[i].verdict != VERDICT_DELIVERED || x->marked);
		must(!e->rcpt[i].in_doubt || x->marked);
	}
	/* Nothing of the message became a line of its own. */
	must(strstr(x->heard.data, "\r\n" MARK) == NULL);
}

static void
account_make(struct account *a, struct host *h, char *allowed[],
    unsigned how)
{
	memset(a, 0, sizeof(*a));
	memset(h, 0, sizeof(*h));
	h->name = (char *)(uintptr_t)"mx.example.org";
	h->port = 587;
	a->hosts = h;
	a->hosts_n = 1;
	a->tls = TLS_OFF;
	a->pipeline = (how & 3) == 1 ? PIPELINE_FULL :
	    (how & 3) == 2 ? PIPELINE_OFF : PIPELINE_SAFE;
	a->user = (how & 4) != 0 ? (char *)(uintptr_t)"robot" : NULL;
	a->auth = (how & 0x84) == 0x84 ? allowed : NULL;
	a->timeout = a->connect_timeout = a->final_timeout = 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char *allowed[] = { (char *)(uintptr_t)"PLAIN",
	    (char *)(uintptr_t)"LOGIN", NULL };
	static const struct state none = { .dirfd = -1 };
	static struct session s;
	struct secret secret = { .data = (char *)(uintptr_t)"tangerine" };
	struct session_params p = { .secret = &secret, .state = &none };
	struct server x = { .from = (const char *)data + 1 };
	struct account a;
	struct envelope e[2];
	struct message m;
	struct outcome o;
	struct host h;

	if (size < 1)
		return 0;
	x.at = x.from;
	x.end = x.from + size - 1;
	x.login = (data[0] & 4) != 0;
	x.safe = (data[0] & 3) != 1;
	buf_init(&x.heard, 1 << 22);
	account_make(&a, &h, allowed, data[0]);
	secret.len = x.login ? 9 : 0;
	message_make(&m, (data[0] & 0x40) != 0);
	envelope_make(&e[0], data[0]);
	envelope_make(&e[1], data[0]);
	p.account = &a;
	p.host = &h;
	p.ehlo_name = "client.example.org";
	p.connected = stream_new(&server_ops, &x, -1);
	if (session_open(&s, &p, &o) == 0)
		talk(&s, &m, e);
	else
		must(o.fault != FAULT_NONE && o.text[0] != '\0');
	settled(&e[0], &x);
	settled(&e[1], &x);
	must(s.line.d.stream == NULL);
	envelope_free(&e[0]);
	envelope_free(&e[1]);
	buf_free(&x.heard);
	return 0;
}
