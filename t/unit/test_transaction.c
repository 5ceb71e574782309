/* SPDX-License-Identifier: ISC */
/* The dialogue of one message, flight by flight, without a socket. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"
#include "smtp/path.h"
#include "smtp/transaction.h"

enum { ALL = 1, CHUNKING = 2, NO_GROUPS = 4, FULL = 8, LOGIN = 16,
	UTF8 = 32, MAX1 = 64 };

#define MRD	"MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nDATA\r\n"
#define MRB	"MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nBDAT 19 LAST\r\n" \
	"H: v\r\n\r\n.dot\r\nend\r\n"
#define BODY	"H: v\r\n\r\n..dot\r\nend\r\n"

/* What is expected of a recipient: 'd'elivered, 'l'ater, 'n'ever, '-' not
 * settled; upper case: in doubt. */
static const struct row {
	const char	*name;
	unsigned	 how;
	const char	*turns[TURNS];
	const char	*says;		/* flights end in "|\n" */
	const char	*ends;
	int		 result;
	bool		 finished;
} rows[] = {
	{ "one group, all taken", 0,
	    { "", "250 ok\r\n250 a\r\n250 b\r\n354 go\r\n", "250 done\r\n" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n|\n"
	    "H: v\r\n\r\n..dot\r\nend\r\n.\r\n|\n", "dd", 0, false },
	{ "one by one", NO_GROUPS,
	    { "", "250 ok\r\n", "250 a\r\n", "250 b\r\n", "354 go\r\n",
	    "250 done\r\n" },
	    "MAIL FROM:<s@x>\r\n|\nRCPT TO:<a@x>\r\n|\nRCPT TO:<b@x>\r\n|\n"
	    "DATA\r\n|\nH: v\r\n\r\n..dot\r\nend\r\n.\r\n|\n", "dd", 0, false },
	{ "one bad recipient", 0,
	    { "", "250 ok\r\n550 5.1.1 no\r\n250 b\r\n354 go\r\n",
	    "250 done\r\n" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n|\n"
	    "H: v\r\n\r\n..dot\r\nend\r\n.\r\n|\n", "nd", 0, false },
	{ "one bad recipient, one by one", NO_GROUPS,
	    { "", "250 ok\r\n", "450 later\r\n", "250 b\r\n", "354 go\r\n",
	    "250 done\r\n" },
	    "MAIL FROM:<s@x>\r\n|\nRCPT TO:<a@x>\r\n|\nRCPT TO:<b@x>\r\n|\n"
	    "DATA\r\n|\nH: v\r\n\r\n..dot\r\nend\r\n.\r\n|\n", "ld", 0, false },
	{ "nobody accepted, DATA refused", 0,
	    { "", "250 ok\r\n550 5.1.1 a\r\n550 5.1.1 b\r\n503 no\r\n" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n|\n",
	    "nn", 0, false },
	{ "nobody accepted, one by one: no DATA", NO_GROUPS,
	    { "", "250 ok\r\n", "550 5.1.1 a\r\n", "550 5.1.1 b\r\n" },
	    "MAIL FROM:<s@x>\r\n|\nRCPT TO:<a@x>\r\n|\nRCPT TO:<b@x>\r\n|\n",
	    "nn", 0, false },
	{ "354 for nobody: a lone dot, whose 250 counts for nobody", 0,
	    { "", "250 ok\r\n550 5.1.1 a\r\n451 b\r\n354 go\r\n",
	    "250 taken?\r\n" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n|\n"
	    ".\r\n|\n", "nl", 0, true },
	{ "MAIL refused for good; 503s are echoes", 0,
	    { "", "550 no\r\n503 a\r\n503 b\r\n503 d\r\n" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n|\n",
	    "nn", 0, false },
	{ "MAIL refused for now, one by one: nothing more is said", NO_GROUPS,
	    { "", "451 wait\r\n" }, "MAIL FROM:<s@x>\r\n|\n", "ll", 0, false },
	{ "MAIL refused, yet 354: a lone dot", 0,
	    { "", "451 no\r\n250 a\r\n250 b\r\n354 go\r\n", "250 hm\r\n" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n|\n"
	    ".\r\n|\n", "ll", 0, true },
	{ "a login is demanded: the account's fault", 0,
	    { "", "530 5.7.0 login\r\n503 a\r\n503 b\r\n503 d\r\n" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n|\n",
	    "--", -1, false },
	{ "all denied: refused, whatever a login would change", 0,
	    { "", "250 ok\r\n554 5.7.1 a\r\n554 5.7.1 b\r\n503 d\r\n" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n|\n",
	    "nn", 0, false },
	{ "MAIL refused for good, then silence: refused", 0,
	    { "", "550 no\r\n" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n|\n",
	    "nn", 0, true },
	{ "a login demanded, then silence", 0,
	    { "", "530 login\r\n" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n|\n",
	    "--", -1, true },
	{ "too many recipients: the rest another time", 0,
	    { "", "250 ok\r\n250 a\r\n452 4.5.3 b\r\n354 go\r\n",
	    "250 done\r\n" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n|\n"
	    "H: v\r\n\r\n..dot\r\nend\r\n.\r\n|\n", "d-", 0, false },
	{ "552 behind an accepted one: the same", 0,
	    { "", "250 ok\r\n250 a\r\n552 b\r\n354 go\r\n", "250 done\r\n" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n|\n"
	    "H: v\r\n\r\n..dot\r\nend\r\n.\r\n|\n", "d-", 0, false },
	{ "452 and 552 with nobody accepted", 0,
	    { "", "250 ok\r\n452 a\r\n552 b\r\n503 d\r\n" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n|\n",
	    "ln", 0, false },
	{ "one recipient a transaction", MAX1,
	    { "", "250 ok\r\n250 a\r\n354 go\r\n", "250 done\r\n" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nDATA\r\n|\n"
	    "H: v\r\n\r\n..dot\r\nend\r\n.\r\n|\n", "d-", 0, false },
	{ "DATA refused", 0,
	    { "", "250 ok\r\n250 a\r\n250 b\r\n451 not now\r\n" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n|\n",
	    "ll", 0, false },
	{ "DATA answered 250: nonsense, no octet sent", 0,
	    { "", "250 ok\r\n250 a\r\n250 b\r\n250 d\r\n" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n|\n",
	    "--", -1, false },
	{ "the message refused", 0,
	    { "", "250 ok\r\n250 a\r\n250 b\r\n354 go\r\n",
	    "554 5.7.1 spam\r\n" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n|\n"
	    "H: v\r\n\r\n..dot\r\nend\r\n.\r\n|\n", "nn", 0, false },
	{ "silence behind the dot: in doubt", 0,
	    { "", "250 ok\r\n550 5.1.1 a\r\n250 b\r\n354 go\r\n", "EOF" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n|\n"
	    "H: v\r\n\r\n..dot\r\nend\r\n.\r\n|\n", "nL", -1, false },
	{ "421 behind the dot: not in doubt", 0,
	    { "", "250 ok\r\n250 a\r\n250 b\r\n354 go\r\n", "421 bye\r\n" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n|\n"
	    "H: v\r\n\r\n..dot\r\nend\r\n.\r\n|\n", "--", -1, false },
	{ "cut before the 354: not in doubt", 0,
	    { "", "250 ok\r\n250 a\r\n", "EOF" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n|\n",
	    "--", -1, false },
	{ "421 in the group", 0,
	    { "", "250 ok\r\n421 4.3.2 shutting down\r\n" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n|\n",
	    "--", -1, false },
	{ "words before the question", 0, { "250 eager\r\n" }, "MAIL", "--",
	    -1, false },
	{ "421 before the question", 0, { "421 idle\r\n" }, "MAIL", "--", -1,
	    false },
	{ "a reply too many: no octet of the message", 0,
	    { "", "250 ok\r\n250 a\r\n250 b\r\n354 go\r\n250 what\r\n" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n|\n",
	    "--", -1, false },
	{ "full: everything in one flight", FULL | CHUNKING,
	    { "", "250 ok\r\n250 a\r\n250 b\r\n250 done\r\n" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\n"
	    "BDAT 19 LAST\r\nH: v\r\n\r\n.dot\r\nend\r\n|\n", "dd", 0,
	    false },
	{ "full: the chunk refused", FULL | CHUNKING,
	    { "", "250 ok\r\n250 a\r\n250 b\r\n500 what\r\n" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\n"
	    "BDAT 19 LAST\r\nH: v\r\n\r\n.dot\r\nend\r\n|\n", "ll", 0,
	    true },
	{ "full: nobody accepted, and a 250 that counts for nobody",
	    FULL | CHUNKING,
	    { "", "250 ok\r\n550 a\r\n550 b\r\n250 done\r\n" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\n"
	    "BDAT 19 LAST\r\nH: v\r\n\r\n.dot\r\nend\r\n|\n", "nn", 0,
	    true },
	{ "full: silence in the middle: whoever may have it is in doubt",
	    FULL | CHUNKING, { "", "250 ok\r\n250 a\r\n" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\n"
	    "BDAT 19 LAST\r\nH: v\r\n\r\n.dot\r\nend\r\n|\n", "LL", -1,
	    false },
	{ "full: a refused one is not", FULL | CHUNKING,
	    { "", "250 ok\r\n550 a\r\n250 b\r\n" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\n"
	    "BDAT 19 LAST\r\nH: v\r\n\r\n.dot\r\nend\r\n|\n", "nL", -1,
	    false },
	{ "full: refused, then silence: nobody has it", FULL | CHUNKING,
	    { "", "550 no\r\n" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\n"
	    "BDAT 19 LAST\r\nH: v\r\n\r\n.dot\r\nend\r\n|\n", "nn", 0,
	    true },
	{ "full: 421 in the middle: nobody has it", FULL | CHUNKING,
	    { "", "250 ok\r\n250 a\r\n421 bye\r\n" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\n"
	    "BDAT 19 LAST\r\nH: v\r\n\r\n.dot\r\nend\r\n|\n", "--", -1,
	    false },
	{ "full without CHUNKING is safe", FULL,
	    { "", "250 ok\r\n250 a\r\n250 b\r\n354 go\r\n", "250 done\r\n" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n|\n"
	    "H: v\r\n\r\n..dot\r\nend\r\n.\r\n|\n", "dd", 0, false },
	{ "safe with CHUNKING: nothing a refused chunk could leave", CHUNKING,
	    { "", "250 ok\r\n250 a\r\n250 b\r\n354 go\r\n", "250 done\r\n" },
	    "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n|\n"
	    "H: v\r\n\r\n..dot\r\nend\r\n.\r\n|\n", "dd", 0, false },
	{ "SIZE, 8BITMIME", ALL,
	    { "", "250 ok\r\n250 a\r\n250 b\r\n354 go\r\n", "250 done\r\n" },
	    "MAIL FROM:<s@x> SIZE=19 BODY=8BITMIME\r\nRCPT TO:<a@x>\r\n"
	    "RCPT TO:<b@x>\r\nDATA\r\n|\n"
	    "H: v\r\n\r\n..dot\r\nend\r\n.\r\n|\n", "dd", 0, false },
};

static void
message_make(struct message *m)
{
	static const char text[] = "H: v\r\n\r\n.dot\r\nend\r\n";
	char name[] = "/tmp/test_transaction.XXXXXX";

	memset(m, 0, sizeof(*m));
	m->fd = mkstemp(name);
	ck_assert_int_ge(m->fd, 0);
	unlink(name);
	ck_assert(write(m->fd, text, sizeof(text) - 1) > 0);
	m->length = sizeof(text) - 1;
}

static void
session_make(struct session *s, struct account *a, const struct row *w)
{
	memset(s, 0, sizeof(*s));
	a->pipeline = (w->how & FULL) ? PIPELINE_FULL : PIPELINE_SAFE;
	a->timeout = a->final_timeout = 1000;
	a->max_recipients = (w->how & MAX1) ? 1 : 0;
	s->params.account = a;
	s->line.d.timeout = 1000;
	s->one_by_one = (w->how & NO_GROUPS) != 0;
	s->line.caps.pipelining = true;
	s->line.caps.chunking = (w->how & CHUNKING) != 0;
	s->line.caps.size = s->line.caps.eightbit = (w->how & ALL) != 0;
	s->authenticated = (w->how & LOGIN) != 0;
}

static char
end_of(const struct recipient *r)
{
	static const char letters[] = "dln", doubt[] = "DLN";

	if (!r->settled)
		return '-';
	return r->in_doubt ? doubt[r->verdict] : letters[r->verdict];
}

START_TEST(table)
{
	const struct row *w = &rows[_i];
	struct account a = { 0 };
	struct envelope e;
	struct message m;
	struct outcome o;
	struct session s;
	struct buf out;
	struct peer p = { w->turns, 0, 0, &out };
	int r;

	buf_init(&out, 65536);
	message_make(&m);
	m.eightbit = (w->how & ALL) != 0;
	session_make(&s, &a, w);
	s.line.d.stream = stream_new(&peer_ops, &p, -1);
	envelope_init(&e);
	envelope_sender(&e, "s@x");
	ck_assert_int_eq(envelope_add(&e, "a@x", &o), 0);
	ck_assert_int_eq(envelope_add(&e, "b@x", &o), 0);
	r = transaction_run(&s, &m, &e, &o);
	if (strcmp(w->says, "MAIL") == 0)	/* nothing may go out */
		ck_assert_str_eq(out.data, "");
	else
		ck_assert_msg(strcmp(out.data, w->says) == 0, "%s: said\n%s",
		    w->name, out.data);
	ck_assert_msg(end_of(&e.rcpt[0]) == w->ends[0] &&
	    end_of(&e.rcpt[1]) == w->ends[1], "%s: ends %c%c", w->name,
	    end_of(&e.rcpt[0]), end_of(&e.rcpt[1]));
	ck_assert_msg(r == w->result, "%s: result %d", w->name, r);
	ck_assert_msg(s.finished == w->finished, "%s: finished", w->name);
	stream_close(s.line.d.stream);
	envelope_free(&e);
	message_close(&m);
	buf_free(&out);
}
END_TEST

static const struct {
	bool		 offered;
	enum dsn_ret	 ret;
	const char	*envid;
	unsigned	 notify;
	const char	*says;
} asked[] = {
	{ true, DSN_RET_UNSAID, NULL, 0, "MAIL FROM:<s@x>\r\n"
	    "RCPT TO:<a+b@x>\r\nRCPT TO:<c@x>\r\n" },
	{ false, DSN_RET_FULL, "id", DSN_SUCCESS, "MAIL FROM:<s@x>\r\n"
	    "RCPT TO:<a+b@x>\r\nRCPT TO:<c@x>\r\n" },
	{ true, DSN_RET_FULL, NULL, 0, "MAIL FROM:<s@x> RET=FULL\r\n"
	    "RCPT TO:<a+b@x>\r\nRCPT TO:<c@x>\r\n" },
	{ true, DSN_RET_HDRS, "a+2Bb", DSN_SUCCESS | DSN_DELAY,
	    "MAIL FROM:<s@x> RET=HDRS ENVID=a+2Bb\r\n"
	    "RCPT TO:<a+b@x> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+2Bb@x\r\n"
	    "RCPT TO:<c@x> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;C@X\r\n" },
	{ true, DSN_RET_UNSAID, "id", DSN_NEVER,
	    "MAIL FROM:<s@x> ENVID=id\r\n"
	    "RCPT TO:<a+b@x> NOTIFY=NEVER ORCPT=rfc822;a+2Bb@x\r\n"
	    "RCPT TO:<c@x> NOTIFY=NEVER ORCPT=rfc822;C@X\r\n" },
	{ true, DSN_RET_UNSAID, NULL, DSN_REPORT, "MAIL FROM:<s@x>\r\n"
	    "RCPT TO:<a+b@x> NOTIFY=NEVER\r\n"
	    "RCPT TO:<c@x> NOTIFY=NEVER ORCPT=rfc822;C@X\r\n" },
};

START_TEST(notices)
{
	static const char *const turns[] = { "",
		"250 m\r\n250 a\r\n250 c\r\n354 go\r\n", "250 ok\r\n", NULL };
	struct account a = { 0 };
	struct envelope e;
	struct message m;
	struct outcome o;
	struct session s;
	struct buf out;
	struct peer p = { turns, 0, 0, &out };

	buf_init(&out, 65536);
	message_make(&m);
	session_make(&s, &a, &rows[0]);
	s.line.caps.dsn = asked[_i].offered;
	s.line.d.stream = stream_new(&peer_ops, &p, -1);
	envelope_init(&e);
	envelope_sender(&e, "s@x");
	ck_assert_int_eq(envelope_add(&e, "a+b@x", &o), 0);
	ck_assert_int_eq(envelope_add(&e, "c@x", &o), 0);
	envelope_dsn(&e, asked[_i].ret, asked[_i].envid);
	envelope_notify(&e, 0, asked[_i].notify);
	envelope_orcpt(&e, 1, "rfc822;C@X");
	ck_assert_int_eq(transaction_run(&s, &m, &e, &o), 0);
	ck_assert_msg(strncmp(out.data, asked[_i].says,
	    strlen(asked[_i].says)) == 0, "said\n%s", out.data);
	ck_assert_str_eq(out.data + strlen(asked[_i].says),
	    "DATA\r\n|\n" BODY ".\r\n|\n");
	stream_close(s.line.d.stream);
	envelope_free(&e);
	message_close(&m);
	buf_free(&out);
}
END_TEST

/* An ORCPT that is too long is left out; no flight is too long for what is in
 * it, nor does a message ride behind too much. */
START_TEST(notices_at_length)
{
	static const char *const turns[] = { "", "250 m\r\n", NULL };
	char address[LIMIT_ADDRESS];
	struct account a = { 0 };
	struct envelope e;
	struct message m;
	struct outcome o;
	struct session s;
	struct buf out;
	struct peer p = { turns, 0, 0, &out };
	const char *flight;
	unsigned i;

	buf_init(&out, 1u << 20);
	message_make(&m);
	session_make(&s, &a, &rows[0]);
	s.line.caps.dsn = s.line.caps.chunking = true;
	a.pipeline = PIPELINE_FULL;
	s.line.d.stream = stream_new(&peer_ops, &p, -1);
	envelope_init(&e);
	for (i = 0; i < 100; i++) {
		snprintf(address, sizeof(address), "%0150u%s@x", i,
		    "++++++++++++++++++++++++++++++++++++++++++++++++++");
		ck_assert_int_eq(envelope_add(&e, address, &o), 0);
	}
	snprintf(address, sizeof(address), "%0500u@x", 0u);
	e.rcpt[0].address = realloc(e.rcpt[0].address, 600);
	strcpy(e.rcpt[0].address, address);
	envelope_notify(&e, 0, DSN_SUCCESS | DSN_FAILURE | DSN_DELAY);
	ck_assert_int_eq(transaction_run(&s, &m, &e, &o), -1);
	flight = strstr(out.data, "|\n");
	ck_assert_ptr_nonnull(flight);
	ck_assert_int_le(flight - out.data, LIMIT_GROUP + 1024);
	ck_assert_ptr_null(strstr(out.data, "BDAT"));
	flight = strstr(out.data, "RCPT");
	ck_assert_ptr_nonnull(flight);
	ck_assert_int_eq(strncmp(strchr(flight, '>'),
	    "> NOTIFY=SUCCESS,FAILURE,DELAY\r\n", 32), 0);
	stream_close(s.line.d.stream);
	envelope_free(&e);
	message_close(&m);
	buf_free(&out);
}
END_TEST

START_TEST(after_a_refusal)
{
	static const char *const turns[] = { "", "451 no\r\n503 x\r\n503 x\r\n",
		"250 reset\r\n", "250 m\r\n", "250 r\r\n", "354 go\r\n",
		"250 ok\r\n", NULL };
	struct account a = { 0 };
	struct envelope e;
	struct message m;
	struct outcome o;
	struct session s;
	struct buf out;
	struct peer p = { turns, 0, 0, &out };

	buf_init(&out, 65536);
	message_make(&m);
	session_make(&s, &a, &rows[0]);
	s.line.d.stream = stream_new(&peer_ops, &p, -1);
	envelope_init(&e);
	ck_assert_int_eq(envelope_add(&e, "a@x", &o), 0);
	ck_assert_int_eq(transaction_run(&s, &m, &e, &o), 0);
	ck_assert_int_eq(e.rcpt[0].verdict, VERDICT_LATER);
	envelope_reopen(&e, 0);
	buf_clear(&out);
	/* The next one: RSET first, then one command at a time. */
	ck_assert_int_eq(transaction_run(&s, &m, &e, &o), 0);
	ck_assert_str_eq(out.data, "RSET\r\n|\nMAIL FROM:<>\r\n|\n"
	    "RCPT TO:<a@x>\r\n|\nDATA\r\n|\n"
	    "H: v\r\n\r\n..dot\r\nend\r\n.\r\n|\n");
	ck_assert_int_eq(e.rcpt[0].verdict, VERDICT_DELIVERED);
	stream_close(s.line.d.stream);
	envelope_free(&e);
	message_close(&m);
	buf_free(&out);
}
END_TEST

/* Two messages: what is said behind the first one's last octets, and what
 * becomes of the second.  The flights are those from the first's message (or
 * all of it) on. */
static const struct pair {
	const char	*name;
	unsigned	 how;
	const char	*turns[TURNS];
	const char	*says;
	const char	*ends;		/* of both */
	int		 result;	/* of the first's transaction_send */
	bool		 begun;		/* the second, behind that */
} pairs[] = {
	{ "the next group behind the dot", 0,
	    { "", "250 m\r\n250 r\r\n354 g\r\n",
	    "250 d\r\n250 m\r\n250 r\r\n354 g\r\n", "250 d\r\n" },
	    MRD "|\n" BODY ".\r\n" MRD "|\n" BODY ".\r\n|\n", "dd", 0, true },
	{ "the message refused", 0, { "", "250 m\r\n250 r\r\n354 g\r\n",
	    "554 d\r\n250 m\r\n250 r\r\n354 g\r\n", "250 d\r\n" },
	    MRD "|\n" BODY ".\r\n" MRD "|\n" BODY ".\r\n|\n", "nd", 0, true },
	{ "421", 0, { "", "250 m\r\n250 r\r\n354 g\r\n", "421 d\r\n" },
	    MRD "|\n" BODY ".\r\n" MRD "|\n", "--", -1, false },
	{ "silence", 0, { "", "250 m\r\n250 r\r\n354 g\r\n", "EOF" },
	    MRD "|\n" BODY ".\r\n" MRD "|\n", "L-", -1, false },
	{ "one by one", NO_GROUPS, { "", "250 m\r\n", "250 r\r\n", "354 g\r\n",
	    "250 d\r\n", "250 m\r\n", "250 r\r\n", "354 g\r\n",
	    "250 d\r\n" }, "MAIL FROM:<s@x>\r\n|\nRCPT TO:<a@x>\r\n|\n"
	    "DATA\r\n|\n" BODY ".\r\n|\nMAIL FROM:<s@x>\r\n|\n"
	    "RCPT TO:<a@x>\r\n|\nDATA\r\n|\n" BODY ".\r\n|\n", "dd", 0,
	    false },
	{ "the next refused", 0, { "", "250 m\r\n250 r\r\n354 g\r\n",
	    "250 d\r\n550 m\r\n503 r\r\n503 g\r\n" },
	    MRD "|\n" BODY ".\r\n" MRD "|\n", "dn", 0, true },
	{ "full: both in one flight", FULL | CHUNKING,
	    { "", "250 m\r\n250 r\r\n250 d\r\n250 m\r\n250 r\r\n"
	    "250 d\r\n", "" }, MRB MRB "|\n|\n", "dd", 0, true },
	{ "full: the next not recorded", FULL | CHUNKING | MAX1,
	    { "", "250 m\r\n250 r\r\n250 d\r\n", "250 m\r\n250 r\r\n"
	    "250 d\r\n" }, MRB "|\n" MRB "|\n", "dd", 0, false },
	{ "full: the chunk refused, the next taken", FULL | CHUNKING,
	    { "", "250 m\r\n250 r\r\n554 d\r\n250 m\r\n250 r\r\n"
	    "250 d\r\n" }, MRB MRB "|\n", "nd", 0, false },
	{ "full: the chunk refused, and read as commands", FULL | CHUNKING,
	    { "", "250 m\r\n250 r\r\n554 d\r\n500 H\r\n500\r\n500 .\r\n"
	    "500 e\r\n250 m\r\n250 r\r\n250 d\r\n" }, MRB MRB "|\n", "nL",
	    0, false },
	{ "full: refused, then silence", FULL | CHUNKING,
	    { "", "250 m\r\n250 r\r\n554 d\r\n250 m\r\n" }, MRB MRB "|\n",
	    "nL", 0, false },
	{ "full: silence", FULL | CHUNKING, { "", "250 m\r\n250 r\r\n" },
	    MRB MRB "|\n", "LL", -1, false },
	{ "full: 421", FULL | CHUNKING, { "", "250 m\r\n250 r\r\n421 d\r\n" },
	    MRB MRB "|\n", "--", -1, false },
	{ "full: a login demanded", FULL | CHUNKING,
	    { "", "530 m\r\n503 r\r\n503 d\r\n530 m\r\n503 r\r\n503 d\r\n" },
	    MRB MRB "|\n", "-L", -1, false },
};

static void
pair_run(const struct pair *w, struct session *s, struct envelope e[2],
    const struct message *m)
{
	struct transaction t[2];
	struct outcome o;
	int r;

	transaction_init(&t[0], s, m, &e[0], false);
	ck_assert_int_eq(transaction_begin(&t[0], &o), TRANSACTION_READY);
	ck_assert(transaction_last(&t[0]));
	transaction_init(&t[1], s, m, &e[1], false);
	t[1].recorded = transaction_whole(&t[1]) && (w->how & MAX1) == 0;
	r = transaction_send(&t[0], &t[1], &o);
	ck_assert_msg(r == w->result, "%s: result %d", w->name, r);
	ck_assert_msg(t[1].begun == w->begun, "%s: begun", w->name);
	transaction_end(&t[0]);
	if (r == 0 && transaction_more(s)) {
		if (!t[1].begun) {
			transaction_end(&t[1]);
			transaction_init(&t[1], s, m, &e[1], false);
		}
		if (transaction_begin(&t[1], &o) == TRANSACTION_READY)
			transaction_send(&t[1], NULL, &o);
	}
	transaction_end(&t[1]);
}

START_TEST(two)
{
	const struct pair *w = &pairs[_i];
	const struct row how = { .how = w->how };
	struct account a = { 0 };
	struct envelope e[2];
	struct message m;
	struct outcome o;
	struct session s;
	struct buf out;
	struct peer p = { w->turns, 0, 0, &out };
	unsigned i;

	buf_init(&out, 65536);
	message_make(&m);
	session_make(&s, &a, &how);
	s.line.d.stream = stream_new(&peer_ops, &p, -1);
	for (i = 0; i < 2; i++) {
		envelope_init(&e[i]);
		envelope_sender(&e[i], "s@x");
		ck_assert_int_eq(envelope_add(&e[i], "a@x", &o), 0);
	}
	pair_run(w, &s, e, &m);
	ck_assert_msg(strcmp(out.data, w->says) == 0, "%s: said\n%s", w->name,
	    out.data);
	for (i = 0; i < 2; i++) {
		ck_assert_msg(end_of(&e[i].rcpt[0]) == w->ends[i],
		    "%s: %u ends %c", w->name, i, end_of(&e[i].rcpt[0]));
		envelope_free(&e[i]);
	}
	stream_close(s.line.d.stream);
	message_close(&m);
	buf_free(&out);
}
END_TEST

START_TEST(possible)
{
	struct host host = { .name = (char *)(uintptr_t)"mx" };
	struct envelope e;
	struct message m = { .length = 1000 };
	struct outcome o;
	struct session s = { 0 };

	s.params.host = &host;
	envelope_init(&e);
	ck_assert_int_eq(path_possible(&s, &m, &e, &o), 0);
	s.line.caps.size_max = 1000;
	ck_assert_int_eq(path_possible(&s, &m, &e, &o), 0);
	s.line.caps.size_max = 999;
	ck_assert_int_eq(path_possible(&s, &m, &e, &o), -1);
	ck_assert_int_eq(o.verdict, VERDICT_NEVER);
	ck_assert_uint_eq(o.enhanced[1], 3);
	s.line.caps.size_max = 0;
	ck_assert_int_eq(envelope_add(&e, "\303\274@x", &o), 0);
	ck_assert_int_eq(path_possible(&s, &m, &e, &o), -1);
	ck_assert_uint_eq(o.enhanced[2], 7);
	ck_assert_ptr_nonnull(strstr(o.text, "\303\274@x"));
	s.line.caps.utf8 = true;
	ck_assert_int_eq(path_possible(&s, &m, &e, &o), 0);
	/* An ASCII one can go alone, but under no such sender. */
	s.line.caps.utf8 = false;
	ck_assert_int_eq(envelope_add(&e, "a@x", &o), 0);
	ck_assert_int_eq(path_possible(&s, &m, &e, &o), 0);
	outcome_clear(&o);
	envelope_settle(&e, 1, &o);
	ck_assert_int_eq(path_possible(&s, &m, &e, &o), -1);
	envelope_reopen(&e, 1);
	envelope_sender(&e, "\303\266@x");
	ck_assert_int_eq(path_possible(&s, &m, &e, &o), -1);
	ck_assert_ptr_nonnull(strstr(o.text, "\303\266@x"));
	/* REQUIRETLS, offered or not, without TLS. */
	s.line.caps.utf8 = e.require_tls = true;
	ck_assert_int_eq(path_possible(&s, &m, &e, &o), -1);
	ck_assert_uint_eq(o.enhanced[1], 7);
	ck_assert_uint_eq(o.enhanced[2], 30);
	ck_assert_ptr_nonnull(strstr(o.text, "mx does not offer it"));
	s.line.caps.requiretls = true;
	ck_assert_int_eq(path_possible(&s, &m, &e, &o), -1);
	ck_assert_ptr_nonnull(strstr(o.text, "no verified certificate"));
	e.require_tls = false;
	ck_assert_int_eq(path_possible(&s, &m, &e, &o), 0);
	envelope_free(&e);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("transaction");
	TCase *t = tcase_create("transaction");

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, table, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(t, notices, 0, sizeof(asked) / sizeof(asked[0]));
	tcase_add_test(t, notices_at_length);
	tcase_add_test(t, after_a_refusal);
	tcase_add_loop_test(t, two, 0, sizeof(pairs) / sizeof(pairs[0]));
	tcase_add_test(t, possible);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
