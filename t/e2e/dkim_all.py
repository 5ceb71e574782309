# SPDX-License-Identifier: ISC
"""DKIM signatures (RFC 6376) made before submission still verify behind it:
judged by dkimpy, its keys from here, never from the DNS."""
import base64
import functools
import subprocess
import sys

import dkim

import cases
from cases import RCPT, case, check, same
from mime_compare import crlf, wide
from mime_made import (HEAD, INNER, LINES, MIME, PARTS, PLAIN, UTF8, multi,
                       part, plain, rfc822)
from queue_rig import Queue
from queue_rig import case as queue_case
from server_rig import DATA, EHLO, MAIL, QUIT, RCPT_TO, talk

DOMAIN, SELECTOR = b"example.test", b"s1"
USUAL = [b"from", b"to", b"subject", b"date", b"message-id"]
ALL = USUAL + [b"cc", b"reply-to", b"mime-version", b"content-type",
               b"content-transfer-encoding", b"sender", b"in-reply-to",
               b"references"]
WAYS = {
    "relaxed/relaxed": (b"relaxed", b"relaxed"),
    "relaxed/simple": (b"relaxed", b"simple"),
    "simple/relaxed": (b"simple", b"relaxed"),
    "simple/simple": (b"simple", b"simple"),
}


@functools.cache
def key():
    """PEM of the private key; the record of the public one."""
    private = subprocess.run(["openssl", "genrsa", "-traditional", "2048"],
                             check=True, capture_output=True).stdout
    public = subprocess.run(["openssl", "rsa", "-pubout", "-outform", "DER"],
                            input=private, check=True,
                            capture_output=True).stdout
    return private, b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


def sign(message, way=("relaxed", "relaxed"), fields=None, **more):
    """The message in wire form with its signature in front."""
    way = tuple(x if isinstance(x, bytes) else x.encode() for x in way)
    message = crlf(message)
    present = {x.split(b":")[0].strip().lower()
               for x in message.partition(b"\r\n\r\n")[0].split(b"\r\n")
               if b":" in x and x[:1] not in b" \t"}
    # A field that is named but missing must stay missing.
    chosen = ALL if fields is None else fields
    if fields is not None:
        check(all(x in present for x in fields), "fields")
    return dkim.sign(message, SELECTOR, DOMAIN, key()[0], canonicalize=way,
                     include_headers=chosen, **more) + message


def verifies(message):
    return dkim.verify(message, dnsfunc=lambda name, timeout=5: key()[1])


def arrives(c, message, house=None, *args):
    """Sends it and verifies what arrives."""
    check(verifies(message), "does not verify before it is sent")
    house = house or c.server()
    c.plain(house)
    c.send(message, *args, RCPT).exits(0)
    letter = house.letter()
    check(letter.data.endswith(message), "not as it was sent", letter.data)
    check(verifies(letter.data), "does not verify", letter.data)
    check(not verifies(letter.data.replace(b"Some", b"Same")),
          "the judge says yes to everything")
    return letter


LETTERS = {
    "plain text": HEAD + b"\nHello.\n",
    "blanks everywhere": HEAD.replace(b"Subject: made",
                                      b"Subject:   made  of \n\t blanks  ") +
    b"\n  a  b \t\n\n\t\nend  \n\n\n",
    "no body": HEAD + b"\n",
    "an empty line as body": HEAD + b"\n\n",
    "dots": HEAD + b"\n.\n..\n.x\n",
    "fields folded": HEAD + b"X-Folded: a\n b\n\tc\nCc: a@example.test,\n"
    b"\tb@example.test\n\nx\n",
    "fields in odd letters": HEAD.replace(b"Subject:", b"SUBJECT:  ") +
    b"\nx\n",
    "recipients with names": HEAD + b'Cc: "Doe, John" <a@example.test>, '
    b"Jane (here) <b@example.test>\nReply-To: c@example.test\n\nx\n",
    "a group": HEAD + b"Cc: friends: a@example.test, b@example.test;\n\nx\n",
    "encoded words": HEAD.replace(
        b": made", b": =?utf-8?q?Gr=C3=BC=C3=9Fe?=") +
    b"\nx\n",
    "8-bit body": MIME + plain(UTF8),
    "8-bit parts": MIME + multi(plain(UTF8), part(
        b"<p>" + UTF8, b"Content-Type: text/html; charset=utf-8",
        b"Content-Transfer-Encoding: 8bit")),
    "a message in a part": MIME + multi(rfc822(INNER + b"\nx\n")),
    "UTF-8 in the header": HEAD.replace(
        b": made", ": Gr\u00fc\u00dfe".encode()) +
    "Cc: J\u00fcrgen <a@example.test>\n".encode() + b"\nx\n",
    "lines of 998": HEAD + b"\n" + b"x" * 998 + b"\n",
    "1 MB": HEAD + b"\n" + b"".join(b"%09d some words\n" % n
                                    for n in range(40000)),
}

for _way_name, _way in WAYS.items():
    for _name, _message in LETTERS.items():
        @case("%s: %s" % (_way_name, _name))
        def _(c, way=_way, message=_message):
            letter = arrives(c, sign(message, way))
            check(("SMTPUTF8" in letter.mail) ==
                  wide(message.partition(b"\n\n")[0]), letter.mail)

SETS = {
    "From alone": [b"from"],
    "the usual": USUAL,
    "From twice, so that none is added": USUAL + [b"from"],
    "everything twice": ALL * 2,
    "Received, Sender and Return-Path, which are missing": USUAL + [
        b"sender"],
}

for _name, _fields in SETS.items():
    @case("fields signed: " + _name)
    def _(c, fields=_fields):
        message = crlf(HEAD + b"\nHello.\n")
        signature = dkim.sign(message, SELECTOR, DOMAIN, key()[0],
                              include_headers=fields)
        arrives(c, signature + message)


@case("a length of the body (l=)")
def _(c):
    arrives(c, sign(HEAD + b"\nHello.\n", length=True))


@case("two signatures")
def _(c):
    message = sign(sign(HEAD + b"\nHello.\n", WAYS["simple/simple"]),
                   WAYS["relaxed/relaxed"])
    letter = arrives(c, message)
    for index in (0, 1):
        check(dkim.DKIM(letter.data).verify(
            index, dnsfunc=lambda name, timeout=5: key()[1]),
            "signature %d" % index)


@case("signed with Bcc and Return-Path in it: they go, the rest verifies")
def _(c):
    message = sign(HEAD + b"\nHello.\n", WAYS["simple/simple"])
    house = c.server()
    c.plain(house)
    c.send(b"Return-Path: <x@example.test>\r\n"
           b"Bcc: hidden@example.test\r\n" + message, RCPT).exits(0)
    letter = house.letter()
    check(b"hidden" not in letter.data, letter.data)
    check(verifies(letter.data), "does not verify", letter.data)


@case("handed down with LF, as programs do")
def _(c):
    house = c.server()
    c.plain(house)
    c.send(sign(HEAD + b"\nHello.\n", WAYS["simple/simple"]).replace(
        b"\r\n", b"\n"), RCPT).exits(0)
    check(verifies(house.letter().data), "does not verify")


@case("by -t")
def _(c):
    house = c.server()
    c.plain(house)
    c.send(sign(HEAD + b"\nHello.\n", WAYS["simple/simple"]),
           "-t").exits(0)
    check(verifies(house.letter().data), "does not verify")


@case("by BDAT")
def _(c):
    house = c.server()
    c.plain(house, 'pipeline = "full"')
    c.send(sign(LETTERS["dots"], WAYS["simple/simple"]), RCPT).exits(0)
    letter = house.letter()
    same(letter.how, "BDAT")
    check(verifies(letter.data), "does not verify")


@case("by -bs")
def _(c):
    house = c.server()
    c.plain(house)
    message = sign(LETTERS["8-bit parts"], WAYS["simple/simple"])
    talk(c, EHLO + MAIL + RCPT_TO + DATA + message + b".\r\n" + QUIT).says(
        "220 250 250 250 354 250 221")
    check(verifies(house.letter().data), "does not verify")


@case("-G and received = none: the very octets")
def _(c):
    house = c.server()
    c.plain(house, top=('received = "none"',))
    message = sign(HEAD + b"\nHello.\n", WAYS["simple/simple"])
    c.send(message, "-G", RCPT).exits(0)
    same(house.letter().data, message)


@queue_case("through the queue")
def _(c):
    house = c.server()
    q = Queue(c, runner="external", test=house)
    for name in ("8-bit parts", "UTF-8 in the header", "blanks everywhere"):
        c.send(sign(LETTERS[name], WAYS["simple/simple"]), "-odq",
               RCPT).exits(0)
    same(q.counts()[0], 3, "queued")
    q.run("-qf").exits(0)
    letters = house.letters()
    same(len(letters), 3)
    check(all(verifies(x.data) for x in letters), "does not verify")


@case("a server without 8BITMIME: 7-bit letters still verify")
def _(c):
    house = c.server("--withdraw", "8BITMIME", "--withdraw", "SMTPUTF8")
    c.plain(house)
    seven = [x for x in LETTERS.values() if not wide(x)]
    for message in seven:
        c.send(sign(message, WAYS["simple/simple"]), RCPT).exits(0)
    letters = house.letters()
    same(len(letters), len(seven))
    check(all(verifies(x.data) for x in letters), "does not verify")


@case("every message made for other tests that needs no repair")
def _(c):
    house = c.server()
    c.plain(house)
    n = 0
    for message in [*PLAIN.values(), *LINES.values(), *PARTS.values()]:
        if any(len(x) > 998 for x in message.split(b"\n")) or \
                b"MIME-Version" not in message:
            continue
        if not message.endswith(b"\n"):
            message += b"\n"
        c.send(sign(message, WAYS["simple/simple"]), RCPT).exits(0)
        n += 1
    letters = house.letters()
    same(len(letters), n)
    for letter in letters:
        check(verifies(letter.data), "does not verify:", letter.data)


key()       # One for all, before there are threads.
sys.exit(cases.main("dkim", sys.argv[1:]))
