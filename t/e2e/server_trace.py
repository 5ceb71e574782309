# SPDX-License-Identifier: ISC
"""Cases: the Received field says who handed it in, and nothing else can."""
import os

from cases import case, check, same
from server_rig import EHLO, FINE, HELO, QUIT, SENT, talk


def received(c, octets=SENT + QUIT, **more):
    house = c.server()
    c.plain(house, **more)
    talk(c, octets)
    return " ".join(house.letter().field("Received").split())


@case("Received: who, by what, for a login of ours")
def _(c):
    text = received(c)
    check(text.startswith("from client.example.test"), text)
    check("uid %d" % os.getuid() in text, text)
    check("with ESMTP" in text and "by " in text and " id " in text, text)


@case("Received: with SMTP behind HELO, with UTF8SMTP behind SMTPUTF8")
def _(c):
    check(" with SMTP " in received(c, SENT.replace(EHLO, HELO) + QUIT) + " ",
          "no SMTP")


@case("Received: with UTF8SMTP where SMTPUTF8 was asked for")
def _(c):
    text = received(c, (SENT + QUIT).replace(b"test>\r\nRCPT",
                                             b"test> SMTPUTF8\r\nRCPT"))
    check(" with UTF8SMTP " in text or " with ESMTP " in text, text)


NAMES = {
    "parentheses": b"EHLO a)b(c",
    "a semicolon": b"EHLO x; Mon, 1 Jan 2001 00:00:00 +0000",
    "an address literal": b"EHLO [127.0.0.1]",
    "8-bit octets": b"EHLO \xff\xfe",
    "a fold": b"EHLO a\tX-Evil: y",
    "CR": b"EHLO a\rX-Evil: y",
    "900 octets": b"EHLO " + b"x" * 400,
    "quotes": b'EHLO "a',
    "angle brackets": b"EHLO <a@b>",
}

for _name, _line in NAMES.items():
    @case("Received stays one field of one line's length: EHLO with " +
          _name)
    def _(c, line=_line):
        house = c.server()
        c.plain(house)
        t = talk(c, SENT.replace(EHLO, line + b"\r\n" + HELO
                                 if b"\xff" in line or b"\r" in line
                                 else line + b"\r\n") + QUIT)
        for letter in house.letters():
            field = letter.field("Received")
            same(letter.fields("X-Evil"), [])
            same(field.count(";"), 1, "semicolons in " + field)
            check(field.count("(") == field.count(")"), field)
            check(all(len(x) <= 998 and max(x, default=0) < 128
                      for x in letter.head.split(b"\r\n")), letter.head)
        check(t.replies[-1].code == "221", "no end")


@case("received = none and minimal hold here too")
def _(c):
    house = c.server()
    c.plain(house, top=('received = "none"',))
    talk(c, SENT + QUIT).says(FINE + "221")
    c.plain(house, top=('received = "minimal"',))
    talk(c, SENT + QUIT).says(FINE + "221")
    none, minimal = house.letters()
    same(none.fields("Received"), [])
    check("uid" not in minimal.field("Received"), minimal.field("Received"))
