# SPDX-License-Identifier: ISC
"""Cases: no octets make a second message, by DATA or by BDAT."""
from cases import case, check, same
from server_rig import (DATA, EHLO, HELLO, MAIL, QUIT, RCPT_TO, RSET, START,
                        FINE, Got, dialogue, strict, talk)

SECOND = b"MAIL FROM:<smuggled@example.test>\r\n" \
    b"RCPT TO:<victim@example.test>\r\nDATA\r\nSubject: second\r\n\r\n" \
    b"smuggled\r\n"

ENDS = {
    "LF dot LF": b"\n.\n",
    "LF dot CRLF": b"\n.\r\n",
    "CRLF dot LF": b"\r\n.\n",
    "CR dot CR": b"\r.\r",
    "CR dot CRLF": b"\r.\r\n",
    "CR dot LF": b"\r.\n",
    "LF dot CR": b"\n.\r",
    "CRLF dot CR": b"\r\n.\r",
    "CRLF dot CR CRLF": b"\r\n.\r\r\n",
    "CR CRLF dot LF": b"\r\r\n.\n",
    "LF CR dot CRLF": b"\n\r.\r\n",
    "NUL before the dot": b"\r\n\0.\r\n",
    "NUL behind the dot": b"\r\n.\0\r\n",
    "NUL between CR and LF": b"\r\n.\r\0\n",
    "NUL between CR and LF before": b"\r\0\n.\r\n",
    "a blank behind the dot": b"\r\n. \r\n",
    "a blank before the dot": b"\r\n .\r\n",
    "two dots": b"\r\n..\r\n",
    "two dots by LF": b"\n..\n",
    "8-bit line ends": b"\x8d\x8a.\x8d\x8a",
    "NEL and line separator": b"\xc2\x85.\xe2\x80\xa8",
    "vertical tab and form feed": b"\x0b.\x0c",
}


def one(house, t, early=()):
    """One message or none; in it, if it was taken, all that came."""
    letters = house.letters()
    check(len(letters) <= 1, "messages", [x.mail for x in letters])
    codes = [x.code for x in t.replies]
    same(codes[:5], ["220", "250", "250", "250", "354"], "replies")
    same(len(codes), 7, "replies %s" % codes)
    same(codes[6], "221")
    same(len(letters), int(codes[5] == "250"), "messages")
    for letter in letters:
        check(b"MAIL FROM:<smuggled@example.test>" in letter.data and
              b"\r\nsmuggled\r\n" in letter.data, letter.data)
        same(letter.rcpt, ["<rcpt@example.test>"], "recipients")
        same(letter.size(), len(letter.data), "SIZE")
        check(b"\0" not in letter.data, "NUL")
    if not letters:
        check(codes[5][0] == "5", codes)
    strict(house, early)


def smuggle(c, end, lines=(), piece=None):
    house = c.server()
    c.plain(house, *lines)
    t = talk(c, START + DATA + b"Subject: first\r\n\r\nfirst" + end +
             SECOND + b".\r\nQUIT\r\n", piece=piece)
    one(house, t, ["body-before-RCPT"] if lines else [])


for _name, _end in ENDS.items():
    @case("no end of DATA: " + _name)
    def _(c, end=_end):
        smuggle(c, end)

    @case("no end of DATA, octet by octet: " + _name)
    def _(c, end=_end):
        smuggle(c, end, piece=1)

    @case("no end in the header: " + _name)
    def _(c, end=_end):
        house = c.server()
        c.plain(house)
        t = talk(c, START + DATA + b"Subject: first" + end + SECOND +
                 b".\r\nQUIT\r\n")
        codes = [x.code for x in t.replies]
        same(len(codes), 7, "replies %s" % codes)
        same(len(house.letters()), int(codes[5] == "250"), "messages")
        for letter in house.letters():
            same(letter.rcpt, ["<rcpt@example.test>"], "recipients")
        strict(house)

for _name in ("LF dot LF", "CRLF dot CR", "CR dot LF", "CR CRLF dot LF"):
    @case("no end of DATA, on by BDAT: " + _name)
    def _(c, end=ENDS[_name]):
        smuggle(c, end, lines=('pipeline = "full"',))

for _at in (4095, 4096, 8192, 65535, 65536, 65537, 131071):
    @case("no end of DATA, and an end, around octet %d" % _at)
    def _(c, at=_at):
        house = c.server()
        c.plain(house)
        begin = START + DATA
        for shift in range(-5, 3):
            fill = b"x" * (at - len(begin) - 17 + shift)
            t = talk(c, begin + b"Subject: first\r\n\r\n" + fill[17:] +
                     b"\n.\r\n" + SECOND + b".\r\n" + QUIT)
            same([x.code for x in t.replies][4:], ["354", "250", "221"],
                 "replies")
        letters = house.letters()
        same(len(letters), 8, "messages")
        check(all(b"smuggled" in x.body for x in letters), "cut")
        strict(house)


@case("a lone dot that is stuffed is no end, whatever is around it")
def _(c):
    dialogue(c, START + DATA + b"Subject: talk\r\n\r\n..\r\n..\r\n" +
             SECOND.replace(b"DATA", b"..\r\nDATA") + b".\r\n" + QUIT,
             FINE + "221", Got(b".\r\n.\r\n" + SECOND.replace(
                 b"DATA", b".\r\nDATA")))


@case("a CR held back at the end of DATA")
def _(c):
    """The CR belongs to the body; the end stays an end."""
    house = c.server()
    c.plain(house)
    t = talk(c, START + DATA + b"Subject: x\r\n\r\na\r\r\n.\r\n" + QUIT)
    codes = [x.code for x in t.replies]
    same(codes[4], "354")
    same(codes[6], "221")
    same(len(house.letters()), int(codes[5] == "250"))


# ---- BDAT ----------------------------------------------------------------

def bdat(octets, last=True):
    return b"BDAT %d%s\r\n" % (len(octets), b" LAST" if last else b"") + \
        octets


LETTER = b"Subject: talk\r\n\r\nHello.\r\n"
INSIDE = b"Subject: talk\r\n\r\na\r\n.\r\n" + SECOND + b".\r\nQUIT\r\n"

CHUNKS = {
    "one chunk": (START + bdat(LETTER) + QUIT,
                  HELLO + "250 250 250/2.* 221", [Got()]),
    "an end by a chunk of nothing": (
        START + bdat(LETTER, False) + b"BDAT 0 LAST\r\n" + QUIT,
        HELLO + "250 250 250 250 221", [Got()]),
    "chunks of nothing before, between and behind": (
        START + b"BDAT 0\r\n" + bdat(LETTER[:9], False) + b"BDAT 0\r\n" +
        bdat(LETTER[9:], False) + b"BDAT 0\r\nBDAT 0 LAST\r\n" + QUIT,
        HELLO + "250 250 " + "250 " * 6 + "221", [Got()]),
    "a message of nothing": (
        START + b"BDAT 0 LAST\r\n" + QUIT, HELLO + "250 250 250 221",
        [Got(b"", subject=None)]),
    "a chunk an octet": (
        START + b"".join(bdat(LETTER[n:n + 1], False)
                         for n in range(len(LETTER))) + b"BDAT 0 LAST\r\n" +
        QUIT, HELLO + "250 250 " + "250 " * (len(LETTER) + 1) + "221",
        [Got()]),
    "an end of DATA in a chunk is text": (
        START + bdat(INSIDE) + QUIT, HELLO + "250 250 250 221",
        [Got(INSIDE.partition(b"\r\n\r\n")[2])]),
    "an end of DATA across two chunks is text": (
        START + bdat(INSIDE[:20], False) + bdat(INSIDE[20:]) + QUIT,
        HELLO + "250 250 250 250 221",
        [Got(INSIDE.partition(b"\r\n\r\n")[2])]),
    "dots are not stuffed": (
        START + bdat(LETTER + b"..\r\n.x\r\n") + QUIT,
        HELLO + "250 250 250 221", [Got(b"Hello.\r\n..\r\n.x\r\n")]),
    "no line end at the end": (
        START + bdat(LETTER[:-2]) + QUIT, HELLO + "250 250 250 221",
        [Got()]),
    "the lower-case last": (
        START + b"bdat %d last\r\n" % len(LETTER) + LETTER + QUIT,
        HELLO + "250 250 250 221", [Got()]),
    "two messages": (
        START + bdat(LETTER) + MAIL + RCPT_TO + bdat(LETTER) + QUIT,
        HELLO + "250 250 250 250 250 250 221", [Got(), Got()]),
    "DATA behind a chunk": (
        START + bdat(LETTER, False) + DATA + RSET + QUIT,
        HELLO + "250 250 250 503/5.5.1 250 221", []),
    "MAIL and RCPT behind a chunk": (
        START + bdat(LETTER, False) + MAIL +
        b"RCPT TO:<two@example.test>\r\n" + RSET + QUIT,
        HELLO + "250 250 250 503/5.5.1 (?:503|250) 250 221", []),
    "RSET behind a chunk": (
        START + bdat(b"Subject: forgotten\r\n\r\n", False) + RSET + MAIL +
        RCPT_TO + bdat(LETTER) + QUIT,
        HELLO + "250 250 250 250 250 250 250 221", [Got()]),
    "EHLO behind a chunk": (
        START + bdat(b"Subject: forgotten\r\n\r\n", False) + START +
        bdat(LETTER) + QUIT,
        HELLO + "250 250 250 250 250 250 250 221", [Got()]),
    "QUIT behind a chunk": (
        START + bdat(LETTER, False) + QUIT, HELLO + "250 250 250 221", []),
    "NOOP between chunks": (
        START + bdat(LETTER[:9], False) + b"NOOP\r\n" + bdat(LETTER[9:]) +
        QUIT, HELLO + "250 250 250 250 250 221", [Got()]),
    "without a recipient: refused, its octets read over": (
        EHLO + MAIL + bdat(SECOND) + QUIT,
        HELLO + "250 (?:503|554)/5.5.1 221", []),
    "without MAIL: refused, its octets read over": (
        EHLO + bdat(SECOND) + bdat(SECOND, False) + b"NOOP\r\n" + QUIT,
        HELLO + "503/5.5.1 503/5.5.1 250 221", []),
    "recipients all refused: its octets read over": (
        EHLO + MAIL + b"RCPT TO:<@>\r\n" + bdat(SECOND) + RSET + QUIT,
        HELLO + "250 5.. (?:503|554)/5.5.1 250 221", []),
    "BDAT behind DATA": (
        START + DATA + LETTER + b".\r\n" + bdat(SECOND) + QUIT,
        FINE + "503/5.5.1 221", [Got()]),
}

for _name, _row in CHUNKS.items():
    @case("BDAT: " + _name)
    def _(c, row=_row):
        dialogue(c, row[0], row[1], *row[2])

for _name in ("an end by a chunk of nothing", "a chunk an octet",
              "an end of DATA across two chunks is text",
              "without MAIL: refused, its octets read over"):
    @case("BDAT octet by octet: " + _name)
    def _(c, row=CHUNKS[_name]):
        dialogue(c, row[0], row[1], *row[2], piece=1)


@case("BDAT: line ends across every chunk border, bare ones too")
def _(c):
    text = b"Subject: talk\r\n\r\none\r\n\r\n.\r\ntwo\nthree\n.\nfour\r\n"
    wanted = b"one\r\n\r\n.\r\ntwo\r\nthree\r\n.\r\nfour\r\n"
    octets = EHLO + b"".join(
        MAIL + RCPT_TO + bdat(text[:n], False) + bdat(text[n:])
        for n in range(len(text) + 1)) + QUIT
    dialogue(c, octets, HELLO + "250 250 250 250 " * (len(text) + 1) + "221",
             *[Got(wanted)] * (len(text) + 1))


for _size in (b"99999999999999999999", b"18446744073709551616",
              b"18446744073709551615", b"9223372036854775807",
              b"4294967296000000000000000"):
    @case("BDAT %s: nothing of it is a command" % _size.decode())
    def _(c, size=_size):
        house = c.server()
        c.plain(house)
        t = talk(c, START + b"BDAT " + size + b" LAST\r\n" + SECOND +
                 b".\r\n" + QUIT)
        codes = [x.code for x in t.replies]
        same(codes[:4], ["220", "250", "250", "250"], "replies")
        check(len(codes) <= 5 and all(x[0] in "45" for x in codes[4:]),
              "what stood in the chunk was obeyed:", codes)
        same(len(house.letters()), 0, "messages")


for _words in (b"", b" ", b" x", b" -1", b" +5", b" 0x5", b" LAST", b" 5LAST",
               b" 0 LAS", b" 0 LAST LAST", b" 1.5", b" 5 5", b" \xff",
               b" 5\0"):
    @case("BDAT%s: refused; how much to read over is not known" %
          repr(_words)[2:-1])
    def _(c, words=_words):
        """It goes on with the next line, or ends the talk."""
        house = c.server()
        c.plain(house)
        t = talk(c, START + b"BDAT" + words + b"\r\n" + RSET + QUIT)
        codes = [x.code for x in t.replies][4:]
        check(codes[:1] in (["500"], ["501"], ["421"]), codes)
        check(codes[1:] in ([], ["250", "221"]), codes)
        same(len(house.letters()), 0, "messages")


@case("BDAT: cut inside a chunk: nothing is kept, and the exit says so")
def _(c):
    dialogue(c, START + b"BDAT 1000 LAST\r\n" + LETTER, HELLO + "250 250",
             status="fault")
