# SPDX-License-Identifier: ISC
"""Cases: the messages that other callers hand down, by -bs."""
import re

import cases
import message_octets
from cases import case, check, same
from server_rig import (DATA, FINE, MAIL, QUIT, RCPT_TO, EHLO, START, HELLO,
                        strict, talk)
from server_rig import body as body_of

# Theirs are told elsewhere; here only what they are made of is wanted.
del cases.cases[:]

HEAD = b"Subject: octets\n\n"


def stuffed(text):
    """As a client writes it behind DATA, its bare CRs and LFs kept."""
    if not text.endswith(b"\r\n"):
        text += b"\r\n"
    return re.sub(rb"(^|\r\n)\.", rb"\1..", text) + b".\r\n"


def crlf(text):
    """As a good client does."""
    return re.sub(rb"\r*\n|\r", b"\r\n", text)


def both(c, text):
    """By DATA and by BDAT; the letters."""
    house = c.server()
    c.plain(house)
    talk(c, START + DATA + stuffed(text) + MAIL + RCPT_TO +
         b"BDAT %d LAST\r\n" % len(text) + text + QUIT).says(
             FINE + "250 250 250 221")
    letters = house.letters()
    same(len(letters), 2, "messages")
    strict(house)
    return letters


for _name, _body in message_octets.BODIES.items():
    @case("a body by -bs: " + _name)
    def _(c, body=_body):
        wanted = message_octets.wire(crlf(body))
        for x in both(c, crlf(HEAD + body)):
            same(body_of(x), wanted, "body")
            same(x.field("Subject"), "octets")

for _name, (_text, _subject, _body) in message_octets.SHAPES.items():
    @case("a message by -bs: " + _name)
    def _(c, text=_text, subject=_subject, body=_body):
        if "bare CR" in text.decode("latin-1") or b"\r" in re.sub(
                rb"\r+\n", b"", text):
            return      # A good client has none of these.
        for x in both(c, crlf(text)):
            same(body_of(x), message_octets.wire(body), "body")
            same(x.fields("Subject"),
                 [] if subject is None else [subject.decode()])
            same(len(x.fields("From")), 1, "From fields")

for _name, (_body, _charset) in message_octets.EIGHT.items():
    @case("8-bit by -bs: " + _name)
    def _(c, body=_body, charset=_charset):
        for x in both(c, crlf(HEAD + body)):
            same(body_of(x), message_octets.wire(body), "body")
            same(x.field("Content-Type"), "text/plain; charset=" + charset)
            check("BODY=8BITMIME" in x.mail or x.fields(
                "Content-Transfer-Encoding") == ["base64"], x.mail)


@case("a header of the caller's by -bs: its lines as they are")
def _(c):
    head = b"From: Some One <sender@example.test>\r\nTo: a@example.test,\r\n" \
        b"\tb@example.test\r\nCc: c@example.test\r\n" \
        b"Date: Thu, 1 Jan 1970 00:00:00 +0000\r\n" \
        b"Message-ID: <a@b.example>\r\nX-Folded: one\r\n two\r\n" \
        b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    for x in both(c, head + b"\r\nbody\r\n"):
        check(x.head.endswith(head), x.head)
        same(x.body, b"body\r\n")


@case("Bcc goes by -bs too, and adds no recipient")
def _(c):
    for x in both(c, b"Subject: x\r\nBcc: hidden@example.test\r\n\r\nx\r\n"):
        check(b"hidden" not in x.data, x.data)
        same(x.rcpt, ["<rcpt@example.test>"])


@case("everything in one write and everything in pieces give the same")
def _(c):
    text = crlf(HEAD + message_octets.BODIES["dots"])
    octets = EHLO + (MAIL + RCPT_TO + DATA + stuffed(text)) * 3 + QUIT
    seen = []
    for piece in (None, 1, 7, 64):
        house = c.server()
        c.plain(house)
        talk(c, octets, piece=piece).says(
            HELLO + "250 250 354 250 " * 3 + "221")
        seen.append([x.body for x in house.letters()])
    check(all(x == seen[0] for x in seen), "different messages")
    same(len(seen[0]), 3)
