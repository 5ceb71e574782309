/* SPDX-License-Identifier: ISC */
/*
 * The command line: every flag of sendmail, Postfix, Exim and OpenSMTPD, every
 * shape in which callers have been seen to write them, and every refusal.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "front/flags.h"
#include "front/modes.h"
#include "front/options.h"
#include "unit.h"

#define WORDS	14

struct row {
	const char	*argv[WORDS];
	const char	*want;		/* what differs from the defaults, or
					 * "64 words" for a failure */
};

static const char *const modes[] = {
	[MODE_DELIVER] = NULL, [MODE_SMTP] = "smtp", [MODE_BATCH] = "batch",
	[MODE_MAILQ] = "mailq", [MODE_COUNT] = "count",
	[MODE_ALIASES] = "aliases", [MODE_VERIFY] = "verify",
	[MODE_TEST] = "test", [MODE_HOSTSTAT] = "hoststat",
	[MODE_PURGESTAT] = "purgestat", [MODE_QUEUE_RUN] = "run",
	[MODE_CHECK] = "check", [MODE_SETUP] = "setup",
	[MODE_IMPORT] = "import", [MODE_EXPLAIN] = "explain",
	[MODE_COMPOSE] = "compose", [MODE_QUEUE] = "queue",
	[MODE_STATUS] = "status", [MODE_OAUTH_LOGIN] = "oauth-login",
	[MODE_VERSION] = "version", [MODE_HELP] = "help",
};

static void
say(struct buf *b, const char *name, const char *value)
{
	if (value != NULL)
		buf_printf(b, "%s=%s ", name, value);
}

static void
say_flag(struct buf *b, const char *name, bool said)
{
	if (said)
		buf_printf(b, "%s ", name);
}

static void
say_number(struct buf *b, const char *name, long long n)
{
	if (n != 0)
		buf_printf(b, "%s=%lld ", name, n);
}

static void
say_queue(struct buf *b, const struct queue_run *q)
{
	size_t i;

	say_number(b, "every", q->interval);
	say_flag(b, "force", q->force);
	say_flag(b, "held", q->held);
	say_flag(b, "lost", q->lost);
	say(b, "hold", q->hold);
	for (i = 0; i < q->selectors_n; i++)
		buf_printf(b, "%s%c:%s ", q->selectors[i].negated ? "!" : "",
		    q->selectors[i].kind, q->selectors[i].text);
}

/* What was understood, in a fixed order; warnings and remarks as 'w', 'r'. */
static void
describe(struct buf *b, const struct options *op)
{
	size_t i;

	say(b, "mode", modes[op->mode]);
	say(b, "C", op->config);
	say(b, "account", op->account);
	say(b, "f", op->sender);
	say(b, "F", op->full_name);
	say_flag(b, "t", op->from_header);
	say_flag(b, "i", !op->dot);
	say_flag(b, "G", op->hands_off);
	say_flag(b, "n", op->no_aliases);
	say_number(b, "h", op->hops);
	say_number(b, "B", op->body);
	say_flag(b, "8bit", op->body_8bit);
	say_number(b, "od", op->delivery);
	say_number(b, "oe", op->errors);
	say_flag(b, "quiet", op->quiet);
	say_number(b, "N", op->notify);
	say_number(b, "R", op->ret);
	say(b, "V", op->envid);
	say_flag(b, "U", op->utf8);
	say_flag(b, "requiretls", op->require_tls);
	say_number(b, "norcpt", op->no_recipient);
	say_flag(b, "v", op->verbose);
	say_flag(b, "json", op->json);
	say(b, "d", op->debug);
	say(b, "L", op->log_tag);
	say(b, "X", op->traffic);
	say(b, "oA", op->alias_file);
	say_queue(b, &op->queue);
	for (i = 0; i < op->recipients_n; i++)
		buf_printf(b, "<%s> ", op->recipients[i]);
	for (i = 0; i < op->warnings_n; i++)
		buf_puts(b, "w");
	for (i = 0; i < op->remarks_n; i++)
		buf_puts(b, "r");
	while (b->len > 0 && b->data[b->len - 1] == ' ')
		b->data[--b->len] = '\0';
}

static unsigned
status(enum fault f)
{
	return f == FAULT_USAGE ? 64 : f == FAULT_DATA ? 65 :
	    f == FAULT_UNBUILT ? 69 : 0;
}

static void
check_row(const struct row *row)
{
	char words[WORDS][512], *argv[WORDS + 1] = { NULL };
	struct options op;
	struct outcome o;
	struct buf b;
	int argc = 0;

	while (argc < WORDS && row->argv[argc] != NULL) {
		snprintf(words[argc], sizeof(words[0]), "%s",
		    row->argv[argc]);
		argv[argc] = words[argc];
		argc++;
	}
	outcome_clear(&o);
	buf_init(&b, 65536);
	if (options_parse(&op, argc, argv, &o) < 0) {
		ck_assert_int_eq(o.stage, STAGE_OPTIONS);
		ck_assert_int_eq(o.verdict, VERDICT_NEVER);
		buf_printf(&b, "%u %s / %s", status(o.fault), o.text,
		    o.advice);
		ck_assert_msg(strncmp(b.data, row->want, 3) == 0 &&
		    strstr(b.data + 3, row->want + 3) != NULL,
		    "%s %s ...: \"%s\", not \"%s\"", argv[0], argv[1], b.data,
		    row->want);
	} else {
		describe(&b, &op);
		ck_assert_msg(strcmp(b.data, row->want) == 0,
		    "%s %s ...: \"%s\", not \"%s\"", argv[0],
		    argc > 1 ? argv[1] : "", b.data, row->want);
		options_free(&op);
	}
	buf_free(&b);
}

#define SM	"sendmail"

/* -b */
static const struct row b_rows[] = {
	{ { SM, "-bm", "a" }, "<a>" },
	{ { SM, "-b", "m", "a" }, "<a>" },
	{ { SM, "-bs" }, "mode=smtp" },
	{ { SM, "-bsv" }, "mode=smtp" },
	{ { SM, "-b", "s" }, "mode=smtp" },
	{ { SM, "-bs", "-odb", "-oem", "-om" }, "mode=smtp od=2 oe=1 r" },
	{ { SM, "-bs", "-t" }, "64 -t together with -bs" },
	{ { SM, "-t", "-bS" }, "64 -t together with -bS" },
	{ { SM, "-bS" }, "mode=batch" },
	{ { SM, "-ba", "a" }, "<a>" },
	{ { SM, "-bp" }, "mode=mailq" },
	{ { SM, "-bP" }, "mode=count" },
	{ { SM, "-bpc" }, "mode=count" },
	{ { SM, "-bpi" }, "mode=mailq" },
	{ { SM, "-bpr" }, "mode=mailq" },
	{ { SM, "-bpa" }, "mode=mailq" },
	{ { SM, "-bpra" }, "mode=mailq" },
	{ { SM, "-bpu" }, "mode=mailq" },
	{ { SM, "-bp", "-v" }, "mode=mailq v" },
	{ { SM, "-bp", "-qRx" }, "mode=mailq R:x" },
	{ { SM, "-bi" }, "mode=aliases" },
	{ { SM, "-I" }, "mode=aliases" },
	{ { SM, "-bi", "-oA/etc/aliases" },
	    "mode=aliases oA=/etc/aliases" },
	{ { SM, "-bv", "a", "b" }, "mode=verify <a> <b>" },
	{ { SM, "-bt" }, "mode=test" },
	{ { SM, "-bd" }, "64 -bs" },
	{ { SM, "-bd", "-q30m" }, "64 daemon" },
	{ { SM, "-bD" }, "64 daemon" },
	{ { SM, "-bl" }, "64 daemon" },
	{ { SM, "-bdf" }, "64 daemon" },
	{ { SM, "-bw" }, "64 daemon" },
	{ { SM, "-bh" }, "mode=hoststat" },
	{ { SM, "-bH" }, "mode=purgestat" },
	{ { SM, "-bC" }, "mode=check" },
	{ { SM, "-bV" }, "mode=version" },
	{ { SM, "-bz" }, "64 frozen" },
	{ { SM, "-br" }, "64 Exim" },
	{ { SM, "-bf", "x" }, "64 Exim" },
	{ { SM, "-bF" }, "64 Exim" },
	{ { SM, "-be" }, "64 Exim" },
	{ { SM, "-brt" }, "64 Exim" },
	{ { SM, "-brw" }, "64 Exim" },
	{ { SM, "-bmalware" }, "64 Exim" },
	{ { SM, "-bnq" }, "64 Exim" },
	{ { SM, "-bI:help" }, "64 Exim" },
	{ { SM, "-bQ" }, "64 -bQ is not known" },
	{ { SM, "-b", "" }, "64 not known" },
	{ { SM, "-b" }, "64 without its value" },
	{ { SM, "-bp", "-bm", "a" }, "<a>" },
};

/* Everything else, by letter. */
static const struct row flag_rows[] = {
	{ { SM, "-A", "x", "a" }, "<a> r" },
	{ { SM, "-Am", "-Ac", "a" }, "<a> rr" },
	{ { SM, "-B8BITMIME", "a" }, "B=2 8bit <a>" },
	{ { SM, "-B", "8bitmime", "a" }, "B=2 8bit <a>" },
	{ { SM, "-B7BIT", "a" }, "B=1 <a>" },
	{ { SM, "-BBINARYMIME", "a" }, "B=3 8bit <a>" },
	{ { SM, "-B9BIT", "a" }, "<a> w" },
	{ { SM, "-C/x.conf", "a" }, "C=/x.conf <a>" },
	{ { SM, "-C", "x.conf", "a" }, "C=x.conf <a>" },
	{ { SM, "-c", "a" }, "<a> r" },
	{ { SM, "-D", "/tmp/x", "a" }, "<a> r" },
	{ { SM, "-DX=y", "a" }, "<a> r" },
	{ { SM, "-d", "a" }, "od=1 v d= <a>" },
	{ { SM, "-d0.1", "a" }, "d=0.1 <a>" },
	{ { SM, "-d8.7", "a" }, "od=1 v d=8.7 <a>" },
	{ { SM, "-d+all", "a" }, "od=1 v d=+all <a>" },
	{ { SM, "-dropcr", "a" }, "<a> r" },
	{ { SM, "-E", "a" }, "<a> r" },
	{ { SM, "-Ex", "a" }, "<a> rr" },
	{ { SM, "-Ejis", "-Eit", "-Ek", "a" }, "t i <a> rrr" },
	{ { SM, "-EJTf", "x", "a" }, "f=x <a> rrr" },
	{ { SM, "-Ehan", "a" }, "<a> r" },
	{ { SM, "-em", "a" }, "oe=1 <a>" },
	{ { SM, "-e", "q", "a" }, "oe=2 quiet <a>" },
	{ { SM, "-ep", "a" }, "<a>" },
	{ { SM, "-e", "x", "a" }, "<a> w" },
	{ { SM, "-FCron Daemon", "a" }, "F=Cron Daemon <a>" },
	{ { SM, "-F", "A, \"B\"", "a" }, "F=A, \"B\" <a>" },
	{ { SM, "-F", "", "a" }, "F= <a>" },
	{ { SM, "-Fx\ny", "a" }, "64 control character" },
	{ { SM, "-Fx\rBcc: y", "a" }, "64 control character" },
	{ { SM, "-Fx\ty", "a" }, "64 control character" },
	{ { SM, "-F\x7f", "a" }, "64 control character" },
	{ { SM, "-F\xc3\x84", "a" }, "F=\xc3\x84 <a>" },
	{ { SM, "-f", "x@y", "a" }, "f=x@y <a>" },
	{ { SM, "-fx@y", "a" }, "f=x@y <a>" },
	{ { SM, "-f", "", "a" }, "f= <a>" },
	{ { SM, "-f", "<>", "a" }, "f=<> <a>" },
	{ { SM, "-f<>", "a" }, "f=<> <a>" },
	{ { SM, "-fx", "-f", "y", "a" }, "f=y <a>" },
	{ { SM, "-fx", "-ry", "a" }, "f=y <a>" },
	{ { SM, "-f", "-t", "a" }, "f=-t <a> w" },
	{ { SM, "-f", "--", "a" }, "f=-- <a> w" },
	{ { SM, "-f", "root@host (fcron)", "a" }, "f=root@host (fcron) <a>" },
	{ { SM, "-f", "x\r\nRCPT", "a" }, "65 control character" },
	{ { SM, "-f", "x\ty", "a" }, "f=x\ty <a>" },
	{ { SM, "a", "-f" }, "64 without its value" },
	{ { SM, "-G", "a" }, "G <a>" },
	{ { SM, "-h", "17", "a" }, "h=17 <a>" },
	{ { SM, "-h0", "a" }, "<a>" },
	{ { SM, "-h99999999999999999999", "a" }, "h=1000000 <a>" },
	{ { SM, "-hx", "a" }, "64 number of hops" },
	{ { SM, "-h", "", "a" }, "64 number of hops" },
	{ { SM, "-h-1", "a" }, "64 number of hops" },
	{ { SM, "-h1x", "a" }, "64 number of hops" },
	{ { SM, "-i", "a" }, "i <a>" },
	{ { SM, "-J", "a" }, "<a> r" },
	{ { SM, "-Jx", "a" }, "<a> rr" },
	{ { SM, "-Jjis", "a" }, "<a> r" },
	{ { SM, "-L", "tag", "a" }, "L=tag <a>" },
	{ { SM, "-Ltag", "a" }, "L=tag <a>" },
	{ { SM, "-L", "012345678901234567890123456789012", "a" }, "<a> w" },
	{ { SM, "-L", "a\nb", "a" }, "64 control character" },
	{ { SM, "-M", "rx", "a" }, "<a> r" },
	{ { SM, "-MrSMTP", "a" }, "<a> r" },
	{ { SM, "-Mrm", "1abcde-000000-00" }, "64 Exim" },
	{ { SM, "-Mvh", "1abcde-000000-00" }, "64 Exim" },
	{ { SM, "-m", "a" }, "<a> r" },
	{ { SM, "-N", "never", "a" }, "N=1 <a>" },
	{ { SM, "-Nsuccess,DELAY,failure", "a" }, "N=14 <a>" },
	{ { SM, "-N", "failure", "a" }, "N=4 <a>" },
	{ { SM, "-N", "never,delay", "a" }, "<a> w" },
	{ { SM, "-N", "success,", "a" }, "<a> w" },
	{ { SM, "-N", "", "a" }, "<a> w" },
	{ { SM, "-N", "report", "a" }, "<a> w" },
	{ { SM, "-N", "never,never", "a" }, "N=1 <a>" },
	{ { SM, "-N", "sometimes", "a" }, "<a> w" },
	{ { SM, "-n", "a" }, "n <a>" },
	{ { SM, "-p", "ESMTP:host", "a" }, "<a> r" },
	{ { SM, "-pd", "-ps", "a" }, "<a> rr" },
	{ { SM, "-R", "hdrs", "a" }, "R=2 <a>" },
	{ { SM, "-RFULL", "a" }, "R=1 <a>" },
	{ { SM, "-R", "headers", "a" }, "R=2 <a>" },
	{ { SM, "-R", "some", "a" }, "<a> w" },
	{ { SM, "-R", "", "a" }, "<a> w" },
	{ { SM, "-r", "x@y", "a" }, "f=x@y <a>" },
	{ { SM, "-rx@y", "a" }, "f=x@y <a>" },
	{ { SM, "-r", "a\nb", "a" }, "65 control character" },
	{ { SM, "-S", "a" }, "<a> r" },
	{ { SM, "-Stx", "a" }, "t <a> rr" },
	{ { SM, "-s", "a" }, "<a> r" },
	{ { SM, "-T", "a" }, "<a> r" },
	{ { SM, "-T1h", "a" }, "<a> r" },
	{ { SM, "-Tqt", "a" }, "<a> r" },
	{ { SM, "-iTtv" }, "t i od=1 v r" },
	{ { SM, "-Toi", "a" }, "i <a> r" },
	{ { SM, "-t" }, "t" },
	{ { SM, "-t", "a" }, "t <a>" },
	{ { SM, "-tls-on-connect" }, "64 Exim" },
	{ { SM, "-atrn" }, "64 Exim" },
	{ { SM, "-U", "a" }, "U <a>" },
	{ { SM, "-V", "QQ314159", "a" }, "V=QQ314159 <a>" },
	{ { SM, "-Va+2Bb", "a" }, "V=a+2Bb <a>" },
	{ { SM, "-Va+2bb", "a" }, "<a> w" },
	{ { SM, "-Va+", "a" }, "<a> w" },
	{ { SM, "-Va+2", "a" }, "<a> w" },
	{ { SM, "-Va=b", "a" }, "<a> w" },
	{ { SM, "-V", "a b", "a" }, "<a> w" },
	{ { SM, "-V", "", "a" }, "<a> w" },
	{ { SM, "-V\xc3\xa4", "a" }, "<a> w" },
	{ { SM, "-V", "a\r\nRCPT TO:<b>", "a" }, "64 control character" },
	{ { SM, "-V0123456789012345678901234567890123456789012345678901234567"
	    "890123456789012345678901234567890123456789x", "a" }, "<a> w" },
	{ { SM, "-v", "a" }, "od=1 v <a>" },
	{ { SM, "-v", "-odq", "a" }, "od=3 v <a>" },
	{ { SM, "-X", "/tmp/x.php", "a" }, "X=/tmp/x.php <a>" },
	{ { SM, "-X/tmp/x", "a" }, "X=/tmp/x <a>" },
	{ { SM, "-X", "/tmp/x\ny", "a" }, "64 control character" },
	{ { SM, "-XV", "a" }, "<a> r" },
	{ { SM, "-XV+=", "a" }, "<a> r" },
	{ { SM, "-x", "a" }, "<a> r" },
	{ { SM, "-z", "x" }, "64 -z is not" },
	{ { SM, "--", "-a" }, "<-a>" },
	{ { SM, "--", "--", "-t" }, "<--> <-t>" },
	{ { SM, "-", "a" }, "64 dash alone" },
	{ { SM, "--", "-" }, "<->" },
	{ { SM, "-k", "a" }, "64 an unknown flag: -k / see posthorn --help" },
	{ { SM, "-a", "x", "a" }, "64 an unknown flag" },
	{ { SM, "-tk" }, "64 an unknown flag: -tk" },
	{ { SM }, "64 no recipient" },
	{ { SM, "-i", "-f", "x" }, "64 no recipient" },
	{ { SM, "a\nb" }, "65 control character" },
	{ { SM, "-t", "a\x01" }, "65 control character" },
	{ { SM, "a,\tb" }, "<a,\tb>" },
};

/* -q and -Q */
static const struct row queue_rows[] = {
	{ { SM, "-q" }, "mode=run" },
	{ { SM, "-q", "-v" }, "mode=run v" },
	{ { SM, "-qf" }, "mode=run force" },
	{ { SM, "-qff" }, "mode=run force held" },
	{ { SM, "-qq" }, "mode=run" },
	{ { SM, "-qqff" }, "mode=run force held" },
	{ { SM, "-qi" }, "mode=run" },
	{ { SM, "-ql" }, "mode=run" },
	{ { SM, "-q30m" }, "mode=run every=1800" },
	{ { SM, "-q1h30m" }, "mode=run every=5400" },
	{ { SM, "-q2d" }, "mode=run every=172800" },
	{ { SM, "-q1w" }, "mode=run every=604800" },
	{ { SM, "-q30s" }, "mode=run every=30" },
	{ { SM, "-q15" }, "mode=run every=900" },
	{ { SM, "-qp5m" }, "mode=run every=300" },
	{ { SM, "-q99999999999999999999w" }, "mode=run every=31622400" },
	{ { SM, "-q0" }, "mode=run" },
	{ { SM, "-qx" }, "64 neither a time nor a choice" },
	{ { SM, "-q1y" }, "64 neither a time nor a choice" },
	{ { SM, "-qh" }, "64 neither a time nor a choice" },
	{ { SM, "-q!" }, "64 neither a time nor a choice" },
	{ { SM, "-q", "30m" }, "64 takes no addresses" },
	{ { SM, "-q", "a" }, "64 takes no addresses" },
	{ { SM, "-qIabc" }, "mode=run I:abc" },
	{ { SM, "-qI", "abc" }, "mode=run I:abc" },
	{ { SM, "-qRx@y" }, "mode=run R:x@y" },
	{ { SM, "-qR", "site" }, "mode=run R:site" },
	{ { SM, "-qSx", "-qRy" }, "mode=run S:x R:y" },
	{ { SM, "-q!Sx" }, "mode=run !S:x" },
	{ { SM, "-qQspam" }, "mode=run Q:spam" },
	{ { SM, "-qGgroup" }, "mode=run G:group" },
	{ { SM, "-qI" }, "64 needs the text" },
	{ { SM, "-qI", "-v" }, "64 needs the text" },
	{ { SM, "-qL" }, "mode=run lost" },
	{ { SM, "-Q", "-qIabc" }, "mode=run hold= I:abc" },
	{ { SM, "-Qwhy", "-qIabc" }, "mode=run hold=why I:abc" },
	{ { SM, "-Q", "a" }, "64 -Q without" },
	{ { SM, "-bd", "-q" }, "64 daemon" },
};

/* -o and -O */
static const struct row setting_rows[] = {
	{ { SM, "-odi", "a" }, "od=1 <a>" },
	{ { SM, "-odf", "a" }, "od=1 <a>" },
	{ { SM, "-odb", "a" }, "od=2 <a>" },
	{ { SM, "-odq", "a" }, "od=3 <a>" },
	{ { SM, "-odqs", "a" }, "od=3 <a>" },
	{ { SM, "-odd", "a" }, "od=3 <a>" },
	{ { SM, "-o", "db", "a" }, "od=2 <a>" },
	{ { SM, "-odx", "a" }, "<a> w" },
	{ { SM, "-od", "a" }, "<a> w" },
	{ { SM, "-ODeliveryMode=b", "a" }, "od=2 <a>" },
	{ { SM, "-O", "DeliveryMode=q", "a" }, "od=3 <a>" },
	{ { SM, "-O", "deliverymode = i", "a" }, "od=1 <a>" },
	{ { SM, "-oem", "a" }, "oe=1 <a>" },
	{ { SM, "-oew", "a" }, "oe=1 <a>" },
	{ { SM, "-oep", "a" }, "<a>" },
	{ { SM, "-oeq", "a" }, "oe=2 quiet <a>" },
	{ { SM, "-oeq", "-oep", "a" }, "<a>" },
	{ { SM, "-oee", "a" }, "oe=3 <a>" },
	{ { SM, "-OErrorMode=m", "a" }, "oe=1 <a>" },
	{ { SM, "-oi", "a" }, "i <a>" },
	{ { SM, "-o", "i", "a" }, "i <a>" },
	{ { SM, "-oitrue", "a" }, "i <a>" },
	{ { SM, "-oi", "true", "a" }, "i <a>" },
	{ { SM, "-i", "-oifalse", "a" }, "<a>" },
	{ { SM, "-i", "-oi", "false", "a" }, "<a>" },
	{ { SM, "-oi", "falsetto" }, "i <falsetto>" },
	{ { SM, "-oi5", "a" }, "i <a> w" },
	{ { SM, "-OIgnoreDots=true", "a" }, "i <a>" },
	{ { SM, "-OIgnoreDots", "a" }, "i <a>" },
	{ { SM, "-i", "-O", "IgnoreDots=no", "a" }, "<a>" },
	{ { SM, "-om", "a" }, "<a> r" },
	{ { SM, "-on", "a" }, "<a> r" },
	{ { SM, "-oo", "a" }, "<a> r" },
	{ { SM, "-o7", "-o8m", "a" }, "<a> rr" },
	{ { SM, "-oA/x", "-oQ/x", "a" }, "oA=/x <a> r" },
	{ { SM, "-oT5d", "-or5m", "a" }, "<a> rr" },
	{ { SM, "-OTimeout.connect=5m", "a" }, "<a> r" },
	{ { SM, "-oMa", "1.2.3.4", "a" }, "<a> r" },
	{ { SM, "-oMr", "spam-scanned", "a" }, "<a> r" },
	{ { SM, "-oMr", "x", "-oMs", "y", "-oMi", "z", "-oMt", "u", "a" },
	    "<a> rrrr" },
	{ { SM, "-oMaa", "x", "-oMai", "y", "-oMas", "z", "-oMm", "u", "a" },
	    "<a> rrrr" },
	{ { SM, "-oMrESMTP", "a" }, "<a> r" },
	{ { SM, "-oMr", "-t" }, "t r" },
	{ { SM, "-t", "-oMr" }, "t r" },
	{ { SM, "-oP", "/run/x.pid", "a" }, "<a> r" },
	{ { SM, "-oX", "25", "a" }, "<a> r" },
	{ { SM, "-oA", "/x", "a" }, "oA=/x <a>" },
	{ { SM, "-oA", "-bi" }, "mode=aliases" },
	{ { SM, "-O", "AliasFile=/x", "-bi" }, "mode=aliases oA=/x" },
	{ { SM, "-oB", "-oY", "a" }, "<a> rr" },
	{ { SM, "-oB", "5", "a" }, "<a> r" },
	{ { SM, "-oB", "5x", "a" }, "<5x> <a> r" },
	{ { SM, "-or", "5m", "a" }, "<a> r" },
	{ { SM, "-os", "90s", "a" }, "<a> r" },
	{ { SM, "-or", "a" }, "<a> r" },
	{ { SM, "-os", "a" }, "<a> r" },
	{ { SM, "-or", "5", "a" }, "<5> <a> r" },
	{ { SM, "-or0s", "root" }, "<root> r" },
	{ { SM, "-ov", "a" }, "od=1 v <a>" },
	{ { SM, "-oL9", "-og1", "-ou1", "-oF0600", "-oS/x", "-oH/x", "a" },
	    "<a> rrrrrr" },
	{ { SM, "-ot", "-oc", "-oD", "-of", "-oj", "-ok", "-oK", "-ox", "a" },
	    "<a> rrrrrrrr" },
	{ { SM, "-oZwhatever", "a" }, "<a> r" },
	{ { SM, "-o", "", "a" }, "<a> r" },
	{ { SM, "a", "-o" }, "64 without its value" },
	{ { SM, "-ONoRecipientAction=add-to", "-t" }, "t norcpt=2" },
	{ { SM, "-ONoRecipientAction=add-to-undisclosed", "-t" },
	    "t" },
	{ { SM, "-ONoRecipientAction=none", "-t" }, "t norcpt=1" },
	{ { SM, "-ONoRecipientAction=add-bcc", "-t" }, "t norcpt=1" },
	{ { SM, "-OREQUIRETLS=yes", "a" }, "requiretls <a>" },
	{ { SM, "-OREQUIRETLS=no", "a" }, "<a>" },
	{ { SM, "-O", "SMTPUTF8=yes", "a" }, "U <a>" },
	{ { SM, "-OMaxMessageSize=1", "-OPrivacyOptions=x", "-OLogLevel=99",
	    "a" }, "<a> rrr" },
	{ { SM, "-OSuperSafe", "a" }, "<a> r" },
	{ { SM, "-O", "", "a" }, "<a> r" },
	{ { SM, "-O=", "a" }, "<a> r" },
};

/* Clusters, order, names, our own options. */
static const struct row shape_rows[] = {
	{ { SM, "-ti" }, "t i" },
	{ { SM, "-it" }, "t i" },
	{ { SM, "-tvi" }, "t i od=1 v" },
	{ { SM, "-toi" }, "t i" },
	{ { SM, "-ioem", "a" }, "i oe=1 <a>" },
	{ { SM, "-tifx@y" }, "f=x@y t i" },
	{ { SM, "-tif", "x@y" }, "f=x@y t i" },
	{ { SM, "-tq" }, "mode=run t" },
	{ { SM, "-vq30m" }, "mode=run v every=1800" },
	{ { SM, "-td" }, "t od=1 v d=" },
	{ { SM, "a", "-i", "b" }, "i <a> <b>" },
	{ { SM, "a", "-f", "x", "-t" }, "f=x t <a>" },
	{ { SM, "-t", "-i", "-t" }, "t i" },
	{ { SM, "a@x,b@x" }, "<a@x,b@x>" },
	{ { SM, "\"Name\" <a@x>" }, "<\"Name\" <a@x>>" },
	{ { SM, "\\user" }, "<\\user>" },
	{ { SM, "|prog", "/file" }, "<|prog> </file>" },
	{ { SM, "" }, "<>" },
	{ { "" , "a" }, "<a>" },
	{ { "/usr/sbin/sendmail", "a" }, "<a>" },
	{ { "/usr/lib/sendmail", "a" }, "<a>" },
	{ { "send-mail", "a" }, "<a>" },
	{ { "sendmail.posthorn", "a" }, "<a>" },
	{ { "x86_64-linux-gnu-sendmail", "a" }, "<a>" },
	{ { "posthorn", "a" }, "<a>" },
	{ { "something", "a" }, "<a>" },
	{ { "-sendmail", "a" }, "<a>" },
	{ { "/usr/bin/msmtp", "-a", "work", "a" }, "account=work <a>" },
	{ { "msmtp", "-awork", "-t" }, "account=work t" },
	{ { "msmtp", "--account=work", "a" }, "account=work <a>" },
	{ { "/usr/bin/mailq" }, "mode=mailq" },
	{ { "mailq", "-v" }, "mode=mailq v" },
	{ { "mailq", "-q" }, "mode=run" },
	{ { "mailq", "-Ac" }, "mode=mailq r" },
	{ { "mailq.posthorn" }, "mode=mailq" },
	{ { "newaliases" }, "mode=aliases" },
	{ { "newaliases", "-bp" }, "mode=mailq" },
	{ { "newaliases", "-v" }, "mode=aliases v" },
	{ { "runq" }, "mode=run" },
	{ { "runq", "-v" }, "mode=run v" },
	{ { "hoststat" }, "mode=hoststat" },
	{ { "purgestat" }, "mode=purgestat" },
	{ { "rsmtp" }, "mode=batch" },
	{ { "rmail", "a" }, "69 rmail" },
	{ { "smtpd" }, "64 smtpd" },
	{ { "sendmail-mta", "a" }, "64 sendmail-mta" },
	{ { SM, "--account", "work", "a" }, "account=work <a>" },
	{ { SM, "--account=work", "a" }, "account=work <a>" },
	{ { SM, "--account=", "a" }, "account= <a>" },
	{ { SM, "--account" }, "64 without its value" },
	{ { SM, "--config", "/x", "a" }, "C=/x <a>" },
	{ { SM, "--config=/x", "a" }, "C=/x <a>" },
	{ { SM, "--check" }, "mode=check" },
	{ { SM, "--check=x" }, "64 takes no value" },
	{ { SM, "--setup", "a@b" }, "mode=setup <a@b>" },
	{ { SM, "--import", "/etc/msmtprc" }, "mode=import </etc/msmtprc>" },
	{ { SM, "--explain", "a" }, "mode=explain <a>" },
	{ { SM, "--explain", "-bm", "a" }, "mode=explain <a>" },
	{ { SM, "-bm", "--explain", "-t" }, "mode=explain t" },
	{ { "mailq", "--explain", "a" }, "mode=explain <a>" },
	{ { SM, "--explain", "-bs" }, "64 --explain together with -bs" },
	{ { SM, "-bs", "--explain" }, "64 --explain together with -bs" },
	{ { SM, "--explain", "-q" }, "64 --explain together with -q" },
	{ { SM, "--explain", "-i" }, "64 no recipient" },
	{ { SM, "--compose" }, "mode=compose" },
	{ { SM, "--json", "-bp" }, "mode=mailq json" },
	{ { SM, "--queue", "hold", "x" }, "mode=queue <hold> <x>" },
	{ { SM, "--queue", "list", "-qRx" }, "mode=queue R:x <list>" },
	{ { SM, "--status" }, "mode=status" },
	{ { SM, "--oauth-login" }, "mode=oauth-login" },
	{ { SM, "--version" }, "mode=version" },
	{ { SM, "--help" }, "mode=help" },
	{ { SM, "--debug", "a" }, "od=1 v d= <a>" },
	{ { SM, "--hel" }, "64 an unknown option: --hel" },
	{ { SM, "--t" }, "64 an unknown option" },
};

/* As real callers have been seen to call. */
static const struct row caller_rows[] = {
	{ { SM, "-FCronDaemon", "-i", "-B8BITMIME", "-oem", "user" },
	    "F=CronDaemon i B=2 8bit oe=1 <user>" },
	{ { SM, "-FCronDaemon", "-i", "-odi", "-oem", "-oi", "-t", "-f",
	    "user" }, "f=user F=CronDaemon t i od=1 oe=1" },
	{ { SM, "-FCronDaemon", "-odi", "-oem", "-oi", "-t" },
	    "F=CronDaemon t i od=1 oe=1" },
	{ { SM, "-FCronDaemon", "-odi", "-oem", "-or0s", "root" },
	    "F=CronDaemon od=1 oe=1 <root> r" },
	{ { SM, "-i", "-FCronDaemon", "-B8BITMIME", "-oem", "pi" },
	    "F=CronDaemon i B=2 8bit oe=1 <pi>" },
	{ { SM, "-FCronDaemon", "-i", "-B8BITMIME", "-oem", "a,b" },
	    "F=CronDaemon i B=2 8bit oe=1 <a,b>" },
	{ { SM, "-FAnacron", "-odi", "root" }, "F=Anacron od=1 <root>" },
	{ { SM, "-i", "root" }, "i <root>" },
	{ { SM, "-t" }, "t" },
	{ { SM, "-t", "-oi" }, "t i" },
	{ { SM, "-oi", "-t" }, "t i" },
	{ { SM, "-t", "-i" }, "t i" },
	{ { SM, "-t", "-i", "-fx@y" }, "f=x@y t i" },
	{ { SM, "-t", "-i", "-f", "x@y", "-F", "N" }, "f=x@y F=N t i" },
	{ { SM, "-t", "-i", "-rx@y", "-oi", "-odb" }, "f=x@y t i od=2" },
	{ { SM, "-t", "-i", "-oi", "-fx@y", "-t" }, "f=x@y t i" },
	{ { SM, "-oi", "-fx@y", "-t" }, "f=x@y t i" },
	{ { SM, "-bs" }, "mode=smtp" },
	{ { SM, "-oi", "-fx@y", "--", "a" }, "f=x@y i <a>" },
	{ { SM, "-i", "-fx@y", "--", "a", "b" }, "f=x@y i <a> <b>" },
	{ { SM, "-fx@y", "--", "a" }, "f=x@y <a>" },
	{ { SM, "-i", "-N", "never", "-fx@y", "--", "a" },
	    "f=x@y i N=1 <a>" },
	{ { SM, "-i", "-f", "x@y", "--", "a" }, "f=x@y i <a>" },
	{ { SM, "-t", "-f", "" }, "f= t" },
	{ { SM, "-i", "-f", "x@y", "a", "b" }, "f=x@y i <a> <b>" },
	{ { SM, "-i", "-t", "-oi", "a" }, "t i <a>" },
	{ { SM, "-t", "-oi", "-oem", "-fx@y" }, "f=x@y t i oe=1" },
	{ { SM, "-i", "-t", "-f", "x@y", "--" }, "f=x@y t i" },
	{ { SM, "-i", "-t", "-f", "x@y", "--", "a" }, "f=x@y t i <a>" },
	{ { SM, "-i", "-N", "success", "-R", "full", "-V", "id", "-f", "x",
	    "a" }, "f=x i N=2 R=1 V=id <a>" },
	{ { SM, "-i", "-t", "-v" }, "t i od=1 v" },
	{ { SM, "-oi", "-f", "root@vm", "-t" }, "f=root@vm t i" },
	{ { SM, "-i", "--", "a" }, "i <a>" },
	{ { SM, "-i", "-F", "N", "-f", "x", "--", "a" }, "f=x F=N i <a>" },
	{ { SM, "-i", "-t", "-X", "/x", "--", "a" }, "t i X=/x <a>" },
	{ { SM, "-oem", "-oi", "--", "a" }, "i oe=1 <a>" },
	{ { SM, "-oem", "-oi", "-f", "x", "--", "a" }, "f=x i oe=1 <a>" },
	{ { SM, "-oem", "-oi", "-B8BITMIME", "--", "a" },
	    "i B=2 8bit oe=1 <a>" },
	{ { SM, "-oem", "-oi", "-N", "failure", "-R", "hdrs", "--", "a" },
	    "i oe=1 N=4 R=2 <a>" },
	{ { SM, "-f", "x", "-i", "a" }, "f=x i <a>" },
	{ { SM, "-i", "-t", "-i", "a" }, "t i <a>" },
	{ { SM, "-oem", "-i", "a" }, "i oe=1 <a>" },
	{ { SM, "-t", "-f", "x" }, "f=x t" },
	{ { SM, "-oi", "-oep", "-odi", "-t" }, "t i od=1" },
	{ { SM, "-oi", "-f", "x", "-oem", "-odb", "-t" },
	    "f=x t i od=2 oe=1" },
	{ { SM, "-bs", "-odb", "-oem", "-om" }, "mode=smtp od=2 oe=1 r" },
	{ { SM, "-f", "<>", "--", "a" }, "f=<> <a>" },
	{ { SM, "-fx", "-oi", "a" }, "f=x i <a>" },
	{ { SM, "-t", "-fx", "-oi" }, "f=x t i" },
	{ { SM, "-oem", "-odb", "-oi", "-om", "-f", "l", "a" },
	    "f=l i od=2 oe=1 <a> r" },
	{ { SM, "-N", "success,delay,failure", "-V0000123", "-fx", "--", "a" },
	    "f=x N=14 V=0000123 <a>" },
	{ { SM, "-oi", "-ODeliveryMode=b", "-OErrorMode=m", "-f", "<>",
	    "a" }, "f=<> i od=2 oe=1 <a>" },
	{ { SM, "-C", "c", "-F", "N", "-f", "x", "a" },
	    "C=c f=x F=N <a>" },
	{ { SM, "-ffax", "-oi", "-t" }, "f=fax t i" },
	{ { SM, "-i", "-r", "x", "a" }, "f=x i <a>" },
};

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))
#define TABLE(name) START_TEST(name) { check_row(&name##_rows[_i]); } END_TEST

TABLE(b)
TABLE(flag)
TABLE(queue)
TABLE(setting)
TABLE(shape)
TABLE(caller)

START_TEST(no_name)
{
	char *none[] = { NULL }, *empty[] = { NULL, NULL };
	struct options op;
	struct outcome o;

	ck_assert_int_eq(options_parse(&op, 0, none, &o), -1);
	ck_assert_int_eq(o.fault, FAULT_USAGE);
	ck_assert_int_eq(options_parse(&op, 0, empty, &o), -1);
}
END_TEST

/* Every printable letter either is in the table or is refused. */
START_TEST(letters_all)
{
	static const char known[] =
	    "ABCDEFGIJLMNOQRSTUVXbcdefhimnopqrstvxz";
	char c;

	for (c = '!'; c < 0x7f; c++)
		ck_assert_msg((flags_letter(c) != NULL) ==
		    (strchr(known, c) != NULL), "%c", c);
	ck_assert_ptr_null(flags_letter('\0'));
	ck_assert_ptr_null(flags_name("", 0));
}
END_TEST

START_TEST(many)
{
	char *argv[402], name[] = "sendmail", odd[] = "-Bx", q[] = "-qIx";
	struct options op;
	struct outcome o;
	int i;

	argv[0] = name;
	for (i = 1; i < 400; i++)
		argv[i] = odd;
	argv[400] = name;
	ck_assert_int_eq(options_parse(&op, 401, argv, &o), 0);
	ck_assert_uint_eq(op.warnings_n, 32);
	ck_assert_ptr_null(op.recipients[op.recipients_n]);
	options_free(&op);
	for (i = 1; i < 400; i++)
		argv[i] = q;
	ck_assert_int_eq(options_parse(&op, 400, argv, &o), -1);
	ck_assert_int_eq(o.fault, FAULT_USAGE);
}
END_TEST

/* Words of the caller's never reach the screen as they are. */
START_TEST(notes_clean)
{
	char name[] = "sendmail", odd[] = "-Bx\033[1m\n", d[] = "-D\001",
	    bad[] = "-F\033]0;x\007", to[] = "a";
	char *argv[] = { name, odd, d, to, NULL };
	struct options op;
	struct outcome o;

	ck_assert_int_eq(options_parse(&op, 4, argv, &o), 0);
	ck_assert_str_eq(op.warnings[0],
	    "-B with unknown type \"x?[1m \" ignored");
	ck_assert_str_eq(op.remarks[0],
	    "-D? is accepted and has no effect");
	options_free(&op);
	argv[1] = bad;
	ck_assert_int_eq(options_parse(&op, 4, argv, &o), -1);
	ck_assert_ptr_null(strchr(o.text, '\033'));
}
END_TEST

START_TEST(mode_has_words)
{
	enum mode m;

	for (m = MODE_DELIVER; m <= MODE_HELP; m++)
		ck_assert_ptr_nonnull(modes_words(m));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("options");
	TCase *t = tcase_create("rows");

	tcase_add_loop_test(t, b, 0, COUNT(b_rows));
	tcase_add_loop_test(t, flag, 0, COUNT(flag_rows));
	tcase_add_loop_test(t, queue, 0, COUNT(queue_rows));
	tcase_add_loop_test(t, setting, 0, COUNT(setting_rows));
	tcase_add_loop_test(t, shape, 0, COUNT(shape_rows));
	tcase_add_loop_test(t, caller, 0, COUNT(caller_rows));
	suite_add_tcase(s, t);
	t = tcase_create("rules");
	tcase_add_test(t, no_name);
	tcase_add_test(t, letters_all);
	tcase_add_test(t, many);
	tcase_add_test(t, notes_clean);
	tcase_add_test(t, mode_has_words);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
