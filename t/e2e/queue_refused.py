# SPDX-License-Identifier: ISC
"""Cases: refused for good while the caller waits, and what the error modes
make of it; dead.letter."""
import os
import re
import stat

from cases import RCPT, SENDER, check, same
from queue_rig import Queue, case, free_port, namespace, once

NOBODY = "nobody@example.test"
WHO = 'on RCPT match "nobody"\n\treply 550 5.1.1 who is that\n'
NO = "on MESSAGE\n\treply 554 5.7.0 not this\n"


def kept(q, words):
    """It lies in failed/, mailq shows it, and nobody tries it again."""
    same(q.counts(), (0, 0, 1), "queued, held, failed")
    found = q.one("failed")
    check(words in found["reason"], found["reason"])
    q.run("-qf").exits(0)
    same(q.counts(), (0, 0, 1), "queued, held, failed")


@case("all recipients refused: 67, kept in failed/")
def all_refused(c):
    house = c.server(script=WHO)
    q = Queue(c, test=house)
    q.send("one", to=[NOBODY, "nobody2@example.test"]).exits(67).says(
        NOBODY, "nobody2@", "who is that", "kept as")
    kept(q, "who is that")
    q.alone(3)
    same(len(house.stop()), 1, "connections")
    same(house.letters(), [], "messages")


@case("the message refused: 69, kept in failed/")
def message_refused(c):
    house = c.server(script=NO)
    q = Queue(c, test=house)
    q.send("one").exits(69).says("not this", "kept as")
    kept(q, "not this")
    q.alone(3)
    same(house.letters(), [], "messages")


@case("what is kept can be sent anew")
def sent_anew(c):
    house = c.server(script="on MESSAGE conn 1\n\treply 554 5.7.0 no\n")
    q = Queue(c, test=house, runner="external")
    q.send("one").exits(69)
    q.run("--queue", "release", q.names("failed")[0]).exits(0)
    q.run("-qf").exits(0)
    q.nothing()
    once(q, house, "one")


@case("some taken, some refused: 0, a bounce for the rest")
def some(c):
    house = c.server(script=WHO)
    q = Queue(c, "min-retry = 1s", test=house)
    q.send("one", to=[RCPT, NOBODY]).exits(0).says(NOBODY, "who is that")
    q.arrives()
    q.alone(5)
    q.nothing()
    first, bounce = sorted(house.letters(), key=lambda x: x.path(),
                           reverse=True)
    same((first.path(), first.rcpt),
         ("<%s>" % SENDER, ["<%s>" % RCPT]))
    same((bounce.path(), bounce.rcpt), ("<>", ["<%s>" % SENDER]))
    check(NOBODY.encode() in bounce.data and
          b"who is that" in bounce.data, bounce.data)
    check(RCPT.encode() not in bounce.body.split(b"message/delivery-status"
                                                 )[-1].split(b"headers")[0],
          "whoever got it is in the notice")
    bounce.field("Auto-Submitted")


@case("null sender, some refused: no bounce, kept in failed/")
def null_sender(c):
    house = c.server(script=WHO)
    q = Queue(c, "min-retry = 1s", test=house)
    q.send("one", to=[RCPT, NOBODY], f="<>").exits(0).says(NOBODY)
    q.arrives()
    q.alone(5)
    same(q.counts(), (0, 0, 1), "queued, held, failed")
    letter = house.letter()
    same((letter.path(), letter.rcpt), ("<>", ["<%s>" % RCPT]))


@case("some taken, some refused for now: only those are tried again")
def some_later(c):
    house = c.server(script='on RCPT conn 1 match "later@"\n'
                     "\treply 451 4.7.1 not yet\n")
    q = Queue(c, "min-retry = 1s", test=house, runner="external")
    q.send("one", to=[RCPT, "later@example.test"]).exits(0).says(
        "later@example.test", "not yet", "queued as")
    q.run("-qf").exits(0)
    q.nothing()
    same([x.rcpt for x in house.letters()],
         [["<%s>" % RCPT], ["<later@example.test>"]], "recipients")


@case("refused, for now and for good: one bounce, one wait")
def three_kinds(c):
    house = c.server(script=WHO + 'on RCPT match "later@"\n'
                     "\treply 451 4.7.1 not yet\n")
    q = Queue(c, test=house, runner="external")
    q.send("one", to=[RCPT, NOBODY, "later@example.test"]).exits(0).says(
        NOBODY, "later@example.test")
    same(q.counts(), (2, 0, 0), "queued, held, failed")
    found = {x["from"]: x for x in q.objects()}
    same(sorted(found), ["", SENDER], "senders")
    same([r["state"] for r in found[SENDER]["recipients"]],
         ["delivered", "refused", "waiting"])
    q.run("-qf").exits(0, 75)
    same(sorted(x.path() for x in house.letters()),
         sorted(("<%s>" % SENDER, "<>")), "what came")
    same(q.one("active")["from"], SENDER)


@case("no queue, all refused: 67 and nothing is kept")
def no_queue(c):
    house = c.server(script=WHO)
    c.plain(house)
    c.send(b"Subject: x\n\nx\n", NOBODY).exits(67).says("who is that")
    check(not os.path.exists(c.path("state/posthorn/failed")), "a queue")


# ---- Error modes -----------------------------------------------------------

@case("-oee, all refused: 0, and the bounce is mailed")
def berknet(c):
    house = c.server(script=WHO)
    q = Queue(c, "min-retry = 1s", test=house)
    q.send("one", "-oee", to=[NOBODY]).exits(0)
    q.arrives()
    q.alone(5)
    q.nothing()
    bounce = house.letter()
    same((bounce.path(), bounce.rcpt), ("<>", ["<%s>" % SENDER]))


@case("-oeq: refused, and nothing is said")
def quiet(c):
    house = c.server(script=WHO)
    q = Queue(c, test=house, runner="external")
    q.send("one", "-oeq", to=[NOBODY]).exits(67).silent()
    same(q.counts(), (0, 0, 1), "queued, held, failed")


@case("-oeq: queued, and nothing is said")
def quiet_queued(c):
    q = Queue(c, test=free_port(), runner="external")
    q.send("one", "-oeq").exits(0).silent()
    same(q.counts(), (1, 0, 0), "queued, held, failed")


@case("-oep and none: refused, said on stderr")
def printed(c):
    house = c.server(script=WHO)
    q = Queue(c, test=house, runner="external")
    for args in ([], ["-oep"]):
        q.send("one", *args, to=[NOBODY]).exits(67).says(NOBODY)


# ---- dead.letter -----------------------------------------------------------

MESSAGE = b"To: bad@@x\nSubject: lost\n\nHello.\nFrom here on\n>From there\n"
MBOX = re.compile(rb"From MAILER-DAEMON \w{3} \w{3} [ \d]\d "
                  rb"\d\d:\d\d:\d\d \d{4}\n")


class Home:
    """A caller whose home is ours, in a user database of its own."""

    def __init__(self, c):
        self.c, self.folder = c, c.path("home")
        self.letter = self.folder + "/dead.letter"
        os.mkdir(self.folder, 0o700)
        self.passwd = c.file("passwd", "caller:x:%d:%d:Caller:%s:/bin/sh\n" % (
            os.getuid(), os.getgid(), self.folder), 0o644)
        # -Urm makes root of us.
        if namespace()[-1] == "-Urm":
            self.passwd = c.file("passwd", "caller:x:0:0:Caller:%s:/bin/sh\n"
                                 % self.folder, 0o644)

    def call(self, *args, message=MESSAGE):
        return self.c.call(
            [*namespace(), "sh", "-c", 'mount --bind "$0" /etc/passwd && '
             'exec "$@"', self.passwd, *self.c.argv(*args)], message)

    def read(self):
        with open(self.letter, "rb") as f:
            return f.read()


def failing(c, how):
    """A home, and arguments with which no message is taken."""
    h = Home(c)
    if how == "configuration":
        c.conf_path = c.path("missing.conf")
        return h, ["-i", RCPT], 78
    Queue(c, test=free_port(), runner="external")
    if how == "recipient":
        return h, ["-i", "bad@@x"], 65
    return h, ["-i", "-t"], 65


for _how in ("configuration", "recipient", "header"):
    for _mode in ("-oem", "-oew", "-oee"):
        @case("%s, no good %s: dead.letter" % (_mode, _how),
              needs="namespace")
        def _(c, how=_how, mode=_mode):
            h, args, status = failing(c, how)
            h.call(mode, *args).exits(status).says("dead.letter")
            text = h.read()
            check(MBOX.match(text), "no From line", text)
            check(b"\nSubject: lost\n" in text and
                  b"\n\nHello.\n>From here on\n>From there\n" in text, text)
            check(text.endswith(b"\n\n") and b"\r" not in text, text)
            same(stat.S_IMODE(os.stat(h.letter).st_mode), 0o600, "mode")
            h.call(mode, *args).exits(status)
            again = h.read()
            check(again.startswith(text) and
                  len(MBOX.findall(again)) == 2, "not appended", again)


for _mode in ((), ("-oep",), ("-oeq",)):
    @case("%s: no dead.letter" % (" ".join(_mode) or "no -oe"),
          needs="namespace")
    def _(c, mode=_mode):
        h, args, status = failing(c, "configuration")
        h.call(*mode, *args).exits(status)
        check(not os.path.exists(h.letter), "there is one")


@case("dead.letter: a symbolic link is not followed", needs="namespace")
def link(c):
    h, args, status = failing(c, "configuration")
    target = c.file("target", "mine\n")
    os.symlink(target, h.letter)
    h.call("-oem", *args).exits(status).says("cannot keep")
    with open(target, "rb") as f:
        same(f.read(), b"mine\n", "what it links to")


@case("dead.letter: another's name for a file is not taken",
      needs="namespace")
def hard_link(c):
    h, args, status = failing(c, "configuration")
    target = c.file("target", "mine\n")
    os.link(target, h.letter)
    h.call("-oem", *args).exits(status).says("cannot keep")
    with open(target, "rb") as f:
        same(f.read(), b"mine\n", "what it links to")


@case("dead.letter: nobody waits for a FIFO", needs="namespace")
def fifo(c):
    h, args, status = failing(c, "configuration")
    os.mkfifo(h.letter)
    h.call("-oem", *args).exits(status).says("cannot keep")


@case("-oem with a message that is queued or refused: no dead.letter",
      needs="namespace")
def taken(c):
    h = Home(c)
    q = Queue(c, test=free_port(), runner="external")
    h.call("-oem", "-i", RCPT).exits(0)
    q.accounts["test"] = c.server(script=NO)
    q.write()
    h.call("-oem", "-i", RCPT).exits(69)
    same(q.counts()[2], 1, "failed")
    check(not os.path.exists(h.letter), "there is one")
