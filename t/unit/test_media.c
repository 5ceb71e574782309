/* SPDX-License-Identifier: ISC */
/* Content-Type and Content-Transfer-Encoding as they come. */
#include <string.h>

#include "mail/media.h"
#include "unit.h"

#define T	"Content-Type: "
#define M	"Content-Type: multipart/x; "
#define B8	"12345678"
#define B40	B8 B8 B8 B8 B8

static struct media t;

static void
set(const char *header)
{
	struct buf h;

	buf_init(&h, 1u << 20);
	ck_assert_int_eq(buf_puts(&h, header), 0);
	media_read(&t, &h);
	buf_free(&h);
}

static const struct {
	const char	*header, *type, *subtype, *boundary;
} types[] = {
	{ "", "text", "plain", "" },
	{ "Subject: x\r\n", "text", "plain", "" },
	{ T "\r\n", "text", "plain", "" },
	{ T "text\r\n", "text", "plain", "" },
	{ T "multipart\r\n", "text", "plain", "" },
	{ T "/x\r\n", "text", "plain", "" },
	{ T "x/\r\n", "text", "plain", "" },
	{ T "x y/z\r\n", "text", "plain", "" },
	{ T "TEXT/Html\r\n", "text", "html", "" },
	{ T " (a (b) \\) c) Image (x) /\r\n png (y);a=b\r\n", "image", "png",
	    "" },
	{ T "image/png\r\n" T "text/html\r\n", "image", "png", "" },
	{ T "text/x; boundary=b\r\n", "text", "x", "" },
	{ T "(never closed multipart/x; boundary=b\r\n", "text", "plain", "" },
	{ T "multipart/mixed; boundary=b\r\n", "multipart", "mixed", "b" },
	{ M "boundary=b; boundary=c\r\n", "multipart", "x", "b" },
	{ M "BOUNDARY=\"a b\"\r\n", "multipart", "x", "a b" },
	{ M "boundary=\"a\\\"b\\\\ \t\"\r\n", "multipart", "x", "a\"b\\" },
	{ M "boundary=\"a\r\n b\"\r\n", "multipart", "x", "a b" },
	{ M "boundary=\"never closed\r\n", "multipart", "x", "never closed" },
	{ M "boundary=----=_a/b?c:d\r\n", "multipart", "x", "----=_a/b?c:d" },
	{ M "boundary = (c) b (d)\r\n", "multipart", "x", "b" },
	{ M "x=\"; boundary=c\"; (; boundary=d)\r\n\tboundary=b\r\n",
	    "multipart", "x", "b" },
	{ M "x;;y=z;=;boundary=b;\r\n", "multipart", "x", "b" },
	{ M "xboundary=c; boundaryx=d\r\n", "multipart", "x", "" },
	{ M "boundary\r\n", "multipart", "x", "" },
	{ M "boundary=\r\n", "multipart", "x", "" },
	{ M "boundary=\"\"\r\n", "multipart", "x", "" },
	{ M "boundary=\"  \"\r\n", "multipart", "x", "" },
	{ M "boundary*=us-ascii'en'a%20b%2\r\n", "multipart", "x", "a b%2" },
	{ M "boundary*=a%62\r\n", "multipart", "x", "ab" },
	{ M "boundary*=''%00x\r\n", "multipart", "x", "" },
	{ M "boundary*2=\"c\"; boundary*0=a; boundary*1=b; boundary*4=x\r\n",
	    "multipart", "x", "abc" },
	{ M "boundary*0*=''%61; boundary*1=%62; boundary*2*=%63\r\n",
	    "multipart", "x", "a%62c" },
	{ M "boundary*0=a; boundary=b\r\n", "multipart", "x", "b" },
	{ M "boundary*=''a; boundary*1=b\r\n", "multipart", "x", "a" },
	{ M "boundary=" B40 B40 B40 B40 B40 "\r\n", "multipart", "x",
	    B40 B40 B40 B40 B40 },
	{ M "boundary=" B40 B40 B40 B40 B40 "1\r\n", "multipart", "x", "" },
	{ M "boundary*0=" B40 B40 B40 "; boundary*1=" B40 B40 "1\r\n",
	    "multipart", "x", "" },
};

START_TEST(type)
{
	set(types[_i].header);
	ck_assert_str_eq(t.type, types[_i].type);
	ck_assert_str_eq(t.subtype, types[_i].subtype);
	ck_assert_uint_eq(t.boundary_len, strlen(types[_i].boundary));
	ck_assert_str_eq(t.boundary, types[_i].boundary);
	ck_assert_int_eq(t.typed, strstr(types[_i].header, T) != NULL);
}
END_TEST

#define E	"Content-Transfer-Encoding:"

static const struct {
	const char		*header, *said;
	enum media_encoding	 encoding;
	bool			 eight;
} encodings[] = {
	{ "", "", MEDIA_PLAIN, false },
	{ E "\r\n", "", MEDIA_PLAIN, false },
	{ E " 7bit\r\n", "7bit", MEDIA_PLAIN, false },
	{ E "8BIT\r\n", "8bit", MEDIA_PLAIN, true },
	{ E " (x) 8bit; y\r\n", "8bit", MEDIA_PLAIN, true },
	{ E " Binary\r\n" E " base64\r\n", "binary", MEDIA_PLAIN, true },
	{ E "\r\n base64(x)\r\n", "base64", MEDIA_BASE64, false },
	{ E " Quoted-Printable\r\n", "quoted-printable", MEDIA_QUOTED, false },
	{ E " x-uuencode\r\n", "x-uuencode", MEDIA_STRANGE, false },
	{ E " base64base64base64base64base64base64\r\n",
	    "base64base64base64base64base64b", MEDIA_STRANGE, false },
};

START_TEST(encoding)
{
	set(encodings[_i].header);
	ck_assert_str_eq(t.said, encodings[_i].said);
	ck_assert_int_eq(t.encoding, encodings[_i].encoding);
	ck_assert_int_eq(t.eight, encodings[_i].eight);
}
END_TEST

/* Long names are cut, nothing else. */
START_TEST(names)
{
	set(T B40 "/" B40 B40 "\r\n");
	ck_assert_uint_eq(strlen(t.type), sizeof(t.type) - 1);
	ck_assert_uint_eq(strlen(t.subtype), sizeof(t.subtype) - 1);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("media");
	TCase *c = tcase_create("media");

	tcase_add_loop_test(c, type, 0, sizeof(types) / sizeof(types[0]));
	tcase_add_loop_test(c, encoding, 0,
	    sizeof(encodings) / sizeof(encodings[0]));
	tcase_add_test(c, names);
	suite_add_tcase(s, c);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
