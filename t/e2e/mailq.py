# SPDX-License-Identifier: ISC
"""mailq, -bP, --queue, --status: what is shown, what is done, and what of that
other programs can read."""
import email
import fcntl
import glob
import json
import os
import pty
import re
import sys
import time

import cases
from cases import DOMAIN, RCPT, SENDER, case, check, same
from ports import free_port

LINE = re.compile(r"([0-9a-z]{16})\t(active|busy|hold|failed)\t(\d+)"
                  r"\t(\S+Z)\t(\S+Z|-)\t(\d+)\t(\d+)\t(\S+)\t(\S+)\t(\d+)"
                  r"\t(.+)")


class Queue:
    """A queue with one account."""

    def __init__(self, c, port, *more):
        self.c, self.folder = c, c.path("queue")
        self.more = more
        self.serve(port)

    def serve(self, port):
        self.c.conf("\n".join((
            'domain = "%s"' % DOMAIN,
            "log { syslog = false file = \"%s\" }" % self.c.path("log"),
            'queue { directory = "%s" runner = "external" %s }' %
            (self.folder, " ".join(self.more)),
            self.c.account('host = "127.0.0.1"', "port = %d" %
                           getattr(port, "port", port)))))

    def enter(self, subject, *to, f=SENDER):
        """Queues a message; its id."""
        before = set(self.names())
        self.c.send(b"Subject: %s\n\nHello.\n" % subject.encode(), "-odq",
                    *(to or (RCPT,)), f=f).exits(0)
        (name,) = set(self.names()) - before
        return name

    def names(self, folder=""):
        return [os.path.basename(p) for p in glob.glob(
            "%s/%s/[0-9a-z]*" % (self.folder, folder))
            if os.path.isfile(p)]

    def run(self, *args, **more):
        return self.c.call(self.c.argv(*args), **more)

    def queue(self, *args):
        return self.run("--queue", *args)

    def lines(self, *args):
        """The list as programs get it: tuples."""
        found = []
        for line in self.run("-bp", *args).exits(0).out.decode().splitlines():
            match = LINE.fullmatch(line)
            check(match, "not a line of the list:", line)
            found.append(match.groups())
        return found

    def list_lines(self, *args):
        out = self.queue("list", *args).exits(0).out.decode()
        return [x.split("\t") for x in out.splitlines() if "\t" in x]

    def objects(self, *args):
        out = self.run("-bp", "--json", *args).exits(0).out.decode()
        return [json.loads(line) for line in out.splitlines()]


def said(result, text):
    check(text in result.out.decode(), "no", text, "in", result.out)


# ---- The list --------------------------------------------------------------

@case("an empty queue")
def empty(c):
    q = Queue(c, free_port())
    same(q.run("-bp").exits(0).out, b"no mail in the queue\n")
    same(q.run("-bp", "--json").exits(0).silent().out, b"")
    same(q.run("-bP").exits(0).out, b"0\n")
    same(q.run("-bpc").exits(0).out, b"0\n")
    q.run("--status").exits(0)


@case("a line a message, by every name")
def lines(c):
    q = Queue(c, free_port())
    a, b = q.enter("one", "a@x.test"), q.enter("two", "b@x.test", "c@x.test")
    found = {x[0]: x for x in q.lines()}
    same(sorted(found), sorted((a, b)), "ids")
    same(found[b][1:3], ("active", str(os.getuid())))
    same(found[b][5:], ("0", found[b][6], SENDER, "b@x.test", "2", "-"))
    same(q.run("-bP").out, b"2\n")
    same([x[0] for x in q.lines("-qRc@x")], [b], "-qR")
    same([x[0] for x in q.lines("-q!Rc@x")], [a], "-q!R")
    same([x[0] for x in q.lines("to:a@*")], [a], "to:")
    os.symlink(cases.POSTHORN, c.path("mailq"))
    r = c.call([c.path("mailq"), "-C", c.conf_path]).exits(0)
    same(len(r.out.splitlines()), 2, "lines of mailq")
    same(q.run("--queue", "list", a).exits(0).out.split(b"\t")[0],
         a.encode())
    r.says("no runner lives")


@case("the reason in words, and when it is tried again")
def reason(c):
    q = Queue(c, free_port())
    a = q.enter("one")
    q.run("-q")
    (found,) = q.objects()
    same((found["id"], found["folder"], found["attempts"] > 0),
         (a, "active", True))
    check("refused" in found["reason"], found["reason"])
    check(found["next"] > found["arrived"], found)
    b = q.enter("two")
    found = {x["id"]: x for x in q.objects()}
    check("refused" in found[b]["reason"], "the host's trouble is not shown:",
          found[b])
    check(found[b]["next"] > found[b]["arrived"], found[b])


@case("JSON has everything")
def objects(c):
    q = Queue(c, free_port())
    a = q.enter("one", "a@x.test", "b@x.test")
    (found,) = q.objects()
    same(sorted(found), sorted((
        "account", "arrived", "attempts", "busy", "config", "doubtful",
        "failed", "folder", "from", "held", "id", "last", "next", "readable",
        "reason", "recipients", "size", "uid")))
    same(found["id"], a)
    same(found["config"], os.path.realpath(c.conf_path))
    same([r["address"] for r in found["recipients"]],
         ["a@x.test", "b@x.test"])
    same([r["state"] for r in found["recipients"]], ["waiting"] * 2)


def on_terminal(c, argv, columns=80):
    """What is written on a terminal."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, 0x5414, (24).to_bytes(2, sys.byteorder) +
                columns.to_bytes(2, sys.byteorder) + b"\0" * 4)
    c.shell('"$@" >%s' % os.ttyname(child), *argv).exits(0)
    os.close(child)
    text = b""
    while True:
        try:
            more = os.read(parent, 65536)
        except OSError:
            break
        if not more:
            break
        text += more
    os.close(parent)
    return text.decode().replace("\r\n", "\n")


@case("a table on a terminal")
def table(c):
    q = Queue(c, free_port())
    a = q.enter("one", "a@x.test", "b@x.test")
    b = q.enter("two", "somebody.with.a.long.name@some.domain.test")
    q.queue("hold", b).exits(0)
    text = on_terminal(c, ["-bp"])
    check(text.startswith("ID   "), text)
    check(re.search(a + r"  +\d+ s +\d+ B +now  ", text), text)
    check("\nOn hold:\n" + b in text, text)
    check("\n1 waiting, 1 on hold, 0 failed; " in text, text)
    check("no runner lives" in text, text)
    same([x for x in text.splitlines()[:-1] if len(x) > 80], [], "too long")
    check("a@x.test" in on_terminal(c, ["-bp", "-v"]), "no recipients")


@case("who works on a message is seen, and not disturbed")
def busy(c):
    q = Queue(c, free_port())
    a = q.enter("one")
    with open(q.folder + "/" + a, "rb+") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        (found,) = q.lines()
        # Some file systems' locks cannot be told from outside.
        check(found[1] in ("busy", "active"), found)
        for verb in ("delete", "hold", "retry", "bounce"):
            r = q.queue(verb, a).exits(75)
            said(r, "is being delivered now, try again")
    same(q.names(), [a], "left")
    q.queue("delete", a).exits(0)
    same(q.names(), [], "left")


@case("output that cannot be written is no success")
def full(c):
    q = Queue(c, free_port())
    q.enter("one")
    for argv in (("-bp",), ("-bP",), ("--status",)):
        c.shell('"$@" >/dev/full', *argv).exits(71)


# ---- What is done ----------------------------------------------------------

@case("on hold, released, delivered")
def hold(c):
    house = c.server()
    q = Queue(c, house)
    a, b = q.enter("one"), q.enter("two")
    said(q.queue("hold", a).exits(0), "1 message put on hold\n")
    q.run("-q").exits(0)
    same((q.names(), q.names("hold")), ([], [a]), "queue")
    q.queue("release", b).exits(65)
    said(q.queue("release", "all").exits(0), "1 message released\n")
    q.run("-q").exits(0)
    same(q.names() + q.names("hold"), [], "left")
    same(sorted(x.field("Subject") for x in house.letters()),
         ["one", "two"])


@case("due now, whenever it was to be tried")
def retry(c):
    first = c.server(script="on RCPT\n\treply 450 4.2.0 not yet\n")
    q = Queue(c, first)
    a = q.enter("one")
    q.run("-q")
    first.stop()
    same([x[0] for x in q.lines()], [a], "left")
    second = c.server()
    q.serve(second)
    q.run("-q").exits(0)
    same(q.names(), [a], "it was not due")
    said(q.queue("retry", a).exits(0), "1 message made due\n")
    q.run("-q").exits(0)
    same(q.names(), [], "left")
    same(second.letter().field("Subject"), "one")


@case("returned to its sender")
def bounce(c):
    house = c.server()
    q = Queue(c, house)
    a = q.enter("one", "a@x.test", "b@x.test")
    said(q.queue("bounce", a).exits(0), "1 message returned to the sender\n")
    check(a not in q.names(), "it is still there")
    q.run("-q").exits(0)
    notice = house.letter()
    same(notice.path(), "<>", "reverse-path")
    same([x.split()[0] for x in notice.rcpt], ["<%s>" % SENDER])
    parts = list(email.message_from_bytes(notice.data).walk())
    same(parts[0].get_content_type(), "multipart/report")
    status = [p for p in parts
              if p.get_content_type() == "message/delivery-status"]
    words = str(status[0])
    same(re.findall(r"Status: (\S+)", words), ["5.4.7"] * 2)
    same(re.findall(r"Final-Recipient: rfc822; (\S+)", words),
         ["a@x.test", "b@x.test"])


@case("what cannot be returned is kept, and can be sent anew")
def failed(c):
    first = c.server(script="on RCPT\n\treply 550 5.1.1 nobody here\n")
    q = Queue(c, first)
    a = q.enter("one", f="<>")
    q.run("-q")
    first.stop()
    same((q.names(), q.names("failed")), ([], [a]), "queue")
    (found,) = q.objects()
    same((found["failed"], found["next"]), (True, None))
    check("nobody here" in found["reason"], found)
    same(q.run("-bP").out, b"0\n")
    second = c.server()
    q.serve(second)
    said(q.queue("release", a).exits(0), "1 message released\n")
    q.run("-q").exits(0)
    same(q.names() + q.names("failed"), [], "left")
    same(second.letter().field("Subject"), "one")


@case("deleted, by id and by pattern")
def delete(c):
    q = Queue(c, free_port())
    a, b = q.enter("one", "a@x.test"), q.enter("two", "b@x.test", f="<>")
    d = q.enter("three", "d@x.test", f="joe@y.test")
    said(q.queue("delete", "0123456789abcdef").exits(65),
         "is not in the queue")
    said(q.queue("delete", "from:*@Y.test").exits(0), d + ": deleted\n")
    same(sorted(q.names()), sorted((a, b)))
    q.queue("delete", "from:<>").exits(0)
    same(q.names(), [a])
    q.queue("delete", "all").exits(0)
    same(q.names(), [])
    check(c.log().count(" deleted, by uid ") == 3, "the log:", c.log())


@case("one message with its history")
def show(c):
    q = Queue(c, free_port())
    a = q.enter("sh\x07ow me")
    q.run("-q")
    r = q.queue("show", a).exits(0)
    for text in ("id:        " + a, "from:      " + SENDER, "arrived\n",
                 "attempt 1: ", "Subject: sh\x07ow me\n"):
        said(r, text)
    check(b"Hello." not in r.out, "the body is shown")
    said(q.queue("show", a, "-v").exits(0), "\n\nHello.\n")
    check("sh?ow me\n" in on_terminal(c, ["--queue", "show", a]),
          "a terminal gets control characters")


@case("verbs that are none, and nothing named")
def usage(c):
    q = Queue(c, free_port())
    a = q.enter("one")
    q.queue("frobnicate", a).exits(64).says("--queue list")
    q.queue("delete").exits(64).says("which messages")
    for word in ("../posthorn.conf", a[:-1], "no*"):
        r = q.queue("delete", word).exits(65)
        said(r, word + ": is no id, and fits none in the queue\n")
        r.says("1 of the messages named could not be deleted")
    same(q.names(), [a])
    said(q.queue("delete", "from:nobody@*").exits(0), "0 messages deleted")
    r = q.queue("show", "--json", a, "nonsense").exits(65)
    same(json.loads(r.out)["id"], a)
    q.queue("hold", a).exits(0)
    said(q.queue("hold", a).exits(65), a + ": is on hold already\n")
    said(q.queue("retry", a).exits(65), a + ": is on hold: release it\n")
    # Only what is listed: the choice behind -q changes no mode.
    same([x[0] for x in q.list_lines("-qR" + RCPT)], [a])
    same(q.list_lines("-qRnobody"), [])


# ---- --status --------------------------------------------------------------

@case("--status tells and its exit status warns")
def status(c):
    house = c.server()
    q = Queue(c, house)
    q.enter("one")
    q.run("-q").exits(0)
    said(q.run("--status").exits(0), "up; last message taken ")
    q.serve(free_port())
    q.enter("two")
    q.run("-q")
    r = q.run("--status").exits(75)
    said(r, "down, next try in ")
    said(r, "1 waiting")
    r.says("account test: server down: cannot connect")
    found = json.loads(q.run("--status", "--json").exits(75).out)
    same([h["down"] for x in found["accounts"] for h in x["hosts"]], [True])
    same((found["active"]["messages"], found["runner"]), (1, False))


@case("--status knows what submissions met")
def status_submitted(c):
    q = Queue(c, free_port())
    c.send(b"Subject: a\n\nx\n", RCPT).exits(0)
    r = q.run("--status").exits(75)
    said(r, "down, next try in ")
    said(r, "Connection refused")
    house = c.server(script="on RCPT conn 1 reply 550 5.1.1 nobody\n")
    q.serve(house)
    said(q.run("--status").exits(0), "no message taken yet")
    # Refusing a recipient is nothing wrong with the server.
    c.send(b"Subject: b\n\nx\n", RCPT).exits(67)
    r = q.run("--status").exits(0)
    check(b"last fault" not in r.out, r.out)
    c.send(b"Subject: c\n\nx\n", RCPT).exits(0)
    said(q.run("--status").exits(0), "up; last message taken ")


@case("a login that fails, and whose account it is")
def status_login(c):
    house = c.server(user="joe", script="on AUTH reply 535 5.7.8 wrong\n")
    q = Queue(c, house)
    with open(c.conf_path) as f:
        text = f.read()
    c.conf(text.replace("port = ", 'user = "joe" password = "bad" port = '))
    c.send(b"Subject: a\n\nx\n", RCPT).says(
        'check user and password of account "test"')
    r = q.run("--status").exits(75)
    said(r, ": login fails, next try in ")
    r.says("account test: no login at 127.0.0.1:")
    q.enter("two")
    check("no login at 127.0.0.1:" in [
        x["reason"][:22] for x in q.objects()], q.objects())


@case("mail of other configurations, there and gone")
def foreign(c):
    q = Queue(c, free_port())
    a, conf = q.enter("one"), c.conf_path
    with open(conf) as f:
        text = f.read()
    other = c.path("other.conf")
    with open(other, "w") as f:
        f.write(text)
    os.chmod(other, 0o600)
    (before,) = q.objects()
    show = c.argv("-C", other, conf=False)
    found = json.loads(c.call(show + ["-bp", "--json"]).exits(0).out)
    same(found["reason"], "belongs to " + os.path.realpath(conf))
    same(found["next"], before["next"])
    r = c.call(show + ["-bp"]).exits(0)
    r.says("1 of those waiting belongs to other configurations: "
           "posthorn -C FILE -q runs these")
    check("no runner" not in r.err, r.err)
    os.unlink(conf)
    r = c.call(show + ["-bp"]).exits(0)
    same(r.out.decode().rstrip("\n").split("\t")[4::6],
         ["-", "belongs to " + os.path.realpath(conf) + ", which is gone"])
    r.says("1 of those waiting belongs to a configuration that is gone: "
           "put its file back, or delete the message")
    r = c.call(show + ["--queue", "show", a]).exits(0)
    said(r, "next try:  none\nreason:    belongs to ")
    said(c.call(show + ["--status"]).exits(0), "1 of those waiting belongs "
         "to a configuration that is gone")
    c.call(show + ["--queue", "delete", a]).exits(0)


@case("the list and the message agree on the next try")
def agree(c):
    q = Queue(c, free_port())
    a = q.enter("one")
    c.send(b"Subject: two\n\nx\n", RCPT).exits(0)
    (listed,) = [x for x in q.objects() if x["id"] == a]
    (shown,) = [json.loads(q.queue("show", "--json", a).out)]
    same(shown, listed)
    check(listed["next"] > listed["arrived"] and
          "refused" in listed["reason"], listed)
    said(q.queue("show", a), "reason:    server down: ")


@case("mail that waits for too long")
def late(c):
    q = Queue(c, free_port(), "warn-after = 1s")
    q.enter("one")
    time.sleep(2.1)
    q.run("--status").exits(75).says("mail has been waiting for")


def openmetrics_parser():
    """Debian's, also for another Python."""
    sys.path.append("/usr/lib/python3/dist-packages")
    try:
        from prometheus_client.openmetrics import parser
    except ImportError:
        return None
    return parser.text_string_to_metric_families


@case("OpenMetrics, read by others")
def openmetrics(c):
    q = Queue(c, free_port())
    q.enter("one")
    q.run("-q")
    text = q.run("--status", "--openmetrics").exits(0).out.decode()
    parse = openmetrics_parser()
    check(parse or "CI" not in os.environ, "no prometheus_client")
    if parse is None:
        return
    found = {m.name: m for m in parse(text)}
    same({s.labels["folder"]: s.value
          for s in found["posthorn_queue_messages"].samples},
         {"active": 1, "hold": 0, "failed": 0})
    (down,) = found["posthorn_host_down"].samples
    same((down.value, down.labels["account"]), (1, "test"))
    same(found["posthorn_queue_oldest_seconds"].unit, "seconds")
    same(len(found), 11, "families")


if __name__ == "__main__":
    sys.exit(cases.main("mailq", sys.argv[1:]))
