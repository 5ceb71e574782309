/* SPDX-License-Identifier: ISC */
/* Configuration texts that are taken, and why the others are not. */
#include <sys/socket.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "conf/settings.h"
#include "unit.h"

static struct settings s;
static struct outcome o;

static int
parse(const char *text, bool set_id)
{
	outcome_clear(&o);
	return settings_parse(&s, text, strlen(text), "/etc/c", set_id, &o);
}

/* An account with what must be there, and more. */
static int
account(const char *more)
{
	struct buf b;
	int r;

	buf_init(&b, 1 << 20);
	buf_printf(&b, "account \"a\" { host = \"h.example.org\" %s }", more);
	r = parse(b.data, false);
	buf_free(&b);
	return r;
}

#define A "account \"a\" {\nhost = h.example.org\n"	/* two lines */

START_TEST(smallest)
{
	const struct account *a;

	ck_assert_msg(parse("account \"example\" {\n"
	    "    host     = \"smtp.example.org\"\n"
	    "    user     = \"robot@example.org\"\n"
	    "    password = 'correct horse'\n"
	    "}\n", true) == 0, "%s", o.text);
	ck_assert_str_eq(s.path, "/etc/c");
	ck_assert_uint_eq(s.files_n, 1);
	ck_assert_str_eq(s.files[0].path, "/etc/c");
	ck_assert_uint_eq(s.files[0].ino, 0);
	ck_assert_uint_eq(s.accounts_n, 1);
	ck_assert_ptr_eq(s.fallback, s.accounts);
	ck_assert_ptr_null(s.domain);
	ck_assert_uint_eq(s.max_message_size, 0);
	ck_assert_int_eq((int)s.received, RECEIVED_FULL);
	ck_assert(s.log.syslog && !s.log.json && s.log.file == NULL);
	ck_assert_int_eq(s.log.facility, LOG_MAIL);
	ck_assert(!s.queue.none && !s.queue.external);
	ck_assert_ptr_null(s.queue.directory);
	ck_assert_ptr_null(s.queue.bounce_to);
	ck_assert_int_eq((int)s.queue.deliver, DELIVER_NOW);
	ck_assert_int_eq(s.queue.patience, 10 * 1000);
	ck_assert_int_eq(s.queue.min_retry, 60);
	ck_assert_int_eq(s.queue.max_retry, 3600);
	ck_assert_int_eq(s.queue.warn_after, 4 * 3600);
	ck_assert_int_eq(s.queue.expire, 5 * 86400);
	ck_assert_int_eq(s.queue.max_hold, 30 * 86400);
	ck_assert_int_eq(s.queue.keep_failed, 30 * 86400);
	ck_assert_uint_eq(s.queue.connections, 4);
	ck_assert_uint_eq(s.queue.max_size, 0);
	ck_assert_uint_eq(s.queue.min_free, 0);
	ck_assert_uint_eq(s.queue.min_free_percent, 5);
	a = s.fallback;
	ck_assert_str_eq(a->name, "example");
	ck_assert_uint_eq(a->hosts_n, 1);
	ck_assert_str_eq(a->hosts[0].name, "smtp.example.org");
	ck_assert_uint_eq(a->hosts[0].port, 587);
	ck_assert_int_eq((int)a->tls, TLS_STARTTLS);
	ck_assert_int_eq((int)a->pipeline, PIPELINE_SAFE);
	ck_assert_int_eq((int)a->rewrite, REWRITE_LOCAL);
	ck_assert_int_eq(a->family, AF_UNSPEC);
	ck_assert_str_eq(a->user, "robot@example.org");
	ck_assert_str_eq(a->secret.password, "correct horse");
	ck_assert(a->tls_verify && !a->auth_off && !a->null_sender_account);
	ck_assert_ptr_null(a->auth);
	ck_assert_ptr_null(a->tls_ca_file);
	ck_assert_int_eq(a->connect_timeout, 30000);
	ck_assert_int_eq(a->timeout, 300000);
	ck_assert_int_eq(a->final_timeout, 600000);
	settings_free(&s);
}
END_TEST

/* Every file that was read, as it was, in order; none after a refusal. */
START_TEST(files_read)
{
	static const char *const texts[][2] = {
		{ "c", "include(\"sub/one\")\ninclude(\"two\")\n" },
		{ "sub/one", "include(\"../three\")\n" },
		{ "sub/../three", "domain = x.example\n" },
		{ "two", "account a { host = h.example.org }\n" },
	};
	char top[] = "/tmp/posthorn-settings.XXXXXX", command[100];
	char path[100];
	struct stat st;
	size_t i;
	FILE *f;

	umask(077);
	ck_assert_ptr_nonnull(mkdtemp(top));
	snprintf(path, sizeof(path), "%s/sub", top);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	for (i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/%s", top, texts[i][0]);
		f = fopen(path, "w");
		ck_assert_ptr_nonnull(f);
		fputs(texts[i][1], f);
		fclose(f);
	}
	snprintf(path, sizeof(path), "%s/c", top);
	ck_assert_msg(settings_load(&s, path, false, &o) == 0, "%s", o.text);
	ck_assert_uint_eq(s.files_n, 4);
	for (i = 0; i < 4; i++) {
		const struct settings_file *file = &s.files[i];

		snprintf(path, sizeof(path), "%s/%s", top, texts[i][0]);
		ck_assert_str_eq(file->path, path);
		ck_assert_int_eq(stat(path, &st), 0);
		ck_assert_uint_eq(file->dev, st.st_dev);
		ck_assert_uint_eq(file->ino, st.st_ino);
		ck_assert_int_eq(file->size, st.st_size);
		ck_assert_int_eq(file->mtime.tv_sec, st.st_mtim.tv_sec);
		ck_assert_int_eq(file->mtime.tv_nsec, st.st_mtim.tv_nsec);
	}
	settings_free(&s);
	ck_assert_ptr_null(s.files);
	ck_assert_int_eq(unlink(path), 0);
	snprintf(path, sizeof(path), "%s/c", top);
	ck_assert_int_eq(settings_load(&s, path, false, &o), -1);
	ck_assert_uint_eq(s.files_n, 0);
	snprintf(command, sizeof(command), "rm -rf '%s'", top);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

START_TEST(everything)
{
	static const char text[] =
	    "\xef\xbb\xbf# A comment: don't \"stop\" here {\r\n"
	    "default-account = \"two\"\r\n"
	    "domain = B\xc3\xbc" "cher.example max-message-size = 25M\n"
	    "received = minimal // and another\n"
	    "log { syslog = no facility = local3 file = \"/var/log/x\"\n"
	    "    format = json }\n"
	    "queue { directory = \"/var/q\" deliver = background\n"
	    "    patience = 2m runner = external min-retry = 30s\n"
	    "    max-retry = 2h warn-after = 1d expire = 3d max-hold = 60d\n"
	    "    keep-failed = 7d bounce-to = \"Post <Post@Example.ORG>\"\n"
	    "    connections = 64 max-size = 2G min-free = 500M }\n"
	    "account one { host = { \"a.example.org:2525\", '[::1]:25',\n"
	    "    192.0.2.1, \"unix:/run/s\", b.example.org., [::2], }\n"
	    "    tls = off port = 26 ip = 6 pipeline = full\n"
	    "    max-recipients = 7 protocol = smtp match = { \"*@x.org\" }\n"
	    "}\n"
	    "/* x */ account 'two' { host = h.example.org tls = implicit\n"
	    "    user = \"a \\\"b\\\" \\\\ $c ${PH_USER} ${PH_NO:-d}\"\n"
	    "    password-command = { \"pass\", 'show it', \"${PH_USER}\" }\n"
	    "    auth = { plain, \"Scram-Sha-256\" }\n"
	    "    from = \"Robot R. <robot@example.org>\"\n"
	    "    rewrite-from = always null-sender = account\n"
	    "    match = { \"*@example.org\", 'root' }\n"
	    "    tls-ca-file = \"/ca\" tls-crl-file = \"/crl\"\n"
	    "    tls-trust = ca tls-resume = false dane = off\n"
	    "    tls-fingerprint = { \"SHA256:00:11:22:33:44:55:66:77:88:99:"
	    "AA:BB:CC:DD:EE:FF:00112233445566778899aabbccddeeff\",\n"
	    "      \"spki-sha256:00112233445566778899aabbccddeeff"
	    "00112233445566778899aabbccddeeff\" }\n"
	    "    tls-certificate = \"pkcs11:token=x\" tls-key = \"/k\"\n"
	    "    tls-name = h.example tls-priority = 'SECURE192:+X'\n"
	    "    tls-verify = yes ehlo-name = \"[192.0.2.9]\"\n"
	    "    source-address = 192.0.2.9\n"
	    "    connect-timeout = 1s timeout = 2h final-timeout = 1d\n"
	    "}\n";
	const struct account *a, *b;

	setenv("PH_USER", "u", 1);
	unsetenv("PH_NO");
	ck_assert_msg(parse(text, false) == 0, "%s", o.text);
	ck_assert_uint_eq(s.accounts_n, 2);
	a = &s.accounts[0];
	b = &s.accounts[1];
	ck_assert_ptr_eq(s.fallback, b);
	ck_assert_str_eq(s.domain, "xn--bcher-kva.example");
	ck_assert_uint_eq(s.max_message_size, 25u << 20);
	ck_assert_int_eq((int)s.received, RECEIVED_MINIMAL);
	ck_assert(!s.log.syslog && s.log.json);
	ck_assert_int_eq(s.log.facility, LOG_LOCAL3);
	ck_assert_str_eq(s.log.file, "/var/log/x");

	ck_assert_str_eq(s.queue.directory, "/var/q");
	ck_assert(!s.queue.none && s.queue.external);
	ck_assert_int_eq((int)s.queue.deliver, DELIVER_BACKGROUND);
	ck_assert_int_eq(s.queue.patience, 120 * 1000);
	ck_assert_int_eq(s.queue.min_retry, 30);
	ck_assert_int_eq(s.queue.max_retry, 7200);
	ck_assert_int_eq(s.queue.warn_after, 86400);
	ck_assert_int_eq(s.queue.expire, 3 * 86400);
	ck_assert_int_eq(s.queue.max_hold, 60 * 86400);
	ck_assert_int_eq(s.queue.keep_failed, 7 * 86400);
	ck_assert_str_eq(s.queue.bounce_to, "Post@example.org");
	ck_assert_uint_eq(s.queue.connections, 64);
	ck_assert_uint_eq(s.queue.max_size, (uint64_t)2 << 30);
	ck_assert_uint_eq(s.queue.min_free, 500u << 20);
	ck_assert_uint_eq(s.queue.min_free_percent, 0);

	ck_assert_uint_eq(a->hosts_n, 6);
	ck_assert_str_eq(a->hosts[0].name, "a.example.org");
	ck_assert_uint_eq(a->hosts[0].port, 2525);
	ck_assert(!a->hosts[0].is_address);
	ck_assert_str_eq(a->hosts[1].name, "::1");
	ck_assert_uint_eq(a->hosts[1].port, 25);
	ck_assert(a->hosts[1].is_address);
	ck_assert_uint_eq(a->hosts[2].port, 26);
	ck_assert(a->hosts[2].is_address);
	ck_assert(a->hosts[3].is_unix);
	ck_assert_str_eq(a->hosts[3].name, "/run/s");
	ck_assert_uint_eq(a->hosts[3].port, 0);
	ck_assert_str_eq(a->hosts[4].name, "b.example.org");
	ck_assert_str_eq(a->hosts[5].name, "::2");
	ck_assert_int_eq((int)a->tls, TLS_OFF);
	ck_assert_int_eq(a->family, AF_INET6);
	ck_assert_int_eq((int)a->pipeline, PIPELINE_FULL);
	ck_assert_uint_eq(a->max_recipients, 7);
	ck_assert_str_eq(a->match[0], "*@x.org");
	ck_assert_ptr_null(a->match[1]);

	ck_assert_int_eq((int)b->tls, TLS_IMPLICIT);
	ck_assert_uint_eq(b->hosts[0].port, 465);
	ck_assert_str_eq(b->user, "a \"b\" \\ $c u d");
	ck_assert_str_eq(b->secret.password_command[0], "pass");
	ck_assert_str_eq(b->secret.password_command[1], "show it");
	ck_assert_str_eq(b->secret.password_command[2], "u");
	ck_assert_ptr_null(b->secret.password_command[3]);
	ck_assert_str_eq(b->auth[0], "PLAIN");
	ck_assert_str_eq(b->auth[1], "SCRAM-SHA-256");
	ck_assert_ptr_null(b->auth[2]);
	ck_assert_str_eq(b->from_name, "Robot R.");
	ck_assert_str_eq(b->from_address, "robot@example.org");
	ck_assert_int_eq((int)b->rewrite, REWRITE_ALWAYS);
	ck_assert(b->null_sender_account);
	ck_assert_str_eq(b->match[1], "root");
	ck_assert_str_eq(b->tls_ca_file, "/ca");
	ck_assert_str_eq(b->tls_crl_file, "/crl");
	ck_assert_str_eq(b->tls_fingerprints[0], "sha256:0011223344556677"
	    "8899aabbccddeeff00112233445566778899aabbccddeeff");
	ck_assert_str_eq(b->tls_fingerprints[1], "spki-sha256:"
	    "00112233445566778899aabbccddeeff"
	    "00112233445566778899aabbccddeeff");
	ck_assert_ptr_null(b->tls_fingerprints[2]);
	ck_assert_str_eq(b->tls_certificate, "pkcs11:token=x");
	ck_assert_str_eq(b->tls_key, "/k");
	ck_assert_str_eq(b->tls_name, "h.example");
	ck_assert_str_eq(b->tls_priority, "SECURE192:+X");
	ck_assert_str_eq(b->ehlo_name, "[192.0.2.9]");
	ck_assert_str_eq(b->source_address, "192.0.2.9");
	ck_assert_int_eq(b->connect_timeout, 1000);
	ck_assert_int_eq(b->timeout, 7200000);
	ck_assert_int_eq(b->final_timeout, 86400000);
	settings_free(&s);
}
END_TEST

static const struct {
	const char	*hosts;
	enum tls_mode	 tls;
	unsigned	 port;
} modes[] = {
	{ "host = a", TLS_STARTTLS, 587 },
	{ "host = a port = 25", TLS_STARTTLS, 25 },
	{ "host = a port = 465", TLS_IMPLICIT, 465 },
	{ "host = \"a:465\"", TLS_IMPLICIT, 465 },
	{ "host = \"a:465\" port = 587", TLS_IMPLICIT, 465 },
	{ "host = \"a:465\" tls = starttls", TLS_STARTTLS, 465 },
	{ "host = a port = 465 tls = off", TLS_OFF, 465 },
	{ "host = a tls = implicit", TLS_IMPLICIT, 465 },
	{ "host = a tls = off", TLS_OFF, 587 },
	{ "host = { a, \"b:465\" } tls = implicit", TLS_IMPLICIT, 465 },
	{ "host = \"unix:/x\"", TLS_OFF, 0 },
	{ "host = \"unix:/x\" tls = starttls tls-name = b", TLS_STARTTLS, 0 },
	{ "host = \"unix:/x\" tls = starttls tls-verify = no", TLS_STARTTLS,
	    0 },
	{ "host = 2001:db8::1", TLS_STARTTLS, 587 },
	{ "host = xn--bcher-kva.example", TLS_STARTTLS, 587 },
	{ "host = b\xc3\xbc" "cher.example", TLS_STARTTLS, 587 },
};

START_TEST(tls_and_port)
{
	char text[200];

	snprintf(text, sizeof(text), "account a { %s }", modes[_i].hosts);
	ck_assert_msg(parse(text, false) == 0, "%s", o.text);
	ck_assert_int_eq((int)s.fallback->tls, (int)modes[_i].tls);
	ck_assert_uint_eq(s.fallback->hosts[0].port, modes[_i].port);
	settings_free(&s);
}
END_TEST

static const struct {
	const char	*written, *secret;
} secrets[] = {
	{ "'correct horse'", "correct horse" },
	{ "'a\"b'", "a\"b" },
	{ "'it\\'s'", "it's" },
	{ "'a\\\\b'", "a\\b" },
	{ "'a\\nb'", "a\\nb" },
	{ "'${HOME} $x'", "${HOME} $x" },
	{ "'# // /* */ { } = , ( )'", "# // /* */ { } = , ( )" },
	{ "\"dq\"", "dq" },
	{ "\"d\\\"q\\\\\"", "d\"q\\" },
	{ "\"$HOME\"", "$HOME" },
	{ "plain", "plain" },
	{ "s3cret!", "s3cret!" },
	{ "pa$$word", "pa$$word" },
	{ "'p\xc3\xa4ss'", "p\xc3\xa4ss" },
	{ "'\xff'", "\xff" },
};

START_TEST(quoting)
{
	char text[200];

	snprintf(text, sizeof(text), "user = u password = %s",
	    secrets[_i].written);
	ck_assert_msg(account(text) == 0, "%s", o.text);
	ck_assert_str_eq(s.fallback->secret.password, secrets[_i].secret);
	settings_free(&s);
}
END_TEST

static const struct {
	const char	*keys;
	size_t		 at;		/* of a 64-bit field */
	uint64_t	 value;
} queues[] = {
#define AT(field) offsetof(struct queue_settings, field)
	{ "patience = 0", AT(patience), 0 },
	{ "patience = 0s", AT(patience), 0 },
	{ "patience = 1s", AT(patience), 1000 },
	{ "min-retry = 1s", AT(min_retry), 1 },
	{ "min-retry = 1h", AT(min_retry), 3600 },
	{ "min-retry = 365d max-retry = 365d", AT(max_retry), 31536000 },
	{ "max-retry = 1m", AT(max_retry), 60 },
	{ "warn-after = 0", AT(warn_after), 0 },
	{ "warn-after = 0h", AT(warn_after), 0 },
	{ "expire = 0d", AT(expire), 0 },
	{ "expire = 00m", AT(expire), 0 },
	{ "max-hold = 0", AT(max_hold), 0 },
	{ "keep-failed = 0", AT(keep_failed), 0 },
	{ "max-size = 1", AT(max_size), 1 },
	{ "max-size = 100k", AT(max_size), 102400 },
	{ "min-free = 1024", AT(min_free), 1024 },
	{ "min-free = 0", AT(min_free), 0 },
};

START_TEST(queue_values)
{
	char text[200];
	uint64_t found;

	snprintf(text, sizeof(text), "} queue { %s", queues[_i].keys);
	ck_assert_msg(account(text) == 0, "%s", o.text);
	memcpy(&found, (const char *)&s.queue + queues[_i].at, sizeof(found));
	ck_assert_uint_eq(found, queues[_i].value);
	settings_free(&s);
}
END_TEST

static const struct {
	const char	*keys;
	unsigned	 percent;
} shares[] = {
	{ "min-free = 5%", 5 }, { "min-free = \"7 %\"", 7 },
	{ "min-free = 50%", 50 }, { "min-free = 0%", 0 },
	{ "min-free = 0", 0 }, { "min-free = 1G", 0 }, { "", 5 },
};

START_TEST(queue_share)
{
	char text[200];

	snprintf(text, sizeof(text), "} queue { %s", shares[_i].keys);
	ck_assert_msg(account(text) == 0, "%s", o.text);
	ck_assert_uint_eq(s.queue.min_free_percent, shares[_i].percent);
	settings_free(&s);
}
END_TEST

START_TEST(queue_words)
{
	ck_assert_int_eq(account("} queue { directory = \"none\" "
	    "deliver = now runner = auto connections = 1"), 0);
	ck_assert(s.queue.none && !s.queue.external);
	ck_assert_ptr_null(s.queue.directory);
	ck_assert_uint_eq(s.queue.connections, 1);
	settings_free(&s);
	ck_assert_int_eq(account("} queue { deliver = queued "
	    "bounce-to = \"a.b@x.org.\""), 0);
	ck_assert_int_eq((int)s.queue.deliver, DELIVER_QUEUED);
	ck_assert_str_eq(s.queue.bounce_to, "a.b@x.org");
	settings_free(&s);
}
END_TEST

/* Those before and behind it do not disturb what an account says. */
START_TEST(queue_between_accounts)
{
	ck_assert_msg(parse("account a { host = h user = u password = x }\n"
	    "queue { max-retry = 2h }\naccount b { host = i }\n", false) == 0,
	    "%s", o.text);
	ck_assert_int_eq(s.queue.max_retry, 7200);
	ck_assert_ptr_null(s.accounts[1].user);
	settings_free(&s);
}
END_TEST

static const char *const good[] = {
	"user = u auth = off",
	"user = u tls-certificate = \"/c\"",
	"user = u tls-certificate = \"/c\" auth = EXTERNAL",
	"user = u token-command = t auth = { OAUTHBEARER, PLAIN }",
	"user = u password = x auth = AUTO",
	"user = u password = x auth = { auto }",
	"user = u credential = pw.cred",
	"user = u password-file = \"${HOME}/pw\"",
	"null-sender = account user = \"a@b.org\" password = x",
	"null-sender = account from = \"a@b.org\"",
	"from = \"=?utf-8?q?J=C3=BCrgen?= <j@b.org>\"",
	"tls = off tls-verify = no tls-priority = NORMAL",
	"match = \"a\"",
	"ip = any",
	"\n",
	"user\n=\nu\npassword\n=\n'x'\n",
	"user=u password=x",
};

START_TEST(taken)
{
	ck_assert_msg(account(good[_i]) == 0, "%s", o.text);
	settings_free(&s);
}
END_TEST

START_TEST(bench)
{
	ck_assert_int_eq(parse("domain = \"client.bench.test\"\n"
	    "queue { directory = \"none\" }\naccount \"bench\" {\n"
	    "    host = \"smtp.bench.test\"\n    port = 587\n"
	    "    tls = \"starttls\"\n    user = \"bench\"\n"
	    "    password = 'secret'\n    auth = { \"PLAIN\" }\n"
	    "    tls-resume = false\n}\n", false), 0);
	settings_free(&s);
}
END_TEST

START_TEST(many_values)
{
	struct buf b;
	int i, n = 256 + _i;

	buf_init(&b, 1 << 16);
	buf_puts(&b, "match = { x");
	for (i = 1; i < n; i++)
		buf_puts(&b, ", x");
	buf_puts(&b, " }");
	ck_assert_int_eq(account(b.data), _i == 0 ? 0 : -1);
	if (_i > 0)
		ck_assert_msg(strstr(o.text, "more than 256") != NULL, "%s",
		    o.text);
	settings_free(&s);
	buf_free(&b);
}
END_TEST

/* A file is never taken when it is cut, but at its very end. */
START_TEST(every_cut)
{
	static const char text[] = "domain = x.org # c\n"
	    "account \"a\" { /* c */ host = { \"h.org\", 'i.org' }\n"
	    "  user = u password = 'x y' }";
	size_t n;

	for (n = 0; n + 1 < sizeof(text); n++) {
		outcome_clear(&o);
		ck_assert_msg(settings_parse(&s, text, n, "/etc/c", false, &o)
		    == -1, "%.*s", (int)n, text);
	}
	ck_assert_int_eq(parse(text, false), 0);
	settings_free(&s);
}
END_TEST

START_TEST(holds_nul)
{
	static const char text[] = "domain = x.org\n\0account a { host = h }";

	outcome_clear(&o);
	ck_assert_int_eq(settings_parse(&s, text, sizeof(text) - 1, "/etc/c",
	    false, &o), -1);
	ck_assert_str_eq(o.text, "/etc/c:2: a control character (0x00)");
	ck_assert_int_eq(settings_parse(&s, "domain = x\0y", 12, "/etc/c",
	    false, &o), -1);
	ck_assert_str_eq(o.text, "/etc/c:1: a control character (0x00)");
}
END_TEST

#define PARENT "account p { host = { h1, \"h2:2525\", \"unix:/s\" } " \
	"tls = starttls tls-verify = no port = 1025 user = u " \
	"password = 'pw' auth = { PLAIN, LOGIN } from = \"R <r@x.org>\" " \
	"rewrite-from = always null-sender = account match = \"*@p\" " \
	"max-recipients = 7 timeout = 9s ip = 4 tls-ca-file = /ca " \
	"tls-certificate = /crt tls-key = /key password-command = x }"

START_TEST(inherited)
{
	const struct account *a, *p;
	char *text = strdup(PARENT " account c { port = 26 inherit = p "
	    "timeout = 8s } account d { inherit = c host = x "
	    "tls-certificate = /mine }\n"
	    "account e { password-file = /pw inherit = d from = \"e@x.org\" "
	    "match = \"*@e\" }");

	/* one source of the secret is enough */
	memset(strstr(text, "password-command = x"), ' ', 20);
	ck_assert_msg(parse(text, false) == 0, "%s", o.text);
	free(text);
	ck_assert_uint_eq(s.accounts_n, 4);
	p = &s.accounts[0];
	a = &s.accounts[1];
	ck_assert_str_eq(a->name, "c");
	ck_assert_uint_eq(a->hosts_n, 3);
	ck_assert_uint_eq(p->hosts[0].port, 1025);
	ck_assert_uint_eq(a->hosts[0].port, 26);
	ck_assert_uint_eq(a->hosts[1].port, 2525);
	ck_assert(a->hosts[2].is_unix && a->hosts[0].name != p->hosts[0].name);
	ck_assert_int_eq((int)a->tls, TLS_STARTTLS);
	ck_assert(!a->tls_verify && a->null_sender_account);
	ck_assert_str_eq(a->user, "u");
	ck_assert_str_eq(a->secret.password, "pw");
	ck_assert_str_eq(a->auth[0], "PLAIN");
	ck_assert_str_eq(a->auth[1], "LOGIN");
	ck_assert_ptr_null(a->auth[2]);
	ck_assert_str_eq(a->from_name, "R");
	ck_assert_str_eq(a->from_address, "r@x.org");
	ck_assert_int_eq((int)a->rewrite, REWRITE_ALWAYS);
	ck_assert_ptr_null(a->match);
	ck_assert_uint_eq(a->max_recipients, 7);
	ck_assert_int_eq(a->timeout, 8000);
	ck_assert_int_eq(a->connect_timeout, 30000);
	ck_assert_int_eq(a->family, AF_INET);
	ck_assert_str_eq(a->tls_ca_file, "/ca");
	ck_assert_str_eq(a->tls_key, "/key");
	a = &s.accounts[2];
	ck_assert_uint_eq(a->hosts_n, 1);
	ck_assert_uint_eq(a->hosts[0].port, 26);
	ck_assert_int_eq(a->timeout, 8000);
	ck_assert_str_eq(a->tls_certificate, "/mine");
	ck_assert_ptr_null(a->tls_key);
	a = &s.accounts[3];
	ck_assert_ptr_null(a->secret.password);
	ck_assert_str_eq(a->secret.password_file, "/pw");
	ck_assert_str_eq(a->from_address, "e@x.org");
	ck_assert_ptr_null(a->from_name);
	ck_assert_str_eq(a->match[0], "*@e");
	ck_assert_str_eq(a->tls_certificate, "/mine");
	settings_free(&s);
}
END_TEST

/* What depends on other keys is found anew. */
START_TEST(inherited_defaults)
{
	ck_assert_int_eq(parse("account p { host = h }\n"
	    "account q { inherit = p port = 465 }\n"
	    "account r { inherit = p host = \"unix:/s\" }\n"
	    "account s { inherit = q host = x port = 25 }\n"
	    "account t { inherit = q tls = off auth = off user = u }\n",
	    false), 0);
	ck_assert_uint_eq(s.accounts[0].hosts[0].port, 587);
	ck_assert_int_eq((int)s.accounts[1].tls, TLS_IMPLICIT);
	ck_assert_uint_eq(s.accounts[1].hosts[0].port, 465);
	ck_assert_int_eq((int)s.accounts[2].tls, TLS_OFF);
	ck_assert_int_eq((int)s.accounts[3].tls, TLS_STARTTLS);
	ck_assert_uint_eq(s.accounts[3].hosts[0].port, 25);
	ck_assert_int_eq((int)s.accounts[4].tls, TLS_OFF);
	ck_assert(s.accounts[4].auth_off);
	settings_free(&s);
}
END_TEST

START_TEST(templates)
{
	ck_assert_int_eq(account("from = \"Jobs of %U <%U+%%@%H>\""), 0);
	ck_assert_str_eq(s.accounts->from_template,
	    "Jobs of %U <%U+%%@%H>");
	ck_assert_str_eq(s.accounts->from_address,
	    "user+%@host.example.org");
	settings_free(&s);
	ck_assert_int_eq(account("from = \"a@x.org\""), 0);
	ck_assert_ptr_null(s.accounts->from_template);
	settings_free(&s);
	ck_assert_int_eq(parse("account a { host = h from = \"%U@%M\" } "
	    "account b { inherit = a } account c { inherit = a "
	    "from = \"x@y.org\" }", true), 0);
	ck_assert_str_eq(s.accounts[1].from_template, "%U@%M");
	ck_assert_ptr_null(s.accounts[2].from_template);
	settings_free(&s);
	ck_assert_int_eq(parse("aliases = /etc/al traffic-log = yes "
	    "account a { host = h }", false), 0);
	ck_assert_str_eq(s.aliases, "/etc/al");
	ck_assert(s.traffic_log);
	settings_free(&s);
}
END_TEST

/* A refused file leaves nothing behind in the parser. */
START_TEST(after_refusal)
{
	ck_assert_int_eq(parse("domain = \"x", false), -1);
	ck_assert_int_eq(parse("account { }", false), -1);
	ck_assert_int_eq(parse(A "auth = { PLAIN LOGIN } }", false), -1);
	ck_assert_int_eq(account(""), 0);
	settings_free(&s);
	settings_free(&s);
}
END_TEST

#define LOOP(test, table) tcase_add_loop_test(t, test, 0, \
	sizeof(table) / sizeof((table)[0]))

static Suite *
suite(void)
{
	Suite *u = suite_create("settings");
	TCase *t = tcase_create("settings");

	tcase_add_test(t, smallest);
	tcase_add_test(t, files_read);
	tcase_add_test(t, everything);
	LOOP(tls_and_port, modes);
	LOOP(quoting, secrets);
	LOOP(queue_values, queues);
	LOOP(queue_share, shares);
	tcase_add_test(t, queue_words);
	tcase_add_test(t, queue_between_accounts);
	LOOP(taken, good);
	tcase_add_test(t, bench);
	tcase_add_loop_test(t, many_values, 0, 2);
	tcase_add_test(t, every_cut);
	tcase_add_test(t, holds_nul);
	tcase_add_test(t, inherited);
	tcase_add_test(t, inherited_defaults);
	tcase_add_test(t, templates);
	tcase_add_test(t, after_refusal);
	suite_add_tcase(u, t);
	return u;
}

int
main(void)
{
	return unit_main(suite());
}
