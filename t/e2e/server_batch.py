# SPDX-License-Identifier: ISC
"""Cases: -bS, a batch of SMTP commands whose replies nobody reads."""
from cases import case, check, same
from queue_rig import Queue
from queue_rig import case as queue_case
from server_rig import (DATA, EHLO, HELO, LETTER, MAIL, QUIT, RCPT_TO, RSET,
                        SENT, Got, arrived)

END = b".\r\n"
ONE = MAIL + RCPT_TO + DATA + LETTER + END
BAD = b"RCPT TO:<a@b@c>\r\n"

# octets, messages that arrive, does the exit say that something was wrong.
BATCHES = {
    "nothing": (b"", 0, False),
    "one message": (HELO + ONE + QUIT, 1, False),
    "one message by EHLO": (EHLO + ONE + QUIT, 1, False),
    "one message without a greeting": (ONE, 1, False),
    "three messages": (HELO + ONE * 3 + QUIT, 3, False),
    "no QUIT": (HELO + ONE * 2, 2, False),
    "lines ended by LF": ((HELO + ONE * 2 + QUIT).replace(b"\r\n", b"\n"),
                          2, False),
    "RSET between": (HELO + MAIL + RCPT_TO + RSET + ONE + QUIT, 1, False),
    "NOOP, VRFY and HELP": (HELO + b"NOOP\r\nVRFY x\r\nHELP\r\n" + ONE +
                            QUIT, 1, False),
    "an unknown command": (HELO + b"FOO\r\n" + ONE + QUIT, None, True),
    "no recipient": (HELO + MAIL + DATA + QUIT, 0, True),
    "a bad recipient among good ones": (
        HELO + MAIL + BAD + RCPT_TO + DATA + LETTER + END + QUIT, None,
        True),
    "a bad recipient alone: its message is no command": (
        HELO + MAIL + BAD + DATA + b"Subject: x\r\n\r\n" + ONE + END + QUIT,
        0, True),
    "a bad message behind a good one": (HELO + ONE + MAIL + BAD + QUIT, 1,
                                        True),
    "cut in a message": (HELO + ONE + MAIL + RCPT_TO + DATA + LETTER, 1,
                         True),
    "cut before a message": (HELO + ONE + MAIL + RCPT_TO, 1, True),
    "nothing but rubbish": (b"GET / HTTP/1.0\r\n\r\n", 0, True),
}

for _name, _row in BATCHES.items():
    @case("-bS: " + _name)
    def _(c, row=_row):
        octets, n, wrong = row
        house = c.server()
        c.plain(house)
        result = c.call(c.argv("-bS"), octets)
        same(result.out, b"", "standard output")
        same(result.status != 0, wrong, "a fault by exit %d, %s" % (
            result.status, result.err))
        check(not wrong or result.err, "nothing on standard error")
        letters = house.letters()
        check(n in (None, len(letters)), "messages", len(letters))
        for letter in letters:
            same(letter.rcpt, ["<rcpt@example.test>"], "recipients")
        if n:
            arrived(house, *[Got()] * n)


@case("-bS: the smarthost refuses one: the others go, the exit says so")
def _(c):
    house = c.server(script='on RCPT match "bad@" reply 550 5.1.1 nobody\n')
    c.plain(house)
    result = c.call(c.argv("-bS"), HELO + ONE + ONE.replace(
        RCPT_TO, b"RCPT TO:<bad@example.test>\r\n") + QUIT).exits(
            67, 69).says("nobody")
    same(result.out, b"", "standard output")
    arrived(house, Got())


@case("-bS: no smarthost: 75")
def _(c):
    house = c.server()
    c.plain(house)
    house.stop()
    c.call(c.argv("-bS"), HELO + ONE + QUIT).exits(75)


@queue_case("-bS: 20 into the queue, from there on")
def _(c):
    house = c.server()
    q = Queue(c, runner="external", test=house)
    c.call(c.argv("-bS", "-odq"), HELO + ONE * 20 + QUIT).exits(0)
    same(q.counts(), (20, 0, 0), "queued")
    q.run("-qf").exits(0)
    same(len(house.letters()), 20, "messages")


@case("-bS: what -bs says, it says to nobody")
def _(c):
    house = c.server()
    c.plain(house)
    result = c.call(c.argv("-bS"), SENT + QUIT).exits(0)
    same((result.out, result.err), (b"", ""))
    arrived(house, Got())
