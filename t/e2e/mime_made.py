# SPDX-License-Identifier: ISC
"""Messages made by hand, ugly ones among them."""
import base64

HEAD = b"From: Some One <sender@example.test>\nTo: rcpt@example.test\n" \
    b"Date: Sun, 22 Nov 2026 01:22:04 +0000\n" \
    b"Message-ID: <made@client.example.test>\nSubject: made\n"
MIME = HEAD + b"MIME-Version: 1.0\n"

UTF8 = "Gr\u00fc\u00dfe \u4f60\u597d \U0001f600\n".encode()
LATIN = "Gr\u00fc\u00dfe\n".encode("latin-1")
KOI8 = "\u041f\u0440\u0438\u0432\u0435\u0442\n".encode("koi8-r")
LONG = b"x" * 5000 + b"\n"
WORDS = b"word " * 1000 + b"\n"
BINARY = bytes(x for x in range(1, 256) if x not in (10, 13)) * 3


def part(body, *fields):
    return b"".join(x + b"\n" for x in fields) + b"\n" + body


def plain(body, encoding=b"8bit", charset=b"utf-8"):
    return part(body, b"Content-Type: text/plain; charset=" + charset,
                b"Content-Transfer-Encoding: " + encoding)


def multi(*parts, boundary=b"bound", kind=b"mixed", preamble=b"",
          epilogue=b"", close=True, more=b"", encoding=None):
    """The entity, from its Content-Type on."""
    quoted = b'"' + boundary.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + \
        b'"'
    out = b"Content-Type: multipart/" + kind + b"; boundary=" + quoted + \
        more + b"\n"
    if encoding:
        out += b"Content-Transfer-Encoding: " + encoding + b"\n"
    out += b"\n" + preamble + b"".join(
        b"--" + boundary + b"\n" + x + b"\n" for x in parts)
    return out + (b"--" + boundary + b"--\n" if close else b"") + epilogue


def nested(depth, leaf):
    for n in range(depth):
        leaf = multi(leaf, boundary=b"level-%d" % n)
    return leaf


def rfc822(message, *fields):
    return part(message, b"Content-Type: message/rfc822", *fields)


INNER = b"From: inner@example.test\nSubject: inner\n"

PLAIN = {
    "7-bit, no MIME": HEAD + b"\nplain\n",
    "7-bit": MIME + plain(b"plain\n", b"7bit"),
    "7-bit said to be 8bit": MIME + plain(b"plain\n"),
    "UTF-8": MIME + plain(UTF8),
    "UTF-8, no MIME": HEAD + b"\n" + UTF8,
    "Latin-1, no MIME": HEAD + b"\n" + LATIN,
    "Latin-1": MIME + plain(LATIN, charset=b"iso-8859-1"),
    "KOI8-R": MIME + plain(KOI8, charset=b"koi8-r"),
    "UTF-8 without an encoding": MIME + part(
        UTF8, b"Content-Type: text/plain; charset=utf-8"),
    "UTF-8 said to be 7bit": MIME + plain(UTF8, b"7bit"),
    "UTF-8 said to be binary": MIME + plain(UTF8, b"binary"),
    "an encoding in odd letters": MIME + plain(UTF8, b"8BiT"),
    "an encoding with a comment": MIME + plain(UTF8, b"8bit (as it is)"),
    "an encoding, folded": MIME + plain(UTF8, b"\n 8bit"),
    "a type, folded": MIME + part(
        UTF8, b"Content-Type: text/plain;\n\tcharset=utf-8",
        b"Content-Transfer-Encoding: 8bit"),
    "encoding before type": MIME + part(
        UTF8, b"Content-Transfer-Encoding: 8bit",
        b"Content-Type: text/plain; charset=utf-8"),
    "fields of MIME between others": MIME + part(
        UTF8, b"X-A: a", b"Content-Transfer-Encoding: 8bit", b"X-B: b",
        b"Content-Type: text/plain; charset=utf-8", b"X-C: c"),
    "no final newline": MIME + plain(UTF8[:-1]),
    "blank lines at the end": MIME + plain(UTF8 + b"\n\n\n"),
    "only blank lines": MIME + plain(b"\n\n\n"),
    "an empty body": MIME + plain(b""),
    "blanks at line ends": MIME + plain(UTF8 + b"a \nb\t\n \n\t\n" + UTF8),
    "a blank at the very end": MIME + plain(UTF8 + b"end "),
    "dots, From, equals signs": MIME + plain(
        UTF8 + b".\n..\n.x\nFrom me\n=\n=3D\n==\nx=\n"),
    "one octet": MIME + plain(b"\xff"),
    "a part of all octets": MIME + part(
        BINARY, b"Content-Type: application/octet-stream",
        b"Content-Transfer-Encoding: binary"),
    "mostly 8-bit": MIME + plain(UTF8 * 300),
    "one 8-bit octet in 50 kB": MIME + plain(
        b"some words of text here\n" * 2000 + LATIN, charset=b"iso-8859-1"),
    "100 kB of 8-bit": MIME + plain(LATIN * 17000, charset=b"iso-8859-1"),
    "HTML": MIME + part(b"<p>" + UTF8 + b"</p>",
                        b"Content-Type: text/html; charset=utf-8",
                        b"Content-Transfer-Encoding: 8bit"),
    "flowed text": MIME + part(
        UTF8 + b"flowed \ntext\n", b"Content-Type: text/plain; format=flowed;"
        b" charset=utf-8", b"Content-Transfer-Encoding: 8bit"),
    "an image without an encoding": MIME + part(
        b"\x89PNG\x1a" + BINARY, b"Content-Type: image/png"),
    "a type that is none": MIME + part(UTF8, b"Content-Type: nonsense",
                                       b"Content-Transfer-Encoding: 8bit"),
    "a type that is empty": MIME + part(UTF8, b"Content-Type:",
                                        b"Content-Transfer-Encoding: 8bit"),
    "an encoding that is empty": MIME + plain(UTF8, b""),
    "a field of MIME without MIME-Version": HEAD + plain(UTF8),
    "controls": MIME + plain(bytes(range(1, 10)) + b"\x0b\x0c\x0e\x1b\x7f" +
                             UTF8),
}

LINES = {
    "a line of 5,000": MIME + plain(LONG, b"7bit"),
    "a line of 5,000, no MIME": HEAD + b"\n" + LONG,
    "a line of 998": MIME + plain(b"x" * 998 + b"\n", b"7bit"),
    "a line of 999": MIME + plain(b"x" * 999 + b"\n", b"7bit"),
    "a line of 998 with 8-bit octets": MIME + plain(
        b"x" * 996 + b"\xc3\xbc\n"),
    "a line of 999 with 8-bit octets": MIME + plain(
        b"x" * 997 + b"\xc3\xbc\n"),
    "a line of 999, no newline behind it": MIME + plain(b"x" * 999, b"7bit"),
    "words on a line of 5,000": MIME + plain(WORDS, b"7bit"),
    "a line of 200,000": MIME + plain(b"y" * 200000 + b"\n", b"7bit"),
    "a line of 5,000 8-bit octets": MIME + plain(UTF8[:-1] * 300 + b"\n"),
    "a line of 5,000 blanks": MIME + plain(b" " * 5000 + b"\n", b"7bit"),
    "a line of 5,000 dots": MIME + plain(b"." * 5000 + b"\n", b"7bit"),
    "a line of 5,000 equals signs": MIME + plain(b"=" * 5000 + b"\n",
                                                 b"7bit"),
    "lines of 5,000 and short ones": MIME + plain(
        (b"short\n" + LONG + WORDS) * 5, b"7bit"),
    "base64 in one line": MIME + part(
        base64.b64encode(BINARY * 5) + b"\n",
        b"Content-Type: application/octet-stream",
        b"Content-Transfer-Encoding: base64"),
    "base64 in one line, no newline": MIME + part(
        base64.b64encode(BINARY * 5),
        b"Content-Type: application/octet-stream",
        b"Content-Transfer-Encoding: base64"),
    "quoted-printable in one line": MIME + part(
        b"=C3=BC some text " * 300 + b"\nend=\nend\n",
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Transfer-Encoding: quoted-printable"),
    "quoted-printable with blanks at the end of a long line": MIME + part(
        b"=C3=BC some text " * 300 + b"=20\nend\n",
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Transfer-Encoding: quoted-printable"),
    "quoted-printable with 8-bit octets": MIME + part(
        b"=C3=BC " + UTF8 + b"soft=\nbreak=20\n",
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Transfer-Encoding: quoted-printable"),
    "HTML in one line": MIME + part(
        b"<p>" + b"<b>text</b> " * 1000 + b"</p>\n",
        b"Content-Type: text/html; charset=us-ascii"),
}

PARTS = {
    "8-bit in one of two": MIME + multi(plain(UTF8), plain(b"x\n", b"7bit")),
    "8-bit in the second of two": MIME + multi(plain(b"x\n", b"7bit"),
                                               plain(UTF8)),
    "8-bit lines of 5,000 in a multipart": MIME + multi(
        plain(UTF8[:-1] * 350 + b"\n" + LONG + UTF8),
        plain(b"fine\n", b"7bit"), encoding=b"8bit"),
    "an alternative": MIME + multi(
        plain(UTF8), part(UTF8, b"Content-Type: text/html; charset=utf-8",
                          b"Content-Transfer-Encoding: 8bit"),
        kind=b"alternative"),
    "a related one in an alternative in a mixed one": MIME + multi(
        multi(plain(UTF8), multi(
            part(UTF8, b"Content-Type: text/html; charset=utf-8"),
            part(BINARY, b"Content-Type: image/png",
                 b"Content-ID: <a@b.example>",
                 b"Content-Transfer-Encoding: binary"),
            boundary=b"three", kind=b"related"),
            boundary=b"two", kind=b"alternative"),
        part(BINARY, b"Content-Type: application/octet-stream",
             b"Content-Disposition: attachment; filename=x.bin",
             b"Content-Transfer-Encoding: binary"), boundary=b"one"),
    "said to be 8bit": MIME + multi(plain(UTF8), encoding=b"8bit"),
    "said to be binary": MIME + multi(plain(UTF8, b"binary"),
                                      encoding=b"binary"),
    "said to be 7bit": MIME + multi(plain(UTF8), encoding=b"7bit"),
    "parts without a header": MIME + multi(b"\n" + UTF8, b"\nx\n"),
    "empty parts": MIME + multi(b"\n", b"", plain(b""), plain(UTF8)),
    "a part of a header only": MIME + multi(
        b"Content-Type: text/plain", plain(UTF8)),
    "a part that is a body at once": MIME + multi(
        b"Just text\n" + UTF8, plain(UTF8)),
    "preamble and epilogue": MIME + multi(
        plain(UTF8), preamble=b"This is MIME.\n", epilogue=b"The end.\n"),
    "8-bit preamble": MIME + multi(plain(UTF8), preamble=UTF8),
    "8-bit epilogue": MIME + multi(plain(UTF8), epilogue=UTF8),
    "8-bit in nothing but the preamble": MIME + multi(
        plain(b"x\n", b"7bit"), preamble=UTF8),
    "8-bit in nothing but the epilogue": MIME + multi(
        plain(b"x\n", b"7bit"), epilogue=UTF8),
    "long lines in preamble and epilogue": MIME + multi(
        plain(b"x\n", b"7bit"), preamble=LONG, epilogue=WORDS),
    "an epilogue without newline": MIME + multi(plain(UTF8),
                                                epilogue=b"end"),
    "no newline behind the last boundary": (
        MIME + multi(plain(UTF8)))[:-1],
    "no last boundary": MIME + multi(plain(UTF8), plain(UTF8), close=False),
    "no last boundary, inside": MIME + multi(
        multi(plain(UTF8), boundary=b"inner", close=False), plain(UTF8)),
    "no last boundary, inside, 8-bit behind": MIME + multi(
        plain(UTF8), multi(plain(LATIN), boundary=b"inner", close=False),
        plain(UTF8)),
    "boundary: one the beginning of the other": MIME + multi(
        multi(plain(UTF8), boundary=b"boundary"), plain(UTF8),
        boundary=b"bound"),
    "boundary: the inner one the beginning": MIME + multi(
        multi(plain(UTF8), boundary=b"bound"), plain(UTF8),
        boundary=b"boundary"),
    "boundary: lines that look like it": MIME + multi(
        plain(b"--boun\n--Bound\n-- bound\n --bound\n-bound\n" + UTF8),
        plain(UTF8)),
    "boundary: blanks behind it": (MIME + multi(
        plain(UTF8), plain(UTF8))).replace(b"\n--bound\n",
                                           b"\n--bound \t\n"),
    "boundary: 70 characters": MIME + multi(plain(UTF8), boundary=b"b" * 70),
    "boundary: one character": MIME + multi(plain(UTF8), boundary=b"b"),
    "boundary: all it may hold": MIME + multi(
        plain(UTF8), boundary=b"'()+_,-./:=? x"),
    "boundary: dashes": MIME + multi(plain(UTF8), boundary=b"----"),
    "boundary: ends with dashes": MIME + multi(
        plain(UTF8), multi(plain(UTF8), boundary=b"bound--"),
        boundary=b"bound-x"),
    "boundary: not quoted": (MIME + multi(plain(UTF8))).replace(
        b'"bound"', b"bound"),
    "boundary: in capitals": (MIME + multi(plain(UTF8))).replace(
        b"boundary=", b"BOUNDARY="),
    "boundary: behind other parameters": (MIME + multi(plain(UTF8))).replace(
        b"boundary=", b'type="a;boundary=no"; x=y;\n boundary='),
    "boundary: what is in a part looks like a deeper one": MIME + multi(
        plain(b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\n" +
              UTF8 + b"\n--x--\n")),
    "boundary: the same outside and inside": MIME + multi(
        multi(plain(UTF8), boundary=b"bound", close=False), plain(UTF8)),
    "100 parts": MIME + multi(*[plain(UTF8)] * 50 +
                              [plain(b"x\n", b"7bit")] * 50),
    "20 levels": MIME + nested(20, plain(UTF8)),
    "parts with names": MIME + multi(part(
        BINARY, b"Content-Type: application/pdf; name=\"a b.pdf\"",
        b"Content-Disposition: attachment;\n filename=\"a b.pdf\"",
        b"Content-Transfer-Encoding: binary")),
    "a digest": MIME + multi(
        b"\n" + INNER + b"\n" + UTF8, b"\n" + INNER + b"\nx\n",
        kind=b"digest"),
    "a report": MIME + multi(
        plain(UTF8), part(b"Reporting-MTA: dns; x.example\n\n"
                          b"Final-Recipient: rfc822; a@b.example\n"
                          b"Action: failed\nStatus: 5.1.1\n",
                          b"Content-Type: message/delivery-status"),
        rfc822(INNER + b"\n" + UTF8), kind=b"report",
        more=b"; report-type=delivery-status"),
    "a message in a message": MIME + rfc822(
        INNER + b"MIME-Version: 1.0\n" + plain(UTF8)),
    "a message in a message, said to be 8bit": MIME + rfc822(
        INNER + b"MIME-Version: 1.0\n" + plain(UTF8),
        b"Content-Transfer-Encoding: 8bit"),
    "a message in a part": MIME + multi(
        plain(b"see below\n", b"7bit"),
        rfc822(INNER + b"MIME-Version: 1.0\n" + plain(LATIN)),
        plain(UTF8)),
    "a message with parts in a message in a part": MIME + multi(rfc822(
        INNER + b"MIME-Version: 1.0\n" + multi(
            plain(UTF8), plain(LONG), boundary=b"inner"))),
    "a message with lines of 5,000 in a part": MIME + multi(rfc822(
        INNER + b"MIME-Version: 1.0\n" + plain(LONG, b"7bit"))),
    "an 8-bit message without MIME in a part": MIME + multi(rfc822(
        INNER + b"\n" + UTF8)),
    "an empty message in a part": MIME + multi(rfc822(b""), plain(UTF8)),
    "messages in messages, 10 deep": None,
    "a field of MIME in a body is text": MIME + plain(
        b"Content-Transfer-Encoding: base64\n\n" + UTF8),
    "base64 and quoted-printable parts stay": MIME + multi(
        part(base64.encodebytes(BINARY),
             b"Content-Type: application/octet-stream",
             b"Content-Transfer-Encoding: base64"),
        part(b"=C3=BC=\n\n", b"Content-Type: text/plain; charset=utf-8",
             b"Content-Transfer-Encoding: quoted-printable"), plain(UTF8)),
    "blanks at the end of parts": MIME + multi(
        plain(UTF8 + b"end \n\n"), plain(UTF8 + b"\t"), plain(b"\n\n" +
                                                              UTF8)),
    "a part of blank lines": MIME + multi(plain(b"\n\n\n"), plain(UTF8)),
}

_deep = INNER + b"MIME-Version: 1.0\n" + plain(UTF8)
for _ in range(9):
    _deep = INNER + b"MIME-Version: 1.0\n" + rfc822(_deep)
PARTS["messages in messages, 10 deep"] = MIME + rfc822(_deep)


def field(*lines, body=b"\nx\n"):
    return HEAD.replace(b"Subject: made\n", b"") + \
        b"".join(x + b"\n" for x in lines) + body


GREETING = "Gr\u00fc\u00dfe".encode()
NAME = "J\u00fcrgen M\u00fcller".encode()

HEADERS = {
    "a Subject in UTF-8": field(b"Subject: " + GREETING),
    "a Subject in UTF-8 among words": field(
        b"Subject: one two " + GREETING + b" three four " + GREETING),
    "a Subject in UTF-8 of 3,000": field(b"Subject: " +
                                         (GREETING + b" ") * 300),
    "a Subject in UTF-8 of 3,000, one word": field(
        b"Subject: " + "\u4f60\u597d".encode() * 500),
    "a Subject in UTF-8, folded": field(
        b"Subject: " + GREETING + b"\n " + GREETING + b"\n\tend"),
    "a Subject with encoded words": field(
        b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= and more"),
    "a Subject with encoded words and UTF-8": field(
        b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= and " + GREETING),
    "a Subject in four octets": field(
        b"Subject: " + "\U0001f600 smile".encode() * 20),
    "a display name in UTF-8": field(
        b"Cc: " + NAME + b" <a@example.test>", b"Subject: x"),
    "a quoted display name in UTF-8": field(
        b'Cc: "' + NAME + b', Jr." <a@example.test>, b@example.test',
        b"Subject: x"),
    "display names in UTF-8, many": field(
        b"Cc: " + b",\n ".join(NAME + b" <a%d@example.test>" % n
                               for n in range(40)), b"Subject: x"),
    "a field nobody knows in UTF-8": field(b"X-Odd: " + GREETING,
                                           b"Subject: x"),
    "UTF-8 in header and body": field(
        b"Subject: " + GREETING, b"MIME-Version: 1.0",
        body=plain(UTF8)),
    "a file name in UTF-8": field(
        b"Subject: x", b"MIME-Version: 1.0", body=multi(part(
            b"x\n", b"Content-Type: text/plain; name=\"" + GREETING +
            b".txt\"", b"Content-Disposition: attachment; filename=\"" +
            GREETING + b".txt\""))),
    "a file name in UTF-8, 8-bit in it": field(
        b"Subject: x", b"MIME-Version: 1.0", body=multi(part(
            UTF8, b"Content-Type: text/plain; charset=utf-8",
            b"Content-Disposition: attachment; filename=\"" +
            GREETING + b" 1.txt\""))),
    "a description in UTF-8": field(
        b"Subject: x", b"MIME-Version: 1.0", body=multi(part(
            b"x\n", b"Content-Type: text/plain",
            b"Content-Description: " + GREETING))),
    "a message in UTF-8 in a part": field(
        b"Subject: x", b"MIME-Version: 1.0", body=multi(rfc822(
            b"From: a@example.test\nSubject: " + GREETING + b"\n\nx\n"))),
    "References of 3,000": field(
        b"References: " + b" ".join(b"<%d@ids.example.test>" % n
                                    for n in range(150)), b"Subject: x"),
    "To of 5,000 in a line": HEAD.replace(
        b"To: rcpt@example.test", b"To: " + b", ".join(
            b"r%d@example.test" % n for n in range(250))) + b"\nx\n",
    "To of 5,000 in a line, no blanks": HEAD.replace(
        b"To: rcpt@example.test", b"To: " + b",".join(
            b"r%d@example.test" % n for n in range(250))) + b"\nx\n",
    "a Subject of 5,000 in a line": field(b"Subject: " + b"word " * 999 +
                                          b"end"),
    "a field of 5,000 without a blank": field(b"X-Token: " + b"t" * 5000,
                                              b"Subject: x"),
    "a line of 999 in the header": field(b"X-Fill: " + b"word " * 198 +
                                         b"x", b"Subject: x"),
    "a line of 998 in the header": field(b"X-Fill: " + b"word " * 198,
                                         b"Subject: x"),
    "a file name of 2,000": field(
        b"Subject: x", b"MIME-Version: 1.0", body=multi(part(
            b"x\n", b"Content-Type: text/plain",
            b"Content-Disposition: attachment; filename=\"" +
            b"f" * 2000 + b".txt\""))),
    "a part's field of 5,000": field(
        b"Subject: x", b"MIME-Version: 1.0", body=multi(part(
            b"x\n", b"Content-Type: text/plain", b"X-Note: " +
            b"word " * 1000 + b"end"))),
}
