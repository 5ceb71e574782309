/* SPDX-License-Identifier: ISC */
/*
 * SCRAM: the vectors of RFC 5802 and RFC 7677, one for SHA-512, and servers
 * that alter each part of what they say.
 */
#include <stdio.h>
#include <string.h>

#include "unit.h"

#include "base/buf.h"
#include "smtp/scram.h"

static const struct vector {
	const char	*name;
	const char	*nonce;
	const char	*first;		/* the server's */
	const char	*answer;	/* ours */
	const char	*final;
} vectors[] = {
	{ "SCRAM-SHA-1", "fyko+d2lbbFgONRv9qkxdawL",
	    "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
	    "s=QSXCR+Q6sek8bf92,i=4096",
	    "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
	    "p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
	    "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=" },
	{ "SCRAM-SHA-256", "rOprNGfwEbeRWgbNEkqO",
	    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
	    "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
	    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
	    "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
	    "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=" },
	{ "SCRAM-SHA-512", "rOprNGfwEbeRWgbNEkqO",
	    "r=rOprNGfwEbeRWgbNEkqO02431b08-2f89-4bad-a4e6-80c0564ec865,"
	    "s=Yin2FuHTt/M0kJWb0t9OI32n2VmOGi3m+JfjOvuDF88=,i=4096",
	    "c=biws,r=rOprNGfwEbeRWgbNEkqO02431b08-2f89-4bad-a4e6-80c0564ec865,"
	    "p=Hc5yec3NmCD7t+kFRw4/3yD6/F3SQHc7AVYschRja+Bc3sbdjlA0eH1OjJc0DD4g"
	    "hn1tnXN5/Wr6qm9xmaHt4A==",
	    "v=BQuhnKHqYDwQWS5jAw4sZed+C9KFUALsbrq81bB0mh+bcUUbbMPNNmBIupnS2Amy"
	    "yDnG5CTBQtkjJ9kyY4kzmw==" },
};
#define SHA1	(&vectors[0])
#define NONCE	"fyko+d2lbbFgONRv9qkxdawL"
#define SERVER	"3rfcNHYJY1ZVvWVs7j"

static struct sasl_login login;
static struct sasl x;
static struct buf said;		/* by us, in the last step */
static struct outcome o;

static void
setup(void)
{
	memset(&login, 0, sizeof(login));
	login.user = "user";
	login.secret = "pencil";
	login.secret_len = 6;
	login.has_secret = true;
	memset(&x, 0, sizeof(x));
	buf_init(&said, 4096);
	outcome_clear(&o);
}

static void
teardown(void)
{
	sasl_end(&x);
	buf_wipe(&said);
}

static int
hear(const char *words, size_t n)
{
	buf_clear(&said);
	return sasl_step(&x, words, n, &said, &o);
}

static void
begin(const char *name, const char *nonce)
{
	const struct mechanism *m = sasl_find(name, strlen(name));

	ck_assert_ptr_nonnull(m);
	sasl_end(&x);
	sasl_begin(&x, m, &login);
	ck_assert(!x.proven);
	if (nonce != NULL)
		ck_assert_int_eq(scram_begin_with(&x, nonce), 0);
	ck_assert_int_eq(hear(NULL, 0), 0);
}

/* An exchange up to and with our answer to server-first. */
static int
upto(const char *first, size_t n)
{
	begin("SCRAM-SHA-1", NONCE);
	return hear(first, n);
}

/* No word of a fault may tell the password. */
static void
failed(enum fault fault, const char *words)
{
	ck_assert_msg(o.fault == fault, "fault %d: %s", (int)o.fault, o.text);
	ck_assert_int_eq((int)o.stage, STAGE_AUTH);
	ck_assert_msg(strstr(o.text, words) != NULL, "%s", o.text);
	ck_assert_ptr_null(strstr(o.text, "pencil"));
	ck_assert_ptr_null(strstr(o.advice, "pencil"));
	ck_assert(!x.proven);
}

START_TEST(known_vectors)
{
	const struct vector *v = &vectors[_i];
	char bare[128];

	begin(v->name, v->nonce);
	snprintf(bare, sizeof(bare), "n,,n=user,r=%s", v->nonce);
	ck_assert_str_eq(said.data, bare);
	ck_assert_int_eq(hear(v->first, strlen(v->first)), 0);
	ck_assert_str_eq(said.data, v->answer);
	ck_assert_int_eq(hear(v->final, strlen(v->final)), 0);
	ck_assert_uint_eq(said.len, 0);
	ck_assert(x.proven);
	ck_assert_int_eq(sasl_finish(&x, NULL, 0, &o), 0);
	ck_assert_int_eq(hear("", 0), -1);
	ck_assert_int_eq((int)o.fault, FAULT_PROTOCOL);
}
END_TEST

START_TEST(final_with_success)
{
	const struct vector *v = &vectors[_i];

	begin(v->name, v->nonce);
	ck_assert_int_eq(hear(v->first, strlen(v->first)), 0);
	ck_assert_int_eq(sasl_finish(&x, v->final, strlen(v->final), &o), 0);
	ck_assert(x.proven);
}
END_TEST

START_TEST(success_without_proof)
{
	const struct vector *v = SHA1;

	/* At once, */
	begin(v->name, v->nonce);
	ck_assert_int_eq(sasl_finish(&x, NULL, 0, &o), -1);
	failed(FAULT_LOGIN, "did not prove");
	/* with the signature where server-first belongs, */
	begin(v->name, v->nonce);
	ck_assert_int_eq(sasl_finish(&x, v->final, strlen(v->final), &o), -1);
	failed(FAULT_LOGIN, "did not prove");
	/* with server-first as the last word, */
	begin(v->name, v->nonce);
	ck_assert_int_eq(sasl_finish(&x, v->first, strlen(v->first), &o), -1);
	failed(FAULT_LOGIN, "did not prove");
	/* after our answer, */
	ck_assert_int_eq(upto(v->first, strlen(v->first)), 0);
	ck_assert_int_eq(sasl_finish(&x, NULL, 0, &o), -1);
	failed(FAULT_LOGIN, "did not prove");
	/* with an empty last word, */
	ck_assert_int_eq(upto(v->first, strlen(v->first)), 0);
	ck_assert_int_eq(hear("", 0), -1);
	failed(FAULT_PROTOCOL, "malformed");
	/* after which nothing helps, */
	ck_assert_int_eq(sasl_finish(&x, v->final, strlen(v->final), &o), -1);
	failed(FAULT_LOGIN, "did not prove");
	/* and with words of its own. */
	ck_assert_int_eq(upto(v->first, strlen(v->first)), 0);
	ck_assert_int_eq(sasl_finish(&x, "go ahead", 8, &o), -1);
	failed(FAULT_LOGIN, "did not prove");
}
END_TEST

static const struct {
	const char	*first;
	enum fault	 fault;
	const char	*words;
} firsts[] = {
	/* Fields missing, empty, out of order, twice. */
	{ "", FAULT_PROTOCOL, "ends too early" },
	{ "r=" NONCE SERVER, FAULT_PROTOCOL, "ends too early" },
	{ "r=" NONCE SERVER ",s=QUJD", FAULT_PROTOCOL, "ends too early" },
	{ "s=QUJD,i=4096", FAULT_PROTOCOL, "missing or out of order" },
	{ "r=" NONCE SERVER ",i=4096", FAULT_PROTOCOL, "out of order" },
	{ "s=QUJD,r=" NONCE SERVER ",i=4096", FAULT_PROTOCOL, "order" },
	{ "r=" NONCE SERVER ",i=4096,s=QUJD", FAULT_PROTOCOL, "order" },
	{ "r=" NONCE SERVER ",s=,i=4096", FAULT_PROTOCOL, "attribute list" },
	{ "r=,s=QUJD,i=4096", FAULT_PROTOCOL, "attribute list" },
	{ "r=" NONCE SERVER ",s=QUJD,i=", FAULT_PROTOCOL, "attribute list" },
	{ "r=" NONCE SERVER ",s=QUJD,i=4096,", FAULT_PROTOCOL, "list" },
	{ "r=" NONCE SERVER ",s=QUJD,i=4096,x", FAULT_PROTOCOL, "list" },
	{ "r=" NONCE SERVER ",s=QUJD,i=4096,9=a", FAULT_PROTOCOL, "list" },
	{ "r=" NONCE SERVER ",s=QUJD,i=4096,i=5000", FAULT_PROTOCOL, "twice" },
	{ "r=" NONCE SERVER ",s=QUJD,i=4096,s=QUJE", FAULT_PROTOCOL, "twice" },
	{ "r=" NONCE SERVER ",s=QUJD,i=4096,r=a", FAULT_PROTOCOL, "twice" },
	{ "R=" NONCE SERVER ",s=QUJD,i=4096", FAULT_PROTOCOL, "order" },
	{ "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", FAULT_PROTOCOL, "order" },
	{ "hello", FAULT_PROTOCOL, "attribute list" },
	/* Nonces. */
	{ "r=" NONCE ",s=QUJD,i=4096", FAULT_LOGIN, "does not continue" },
	{ "r=fyko,s=QUJD,i=4096", FAULT_LOGIN, "does not continue" },
	{ "r=" SERVER ",s=QUJD,i=4096", FAULT_LOGIN, "not continue" },
	{ "r=x" NONCE SERVER ",s=QUJD,i=4096", FAULT_LOGIN, "not continue" },
	{ "r=Fyko+d2lbbFgONRv9qkxdawL" SERVER ",s=QUJD,i=4096", FAULT_LOGIN,
	    "not continue" },
	{ "r=" NONCE " " SERVER ",s=QUJD,i=4096", FAULT_PROTOCOL, "nonce" },
	{ "r=" NONCE "\x7f,s=QUJD,i=4096", FAULT_PROTOCOL, "nonce" },
	{ "r=" NONCE "\xc3\xa9,s=QUJD,i=4096", FAULT_PROTOCOL, "nonce" },
	{ "r=" NONCE "\r\n,s=QUJD,i=4096", FAULT_PROTOCOL, "nonce" },
	/* Salts. */
	{ "r=" NONCE SERVER ",s=QUJ,i=4096", FAULT_PROTOCOL, "base64" },
	{ "r=" NONCE SERVER ",s=QU=D,i=4096", FAULT_PROTOCOL, "base64" },
	{ "r=" NONCE SERVER ",s=====,i=4096", FAULT_PROTOCOL, "base64" },
	{ "r=" NONCE SERVER ",s=Q*JD,i=4096", FAULT_PROTOCOL, "base64" },
	/* Iterations. */
	{ "r=" NONCE SERVER ",s=QUJD,i=0", FAULT_PROTOCOL, "no number" },
	{ "r=" NONCE SERVER ",s=QUJD,i=04096", FAULT_PROTOCOL, "no number" },
	{ "r=" NONCE SERVER ",s=QUJD,i=-4096", FAULT_PROTOCOL, "no number" },
	{ "r=" NONCE SERVER ",s=QUJD,i=+4096", FAULT_PROTOCOL, "no number" },
	{ "r=" NONCE SERVER ",s=QUJD,i=4096 ", FAULT_PROTOCOL, "no number" },
	{ "r=" NONCE SERVER ",s=QUJD,i=0x2000", FAULT_PROTOCOL, "no number" },
	{ "r=" NONCE SERVER ",s=QUJD,i=1", FAULT_LOGIN, "1 iterations" },
	{ "r=" NONCE SERVER ",s=QUJD,i=4095", FAULT_LOGIN, "4095" },
	{ "r=" NONCE SERVER ",s=QUJD,i=1000001", FAULT_LOGIN, "more than" },
	{ "r=" NONCE SERVER ",s=QUJD,i=2147483648", FAULT_LOGIN, "more than" },
	{ "r=" NONCE SERVER ",s=QUJD,i=4294971392", FAULT_LOGIN, "more than" },
	{ "r=" NONCE SERVER ",s=QUJD,i=18446744073709555712", FAULT_LOGIN,
	    "more than" },
	/* Extensions and refusals. */
	{ "m=x,r=" NONCE SERVER ",s=QUJD,i=4096", FAULT_LOGIN, "extension" },
	{ "r=" NONCE SERVER ",s=QUJD,i=4096,m=x", FAULT_LOGIN, "extension" },
	{ "e=unknown-user", FAULT_LOGIN, "unknown-user" },
	{ "e=other-error,x=y", FAULT_LOGIN, "other-error" },
	{ "e=\x1b[2J\n", FAULT_LOGIN, "?[2J" },
};

START_TEST(bad_first)
{
	ck_assert_int_eq(upto(firsts[_i].first, strlen(firsts[_i].first)), -1);
	failed(firsts[_i].fault, firsts[_i].words);
	/* And it stays so. */
	ck_assert_int_eq(hear(SHA1->first, strlen(SHA1->first)), -1);
}
END_TEST

static const struct {
	const char	*final;
	enum fault	 fault;
	const char	*words;
} finals[] = {
	{ "", FAULT_PROTOCOL, "too early" },
	{ "v=", FAULT_PROTOCOL, "attribute list" },
	{ "v=====", FAULT_PROTOCOL, "base64" },
	{ "v=rmF9pqV8S7suAoZWja4dJRkFsKQ", FAULT_PROTOCOL, "base64" },
	{ "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=\n", FAULT_PROTOCOL, "base64" },
	{ " v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", FAULT_PROTOCOL, "list" },
	{ "V=rmF9pqV8S7suAoZWja4dJRkFsKQ=", FAULT_PROTOCOL, "order" },
	{ "x=y,v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", FAULT_PROTOCOL, "order" },
	{ "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=,", FAULT_PROTOCOL, "list" },
	{ "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=,v=QUJD", FAULT_PROTOCOL, "twice" },
	{ "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=,m=a", FAULT_LOGIN, "extension" },
	{ "m=a,v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", FAULT_LOGIN, "extension" },
	{ "v=rmF9pqV8S7suAoZWja4dJRkFsA==", FAULT_LOGIN, "signature" },
	{ "v=rmF9pqV8S7suAoZWja4dJRkFsKQA", FAULT_LOGIN, "signature" },
	{ "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", FAULT_LOGIN,
	    "signature" },
	{ "v=AAAAAAAAAAAAAAAAAAAAAAAAAAA=", FAULT_LOGIN, "signature" },
	{ "v=QQ==", FAULT_LOGIN, "signature" },
	{ "e=invalid-proof", FAULT_LOGIN, "invalid-proof" },
	{ "e=invalid-proof,v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", FAULT_LOGIN,
	    "invalid-proof" },
	{ "r=" NONCE SERVER ",s=QSXCR+Q6sek8bf92,i=4096", FAULT_PROTOCOL,
	    "order" },
};

START_TEST(bad_final)
{
	const char *final = finals[_i].final;

	ck_assert_int_eq(upto(SHA1->first, strlen(SHA1->first)), 0);
	ck_assert_int_eq(hear(final, strlen(final)), -1);
	failed(finals[_i].fault, finals[_i].words);
	ck_assert_int_eq(sasl_finish(&x, SHA1->final, strlen(SHA1->final), &o),
	    -1);
	failed(FAULT_LOGIN, "did not prove");
	/* The same as the data of a success: always FAULT_LOGIN. */
	ck_assert_int_eq(upto(SHA1->first, strlen(SHA1->first)), 0);
	ck_assert_int_eq(sasl_finish(&x, final, strlen(final), &o), -1);
	failed(FAULT_LOGIN, "");
}
END_TEST

/* Unknown extensions that are not mandatory do no harm. */
START_TEST(extensions)
{
	const char *first = "r=" NONCE SERVER
	    ",s=QSXCR+Q6sek8bf92,i=4096,x=y,t==,Z=last";
	const char *final = "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=,x=y,e=f";

	ck_assert_int_eq(upto(first, strlen(first)), 0);
	ck_assert_int_eq(upto(SHA1->first, strlen(SHA1->first)), 0);
	ck_assert_int_eq(hear(final, strlen(final)), 0);
	ck_assert(x.proven);
}
END_TEST

START_TEST(every_signature_bit)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	char final[64];
	size_t i, value;
	unsigned bit;

	for (i = 2; SHA1->final[i] != '='; i++)
		for (bit = 1; bit < 64; bit <<= 1) {
			snprintf(final, sizeof(final), "%s", SHA1->final);
			value = (size_t)(strchr(digits, final[i]) - digits);
			final[i] = digits[value ^ bit];
			ck_assert_int_eq(upto(SHA1->first,
			    strlen(SHA1->first)), 0);
			ck_assert_int_eq(hear(final, strlen(final)), -1);
			ck_assert(!x.proven);
		}
}
END_TEST

START_TEST(every_truncation)
{
	size_t i;

	for (i = 0; i < strlen(SHA1->first); i++) {
		ck_assert_int_eq(upto(SHA1->first, i), -1);
		ck_assert_int_eq(sasl_finish(&x, SHA1->final,
		    strlen(SHA1->final), &o), -1);
	}
	for (i = 0; i < strlen(SHA1->final); i++) {
		ck_assert_int_eq(upto(SHA1->first, strlen(SHA1->first)), 0);
		ck_assert_int_eq(hear(SHA1->final, i), -1);
		ck_assert(!x.proven);
	}
}
END_TEST

/* Whatever octet of server-first is changed on its way, the signature that
 * belongs to the original does not fit. */
START_TEST(every_octet)
{
	static const char other[] = { 'B', '8', ',', '=', '\0', '\xff' };
	char first[128];
	size_t i, k;

	for (i = 0; i < strlen(SHA1->first); i++)
		for (k = 0; k < sizeof(other); k++) {
			snprintf(first, sizeof(first), "%s", SHA1->first);
			if (first[i] == other[k])
				continue;
			first[i] = other[k];
			if (upto(first, strlen(SHA1->first)) == 0)
				ck_assert_int_eq(hear(SHA1->final,
				    strlen(SHA1->final)), -1);
			ck_assert(!x.proven);
		}
}
END_TEST

START_TEST(oversize)
{
	struct buf b;
	size_t n;

	buf_init(&b, 65536);
	for (n = LIMIT_NONCE; n <= LIMIT_NONCE + 1; n++) {
		buf_clear(&b);
		buf_puts(&b, "r=" NONCE);
		while (b.len < n + 2)
			buf_putc(&b, 'x');
		buf_puts(&b, ",s=QUJD,i=4096");
		ck_assert_int_eq(upto(b.data, b.len),
		    n > LIMIT_NONCE ? -1 : 0);
	}
	failed(FAULT_PROTOCOL, "too long");
	/* More than an AuthMessage may be. */
	buf_clear(&b);
	buf_puts(&b, SHA1->first);
	buf_puts(&b, ",x=");
	while (b.len < 60000)
		buf_putc(&b, 'x');
	ck_assert_int_eq(upto(b.data, b.len), -1);
	failed(FAULT_PROTOCOL, "too long");
	/* Less room for the response than it takes. */
	buf_free(&b);
	for (n = 0; n < strlen(SHA1->answer); n++) {
		begin("SCRAM-SHA-1", NONCE);
		buf_init(&b, n);
		ck_assert_int_eq(sasl_step(&x, SHA1->first,
		    strlen(SHA1->first), &b, &o), -1);
		buf_free(&b);
	}
}
END_TEST

/* "p=", "y" and "n"; and what c= then says. */
START_TEST(gs2)
{
	const char *first = "r=abcDEF,s=QUJD,i=4096";

	login.binding = TLS_BINDING_EXPORTER;
	memcpy(login.binding_data, "binding", 7);
	login.binding_len = 7;
	begin("SCRAM-SHA-256-PLUS", "abc");
	ck_assert_str_eq(said.data, "p=tls-exporter,,n=user,r=abc");
	ck_assert_int_eq(hear(first, strlen(first)), 0);
	ck_assert_ptr_nonnull(strstr(said.data,
	    "c=cD10bHMtZXhwb3J0ZXIsLGJpbmRpbmc=,r=abcDEF,p="));
	login.binding = TLS_BINDING_UNIQUE;
	begin("SCRAM-SHA-512-PLUS", "abc");
	ck_assert_str_eq(said.data, "p=tls-unique,,n=user,r=abc");
	login.binding = TLS_BINDING_END_POINT;
	begin("SCRAM-SHA-1-PLUS", "abc");
	ck_assert_str_eq(said.data, "p=tls-server-end-point,,n=user,r=abc");
	/* We could, it did not offer. */
	begin("SCRAM-SHA-256", "abc");
	ck_assert_str_eq(said.data, "y,,n=user,r=abc");
	ck_assert_int_eq(hear(first, strlen(first)), 0);
	ck_assert_ptr_nonnull(strstr(said.data, "c=eSws,r="));
	/* It offered, but we were told not to. */
	login.plus_offered = true;
	begin("SCRAM-SHA-256", "abc");
	ck_assert_str_eq(said.data, "n,,n=user,r=abc");
	/* We cannot. */
	login.plus_offered = false;
	login.binding = TLS_BINDING_NONE;
	begin("SCRAM-SHA-256", "abc");
	ck_assert_str_eq(said.data, "n,,n=user,r=abc");
	login.binding = TLS_BINDING_UNIQUE;
	login.binding_len = 0;
	begin("SCRAM-SHA-256", "abc");
	ck_assert_str_eq(said.data, "n,,n=user,r=abc");
}
END_TEST

START_TEST(whole_binding)
{
	const char *first = "r=abcDEF,s=QUJD,i=4096";

	login.binding = TLS_BINDING_END_POINT;
	login.binding_len = sizeof(login.binding_data);
	begin("SCRAM-SHA-512-PLUS", "abc");
	ck_assert_int_eq(hear(first, strlen(first)), 0);
}
END_TEST

static const struct {
	const char	*word;
	bool		 binding;
} refusals[] = {
	{ "e=invalid-proof", false }, { "e=unknown-user", false },
	{ "e=channel-bindings-dont-match", true },
	{ "e=channel-binding-not-supported", true },
	{ "e=unsupported-channel-binding-type", true },
	{ "e=server-does-support-channel-binding", true },
	{ "e=channel-bindings-dont-matc", false },
	{ "e=channel-bindings-dont-match-", false },
};

START_TEST(binding_refused)
{
	ck_assert_int_eq(upto(SHA1->first, strlen(SHA1->first)), 0);
	ck_assert_int_eq(hear(refusals[_i].word, strlen(refusals[_i].word)),
	    -1);
	failed(FAULT_LOGIN, refusals[_i].word + 2);
	ck_assert(x.binding_refused == refusals[_i].binding);
}
END_TEST

START_TEST(names)
{
	login.user = "a=b,c\xc2\xad=\xef\xac\x81";
	begin("SCRAM-SHA-1", "abc");
	ck_assert_str_eq(said.data, "n,,n=a=3Db=2Cc=3Dfi,r=abc");
	/* Compatibility mapping may bring a comma to be escaped. */
	login.user = "a\xef\xbc\x8c" "b";
	begin("SCRAM-SHA-1", "abc");
	ck_assert_str_eq(said.data, "n,,n=a=2Cb,r=abc");
}
END_TEST

START_TEST(unfit)
{
	const struct mechanism *m = sasl_find("SCRAM-SHA-1", 11);

	login.user = "caf\xe9";
	sasl_begin(&x, m, &login);
	ck_assert_int_eq(hear(NULL, 0), -1);
	failed(FAULT_LOGIN, "the user name is not UTF-8");
	login.user = "user";
	login.secret = "pencil\r";
	login.secret_len = 7;
	ck_assert_int_eq(upto(SHA1->first, strlen(SHA1->first)), -1);
	failed(FAULT_LOGIN, "the password holds a control character");
	login.secret_len = 0;
	ck_assert_int_eq(upto(SHA1->first, strlen(SHA1->first)), -1);
	failed(FAULT_LOGIN, "the password is empty");
	/* A challenge before our first word. */
	sasl_end(&x);
	sasl_begin(&x, m, &login);
	ck_assert_int_eq(hear("r=a", 3), -1);
	failed(FAULT_PROTOCOL, "before ours");
}
END_TEST

/* A prepared password is what is hashed. */
START_TEST(prepared)
{
	login.secret = "pe\xc2\xadn\xef\xbd\x83il";
	login.secret_len = strlen(login.secret);
	ck_assert_int_eq(upto(SHA1->first, strlen(SHA1->first)), 0);
	ck_assert_str_eq(said.data, SHA1->answer);
	login.secret = "Pencil";
	login.secret_len = 6;
	ck_assert_int_eq(upto(SHA1->first, strlen(SHA1->first)), 0);
	ck_assert_str_ne(said.data, SHA1->answer);
	ck_assert_int_eq(hear(SHA1->final, strlen(SHA1->final)), -1);
}
END_TEST

START_TEST(random_nonces)
{
	char before[64];
	char longer[LIMIT_NONCE + 2];
	const char *r;
	size_t i;

	begin("SCRAM-SHA-256", NULL);
	r = strstr(said.data, ",r=");
	ck_assert_ptr_nonnull(r);
	ck_assert_uint_eq(strlen(r + 3), 24);
	for (i = 3; r[i] != '\0'; i++)
		ck_assert(r[i] > ' ' && r[i] < 0x7f && r[i] != ',');
	snprintf(before, sizeof(before), "%s", r);
	begin("SCRAM-SHA-256", NULL);
	ck_assert_str_ne(before, strstr(said.data, ",r="));
	/* A nonce that is too long for anybody. */
	sasl_end(&x);
	sasl_begin(&x, sasl_find("SCRAM-SHA-1", 11), &login);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	ck_assert_int_eq(scram_begin_with(&x, longer), -1);
	ck_assert_ptr_null(x.scram);
}
END_TEST

static void
add_loop(TCase *t, const TTest *test, size_t n)
{
	tcase_add_loop_test(t, test, 0, (int)n);
}
#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

int
main(void)
{
	Suite *s = suite_create("scram");
	TCase *t = tcase_create("scram");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 120);
	add_loop(t, known_vectors, COUNT(vectors));
	add_loop(t, final_with_success, COUNT(vectors));
	tcase_add_test(t, success_without_proof);
	add_loop(t, bad_first, COUNT(firsts));
	add_loop(t, bad_final, COUNT(finals));
	tcase_add_test(t, extensions);
	tcase_add_test(t, every_signature_bit);
	tcase_add_test(t, every_truncation);
	tcase_add_test(t, every_octet);
	tcase_add_test(t, oversize);
	tcase_add_test(t, gs2);
	tcase_add_test(t, whole_binding);
	add_loop(t, binding_refused, COUNT(refusals));
	tcase_add_test(t, names);
	tcase_add_test(t, unfit);
	tcase_add_test(t, prepared);
	tcase_add_test(t, random_nonces);
	suite_add_tcase(s, t);
	return unit_main(s);
}
