# SPDX-License-Identifier: ISC
"""Cases: the octets of a message, from standard input to the server."""
import email
import random
import re
import time

from cases import RCPT, SENDER, case, check, same

HEAD = b"Subject: octets\n\n"
WAYS = ((), ('pipeline = "full"',))     # by DATA, by BDAT


def wire(text, head=False):
    """What has to arrive for a body written with -i."""
    text = text.replace(b"\0", b"")
    text = re.sub(rb"\r*\n", b"\n", text)
    text = text.replace(b"\r", b" " if head else b"\n")
    if text and not text.endswith(b"\n"):
        text += b"\n"
    return text.replace(b"\n", b"\r\n")


def fill(n):
    """n octets of lines that are not too long, the last one not ended."""
    return ((b"\r\n" + b"x" * 898) * (n // 900 + 1))[-n:]


def decoded(letter):
    """A body, whatever its transfer encoding."""
    return email.message_from_bytes(letter.data).get_payload(decode=True)


def both(c, message, dot=False, **conf):
    """Sends it by DATA and by BDAT; the letters that arrived."""
    house = c.server()
    for lines in WAYS:
        c.plain(house, *lines, **conf)
        argv = c.argv(*([] if dot else ["-i"]), "-f", SENDER, RCPT)
        c.call(argv, message).exits(0)
    letters = house.letters()
    same([x.how for x in letters], ["DATA", "BDAT"], "ways")
    for connection in house.stop():
        check(not connection["bare_cr"] and not connection["bare_lf"],
              "bare CR or LF on the wire")
        same(len(connection["messages"]), 1, "messages")
    for letter in letters:
        same(letter.size(), len(letter.data), "SIZE")
    return letters


SMUGGLE = b"MAIL FROM:<smuggled@example.test>"

BODIES = {
    "line ends LF": b"one\ntwo\n",
    "line ends CRLF": b"one\r\ntwo\r\n",
    "line ends CR": b"one\rtwo\r",
    "line ends mixed": b"one\r\ntwo\nthree\rfour\r\r\nfive\r\r\r\n\r\n\nsix",
    "bare CRs in a row": b"one\r\rtwo\r\n\rthree\n\r\rfour\r\r",
    "only line ends": b"\n\r\n\r\r\n\n",
    "NUL anywhere": b"\0one\0\n\0\ntwo\0\r\0\nthree\0",
    "no final newline": b"one\ntwo",
    "final CR": b"one\ntwo\r",
    "a lone dot": b"one\n.\ntwo\n",
    "a lone dot last": b"one\n.\n",
    "a lone dot first": b".\none\n",
    "a lone dot without newline": b"one\n.",
    "dots": b".\n..\n...\n.a\n..a\n. \n.\r\n..\r\na.\n",
    "dot between CRs": b"one\r.\r" + SMUGGLE + b"\r",
    "CR dot CRLF": b"one\r.\r\n" + SMUGGLE + b"\r\n",
    "CRLF dot CR": b"one\r\n.\r" + SMUGGLE + b"\r\n",
    "CRLF dot LF": b"one\r\n.\n" + SMUGGLE + b"\r\n",
    "LF dot CRLF": b"one\n.\r\n" + SMUGGLE + b"\r\n",
    "LF dot CR CRLF": b"one\n.\r\r\n" + SMUGGLE + b"\r\n",
    "NUL around the dot": b"one\r\n\0.\0\r\0\n" + SMUGGLE + b"\r\n",
    "commands": b"QUIT\nRSET\nBDAT 0 LAST\nDATA\n" + SMUGGLE + b"\n",
    "lines of 998 octets": (b"x" * 998 + b"\n") * 1000 + b"end\n",
    "lines of 998 dots": (b"." * 998 + b"\n") * 1000 + b"end\n",
    "1 MB of CRs": b"one" + b"\r" * 1000000 + b"\nend\n",
    "100,000 lone dots": b".\n" * 100000,
    "From in the body": b"From someone Sat Jan  1 00:00:00 2000\n>From x\n",
    "controls": bytes(x for x in range(1, 127) if x not in (10, 13)) + b"\n",
    "looks like a header": b"Subject: another\nBcc: x@y.example\n\nbody\n",
}

for _name, _body in BODIES.items():
    @case("body: " + _name)
    def _(c, body=_body):
        for letter in both(c, HEAD + body):
            same(letter.body, wire(body), letter.how)
            same(letter.field("Subject"), "octets")


LONG = {
    "a line of 1 MB": b"x" * 1000000 + b"\nend\n",
    "a line of 1 MB of dots": b"." * 1000000 + b"\nend\n",
    "a line of 999 octets": b"x" * 999,
}

for _name, _body in LONG.items():
    @case("body: %s, in shorter ones" % _name)
    def _(c, body=_body):
        for letter in both(c, HEAD + body):
            same(decoded(letter), wire(body), letter.how)
            check(all(len(x) <= 998 for x in letter.data.split(b"\r\n")))


for _at in (4095, 4096, 65535, 65536, 65537, 131072):
    @case("body: line ends and dots around octet %d" % _at)
    def _(c, at=_at):
        body = b""
        for k, end in enumerate((b"\r\n.\r\n", b"\n.\n", b"\r.\r", b"\n..")):
            body += fill(at - len(body) % at - len(HEAD) - k) + end
        for letter in both(c, HEAD + body):
            same(letter.body, wire(body), letter.how)


@case("body: random mixtures of CR, LF, dot, NUL")
def _(c):
    chance = random.Random(7)
    body = b"".join(
        b"%06d" % n + b"".join(chance.choice(
            (b"\r", b"\n", b"\r\n", b".", b"\0", b"a", b"\n.", b"\r\n."))
            for _ in range(chance.randrange(1, 12)))
        for n in range(20000))
    for letter in both(c, HEAD + body):
        same(letter.body, wire(body), letter.how)


@case("dots are stuffed in DATA, and only there")
def _(c):
    house = c.server()
    body = b".\n..\n.x\n"
    for lines in WAYS:
        c.plain(house, *lines)
        c.send(HEAD + body, RCPT).exits(0)
    both_ways = house.wire()
    data, bdat = both_ways.split(b"BDAT", 1)
    check(data.count(b"\r\n..\r\n...\r\n..x\r\n.\r\n") == 1, data[-200:])
    check(b"\r\n.\r\n..\r\n.x\r\n" in bdat, bdat[-200:])


DOTS = {
    "a lone dot ends": (b"one\n.\ntwo\n", b"one\n"),
    "a lone dot ends, CRLF": (b"one\r\n.\r\ntwo\r\n", b"one\n"),
    "a lone dot without newline ends": (b"one\n.", b"one\n"),
    "of two dots one goes": (b"..\n..x\n...\n", b".\n.x\n..\n"),
    "other dots stay": (b".x\n. \nx.\n.\n", b".x\n. \nx.\n"),
    "a CR makes no line for the dot": (b"one\r.\rtwo\n", b"one\n.\ntwo\n"),
    "nothing but the dot": (b".\n", b""),
}

for _name, (_body, _wanted) in DOTS.items():
    @case("without -i: " + _name)
    def _(c, body=_body, wanted=_wanted):
        for letter in both(c, HEAD + body, dot=True):
            same(letter.body, wire(wanted), letter.how)


@case("without -i: what follows the dot is read, dropped and logged")
def _(c):
    house = c.server()
    c.plain(house)
    c.shell('{ printf "Subject: x\\n\\none\\n.\\n"; yes more | '
            'head -c 300000; echo $? >&2; } | "$@"', RCPT).exits(0)
    same(house.letter().body, b"one\r\n")
    check("-i" in c.log(), "no word in the log:", c.log())


@case("NULs dropped are logged")
def _(c):
    house = c.server()
    c.plain(house)
    c.send(HEAD + b"a\0b\0\n", RCPT).exits(0)
    check("NUL" in c.log(), "no word in the log:", c.log())


SHAPES = {
    "empty input": (b"", None, b""),
    "one newline": (b"\n", None, b""),
    "header only": (b"Subject: x\n", b"x", b""),
    "header only, no newline": (b"Subject: x", b"x", b""),
    "header and blank line": (b"Subject: x\n\n", b"x", b""),
    "blank line, no newline behind the header": (b"Subject: x\n\r", b"x",
                                                 b""),
    "body only": (b"Hello there\nSubject: x\n", None,
                  b"Hello there\nSubject: x\n"),
    "body only, one word": (b"hello", None, b"hello"),
    "body begins with a blank": (b" hello\n", None, b" hello\n"),
    "body behind a blank line": (b"\nSubject: x\n", None, b"Subject: x\n"),
    "no blank line before the body": (b"Subject: x\nHello there\nMore\n",
                                      b"x", b"Hello there\nMore\n"),
    "CRLF header": (b"Subject: x\r\n\r\nbody\r\n", b"x", b"body\n"),
    "CR CRLF header": (b"Subject: x\r\r\n\r\r\nbody\n", b"x", b"body\n"),
    "a bare CR in the header is a blank": (b"Subject: x\ry\n\nbody\n",
                                           b"x y", b"body\n"),
    "a bare CR cannot end the header": (
        b"Subject: x\r\rBcc: y@example.test\n\nbody\n",
        b"x  Bcc: y@example.test", b"body\n"),
    "NUL in the header": (b"Sub\0ject: x\0y\n\nbody\n", b"xy", b"body\n"),
    "a dot as header is a body": (b".x\n\nbody\n", None, b".x\n\nbody\n"),
    "mbox From line": (b"From me@x Sat Jan  1 00:00:00 2000\nSubject: x\n\n"
                       b"body\n", b"x", b"body\n"),
    "mbox From line, CRLF": (b"From me@x Sat Jan  1 00:00:00 2000\r\n"
                             b"Subject: x\r\n\r\nbody\r\n", b"x", b"body\n"),
    ">From is no field": (b">From me\nSubject: x\n", None,
                          b">From me\nSubject: x\n"),
}

for _name, (_text, _subject, _body) in SHAPES.items():
    @case("message: " + _name)
    def _(c, text=_text, subject=_subject, body=_body):
        for letter in both(c, text):
            same(letter.body, wire(body), letter.how)
            same(letter.fields("Subject"),
                 [] if subject is None else [subject.decode()])
            same(len(letter.fields("From")), 1, "From fields")
            check(b"\0" not in letter.data, "NUL")


@case("header: 5 MB in one field")
def _(c):
    field = b"X-Big: " + b"".join(b"word%08d\n " % n
                                  for n in range(360000)) + b"end"
    for letter in both(c, field + b"\nSubject: x\n\nbody\n"):
        check(wire(field) in letter.head, "the field is another")
        same(letter.field("Subject"), "x")


@case("header: 5 MB in 100,000 fields")
def _(c):
    text = b"".join(b"X-Field-%06d: %s\n" % (n, b"y" * 36)
                    for n in range(100000))
    for letter in both(c, text + b"Subject: x\n\nbody\n"):
        check(wire(text) in letter.head, "the fields are others")


@case("header: 5 MB in one line")
def _(c):
    field = b"X-Big: " + b"y" * 5000000
    for letter in both(c, field + b"\nSubject: x\n\nbody\n"):
        # In encoded words, which lines of 998 octets can hold.
        words = re.findall(rb"=\?UTF-8\?Q\?(y+)\?=(?:\r\n|$)", letter.head)
        check(b"".join(words) == b"y" * 5000000, "the field is another")


@case("header: more than 16 MiB is 65, nothing sent")
def _(c):
    house = c.server()
    c.plain(house)
    c.send(b"X: " + b"y" * (17 << 20) + b"\n\nbody\n", RCPT).exits(65).says(
        "header")
    same(house.stop(), [])


@case("header: a field without colon on its line for 64 kB is no field")
def _(c):
    text = b"y" * 70000 + b": z\n\nbody\n"
    for letter in both(c, text):
        same(decoded(letter), wire(text))


@case("25 MB in under 10 s")
def _(c):
    line = b"%08d " * 8
    body = b"".join(line % ((n,) * 8) + b"\n" for n in range(25000000 // 73))
    house = c.server()
    c.plain(house)
    start = time.monotonic()
    c.send(HEAD + body, RCPT).exits(0)
    took = time.monotonic() - start
    check(house.letter().body == wire(body), "other octets arrived")
    check(took < 10, "took %.1f s" % took)


EIGHT = {
    "UTF-8": ("Gr\u00fc\u00dfe\n".encode(), "utf-8"),
    "UTF-8 of four octets": ("\U0001f600\n".encode(), "utf-8"),
    "Latin-1": ("Gr\u00fc\u00dfe\n".encode("latin-1"), "unknown-8bit"),
    "cut UTF-8 at the end": (b"a\n\xe2\x82", "unknown-8bit"),
    "a surrogate": (b"\xed\xa0\x80\n", "unknown-8bit"),
    "UTF-8 across 64 kB": (fill(65518) + "\u20ac\u20ac\u20ac\n".encode() *
                           30000, "utf-8"),
    "Latin-1 after 200 kB": (b"x" * 70 + b"\n" + b"abc\n" * 50000 +
                             b"\xfc\n", "unknown-8bit"),
}

for _name, (_body, _charset) in EIGHT.items():
    @case("8-bit body without MIME fields: %s is %s" % (_name, _charset))
    def _(c, body=_body, charset=_charset):
        for letter in both(c, HEAD + body):
            same(letter.body, wire(body))
            same(letter.field("MIME-Version"), "1.0")
            same(letter.field("Content-Type"),
                 "text/plain; charset=" + charset)
            same(letter.field("Content-Transfer-Encoding"), "8bit")
            check("BODY=8BITMIME" in letter.mail, letter.mail)


@case("8-bit body with MIME fields: they stay as they are")
def _(c):
    head = b"Subject: x\nContent-Type: text/plain; charset=iso-8859-1\n\n"
    for letter in both(c, head + b"\xfc\n"):
        same(letter.fields("MIME-Version"), [])
        same(letter.field("Content-Type"), "text/plain; charset=iso-8859-1")
        check("BODY=8BITMIME" in letter.mail, letter.mail)


@case("7-bit body: no MIME fields, no BODY")
def _(c):
    for letter in both(c, HEAD + b"plain\n"):
        same(letter.fields("MIME-Version"), [])
        check("BODY=" not in letter.mail, letter.mail)
