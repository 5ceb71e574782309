# SPDX-License-Identifier: ISC
"""Cases: what goes on behind a talk: children, runners, aliases."""
import os
import time

from cases import RCPT, SENDER, check, same
from queue_rig import Queue, case
from server_broken import Live
from server_rig import (DATA, EHLO, HELLO, LETTER, MAIL, QUIT, RCPT_TO, talk)

END = b".\r\n"
SLOW = "on MESSAGE\n\tdelay 3000\n\tdefault\n"


def quick(seconds, what):
    start = time.monotonic()
    found = what()
    took = time.monotonic() - start
    check(took < seconds, "took %.1f s" % took)
    return found


def message(s):
    for octets, code in ((MAIL, "250"), (RCPT_TO, "250"), (DATA, "354"),
                         (LETTER + END, "250")):
        got = s.ask(octets)
        same(got.code, code, got.lines)


def greeted(c, *args):
    s = Live(c, *args)
    s.reply()
    s.ask(EHLO)
    return s


def leave(s):
    """QUIT, and the line is closed at once, whoever works on."""
    same(s.ask(QUIT).code, "221")
    same(quick(1.5, s.reply), None, "behind 221")
    s.leave()
    same(quick(1.5, s.end), 0, "exit")


@case("patience: 250 when it is over, the talk goes on, each arrives once")
def _(c):
    house = c.server(script=SLOW)
    q = Queue(c, 'patience = "1s"', test=house)
    s = greeted(c)
    for _ in range(2):
        quick(2.8, lambda: message(s))
    same(s.ask(b"NOOP\r\n").code, "250")
    leave(s)
    q.alone()
    q.arrives()
    same(len(house.letters()), 2, "messages")


for _how in ("-odb", "-odq"):
    @case("%s: the line is closed at QUIT, though the smarthost is slow" %
          _how)
    def _(c, how=_how):
        house = c.server(script=SLOW)
        q = Queue(c, runner="auto" if how == "-odb" else "external",
                  test=house)
        s = greeted(c, how)
        for _ in range(3):
            quick(1.5, lambda: message(s))
        leave(s)
        if how == "-odq":
            q.run("-qf").exits(0)
        q.alone()
        q.arrives()
        same(len(house.letters()), 3, "messages")


@case("-odb: no dead children are left lying about")
def _(c):
    house = c.server()
    q = Queue(c, test=house)
    s = greeted(c, "-odb")
    for _ in range(30):
        message(s)
    time.sleep(1)
    message(s)
    with open("/proc/%d/task/%d/children" % (s.p.pid, s.p.pid)) as f:
        children = f.read().split()
    check(len(children) < 5, len(children), "children")
    leave(s)
    q.alone()
    q.arrives()
    same(len(house.letters()), 31, "messages")


@case("the smarthost away: queued, and a runner of its own brings it later")
def _(c):
    house = c.server()
    port = house.port
    house.stop()
    q = Queue(c, 'min-retry = "1s" max-retry = "1s"', test=port)
    s = greeted(c)
    message(s)
    message(s)
    leave(s)
    check(q.names(), "nothing is queued")
    again = c.server("--port", str(port))
    q.arrives(30)
    same(len(again.letters()), 2, "messages")


@case("an alias with an owner: its members get it from there")
def _(c):
    c.file("aliases", "list: a@example.test, b@example.test\n"
           "owner-list: boss@example.test\n", 0o644)
    house = c.server()
    c.plain(house, top=('aliases = "%s"' % c.path("aliases"),))
    talk(c, EHLO + MAIL + RCPT_TO + b"RCPT TO:<list>\r\n" + DATA + LETTER +
         END + QUIT).says(HELLO + "250 250 250 354 250 221")
    same(sorted((x.path(), tuple(sorted(x.rcpt))) for x in house.letters()),
         [("<boss@example.test>", ("<a@example.test>", "<b@example.test>")),
          ("<%s>" % SENDER, ("<%s>" % RCPT,))], "envelopes")


@case("an alias that is wrong: 5xx or 4xx at RCPT, the rest goes")
def _(c):
    c.file("aliases", "pipe: \"|/bin/true\"\nloop: pool\npool: loop\n",
           0o644)
    house = c.server()
    c.plain(house, top=('aliases = "%s"' % c.path("aliases"),))
    t = talk(c, EHLO + MAIL + b"RCPT TO:<pipe>\r\nRCPT TO:<loop>\r\n" +
             RCPT_TO + DATA + LETTER + END + QUIT)
    codes = [x.code for x in t.replies]
    check(codes[-2:] == ["250", "221"] and codes[3][0] in "245", codes)
    for x in house.letters():
        check("<%s>" % RCPT in x.rcpt, x.rcpt)
        check(not any("|" in y for y in x.rcpt), x.rcpt)


@case("several accounts: the one the sender chooses")
def _(c):
    one, two = c.server(), c.server()
    c.conf('domain = "client.example.test"\n' +
           c.account('match = "*@one.test"', house=one, name="one") +
           c.account('match = "*@two.test"', house=two, name="two"))
    octets = EHLO
    for domain in (b"one", b"two", b"one"):
        octets += b"MAIL FROM:<x@%s.test>\r\n" % domain + RCPT_TO + DATA + \
            LETTER + END
    talk(c, octets + QUIT).says(HELLO + "250 250 354 250 " * 3 + "221")
    same((len(one.letters()), len(two.letters())), (2, 1), "messages")


@case("two talks at once, each its own")
def _(c):
    house = c.server()
    q = Queue(c, test=house)
    talks = [greeted(c) for _ in range(4)]
    for _ in range(3):
        for s in talks:
            message(s)
    for s in talks:
        leave(s)
    q.arrives()
    same(len(house.letters()), 12, "messages")


@case("the files of a talk: none is left in tmp, none is open at its end")
def _(c):
    q = Queue(c, runner="external", test=9)
    s = greeted(c, "-odq")
    message(s)
    before = len(os.listdir("/proc/%d/fd" % s.p.pid))
    for octets in (MAIL, RCPT_TO, b"BDAT 5\r\nhello", b"RSET\r\n", MAIL,
                   RCPT_TO, b"BDAT 5\r\nhello", EHLO):
        s.ask(octets)
    same(len(os.listdir("/proc/%d/fd" % s.p.pid)), before, "descriptors")
    leave(s)
    same(q.names("tmp"), [], "left in tmp")
    same(q.counts(), (1, 0, 0), "queued")
