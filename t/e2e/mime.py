# SPDX-License-Identifier: ISC
"""Content repair: messages of many shapes through servers that can more and
less, judged by Python's email."""
import itertools
import os
import sys

import cases
from cases import RCPT, Failed, case, check, same
from mime_compare import Judge, crlf, judge, split, wide
from mime_grown import by_chance, by_python
from mime_made import (HEAD, HEADERS, INNER, LINES, MIME, PARTS, PLAIN, UTF8,
                       multi, nested, part, plain, rfc822)
import mime_signed  # noqa: F401
from server_rig import sanitized

SERVERS = {
    # name: (what is not offered, 8-bit bodies, UTF-8 headers)
    "without 8BITMIME": (("8BITMIME", "SMTPUTF8"), False, False),
    "with 8BITMIME": (("SMTPUTF8",), True, False),
    "with SMTPUTF8": ((), True, True),
}


def without(c, words, *more):
    return c.server(*itertools.chain(*(("--withdraw", w) for w in words)),
                    *more)


def through(c, server, messages, *lines):
    """Each message through the server; all faults, by name."""
    words, body8, utf8 = SERVERS[server]
    house = without(c, words)
    c.plain(house, *lines)
    faults, sent = [], []
    for name, message in messages.items():
        call = c.send(message, RCPT)
        if call.status == 0:
            sent.append((name, message))
        else:
            faults.append("%s: exit %d: %s" % (name, call.status, call.err))
    letters = house.letters()
    if len(letters) != len(sent):
        faults.append("%d letters of %d" % (len(letters), len(sent)))
        letters = []
    for (name, message), letter in zip(sent, letters):
        try:
            judge(crlf(message) if message.endswith(b"\n")
                  else crlf(message + b"\n"), letter, body8, utf8)
        except Failed as e:
            faults.append("%s: %s" % (name, e))
    if faults:
        raise Failed("%d faults\n" % len(faults) + "\n".join(faults))


def pieces(messages, n):
    items = list(messages.items())
    return [dict(items[k:k + n]) for k in range(0, len(items), n)]


FAMILIES = {
    "one part": PLAIN, "long lines": LINES, "parts": PARTS,
    "header": HEADERS, "by Python": by_python(),
    "by chance": by_chance(2000 if os.environ.get("LONG") else 80),
}

for _family, _messages in FAMILIES.items():
    for _server in SERVERS:
        _chosen = _messages
        if _server == "with SMTPUTF8":
            # It can more than the one with 8BITMIME in headers only.
            _chosen = {k: v for i, (k, v) in enumerate(_messages.items())
                       if _family == "header" or i % 5 == 0}
        for _k, _some in enumerate(pieces(_chosen, 20)):
            @case("%s, %d of them (%d), %s" % (_family, len(_some), _k + 1,
                                               _server))
            def _(c, server=_server, some=_some):
                through(c, server, some)


@case("the judge is one: it sees every difference there is to see")
def _(c):
    message = crlf(MIME + multi(
        plain(b"one \nthree\n", b"7bit"), part(
            b"QUJD\n", b"Content-Type: image/png; name=a.png",
            b"Content-Transfer-Encoding: base64"),
        preamble=b"Before.\n", epilogue=b"Behind.\n"))
    house = c.server()
    c.plain(house)
    c.send(message, RCPT).exits(0)
    letter = house.letter()
    judge(message, letter, True, True)
    good = letter.data
    for before, after in (
            (b"one ", b"one"), (b"three\r\n", b"three"),
            (b"three", b"thre\xe9"), (b"QUJD", b"QUJE"),
            (b"a.png", b"b.png"), (b"image/png", b"image/gif"),
            (b"utf-8", b"utf-7"), (b"Subject: made", b"Subject: mad"),
            (b"rcpt@", b"rcpd@"), (b"Before", b"before"),
            (b"Behind", b"behind"), (b"mixed", b"digest"),
            (b"--bound--", b"--bound"), (b"base64", b"7bit"),
            (b"Date:", b"X-Date:"), (b"three", b"three" * 300),
            (b"Subject: made\r\n", b""), (b"To: ", b"To: x@y.example, ")):
        check(before in good, before)
        letter.data = good.replace(before, after)
        letter.head, letter.body = split(letter.data)
        letter.mail = "MAIL FROM:<x@y.example> SIZE=%d" % len(letter.data)
        for check_octets in (True, False):
            try:
                if check_octets:
                    judge(message, letter, True, True)
                else:
                    Judge(message, letter.data, True).run()
            except Failed:
                continue
            # This alone is about octets, not about what they say.
            check(not check_octets and before in (b"--bound--",),
                  "not seen:", before, after)


# ---- Odd ones, each with what may become of it ---------------------------

def loose(c, message, *words):
    """Taken and the same, or refused with 5.6.3; never damaged."""
    house = without(c, ("8BITMIME", "SMTPUTF8"))
    c.plain(house)
    call = c.send(message, RCPT)
    if call.status != 0:
        call.exits(69).says("5.6.3", *words)
        house.nothing()
        return None
    letter = house.letter()
    # A Message-ID cannot be said otherwise.
    check(not wide(letter.data.replace("<m\u00fc@".encode(), b"")),
          "8-bit octets", letter.data)
    same(letter.size(), len(letter.data), "SIZE")
    return letter


ODD = {
    "an encoding nobody knows": MIME + plain(UTF8, b"x-uuencode"),
    "two encodings": MIME + part(
        UTF8, b"Content-Type: text/plain; charset=utf-8",
        b"Content-Transfer-Encoding: 8bit",
        b"Content-Transfer-Encoding: base64"),
    "two types": MIME + part(
        UTF8, b"Content-Type: text/plain; charset=utf-8",
        b"Content-Type: multipart/mixed; boundary=x",
        b"Content-Transfer-Encoding: 8bit"),
    "no boundary parameter": MIME + part(
        b"--x\n\n" + UTF8 + b"\n--x--\n", b"Content-Type: multipart/mixed"),
    "an empty boundary": MIME + part(
        b"--\n\n" + UTF8 + b"\n----\n",
        b'Content-Type: multipart/mixed; boundary=""'),
    "a boundary that never comes": MIME + part(
        UTF8, b"Content-Type: multipart/mixed; boundary=never"),
    "a boundary of 5,000": MIME + multi(plain(UTF8), boundary=b"b" * 5000),
    "a boundary by RFC 2231": (MIME + multi(plain(UTF8))).replace(
        b'boundary="bound"', b"boundary*0=bou;\n boundary*1=nd"),
    "a boundary in UTF-8": MIME + multi(plain(UTF8),
                                        boundary="gr\u00fc".encode()),
    "multipart in base64": MIME + multi(plain(UTF8), encoding=b"base64"),
    "a message in base64": MIME + rfc822(
        INNER + b"\n" + UTF8, b"Content-Transfer-Encoding: base64"),
    "message/partial": MIME + part(
        INNER + b"\n" + UTF8, b"Content-Type: message/partial; id=x;"
        b" number=1; total=2"),
    "message/global": MIME + part(
        INNER + "X-N: \u00fc\n".encode() + b"\n" + UTF8,
        b"Content-Type: message/global"),
    "message/external-body": MIME + part(
        b"Content-Type: image/png\n\n" + UTF8,
        b"Content-Type: message/external-body; access-type=x"),
    "8-bit delivery-status": MIME + part(
        b"Reporting-MTA: dns; x.example\nX: " + UTF8,
        b"Content-Type: message/delivery-status"),
    "base64 with 8-bit octets": MIME + plain(b"QUJD\xff\xfe\nREVG\n",
                                             b"base64"),
    "200 levels": MIME + nested(200, plain(UTF8)),
    "5,000 levels": MIME + nested(5000, plain(UTF8)),
    "a Latin-1 Subject": HEAD.replace(
        b"Subject: made", b"Subject: Gr\xfc\xdfe") + b"\nx\n",
    "UTF-8 in Message-ID": HEAD.replace(b"made@", "m\u00fc@".encode()) +
    b"\nx\n",
    "UTF-8 in a comment": HEAD + "X-A: x\nCc: a@example.test (J\u00fc)\n"
    .encode() + b"\nx\n",
    "UTF-8 in a Cc's domain": HEAD + "Cc: a@b\u00fccher.example\n".encode() +
    b"\nx\n",
    "a field without a name": HEAD + b": \xff\n\nx\n",
    "10,000 parts": MIME + multi(*[plain(UTF8)] * 10000),
    "100,000 boundaries": MIME + multi(*[b""] * 100000),
}

for _name, _message in ODD.items():
    @case("odd: %s: said the same, or 5.6.3" % _name)
    def _(c, name=_name, message=_message):
        letter = loose(c, message)
        if letter is None or name not in (
                "a boundary by RFC 2231", "200 levels", "10,000 parts",
                "a Latin-1 Subject", "UTF-8 in a comment"):
            return
        judge(crlf(message), letter, False, False)


@case("odd: UTF-8 in a Cc's local part: 5.6.7, or the field as it is")
def _(c):
    house = without(c, ("SMTPUTF8",))
    c.plain(house)
    call = c.send(HEAD + "Cc: j\u00fc@example.test\n".encode() + b"\nx\n",
                  RCPT)
    if call.status == 0:
        check("SMTPUTF8" not in house.letter().mail, house.letter().mail)
    else:
        call.exits(69).says("5.6.7")
        house.nothing()


@case("odd: SMTPUTF8 is offered, 8BITMIME is not")
def _(c):
    house = without(c, ("8BITMIME",))
    c.plain(house)
    c.send(HEAD.replace(b": made", ": Gr\u00fc\u00dfe".encode()) + b"\n" +
           UTF8, RCPT).exits(0)
    check(not wide(house.letter().body), "8-bit octets in the body")


@case("SMTPUTF8 is said where an address needs it or it was asked for")
def _(c):
    house = c.server()
    c.plain(house)
    header = HEAD.replace(b": made", ": \u00fc".encode()) + b"\nx\n"
    c.send(HEAD + b"\nx\n", RCPT).exits(0)
    c.send(MIME + plain(UTF8), RCPT).exits(0)
    c.send(header, "-U", RCPT).exits(0)
    c.send(header, "j\u00fcrgen@example.test").exits(0)
    c.send(header, RCPT).exits(0)
    letters = house.letters()
    same(["SMTPUTF8" in x.mail for x in letters[:4]],
         [False, False, True, True])
    for letter in letters[2:4]:
        check(letter.data.endswith(crlf(header)), "not as it was sent")
    # The last one may be either.
    check(("SMTPUTF8" in letters[4].mail) == wide(letters[4].data),
          letters[4].mail, letters[4].data)


@case("10 MB of 8-bit lines, re-encoded, in little memory and time")
def _(c):
    message = MIME + plain(UTF8 * 400000)
    house = without(c, ("8BITMIME", "SMTPUTF8"))
    c.plain(house)
    call = c.call(["/usr/bin/env", "bash", "-c",
                   'ulimit -v %s; exec "$@"' % (
                       "unlimited" if sanitized() else "65536"), "bash",
                   *c.argv("-i", "-f", "sender@example.test", RCPT)],
                  message).exits(0)
    check(call.seconds < 15, "took %.1f s" % call.seconds)
    judge(crlf(message), house.letter(), False, False)


total = sum(len(x) for x in FAMILIES.values()) + len(ODD) + len(
    mime_signed.EIGHT) + len(mime_signed.SEVEN)
print("# %d messages" % total)
sys.exit(cases.main("mime", sys.argv[1:]))
