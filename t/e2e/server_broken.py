# SPDX-License-Identifier: ISC
"""Cases: talks that break off, refusals from behind, and the queue."""
import os
import signal
import socket
import subprocess
import time

from cases import RCPT, SENDER, case, check, same
from queue_rig import Queue
from queue_rig import case as queue_case
from server_rig import (DATA, EHLO, FINE, HELLO, LETTER, MAIL, QUIT,
                        RCPT_TO, SENT, START, Got, arrived, dialogue, expect,
                        replies, talk)

END = b".\r\n"

# Where the input ends: what was said until then, the exit status.
CUTS = {
    "in a command": (EHLO + b"MAIL FROM:<sen", HELLO, 0),
    "in QUIT": (EHLO + b"QUI", HELLO, 0),
    "behind EHLO": (EHLO, HELLO, 0),
    "behind MAIL": (EHLO + MAIL, HELLO + "250", 0),
    "behind RCPT": (START, HELLO + "250 250", 0),
    "behind DATA": (START + DATA, HELLO + "250 250 354", "fault"),
    "in the header": (START + DATA + b"Subject: x\r\n",
                      HELLO + "250 250 354", "fault"),
    "in the body": (START + DATA + LETTER + b"half a li",
                    HELLO + "250 250 354", "fault"),
    "behind a line of the body": (START + DATA + LETTER,
                                  HELLO + "250 250 354", "fault"),
    "behind the dot": (START + DATA + LETTER + b".", HELLO + "250 250 354",
                       "fault"),
    "behind the dot and its CR": (START + DATA + LETTER + b".\r",
                                  HELLO + "250 250 354", "fault"),
    "behind a dot ended by LF": (START + DATA + LETTER + b".\n",
                                 HELLO + "250 250 354", "fault"),
    "in the second message": (SENT + MAIL + RCPT_TO + DATA + LETTER,
                              FINE + "250 250 354", "fault"),
}

for _name, _row in CUTS.items():
    @case("the input ends " + _name)
    def _(c, row=_row):
        octets, pattern, status = row
        dialogue(c, octets, pattern,
                 *[Got()] * octets.count(b"\r\n.\r\n"), status=status)

    @queue_case("the input ends %s: nothing of it is queued" % _name)
    def _(c, row=_row):
        q = Queue(c, runner="external", test=9)
        t = talk(c, row[0], "-odq").says(row[1])
        check(t.status == row[2] or row[2] == "fault" and t.status > 0,
              "exit", t.status)
        same(q.counts(), (row[0].count(b"\r\n.\r\n"), 0, 0), "queued")
        same(q.names("tmp"), [], "left in tmp")


@case("LF only: all is said that way, or no message ends that way")
def _(c):
    """Where a client ended DATA itself by LF it may end its message so."""
    house = c.server()
    c.plain(house)
    t = talk(c, (SENT + QUIT).replace(b"\r\n", b"\n"))
    codes = [x.code for x in t.replies]
    if codes[-1] == "221" and "354" in codes:
        expect(t.replies, FINE + "221")
        arrived(house, Got())
        return
    same(len(house.letters()), 0, "messages")
    check(codes[-1] == "354" and t.status > 0 or
          all(x[0] == "5" for x in codes[1:]), codes, t.status)


# What a client stuffs that knows LF only, and what it lets through.
for _name, _end in (("CR dot CR", b"\r.\r"), ("CR dot LF", b"\r.\n"),
                    ("CR dot CRLF", b"\r.\r\n"), ("LF dot CR", b"\n.\r"),
                    ("two dots", b"\n..\n"), ("CRLF two dots", b"\r\n..\r\n"),
                    ("a blank", b"\n. \n"), ("NUL", b"\n\0.\0\n")):
    @case("LF only: no end of DATA: " + _name)
    def _(c, end=_end):
        house = c.server()
        c.plain(house)
        t = talk(c, (START + DATA + b"Subject: x\r\n\r\nfirst").replace(
            b"\r\n", b"\n") + end + b"MAIL FROM:<smuggled@example.test>\n"
                 b"RCPT TO:<victim@example.test>\nDATA\nx\n.\nQUIT\n")
        check(len(t.replies) <= 7, [x.code for x in t.replies])
        letters = house.letters()
        check(len(letters) <= 1, "messages", len(letters))
        for letter in letters:
            same(letter.rcpt, ["<rcpt@example.test>"], "recipients")
            check(b"smuggled" in letter.body, letter.body)


@case("LF only: commands, and a message with a proper end")
def _(c):
    house = c.server()
    c.plain(house)
    t = talk(c, START.replace(b"\r\n", b"\n") + b"DATA\n" + LETTER + END +
             b"QUIT\n")
    codes = [x.code for x in t.replies]
    if codes[1] == "250":
        expect(t.replies, FINE + "221")
        arrived(house, Got())
    else:
        same(len(house.letters()), 0, "messages")


# ---- What the smarthost says, without a queue ----------------------------

REFUSALS = {
    "the sender": ("on MAIL reply 550 5.7.1 not-this-sender", 1, "550/5.7.1",
                   "not-this-sender"),
    "a recipient": ("on RCPT reply 550 5.1.1 nobody-of-that-name", 1,
                    "550/5.1.1", "nobody-of-that-name"),
    "one of two recipients": (
        'on RCPT match "two@" reply 550 5.1.1 nobody-of-that-name', 2,
        "5../5.1.1", "nobody-of-that-name"),
    "the message": ("on MESSAGE reply 554 5.6.0 not-these-words", 1,
                    "554/5.6.0", "not-these-words"),
    "the message for now": ("on MESSAGE reply 451 4.3.0 come-again", 1,
                            "4../4.3.0", "come-again"),
    "the message without an enhanced code": (
        "on MESSAGE reply 554 not-these-words", 1, "554/5.*",
        "not-these-words"),
    "the greeting": ("on GREETING reply 421 4.3.2 closed-now", 1,
                     "451/4.*", "closed-now"),
    "one of two, who is named once": (
        'on RCPT match "two@" reply 550 5.1.1 no-such-name', 2, "550/5.1.1",
        "5.1.1 two@example.test: 550 no-such-name (1 of 2 has it)"),
    "nobody yet, but closes": ("on MAIL cut", 1, "4../4.*", ""),
    "the login": ("on MAIL reply 530 5.7.0 login-first", 1, "4../4.*",
                  "login-first"),
}

for _name, _row in REFUSALS.items():
    @case("no queue: the smarthost refuses %s, and we say so" % _name)
    def _(c, row=_row):
        script, n, pattern, words = row
        house = c.server(script=script + "\n")
        c.plain(house)
        two = b"RCPT TO:<two@example.test>\r\n" * (n - 1)
        t = talk(c, START + two + DATA + LETTER + END + b"NOOP\r\n" + QUIT)
        t.says(HELLO + "250 " + "250 " * n + "354 " + pattern + " 250 221")
        said = " ".join(t.reply(4 + n).lines)
        check(words in said, words, "not in", said)


@case("no queue: no smarthost at all is 4xx, and the talk goes on")
def _(c):
    house = c.server()
    c.plain(house)
    house.stop()
    talk(c, SENT + MAIL + RCPT_TO + DATA + LETTER + END + QUIT).says(
        HELLO + "250 250 354 4../4.* 250 250 354 4../4.* 221")


@case("no queue: one message refused, the next is taken")
def _(c):
    house = c.server(script='on RCPT match "bad@" reply 550 5.1.1 nobody\n')
    c.plain(house)
    talk(c, EHLO + MAIL + b"RCPT TO:<bad@example.test>\r\n" + DATA + LETTER +
         END + MAIL + RCPT_TO + DATA + LETTER + END + QUIT).says(
             HELLO + "250 250 354 550/5.1.1 250 250 354 250 221")
    arrived(house, Got())


@case("words of the smarthost that are no ASCII or very long")
def _(c):
    house = c.server(script='on MESSAGE raw "554-5.6.0 %s\\r\\n'
                     '554 5.6.0 \\x1b[31m\\xff\\xc3\\xbc end\\r\\n"\n' %
                     ("word " * 300))
    c.plain(house)
    talk(c, SENT + QUIT).says(HELLO + "250 250 354 554/5.6.0 221")


# ---- With a queue --------------------------------------------------------

@queue_case("with a queue: 250 when it is there, and it arrives")
def _(c):
    house = c.server()
    q = Queue(c, test=house)
    talk(c, SENT + MAIL + RCPT_TO + DATA + LETTER + END + QUIT).says(
        FINE + "250 250 354 250 221")
    q.arrives()
    arrived(house, Got(), Got())


@queue_case("with a queue, the smarthost away: 250, and it lies there")
def _(c):
    q = Queue(c, runner="external", test=9)
    talk(c, SENT + QUIT).says(FINE + "221")
    found = q.one("active")
    check(SENDER in str(found), found)


@queue_case("-odq: queued only, with all the envelope said")
def _(c):
    house = c.server()
    q = Queue(c, runner="external", test=house)
    talk(c, EHLO + b"MAIL FROM:<%s> RET=HDRS ENVID=abc\r\n" %
         SENDER.encode() + b"RCPT TO:<%s> NOTIFY=FAILURE "
         b"ORCPT=rfc822;x@example.test\r\n" % RCPT.encode() +
         b"RCPT TO:<two@example.test> NOTIFY=NEVER\r\n" + DATA + LETTER +
         END + QUIT, "-odq").says(HELLO + "250 250 250 354 250 221")
    same(q.counts(), (1, 0, 0), "queued")
    same(house.stop(), [])
    again = c.server("--port", str(house.port))
    q.run("-qf").exits(0)
    letter = again.letter()
    check("RET=HDRS" in letter.mail and "ENVID=abc" in letter.mail,
          letter.mail)
    check("NOTIFY=FAILURE" in letter.rcpt[0] and
          "ORCPT=rfc822;x@example.test" in letter.rcpt[0], letter.rcpt)
    wire = again.wire()
    check(b"RCPT TO:<two@example.test> NOTIFY=NEVER" in wire, wire[:600])


@queue_case("with a queue: refused recipients are told by a bounce")
def _(c):
    house = c.server(script='on RCPT match "bad@" reply 550 5.1.1 nobody\n')
    q = Queue(c, test=house)
    talk(c, EHLO + MAIL + b"RCPT TO:<bad@example.test>\r\n" + RCPT_TO +
         DATA + LETTER + END + QUIT).says(
             HELLO + "250 250 250 354 250 221")
    q.arrives()
    letters = house.letters()
    same(sorted(x.path() for x in letters), ["<>", "<%s>" % SENDER])


@queue_case("the queue cannot be written: 4xx, nothing half-written")
def _(c):
    if os.getuid() == 0:
        c.file("blocked", b"")
        q = Queue(c, runner="external", folder="blocked/queue", test=9)
    else:
        q = Queue(c, runner="external", folder="queue", test=9)
        os.makedirs(q.folder, 0o500)
    t = talk(c, SENT + QUIT, "-odq")
    codes = [x.code for x in t.replies]
    check("354" not in codes or codes[5][0] == "4", codes)
    check(not any(x == "250" for x in codes[5:6]), codes)


@case("errors now and then do not end a long talk")
def _(c):
    dialogue(c, EHLO + (b"FOO\r\n" + MAIL + b"RCPT TO:<a@b@c>\r\n" + RCPT_TO +
                        DATA + LETTER + END) * 60 + QUIT,
             HELLO + "500 250 553 250 354 250 " * 60 + "221", *[Got()] * 60)


@case("recipients refused in number: the talk goes on, the rest is taken")
def _(c):
    dialogue(c, EHLO + MAIL + b"RCPT TO:<a@b@c>\r\n" * 15 + RCPT_TO + DATA +
             LETTER + END + QUIT, HELLO + "250 " + "553 " * 15 +
             "250 354 250 221", Got())


@case("a header of 17 MiB: 5xx, and the talk goes on")
def _(c):
    dialogue(c, START + DATA + b"X-Big: " + b"y" * (17 << 20) +
             b"\r\n\r\nx\r\n" + END + MAIL + RCPT_TO + DATA + LETTER + END + QUIT,
             HELLO + "250 250 354 55[024]/5.* 250 250 354 250 221", Got())


@case("a header of 17 MiB in a chunk: 5xx, and the talk goes on")
def _(c):
    text = b"X-Big: " + b"y" * (17 << 20) + b"\r\n\r\nx\r\n"
    dialogue(c, START + b"BDAT %d LAST\r\n" % len(text) + text + MAIL +
             RCPT_TO + DATA + LETTER + END + QUIT,
             HELLO + "250 250 55[024]/5.* 250 250 354 250 221", Got())


@case("5,000 recipients in one message")
def _(c):
    house = c.server()
    c.plain(house)
    to = ["r%d@example.test" % n for n in range(5000)]
    t = talk(c, EHLO + MAIL + b"".join(b"RCPT TO:<%s>\r\n" % x.encode()
                                       for x in to) +
             DATA + LETTER + END + QUIT)
    same([x.code for x in t.replies[-3:]], ["354", "250", "221"])
    same(sorted(x for m in house.letters() for x in m.rcpt),
         sorted("<%s>" % x for x in to), "recipients")


@case("a loop: 31 Received fields are refused, 5.4.6")
def _(c):
    dialogue(c, START + DATA + b"Received: by x; Mon, 1 Jan 2001 00:00:00 "
             b"+0000\r\n" * 31 + LETTER + END + QUIT,
             HELLO + "250 250 354 554/5.4.6 221")


@case("no configuration: 78, and no greeting that promises anything")
def _(c):
    result = c.call([*c.argv(conf=False), "-C", c.path("none.conf"), "-bs"],
                    SENT + QUIT)
    check(result.status in (66, 78), "exit", result.status)
    check(not result.out.startswith(b"220"), result.out)


@case("standard input is closed: 74, no endless loop")
def _(c):
    c.plain(c.server())
    c.shell('exec "$@" <&-', "-bs").exits(74)


# ---- The client goes away ------------------------------------------------

class Live:
    """A server that is talked to line by line."""

    def __init__(self, c, *args, stdout=None):
        ours, theirs = socket.socketpair()
        self.line = ours
        self.p = subprocess.Popen(
            c.argv("-bs", *args), stdin=theirs, stdout=stdout or theirs,
            stderr=subprocess.PIPE, env=c.environment(None))
        theirs.close()
        self.file = ours.makefile("rb")
        ours.settimeout(20)

    def reply(self):
        out = b""
        while True:
            line = self.file.readline()
            out += line
            if len(line) < 4 or line[3:4] != b"-":
                return replies(out)[0] if out else None

    def ask(self, octets):
        self.line.sendall(octets)
        return self.reply()

    def begin(self):
        """Up to 354."""
        self.reply()
        for octets in (EHLO, MAIL, RCPT_TO, DATA):
            last = self.ask(octets)
        same(last.code, "354", last.lines)
        return self

    def leave(self):
        self.file.close()
        self.line.close()

    def end(self, seconds=20):
        try:
            _, err = self.p.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.p.kill()
            self.p.communicate()
            check(False, "still running")
        text = err.decode("utf-8", "replace")
        check("Sanitizer" not in text and "runtime error" not in text, text)
        return self.p.returncode


@case("each reply comes before the next command is there")
def _(c):
    house = c.server()
    c.plain(house)
    s = Live(c).begin()
    same(s.ask(LETTER + END).code, "250")
    same(len([x for x in os.listdir(house.folder)
              if x.startswith("msg-") and x.endswith(".eml")]), 1,
         "messages there when 250 was said")
    same(s.ask(b"NOOP\r\n").code, "250")
    same(s.ask(QUIT).code, "221")
    same(s.reply(), None)
    s.leave()
    same(s.end(), 0, "exit")
    arrived(house, Got())


@case("the client closes in DATA: nothing is kept, the exit says so")
def _(c):
    house = c.server()
    c.plain(house)
    s = Live(c).begin()
    s.line.sendall(LETTER)
    s.leave()
    check(s.end() > 0, "exit 0")
    same(house.letters(), [])


@case("the client closes without reading the replies: no crash")
def _(c):
    house = c.server()
    c.plain(house)
    s = Live(c)
    s.line.sendall(SENT + (MAIL + RCPT_TO + DATA + LETTER + END) * 20 + QUIT)
    s.leave()
    check(s.end() >= 0, "ended by a signal")


@case("standard output is closed: no crash, no endless loop")
def _(c):
    house = c.server()
    c.plain(house)
    result = c.shell('exec "$@" >&-', "-bs", message=SENT + QUIT)
    check(result.status >= 0, "ended by signal %d" % -result.status)


@case("standard output is a full disk: no crash, no endless loop")
def _(c):
    house = c.server()
    c.plain(house)
    result = c.shell('exec "$@" >/dev/full', "-bs", message=SENT + QUIT)
    check(result.status >= 0, "ended by signal %d" % -result.status)


@case("a client that reads nothing while it writes 50,000 NOOPs")
def _(c):
    """Replies must not be kept without bound, nor may we deadlock: a client
    that pipelines has to read (RFC 2920 section 3.1)."""
    house = c.server()
    c.plain(house)
    dialogue_of = talk(c, EHLO + b"NOOP\r\n" * 50000 + QUIT)
    same([x.code for x in dialogue_of.replies],
         ["220", "250"] + ["250"] * 50000 + ["221"], "replies")


for _signal in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    @case("%s in DATA: the end, nothing is kept" % _signal.name)
    def _(c, number=_signal):
        house = c.server()
        c.plain(house)
        s = Live(c).begin()
        s.line.sendall(LETTER)
        time.sleep(0.1)
        s.p.send_signal(number)
        status = s.end(10)
        check(status not in (0, -signal.SIGSEGV, -signal.SIGABRT), "exit",
              status)
        s.leave()
        same(house.letters(), [])


# ---- Options -------------------------------------------------------------

@case("-bs and -t exclude each other: 64")
def _(c):
    c.plain(c.server())
    c.call(c.argv("-bs", "-t"), SENT).exits(64)


@case("our name given to other callers' options: -bs -i -f, harmless")
def _(c):
    dialogue(c, SENT + QUIT, FINE + "221", Got(),
             args=("-i", "-oem", "-f", "other@example.test"))


@case("standard error stays empty, standard output has replies only")
def _(c):
    t = dialogue(c, SENT + b"FOO\r\n" + QUIT, FINE + "500 221", Got())
    same(t.call.err, "", "stderr")
