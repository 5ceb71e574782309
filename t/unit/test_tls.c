/* SPDX-License-Identifier: ISC */
/* TLS as a layer of a stream, against servers of every temper. */
#include <sys/socket.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>

#include "base/clock.h"
#include "net/pin.h"
#include "net/tls.h"

#include "certs.h"

#define PRIORITY \
	"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%PROFILE_MEDIUM"
#define V12 "NORMAL:-VERS-ALL:+VERS-TLS1.2"
#define V13 "NORMAL:-VERS-ALL:+VERS-TLS1.3"
#define BIG ((size_t)8 << 20)

/* What the server does once the handshake is over. */
enum temper {
	SAYS_NOTHING,		/* waits for our end, then ends */
	SPEAKS_FIRST,		/* sends a line at once */
	ANSWERS,		/* a line for every line, up to QUIT */
	CUTS,			/* closes without close_notify */
	SAYS_BYE,
	SENDS_BIG,		/* BIG octets, then reads as many */
	RENEGOTIATES,		/* then as ANSWERS */
	REKEYS,
	FLOODS,			/* tickets without end */
	ALERTS			/* a fatal one */
};

struct server {
	int		 fd;
	enum temper	 temper;
	const struct identity *chain[3];
	unsigned	 n;
	const char	*priority;
	const char	*junk;		/* sent instead of TLS */
	size_t		 junk_n;
	bool		 ask;		/* for a client certificate */
	bool		 require;
	size_t		 cut;		/* octets sent, + 1; 0: all */
	bool		 drip;		/* one octet a write */
	bool		 lump;		/* a flight at once, before reading */
	size_t		 held_n;
	char		 held[65536];
	/* What came of it. */
	size_t		 sent;
	int		 rc;		/* of the handshake */
	int		 alert;		/* received */
	bool		 clean;		/* our close_notify came */
	size_t		 got;		/* octets of data */
	bool		 wrong;		/* they were not what was sent */
	unsigned	 client_certs;
	unsigned	 flights;	/* reads from the socket that gave any */
	size_t		 binding_n[4];
	unsigned char	 binding[4][64];
	pthread_t	 thread;
	char		 line[64];
};

struct call {
	struct server	 server;
	struct tls_params params;
	struct stream	*stream;
	struct tls	*tls;
	struct outcome	 o;
};

static char dir[32], ca[64], client_pem[64];
static struct identity root, leaf, client;

static ssize_t
server_push(gnutls_transport_ptr_t ptr, const void *data, size_t n)
{
	struct server *s = ptr;
	size_t piece = s->drip ? 1 : n, done = 0;
	ssize_t k;

	if (s->lump && s->held_n + n <= sizeof(s->held)) {
		memcpy(s->held + s->held_n, data, n);
		s->held_n += n;
		return (ssize_t)n;
	}
	while (done < n) {
		piece = n - done < piece ? n - done : piece;
		if (s->cut != 0 && s->sent + piece >= s->cut) {
			piece = s->cut - 1 - s->sent;
			if (piece == 0) {
				errno = EPIPE;
				return -1;
			}
		}
		k = send(s->fd, (const char *)data + done, piece,
		    MSG_NOSIGNAL);
		if (k <= 0)
			return -1;
		done += (size_t)k;
		s->sent += (size_t)k;
	}
	return (ssize_t)n;
}

static ssize_t
server_pull(gnutls_transport_ptr_t ptr, void *data, size_t n)
{
	struct server *s = ptr;

	if (s->held_n > 0) {
		s->lump = false;
		server_push(s, s->held, s->held_n);
		s->held_n = 0;
	}
	return recv(s->fd, data, n, 0);
}

static int
server_timeout(gnutls_transport_ptr_t ptr, unsigned ms)
{
	struct pollfd p = { .fd = ((struct server *)ptr)->fd,
	    .events = POLLIN };

	return poll(&p, 1, ms == GNUTLS_INDEFINITE_TIMEOUT ? -1 : (int)ms);
}

static unsigned char
pattern(size_t i)
{
	return (unsigned char)(i * 31 + (i >> 11));
}

static void
server_answer(gnutls_session_t g, struct server *s)
{
	char line[256];
	ssize_t k;

	while ((k = gnutls_record_recv(g, line, sizeof(line) - 1)) > 0 ||
	    (k < 0 && gnutls_error_is_fatal((int)k) == 0)) {
		if (k < 0)
			continue;
		line[k] = '\0';
		snprintf(s->line, sizeof(s->line), "%.60s", line);
		s->got += (size_t)k;
		if (s->temper != SAYS_NOTHING &&
		    strncmp(line, "QUIT", 4) != 0 &&
		    gnutls_record_send(g, "250 yes\r\n", 9) < 0)
			break;
	}
	s->clean = k == 0;
	if (k == GNUTLS_E_FATAL_ALERT_RECEIVED)
		s->alert = (int)gnutls_alert_get(g);
}

static void
server_big(gnutls_session_t g, struct server *s)
{
	unsigned char *p = malloc(BIG);
	size_t i;
	ssize_t k;

	for (i = 0; i < BIG; i++)
		p[i] = pattern(i);
	for (i = 0; i < BIG; i += (size_t)k) {
		k = gnutls_record_send(g, p + i, BIG - i);
		if (k <= 0)
			break;
	}
	while (s->got < BIG && (k = gnutls_record_recv(g, p, BIG)) > 0)
		for (i = 0; i < (size_t)k; i++)
			s->wrong |= p[i] != pattern(s->got++);
	gnutls_record_send(g, "done\n", 5);
	free(p);
}

static void
server_behave(gnutls_session_t g, struct server *s)
{
	char octet;

	switch (s->temper) {
	case SPEAKS_FIRST:
		gnutls_record_send(g, "220 hello\r\n", 11);
		server_answer(g, s);
		break;
	case SAYS_NOTHING:
	case ANSWERS:
		server_answer(g, s);
		break;
	case CUTS:
		gnutls_record_send(g, "250 last\r\n", 10);
		break;
	case SAYS_BYE:
		gnutls_record_send(g, "250 last\r\n", 10);
		gnutls_bye(g, GNUTLS_SHUT_WR);
		gnutls_record_recv(g, &octet, 1);
		break;
	case SENDS_BIG:
		server_big(g, s);
		break;
	case RENEGOTIATES:
		gnutls_rehandshake(g);
		server_answer(g, s);
		break;
	case REKEYS:
		gnutls_session_key_update(g, GNUTLS_KU_PEER);
		gnutls_record_send(g, "220 new\r\n", 9);
		server_answer(g, s);
		break;
	case FLOODS:
		while (gnutls_session_ticket_send(g, 1, 0) == 0)
			;
		break;
	case ALERTS:
		gnutls_record_send(g, "250 last\r\n", 10);
		gnutls_alert_send(g, GNUTLS_AL_FATAL,
		    GNUTLS_A_CERTIFICATE_REQUIRED);
		break;
	}
}

static void
server_note(gnutls_session_t g, struct server *s)
{
	static const gnutls_channel_binding_t types[] = {
		[TLS_BINDING_EXPORTER] = GNUTLS_CB_TLS_EXPORTER,
		[TLS_BINDING_UNIQUE] = GNUTLS_CB_TLS_UNIQUE,
		[TLS_BINDING_END_POINT] = GNUTLS_CB_TLS_SERVER_END_POINT,
	};
	gnutls_datum_t d;
	int i;

	gnutls_certificate_get_peers(g, &s->client_certs);
	for (i = TLS_BINDING_EXPORTER; i <= TLS_BINDING_END_POINT; i++) {
		d.data = NULL;
		if (gnutls_session_channel_binding(g, types[i], &d) == 0) {
			s->binding_n[i] = d.size;
			memcpy(s->binding[i], d.data, d.size);
		}
		gnutls_free(d.data);
	}
}

static void *
server_run(void *arg)
{
	struct server *s = arg;
	gnutls_certificate_credentials_t cred;
	gnutls_datum_t key = { NULL, 0 };
	gnutls_session_t g;
	char rest[256];

	if (s->junk != NULL) {
		send(s->fd, s->junk, s->junk_n, MSG_NOSIGNAL);
		shutdown(s->fd, SHUT_WR);
		while (recv(s->fd, s->line, sizeof(s->line), 0) > 0)
			;
		close(s->fd);
		return NULL;
	}
	certs_ok(gnutls_certificate_allocate_credentials(&cred));
	certs_present(cred, s->chain, s->n);
	certs_ok(gnutls_init(&g, GNUTLS_SERVER));
	certs_ok(gnutls_priority_set_direct(g, s->priority, NULL));
	certs_ok(gnutls_credentials_set(g, GNUTLS_CRD_CERTIFICATE, cred));
	if (s->temper == FLOODS) {
		certs_ok(gnutls_session_ticket_key_generate(&key));
		certs_ok(gnutls_session_ticket_enable_server(g, &key));
	}
	if (s->ask || s->require)
		gnutls_certificate_server_set_request(g, s->require ?
		    GNUTLS_CERT_REQUIRE : GNUTLS_CERT_REQUEST);
	gnutls_transport_set_ptr(g, s);
	gnutls_transport_set_push_function(g, server_push);
	gnutls_transport_set_pull_function(g, server_pull);
	gnutls_transport_set_pull_timeout_function(g, server_timeout);
	do
		s->rc = gnutls_handshake(g);
	while (s->rc < 0 && gnutls_error_is_fatal(s->rc) == 0);
	if (s->rc == GNUTLS_E_FATAL_ALERT_RECEIVED)
		s->alert = (int)gnutls_alert_get(g);
	else if (s->rc < 0 && s->cut == 0)
		gnutls_alert_send_appropriate(g, s->rc);
	if (s->rc == 0) {
		server_note(g, s);
		server_behave(g, s);
	}
	shutdown(s->fd, SHUT_WR);
	while (s->cut == 0 && s->rc == 0 && s->temper != CUTS &&
	    recv(s->fd, rest, sizeof(rest), 0) > 0)
		;
	gnutls_deinit(g);
	gnutls_free(key.data);
	gnutls_certificate_free_credentials(cred);
	close(s->fd);
	return NULL;
}

static void
call_init(struct call *c)
{
	memset(c, 0, sizeof(*c));
	c->server.chain[0] = &leaf;
	c->server.n = 1;
	c->server.priority = "NORMAL";
	c->server.temper = ANSWERS;
	c->params.trust.name = "mx.example.org";
	c->params.trust.ca_file = ca;
	c->params.trust.verify = true;
	c->params.sni = "mx.example.org";
	c->params.priority = PRIORITY;
}

/* Starts the server and shakes hands; the result of tls_start. */
static int
call_dial(struct call *c)
{
	int fd[2], rc;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    fd), 0);
	ck_assert_int_eq(fcntl(fd[0], F_SETFL, O_NONBLOCK), 0);
	c->server.fd = fd[1];
	ck_assert_int_eq(pthread_create(&c->server.thread, NULL, server_run,
	    &c->server), 0);
	c->stream = stream_socket(fd[0]);
	outcome_clear(&c->o);
	c->tls = tls_prepare(&c->params, &c->o);
	if (c->tls == NULL)
		ck_abort_msg("%s", c->o.text);
	rc = tls_start(c->tls, c->stream, clock_deadline(20000), &c->o);
	ck_assert_int_eq(rc == 0, c->o.fault == FAULT_NONE);
	return rc;
}

static void
call_end(struct call *c)
{
	stream_close(c->stream);
	c->stream = NULL;
	ck_assert_int_eq(pthread_join(c->server.thread, NULL), 0);
}

/* The same, after the server has come to its end by itself. */
static void
call_outlived(struct call *c)
{
	ck_assert_int_eq(pthread_join(c->server.thread, NULL), 0);
	stream_close(c->stream);
}

static void
must_dial(struct call *c)
{
	if (call_dial(c) == -1)
		ck_abort_msg("%s", c->o.text);
}

static const char *
hear(struct call *c)
{
	static char line[256];
	size_t n;

	if (stream_line(c->stream, line, sizeof(line), &n,
	    clock_deadline(20000), STAGE_EHLO, &c->o) == -1)
		return c->o.text;
	return line;
}

static void
say(struct call *c, const char *text)
{
	if (stream_write(c->stream, text, strlen(text), clock_deadline(20000),
	    STAGE_EHLO, &c->o) == -1 || stream_flush(c->stream,
	    clock_deadline(20000), STAGE_EHLO, &c->o) == -1)
		ck_abort_msg("%s", c->o.text);
}

static void
remove_folder(void)
{
	char path[400];
	struct dirent *e;
	DIR *d = opendir(dir);

	while (d != NULL && (e = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		unlink(path);
	}
	closedir(d);
	rmdir(dir);
}

static void
setup(void)
{
	certs_ok(gnutls_global_init());
	certs_folder(dir);
	snprintf(ca, sizeof(ca), "%s/ca.pem", dir);
	snprintf(client_pem, sizeof(client_pem), "%s/client.pem", dir);
	root = certs_make(&(struct spec){ .dn = "CN=Root", .ca = true });
	leaf = certs_make(&(struct spec){ .dn = "CN=mx", .issuer = &root,
	    .san = { "mx.example.org" } });
	client = certs_make(&(struct spec){ .dn = "CN=robot" });
	certs_append(ca, root.crt);
	certs_append(client_pem, client.crt);
	certs_append_key(client_pem, client.key);
}

static void
teardown(void)
{
	remove_folder();
	certs_free(&root);
	certs_free(&leaf);
	certs_free(&client);
}

static const char *const versions[][2] = {
	{ V12, "TLS1.2" }, { V13, "TLS1.3" },
};

START_TEST(test_talk)
{
	struct call c;

	call_init(&c);
	c.server.priority = versions[_i][0];
	must_dial(&c);
	ck_assert_str_eq(tls_version(c.tls), versions[_i][1]);
	ck_assert_ptr_nonnull(strstr(tls_cipher(c.tls), "AES"));
	ck_assert(tls_verified(c.tls));
	ck_assert(!tls_has_certificate(c.tls));
	say(&c, "EHLO me\r\n");
	ck_assert_str_eq(hear(&c), "250 yes");
	ck_assert(!stream_poke(c.stream));
	say(&c, "QUIT\r\n");
	stream_bye(c.stream);
	ck_assert_int_eq(stream_flush(c.stream, clock_deadline(9000),
	    STAGE_QUIT, &c.o), 0);
	call_end(&c);
	ck_assert(c.server.clean);
	ck_assert_str_eq(c.server.line, "QUIT\r\n");
}
END_TEST

/* Nothing of ours is in the socket yet that the next write would not join. */
START_TEST(test_finished_waits)
{
	struct call c;

	call_init(&c);
	c.server.priority = V13;
	must_dial(&c);
	usleep(50000);
	ck_assert_uint_eq(c.server.binding_n[TLS_BINDING_EXPORTER], 0);
	say(&c, "EHLO me\r\n");
	ck_assert_str_eq(hear(&c), "250 yes");
	ck_assert_uint_ne(c.server.binding_n[TLS_BINDING_EXPORTER], 0);
	call_end(&c);
	ck_assert(!c.server.clean);
}
END_TEST

/* With implicit TLS the server speaks first, and hears our Finished first. */
START_TEST(test_server_first)
{
	struct call c;

	call_init(&c);
	c.server.priority = versions[_i][0];
	c.server.temper = SPEAKS_FIRST;
	c.params.server_first = true;
	must_dial(&c);
	ck_assert_str_eq(hear(&c), "220 hello");
	say(&c, "EHLO me\r\n");
	ck_assert_str_eq(hear(&c), "250 yes");
	call_end(&c);
}
END_TEST

/* The same without: reading gets the Finished out. */
START_TEST(test_reading_flushes)
{
	struct call c;

	call_init(&c);
	c.server.priority = versions[_i][0];
	c.server.temper = SPEAKS_FIRST;
	must_dial(&c);
	ck_assert_str_eq(hear(&c), "220 hello");
	call_end(&c);
}
END_TEST

/* A flight of several records and reads, all of it there at once. */
START_TEST(test_large_flight)
{
	static char name[3][10001];
	struct identity large;
	struct call c;
	int i;

	for (i = 0; i < 3; i++)
		memset(name[i], 'a' + i, sizeof(name[i]) - 1);
	large = certs_make(&(struct spec){ .dn = "CN=mx", .issuer = &root,
	    .san = { "mx.example.org", name[0], name[1], name[2] } });
	call_init(&c);
	c.server.chain[0] = &large;
	c.server.priority = versions[_i][0];
	c.server.lump = true;
	must_dial(&c);
	say(&c, "EHLO me\r\n");
	ck_assert_str_eq(hear(&c), "250 yes");
	call_end(&c);
	certs_free(&large);
}
END_TEST

START_TEST(test_drip)
{
	struct call c;

	call_init(&c);
	c.server.priority = versions[_i][0];
	c.server.drip = true;
	must_dial(&c);
	say(&c, "EHLO me\r\n");
	ck_assert_str_eq(hear(&c), "250 yes");
	call_end(&c);
}
END_TEST

/* The server vanishes behind each octet of its part. */
START_TEST(test_cut)
{
	struct call c;
	size_t whole, i;

	signal(SIGPIPE, SIG_DFL);
	call_init(&c);
	c.server.priority = versions[_i][0];
	must_dial(&c);
	say(&c, "EHLO me\r\n");
	hear(&c);
	call_end(&c);
	whole = c.server.sent;
	ck_assert_uint_gt(whole, 500);
	for (i = 0; i < whole; i++) {
		call_init(&c);
		c.server.priority = versions[_i][0];
		c.server.cut = i + 1;
		if (call_dial(&c) == -1) {
			ck_assert_int_eq(c.o.stage, STAGE_TLS);
			if (c.o.fault != FAULT_NETWORK)
				ck_abort_msg("%zu: %s", i, c.o.text);
			if (strstr(c.o.text, "closed") == NULL &&
			    strstr(c.o.text, "reset by peer") == NULL)
				ck_abort_msg("%zu: %s", i, c.o.text);
		} else {
			stream_write(c.stream, "EHLO\r\n", 6, 0, STAGE_EHLO,
			    &c.o);
			stream_flush(c.stream, 0, STAGE_EHLO, &c.o);
			/* Signatures vary in length by a few octets. */
			if (strcmp(hear(&c), "250 yes") != 0)
				ck_assert_int_eq(c.o.fault, FAULT_NETWORK);
			else
				ck_assert_uint_ge(i + 16, whole);
		}
		call_end(&c);
	}
}
END_TEST

static const struct {
	const char	*junk;
	size_t		 n;
	const char	*words;
} junks[] = {
	{ "220 mx.example.org ESMTP\r\n", 26, "plain text" },
	{ "\x15\x03\x03\x00\x02\x02\x28", 7, "alert 40 (Handshake failed)" },
	{ "\x15\x03\x03\x00\x02\x02\x46", 7, "alert 70" },
	{ "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09", 10, "our alert" },
	{ "\x16\x03\x03\xff\xff\x02\x00\x00\x01\x02", 10, "our alert" },
	{ "\x16\x03\x03\x00\x04\x02\x00\x00\x00", 9, "our alert" },
	{ "\x17\x03\x03\x00\x04\x02\x00\x00\x00", 9, "our alert" },
	{ "\x16\x03\x03\x00\x04\x14\x00\x00\x00", 9, "our alert" },
};

START_TEST(test_junk)
{
	struct call c;

	call_init(&c);
	c.server.junk = junks[_i].junk;
	c.server.junk_n = junks[_i].n;
	ck_assert_int_eq(call_dial(&c), -1);
	ck_assert_int_eq(c.o.fault, FAULT_STARTTLS);
	ck_assert_int_eq(c.o.verdict, VERDICT_LATER);
	if (strstr(c.o.text, junks[_i].words) == NULL)
		ck_abort_msg("%s", c.o.text);
	call_end(&c);
}
END_TEST

/* More warnings than a server has reason for. */
START_TEST(test_warnings)
{
	char junk[7 * 100];
	struct call c;
	size_t i;

	for (i = 0; i < sizeof(junk); i += 7)
		memcpy(junk + i, "\x15\x03\x03\x00\x02\x01\x70", 7);
	call_init(&c);
	c.server.junk = junk;
	c.server.junk_n = sizeof(junk);
	ck_assert_int_eq(call_dial(&c), -1);
	ck_assert_int_eq(c.o.fault, FAULT_STARTTLS);
	call_end(&c);
}
END_TEST

START_TEST(test_silence)
{
	struct tls_params p = { .priority = PRIORITY };
	struct outcome o;
	struct stream *s;
	struct tls *t;
	int fd[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	s = stream_socket(fd[0]);
	t = tls_prepare(&p, &o);
	ck_assert_ptr_nonnull(t);
	ck_assert_int_eq(tls_start(t, s, clock_deadline(100), &o), -1);
	ck_assert_int_eq(o.fault, FAULT_NETWORK);
	ck_assert_ptr_nonnull(strstr(o.text, "timed out"));
	stream_close(s);
	close(fd[1]);
}
END_TEST

/* A version or a suite the two have not in common. */
START_TEST(test_no_common)
{
	struct call c;

	call_init(&c);
	c.server.priority = _i == 0 ? "NORMAL:-VERS-ALL:+VERS-TLS1.1" :
	    "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC";
	c.params.priority = "NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.3:"
	    "-CIPHER-ALL:+AES-256-GCM";
	ck_assert_int_eq(call_dial(&c), -1);
	ck_assert_int_eq(c.o.fault, FAULT_STARTTLS);
	ck_assert_ptr_nonnull(strstr(c.o.text, "alert"));
	ck_assert_str_ne(c.o.advice, "");
	call_end(&c);
}
END_TEST

/* A certificate nobody should accept: an alert goes out, no Finished. */
static const struct {
	struct spec	 spec;
	bool		 self;
	const char	*words;
} bad[] = {
	{ { .san = { "mx.example.org" }, .from = -3, .until = -1 }, false,
	    "expired on" },
	{ { .san = { "a.test" } }, false, "not for \"mx.example.org\"" },
	{ { .san = { "mx.example.org" } }, true, "self-signed" },
	{ { .dn = "CN=mx.example.org" }, false, "no name" },
	{ { .san = { "mx.example.org" }, .purpose = GNUTLS_KP_TLS_WWW_CLIENT },
	    false, "not meant for servers" },
	{ { .san = { "mx.example.org" }, .rsa1024 = true }, false,
	    "RSA key of 1024 bits" },
};

START_TEST(test_bad_certificate)
{
	const char *version = versions[_i % 2][0];
	struct spec spec = bad[_i / 2].spec;
	struct identity id;
	struct call c;

	if (!bad[_i / 2].self)
		spec.issuer = &root;
	id = certs_make(&spec);
	call_init(&c);
	c.server.chain[0] = &id;
	c.server.priority = version;
	ck_assert_int_eq(call_dial(&c), -1);
	if (strstr(c.o.text, bad[_i / 2].words) == NULL)
		ck_abort_msg("%s", c.o.text);
	ck_assert_int_eq(c.o.fault, FAULT_TRUST);
	ck_assert_str_ne(c.o.advice, "");
	call_outlived(&c);
	ck_assert_int_eq(c.server.rc, GNUTLS_E_FATAL_ALERT_RECEIVED);
	ck_assert_int_eq(c.server.alert, GNUTLS_A_BAD_CERTIFICATE);

	call_init(&c);			/* unless nobody wants to know */
	c.server.chain[0] = &id;
	c.server.priority = version;
	c.params.trust.verify = false;
	c.params.priority = "NORMAL:%PROFILE_LOW";
	must_dial(&c);
	ck_assert(!tls_verified(c.tls));
	say(&c, "EHLO me\r\n");
	ck_assert_str_eq(hear(&c), "250 yes");
	call_end(&c);
	certs_free(&id);
}
END_TEST

START_TEST(test_address)
{
	struct identity id = certs_make(&(struct spec){ .issuer = &root,
	    .ip = { 127, 0, 0, 1 }, .ip_n = 4 });
	struct call c;

	call_init(&c);
	c.server.chain[0] = &id;
	c.params.sni = NULL;
	c.params.trust.name = "127.0.0.1";
	c.params.trust.name_is_address = true;
	must_dial(&c);
	call_end(&c);
	c.params.trust.name = "127.0.0.2";
	c.server.sent = 0;
	ck_assert_int_eq(call_dial(&c), -1);
	ck_assert_int_eq(c.o.fault, FAULT_TRUST);
	call_end(&c);
	certs_free(&id);
}
END_TEST

START_TEST(test_pin)
{
	struct identity id = certs_make(&(struct spec){ .from = -3,
	    .until = -1 });
	char pin[PIN_SIZE], *pins[] = { pin, NULL };
	gnutls_datum_t der;
	struct call c;

	certs_ok(gnutls_x509_crt_export2(id.crt, GNUTLS_X509_FMT_DER, &der));
	pin_key(&der, pin);
	gnutls_free(der.data);
	call_init(&c);
	c.server.chain[0] = &id;
	c.server.priority = versions[_i][0];
	c.params.trust.pins = pins;
	must_dial(&c);
	ck_assert(tls_verified(c.tls));
	say(&c, "EHLO me\r\n");
	ck_assert_str_eq(hear(&c), "250 yes");
	call_end(&c);
	pin[20] = pin[20] == '0' ? '1' : '0';
	ck_assert_int_eq(call_dial(&c), -1);
	ck_assert_int_eq(c.o.fault, FAULT_TRUST);
	ck_assert_ptr_nonnull(strstr(c.o.text, "tls-fingerprint"));
	call_outlived(&c);
	ck_assert_int_eq(c.server.rc, GNUTLS_E_FATAL_ALERT_RECEIVED);
	certs_free(&id);
}
END_TEST

START_TEST(test_client_certificate)
{
	struct call c;

	call_init(&c);
	c.server.priority = versions[_i][0];
	c.server.require = true;
	c.params.certificate = client_pem;
	must_dial(&c);
	say(&c, "EHLO me\r\n");
	ck_assert_str_eq(hear(&c), "250 yes");
	ck_assert(tls_has_certificate(c.tls));
	call_end(&c);
	ck_assert_uint_eq(c.server.client_certs, 1);

	c.server.require = false;	/* not asked, not sent */
	c.server.ask = false;
	must_dial(&c);
	ck_assert(!tls_has_certificate(c.tls));
	call_end(&c);

	c.params.certificate = NULL;	/* asked, but there is none */
	c.server.ask = true;
	must_dial(&c);
	ck_assert(!tls_has_certificate(c.tls));
	call_end(&c);
}
END_TEST

/* Without the certificate that the server insists on. */
START_TEST(test_client_certificate_missing)
{
	struct call c;

	call_init(&c);
	c.server.priority = versions[_i][0];
	c.server.require = true;
	if (call_dial(&c) == -1) {
		ck_assert_int_eq(_i, 0);
		ck_assert_int_eq(c.o.fault, FAULT_STARTTLS);
		ck_assert_ptr_nonnull(strstr(c.o.text, "alert"));
	} else {
		ck_assert_int_eq(_i, 1);
		say(&c, "EHLO me\r\n");
		ck_assert_ptr_nonnull(strstr(hear(&c), "TLS alert 116"));
		ck_assert_int_eq(c.o.fault, FAULT_NETWORK);
	}
	call_end(&c);
}
END_TEST

static void
prepare_fails(const struct tls_params *p, const char *words)
{
	struct outcome o;

	ck_assert_ptr_null(tls_prepare(p, &o));
	ck_assert_int_eq(o.fault, FAULT_CONFIG);
	if (strstr(o.text, words) == NULL)
		ck_abort_msg("%s", o.text);
}

START_TEST(test_prepare)
{
	struct tls_params p = { .priority = PRIORITY };
	char key[64];
	struct outcome o;
	struct tls *t;

	p.priority = "NORMAL:+NONSENSE:-VERS-ALL";
	prepare_fails(&p, "from \"+NONSENSE");
	p.priority = PRIORITY;
	p.certificate = "/nonexistent/x.pem";
	prepare_fails(&p, "/nonexistent/x.pem: No such file");
	p.certificate = ca;		/* no key in there */
	prepare_fails(&p, "tls-certificate");
	p.key = "/nonexistent/key.pem";
	prepare_fails(&p, "tls-key /nonexistent/key.pem: No such file");
	snprintf(key, sizeof(key), "%s/key.pem", dir);
	certs_append_key(key, client.key);
	p.key = key;			/* somebody else's */
	prepare_fails(&p, "tls-certificate");
	p.certificate = client_pem;
	t = tls_prepare(&p, &o);
	ck_assert_ptr_nonnull(t);
	tls_free(t);
	tls_free(NULL);
	p.certificate = "pkcs11:object=none";
	prepare_fails(&p, "pkcs11:object=none");
}
END_TEST

/* An unreadable CA file is the configuration's fault, not the server's. */
START_TEST(test_no_ca_file)
{
	struct call c;

	call_init(&c);
	c.params.trust.ca_file = "/nonexistent/ca.pem";
	ck_assert_int_eq(call_dial(&c), -1);
	ck_assert_int_eq(c.o.fault, FAULT_CONFIG);
	ck_assert_ptr_nonnull(strstr(c.o.text, "/nonexistent/ca.pem"));
	call_end(&c);
}
END_TEST

/* Both sides pour; neither may wait for the other to drink. */
START_TEST(test_both_ways)
{
	unsigned char *out = malloc(BIG), *in = malloc(65536);
	size_t sent = 0, got = 0, i;
	const struct stream_ops *ops;
	struct pollfd p;
	struct call c;
	short wait, flush_wait;
	ssize_t k;
	bool flushed = false, wrong = false;

	for (i = 0; i < BIG; i++)
		out[i] = pattern(i);
	call_init(&c);
	c.server.priority = versions[_i][0];
	c.server.temper = SENDS_BIG;
	must_dial(&c);
	ops = c.stream->ops;
	p.fd = c.stream->fd;
	while (got < BIG || !flushed) {
		k = sent == BIG ? 0 : ops->write(c.stream->ctx, out + sent,
		    BIG - sent, &wait);
		ck_assert(k >= 0 || errno == EAGAIN);
		sent += k > 0 ? (size_t)k : 0;
		if (sent == BIG && !flushed)
			flushed = ops->flush(c.stream->ctx, &flush_wait) == 0;
		while ((k = ops->read(c.stream->ctx, in, 65536, &wait)) > 0)
			for (i = 0; i < (size_t)k && got < BIG; i++)
				wrong |= in[i] != pattern(got++);
		ck_assert_int_eq(k, -1);
		ck_assert_int_eq(errno, EAGAIN);
		ck_assert((wait & POLLIN) != 0);
		p.events = flushed ? POLLIN : POLLIN | POLLOUT;
		if (got < BIG || !flushed)
			ck_assert_int_eq(poll(&p, 1, 20000), 1);
	}
	ck_assert_str_eq(hear(&c), "done");
	call_end(&c);
	ck_assert_uint_eq(c.server.got, BIG);
	ck_assert(!c.server.wrong && !wrong);
	free(out);
	free(in);
}
END_TEST

/* The same body through the stream, the server reading slowly or not. */
START_TEST(test_big_body)
{
	unsigned char *out = malloc(BIG);
	struct call c;
	size_t i;

	memset(out, 'x', BIG);
	call_init(&c);
	c.server.temper = SAYS_NOTHING;
	must_dial(&c);
	for (i = 0; i < BIG; i += 100000)
		ck_assert_int_eq(stream_write(c.stream, out + i,
		    BIG - i < 100000 ? BIG - i : 100000,
		    clock_deadline(60000), STAGE_DATA, &c.o), 0);
	ck_assert_int_eq(stream_flush(c.stream, clock_deadline(60000),
	    STAGE_DATA, &c.o), 0);
	stream_bye(c.stream);
	ck_assert_int_eq(stream_flush(c.stream, clock_deadline(60000),
	    STAGE_DATA, &c.o), 0);
	call_end(&c);
	ck_assert_uint_eq(c.server.got, BIG);
	ck_assert(c.server.clean);
	free(out);
}
END_TEST

START_TEST(test_ends)
{
	struct call c;

	call_init(&c);
	c.server.priority = versions[_i][0];
	c.server.temper = SAYS_BYE;
	must_dial(&c);
	ck_assert_str_eq(hear(&c), "250 last");
	ck_assert_str_eq(hear(&c), "connection closed by server");
	ck_assert(c.stream->ops->clean_end(c.stream->ctx));
	call_end(&c);

	call_init(&c);
	c.server.priority = versions[_i][0];
	c.server.temper = CUTS;
	must_dial(&c);
	ck_assert_str_eq(hear(&c), "250 last");
	ck_assert_ptr_nonnull(strstr(hear(&c), "without a goodbye"));
	ck_assert(!c.stream->ops->clean_end(c.stream->ctx));
	call_end(&c);

	call_init(&c);
	c.server.priority = versions[_i][0];
	c.server.temper = ALERTS;
	must_dial(&c);
	ck_assert_str_eq(hear(&c), "250 last");
	ck_assert_ptr_nonnull(strstr(hear(&c), "TLS alert 116"));
	ck_assert_int_eq(c.o.fault, FAULT_NETWORK);
	call_end(&c);
}
END_TEST

/* QUIT and the goodbye after it leave in one write. */
START_TEST(test_bye_rides)
{
	unsigned char octets[512];
	struct call c;
	ssize_t k;
	int fd;

	call_init(&c);
	must_dial(&c);
	say(&c, "EHLO me\r\n");
	hear(&c);
	/* Our end's own peer is watched from here on. */
	fd = dup(c.server.fd);
	ck_assert_int_eq(stream_write(c.stream, "QUIT\r\n", 6, 0, STAGE_QUIT,
	    &c.o), 0);
	stream_bye(c.stream);
	k = recv(fd, octets, sizeof(octets), MSG_PEEK | MSG_DONTWAIT);
	ck_assert_int_eq(k, -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(stream_flush(c.stream, clock_deadline(9000),
	    STAGE_QUIT, &c.o), 0);
	close(fd);
	call_end(&c);
	ck_assert(c.server.clean);
}
END_TEST

START_TEST(test_renegotiation_declined)
{
	struct call c;

	call_init(&c);
	c.server.priority = V12;
	c.server.temper = RENEGOTIATES;
	must_dial(&c);
	say(&c, "EHLO me\r\n");
	ck_assert_str_eq(hear(&c), "250 yes");
	call_end(&c);
	ck_assert_str_eq(c.server.line, "EHLO me\r\n");
}
END_TEST

/* Whatever comes without end, ends. */
START_TEST(test_flood)
{
	char line[64];
	struct call c;
	size_t n;

	call_init(&c);
	c.server.priority = V13;
	c.server.temper = FLOODS;
	must_dial(&c);
	ck_assert_int_eq(stream_line(c.stream, line, sizeof(line), &n,
	    clock_deadline(20000), STAGE_EHLO, &c.o), -1);
	ck_assert_int_eq(c.o.fault, FAULT_NETWORK);
	ck_assert_ptr_nonnull(strstr(c.o.text, "Too many handshake"));
	call_end(&c);
}
END_TEST

START_TEST(test_key_update)
{
	struct call c;

	call_init(&c);
	c.server.priority = V13;
	c.server.temper = REKEYS;
	must_dial(&c);
	say(&c, "EHLO me\r\n");
	ck_assert_str_eq(hear(&c), "220 new");
	ck_assert_str_eq(hear(&c), "250 yes");
	say(&c, "NOOP\r\n");
	ck_assert_str_eq(hear(&c), "250 yes");
	call_end(&c);
}
END_TEST

START_TEST(test_binding)
{
	unsigned char data[64];
	struct call c;
	size_t n;
	int i;

	call_init(&c);
	c.server.priority = _i == 2 ? V12 ":%NO_SESSION_HASH" :
	    versions[_i][0];
	must_dial(&c);
	say(&c, "EHLO me\r\n");
	ck_assert_str_eq(hear(&c), "250 yes");
	for (i = TLS_BINDING_EXPORTER; i <= TLS_BINDING_END_POINT; i++) {
		n = tls_channel_binding(c.tls, (enum tls_binding)i, data,
		    sizeof(data));
		if (i == TLS_BINDING_END_POINT)
			ck_assert_uint_eq(n, 32);
		else if (i == TLS_BINDING_UNIQUE)
			ck_assert_uint_eq(n, _i == 0 ? 12 : 0);
		else
			ck_assert_uint_eq(n, _i == 2 ? 0 : 32);
		if (n > 0) {
			ck_assert_uint_eq(c.server.binding_n[i], n);
			ck_assert_mem_eq(c.server.binding[i], data, n);
			ck_assert_uint_eq(tls_channel_binding(c.tls,
			    (enum tls_binding)i, data, n - 1), 0);
		}
	}
	ck_assert_uint_eq(tls_channel_binding(c.tls, TLS_BINDING_NONE, data,
	    sizeof(data)), 0);
	ck_assert_str_eq(tls_binding_name(TLS_BINDING_END_POINT),
	    "tls-server-end-point");
	call_end(&c);
}
END_TEST

/* A signature without a hash of its own: SHA-256 of the certificate. */
START_TEST(test_binding_ed25519)
{
	struct identity id = certs_make(&(struct spec){ .ed25519 = true,
	    .san = { "mx.example.org" } });
	unsigned char data[64], want[32];
	gnutls_datum_t der;
	struct call c;

	certs_append(ca, id.crt);
	certs_ok(gnutls_x509_crt_export2(id.crt, GNUTLS_X509_FMT_DER, &der));
	certs_ok(gnutls_hash_fast(GNUTLS_DIG_SHA256, der.data, der.size,
	    want));
	gnutls_free(der.data);
	call_init(&c);
	c.server.chain[0] = &id;
	must_dial(&c);
	ck_assert_uint_eq(tls_channel_binding(c.tls, TLS_BINDING_END_POINT,
	    data, sizeof(data)), 32);
	ck_assert_mem_eq(data, want, 32);
	call_end(&c);
	certs_free(&id);
}
END_TEST

/* The other side gone: an error, no signal, and what it said is still read. */
START_TEST(test_broken_write)
{
	unsigned char *out = calloc(1, BIG);
	struct call c;
	int rc;

	signal(SIGPIPE, SIG_DFL);
	call_init(&c);
	c.server.temper = CUTS;
	must_dial(&c);
	say(&c, "EHLO me\r\n");
	pthread_join(c.server.thread, NULL);
	rc = stream_write(c.stream, out, BIG, clock_deadline(9000),
	    STAGE_DATA, &c.o);
	if (rc == 0)
		rc = stream_flush(c.stream, clock_deadline(9000), STAGE_DATA,
		    &c.o);
	ck_assert_int_eq(rc, -1);
	ck_assert_int_eq(c.o.fault, FAULT_NETWORK);
	ck_assert_str_eq(hear(&c), "250 last");
	stream_close(c.stream);
	free(out);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("tls");
	TCase *t = tcase_create("tls");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, test_talk, 0, 2);
	tcase_add_test(t, test_finished_waits);
	tcase_add_loop_test(t, test_server_first, 0, 2);
	tcase_add_loop_test(t, test_reading_flushes, 0, 2);
	tcase_add_loop_test(t, test_large_flight, 0, 2);
	tcase_add_loop_test(t, test_drip, 0, 2);
	tcase_add_loop_test(t, test_cut, 0, 2);
	tcase_add_loop_test(t, test_junk, 0,
	    (int)(sizeof(junks) / sizeof(junks[0])));
	tcase_add_test(t, test_warnings);
	tcase_add_test(t, test_silence);
	tcase_add_loop_test(t, test_no_common, 0, 2);
	tcase_add_loop_test(t, test_bad_certificate, 0,
	    2 * (int)(sizeof(bad) / sizeof(bad[0])));
	tcase_add_test(t, test_address);
	tcase_add_loop_test(t, test_pin, 0, 2);
	tcase_add_loop_test(t, test_client_certificate, 0, 2);
	tcase_add_loop_test(t, test_client_certificate_missing, 0, 2);
	tcase_add_test(t, test_prepare);
	tcase_add_test(t, test_no_ca_file);
	tcase_add_loop_test(t, test_both_ways, 0, 2);
	tcase_add_test(t, test_big_body);
	tcase_add_loop_test(t, test_ends, 0, 2);
	tcase_add_test(t, test_bye_rides);
	tcase_add_test(t, test_renegotiation_declined);
	tcase_add_test(t, test_flood);
	tcase_add_test(t, test_key_update);
	tcase_add_loop_test(t, test_binding, 0, 3);
	tcase_add_test(t, test_binding_ed25519);
	tcase_add_test(t, test_broken_write);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
